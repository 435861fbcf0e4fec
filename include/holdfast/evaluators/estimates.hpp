/// \file
/// All estimators of one policy at once, each with its uncertainty and a word on whether to trust it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/evaluators/bootstrap.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/importance_weights.hpp"
#include "holdfast/evaluators/intervals.hpp"
#include "holdfast/evaluators/magic.hpp"
#include "holdfast/evaluators/marginalized.hpp"
#include "holdfast/evaluators/overlap.hpp"
#include "holdfast/evaluators/stepwise.hpp"
#include "holdfast/evaluators/trajectorywise.hpp"
#include "holdfast/training/rollout.hpp"

namespace holdfast {

/// One of the library's estimators.
struct EstimatorInfo {
  std::string_view name;
  std::string_view summary;
  bool needs_q = false;        ///< it asks a Q along the log
  bool needs_weights = false;  ///< it asks the behaviour's probabilities
  bool rests_on_q = false;     ///< it is as wrong as Q is, which its standard error does not know

  /// Whether it weighs a step by all that came before, and not, as mis does, by itself.
  [[nodiscard]] constexpr bool weighs_trajectories() const { return needs_weights && name != "mis"; }
  /// Whether it asks a Q where trajectories were, or were not, cut without a horizon: after those it goes on by Q.
  [[nodiscard]] constexpr bool asks_q(bool cut) const { return needs_q || (cut && weighs_trajectories()); }
};

/// Every estimator of `estimate`, by name.
inline constexpr std::array<EstimatorInfo, 9> estimators = {{
    {"dm", "direct method: E_π[Q(s_0, a)]", true, false, true},
    {"is", "importance sampling of whole trajectories", false, true},
    {"wis", "is, self-normalised", false, true},
    {"pdis", "per-decision importance sampling", false, true},
    {"wpdis", "pdis, self-normalised at each step", false, true},
    {"dr", "doubly robust: pdis of what Q did not foresee", true, true},
    {"wdr", "dr, self-normalised at each step", true, true},
    {"magic", "blend of dm and wdr, chosen from the data", true, true, true},
    {"mis", "marginalised importance sampling, tabular over one-hot states and else linear", false, true},
}};

/// The estimator of that name. Throws ConfigError, listing all, where there is none.
[[nodiscard]] inline const EstimatorInfo& find_estimator(std::string_view name) {
  std::vector<std::string> names;
  for (const EstimatorInfo& each : estimators) {
    if (each.name == name) return each;
    names.emplace_back(each.name);
  }
  throw ConfigError(message("estimator must be one of ", comma_separated(names), ", but is \"", name, '"',
                            did_you_mean(name, names)));
}

/// How an interval is made.
enum class IntervalMethod {
  student_t,   ///< normal samples, or many
  percentile,  ///< bootstrap over trajectories, Efron's percentiles
  bca,         ///< bootstrap, corrected for bias and skewness
  hoeffding,   ///< for certain, of bounded samples
  bernstein    ///< for certain, of bounded samples, by their variance
};

constexpr auto enumerators(IntervalMethod) {
  using E = Enumerator<IntervalMethod>;
  return std::array{E{"student_t", IntervalMethod::student_t}, E{"percentile", IntervalMethod::percentile},
                    E{"bca", IntervalMethod::bca}, E{"hoeffding", IntervalMethod::hoeffding},
                    E{"bernstein", IntervalMethod::bernstein}};
}

/// What `estimate` does beside the point estimates.
struct EstimateOptions {
  double cap = ImportanceWeights::uncapped;  ///< of the cumulative weights, positive
  IntervalMethod interval = IntervalMethod::bca;
  double confidence = 0.95;  ///< of the interval, (0, 1)
  Index resamples = 1000;    ///< of the bootstrap, at least 1
  /// Of the task, for Hoeffding and Bernstein; never taken from the data.
  std::optional<Interval> reward_range = std::nullopt;
  std::uint64_t seed = 0;
};

/// One estimator's answer.
struct PolicyEstimate {
  std::string estimator;
  double estimate = 0;
  double standard_error = 0;          ///< s/√n of the trajectories' samples; of dm that of the initial states alone
  ConfidenceInterval interval;        ///< NaN where the method has none for it
  double effective_sample_size = 0;   ///< of the weights it uses; NaN of dm, n of which counts
  bool trustworthy = true;            ///< whether no warning speaks against the estimate or its standard error
  std::vector<std::string> warnings;  ///< what speaks against it, and remarks on the interval
};

namespace detail {

/// By how much of its size a recorded reward, or a sum of them, may be off.
inline constexpr double rounding = 1e-6;

/// A range as recorded numbers keep to it.
inline Interval rounded(const Interval& range) {
  const double slack = rounding * std::max(std::abs(range.lowest), std::abs(range.highest));
  return {range.lowest - slack, range.highest + slack};
}

/// Σ_{t < horizon} γ^t.
inline double discounted_steps(const Estimand& estimand) {
  if (estimand.infinite()) return 1 / (1 - estimand.discount);
  if (estimand.discount == 1) return static_cast<double>(estimand.horizon);
  return (1 - std::pow(estimand.discount, static_cast<double>(estimand.horizon))) / (1 - estimand.discount);
}

/// What so many such rewards can add up to; fewer too.
inline Interval attainable_sums(const Interval& rewards, double steps) {
  const Interval recorded = rounded(rewards);
  return {steps * std::min(0.0, recorded.lowest), steps * std::max(0.0, recorded.highest)};
}

/// What one trajectory can say at most, known before any is seen: of is and pdis, whose weights are capped and whose
/// returns end at a horizon, so that nothing else goes into them. None of others.
inline std::optional<Interval> a_priori_range(std::string_view estimator, const Estimand& estimand,
                                              const EstimateOptions& options) {
  if (!options.reward_range || !std::isfinite(options.cap) || estimand.infinite()) return std::nullopt;
  if (estimator != "is" && estimator != "pdis") return std::nullopt;
  return attainable_sums(*options.reward_range, (1 + rounding) * options.cap * discounted_steps(estimand));
}

template <Evaluator E>
ConfidenceInterval interval_of(const E& evaluator, const EvaluationLog& log, const EstimateOptions& options,
                               PolicyEstimate& result) {
  using enum IntervalMethod;
  if (!std::isfinite(evaluator.value())) return {};
  if (options.interval == student_t) return student_t_interval(evaluator.samples(), options.confidence);
  if (options.interval == percentile || options.interval == bca) {
    Row<double> replicates = bootstrap(evaluator, options.resamples, options.seed);
    if (options.interval == percentile) return percentile_interval(std::move(replicates), options.confidence);
    return bca_interval(std::move(replicates), evaluator.value(), evaluator.samples() - evaluator.samples().mean(),
                        options.confidence);
  }
  const auto range = a_priori_range(result.estimator, log.estimand, options);
  if (!range) {
    result.warnings.emplace_back(
        "no interval: Hoeffding and Bernstein need a range known beforehand, which is and pdis have with a cap on the "
        "weights, the task's range of rewards and a horizon");
    return {};
  }
  result.warnings.emplace_back(
      "the interval is of the mean with capped weights; of the policy's value only its lower end is a bound, where no "
      "reward is negative");
  return options.interval == hoeffding ? hoeffding_interval(evaluator.samples(), *range, options.confidence)
                                       : bernstein_interval(evaluator.samples(), *range, options.confidence);
}

/// Whether rewards such as those of the log can add up to such a value.
inline void warn_of_q(const EvaluationLog& log, const ActionValues& values, std::vector<std::string>& warnings) {
  const double steps = discounted_steps(log.estimand);
  if (!std::isfinite(steps)) return;
  const Interval possible = attainable_sums({log.rewards.minCoeff(), log.rewards.maxCoeff()}, steps);
  const double mean = values.initial.mean();
  if (!possible.contains(mean))
    warnings.push_back(message("Q says ", mean, ", but such rewards cannot add up to more than ", possible.highest,
                               " or less than ", possible.lowest, ": it has diverged, or is not trained long enough"));
}

/// How much of an estimate without a horizon is not data but Q, after trajectories that were cut.
inline void warn_of_continuation(const EvaluationLog& log, std::vector<std::string>& warnings) {
  double cut = 0;
  for (const TrajectoryRange& range : log.trajectories)
    if (!range.terminal) cut += std::pow(log.estimand.discount, static_cast<double>(range.size()));
  const double share = cut / static_cast<double>(log.size());
  if (share > 0.1)
    warnings.push_back(message("trajectories were cut, and what follows is what Q says, with a weight of ",
                               std::round(100 * share) / 100, ": record longer ones, or ask for a horizon"));
}

}  // namespace detail

/// Each warning once, behind the names of the estimators that it is about: "is, wis: the weight of …".
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

/// One policy, one log of it, and all estimators: weights and values are computed once and shared.
template <class Data>
class OffPolicyEvaluation {
 public:
  /// `dataset` is as `counted` counts it, `log` is made of it, and `values` are those of a Q along it, where there is
  /// one. The dataset must outlive this. Throws ConfigError where an option is out of range; DataError where a reward
  /// is outside the task's range, a trajectory was cut before the horizon, or the values are not of the log
  /// (check_values).
  OffPolicyEvaluation(const Data& dataset, EvaluationLog log, std::optional<ActionValues> values,
                      EstimateOptions options = {})
      : dataset_(&dataset),
        log_(std::move(log)),
        values_(std::move(values)),
        options_(options),
        weights_(log_, options_.cap),
        overlap_(Overlap::of(weights_)),
        continued_(ActionValues::zero(log_)) {
    require(options_.confidence > 0 && options_.confidence < 1, "confidence", "in (0, 1)", options_.confidence);
    require(options_.resamples >= 1, "resamples", "at least 1", options_.resamples);
    if (options_.reward_range) check_rewards(*options_.reward_range);
    if (values_) check_values(log_, *values_);
    if (std::isfinite(options_.cap)) {  // by the capped ones it could not be told whether probabilities are right
      const Overlap uncapped = Overlap::of(ImportanceWeights(log_));
      overlap_.mean_weight = uncapped.mean_weight;
      overlap_.mean_weight_error = uncapped.mean_weight_error;
      capped_ = weights_.capped();
    }
    for (const TrajectoryRange& range : log_.trajectories) {
      if (!log_.estimand.infinite() && !range.terminal && range.size() < log_.estimand.horizon)
        throw DataError(message("trajectories: expected ", log_.estimand.horizon,
                                " steps, the horizon, of one that does not end by itself, found ", range.size(),
                                " from row ", range.begin, "; take those that holdfast::counted keeps"));
      if (!log_.estimand.infinite() || range.terminal) continue;
      cut_ = true;
      if (values_) continued_.next(range.end - 1) = values_->next(range.end - 1);
    }
  }
  OffPolicyEvaluation(const Data&& dataset, EvaluationLog log, std::optional<ActionValues> values,
                      EstimateOptions options = {}) = delete;  // it would be gone

  [[nodiscard]] const EvaluationLog& log() const { return log_; }
  [[nodiscard]] const ImportanceWeights& weights() const { return weights_; }
  /// Of whole trajectories, as capped; the mean weight and its error are of the uncapped ones.
  [[nodiscard]] const Overlap& overlap() const { return overlap_; }

  /// The answer of the estimator of that name. Without a horizon those that weigh trajectories go on after one that was
  /// cut by what Q says of the rest. Throws ConfigError where there is no such estimator, or no Q and it needs one.
  [[nodiscard]] PolicyEstimate estimate(std::string_view name) const {
    const EstimatorInfo& info = find_estimator(name);
    if (!values_ && info.needs_q) throw ConfigError(message("estimator ", name, " needs a Q: fit one to the data"));
    if (!values_ && info.asks_q(cut_))
      throw ConfigError(message("estimator ", name,
                                ": without a horizon it needs a Q for what follows where trajectories were cut; fit "
                                "one, or give a number of steps as the horizon"));
    using enum Weighting;
    if (name == "is") return answer(info, TrajectorywiseEvaluator(log_, weights_, continued_, ordinary));
    if (name == "wis") return answer(info, TrajectorywiseEvaluator(log_, weights_, continued_, self_normalized));
    // Where chances of states are known to sum to 1 the marginalised estimate is far better for it.
    if (name == "mis") return answer(info, MarginalizedEvaluator(*dataset_, log_, is_one_hot(dataset_->observations)));
    if (name == "pdis") return answer(info, stepwise(continued_, ordinary));
    if (name == "wpdis") return answer(info, stepwise(continued_, self_normalized));
    if (name == "dr") return answer(info, stepwise(*values_, ordinary));
    if (name == "dm") return answer(info, stepwise(*values_, ordinary, Row<double>::Zero(weights_.longest())));
    const StepwiseEvaluator weighted = stepwise(*values_, self_normalized);
    if (name == "wdr") return answer(info, weighted);
    const MagicOptions magic{.seed = options_.seed};
    return answer(info, stepwise(*values_, self_normalized,
                                 std::isfinite(weighted.value()) ? magic_fade(weighted, magic)
                                                                 : Row<double>::Zero(weights_.longest())));
  }

 private:
  void check_rewards(const Interval& range) const {
    detail::check_range("reward_range", range);
    const Interval rounded = detail::rounded(range);
    for (Index row = 0; row < log_.steps(); ++row)
      if (!rounded.contains(log_.rewards(row)))
        throw DataError(message("rewards: expected a number ", range.text(), ", the task's range, found ",
                                log_.rewards(row), " in row ", row, "; give the range that the task has"));
  }

  [[nodiscard]] StepwiseEvaluator stepwise(const ActionValues& values, Weighting weighting,
                                           Row<double> fade = {}) const {
    return {log_, weights_, values, weighting, std::move(fade)};
  }

  template <Evaluator E>
  [[nodiscard]] PolicyEstimate answer(const EstimatorInfo& info, const E& evaluator) const {
    PolicyEstimate result;
    result.estimator = info.name;
    result.estimate = evaluator.value();
    result.standard_error = estimate_mean(evaluator.samples()).standard_error;
    result.effective_sample_size =
        info.weighs_trajectories() ? overlap_.effective_sample_size : std::numeric_limits<double>::quiet_NaN();
    if (info.weighs_trajectories()) {
      result.warnings = overlap_.warnings();
      if (cut_) detail::warn_of_continuation(log_, result.warnings);
      if (capped_ > 0)
        result.warnings.push_back(message("of ", log_.size(), " trajectories ", capped_,
                                          " have a weight above the cap: estimate and interval are those of capped "
                                          "weights, which is another number than the policy's value"));
    } else if (info.needs_weights) {
      result.warnings = Overlap::of(log_.ratios(0, log_.steps())).warnings("steps");
    }
    if (info.asks_q(cut_)) detail::warn_of_q(log_, *values_, result.warnings);
    if (!std::isfinite(result.estimate))
      result.warnings.emplace_back(
          "the estimate is not a number: at some step no weight is positive, or they exceed "
          "what a number can hold");
    result.trustworthy = result.warnings.empty();
    if (info.name == "mis" && std::isfinite(options_.cap))
      result.warnings.emplace_back("the cap is of cumulative weights, which it does not have: nothing is capped");
    const auto said = result.warnings.size();
    result.interval = detail::interval_of(evaluator, log_, options_, result);
    if (std::isfinite(result.estimate) && !std::isfinite(result.interval.lower) && result.warnings.size() == said)
      result.warnings.emplace_back(
          "no interval: there are resamples without a weight that counts beside the largest of all, or there is a "
          "single trajectory");
    return result;
  }

  const Data* dataset_;
  EvaluationLog log_;
  std::optional<ActionValues> values_;
  EstimateOptions options_;
  ImportanceWeights weights_;
  Overlap overlap_;
  ActionValues continued_;  // nothing but what Q says after cut trajectories
  bool cut_ = false;        // whether there are any that count
  Index capped_ = 0;        // how many trajectories the cap has touched
};

}  // namespace holdfast
