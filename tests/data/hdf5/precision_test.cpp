/// \file
/// Tests that numbers which float cannot represent, and finite actions that look continuous, are found, and that sound
/// data passes.
#include "holdfast/data/hdf5/precision.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/hdf5.hpp"

namespace hdf5_precision_test {

using namespace holdfast;

namespace {

constexpr Index size = 600;

Matrix<double> normal(Index rows, std::uint64_t seed) {
  Generator generator(seed, Stream::noise);
  Matrix<double> numbers(rows, size);
  generator.fill_normal(numbers);
  return numbers;
}

/// Writes a file with these observations and actions, and with small next observations, rewards and flags. Returns its
/// path.
template <class Observations, class Actions>
std::string write(const fixture::TemporaryDirectory& directory, const Observations& observations,
                  const Actions& actions, double reward = 1) {
  const std::string path = directory / "data.hdf5";
  hdf5::Writer file(path);
  file.write("observations", observations);
  file.write("actions", actions);
  file.write("rewards", Row<double>(Row<double>::Constant(size, reward)));
  file.write_flags("terminals", Flags::Zero(size));
  file.commit();
  return path;
}

Matrix<float> small_actions() { return (normal(1, 3) / 10).cast<float>(); }

}  // namespace

TEST_CASE("A time stamp loses its digits in float, and is named") {
  const fixture::TemporaryDirectory directory;
  Matrix<double> observations = normal(3, 1);
  for (Index i = 0; i < size; ++i) observations(1, i) = 1.7e9 + static_cast<double>(i);
  const auto found = find_storage_problems(write(directory, observations, small_actions()));
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Contains("observations, feature 1: the digits of float64 are lost in float32") &&
                           Contains("600 different numbers become 6, in steps of 128") &&
                           Contains("subtract an offset"));
  Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic> whole = observations.cast<std::int64_t>();
  CHECK(find_lost_digits(write(directory, whole, small_actions())).size() == 1);
  CHECK(find_lost_digits(write(directory, Matrix<float>(observations.cast<float>()), small_actions())).empty());
}

TEST_CASE("Time stamps of one second and neighboring numbers beyond float are named, each feature once") {
  const fixture::TemporaryDirectory directory;
  Matrix<double> observations = normal(3, 1);
  Matrix<double> next = normal(3, 2);
  for (Index i = 0; i < size; ++i) {
    const auto step = static_cast<double>(i);
    observations(0, i) = 1.7e9 + step / size;
    observations(2, i) = 1e12 + step;
    next(0, i) = observations(0, i);
    next(1, i) = 1.7e9 + step;
  }
  const std::string path = write(directory, observations, small_actions());
  CHECK(find_lost_digits(path).size() == 2);
  hdf5::Writer file(directory / "next.hdf5");
  file.write("observations", observations);
  file.write("next_observations", next);
  file.commit();
  const auto found = find_lost_digits(directory / "next.hdf5");
  REQUIRE(found.size() == 3);
  CHECK_THAT(found[0], Contains("observations, feature 0: ") && Contains("600 different numbers become 1,"));
  CHECK_THAT(found[1], Contains("observations, feature 2: ") && Contains("in steps of 65536"));
  CHECK_THAT(found[2], Contains("next_observations, feature 1: "));
}

TEST_CASE("Ordinary columns of double precision keep what matters, and none is named") {
  const fixture::TemporaryDirectory directory;
  Matrix<double> observations = normal(8, 2);
  observations.row(0) *= 1e-12;
  observations.row(1) *= 1e12;
  observations.row(2).array() += 1e4;                             // an offset of 10,000 deviations
  observations.row(3).setConstant(1.7e9 + 1);                     // constant, though float cannot represent it
  observations.row(4) = 1 + 1e-15 * observations.row(4).array();  // constant but for rounding
  observations.row(5) = (100 * observations.row(5).array()).exp().cwiseMin(1e30);  // many magnitudes
  observations(6, 17) = 1e9;                                                       // one outlier
  observations.row(7).setConstant(1e9 / 7);                                        // constant, with all digits used
  const auto found = find_storage_problems(write(directory, observations, normal(2, 4) / 8));
  CHECK(found.empty());
}

TEST_CASE("A finite number beyond float is called by its name") {
  const fixture::TemporaryDirectory directory;
  Matrix<double> observations = normal(2, 5);
  observations(1, 4) = -1e300;
  std::string path = write(directory, observations, small_actions());
  CHECK_THROWS_WITH(read_d4rl(path), Contains("observations: expected numbers within ±3.40282e+38, the largest of "
                                              "float32, found -1e+300 in row 4, feature 1; scale them"));
  CHECK_NOTHROW(read_d4rl<Matrix<double>>(path));
  observations(1, 4) = std::numeric_limits<double>::infinity();
  path = write(directory, observations, small_actions());
  CHECK_THROWS_WITH(read_d4rl(path), Contains("found inf in row 4"));
  path = write(directory, normal(2, 5), small_actions(), 1e39);
  CHECK_THROWS_WITH(read_d4rl(path), Contains("rewards: expected numbers within ±") && Contains("1e+39 in row 0;"));
}

TEST_CASE("Numbers of a finite set stored as floats are suspected, continuous actions are not") {
  Matrix<float> actions(1, size);
  for (Index i = 0; i < size; ++i) actions(0, i) = static_cast<float>(i % 3);
  CHECK_THAT(suspect_finite_actions(actions), Contains("whole numbers from 0 to 2") && Contains("action_count 3"));
  Matrix<float> one_hot_rows = Matrix<float>::Zero(3, size);
  for (Index i = 0; i < size; ++i) one_hot_rows(i % 3, i) = 1;
  CHECK_THAT(suspect_finite_actions(one_hot_rows), Contains("one-hot rows") && Contains("from 0 to 2"));

  for (const Matrix<float>& sound :
       {Matrix<float>(normal(1, 6).cast<float>()), Matrix<float>(normal(3, 7).cast<float>()),
        Matrix<float>(Matrix<float>::Zero(1, size)), Matrix<float>(Matrix<float>::Ones(1, size)),
        Matrix<float>(actions.array() - 1),  // −1, 0, 1: off and on in two directions
        Matrix<float>(actions / 2), Matrix<float>(actions * 1e4F), Matrix<float>(Matrix<float>::Zero(2, size)),
        Matrix<float>(Matrix<float>::Ones(2, size)), Matrix<float>(1, 0), Matrix<float>(2, 0)})
    CHECK(suspect_finite_actions(sound).empty());
}

TEST_CASE("Suspected actions are read as a finite set where it is said how many there are") {
  const fixture::TemporaryDirectory directory;
  Matrix<float> actions(1, size);
  for (Index i = 0; i < size; ++i) actions(0, i) = static_cast<float>(i % 3);
  std::string path = write(directory, normal(2, 8), actions);
  CHECK_FALSE(has_finite_actions(path));
  CHECK(has_finite_actions(path, 3));
  CHECK(find_storage_problems(path).size() == 1);
  CHECK(find_storage_problems(path, 3).empty());
  CHECK(read_d4rl<ActionIndices>(path, {.action_count = 3}).actions(2) == 2);
  CHECK_THROWS_WITH(read_d4rl(path), Contains("found 2 in row 2") && Contains("action_count 3"));
  path = write(directory, normal(2, 8), Row<float>(actions.row(0).array()));
  CHECK_THROWS_WITH(read_d4rl(path),
                    Contains("actions: expected the shape rows×features, found 600; store a continuous "
                             "action of one feature as 600×1") &&
                        Contains("action_count"));
  CHECK(read_d4rl<ActionIndices>(path, {.action_count = 3}).action_count == 3);
  path = write(directory, normal(2, 8), Matrix<float>(normal(2, 9).cast<float>()));
  CHECK_THROWS_WITH(read_d4rl<ActionIndices>(path, {.action_count = 3}),
                    Contains("expected the numbers of a finite set"));
}

}  // namespace hdf5_precision_test
