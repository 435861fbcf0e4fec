/// \file
/// Tests all estimators of one policy on a dataset: their agreement with the true value, warnings and refusals.
#include "holdfast/evaluators/estimates.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/estimators.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/evaluators/support.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"
#include "support/tabular_world.hpp"

namespace estimates_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Data = Transitions<double, ActionIndices>;

EvaluationLog log_of(const World& of, const Data& data, const Estimand& estimand) {
  auto policy = tabular_policy(of.target);
  return make_log(Episodes(data), estimand, log_probs(policy, data), recorded_log_probs(data));
}

OffPolicyEvaluation<Data> evaluation(const World& of, const Data& data, const Estimand& estimand,
                                     const EstimateOptions& options = {}) {
  auto policy = tabular_policy(of.target);
  const ActionValues values =
      cross_fitted_values(Episodes(data), 2, 1, [&](const auto& training, const auto& held_out) {
        return LinearFqe<ActionBlocks>(training, policy, estimand).values(held_out, policy);
      });
  return {data, log_of(of, data, estimand), values, options};
}

double truth(const World& of, const Estimand& estimand) {
  return of.mdp.initial.dot(exact_value(of.mdp, of.target, estimand));
}

bool mentions(const std::vector<std::string>& warnings, const std::string& words) {
  for (const std::string& warning : warnings)
    if (warning.find(words) != std::string::npos) return true;
  return false;
}

/// Has no `resampled`.
struct NoEvaluator {
  [[nodiscard]] static double value() { return 0; }
  [[nodiscard]] const Row<double>& samples() const { return own; }
  Row<double> own;
};

static_assert(IsEvaluator<StepwiseEvaluator>);
static_assert(IsEvaluator<TrajectorywiseEvaluator>);
static_assert(IsEvaluator<MarginalizedEvaluator>);
static_assert(!IsEvaluator<NoEvaluator>);
// Evaluators keep pointers to these arguments, which must not be temporaries.
static_assert(std::is_constructible_v<StepwiseEvaluator, const EvaluationLog&, const ImportanceWeights&,
                                      const ActionValues&, Weighting>);
static_assert(!std::is_constructible_v<StepwiseEvaluator, const EvaluationLog&, ImportanceWeights, const ActionValues&,
                                       Weighting>);
static_assert(std::is_constructible_v<OffPolicyEvaluation<Data>, const Data&, EvaluationLog, std::nullopt_t>);
static_assert(!std::is_constructible_v<OffPolicyEvaluation<Data>, Data, EvaluationLog, std::nullopt_t>);

}  // namespace

// Each z-score is that of a normal distribution: with 14 of them, there is a false alarm (|z| > 4) in one of 1,000
// seeds. The seed is fixed.
TEST_CASE("Every estimator estimates the same number, with a horizon and without", "[evaluators]") {
  const World of = world();
  const double apart = std::abs(truth(of, {0.9, 3}) - truth(of, {0.9, 0}));
  for (const Estimand estimand : {Estimand{0.9, 3}, Estimand{0.9, 0}}) {
    const Data data = within_horizon(record(of.mdp, of.behavior, 2000, 3, 3), estimand).episodes.data;
    const auto all = evaluation(of, data, estimand, {.interval = IntervalMethod::student_t});
    const double value = truth(of, estimand);
    for (const EstimatorRow& each : Estimators::rows) {
      const PolicyEstimate found = all.estimate(each.name);
      INFO(each.name << ": " << found.estimate << " ± " << found.standard_error << ", truth " << value);
      CHECK(found.estimator == each.name);
      CHECK(found.standard_error > 0);
      // The error of Q is not in the standard errors of the estimators that may rest on it alone.
      const bool rests_on_q = each.name == "dm" || each.name == "magic";
      const double error = rests_on_q ? 0.1 : found.standard_error;
      CHECK(std::abs(found.estimate - value) < 4 * error);
      CHECK(4 * error < apart / 2);  // so that no estimator can match the other number
      CHECK(found.interval.lower < found.estimate);
      CHECK(found.interval.upper > found.estimate);
      CHECK(found.warnings.size() == (estimand.infinite() && each.weighs_trajectories() ? 1 : 0));
    }
    CHECK(std::isnan(all.estimate("dm").effective_sample_size));
    CHECK(all.estimate("dr").effective_sample_size > 100);
    CHECK(all.estimate("mis").effective_sample_size > 100);
    CHECK(all.estimate("mis").effective_sample_size < static_cast<double>(data.size()));
  }
}

TEST_CASE("Every way to an interval surrounds the estimate", "[evaluators]") {
  const World of = world();
  const Estimand estimand{0.9, 3};
  const Data data = within_horizon(record(of.mdp, of.behavior, 300, 3, 4), estimand).episodes.data;
  const Interval rewards{data.rewards.minCoeff(), data.rewards.maxCoeff()};
  for (const auto& [name, method] :
       {std::pair("student_t", IntervalMethod::student_t), std::pair("percentile", IntervalMethod::percentile),
        std::pair("bca", IntervalMethod::bca), std::pair("hoeffding", IntervalMethod::hoeffding),
        std::pair("bernstein", IntervalMethod::bernstein)}) {
    const auto all =
        evaluation(of, data, estimand, {.cap = 5, .interval = method, .resamples = 200, .reward_range = rewards});
    const PolicyEstimate found = all.estimate("pdis");
    INFO(name);
    CHECK(found.interval.contains(found.estimate));
    const bool bounded = method == IntervalMethod::hoeffding || method == IntervalMethod::bernstein;
    CHECK(std::isnan(all.estimate("wdr").interval.lower) == bounded);
    CHECK(mentions(all.estimate("wdr").warnings, "a range known beforehand") == bounded);
    CHECK(all.estimate("wdr").trustworthy == !mentions(all.estimate("wdr").warnings, "above the cap"));
    CHECK(mentions(found.warnings, "the interval is of the mean with capped weights") == bounded);
  }
}

TEST_CASE("The same seed gives the same intervals, whatever the number of threads", "[evaluators]") {
  const World of = world();
  const Estimand estimand{0.9, 5};
  const Data data = within_horizon(record(of.mdp, of.behavior, 40000, 5, 4), estimand).episodes.data;
  const auto all = evaluation(of, data, estimand, {.resamples = 100, .seed = 7});
  const PolicyEstimate one = all.estimate("wdr");
  set_threads(3);
  const PolicyEstimate other = all.estimate("wdr");
  set_threads(1);
  CHECK(one.interval.lower == other.interval.lower);
  CHECK(one.interval.upper == other.interval.upper);
}

TEST_CASE("A policy far from the data is warned of", "[evaluators]") {
  const World of = world(6);  // nearly deterministic
  const Estimand estimand{1, 40};
  TabularMdp endless = of.mdp;
  for (Index c = 0; c < endless.transitions.cols(); ++c) endless.transitions.col(c) /= endless.transitions.col(c).sum();
  endless.terminations.setZero();
  const Data data = within_horizon(record(endless, of.behavior, 300, 40, 5), estimand).episodes.data;
  const auto all = evaluation(of, data, estimand, {.interval = IntervalMethod::student_t});
  CHECK(all.overlap().effective_sample_size < 10);
  for (const char* name : {"is", "wis", "pdis", "wpdis", "dr", "wdr", "magic"})
    CHECK(mentions(all.estimate(name).warnings, "do not trust it"));
  CHECK(mentions(all.estimate("is").warnings, "the weights' mean is"));
  CHECK(all.estimate("dm").warnings.empty());
  CHECK(all.estimate("mis").warnings.empty());
}

TEST_CASE("A policy that no trajectory could come from is not a number, and says so", "[evaluators]") {
  World of = world();
  const Estimand estimand{0.9, 30};
  TabularMdp endless = of.mdp;
  for (Index c = 0; c < endless.transitions.cols(); ++c) endless.transitions.col(c) /= endless.transitions.col(c).sum();
  endless.terminations.setZero();
  const Data data = within_horizon(record(endless, of.behavior, 50, 30, 5), estimand).episodes.data;
  of.target.row(0).setOnes();
  of.target.row(1).setZero();
  const auto all = evaluation(of, data, estimand);
  for (const char* name : {"wis", "wpdis", "wdr"}) {
    const PolicyEstimate found = all.estimate(name);
    CHECK(std::isnan(found.estimate));
    CHECK(std::isnan(found.interval.lower));
    CHECK(mentions(found.warnings, "is not a number"));
    CHECK(mentions(found.warnings, "none of the logged trajectories is possible"));
  }
  CHECK(all.estimate("is").estimate == 0);
  CHECK(std::isfinite(all.estimate("dr").estimate));
  CHECK(std::isfinite(all.estimate("mis").estimate));
}

TEST_CASE("Weights whose product no number can hold still count relative to each other", "[evaluators]") {
  const auto ranges = ranges_of({2000, 2000, 1000});
  EvaluationLog log{ranges, Row<double>::Ones(5000), Row<double>::Constant(5000, std::log(1.5)), {1, 2000}};
  const ImportanceWeights weights(log);
  CHECK(weights.log_final_scale() == Approx(2000 * std::log(1.5)));
  const ActionValues none = ActionValues::zero(log);
  CHECK(TrajectorywiseEvaluator(log, weights, none, Weighting::self_normalized).value() == Approx(2000));
  const StepwiseEvaluator stepwise(log, weights, none, Weighting::self_normalized);
  // A trajectory that ended after 1,000 steps keeps its weight, which soon is negligible compared with the others.
  double missing = 0;
  for (int t = 1; t <= 1000; ++t) missing += 1 / (1 + 2 * std::pow(1.5, t));
  CHECK(stepwise.value() == Approx(2000 - missing).epsilon(1e-12));
  CHECK(stepwise.samples().mean() == Approx(2000 - missing).epsilon(1e-12));
  CHECK(stepwise.resampled(row({1, 2, 0})) == Approx(2000));
  CHECK(Overlap::of(weights).effective_sample_size == Approx(2));
}

TEST_CASE("Samples that are all the same have no interval of no width", "[evaluators]") {
  const World of = world();
  const Estimand estimand{0.9, 3};
  Data data = within_horizon(record(of.mdp, of.behavior, 200, 3, 4), estimand).episodes.data;
  const auto all = [&](const EstimateOptions& options) { return evaluation(of, data, estimand, options); };
  using enum IntervalMethod;
  // If the event occurs in the data, there is an interval.
  CHECK(std::isfinite(all({}).estimate("is").interval.upper));
  CHECK(all({}).estimate("is").standard_error > 0);
  data.rewards.setZero();
  for (const IntervalMethod method : {student_t, percentile, bca}) {
    for (const EstimatorRow& each : Estimators::rows) {
      const PolicyEstimate found = all({.interval = method}).estimate(each.name);
      INFO(each.name);
      CHECK(found.estimate == Approx(0).margin(1e-12));
      CHECK(std::isnan(found.standard_error));
      CHECK(std::isnan(found.interval.lower));
      CHECK(std::isnan(found.interval.upper));
      CHECK(mentions(found.warnings, "no interval and no standard error: all 200 trajectories say the same"));
      CHECK(found.trustworthy == each.rests_on_q);
    }
    // An estimator that is known to be bounded has a bound: p·(cap (1 + γ + γ²)), p = 1 − 0.05^(1/199).
    const PolicyEstimate bounded = all({.cap = 5, .interval = method, .reward_range = Interval{0, 1}}).estimate("is");
    CHECK(std::abs(bounded.interval.lower) < 1e-6);
    CHECK(bounded.interval.upper == Approx((1 - std::pow(0.05, 1.0 / 199)) * 5 * 2.71).epsilon(1e-5));
    CHECK(
        std::isnan(all({.cap = 5, .interval = method, .reward_range = Interval{0, 1}}).estimate("wis").interval.upper));
  }
}

TEST_CASE("Rewards outside the task's range, and ranges that are none, are refused", "[evaluators]") {
  const World of = world();
  const Estimand estimand{0.9, 3};
  const Data data = within_horizon(record(of.mdp, of.behavior, 30, 3, 4), estimand).episodes.data;
  const auto with = [&](double lowest, double highest) {
    return evaluation(of, data, estimand, {.reward_range = Interval{lowest, highest}});
  };
  Index first = 0;
  while (data.rewards(first) <= 0.1) ++first;
  CHECK_THROWS_WITH(with(0, 0.1), Contains("rewards: expected a number in [0, 0.1], the task's range, found") &&
                                      Contains("in row " + std::to_string(first)));
  CHECK_THROWS_WITH(with(1, 0), Contains("reward_range must have finite ends in order, but is 1 to 0"));
  CHECK_THROWS_WITH(with(0, NAN), Contains("reward_range must have finite ends"));
  CHECK_NOTHROW(with(0, 1));
}

TEST_CASE("Marginalized importance sampling is the same of sparse states, and says that it knows no cap",
          "[evaluators]") {
  const World of = world();
  for (const Estimand estimand : {Estimand{0.9, 3}, Estimand{0.9, 0}}) {
    const Data data = within_horizon(record(of.mdp, of.behavior, 200, 3, 4), estimand).episodes.data;
    const EvaluationLog log = log_of(of, data, estimand);
    Transitions<double, ActionIndices, SparseMatrix<double>> sparse;
    sparse.observations = data.observations.sparseView();
    sparse.next_observations = data.next_observations.sparseView();
    sparse.actions = data.actions;
    sparse.action_count = data.action_count;
    sparse.rewards = data.rewards;
    sparse.terminals = data.terminals;
    sparse.timeouts = data.timeouts;
    const OffPolicyEvaluation<Data> dense(data, log, std::nullopt, {.cap = 5});
    const OffPolicyEvaluation<Transitions<double, ActionIndices, SparseMatrix<double>>> other(sparse, log,
                                                                                              std::nullopt);
    const PolicyEstimate found = other.estimate("mis");
    CHECK(found.estimate == dense.estimate("mis").estimate);
    CHECK(found.standard_error == dense.estimate("mis").standard_error);
    CHECK(found.warnings.empty());
    CHECK(mentions(dense.estimate("mis").warnings, "nothing is capped"));
  }
  Data shifted = record(of.mdp, of.behavior, 20, 3, 4);
  const EvaluationLog log = log_of(of, shifted, {0.9, 3});
  shifted.observations.array() += 1;
  CHECK_THROWS_WITH(MarginalizedEvaluator(shifted, log, true), Contains("expected one-hot states"));
  CHECK_NOTHROW(MarginalizedEvaluator(shifted, log, false));
}

TEST_CASE("A single trajectory is evaluated, without an interval", "[evaluators]") {
  const World of = world();
  const Estimand estimand{0.9, 3};
  const Data data = within_horizon(record(of.mdp, of.behavior, 1, 3, 4), estimand).episodes.data;
  auto policy = tabular_policy(of.target);
  const EvaluationLog log = log_of(of, data, estimand);
  const OffPolicyEvaluation<Data> all(data, log,
                                      LinearFqe<ActionBlocks>(data, policy, estimand).values(Episodes(data), policy));
  for (const EstimatorRow& each : Estimators::rows) {
    INFO(each.name);
    CHECK(std::isfinite(all.estimate(each.name).estimate));
  }
  CHECK(all.estimate("magic").estimate == all.estimate("dm").estimate);
}

TEST_CASE("Each warning is told once, with those that it is about", "[evaluators]") {
  std::vector<PolicyEstimate> estimates(3);
  estimates[0].estimator = "is";
  estimates[0].warnings = {"one", "two"};
  estimates[1].estimator = "dm";
  estimates[2].estimator = "dr";
  estimates[2].warnings = {"three", "two"};
  CHECK(distinct_warnings(estimates) == std::vector<std::string>{"is: one", "is, dr: two", "dr: three"});
}

TEST_CASE("What was never tried is told of the policy", "[evaluators]") {
  const World of = world();
  Data data = record(of.mdp, of.behavior, 50, 3, 4);
  auto policy = tabular_policy(of.target);
  CHECK(untried_share(data, policy) == 0);
  // Nothing is known about the second action in state 2 any more.
  std::vector<Index> rows;
  double share = 0;
  for (Index row = 0; row < data.size(); ++row)
    if (data.observations(2, row) == 0 || data.actions(row) == 0) rows.push_back(row);
  data = data.select(rows);
  share = data.observations.row(2).sum() / static_cast<double>(data.size());
  CHECK(untried_share(data, policy) == Approx(share * of.target(1, 2)));
}

TEST_CASE("What is missing or misspelled is refused with the remedy", "[evaluators]") {
  const World of = world();
  const Estimand endless{0.9, 0};
  const Data data = within_horizon(record(of.mdp, of.behavior, 30, 3, 4), endless).episodes.data;
  const EvaluationLog log = log_of(of, data, endless);
  const OffPolicyEvaluation<Data> all(data, log, std::nullopt);
  CHECK_THROWS_WITH(all.estimate("dr"), Contains("estimator dr needs a Q"));
  CHECK_THROWS_WITH(all.estimate("pdis"), Contains("without a horizon it needs a Q") && Contains("number of steps"));
  CHECK_THROWS_WITH(all.estimate("wsi"), Contains("must be one of dm, is, wis") && Contains("did you mean"));
  CHECK(std::isfinite(all.estimate("mis").estimate));
  CHECK_THROWS_WITH(OffPolicyEvaluation<Data>(data, log, std::nullopt, {.confidence = 1}), Contains("confidence"));
  CHECK_THROWS_WITH(OffPolicyEvaluation<Data>(data, log, std::nullopt, {.resamples = 99}),
                    Contains("resamples must be at least 100"));
  CHECK_NOTHROW(
      OffPolicyEvaluation<Data>(data, log, std::nullopt, {.interval = IntervalMethod::student_t, .resamples = 1}));
  CHECK_THROWS_WITH(OffPolicyEvaluation<Data>(data, log, std::nullopt, {.cap = 0}), Contains("cap must be positive"));
  EvaluationLog longer = log;
  longer.estimand.horizon = 4;
  CHECK_THROWS_WITH(OffPolicyEvaluation<Data>(data, longer, std::nullopt),
                    Contains("expected 4 steps, the horizon, of one that does not end by itself, found 3 from row"));
}

TEST_CASE("The direct method does not ask weights that no number can hold", "[evaluators]") {
  const auto ranges = ranges_of({2, 2});
  const EvaluationLog log{ranges, Row<double>::Ones(4), Row<double>::Constant(4, 500), {1, 2}};
  const ImportanceWeights weights(log);
  const ActionValues values = values_of(ranges, Row<double>::Ones(4), Row<double>::Constant(4, 2));
  CHECK(StepwiseEvaluator(log, weights, values, Weighting::ordinary, Row<double>::Zero(2)).value() == 2);
}

TEST_CASE("A cap that was reached is said to make another number of it", "[evaluators]") {
  const World of = world(2);
  const Estimand estimand{0.9, 6};
  const Data data = within_horizon(record(of.mdp, of.behavior, 200, 6, 3), estimand).episodes.data;
  const auto all = evaluation(of, data, estimand, {.cap = 1.01, .interval = IntervalMethod::student_t});
  CHECK(mentions(all.estimate("pdis").warnings, "have a weight above the cap"));
  CHECK(!mentions(all.estimate("dm").warnings, "above the cap"));
}

TEST_CASE("Values that are not of the log or its estimand are refused", "[evaluators]") {
  const TwoStepExample example;
  const EvaluationLog log = example.log();
  const ImportanceWeights weights(log);
  ActionValues values = example.wrong_values();
  values.next(5) = 1;
  const std::string words = "expected that nothing follows a terminal, found the value 1 after row 5";
  CHECK_THROWS_WITH(StepwiseEvaluator(log, weights, values, Weighting::ordinary), Contains(words));
  CHECK_THROWS_WITH(TrajectorywiseEvaluator(log, weights, values, Weighting::ordinary), Contains(words));
  EvaluationLog cut = log;
  std::vector<TrajectoryRange> unfinished(cut.trajectories.begin(), cut.trajectories.end());
  for (TrajectoryRange& range : unfinished) range.terminal = false;
  cut.trajectories = unfinished;
  CHECK_THROWS_WITH(temporal_differences(cut, values),
                    Contains("nothing follows the horizon") && Contains("over 2 steps"));
  cut.estimand.horizon = 0;
  CHECK_NOTHROW(temporal_differences(cut, values));
  values.estimand = Estimand{0.8, 0};
  CHECK_THROWS_WITH(temporal_differences(cut, values),
                    Contains("expected those of the sum of rewards, discounted by 0.9, without end, found those of the "
                             "sum of rewards, discounted by 0.8, without end"));
  values.q.conservativeResize(3);
  CHECK_THROWS_WITH(continued_returns(log, values), Contains("expected 12 steps of 6 trajectories, found 3"));
}

TEST_CASE("MAGIC is a number where few trajectories have any weight", "[evaluators]") {
  const auto ranges = ranges_of(std::vector<Index>(40, 1));
  EvaluationLog log{ranges, Row<double>::Ones(40), Row<double>::Constant(40, -INFINITY), {1, 1}};
  log.log_ratios(7) = std::log(30.0);
  const ImportanceWeights weights(log);
  const StepwiseEvaluator weighted(log, weights, ActionValues::zero(log), Weighting::self_normalized);
  CHECK(weighted.value() == Approx(1));
  CHECK(magic_fade(weighted).allFinite());
}

}  // namespace estimates_test
