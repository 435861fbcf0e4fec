/// \file
/// Compares the search for neighbors with a comparison of all pairs.
#include "holdfast/training/neighbors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/random.hpp"

namespace neighbors_test {

using namespace holdfast;

namespace {

// Returns the nearest others by sorting the distances to all other columns.
template <class Scalar>
std::vector<Index> sorted_others(const Matrix<Scalar>& observations, const Normalization<Scalar>& normalization,
                                 const std::vector<Index>& chosen, Index count) {
  Matrix<Scalar> normalized = observations;
  normalization.apply(normalized);
  std::vector<Index> all;
  for (const Index target : chosen) {
    const Row<Scalar> distances = (normalized.colwise() - normalized.col(target)).colwise().squaredNorm();
    std::vector<Index> order(static_cast<std::size_t>(observations.cols()));
    std::iota(order.begin(), order.end(), Index{0});
    order.erase(order.begin() + target);
    std::sort(order.begin(), order.end(),
              [&](Index a, Index b) { return std::pair(distances(a), a) < std::pair(distances(b), b); });
    order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
    all.insert(all.end(), order.begin(), order.end());
  }
  return all;
}

// Returns `columns` observations; `number(feature, column)` is one number.
template <class Scalar, class Number>
Matrix<Scalar> observations_of(Index features, Index columns, const Number& number) {
  Matrix<Scalar> all(features, columns);
  for (Index column = 0; column < columns; ++column)
    for (Index feature = 0; feature < features; ++feature)
      all(feature, column) = static_cast<Scalar>(number(feature, column));
  return all;
}

// Returns some of the columns, in any order, one of them twice, and the first and the last.
std::vector<Index> some_of(Index columns, Generator& generator) {
  std::vector<Index> chosen{columns - 1, 0};
  for (int i = 0; i < 20; ++i) chosen.push_back(generator.index(columns));
  chosen.push_back(chosen[2]);
  return chosen;
}

template <class Scalar>
void compare(const Matrix<Scalar>& observations, const Normalization<Scalar>& normalization, Generator& generator) {
  const auto chosen = some_of(observations.cols(), generator);
  for (const Index count : {Index{1}, Index{10}, Index{100}}) {
    INFO(observations.rows() << "×" << observations.cols() << ", " << count);
    const bool same = nearest_others(observations, normalization, chosen, count) ==
                      sorted_others(observations, normalization, chosen, count);
    CHECK(same);
  }
}

template <class Scalar>
void compare(const Matrix<Scalar>& observations, Generator& generator) {
  compare(observations, Normalization<Scalar>::fit(observations), generator);
}

}  // namespace

TEMPLATE_TEST_CASE("The neighbors of random observations are those of a comparison of all pairs", "", float, double) {
  Generator generator(1, Stream::noise);
  const auto normal = [&](Index, Index) { return generator.normal(); };
  for (const Index features : {1, 3, 17, 32, 33, 70})
    for (const Index columns : {1, 2, 7, 63, 64, 65, 1000})
      compare(observations_of<TestType>(features, columns, normal), generator);
  // The later the nearer to the last: nearly every column is nearer than all before it.
  compare(observations_of<TestType>(17, 1000,
                                    [&](Index, Index i) { return static_cast<double>(i) + 0.01 * generator.normal(); }),
          generator);
  // Features of very different size.
  compare(observations_of<TestType>(5, 1000,
                                    [&](Index feature, Index) {
                                      return (1 + generator.normal()) * std::pow(1000.0, static_cast<double>(feature));
                                    }),
          generator);
}

TEMPLATE_TEST_CASE("Of neighbors at the same distance the first is nearer", "", float, double) {
  Generator generator(2, Stream::noise);
  // On a grid most distances occur many times. Those of whole numbers are exact, however they are summed.
  const auto whole = [&](Index, Index) { return std::round(generator.normal()); };
  for (const Index features : {1, 2, 5})
    compare(observations_of<TestType>(features, 700, whole), Normalization<TestType>::identity(features), generator);
  compare(observations_of<TestType>(4, 300, [](Index, Index) { return 2.5; }), generator);  // all the same
  // Half of them the same, and the copies of the others behind them.
  const Matrix<TestType> once =
      observations_of<TestType>(6, 300, [&](Index, Index column) { return column < 150 ? 1 : generator.normal(); });
  Matrix<TestType> twice(6, 600);
  twice << once, once;
  compare(twice, generator);
}

TEST_CASE("There may be fewer others than neighbors wanted, and none") {
  const Matrix<float> three{{0, 5, 1}};
  const auto plain = Normalization<float>::identity(1);
  CHECK(nearest_others(three, plain, {1, 0}, 5) == std::vector<Index>{2, 0, 2, 1});
  CHECK(nearest_others(three, plain, {2}, 2) == std::vector<Index>{0, 1});
  CHECK(nearest_others<float>(three.leftCols(1), plain, {0, 0}, 5).empty());
  CHECK(nearest_others(three, plain, {}, 2).empty());
}

TEST_CASE("The numbers are normalized before they are compared") {
  const Matrix<double> observations{{0, 10, 0}, {0, 0, 1}};
  const auto nearest = [&](double scale) {
    return nearest_others<double>(observations, {Vector<double>::Zero(2), Vector<double>{{scale, 1}}}, {0}, 1);
  };
  CHECK(nearest(1) == std::vector<Index>{2});
  CHECK(nearest(100) == std::vector<Index>{1});
}

TEST_CASE("Distances that are infinite or not a number are the farthest, the first of them nearer") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Matrix<float> observations = observations_of<float>(1, 100, [](Index, Index column) { return column; });
  observations(3) = infinity;
  observations(70) = infinity;
  const auto plain = Normalization<float>::identity(1);
  CHECK(nearest_others(observations, plain, {3}, 4) == std::vector<Index>{0, 1, 2, 4});
  CHECK(nearest_others(observations, plain, {71}, 4) == std::vector<Index>{72, 69, 73, 68});
  std::vector<Index> others(100);
  std::iota(others.begin(), others.end(), Index{0});
  others.erase(others.begin() + 70);
  CHECK(nearest_others(observations, plain, {70}, 99) == others);
  const auto all = nearest_others(observations, plain, {0}, 99);
  REQUIRE(all.size() == 99);
  CHECK((all[97] == 3 && all[98] == 70));
}

}  // namespace neighbors_test
