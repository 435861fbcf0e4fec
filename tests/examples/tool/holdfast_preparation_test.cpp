/// \file
/// Tests how `holdfast train` prepares data: normalization, the scale of rewards, the best trajectories, next actions.
#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "support/random_data.hpp"

namespace holdfast_preparation_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// Returns ten episodes of ten steps, of which episode i has the return 10 i and the actions i/10.
Transitions<float> staircase() {
  Generator generator(1);
  Transitions<float> data;
  data.observations = normal_matrix<float>(2, 100, generator);
  data.next_observations = normal_matrix<float>(2, 100, generator);
  data.actions.resize(1, 100);
  data.rewards.resize(100);
  data.terminals = Flags::Zero(100);
  data.timeouts = Flags::Zero(100);
  for (Index i = 0; i < 100; ++i) {
    data.rewards(i) = static_cast<float>(i / 10);
    data.actions(i) = static_cast<float>(i / 10) / 10;
    data.timeouts(i) = i % 10 == 9 ? 1 : 0;
  }
  data.next_observations.leftCols(99) = data.observations.rightCols(99);
  return data;
}

// Returns the last value in a column of the run's metrics.
double last(const ToolBench& bench, const std::string& run, const std::string& column) {
  return std::stod(column_of(content(bench.path(run + "/metrics.csv")), column).back());
}

std::string command(const std::string& algorithm, const std::string& more) {
  return "train --algorithm " + algorithm + " --dataset data.hdf5 --overwrite --seed 1 --batch-size 32 --set " +
         "policy.network.hidden=[16] policy_optimizer.learning_rate=0.01 " + more;
}

std::string critics(const std::string& more) {
  return "critics.network.hidden=[16] critics.optimizer.learning_rate=0.01 discount=0 " + more;
}

}  // namespace

TEST_CASE("Percentile cloning learns from the best tenth of the trajectories, or as many as it is told", "[tool]") {
  const ToolBench bench;
  write_d4rl(bench.path("data.hdf5"), staircase());
  const auto mean_action = [&](const std::string& run) {
    DeployedPolicy policy = read_policy(bench.path(run + "/policy.h5"));
    Vector<double> action(1);
    policy.act(Vector<double>(Vector<double>::Zero(2)), action);
    return action(0);
  };
  bench.ok(command("bc", "--steps 500 --out all"));
  bench.ok(command("percentile_bc", "--steps 500 --out best"));
  bench.ok(command("bc", "--steps 500 --best-share 0.1 --out same"));
  bench.ok(command("percentile_bc", "--steps 500 --best-share 1 --out whole"));
  CHECK(std::abs(mean_action("all") - 0.45) < 0.2);
  CHECK(std::abs(mean_action("best") - 0.9) < 0.05);
  CHECK(mean_action("same") == mean_action("best"));
  CHECK(mean_action("whole") == mean_action("all"));
  CHECK_THAT(content(bench.path("best/config.toml")), Contains("\nbest_share = 0.1\n"));
}

TEST_CASE("Rewards are scaled and then shifted", "[tool]") {
  const ToolBench bench;
  write_d4rl(bench.path("data.hdf5"), staircase());
  bench.ok(command("td3", critics("--steps 1000 --reward-scale 0.2 --reward-shift=-2 --out moved")));
  CHECK(std::abs(last(bench, "moved", "q_data_mean") - (0.2 * 4.5 - 2)) < 0.3);

  // The returns are 0, 10, …, 90.
  bench.ok(command("td3", critics("--steps 3 --reward-scale returns --out returns")));
  bench.ok(command("td3", critics("--steps 3 --reward-scale 11.11111111111111 --out number")));
  bench.ok(command("td3", critics("--steps 3 --out plain")));
  CHECK(last(bench, "returns", "critic_loss") == last(bench, "number", "critic_loss"));
  CHECK(last(bench, "returns", "critic_loss") > 20 * last(bench, "plain", "critic_loss"));
}

TEST_CASE("Observations are normalized where the authors do so, and next actions are added where needed", "[tool]") {
  const ToolBench bench;
  write_d4rl(bench.path("data.hdf5"), staircase());
  bench.ok(command("td3_bc", critics("--steps 3 --out a")));
  CHECK_THAT(content(bench.path("a/config.toml")), Contains("\nnormalize = true\n"));
  bench.ok(command("td3_bc", critics("--steps 3 --no-normalize --out a")));
  CHECK_THAT(content(bench.path("a/config.toml")), Contains("\nnormalize = false\n"));
  bench.ok(command("rebrac", critics("--steps 3 --validation-share 0.3 --out b")));
  bench.ok(command("td3", critics("value.distance_weight=0.5 --steps 3 --out c")));
  CHECK_THAT(content(bench.path("b/config.toml")),
             Contains("\nnormalize = false\n") && Contains("normalization = \"after_activation\""));
}

TEST_CASE("A preparation that cannot be done is refused in one line", "[tool]") {
  const ToolBench bench;
  Transitions<float> data = staircase();
  write_d4rl(bench.path("data.hdf5"), data);
  for (const char* scale : {"0", "-1", "inf", "nan", "much"})
    bench.refused(command("td3", std::string("--steps 3 --out a --reward-scale=") + scale),
                  std::string("reward_scale must be a positive number or \"returns\", but is ") + scale);
  bench.refused(command("td3", "--steps 3 --out a --reward-shift inf"), "reward_shift must be");
  bench.refused(command("td3", "--steps 3 --out a --reward-scale 1e300"), "rewards: expected finite ones after");
  bench.refused(command("bc", "--steps 3 --out a --best-share 0"), "best_share must be in (0, 1], but is 0");
  data.rewards.setZero();
  write_d4rl(bench.path("data.hdf5"), data);
  bench.refused(command("td3", "--steps 3 --out a --reward-scale returns"),
                "data.hdf5: reward_scale = returns: expected trajectories of different returns, found 10 of 0");
}

}  // namespace holdfast_preparation_test
