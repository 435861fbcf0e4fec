/// \file
/// All estimates of all policies on one dataset, and how well they rank the policies.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/estimates.hpp"
#include "holdfast/evaluators/estimators.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/evaluators/neural_fqe.hpp"
#include "holdfast/evaluators/ranking.hpp"
#include "studies/evaluator_ranking/policies.hpp"

namespace ranking {

/// The estimators that rank. A study with an estimator of its own has `Estimators::With<MyEstimator>` here.
using Table = Estimators;

/// The names of the estimators that are used by default.
inline const std::vector<std::string> names = Table::names_of([](const EstimatorRow& each) { return each.by_default; });
constexpr std::array<double, 5> shares = {0.01, 0.03, 0.1, 0.3, 1};

/// The results of all estimators for one policy.
using Answers = std::vector<PolicyEstimate>;

/// Returns the values of Q^π along the data, those of each half of the trajectories from a fit to the other half.
inline ActionValues fitted(const Options& options, const Episodes<Transitions<>>& data, const Policy& policy,
                           const Estimand& estimand, std::uint64_t seed) {
  return cross_fitted_values(data, 2, seed, [&](const auto& training, const auto& held_out) {
    const NeuralFqe<AnyPolicy<>> fqe(
        training, policy, estimand,
        {.steps = options.q_steps, .batch_size = 256, .hidden = {64, 64}, .learning_rate = 1e-3, .seed = seed},
        every(100, [](const TrainingStep&, const auto&) { return !program::interrupted.load(); }));
    return fqe.values(held_out);
  });
}

/// Returns the estimates of one policy, from the recorded log-probabilities.
inline Answers answers(const Options& options, const Episodes<Transitions<>>& data, Policy policy,
                       const Estimand& estimand, std::uint64_t seed) {
  const Row<double> target = log_probs(policy, data.data);
  const OffPolicyEvaluation<Transitions<>, Table> evaluation(
      data.data, make_log(data, estimand, target, recorded_log_probs(data.data)),
      fitted(options, data, policy, estimand, seed), {.interval = IntervalMethod::student_t, .seed = seed});
  return evaluation.estimates(names);
}

/// How well one estimator ranks the policies.
struct Ranking {
  double spearman = 0;  ///< rank correlation of its estimates and the true values; NaN if an estimate is NaN
  double regret = 0;    ///< regret of its first choice, as a share of the distance from the best policy to the worst
  double error = 0;     ///< root mean square error over policies, as a share of the same distance
  double trusted = 0;   ///< share of the policies for which it gave no warning
};

inline Ranking rank(const std::vector<Candidate>& policies, const std::vector<Answers>& all, std::size_t estimator) {
  const auto count = static_cast<Index>(policies.size());
  Row<double> truth(count);
  Row<double> estimates(count);
  Ranking result;
  for (Index i = 0; i < count; ++i) {
    const PolicyEstimate& answer = all[static_cast<std::size_t>(i)][estimator];
    truth(i) = policies[static_cast<std::size_t>(i)].truth.mean;
    estimates(i) = answer.estimate;
    result.trusted += answer.warnings.empty() ? 1 / static_cast<double>(count) : 0;
  }
  const double range = truth.maxCoeff() - truth.minCoeff();
  result.spearman = spearman(truth, estimates);
  result.regret = regret_at(1, truth, estimates) / range;
  result.error = std::sqrt((estimates - truth).square().mean()) / range;
  return result;
}

/// The results on one dataset of one size.
struct Cell {
  std::vector<Answers> answers;  ///< one per policy
  std::vector<Ranking> ranks;    ///< one per estimator
};

inline Cell evaluate(const Options& options, const std::vector<Candidate>& policies,
                     const Episodes<Transitions<>>& data, const Estimand& estimand, std::uint64_t seed) {
  Cell cell;
  for (const Candidate& each : policies) cell.answers.push_back(answers(options, data, each.policy, estimand, seed));
  for (std::size_t i = 0; i < names.size(); ++i) cell.ranks.push_back(rank(policies, cell.answers, i));
  return cell;
}

/// Returns the first episodes of the data: the given share of all, but at least two.
inline Episodes<Transitions<>> first_share(const Transitions<>& data, double share, Index horizon) {
  const Index trajectories = data.size() / horizon;
  const Index count = std::max<Index>(2, static_cast<Index>(std::llround(share * static_cast<double>(trajectories))));
  std::vector<Index> rows(static_cast<std::size_t>(count * horizon));
  std::iota(rows.begin(), rows.end(), Index{0});
  return Episodes(data.select(rows));
}

}  // namespace ranking
