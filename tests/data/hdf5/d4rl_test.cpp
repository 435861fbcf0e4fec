#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/trajectories.hpp"

namespace hdf5_test {

using namespace holdfast;
using fixture::list;
using fixture::TemporaryDirectory;
using hdf5::Storage;
using hdf5::Writer;

using Numbers = std::vector<double>;

namespace {

constexpr auto infinity = std::numeric_limits<double>::infinity();

/// The fields of a D4RL file, which a test can change before they are written.
struct Fields {
  Transitions<double> data = fixture::chain<double>({0, 0, 0, 0, 1, 0, 0}, {0, 0, 1, 0, 0, 0, 1});
  std::string without;  ///< a field to leave out
  bool with_next = false;

  void write(const std::string& path) const {
    Writer file(path);
    if (without != "observations") file.write("observations", data.observations);
    if (without != "actions") file.write("actions", data.actions);
    if (without != "rewards") file.write("rewards", data.rewards);
    if (without != "terminals") file.write_flags("terminals", data.terminals);
    if (without != "timeouts") file.write_flags("timeouts", data.timeouts);
    if (with_next) file.write("next_observations", data.next_observations);
    if (data.has_action_log_probs()) file.write("infos/action_log_probs", data.action_log_probs);
    file.commit();
  }
};

/// Returns the message that read_d4rl fails with, "" if it does not fail.
std::string failure(const std::string& path, const D4rlOptions& options = {}) {
  try {
    (void)read_d4rl<Matrix<double>>(path, options);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("without next observations the rows of unknown successor are dropped, and trajectories still split") {
  // d4rl's qlearning_dataset on the same 7 rows (time-outs at 2 and 6, terminal at 4) yields rows 0, 1, 3, 4, 5 with
  // next observations 1, 2, 4, 5, 6 and done for row 4 only. The terminal's next observation, which is never used, is
  // its own here.
  const TemporaryDirectory directory;
  Fields().write(directory / "d.hdf5");
  const auto data = read_d4rl<Matrix<double>>(directory / "d.hdf5");
  CHECK(list(data.observations.row(0)) == Numbers{0, 1, 3, 4, 5});
  CHECK(list(data.rewards) == Numbers{1, 2, 4, 5, 6});
  CHECK(list(data.actions) == Numbers{0, 0.01, 0.03, 0.04, 0.05});
  CHECK(list(data.next_observations.row(0)) == Numbers{1, 2, 4, 4, 6});
  CHECK(list(data.next_observations.row(1)) == Numbers{101, 102, 104, 104, 106});
  CHECK(list(data.terminals) == Numbers{0, 0, 0, 1, 0});
  CHECK(list(data.timeouts) == Numbers{0, 1, 0, 0, 1});
  CHECK(returns(data) == Numbers{1 + 2, 4 + 5, 6});
}

TEST_CASE("with next observations every row is kept") {
  const TemporaryDirectory directory;
  Fields fields;
  fields.with_next = true;
  fields.write(directory / "d.hdf5");
  CHECK(fixture::same_bits(read_d4rl<Matrix<double>>(directory / "d.hdf5"), fields.data));
  fields.without = "timeouts";
  fields.write(directory / "d.hdf5");
  // Steps are not counted either: the next observations show where trajectories break.
  CHECK(list(read_d4rl<Matrix<double>>(directory / "d.hdf5", {.max_episode_steps = 2}).timeouts) == Numbers(7, 0));
}

TEST_CASE("time-outs are counted where the file does not tell them") {
  const TemporaryDirectory directory;
  Fields fields;
  fields.without = "timeouts";
  fields.write(directory / "d.hdf5");
  // The terminal is at row 4. Episodes of at most 3 steps end at row 2 (third step) and row 4 (terminal); rows 5 and 6
  // are cut by the end of the file, whose last row has no successor.
  const auto counted = read_d4rl<Matrix<double>>(directory / "d.hdf5", {.max_episode_steps = 3});
  CHECK(list(counted.rewards) == Numbers{1, 2, 4, 5, 6});
  CHECK(list(counted.timeouts) == Numbers{0, 1, 0, 0, 1});
  const auto uncounted = read_d4rl<Matrix<double>>(directory / "d.hdf5");
  CHECK(list(uncounted.rewards) == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(list(uncounted.timeouts) == Numbers{0, 0, 0, 0, 0, 1});
}

TEST_CASE("dropping never crosses a trajectory's end") {
  const TemporaryDirectory directory;
  Fields fields;
  // Row 1 is a time-out directly after a terminal, and row 2 directly after that: there is no row before them to mark.
  // Row 3 is both terminal and time-out: it is kept, because it needs no successor. So is the last row, a terminal.
  fields.data = fixture::chain<double>({1, 0, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0});
  fields.write(directory / "d.hdf5");
  const auto data = read_d4rl<Matrix<double>>(directory / "d.hdf5");
  CHECK(list(data.rewards) == Numbers{1, 4, 5, 6});
  CHECK(list(data.terminals) == Numbers{1, 1, 0, 1});
  CHECK(list(data.timeouts) == Numbers{0, 1, 0, 0});
}

TEMPLATE_TEST_CASE("a dataset is read back as it was written, bit for bit", "", float, double) {
  using S = TestType;
  const TemporaryDirectory directory;
  Generator generator(5);
  const Index size = 3000;
  Transitions<S> data;
  for (Matrix<S>* matrix : {&data.observations, &data.actions, &data.next_observations}) matrix->resize(3, size);
  generator.fill_normal(data.observations);
  generator.fill_normal(data.next_observations);
  generator.fill_normal(data.actions);
  data.actions = data.actions.array().tanh().matrix();
  data.rewards.resize(size);
  generator.fill_normal(data.rewards);
  data.terminals.resize(size);
  data.timeouts.resize(size);
  for (Index i = 0; i < size; ++i) {
    data.terminals(i) = generator.index(5) == 0;
    data.timeouts(i) = generator.index(5) == 0;
  }
  write_d4rl(directory / "d.hdf5", data, {{"algorithm", "SAC"}, {"policy/nonlinearity", "relu"}});
  CHECK(fixture::same_bits(read_d4rl<Matrix<S>>(directory / "d.hdf5"), data));

  data.action_log_probs.resize(size);
  generator.fill_normal(data.action_log_probs);
  write_d4rl(directory / "d.hdf5", data);
  CHECK(fixture::same_bits(read_d4rl<Matrix<S>>(directory / "d.hdf5"), data));
}

TEST_CASE("metadata is text under metadata/") {
  const TemporaryDirectory directory;
  write_d4rl(directory / "d.hdf5", Fields().data, {{"algorithm", "SAC"}, {"policy/nonlinearity", "relu"}});
  const hdf5::Reader file(directory / "d.hdf5");
  CHECK(file.read_text("metadata/algorithm") == "SAC");
  CHECK(file.read_text("metadata/policy/nonlinearity") == "relu");
}

TEMPLATE_TEST_CASE("flags may be of any numeric type", "", signed char, unsigned char, int, std::int64_t, float,
                   double) {
  const TemporaryDirectory directory;
  const Fields fields;
  Writer file(directory / "d.hdf5");
  file.write("observations", fields.data.observations.cast<float>(), Storage::compressed);
  file.write("actions", fields.data.actions, Storage::compressed);
  file.write("next_observations", fields.data.next_observations);
  file.write("rewards", fields.data.rewards.cast<float>());
  file.write("terminals", fields.data.terminals.cast<TestType>());
  file.write("timeouts", Matrix<TestType>(fields.data.timeouts.cast<TestType>().matrix()));  // N×1
  file.commit();
  const auto data = read_d4rl(directory / "d.hdf5");
  CHECK(list(data.terminals) == list(fields.data.terminals));
  CHECK(list(data.timeouts) == list(fields.data.timeouts));
  CHECK(list(data.rewards) == list(fields.data.rewards));
}

TEST_CASE("numbers may be of any precision, and columns N or N×1") {
  const TemporaryDirectory directory;
  Fields fields;
  fields.data.action_log_probs = -fields.data.rewards;
  Writer file(directory / "d.hdf5");
  file.write("observations", fields.data.observations.cast<float>());
  file.write("actions", fields.data.actions);
  file.write("next_observations", fields.data.next_observations.cast<int>());
  file.write("rewards", Matrix<double>(fields.data.rewards.matrix()), Storage::compressed);
  file.write("infos/action_log_probs", Matrix<float>(fields.data.action_log_probs.cast<float>().matrix()));
  file.write_flags("terminals", fields.data.terminals);
  file.write_flags("timeouts", fields.data.timeouts);
  file.commit();
  CHECK(fixture::same_bits(read_d4rl<Matrix<double>>(directory / "d.hdf5"), fields.data));
  CHECK(list(read_d4rl(directory / "d.hdf5").action_log_probs) == list(fields.data.action_log_probs));
}

TEST_CASE("log-probabilities stay with their rows") {
  const TemporaryDirectory directory;
  Fields fields;
  fields.data.action_log_probs = -fields.data.rewards;
  fields.write(directory / "d.hdf5");
  CHECK(list(read_d4rl<Matrix<double>>(directory / "d.hdf5").action_log_probs) == Numbers{-1, -2, -4, -5, -6});
}

TEST_CASE("a file that is not a dataset is told in one line: file, dataset, expected, found") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  Fields fields;
  fields.with_next = GENERATE(false, true);
  const auto broken = [&] {
    fields.write(path);
    const std::string text = failure(path);
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find(path) == 0);
    CHECK(text.find(path, 1) == std::string::npos);  // named once
    return text;
  };
  CHECK_FALSE(failure(directory / "none.hdf5").empty());

  SECTION("a missing key") {
    for (const char* key : {"observations", "actions", "rewards", "terminals"}) {
      fields.without = key;
      CHECK_THAT(broken(), Contains(std::string(": ") + key + ": expected a dataset, found none; the file has ") &&
                               Contains("timeouts"));
    }
  }
  SECTION("lengths that differ") {
    fields.data.rewards.resize(6);
    fields.data.rewards.setZero();
    CHECK_THAT(broken(), Contains("rewards: expected 7 rows of 1, found 6 of 1"));
  }
  SECTION("terminals of another length") {
    fields.data.terminals = fixture::flags({0, 0, 0, 0, 1, 0, 0, 0});
    CHECK_THAT(broken(), Contains("terminals: expected 7 rows, found 8"));
  }
  SECTION("log-probabilities of another length") {
    fields.data.action_log_probs = Row<double>::Zero(3);
    CHECK_THAT(broken(), Contains("action_log_probs: expected 7 rows of 1, found 3 of 1"));
  }
  SECTION("no rows") {
    fields.data = fields.data.select({});
    CHECK_THAT(broken(), Contains("observations: expected at least one transition, found none"));
  }
  SECTION("not a number, by the file's row") {
    fields.data.observations(1, 5) = std::numeric_limits<double>::quiet_NaN();
    CHECK_THAT(broken(), Contains("observations: expected finite numbers, found nan in row 5, feature 1"));
  }
  SECTION("an infinite reward") {
    fields.data.rewards(6) = infinity;
    CHECK_THAT(broken(), Contains("rewards: expected finite numbers, found inf in row 6"));
  }
  SECTION("an action out of range") {
    fields.data.actions(0, 6) = -1.25;
    CHECK_THAT(broken(), Contains("actions: expected within ±1, found -1.25 in row 6, feature 0"));
    CHECK(failure(path, {.action_limit = 2}).empty());
    CHECK(failure(path, {.action_limit = infinity}).empty());
    CHECK_FALSE(failure(path, {.action_limit = 1.2}).empty());
  }
  SECTION("an action at the limit, but for rounding") {
    fields.data.actions(0, 6) = 1 + 9e-7;
    fields.write(path);
    CHECK(failure(path).empty());
  }
}

TEST_CASE("a column of the wrong rank or type is told in one line") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const Fields fields;
  const auto with = [&](const std::string& replaced, const auto& write_replacement) {
    Writer file(path);
    if (replaced != "observations") file.write("observations", fields.data.observations);
    if (replaced != "rewards") file.write("rewards", fields.data.rewards);
    if (replaced != "terminals") file.write_flags("terminals", fields.data.terminals);
    file.write("actions", fields.data.actions);
    write_replacement(file);
    file.commit();
    return failure(path);
  };
  CHECK_THAT(with("observations", [](Writer& f) { f.write("observations", Row<float>::Zero(7)); }),
             Contains(path + ": observations: expected the shape rows×features, found 7"));
  CHECK_THAT(with("rewards", [](Writer& f) { f.write("rewards", Matrix<float>::Zero(2, 7)); }),
             Contains(path + ": rewards: expected the shape rows or rows×1, found 7×2"));
  CHECK_THAT(with("rewards", [](Writer& f) { f.write_text("rewards", "many"); }), Contains(path + ": rewards: "));
  CHECK_THAT(with("terminals", [](Writer& f) { f.write("terminals", Row<float>::Constant(7, 0.5F)); }),
             Contains(path + ": terminals: expected 0 or 1, found 0.5 in row 0"));
  CHECK_THAT(with("", [](Writer& f) { f.write("next_observations", Matrix<float>::Zero(3, 7)); }),
             Contains(path + ": next_observations: expected 7 rows of 2, found 7 of 3"));
  CHECK_THAT(with("", [](Writer& f) { f.write("timeouts", Row<int>::Constant(7, -1)); }),
             Contains(path + ": timeouts: expected 0 or 1, found -1 in row 0"));
}

TEST_CASE("text where numbers are expected is told in one line") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  Fields fields;
  fields.without = "rewards";
  fields.write(path);
  // A column of strings, which Writer cannot write.
  {
    const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const hsize_t size = 7;
    const hdf5::Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
    const hdf5::Handle column(H5Dcreate2(file, "rewards", H5T_C_S1, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                              H5Dclose);
    REQUIRE(column.valid());
  }
  CHECK_THAT(failure(path), Contains(path + ": rewards: expected numbers, found text"));
}

TEST_CASE("a dataset without a known successor is an error") {
  const TemporaryDirectory directory;
  Fields fields;
  fields.data = fixture::chain<double>({0}, {0});
  fields.write(directory / "d.hdf5");
  CHECK_THAT(failure(directory / "d.hdf5"), Contains("successor"));
  fields.data = fixture::chain<double>({1}, {0});
  fields.write(directory / "d.hdf5");
  CHECK(read_d4rl(directory / "d.hdf5").size() == 1);
}

TEST_CASE("options out of range are refused") {
  CHECK_THROWS_AS(read_d4rl("unused", {.max_episode_steps = -1}), ConfigError);
  CHECK_THROWS_AS(read_d4rl("unused", {.action_limit = 0}), ConfigError);
  CHECK_THROWS_AS(read_d4rl("unused", {.action_limit = std::numeric_limits<double>::quiet_NaN()}), ConfigError);
}

TEST_CASE("writing refuses what is not valid and leaves the file that is there") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const Fields fields;
  write_d4rl(path, fields.data);
  auto broken = fields.data;
  broken.rewards(0) = infinity;
  CHECK_THROWS_AS(write_d4rl(path, broken), DataError);
  CHECK_THROWS_AS(write_d4rl(path, fields.data, {{"a", "1"}, {"a/b", "2"}}), DataError);
  CHECK(fixture::same_bits(read_d4rl<Matrix<double>>(path), fields.data));
  CHECK(std::distance(std::filesystem::directory_iterator(directory / ""), {}) == 1);
}

}  // namespace hdf5_test
