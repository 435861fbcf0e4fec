/// \file
/// Evaluates a policy from a log alone: what would it earn, had it acted in place of the one that was recorded?

#include <cstdio>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/holdfast.hpp"
#include "holdfast/policies/files/policy_file.hpp"

using namespace holdfast;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: evaluate_a_log LOG.hdf5 POLICY.h5\n");
    return 2;
  }
  try {
    // [evaluators.md]
    const Estimand estimand{.discount = 0.99, .horizon = 20};  // the discounted sum of the first 20 rewards
    const Transitions<float> log = read_d4rl(argv[1]);         // with the log-probabilities of its actions
    const auto episodes = within_horizon(log, trajectories(log), estimand).episodes;
    auto policy = read_policy(argv[2]);

    // Q of the policy for each half of the episodes, fitted to the other half.
    const ActionValues q =
        cross_fitted_values(episodes, /*folds=*/2, /*seed=*/1, [&](const auto& training, const auto& held_out) {
          const NeuralFqe<AnyPolicy<float>> fqe(training, policy, estimand, {.steps = 5000, .hidden = {32, 32}});
          return fqe.values(held_out);
        });
    const Row<double> target = log_probs(policy, episodes.data);
    const Row<double> behavior = recorded_log_probs(episodes.data);
    const OffPolicyEvaluation evaluation(episodes.data, make_log(episodes, estimand, target, behavior), q);
    // [evaluators.md]

    for (const PolicyEstimate& each : evaluation.estimates()) {
      std::printf("%-6s %8.3f  [%.3f, %.3f]\n", each.estimator.c_str(), each.estimate, each.interval.lower,
                  each.interval.upper);
      for (const std::string& warning : each.warnings) std::printf("       %s\n", warning.c_str());
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
