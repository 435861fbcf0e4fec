/// \file
/// CQL's lower bound over α, in sampled data (Kumar et al. 2020, theorem 3.2).
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "studies/theorem_curves/options.hpp"

namespace curves {

/// The weights of the penalty, as shares of the weight that the theorem requires.
constexpr std::array<double, 8> weights = {0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1};

/// The bound at one weight, over all datasets.
struct BoundPoint {
  double alpha = 0;  ///< mean
  double held = 0;   ///< share of the datasets in which every state's conservative value is at most its true value
  double depth = 0;  ///< true minus conservative value, mean over states and datasets
};

/// The results on one dataset at each weight: α, whether the bound held, and its depth.
using BoundResult = std::array<BoundPoint, weights.size()>;

/// Returns the conservative value of a policy in a process: its value if each action costs (α/2) (π/β − 1). This is the
/// fixed point of a learner with the penalty ConservativeValue.
inline Vector<double> promised(TabularMdp mdp, const Matrix<double>& policy, const Matrix<double>& behavior,
                               double alpha, double discount) {
  mdp.rewards.array() -= alpha / 2 * (policy.array() / behavior.array() - 1);
  return evaluate_policy(mdp, policy, discount).value;
}

/// Returns the α with which the bound holds in all states with the given confidence, by Hoeffding's inequality. The
/// sampling error is at most γ/(1 − γ) √(ln(S A/δ) / 2n) for rewards in [0, 1], and (α/2) E_π[π/β − 1] outweighs it.
inline double sufficient_alpha(const Options& options, const Matrix<double>& policy, const Matrix<double>& behavior) {
  const double delta = 1 - options.confidence;
  const double error =
      options.discount / (1 - options.discount) *
      std::sqrt(std::log(static_cast<double>(states * actions) / delta) / (2 * static_cast<double>(options.draws)));
  const Matrix<double> divergence = policy.array() * (policy.array() / behavior.array() - 1);
  return 2 * error / divergence.colwise().sum().minCoeff();
}

/// Returns the results on one dataset, with a random policy, and data that takes the three actions in the proportions 1
/// : 2 : 3.
inline BoundResult bound_in(const Options& options, std::size_t world) {
  const TabularMdp mdp = random_world(options, world);
  Generator generator(options.seed, Stream::noise, static_cast<std::uint32_t>(world));
  Matrix<double> policy(actions, states);
  for (double& chance : policy.reshaped()) chance = std::exp(1.5 * generator.normal());
  ActionCounts counts(actions, states);
  for (Index s = 0; s < states; ++s) {
    policy.col(s) /= policy.col(s).sum();
    counts.col(s) << 1, 2, 3;
    for (Index a = actions - 1; a > 0; --a) std::swap(counts(a, s), counts(generator.index(a + 1), s));
  }
  const Matrix<double> behavior = behavior_of(counts);
  const TabularMdp seen = sampled_mdp(mdp, counts * options.draws, generator);
  const Vector<double> truth = evaluate_policy(mdp, policy, options.discount).value;
  const double sufficient = sufficient_alpha(options, policy, behavior);
  BoundResult result;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double alpha = weights[i] * sufficient;
    const Vector<double> value = promised(seen, policy, behavior, alpha, options.discount);
    result[i] = {alpha, (value.array() <= truth.array()).all() ? 1.0 : 0.0, (truth - value).mean()};
  }
  return result;
}

/// Returns the means over the datasets.
inline BoundResult mean_of(const std::vector<BoundResult>& results) {
  BoundResult mean;
  const double share = 1 / static_cast<double>(results.size());
  for (const BoundResult& result : results)
    for (std::size_t i = 0; i < weights.size(); ++i) {
      mean[i].alpha += share * result[i].alpha;
      mean[i].held += share * result[i].held;
      mean[i].depth += share * result[i].depth;
    }
  return mean;
}

}  // namespace curves
