/// \file
/// Tests reading files that h5py and NumPy wrote over the years (tests/data/files, made by make.py there). All hold the
/// same steps.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/trajectories.hpp"

namespace d4rl_files_test {

using namespace holdfast;
using fixture::list;

using Numbers = std::vector<double>;

namespace {

/// Returns the path of a file in tests/data/files.
std::string file(const std::string& name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "files" / name).string();
}

/// Returns the twelve steps of make.py, as recorded.
Transitions<double> steps(bool with_timeouts = true) {
  const std::vector<int> none(12, 0);
  auto data = fixture::chain<double>({0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0},
                                     with_timeouts ? std::vector<int>{0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0} : none);
  for (Index row = 0; row < data.size(); ++row) data.actions(0, row) = static_cast<double>(row) / 16;
  return data;
}

Transitions<double> steps_with_log_probs() {
  auto data = steps();
  data.action_log_probs.resize(data.size());
  for (Index row = 0; row < data.size(); ++row) data.action_log_probs(row) = static_cast<double>(-row) / 8;
  return data;
}

std::string failure(const std::string& name) {
  try {
    (void)read_d4rl(file(name));
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("files with next observations keep every row, whatever wrote them") {
  for (const char* name : {"newest.hdf5", "growing.hdf5", "big_endian.hdf5", "half_precision.hdf5"}) {
    INFO(name);
    const auto data = read_d4rl<Matrix<double>>(file(name));
    CHECK(fixture::same_bits(data, steps_with_log_probs()));
    CHECK(list(read_d4rl(file(name)).observations.row(1)) == list(data.observations.row(1)));
    // Row 7 is terminal and a time-out at once; rows 10 and 11 are an episode that has not ended.
    const auto ranges = trajectories(data);
    REQUIRE(ranges.size() == 5);
    CHECK((ranges[2].terminal && ranges[2].timeout));
    CHECK((ranges[4].begin == 10 && !ranges[4].terminal && !ranges[4].timeout));
    CHECK(returns(data) == Numbers{1 + 2 + 3, 4 + 5, 6 + 7 + 8, 9 + 10, 11 + 12});
  }
}

TEST_CASE("files without next observations lose the rows of unknown successor, whatever wrote them") {
  for (const char* name : {"replay.hdf5", "integer_flags.hdf5", "float_flags.hdf5"}) {
    INFO(name);
    const auto data = read_d4rl<Matrix<double>>(file(name));
    CHECK(list(data.observations.row(0)) == Numbers{0, 1, 3, 4, 5, 6, 7, 8, 10});
    CHECK(list(data.next_observations.row(0)) == Numbers{1, 2, 4, 4, 6, 7, 7, 9, 11});
    CHECK(list(data.next_observations.row(1)) == Numbers{101, 102, 104, 104, 106, 107, 107, 109, 111});
    CHECK(list(data.rewards) == Numbers{1, 2, 4, 5, 6, 7, 8, 9, 11});
    CHECK(list(data.terminals) == Numbers{0, 0, 0, 1, 0, 0, 1, 0, 0});
    CHECK(list(data.timeouts) == Numbers{0, 1, 0, 0, 0, 0, 1, 1, 1});
    CHECK(returns(data) == Numbers{1 + 2, 4 + 5, 6 + 7 + 8, 9, 11});
    CHECK_FALSE(data.has_action_log_probs());
  }
}

TEST_CASE("files without timeouts break only at terminals, or where steps are counted") {
  const auto kept = read_d4rl<Matrix<double>>(file("double_flags.hdf5"));
  CHECK(fixture::same_bits(kept, steps(false)));
  const auto least = read_d4rl<Matrix<double>>(file("least.hdf5"));
  CHECK(list(least.rewards) == Numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(list(least.timeouts) == Numbers{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(returns(least) == Numbers{1 + 2 + 3 + 4 + 5, 6 + 7 + 8, 9 + 10 + 11});
  // Rows 1, 3, 6 and 9 are the second rows of their episodes; row 4, a terminal, is the first of its own.
  const auto counted = read_d4rl<Matrix<double>>(file("least.hdf5"), {.max_episode_steps = 2});
  CHECK(list(counted.rewards) == Numbers{1, 3, 5, 6, 8, 9, 11});
  CHECK(list(counted.timeouts) == Numbers{1, 1, 0, 1, 0, 1, 1});
}

TEST_CASE("seven steps of known reading are read so, but for the differences on purpose") {
  // d4rl's qlearning_dataset has rows 0, 1, 3, 4, 5, the next observations of rows 1, 2, 4, 5, 6, and done for row 4.
  // Here the terminal's next observation is its own, and the rows before the dropped time-outs are marked.
  const auto data = read_d4rl<Matrix<double>>(file("seven.hdf5"));
  CHECK(list(data.observations.row(0)) == Numbers{0, 1, 3, 4, 5});
  CHECK(list(data.next_observations.row(0)) == Numbers{1, 2, 4, 4, 6});
  CHECK(list(data.terminals) == Numbers{0, 0, 0, 1, 0});
  CHECK(list(data.timeouts) == Numbers{0, 1, 0, 0, 1});
}

TEST_CASE("a recording has every row") {
  const auto newest = read_recording<Matrix<double>>(file("newest.hdf5"));
  CHECK((newest.has_next_observations && newest.has_timeouts));
  CHECK(fixture::same_bits(newest.rows, steps_with_log_probs()));

  const auto replay = read_recording<Matrix<double>>(file("replay.hdf5"));
  CHECK((!replay.has_next_observations && replay.has_timeouts));
  CHECK(returns(replay.rows) == Numbers{1 + 2 + 3, 4 + 5, 6 + 7 + 8, 9 + 10, 11 + 12});
  CHECK(list(replay.rows.next_observations.row(0)) == Numbers{1, 2, 2, 4, 4, 6, 7, 7, 9, 9, 11, 11});

  const auto least = read_recording<Matrix<double>>(file("least.hdf5"), {.max_episode_steps = 3});
  CHECK((!least.has_next_observations && !least.has_timeouts));
  CHECK(list(least.rows.timeouts) == Numbers{0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0});
}

TEST_CASE("metadata is what is single below metadata/, as text") {
  const std::map<std::string, std::string> expected = {{"algorithm", "SAC"},
                                                       {"author", "naïve"},
                                                       {"deterministic", "false"},
                                                       {"discount", "0.99"},
                                                       {"environment", "hopper"},
                                                       {"iteration", "100"},
                                                       {"learning_rate", "3e-04"},
                                                       {"padded", "v2"},
                                                       {"policy/nonlinearity", "relu"},
                                                       {"seed", "18446744073709551615"}};
  CHECK(read_metadata(file("newest.hdf5")) == expected);
  CHECK(read_metadata(file("least.hdf5")).empty());
  CHECK_THROWS_AS(read_metadata(file("none.hdf5")), DataError);
}

TEST_CASE("a dataset tells its type and shape before it is read") {
  const auto told = [](const char* name, const char* key) {
    const hdf5::DatasetInfo info = hdf5::Reader(file(name)).info(key);
    std::string text = info.type;
    for (const std::size_t extent : info.shape) text += " " + std::to_string(extent);
    return text;
  };
  CHECK(told("newest.hdf5", "observations") == "float32 12 2");
  CHECK(told("newest.hdf5", "terminals") == "bool 12");
  CHECK(told("newest.hdf5", "metadata/algorithm") == "text");
  CHECK(told("newest.hdf5", "metadata/author") == "text");
  CHECK(told("newest.hdf5", "metadata/seed") == "uint64");
  CHECK(told("newest.hdf5", "metadata/nothing") == "float32 0");
  CHECK(told("replay.hdf5", "timeouts") == "uint8 12 1");
  CHECK(told("big_endian.hdf5", "rewards") == "float64 12");
  CHECK(told("half_precision.hdf5", "terminals") == "int64 12");
  CHECK(told("refused.hdf5", "records") == "compound records 12");
  CHECK_THROWS_WITH(hdf5::Reader(file("least.hdf5")).info("timeouts"), Contains("expected a dataset, found none"));
}

TEST_CASE("what cannot be read of h5py's is told in one line, with the remedy") {
  CHECK(failure("refused.hdf5") ==
        file("refused.hdf5") +
            ": rewards: expected gzip or no compression, found the filter 32000 'lzf', which this HDF5 does not have; "
            "write the file with gzip");
  CHECK_THROWS_WITH(hdf5::Reader(file("refused.hdf5")).read_row<float>("records"),
                    Contains("refused.hdf5: records: expected numbers, found compound records"));
  const hdf5::Reader refused(file("refused.hdf5"));
  CHECK(refused.contains("timeouts"));  // a broken link must not count as a missing dataset
  CHECK_THROWS_WITH(refused.read_flags("timeouts"),
                    Contains("timeouts: expected a dataset, found a link to nothing, or one"));
  CHECK_THROWS_WITH(refused.contains("timeouts/below"), Contains("timeouts: a link to nothing"));
  const hdf5::Reader newest(file("newest.hdf5"));
  CHECK_THROWS_WITH(newest.read_number<float>("metadata/nothing"), Contains("expected the shape of a scalar, found 0"));
  CHECK_THROWS_WITH(newest.read_text("metadata/nothing"), Contains("expected a scalar, found 0"));
}

TEST_CASE("a file of a newer HDF5 is told by that, with the remedy") {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  if (major > 1 || minor > 10) {
    WARN("skipped: this HDF5 is new enough to read the file");
    return;
  }
  CHECK_THAT(failure("latest.hdf5"), Contains("terminals: ") &&
                                         Contains("written in a format newer than this HDF5 (1.") &&
                                         Contains("write it with libver='v110'"));
}

}  // namespace d4rl_files_test
