/// \file
/// Tests the program mujoco_scores: its table, and runs that are stopped. The environment need not be a robot.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/run_program.hpp"

namespace mujoco_scores_test {

using holdfast::testing::Bench;
using holdfast::testing::content;
using holdfast::testing::lines_of;
using holdfast::testing::Outcome;

namespace {

const std::string header = "environment,dataset,algorithm,seed,updates,score,return_mean,command";

struct Scores : Bench {
  Scores() : Bench(MUJOCO_SCORES) {
    std::filesystem::create_directories(path("data"));
    std::filesystem::create_directories(path("recipes"));
    std::ofstream(path("recipes/td3.toml")) << "[critics.network]\nhidden = [8]\n[policy.network]\nhidden = [8]\n";
    std::ofstream(path("recipes/bc.toml")) << "batch_size = 32\n[policy.network]\nhidden = [64]\n";
    std::ofstream(path("recipes/by_dataset.csv"))
        << "environment,dataset,algorithm,settings\n"
           "mass_chain,expert,bc,batch_size=0\n"
           "mass_chain,random,bc,policy.network.hidden=8 policy_optimizer.learning_rate=0.01\n";
    const std::string tool = "'" + std::filesystem::path(MUJOCO_SCORES).replace_filename("holdfast").string() + "' ";
    const Outcome made = shell(tool + "collect --environment mass_chain --policy random --steps 500 --out " +
                               "data/mass_chain-random.hdf5");
    REQUIRE(made.exit_code == 0);
  }
};

const std::string sweep =
    "--environment mass_chain --dataset random --data data --evaluate-every 50 --episodes 2 --jobs 2 ";
const std::string common = sweep + "--recipes recipes ";

}  // namespace

TEST_CASE("Each finished run has one row, with the command that makes it", "[mujoco_scores]") {
  const Scores bench;
  const std::string output = bench.ok(common + "--algorithm bc,td3 --seeds 2 --updates 100 --out a");
  CHECK_THAT(output,
             Contains("| mass_chain-random | bc | 100 | 2 | ") && Contains("| mass_chain-random | td3 | 100 | 2 |"));
  const std::string table = content(bench.path("a/scores.csv"));
  const std::vector<std::string> lines = lines_of(table);
  REQUIRE(lines.size() == 1 + 4);
  CHECK(lines.front() == header);
  for (const char* run : {"bc,1", "bc,2", "td3,1", "td3,2"})
    CHECK_THAT(table, Contains(std::string("\nmass_chain,random,") + run + ",100,"));
  CHECK_THAT(
      table,
      Contains(",holdfast train --algorithm bc --dataset data/mass_chain-random.hdf5 ") &&
          Contains("--config recipes/bc.toml --set policy.network.hidden=8 policy_optimizer.learning_rate=0.01\n") &&
          Contains("--config recipes/td3.toml\n"));

  // Nothing is run again, and more seeds and another table are added to.
  bench.ok(common + "--algorithm bc,td3 --seeds 2 --updates 100 --out a");
  CHECK(content(bench.path("a/scores.csv")) == table);
  bench.ok(common + "--algorithm bc --seeds 1 --first-seed 3 --updates 100 --out b --results a/scores.csv");
  CHECK(content(bench.path("a/scores.csv")).starts_with(table));
  CHECK(lines_of(content(bench.path("a/scores.csv"))).size() == 1 + 5);

  // The command gives the row.
  const std::string tool = "'" + std::filesystem::path(MUJOCO_SCORES).replace_filename("holdfast").string() + "'";
  const std::string command = lines.back().substr(lines.back().find("holdfast train") + 8);
  CHECK(bench.shell(tool + command + " --out again").exit_code == 0);
  const std::string score = lines.back().substr(0, lines.back().find(",holdfast"));
  const std::string mean = score.substr(score.rfind(',') + 1);
  CHECK_THAT(lines_of(content(bench.path("again/metrics.csv"))).back(), Contains("," + mean + ","));
}

TEST_CASE("Runs that were stopped go on", "[mujoco_scores]") {
  const Scores bench;
  const std::string command = common + "--algorithm td3 --seeds 1 --updates 2000 ";
  bench.ok(command + "--out whole");
  const Outcome stopped = bench.shell(
      bench.program() + command +
      "--out parts & "
      "until [ $(cat parts/*/metrics.csv 2>/dev/null | wc -l) -ge 4 ]; do sleep 0.02; done; kill -INT $!; wait $!");
  CHECK_FALSE(std::filesystem::exists(bench.path("parts/scores.csv")));
  CHECK(stopped.exit_code == 130);
  bench.ok(command + "--out parts");
  CHECK(content(bench.path("parts/scores.csv")) == content(bench.path("whole/scores.csv")));
}

TEST_CASE("A run that something else ends has no row until it is complete", "[mujoco_scores]") {
  const Scores bench;
  const std::string command = common + "--algorithm td3 --seeds 1 --updates 20000 ";
  const Outcome killed = bench.shell(
      bench.program() + command +
      "--out a & "
      "until [ $(cat a/*/metrics.csv 2>/dev/null | wc -l) -ge 4 ]; do sleep 0.02; done; pkill -9 -P $!; wait $!");
  CHECK(killed.exit_code == 2);
  CHECK_THAT(killed.error, Contains("warning: mass_chain-random-td3-1: ended with exit code 137: "));
  CHECK_FALSE(std::filesystem::exists(bench.path("a/scores.csv")));
}

TEST_CASE("A run that diverges has the score of its last evaluation and its updates", "[mujoco_scores]") {
  const Scores bench;
  std::ofstream(bench.path("recipes/td3.toml")) << "[critics.network]\nhidden = [8]\n[critics.optimizer]\n"
                                                   "learning_rate = 1e6\n[policy.network]\nhidden = [8]\n";
  CHECK(bench.run(common + "--algorithm td3 --seeds 1 --updates 2000 --out a").exit_code == 0);
  const std::vector<std::string> lines = lines_of(content(bench.path("a/scores.csv")));
  REQUIRE(lines.size() == 2);
  CHECK_FALSE(lines.back().starts_with("mass_chain,random,td3,1,2000,"));
}

TEST_CASE("What is missing or fails is said in one line", "[mujoco_scores]") {
  const Scores bench;
  bench.refused("--environment mass_chain --dataset expert --data data --recipes recipes --algorithm bc --out a",
                "data/mass_chain-expert.hdf5: expected a dataset, found none; make_mujoco_data makes it");
  bench.refused(common + "--algorithm bcc --out a", "did you mean \"bc\"?");
  bench.refused(sweep + "--algorithm bc --recipes none --out a", "none: expected a folder of recipes, found none");
  bench.ok(common + "--algorithm bc --seeds 1 --updates 100 --out b");
  bench.refused(common + "--algorithm bc --seeds 1 --updates 200 --out b",
                "b/scores.csv: mass_chain-random-bc-1: expected the row of ");
  std::ofstream(bench.path("recipes/td3.toml")) << "batch_size = 0\n";
  const Outcome failed = bench.run(common + "--algorithm td3 --seeds 1 --updates 100 --out a");
  CHECK(failed.exit_code == 2);
  CHECK_THAT(failed.error, Contains("warning: mass_chain-random-td3-1: ended with exit code 2: ") &&
                               Contains("error: mass_chain-random-td3-1: expected a final score, found none"));
  CHECK_THAT(content(bench.path("a/mass_chain-random-td3-1.log")), Contains("batch_size must be in [1, 100000]"));
}

}  // namespace mujoco_scores_test
