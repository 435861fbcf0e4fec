/// \file
/// All estimates of one policy's value, each with its uncertainty and warnings about whether to trust it.
#pragma once

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/evaluators/bootstrap.hpp"
#include "holdfast/evaluators/concepts.hpp"
#include "holdfast/evaluators/estimate_options.hpp"
#include "holdfast/evaluators/estimator_row.hpp"
#include "holdfast/evaluators/estimators.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/evidence.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/intervals.hpp"
#include "holdfast/evaluators/overlap.hpp"
#include "holdfast/evaluators/q_warnings.hpp"
#include "holdfast/training/rollout.hpp"

namespace holdfast {

/// The result of one estimator.
struct PolicyEstimate {
  std::string estimator;
  double estimate = 0;
  /// s/√n of the trajectories' samples (dm: of the initial states alone); NaN if all samples are equal.
  double standard_error = 0;
  ConfidenceInterval interval;  ///< NaN if the method gives none for this estimator
  /// The effective sample size of the weights that the estimator uses: of trajectories, or of steps for mis. NaN for
  /// dm, which has no weights.
  double effective_sample_size = 0;
  bool trustworthy = true;            ///< false if there is a reason to doubt the estimate or its standard error
  std::vector<std::string> warnings;  ///< reasons not to trust the estimate, and remarks on the interval
};

namespace detail {

/// Returns the confidence interval of an estimate, NaN if there is none, and adds remarks on it to the warnings of
/// `result`.
template <class Table, IsEvaluator E>
ConfidenceInterval interval_of(const EstimatorRow& row, const E& evaluator, const EvaluationLog& log,
                               const EstimateOptions& options, PolicyEstimate& result) {
  using enum IntervalMethod;
  if (!std::isfinite(evaluator.value())) return {};
  const Row<double>& samples = evaluator.samples();
  const bool bounded = options.interval == hoeffding || options.interval == bernstein;
  const bool equal = all_equal(samples);  // equal samples tell nothing about outcomes that were not seen
  if (!bounded && !equal) {
    if (options.interval == student_t) return student_t_interval(samples, options.confidence);
    Row<double> replicates = bootstrap(evaluator, options.resamples, options.seed);
    if (options.interval == percentile) return percentile_interval(std::move(replicates), options.confidence);
    return bca_interval(std::move(replicates), evaluator.value(), samples - samples.mean(), options.confidence);
  }
  const auto range = a_priori_range(row, log.estimand, options);
  const auto known = [] {
    return listed(Table::names_of([](const EstimatorRow& each) { return each.bounded; })) +
           " have with a cap on the weights, the task's range of rewards and a horizon";
  };
  if (!range && bounded)
    result.warnings.push_back(
        message("no interval: Hoeffding and Bernstein need a range known beforehand, which ", known()));
  else if (!range && samples.size() > 1)
    result.warnings.push_back(message("no interval and no standard error: all ", samples.size(),
                                      " trajectories say the same, and of what they do not show nothing is known; a "
                                      "bound needs a range known beforehand, which ",
                                      known()));
  if (!range) return {};
  result.warnings.emplace_back(
      "the interval is of the mean with capped weights; of the policy's value only its lower end is a bound, where no "
      "reward is negative");
  if (options.interval == hoeffding) return hoeffding_interval(samples, *range, options.confidence);
  if (options.interval == bernstein) return bernstein_interval(samples, *range, options.confidence);
  return equal_samples_interval(samples, *range, options.confidence);
}

}  // namespace detail

/// Returns each warning once, preceded by the names of the estimators that it is about: "is, wis: the weight of …".
[[nodiscard]] inline std::vector<std::string> distinct_warnings(const std::vector<PolicyEstimate>& estimates) {
  std::vector<std::pair<std::string, std::string>> found;  // warning, names
  for (const PolicyEstimate& each : estimates)
    for (const std::string& warning : each.warnings) {
      const auto known =
          std::find_if(found.begin(), found.end(), [&](const auto& entry) { return entry.first == warning; });
      if (known == found.end())
        found.emplace_back(warning, each.estimator);
      else
        known->second += ", " + each.estimator;
    }
  std::vector<std::string> lines;
  lines.reserve(found.size());
  for (const auto& [warning, names] : found) lines.push_back(message(names, ": ", warning));
  return lines;
}

/// Evaluates one policy on one log with all estimators; weights and values of Q are computed once and shared. `Table`
/// is an EstimatorTable: the library's, or `Estimators::With<MyEstimator>`, which adds one of your own.
template <class Data, class Table = Estimators>
class OffPolicyEvaluation {
 public:
  /// `dataset` is the data of episodes as returned by `within_horizon`, `log` is made from it, and `values` are those
  /// of a Q along it, if there is one. The dataset must outlive this object. Throws ConfigError if an option is out of
  /// range. Throws DataError if a reward is outside the task's range, a trajectory was cut before the horizon, or the
  /// values do not belong to the log (check_values).
  OffPolicyEvaluation(const Data& dataset, EvaluationLog log, std::optional<ActionValues> values,
                      EstimateOptions options = {})
      : dataset_(&dataset),
        log_(std::move(log)),
        values_(std::move(values)),
        options_(options),
        weights_(log_, options_.cap),
        overlap_(Overlap::of(weights_)),
        continued_(ActionValues::zero(log_)) {
    options_.validate();
    if (options_.reward_range) check_rewards(*options_.reward_range);
    if (values_) {
      check_values(log_, *values_);
      detail::warn_of_attainability(log_, *values_, unattainable_);
      detail::warn_of_misfit(log_, *values_, misfit_);
    }
    // Capped weights cannot show whether the recorded probabilities are right.
    if (std::isfinite(options_.cap)) {
      const Overlap uncapped = Overlap::of(ImportanceWeights(log_));
      overlap_.mean_weight = uncapped.mean_weight;
      overlap_.mean_weight_error = uncapped.mean_weight_error;
      capped_ = weights_.capped();
    }
    for (const TrajectoryRange& range : log_.trajectories) {
      if (!log_.estimand.infinite() && !range.terminal && range.size() < log_.estimand.horizon)
        throw DataError(message("trajectories: expected ", log_.estimand.horizon,
                                " steps, the horizon, of one that does not end by itself, found ", range.size(),
                                " from row ", range.begin, "; take those that holdfast::within_horizon keeps"));
      if (!log_.estimand.infinite() || range.terminal) continue;
      cut_ = true;
      if (values_) continued_.next(range.end - 1) = values_->next(range.end - 1);
    }
  }
  OffPolicyEvaluation(const Data&& dataset, EvaluationLog log, std::optional<ActionValues> values,
                      EstimateOptions options = {}) = delete;  // a temporary would dangle

  [[nodiscard]] const EvaluationLog& log() const { return log_; }
  [[nodiscard]] const ImportanceWeights& weights() const { return weights_; }
  /// Returns the overlap of the weights of whole trajectories after capping. The mean weight and its error are those of
  /// the weights before capping.
  [[nodiscard]] const Overlap& overlap() const { return overlap_; }

  /// Returns the result of the estimator with this name. Without a horizon, an estimator that weights trajectories adds
  /// Q's value of the rest to a trajectory that was cut. Throws ConfigError if there is no such estimator, or if it
  /// needs a Q and there is none.
  [[nodiscard]] PolicyEstimate estimate(std::string_view name) const {
    PolicyEstimate result;
    Table::with(name, [&]<class Entry>() { result = answer<Entry>(); });
    return result;
  }

  /// Returns the results of the estimators with these names, in this order; `names` is any range of strings. Throws
  /// like `estimate`.
  template <class Names>
  [[nodiscard]] std::vector<PolicyEstimate> estimates(const Names& names) const {
    std::vector<PolicyEstimate> all;
    all.reserve(std::size(names));
    for (const auto& name : names) all.push_back(estimate(name));
    return all;
  }
  /// Returns the results of all estimators in the table.
  [[nodiscard]] std::vector<PolicyEstimate> estimates() const { return estimates(Table::names); }

 private:
  void check_rewards(const Interval& range) const {
    const Interval rounded = detail::rounded(range);
    for (Index row = 0; row < log_.steps(); ++row)
      if (!rounded.contains(log_.rewards(row)))
        throw DataError(message("rewards: expected a number ", range.text(), ", the task's range, found ",
                                log_.rewards(row), " in row ", row, "; give the range that the task has"));
  }

  template <class Entry>
  [[nodiscard]] PolicyEstimate answer() const {
    static_assert(check_estimator<Entry, Data>());
    constexpr EstimatorRow row = Entry::row;
    if (!values_ && row.needs_q) throw ConfigError(message("estimator ", row.name, " needs a Q: fit one to the data"));
    if (!values_ && row.asks_q(cut_))
      throw ConfigError(message("estimator ", row.name,
                                ": without a horizon it needs a Q for what follows where trajectories were cut; fit "
                                "one, or give a number of steps as the horizon"));
    const Evidence<Data> evidence{*dataset_, log_, weights_, values_, continued_, options_};
    const auto evaluator = Entry::evaluator(evidence);
    PolicyEstimate result;
    result.estimator = row.name;
    result.estimate = evaluator.value();
    const bool equal = detail::all_equal(evaluator.samples());
    result.standard_error = equal ? std::nan("") : estimate_mean(evaluator.samples()).standard_error;
    if constexpr (row.weighs == Weighs::steps)
      judge_steps(evaluator.weights(), result);
    else
      judge_trajectories(row, result);
    const auto warn = [&](const auto& more) {
      result.warnings.insert(result.warnings.end(), more.begin(), more.end());
    };
    if (row.asks_q(cut_)) warn(unattainable_);
    if (row.rests_on_q || (cut_ && row.weighs_trajectories())) warn(misfit_);
    if (!std::isfinite(result.estimate))
      result.warnings.emplace_back(
          "the estimate is not a number: at some step no weight is positive, or they exceed "
          "what a number can hold");
    // The standard error of an estimate that rests on Q leaves out the error of Q in any case, so that equal samples do
    // not count against it.
    result.trustworthy = result.warnings.empty() && (!equal || row.rests_on_q);
    if (row.weighs == Weighs::steps && std::isfinite(options_.cap))
      result.warnings.emplace_back("the cap is of cumulative weights, which it does not have: nothing is capped");
    const auto said = result.warnings.size();
    result.interval = detail::interval_of<Table>(row, evaluator, log_, options_, result);
    if (std::isfinite(result.estimate) && !std::isfinite(result.interval.lower) && result.warnings.size() == said)
      result.warnings.emplace_back(
          "no interval: there are resamples without a weight that counts beside the largest of all, or there is a "
          "single trajectory");
    return result;
  }

  // Sets the effective sample size of the weights of trajectories, NaN if there are none, and adds warnings about them.
  void judge_trajectories(const EstimatorRow& row, PolicyEstimate& result) const {
    result.effective_sample_size = std::nan("");
    if (!row.needs_weights()) return;
    result.effective_sample_size = overlap_.effective_sample_size;
    result.warnings = overlap_.warnings();
    if (cut_) detail::warn_of_continuation(log_, result.warnings);
    if (capped_ > 0)
      result.warnings.push_back(message("of ", log_.size(), " trajectories ", capped_,
                                        " have a weight above the cap: estimate and interval are those of capped "
                                        "weights, which is another number than the policy's value"));
  }

  // Does the same for the weights of steps.
  void judge_steps(const Row<double>& weights, PolicyEstimate& result) const {
    result.effective_sample_size = Overlap::of(weights.abs()).effective_sample_size;
    result.warnings = Overlap::of(log_.ratios(0, log_.steps())).warnings("steps");
    if (result.warnings.empty() && result.effective_sample_size < trustworthy_sample_size)
      result.warnings.push_back(Overlap::too_little("steps", log_.steps(), result.effective_sample_size));
  }

  const Data* dataset_;
  EvaluationLog log_;
  std::optional<ActionValues> values_;
  EstimateOptions options_;
  ImportanceWeights weights_;
  Overlap overlap_;
  ActionValues continued_;                 // Q's values after trajectories that were cut, else 0
  bool cut_ = false;                       // true if a trajectory was cut and there is no horizon
  Index capped_ = 0;                       // number of trajectories with a weight above the cap
  std::vector<std::string> unattainable_;  // warnings about Q
  std::vector<std::string> misfit_;
};

#ifdef HOLDFAST_EXTERN
extern template Row<double> bootstrap<StepwiseEvaluator>(const StepwiseEvaluator&, Index, std::uint64_t, Stream);
extern template Row<double> bootstrap<TrajectorywiseEvaluator>(const TrajectorywiseEvaluator&, Index, std::uint64_t,
                                                               Stream);
extern template class OffPolicyEvaluation<Transitions<float>>;
extern template class OffPolicyEvaluation<Transitions<float, ActionIndices>>;
#endif

}  // namespace holdfast
