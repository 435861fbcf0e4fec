/// \file
/// Tests warnings about the Q that an estimate uses: about values that no rewards can add up to, and about values that
/// the data contradicts. There must be none if Q is right.
#include "holdfast/evaluators/q_warnings.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/evaluators/estimates.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"
#include "support/tabular_world.hpp"

namespace q_warnings_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Data = Transitions<double, ActionIndices>;

EvaluationLog log_of(const World& of, const Data& data, const Estimand& estimand) {
  auto policy = tabular_policy(of.target);
  return make_log(Episodes(data), estimand, log_probs(policy, data), recorded_log_probs(data));
}

bool mentions(const std::vector<std::string>& warnings, const std::string& words) {
  for (const std::string& warning : warnings)
    if (warning.find(words) != std::string::npos) return true;
  return false;
}

/// Returns the warnings of misfit for a Q with the same `value` everywhere, on a log of trajectories of one step.
std::vector<std::string> misfit(const Row<double>& rewards, double value) {
  const auto size = static_cast<std::size_t>(rewards.size());
  const auto ranges = ranges_of(std::vector<Index>(size, 1));
  const EvaluationLog log{ranges, rewards, Row<double>::Zero(rewards.size()), {1, 1}};
  ActionValues values = ActionValues::zero(log);
  values.q.setConstant(value);
  values.initial.setConstant(value);
  std::vector<std::string> warnings;
  detail::warn_of_misfit(log, values, warnings);
  return warnings;
}

Row<double> normal_rewards(Index size, double mean, Generator& generator) {
  Row<double> rewards(size);
  for (double& reward : rewards) reward = mean + generator.normal();
  return rewards;
}

}  // namespace

TEST_CASE("A Q that no rewards can add up to is warned of", "[evaluators]") {
  const World of = world();
  const Estimand estimand{0.9, 3};
  const Data data = within_horizon(record(of.mdp, of.behavior, 30, 3, 4), estimand).episodes.data;
  EvaluationLog log = log_of(of, data, estimand);
  ActionValues values = ActionValues::zero(log);
  values.initial.setConstant(1e3);
  const OffPolicyEvaluation<Data> all(data, log, values);
  CHECK(mentions(all.estimate("dm").warnings, "cannot add up to"));
  CHECK(!all.estimate("dm").trustworthy);
  CHECK(!mentions(all.estimate("is").warnings, "cannot add up to"));
  // Without a horizon, estimators that weight trajectories use Q after their ends.
  const Estimand endless{0.9, 0};
  const Data cut = within_horizon(data, endless).episodes.data;
  EvaluationLog longer = log_of(of, cut, endless);
  ActionValues later = ActionValues::zero(longer);
  later.initial.setConstant(1e3);
  const OffPolicyEvaluation<Data> endlessly(cut, longer, later);
  CHECK(mentions(endlessly.estimate("is").warnings, "cannot add up to"));
  CHECK(!mentions(endlessly.estimate("mis").warnings, "cannot add up to"));
  // A value on the bound is right, and a fit may be a little beyond it.
  longer.rewards.setOnes();
  for (const double value : {10 + 1e-9, 10.013, 10.4, 10.6, 20.0, -0.1, -1.0}) {
    later.initial.setConstant(value);
    const auto warned = OffPolicyEvaluation<Data>(cut, longer, later).estimate("dm").warnings;
    INFO(value);
    CHECK(mentions(warned, "cannot add up to") == (value > 10.5 || value < -0.5));
  }
  longer.rewards.setZero();
  later.initial.setConstant(1e-3);
  CHECK(!mentions(OffPolicyEvaluation<Data>(cut, longer, later).estimate("dm").warnings, "cannot add up to"));
}

TEST_CASE("A Q that does not fit the data is told of, one that does is not", "[evaluators]") {
  const World of = world();
  for (const Estimand estimand : {Estimand{0.9, 3}, Estimand{0.9, 0}})
    for (const std::uint64_t seed : {4U, 5U, 6U}) {
      const Data data = within_horizon(record(of.mdp, of.behavior, 300, 3, seed), estimand).episodes.data;
      const EvaluationLog log = log_of(of, data, estimand);
      auto policy = tabular_policy(of.target);
      ActionValues values = LinearFqe<ActionBlocks>(data, policy, estimand).values(Episodes(data), policy);
      const auto warned = [&](const char* name) {
        return mentions(OffPolicyEvaluation<Data>(data, log, values).estimate(name).warnings, "does not fit the data");
      };
      CHECK(!warned("dm"));
      CHECK(!warned("magic"));
      // The values of a Q after too few updates.
      for (Row<double>* each : {&values.q, &values.next, &values.initial}) *each *= 0.3;
      CHECK(warned("dm"));
      CHECK(warned("magic"));
      CHECK(!warned("dr") == !estimand.infinite());
      CHECK(!warned("mis"));
    }
}

// One false alarm in 2 million logs of normal returns. The seed is fixed.
TEST_CASE("A right Q of few trajectories is not spoken against", "[evaluators]") {
  Generator generator(1);
  for (const Index size : {1, 2, 3, 5})
    for (int i = 0; i < 3000; ++i) {
      const auto warnings = misfit(normal_rewards(size, 0, generator), 0);
      if (!warnings.empty()) FAIL(size << " trajectories: " << warnings.front());
    }
  CHECK(misfit(row({1, 1.0001, 1.0002}), 0.2).size() == 1);
  CHECK(misfit(row({1, 1.0001, 1.0002}), 1).empty());
}

TEST_CASE("A Q near 0 is judged by the size of returns, which may cancel", "[evaluators]") {
  Row<double> rewards(100000);
  for (Index i = 0; i < rewards.size(); ++i) rewards(i) = i % 2 == 0 ? 1 : -1;
  for (const double value : {0.0, 0.01, 0.08, -0.08}) CHECK(misfit(rewards, value).empty());
  for (const double value : {0.2, -0.2, 5.0}) CHECK(misfit(rewards, value).size() == 1);
}

}  // namespace q_warnings_test
