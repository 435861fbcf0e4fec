/// \file
/// Tests `holdfast inspect` as users run it.
#include <filesystem>
#include <string>
#include <tuple>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/hdf5.hpp"
#include "support/run_program.hpp"

namespace inspect_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

Outcome inspect(const std::string& file, const std::string& arguments = "") {
  return Bench(HOLDFAST_TOOL).run("inspect '" + file + "' " + arguments);
}

/// Returns the path of a file in tests/data/files.
std::string file(const std::string& name) {
  return (std::filesystem::absolute(__FILE__).parent_path() / "../../data/files" / name).string();
}

}  // namespace

TEST_CASE("inspect prints one JSON object") {
  const Outcome outcome = inspect(file("newest.hdf5"), "--json");
  CHECK(outcome.exit_code == 0);
  const std::string& text = outcome.output;
  CHECK(text.find(R"({"file": ")") == 0);
  CHECK(text.find('\n') == text.size() - 1);
  // Five episodes, with the returns 6, 9, 21, 19 and 23.
  for (const char* field :
       {R"("transitions": 12,)", R"("rows": 12,)", R"("episodes": 5,)", R"("terminals": 2,)", R"("timeouts": 3,)",
        R"("unfinished": 1,)", R"("observation_size": 2,)", R"("action_size": 1,)", R"("return_mean": 15.6,)",
        R"("return_min": 6,)", R"("return_max": 23,)", R"("algorithm": "SAC")", R"("author": "naïve")",
        R"({"name": "infos/qpos", "type": "float64", "shape": [12, 3]})", R"("problems": []})"})
    CHECK_THAT(text, Contains(field));
}

TEST_CASE("inspect counts what is usable, and the returns of the whole recording") {
  // The successors of rows 2, 9 and 11 are not recorded, but their rewards were earned.
  const Outcome json = inspect(file("replay.hdf5"), "--json");
  CHECK_THAT(json.output, Contains(R"("transitions": 9, "rows": 12, "episodes": 5,)"));
  CHECK_THAT(json.output, Contains(R"("return_max": 23,)") && Contains(R"("has_next_observations": false)"));
  const Outcome report = inspect(file("replay.hdf5"));
  CHECK(report.exit_code == 0);
  CHECK_THAT(report.output, Contains("transitions 9 of 12 rows") && Contains("episodes 5") &&
                                Contains("uint8      12 x 1") &&
                                Contains("  - the log-probabilities of the actions are not recorded"));
  CHECK_THAT(inspect(file("least.hdf5"), "--json --max-episode-steps 3").output, Contains(R"("timeouts": 3,)"));
}

TEST_CASE("inspect lists actions out of range instead of refusing the file, and shows no control characters") {
  const fixture::TemporaryDirectory directory;
  auto data = fixture::chain<float>({0, 0, 1}, {0, 0, 0});
  data.actions(0, 1) = 1.5;
  write_d4rl(directory / "d.hdf5", data, {{"note", "\x1b[2J\"quoted\" na\xEFve"}});
  const Outcome report = inspect(directory / "d.hdf5");
  CHECK(report.exit_code == 0);
  CHECK_THAT(report.output, Contains("  - actions: outside ±1, up to 1.5, in feature 0"));
  CHECK_THAT(report.output, Contains("\\x1b[2J\"quoted\" na\\xefve"));
  CHECK(report.output.find('\x1b') == std::string::npos);
  CHECK(inspect(directory / "d.hdf5", "--action-limit 2").output.find("outside") == std::string::npos);
  CHECK_THAT(inspect(directory / "d.hdf5", "--json").output, Contains("\\u001b[2J\\\"quoted\\\" na\xEF\xBF\xBDve\""));
}

TEST_CASE("inspect counts the actions of a finite set") {
  const Outcome json = inspect(file("sparse_states.hdf5"), "--json");
  CHECK(json.exit_code == 0);
  for (const char* field : {R"("transitions": 12,)", R"("episodes": 5,)", R"("terminals": 2,)", R"("timeouts": 3,)",
                            R"("observation_size": 6,)", R"("action_size": 1,)", R"("action_count": 4,)",
                            R"("action_counts": [4, 4, 4, 0])", R"("return_mean": 15.6,)", R"("actions": [],)",
                            R"("problems": ["actions: number 3 of 0 to 3 never taken)"})
    CHECK_THAT(json.output, Contains(field));
  const Outcome report = inspect(file("discrete.hdf5"));
  CHECK(report.exit_code == 0);
  CHECK_THAT(report.output, Contains("observation size 5, actions 3") && Contains("share %"));
  CHECK(inspect(file("newest.hdf5"), "--json").output.find("action_count") == std::string::npos);
}

TEST_CASE("inspect refuses what is no dataset, and arguments out of range, in one line") {
  const fixture::TemporaryDirectory directory;
  for (const auto& [path, arguments, expected] :
       {std::tuple{directory / "none.hdf5", "", "none.hdf5: expected an HDF5 file, found no file"},
        {file("refused.hdf5"), "--json", "rewards: expected gzip or no compression"},
        {file("least.hdf5"), "--max-episode-steps -1", "--max-episode-steps"},
        {file("least.hdf5"), "--action-limit 0", "--action-limit"},
        {file("least.hdf5"), "--action-limit nan",
         "--action-limit: must be a number in [1e-09, 1e+09], but is \"nan\""}}) {
    Bench(HOLDFAST_TOOL).refused("inspect '" + path + "' " + arguments, expected);
  }
}

}  // namespace inspect_test
