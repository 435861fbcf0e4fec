/// \file
/// Tests the tool `holdfast` with finite action sets.
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "holdfast/training/offline.hpp"

namespace holdfast_finite_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

struct FiniteBench : ToolBench {
  FiniteBench() { collected("scripted --epsilon 0.5", "data.hdf5", 200); }

  Transitions<float, ActionIndices> collected(const std::string& policy, const std::string& name,
                                              int steps = 60) const {
    ok("collect --environment cart_pole --policy " + policy + " --steps " + std::to_string(steps) + " --out " + name);
    return read_d4rl<ActionIndices>(path(name));
  }
};

// Not run: its training takes minutes.
[[maybe_unused]] void train_on_a_log() {
  // [README]
  Transitions<float, ActionIndices> log = read_d4rl<ActionIndices>("log.hdf5");  // actions are integers, N
  FiniteIql<> learner({.discount = 0.99}, {log.observation_size(), log.action_size()}, /*seed=*/1);
  train_offline(learner, log, {.steps = 20000});  // or make_learner<ActionIndices>("iql", {}, sizes, seed)
  // [README]
}

}  // namespace

TEST_CASE("From collecting to evaluating, the tool does what it promises over finite actions", "[tool]") {
  const FiniteBench bench;
  CHECK(number(bench.ok("inspect data.hdf5 --json"), "action_count") == 2);
  const std::string said = bench.ok(
      "train --algorithm dqn --dataset data.hdf5 --steps 25 --out run --log-every 10 --environment cart_pole "
      "--evaluate-every 10 --episodes 3 --seed 4 --normalize --batch-size 16 --set critics.network.hidden=8 "
      "track_every=5");
  CHECK_THAT(said, Contains("200 transitions of 4 observation features and 2 actions"));
  const auto rows = lines_of(content(bench.path("run/metrics.csv")));
  REQUIRE(rows.size() == 1 + 4);
  CHECK_THAT(rows[0], Contains(",q_policy_mean,") && Contains(",action_distance,action_error,entropy,"));
  const auto metadata = read_policy_metadata(bench.path("run/policy.h5"));
  CHECK(metadata.at("algorithm") == "dqn");
  CHECK(metadata.at("step") == "25");

  // The run's evaluation is that of its policy file.
  const std::string json =
      bench.ok("evaluate --policy run/policy.h5 --environment cart_pole --episodes 3 --seed 4 --json");
  char expected[64];
  std::snprintf(expected, sizeof expected, ",%.8g,%.8g,%.8g", number(json, "return_mean"),
                number(json, "return_stderr"), number(json, "normalized_score"));
  CHECK_THAT(rows.back(), Contains(expected));

  bench.ok("train --config run/config.toml --out again");
  CHECK(content(bench.path("again/metrics.csv")) == content(bench.path("run/metrics.csv")));
}

TEST_CASE("Every algorithm over finite actions trains, and its policy acts", "[tool]") {
  const FiniteBench bench;
  for (const std::string_view name : Algorithms<ActionIndices>::names) {
    const std::string run(name);
    bench.ok("train --algorithm " + run + " --dataset data.hdf5 --steps 3 --batch-size 16 --out " + run +
             (name == "dqn" || name == "cql" ? " --set track_every=1" : ""));
    CHECK(number(bench.ok("evaluate --policy " + run + "/policy.h5 --environment cart_pole --episodes 1 --json"),
                 "episodes") == 1);
    CHECK(lines_of(content(bench.path(run + "/metrics.csv"))).size() == 1 + 4);
  }
  CHECK_THAT(content(bench.path("iql/config.toml")), Contains("decay_steps = 3\n"));
}

TEST_CASE("Log-probabilities of finite actions are always recorded", "[tool]") {
  const FiniteBench bench;
  const auto probabilities = [&](const std::string& policy) -> Row<float> {
    return bench.collected(policy, "d.hdf5").action_log_probs.exp();
  };
  CHECK((probabilities("random") - 0.5F).abs().maxCoeff() < 1e-6F);
  CHECK((probabilities("scripted") == 1.0F).all());
  const Row<float> mixed = probabilities("scripted --epsilon 0.4");
  const auto good = (mixed - 0.8F).abs() < 1e-6F;
  CHECK((good || (mixed - 0.2F).abs() < 1e-6F).all());
  CHECK(good.any());
  CHECK_FALSE(good.all());

  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 3 --out bc --set policy.network.hidden=8");
  const auto drawn = bench.collected("bc/policy.h5", "d.hdf5");
  const auto deployed = read_policy<ActionIndices>(bench.path("bc/policy.h5"));
  const auto* const policy = deployed.policy().get<MlpCategorical<float>>();
  REQUIRE(policy != nullptr);
  MlpCategorical<float>::Tape tape;
  CHECK((policy->log_prob(drawn.observations, drawn.actions, tape) - drawn.action_log_probs).abs().maxCoeff() < 1e-5F);
  CHECK((probabilities("bc/policy.h5 --deterministic") == 1.0F).all());
}

TEST_CASE("The chain is collected from and learned on by its name", "[tool]") {
  const ToolBench bench;
  bench.ok("collect --environment chain --policy random --steps 2000 --out chain.hdf5");
  bench.ok(
      "train --algorithm dqn --dataset chain.hdf5 --environment chain --steps 1500 --batch-size 32 --out run --set "
      "critics.network.hidden=[32] critics.optimizer.learning_rate=0.005 track_every=10 discount=0.9");
  const std::string json = bench.ok("evaluate --policy run/policy.h5 --environment chain --episodes 5 --json");
  CHECK(number(json, "normalized_score") == 100);
}

TEST_CASE("What is of the other kind of actions is refused in one line", "[tool]") {
  const FiniteBench bench;
  bench.collect("continuous.hdf5", 50);
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 1 --out finite --set policy.network.hidden=8");
  bench.ok("train --algorithm bc --dataset continuous.hdf5 --steps 1 --out continuous --set policy.network.hidden=8");
  const std::string train = "train --steps 5 --out o --dataset ";
  bench.refused(train + "data.hdf5 --algorithm sac_no_entropy", "(data.hdf5 has actions of a finite set)");
  bench.refused(train + "continuous.hdf5 --algorithm dqn", "dqn is for those of a finite set");
  bench.refused(train + "data.hdf5 --algorithm bc --environment mass_chain",
                "data.hdf5: expected continuous actions, as mass_chain has, found actions of a finite set");
  bench.refused(train + "continuous.hdf5 --algorithm bc --environment cart_pole",
                "continuous.hdf5: expected actions of a finite set, as cart_pole has, found continuous actions");
  bench.refused(train + "data.hdf5 --algorithm bc --environment chain",
                "expected 10 observation features and 2 actions, as chain has, found 4 and 2");
  bench.refused(train + "data.hdf5 --algorithm cql --set penalty.alhpa=1", "did you mean \"penalty.alpha\"?");
  for (const std::string command : {"evaluate", "collect --steps 5 --out d.hdf5"}) {
    bench.refused(command + " --policy finite/policy.h5 --environment mass_chain",
                  "finite/policy.h5: expected continuous actions, as mass_chain has");
    bench.refused(command + " --policy continuous/policy.h5 --environment cart_pole",
                  "continuous/policy.h5: expected actions of a finite set, as cart_pole has");
  }
  bench.refused("collect --environment cart_pole --policy random --noise 1 --steps 5 --out d.hdf5", "--epsilon");
  bench.refused("collect --environment pendulum --policy random --epsilon 1 --steps 5 --out d.hdf5", "--noise");
  bench.refused("collect --environment cart_pole --policy random --deterministic --steps 5 --out d.hdf5", "random");
  bench.refused("collect --environment cart_pole --policy nobody --steps 5 --out d.hdf5", "no file \"nobody\"");
}

}  // namespace holdfast_finite_test
