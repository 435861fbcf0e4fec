/// \file
/// Runs the small programs of examples/, as the README links them.

#include <cmath>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"

namespace small_programs_test {

using namespace holdfast::testing;

namespace {

// Runs a program of that name in the bench's folder. Checks that it succeeds, and returns its output.
std::string output_of(const Bench& bench, const std::string& name, const std::string& arguments = "") {
  const Outcome outcome = bench.shell("'" HOLDFAST_EXAMPLES "/" + name + "' " + arguments);
  INFO(name << ": " << outcome.output << outcome.error);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.error.empty());
  return outcome.output;
}

double number_after(const std::string& text, const std::string& words) {
  const auto at = text.find(words);
  REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + words.size()));
}

}  // namespace

TEST_CASE("The quick start trains on a dataset", "[examples]") {
  const ToolBench bench;
  bench.collect();
  const std::string output = output_of(bench, "quick_start", "data.hdf5 20");
  CHECK_THAT(output, Contains("step     0: Q(data)") && Contains("action at the origin: "));
  const Outcome refused = bench.shell("'" HOLDFAST_EXAMPLES "/quick_start' none.hdf5");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.error, Contains("error: none.hdf5") && Contains("found no file"));
}

TEST_CASE("A training that is stopped goes on to the same bits", "[examples]") {
  const ToolBench bench;
  bench.collect();
  const std::string whole = output_of(bench, "resume_training", "data.hdf5 whole.h5 30");
  CHECK(output_of(bench, "resume_training", "data.hdf5 cut.h5 10") != whole);
  CHECK(output_of(bench, "resume_training", "data.hdf5 cut.h5 30") == "resumed from step 10\n" + whole);
}

// A random policy earns 18.8 on the chain of masses.
TEST_CASE("The algorithm of the example learns", "[examples]") {
  const ToolBench bench;
  CHECK(number_after(output_of(bench, "own_algorithm"), "mean return of 100 episodes: ") > 85);
}

TEST_CASE("SAC learns with the Q-network of the example", "[examples]") {
  const ToolBench bench;
  CHECK(number_after(output_of(bench, "own_q_network"), "score, 0 random, 100 optimal: ") > 60);
}

// Doing nothing earns less than −40 in the room of the example.
TEST_CASE("IQL learns in the environment of the example", "[examples]") {
  const ToolBench bench;
  CHECK(number_after(output_of(bench, "own_environment"), "mean return of 100 episodes: ") > -15);
}

TEST_CASE("A learner learns from data in memory", "[examples]") {
  const ToolBench bench;
  const std::string output = output_of(bench, "data_from_memory");
  CHECK(number_after(output, "moving away from the origin: ") < -0.1);
}

TEST_CASE("A policy is evaluated on a log, and acts by itself", "[examples]") {
  const ToolBench bench;
  bench.collect();
  bench.ok(
      "train --algorithm bc --dataset data.hdf5 --steps 300 --out run --batch-size 16 --set policy.network.hidden=8");
  bench.ok("collect --environment mass_chain --policy run/policy.h5 --steps 2000 --out log.hdf5");
  const std::string estimates = output_of(bench, "evaluate_a_log", "log.hdf5 run/policy.h5");
  // The policy is the one that acted: its weights are 1, and importance sampling is the mean of what was recorded.
  const double recorded = number_after(estimates, "\npdis ");
  CHECK(std::abs(number_after(estimates, "\nis ") - recorded) < 2e-3);
  CHECK(std::abs(number_after(estimates, "\nwdr ") / recorded - 1) < 0.1);

  std::ofstream(bench.path("observations")) << "0 0 0 0 0 0\n1 1 1 0 0 0\n";
  const std::string actions = output_of(bench, "act_only", "run/policy.h5 <observations");
  CHECK(lines_of(actions).size() == 2);
  const Outcome refused = bench.shell("echo '1 2 abc' | '" HOLDFAST_EXAMPLES "/act_only' run/policy.h5");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.error, Contains("error: expected an observation, found \"1 2 abc\""));
}

}  // namespace small_programs_test
