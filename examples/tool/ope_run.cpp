#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/evaluators/atoms.hpp"
#include "holdfast/evaluators/behavior.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/estimates.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_prob_precision.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/evaluators/neural_fqe.hpp"
#include "holdfast/evaluators/support.hpp"
#include "holdfast/evaluators/validation.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "tool/acting.hpp"
#include "tool/data_warnings.hpp"
#include "tool/ope_options.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

/// Returns whether the user named the estimators.
bool named(const OpeOptions& options) { return !options.estimators.empty(); }

/// Returns the names of the estimators to use.
std::vector<std::string> names_of(const OpeOptions& options) {
  if (named(options)) return options.estimators;
  return OpeEstimators::names_of([](const EstimatorRow& each) { return each.by_default; });
}

/// Returns what `work` returns. Throws its errors as DataError, with the name of the file in front.
template <class Work>
auto about(const std::string& file, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw DataError(file + ": " + error.what());
  }
}

Index horizon_of(const OpeOptions& options, const Trajectories& ranges) {
  constexpr Index most = 1000000;  // there is another Q for each number of steps left
  if (options.horizon == "infinite") return 0;
  if (options.horizon == "recorded") return about(options.dataset, [&] { return recorded_horizon(ranges); });
  Index steps = 0;
  const char* const last = options.horizon.data() + options.horizon.size();
  const auto [end, error] = std::from_chars(options.horizon.data(), last, steps);
  if (error != std::errc() || end != last || steps < 1 || steps > most)
    throw ConfigError(message("--horizon must be recorded, infinite or a number of steps from 1 to ", most,
                              ", but is \"", options.horizon, '"'));
  return steps;
}

/// The estimand, and the data to evaluate on.
template <class Data>
struct Question {
  Estimand estimand;
  WithinHorizon<Data> data;
  bool known_after_timeouts = false;  ///< true if the next observations of trajectories that were cut are known
};

/// Returns the estimand and the data. With a horizon every row counts, also the last one of an episode, whose successor
/// the file may lack. Without a horizon this successor is needed, and rows without it are dropped. `ranges` are the
/// trajectories of all rows.
template <class Recorded>
auto question(const OpeOptions& options, Recorded recording, Trajectories ranges) {
  const bool has_next_observations = recording.has_next_observations;
  const Estimand estimand{options.discount, horizon_of(options, ranges)};
  auto rows = estimand.infinite() ? std::move(recording).transitions() : std::move(recording.rows);
  if (estimand.infinite() && !has_next_observations) ranges = trajectories(rows);
  const bool known = has_next_observations || std::none_of(ranges.begin(), ranges.end(), [&](const auto& range) {
                       return !range.terminal && range.size() == estimand.horizon;
                     });
  return Question<decltype(rows)>{
      estimand, about(options.dataset, [&] { return within_horizon(rows, ranges, estimand); }), known};
}

/// Evaluates policies on one dataset, one after the other.
template <class Data>
class Evaluation {
 public:
  using Actions = typename Data::Actions;
  using Policy = DeployedPolicy<AnyPolicy<float, Actions>>;

  Evaluation(const OpeOptions& options, Question<Data> question)
      : options_(options),
        estimand_(question.estimand),
        data_(std::move(question.data)),
        known_after_timeouts_(question.known_after_timeouts),
        tabular_(is_one_hot(data().observations)),
        cut_(estimand_.infinite() && (data().timeouts != 0 && data().terminals == 0).any()),
        names_(names_of(options)) {
    const auto needing = those([](const EstimatorRow& each) { return each.needs_successors; });
    if (!known_after_timeouts_ && !needing.empty())
      throw DataError(options.dataset + ": next_observations: expected them, of the time-outs, for " + listed(needing) +
                      ", found none; record them, ask without a horizon, or for other estimators");
    estimate_options().validate();
    if (options.validate_episodes > 0 && estimand_.infinite() && estimand_.discount == 1)
      throw ConfigError("--validate-episodes needs a horizon, or a --discount below 1: episodes need not end");
    if (!options.environment.empty()) environment_.emplace(program::make_environment<Actions>(options.environment));
    if (environment_) check_sizes(options.dataset, {data().observation_size(), data().action_size()}, *environment_);
    for (const std::string& file : options.policies) policies_.push_back(read(file));
  }

  OpeResults all() {
    OpeResults results{estimand_.text(), trajectory_count(), data_.dropped, data_.behind_gaps, {}};
    if (needs_weights() && options_.behavior != "recorded") prepare_behavior();
    if (needs_q() && neural()) show_fits("fitting Q", static_cast<Index>(policies_.size()) * options_.folds);
    for (std::size_t i = 0; i < policies_.size() && !program::interrupted; ++i) {
      OpeResult result = evaluate(options_.policies[i], policies_[i]);
      if (!program::interrupted) results.policies.push_back(std::move(result));
    }
    bar_.reset();
    return results;
  }

 private:
  [[nodiscard]] const Episodes<Data>& episodes() const { return data_.episodes; }
  [[nodiscard]] const Data& data() const { return episodes().data; }
  [[nodiscard]] Index trajectory_count() const { return episodes().trajectories.size(); }
  /// Returns the estimators in use for which `such` is true.
  template <class Such>
  [[nodiscard]] std::vector<std::string> those(const Such& such) const {
    std::vector<std::string> found;
    std::copy_if(names_.begin(), names_.end(), std::back_inserter(found),
                 [&](const auto& name) { return such(OpeEstimators::find(name)); });
    return found;
  }
  [[nodiscard]] bool needs_weights() const {
    return !those([](const EstimatorRow& each) { return each.needs_weights(); }).empty();
  }
  [[nodiscard]] bool needs_q() const {
    return !those([&](const EstimatorRow& each) { return each.asks_q(cut_); }).empty();
  }
  [[nodiscard]] bool neural() const { return options_.q == "neural" || (options_.q == "auto" && !tabular_); }

  Policy read(const std::string& file) const {
    const program::Reading reading(file);
    if (has_finite_policy(file) != FiniteActions<Actions>)
      throw DataError(message(file, ": expected a policy of ",
                              FiniteActions<Actions> ? "a finite set of actions" : "continuous actions",
                              ", as the data has, found the other kind"));
    auto policy = read_policy<Actions>(file);
    about(file, [&] { check_fits(policy, data()); });
    return policy;
  }

  /// Determines the behavior policy's log-probabilities before anything else. An error matters only if the user named
  /// the estimators or the behavior policy's file.
  void prepare_behavior() {
    try {
      (void)behavior();
    } catch (const Error&) {
      if (named(options_) || options_.behavior != "estimate") throw;
    }
  }
  /// Returns the behavior policy's log-probabilities, which are read, computed or estimated at the first call.
  const Row<double>& behavior() {
    if (behavior_) return *behavior_;
    about(options_.dataset, [&] { refuse_atoms(data()); });
    if (options_.behavior == "recorded") {
      behavior_ = about(options_.dataset, [&] { return recorded_log_probs(data(), options_.action_limit); });
    } else if (options_.behavior != "estimate") {
      Policy policy = read(options_.behavior);
      behavior_ = about(options_.behavior, [&] {
        Row<double> found = log_probs(policy, data());
        require_possible(found);
        return found;
      });
    } else {
      behavior_ = estimated();
    }
    return *behavior_;
  }
  Row<double> estimated() {
    if constexpr (FiniteActions<Actions>)
      if (tabular_) return counted_log_probs(episodes(), options_.folds, 1, options_.seed);
    show_fits("cloning the behavior", options_.folds);
    return estimated_log_probs(episodes(),
                               {.folds = options_.folds,
                                .steps = options_.steps,
                                .batch_size = options_.batch_size,
                                .hidden = options_.hidden,
                                .learning_rate = options_.learning_rate,
                                .seed = options_.seed},
                               watch());
  }

  /// Shows a progress bar for this number of network trainings, in place of an earlier one.
  void show_fits(const char* label, Index fits) {
    bar_.reset();
    bar_.emplace(std::cerr, label, fits * options_.steps, program::is_terminal(2));
  }
  /// Returns the callback of these trainings: it moves the bar and ends the training if interrupted.
  auto watch() {
    return every(100, [this, last = Index{0}](const TrainingStep& now, const auto&) mutable {
      if (bar_ && now.step > 0) bar_->advance(now.step - last);
      last = now.step == now.steps ? 0 : now.step;
      return !program::interrupted.load();
    });
  }

  /// Returns the policy's log-probabilities of the actions in the data.
  Row<double> target_of(const std::string& file, Policy& policy) const {
    return about(file, [&] {
      Row<double> found = log_probs(policy, data());
      refuse_atoms(policy, data());
      return found;
    });
  }

  ActionValues linear_values(const Episodes<Data>& training, const Episodes<Data>& held_out, Policy& policy) const {
    const LinearFqeConfig config{.known_after_timeouts = known_after_timeouts_, .seed = options_.seed};
    const auto by = [&]<class Features>(Features) {
      return LinearFqe<Features>(training, policy, estimand_, config).values(held_out, policy);
    };
    if constexpr (!FiniteActions<Actions>)
      return by(QuadraticFeatures());
    else
      return tabular_ ? by(ActionBlocks()) : by(AffineActionBlocks());
  }
  ActionValues fit(Policy& policy) {
    return cross_fitted_values(
        episodes(), options_.folds, options_.seed, [&](const auto& training, const auto& held_out) {
          if (!neural()) return linear_values(training, held_out, policy);
          const NeuralFqe<AnyPolicy<float, Actions>> fqe(training, policy, estimand_,
                                                         {.steps = options_.steps,
                                                          .batch_size = options_.batch_size,
                                                          .hidden = options_.hidden,
                                                          .learning_rate = options_.learning_rate,
                                                          .seed = options_.seed},
                                                         watch());
          return fqe.values(held_out);
        });
  }

  OpeResult evaluate(const std::string& file, Policy& policy) {
    OpeResult result;
    result.policy = file;
    std::vector<std::string> answered = names_;
    std::optional<EvaluationLog> log;
    if (needs_weights()) {
      try {
        const Row<double> target = target_of(file, policy);
        const Row<double>& acted = behavior();
        log = about(file, [&] { return make_log(episodes(), estimand_, target, acted); });
      } catch (const Error& error) {
        if (named(options_)) throw;
        answered = those([](const EstimatorRow& each) { return !each.needs_weights(); });
        result.warnings.push_back(message("only ", listed(answered), ": ", error.what()));
      }
    }
    const bool weighed = log.has_value();
    const Row<double> unknown = Row<double>::Zero(data().size());
    if (!log) log = make_log(episodes(), estimand_, unknown, unknown);
    std::optional<ActionValues> values;
    if (needs_q()) values = fit(policy);
    if (program::interrupted) return result;
    const OffPolicyEvaluation<Data, OpeEstimators> evaluation(data(), *std::move(log), std::move(values),
                                                              estimate_options());
    result.estimates = evaluation.estimates(answered);
    if (weighed) result.overlap = evaluation.overlap();
    warn(policy, result);
    if (weighed) warn_of_rounding(policy, result);
    if (environment_) validate(policy, result);
    return result;
  }

  /// Adds the warnings that need the dataset: about trajectories that broke off and actions that were never tried.
  void warn(Policy& policy, OpeResult& result) const {
    const Index kept = trajectory_count();
    // A single trajectory that broke off, as at the end of a file, does no harm.
    const bool some_end = (data().terminals != 0).any();
    if (some_end && data_.dropped > 1 && 100 * data_.dropped > kept)
      result.warnings.push_back(message(data_.dropped, " trajectories broke off before the horizon and are left out, ",
                                        "beside ", kept, " that count: those that end early are counted too often"));
    if constexpr (FiniteActions<Actions>) {
      const double untried = tabular_ ? untried_share(data(), policy) : 0;
      if (untried <= 0.01) return;
      for (PolicyEstimate& each : result.estimates) {
        if (!OpeEstimators::find(each.estimator).asks_q(cut_)) continue;
        each.warnings.push_back(message("of what the policy does in the states of the data ",
                                        std::round(1000 * untried) / 10,
                                        " % was never tried there: Q knows nothing of it"));
        each.trustworthy = false;
      }
    }
  }

  /// Adds a warning if weights are inexact because actions were rounded: recorded log-probabilities are those of the
  /// draws, but log π is that of the floats that the draws were rounded to.
  void warn_of_rounding(Policy& policy, OpeResult& result) const {
    if (options_.behavior != "recorded") return;
    const double error = weight_error(policy, episodes());
    if (error < 0.05) return;
    for (PolicyEstimate& each : result.estimates) {
      if (!OpeEstimators::find(each.estimator).needs_weights()) continue;
      each.warnings.push_back(
          message("a trajectory's weight is known to about ", std::round(100 * error),
                  " % only, for actions so near ±1 were rounded to single precision, which their recorded "
                  "log-probabilities were not: give the file of the policy that acted (--behavior)"));
      each.trustworthy = false;
    }
  }

  [[nodiscard]] EstimateOptions estimate_options() const {
    EstimateOptions estimating;
    estimating.cap = options_.clip;
    parse_field("interval", options_.interval, estimating.interval);
    estimating.confidence = options_.confidence;
    estimating.resamples = options_.resamples;
    if (!options_.reward_range.empty())
      estimating.reward_range = Interval{options_.reward_range[0], options_.reward_range[1]};
    estimating.seed = options_.seed;
    return estimating;
  }

  void validate(Policy& policy, OpeResult& result) {
    EvaluationGenerators draws(options_.seed);
    result.validated = true;
    result.episodes = estimate_mean(run_episodes(policy, *environment_, options_.validate_episodes, estimand_, draws,
                                                 [] { return !program::interrupted.load(); }));
    for (PolicyEstimate& each : result.estimates) {
      const CombinedEstimate both = combine({each.estimate, each.standard_error}, result.episodes);
      // An estimate cannot be weighted by an error that leaves out that of Q or is not to be trusted.
      const bool weighable =
          !OpeEstimators::find(each.estimator).rests_on_q && each.trustworthy && result.warnings.empty();
      result.combined.push_back(weighable ? both.estimate : Estimate{std::nan(""), std::nan("")});
      if (both.disagreement > 3)
        each.warnings.push_back(message("the episodes earned ", result.episodes.mean, " ± ",
                                        result.episodes.standard_error, ", ", std::round(both.disagreement * 10) / 10,
                                        " standard errors away: believe them"));
    }
  }

  const OpeOptions& options_;
  Estimand estimand_;
  WithinHorizon<Data> data_;
  bool known_after_timeouts_;
  bool tabular_;
  bool cut_;  ///< true if a trajectory was cut and there is no horizon
  std::vector<std::string> names_;
  std::vector<Policy> policies_;
  std::optional<AnyEnvironment<Actions>> environment_;
  std::optional<Row<double>> behavior_;
  std::optional<ProgressBar> bar_;
};

/// Evaluates on a recording, and warns about its problems unless they are errors.
template <class Recorded>
OpeResults evaluate_on(const OpeOptions& options, Recorded recording) {
  recording.mark_timeouts(options.max_episode_steps);
  Trajectories ranges = trajectories(recording.rows);
  const auto problems = program::problems_of(recording, ranges, options.action_limit);
  Evaluation evaluation(options, question(options, std::move(recording), std::move(ranges)));
  program::warn_of(options.dataset, problems, [](const DatasetProblem& problem) {
    using Concern = DatasetProblem::Concern;
    return problem.concern == Concern::rows || problem.concern == Concern::ends || problem.concern == Concern::rewards;
  });
  program::warn_of_storage(options.dataset, options.action_count);
  return evaluation.all();
}

}  // namespace

OpeResults run_ope(const OpeOptions& options) {
  std::optional<program::Reading> reading(std::in_place, options.dataset);
  const bool finite = has_finite_actions(options.dataset, options.action_count);
  if (!options.environment.empty())
    check_kind(options.dataset, finite, options.environment, program::has_finite_actions(options.environment));
  return with_actions(finite, [&]<class Actions>() {
    auto recording = read_recording<Actions>(options.dataset, {.max_episode_steps = options.max_episode_steps,
                                                               .action_limit = options.action_limit,
                                                               .action_count = options.action_count});
    reading.reset();
    return evaluate_on(options, std::move(recording));
  });
}

}  // namespace tool
