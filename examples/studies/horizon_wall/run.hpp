/// \file
/// The estimates of all estimators, with their intervals, on one dataset.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/bootstrap.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/intervals.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/evaluators/magic.hpp"
#include "holdfast/evaluators/marginalized.hpp"
#include "holdfast/evaluators/overlap.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "holdfast/evaluators/trajectorywise.hpp"
#include "studies/horizon_wall/machine.hpp"

namespace wall {

enum Estimator : std::size_t { is, wis, pdis, wpdis, capped, dm, dr, wdr, magic, mis, normal_mis, estimator_count };
constexpr std::array<std::string_view, estimator_count> estimator_names = {
    "is", "wis", "pdis", "wpdis", "pdis capped", "dm", "dr", "wdr", "magic", "mis", "mis renormalized"};

enum Method : std::size_t { student_t, percentile, bca, hoeffding, bernstein, method_count };
constexpr std::array<std::string_view, method_count> method_names = {"student t", "percentile", "bca", "hoeffding",
                                                                     "bernstein"};

/// Returns whether an estimator has this interval: a bootstrap if it is cheap enough, and those that need a range if
/// the range is known.
constexpr bool has(Estimator estimator, Method method) {
  if (method == student_t) return true;
  if (method == hoeffding || method == bernstein) return estimator == capped;
  return estimator == is || estimator == pdis || estimator == wpdis || estimator == dr || estimator == wdr ||
         estimator == normal_mis;
}

/// The result of one estimator.
struct Answer {
  double value = 0;
  double claimed = 0;                                           ///< standard error that the estimator claims
  std::array<ConfidenceInterval, method_count> intervals = {};  ///< at level 95 %; NaN if there is none
};

/// The results of all estimators on one dataset, cut at one horizon.
struct Answers {
  std::array<Answer, estimator_count> of = {};
  double effective = 0;  ///< Kish's effective sample size of the whole trajectories' weights
};

template <IsEvaluator E>
Answer answer(Estimator estimator, const E& evaluator, const Options& options, const Interval& range) {
  const Row<double>& samples = evaluator.samples();
  Answer result{.value = evaluator.value(), .claimed = 0, .intervals = {}};
  result.claimed = std::sqrt(sample_variance(samples) / static_cast<double>(samples.size()));
  result.intervals[student_t] = student_t_interval(samples, confidence);
  if (has(estimator, percentile)) {
    const Row<double> replicates = bootstrap(evaluator, options.resamples, options.seed);
    result.intervals[percentile] = percentile_interval(replicates, confidence);
    result.intervals[bca] = bca_interval(replicates, evaluator.value(), samples - samples.mean(), confidence);
  }
  if (has(estimator, hoeffding)) {
    result.intervals[hoeffding] = hoeffding_interval(samples, range, confidence);
    result.intervals[bernstein] = bernstein_interval(samples, range, confidence);
  }
  return result;
}

/// Returns bounds on what one trajectory contributes to per-decision importance sampling with capped weights. They are
/// known before any data: rewards are in [0, 1], and weights grow at most by `largest_ratio` per step.
inline Interval capped_range(const Options& options, Index horizon) {
  double most = 0;
  double discount = 1;
  double weight = 1;
  for (Index t = 0; t < horizon; ++t) {
    weight = std::min(weight * largest_ratio, options.cap);
    most += discount * weight;
    discount *= options.discount;
  }
  return {.lowest = 0, .highest = most * (1 + 1e-12)};  // room for the rounding of sums
}

/// Returns the results of all estimators on the trajectories, each cut at the horizon. Q is fitted for all steps in
/// closed form; for the doubly robust estimators, to the other half of the trajectories.
inline Answers answers(const Transitions<double, ActionIndices>& all, const Trajectories& ranges, Index horizon,
                       const Options& options) {
  const Estimand estimand{options.discount, horizon};
  const auto episodes = within_horizon(all, ranges, estimand).episodes;
  const auto& data = episodes.data;
  Policy policy = target_policy();
  const EvaluationLog log = make_log(episodes, estimand, log_probs(policy, data), recorded_log_probs(data));
  const ImportanceWeights weights(log);
  const ImportanceWeights low_weights(log, options.cap);
  const ActionValues none = ActionValues::zero(log);
  const ActionValues own = LinearFqe<ActionBlocks>(data, policy, estimand).values(episodes, policy);
  const ActionValues crossed =
      cross_fitted_values(episodes, 2, options.seed, [&](const auto& fitted, const auto& held) {
        return LinearFqe<ActionBlocks>(fitted, policy, estimand).values(held, policy);
      });

  using enum Weighting;
  Answers result;
  const auto add = [&](Estimator estimator, const auto& evaluator, const Interval& range = {}) {
    result.of[estimator] = answer(estimator, evaluator, options, range);
  };
  add(is, TrajectorywiseEvaluator(log, weights, none, ordinary));
  add(wis, TrajectorywiseEvaluator(log, weights, none, self_normalized));
  add(pdis, StepwiseEvaluator(log, weights, none, ordinary));
  add(wpdis, StepwiseEvaluator(log, weights, none, self_normalized));
  add(capped, StepwiseEvaluator(log, low_weights, none, ordinary), capped_range(options, horizon));
  add(dm, StepwiseEvaluator(log, weights, own, ordinary, Row<double>::Zero(horizon)));
  add(dr, StepwiseEvaluator(log, weights, crossed, ordinary));
  const StepwiseEvaluator weighted(log, weights, crossed, self_normalized);
  add(wdr, weighted);
  const Row<double> fade = magic_fade(weighted, {.resamples = options.resamples, .seed = options.seed});
  add(magic, StepwiseEvaluator(log, weights, crossed, self_normalized, fade));
  add(mis, MarginalizedEvaluator(data, log));
  add(normal_mis, MarginalizedEvaluator(data, log, true));
  result.effective = Overlap::of(weights).effective_sample_size;
  return result;
}

/// The true quantities at one horizon, by dynamic programming and not from samples.
struct Truth {
  double value;          ///< J
  double weight_square;  ///< E[W²]
  double is_error;       ///< the standard error of importance sampling
  double pdis_error;     ///< that of per-decision importance sampling
  double dr_error;       ///< that of doubly robust with the exact Q

  Truth(const Options& options, Index horizon) {
    const TabularMdp mdp = machine();
    const PolicyPair pair = policies();
    const auto error_of = [&](const Moments& moments) {
      return std::sqrt(moments.variance / static_cast<double>(options.trajectories));
    };
    const Moments exact = doubly_robust_moments(mdp, pair, options.discount,
                                                finite_horizon_q(mdp, pair.target, options.discount, horizon));
    value = exact.mean;
    weight_square = 1 + importance_weight_moments(mdp, pair, horizon).variance;
    is_error = error_of(importance_sampling_moments(mdp, pair, options.discount, horizon));
    pdis_error = error_of(per_decision_moments(mdp, pair, options.discount, horizon));
    dr_error = error_of(exact);
  }
};

}  // namespace wall
