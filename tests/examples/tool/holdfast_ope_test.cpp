/// \file
/// Tests `holdfast ope`: off-policy evaluation on the command line.
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/trajectories.hpp"

namespace holdfast_ope_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

/// Random data of the chain, whose states are one-hot, and a clone of it.
struct OpeBench : ToolBench {
  OpeBench() {
    ok("collect --environment chain --policy random --steps 2000 --seed 3 --out data.hdf5");
    ok("train --algorithm bc --dataset data.hdf5 --steps 60 --batch-size 64 --set policy.network.hidden=8 --out clone");
  }
};

/// Returns the line with which the command refuses.
std::string refusal(const ToolBench& bench, const std::string& arguments) { return bench.refused(arguments, ""); }

/// Returns the object of one estimator in a JSON list for one policy.
std::string object_of(const std::string& json, const std::string& estimator) {
  const auto at = json.find("\"estimator\": \"" + estimator + "\"");
  REQUIRE(at != std::string::npos);
  return json.substr(at, json.find('}', at) - at);
}

}  // namespace

TEST_CASE("ope evaluates, says how sure it is, and what is estimated", "[tool]") {
  const OpeBench bench;
  const std::string said = bench.ok("ope --dataset data.hdf5 --policy clone/policy.h5 --horizon infinite");
  CHECK_THAT(said, Contains("estimated: the sum of rewards, discounted by 0.99, without end"));
  CHECK_THAT(said, Contains("  weights: the largest is "));
  CHECK_THAT(said, Contains("estimator    estimate  std. error             95 % interval  effective n"));
  for (const char* name : {"dm", "is", "wis", "pdis", "wpdis", "dr", "wdr", "magic"})
    CHECK_THAT(said, Contains("\n" + std::string(11 - std::string(name).size(), ' ') + name + " "));

  const std::string json = bench.ok("ope --dataset data.hdf5 --policy clone/policy.h5 --horizon infinite --json");
  CHECK(json.front() == '[');
  const std::string dr = object_of(json, "dr");
  CHECK(number(dr, "lower") <= number(dr, "estimate"));
  CHECK(number(dr, "upper") >= number(dr, "estimate"));
  CHECK(number(dr, "effective_sample_size") > 1);
  CHECK(number(dr, "largest_share") > 1.0 / 27);
  CHECK(number(dr, "top_share") == number(dr, "largest_share"));  // of 27 trajectories
  CHECK_THAT(dr, Contains("\"warnings\": ["));
  CHECK_THAT(object_of(json, "dm"), Contains("\"effective_sample_size\": null"));
  // A clone of the behavior policy has the value that the behavior policy earned.
  const double estimate = number(object_of(json, "wis"), "estimate");
  CHECK(estimate == Approx(number(object_of(json, "dm"), "estimate")).epsilon(0.3));
  CHECK(bench.ok("ope --dataset data.hdf5 --policy clone/policy.h5 --horizon infinite --json") == json);
}

TEST_CASE("ope ranks several policies, and checks them by real episodes", "[tool]") {
  const OpeBench bench;
  bench.ok(
      "train --algorithm iql --dataset data.hdf5 --steps 60 --batch-size 64 --out other "
      "--set policy.network.hidden=8 critics.network.hidden=8 value.network.hidden=8");
  const std::string both =
      "ope --dataset data.hdf5 --policy clone/policy.h5 other/policy.h5 --estimators dm,wis,mis "
      "--horizon 30 --environment chain --validate-episodes 30";
  const std::string said = bench.ok(both);
  CHECK_THAT(said, Contains("with episodes") && Contains("(30 real episodes)"));
  CHECK_THAT(said, Contains("ranking, best first: > ") &&
                       Contains("(against the episodes: Spearman, Kendall, regret of the first)"));
  CHECK_THAT(said, Contains("        wis  ") && Contains(" >~ "));
  const std::string same =
      bench.ok("ope --dataset data.hdf5 --policy clone/policy.h5 clone/policy.h5 --estimators wis --horizon 30");
  CHECK_THAT(same, Contains("clone/policy.h5 = clone/policy.h5"));
  const std::string json = bench.ok(both + " --json");
  const std::string wis = object_of(json, "wis");
  CHECK(number(wis, "validated_standard_error") < number(wis, "standard_error"));
  CHECK(number(wis, "validated_standard_error") < number(wis, "episodes_standard_error"));
  CHECK_THAT(wis, Contains("\"trustworthy\": true"));
  CHECK_THAT(json, Contains("\"estimand\": \"the sum of rewards, discounted by 0.99, over 30 steps\""));
  CHECK_THAT(object_of(json, "dm"), Contains("\"validated\": null"));
}

TEST_CASE("ope takes the behavior as recorded, as a policy, or estimates it", "[tool]") {
  const OpeBench bench;
  const std::string start =
      "ope --dataset data.hdf5 --policy clone/policy.h5 --estimators wis --horizon infinite --json";
  const double recorded = number(bench.ok(start), "estimate");
  CHECK(number(bench.ok(start + " --behavior estimate"), "estimate") == Approx(recorded).epsilon(0.3));
  // With its own probabilities as the behavior's, every weight is one.
  const std::string same = bench.ok(start + " --behavior clone/policy.h5");
  auto data = read_d4rl<ActionIndices>(bench.path("data.hdf5"));
  CHECK(number(same, "effective_sample_size") == Approx(static_cast<double>(trajectories(data).size())));
  // Greedy actions are not those of the data. A policy file as behavior is then refused, whether or not the estimators
  // are named.
  bench.ok(
      "train --algorithm dqn --dataset data.hdf5 --steps 60 --batch-size 64 --out dqn --set critics.network.hidden=8 "
      "track_every=10");
  CHECK_THAT(refusal(bench,
                     "ope --dataset data.hdf5 --policy clone/policy.h5 --horizon infinite "
                     "--behavior dqn/policy.h5"),
             Contains("dqn/policy.h5: behavior: expected that every logged action may be taken, found the "
                      "log-probability -inf in row"));
  data.action_log_probs.resize(0);
  write_d4rl(bench.path("silent.hdf5"), data);
  const std::string silent = "ope --dataset silent.hdf5 --policy clone/policy.h5 --horizon infinite";
  CHECK_THAT(
      refusal(bench, silent + " --estimators is"),
      Contains("silent.hdf5: infos/action_log_probs: expected the log-probabilities") && Contains("estimate it"));
  CHECK_THAT(bench.ok(silent), Contains("! only dm: silent.hdf5: infos/action_log_probs"));
}

TEST_CASE("ope of finite actions in other states than one-hot ones fits networks, or what is linear", "[tool]") {
  const ToolBench bench;
  bench.ok("collect --environment cart_pole --policy random --steps 600 --out data.hdf5");
  bench.ok(
      "train --algorithm bc --dataset data.hdf5 --steps 60 --batch-size 64 --set policy.network.hidden=8 --out clone");
  const std::string start =
      "ope --dataset data.hdf5 --policy clone/policy.h5 --estimators wis,dm --horizon 5 --steps 300 --batch-size 32 "
      "--hidden 8 --behavior estimate";
  CHECK_THAT(bench.run(start).error, Contains("cloning the behavior: 100%") && Contains("fitting Q: 100%"));
  // Every step of cart-pole earns 1, and no episode ends within five steps.
  const std::string json = bench.ok(start + " --q linear --json");
  CHECK(number(object_of(json, "dm"), "estimate") == Approx((1 - std::pow(0.99, 5)) / 0.01).epsilon(1e-6));
  CHECK(number(object_of(json, "wis"), "estimate") == Approx((1 - std::pow(0.99, 5)) / 0.01).epsilon(1e-6));
  CHECK_THAT(object_of(json, "dm"), Contains("\"warnings\": []"));
  // The direct method needs no behavior policy.
  const std::string direct = bench.ok(
      "ope --dataset data.hdf5 --policy clone/policy.h5 --estimators dm --horizon 5 "
      "--q linear --behavior estimate --steps 100000000");
  CHECK(direct.find("cloning") == std::string::npos);
}

TEST_CASE("ope of continuous actions fits a network, and refuses actions with atoms", "[tool]") {
  const ToolBench bench;
  bench.ok("collect --environment pendulum --policy random --steps 600 --out data.hdf5");
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 30 --out clone" +
           std::string(" --batch-size 16 --set policy.network.hidden=8"));
  const std::string fast = " --steps 60 --hidden 8 --batch-size 16 --resamples 100 ";
  const std::string json = bench.ok("ope --dataset data.hdf5 --policy clone/policy.h5 --horizon 5 --json" + fast);
  CHECK(std::isfinite(number(object_of(json, "wdr"), "estimate")));
  CHECK(number(object_of(json, "wis"), "effective_sample_size") <= 3);
  CHECK_THAT(json, Contains("do not trust it"));
  const std::string bounded = bench.ok(
      "ope --dataset data.hdf5 --policy clone/policy.h5 --horizon 5 --json --estimators pdis --clip 2 "
      "--interval hoeffding --reward-range -17 0");
  CHECK(number(bounded, "lower") < number(bounded, "upper"));

  bench.ok("collect --environment pendulum --policy scripted --noise 0.8 --steps 600 --out clipped.hdf5");
  const std::string clipped = "ope --dataset clipped.hdf5 --policy clone/policy.h5 --horizon 200" + fast;
  CHECK_THAT(refusal(bench, clipped + "--estimators is"), Contains("importance ratios do not exist there"));
  CHECK_THAT(bench.ok(clipped), Contains("! only dm: clipped.hdf5: actions: expected draws from a density"));
  CHECK_THAT(bench.ok(clipped + "--behavior estimate"), Contains("! only dm: clipped.hdf5: actions: expected draws"));
  CHECK_THAT(bench.ok(clipped + "--behavior estimate --estimators dm"), !Contains("only dm"));
}

TEST_CASE("ope counts the last step of episodes whose successor the file does not have", "[tool]") {
  const ToolBench bench;
  bench.ok("collect --environment pendulum --policy random --steps 1050 --out full.hdf5");
  bench.ok(
      "train --algorithm bc --dataset full.hdf5 --steps 30 --out clone --batch-size 16 "
      "--set policy.network.hidden=8");
  const auto full = read_d4rl(bench.path("full.hdf5"));
  const auto write = [&](const std::string& name, bool flags) {
    hdf5::Writer file(bench.path(name));
    file.write("observations", full.observations);
    file.write("actions", full.actions);
    file.write("rewards", full.rewards);
    file.write_flags("terminals", full.terminals);
    if (flags) file.write_flags("timeouts", full.timeouts);
    file.write("infos/action_log_probs", full.action_log_probs);
    file.commit();
  };
  write("flagged.hdf5", true);
  write("silent.hdf5", false);
  const auto ask = [&](const std::string& rest) {
    return "ope --policy clone/policy.h5 --json --q linear --dataset " + rest;
  };
  // Five episodes of 200 steps, and 50 steps of one that broke off, which must not change any estimate.
  const std::string known = bench.ok(ask("full.hdf5 --estimators is,dm"));
  for (const char* file : {"flagged.hdf5", "silent.hdf5 --max-episode-steps 200"}) {
    const std::string found = bench.ok(ask(std::string(file) + " --estimators is,dm"));
    CHECK_THAT(bench.ok("ope --policy clone/policy.h5 --q linear --estimators is --dataset " + std::string(file)),
               Contains("over 200 steps") && Contains("5 trajectories (and 1 that broke off, left out)"));
    CHECK(number(object_of(found, "is"), "estimate") == number(object_of(known, "is"), "estimate"));
    CHECK(number(object_of(found, "dm"), "estimate") ==
          Approx(number(object_of(known, "dm"), "estimate")).epsilon(0.05));
    CHECK(object_of(found, "is").find("broke off") == std::string::npos);
  }
  CHECK_THAT(refusal(bench, ask("flagged.hdf5 --estimators mis")),
             Contains("flagged.hdf5: next_observations: expected them, of the time-outs, for mis"));
  CHECK_THAT(bench.ok(ask("flagged.hdf5 --estimators mis --horizon 150")), Contains("\"mis\""));
  CHECK_THAT(refusal(bench, ask("silent.hdf5")), Contains("where episodes end is not known"));

  // With next observations, an episode that broke off is recognized, and the rows after it may begin inside an episode.
  std::vector<Index> rows;
  for (Index row = 0; row < full.size(); ++row)
    if (row < 150 || row >= 200) rows.push_back(row);
  auto broken = full.select(rows);
  broken.timeouts.setZero();
  write_d4rl(bench.path("broken.hdf5"), broken);
  CHECK_THAT(bench
                 .run("ope --policy clone/policy.h5 --q linear --estimators is --max-episode-steps 200 "
                      "--dataset broken.hdf5")
                 .output,
             Contains("over 200 steps") && Contains("3 trajectories (and 2 that broke off, left out), without 200 "
                                                    "transitions that may begin inside an episode"));
}

TEST_CASE("ope without a horizon asks for successors, and tells what was never tried", "[tool]") {
  const OpeBench bench;
  auto data = read_d4rl<ActionIndices>(bench.path("data.hdf5"));
  // Episodes that all end by themselves, except for the last one, whose last successor is not in the file.
  std::vector<Index> rows;
  for (const TrajectoryRange& range : trajectories(data))
    if (range.terminal)
      for (Index row = range.begin; row < range.end; ++row) rows.push_back(row);
  rows.pop_back();
  data = data.select(rows);
  data.timeouts.setZero();
  hdf5::Writer file(bench.path("ended.hdf5"));
  file.write("observations", data.observations);
  file.write("actions", data.actions);
  file.write("rewards", data.rewards);
  file.write_flags("terminals", data.terminals);
  file.write("infos/action_log_probs", data.action_log_probs);
  file.write_number("metadata/action_count", std::int64_t{2});
  file.commit();
  const auto evaluated = [&](const std::string& name) {
    return bench.ok("ope --policy clone/policy.h5 --estimators dm,mis --json --dataset " + name);
  };
  // The same as without the last row, the only one whose successor is unknown.
  std::vector<Index> known(static_cast<std::size_t>(data.size() - 1));
  std::iota(known.begin(), known.end(), Index{0});
  auto rest = data.select(known);
  rest.timeouts(rest.size() - 1) = 1;
  write_d4rl(bench.path("rest.hdf5"), rest);
  const std::string expected =
      bench.ok("ope --policy clone/policy.h5 --estimators dm,mis --json --horizon infinite --dataset rest.hdf5");
  CHECK(number(object_of(evaluated("ended.hdf5"), "dm"), "estimate") == number(object_of(expected, "dm"), "estimate"));
  CHECK(number(object_of(evaluated("ended.hdf5"), "mis"), "estimate") ==
        number(object_of(expected, "mis"), "estimate"));

  // Nothing is known about the second action in the first state.
  rows.clear();
  for (Index row = 0; row < data.size(); ++row)
    if (data.observations(0, row) == 0 || data.actions(row) == 0) rows.push_back(row);
  auto untried = data.select(rows);
  untried.timeouts(untried.size() - 1) = 1;
  write_d4rl(bench.path("untried.hdf5"), untried);
  const std::string warned =
      bench.ok("ope --policy clone/policy.h5 --estimators dm,is --horizon infinite --json --dataset untried.hdf5");
  CHECK_THAT(object_of(warned, "dm"), Contains("% was never tried there") && Contains("\"trustworthy\": false"));
}

TEST_CASE("ope refuses what it cannot evaluate, in one line with the remedy", "[tool]") {
  const OpeBench bench;
  const std::string start = "ope --dataset data.hdf5 --policy clone/policy.h5 ";
  CHECK_THAT(refusal(bench, start + "--estimators wsi"),
             Contains("estimator must be one of dm, is") && Contains("did you mean"));
  CHECK_THAT(refusal(bench, start + "--estimators is,dm,is"), Contains("--estimators: is is given twice"));
  CHECK_THAT(refusal(bench, start + "--horizon soon"), Contains("--horizon must be recorded, infinite or a number"));
  CHECK_THAT(refusal(bench, start + "--discount 1.5"), Contains("number in [0, 1]"));
  CHECK_THAT(refusal(bench, start + "--validate-episodes 5"),
             Contains("--validate-episodes and --environment go together"));
  CHECK_THAT(refusal(bench, start + "--horizon infinite --environment pendulum --validate-episodes 5"),
             Contains("data.hdf5") && Contains("expected continuous actions, as pendulum has"));
  CHECK_THAT(refusal(bench, start + "--horizon 500"), Contains("data.hdf5: timeouts: expected none before step 500"));
  CHECK_THAT(refusal(bench, start + "--horizon 2000000"), Contains("a number of steps from 1 to 1000000"));
  CHECK_THAT(refusal(bench, start + "--horizon infinite --discount 1"),
             Contains("data.hdf5: terminals: expected every trajectory to end by itself"));
  CHECK_THAT(refusal(bench, start + "--horizon 5 --interval hoeffding --reward-range 1 0"),
             Contains("reward_range must have finite ends in order"));
  CHECK_THAT(refusal(bench, start + "--horizon 5 --resamples 99"),
             Contains("resamples must be at least 100 for an interval of confidence 0.95, but is 99"));
  bench.ok(start + "--horizon 5 --confidence 0.9 --resamples 50 --estimators is");
  CHECK_THAT(refusal(bench, "ope --dataset none.hdf5 --policy clone/policy.h5"), Contains("none.hdf5"));

  bench.ok("collect --environment cart_pole --policy random --steps 60 --out other.hdf5");
  CHECK_THAT(refusal(bench, "ope --dataset other.hdf5 --policy clone/policy.h5 --horizon infinite"),
             Contains("clone/policy.h5: policy: expected 4 observation features and 2 actions, as the dataset has"));
  bench.collect("continuous.hdf5");
  CHECK_THAT(refusal(bench, "ope --dataset continuous.hdf5 --policy clone/policy.h5"),
             Contains("clone/policy.h5: expected a policy of continuous actions, as the data has"));

  auto data = read_d4rl<ActionIndices>(bench.path("data.hdf5"));
  std::vector<Index> rows;  // without the last step of the first trajectory that was cut, and of the last one
  Index first = 0;
  const auto initial = data.observations.col(0);
  // A gap would not be visible there.
  while (!data.timeouts(first) || data.next_observations.col(first - 1) == initial) ++first;
  for (Index row = 0; row + 1 < data.size(); ++row)
    if (row != first) rows.push_back(row);
  write_d4rl(bench.path("broken.hdf5"), data.select(rows));
  CHECK_THAT(bench.run("ope --dataset broken.hdf5 --policy clone/policy.h5").output,
             Contains("trajectories broke off before the horizon and are left out, beside "));
  data.terminals.setZero();
  data.timeouts.setZero();
  write_d4rl(bench.path("endless.hdf5"), data);
  CHECK_THAT(refusal(bench, "ope --dataset endless.hdf5 --policy clone/policy.h5"),
             Contains("where episodes end is not known"));
}

}  // namespace holdfast_ope_test
