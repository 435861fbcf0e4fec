/// \file
/// Tests the table of estimators: what a row must have, and a user's own estimator beside those of the library.
#include "holdfast/evaluators/estimators.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/concepts.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/estimates.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/evaluators/ranking.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"
#include "support/tabular_world.hpp"

namespace estimators_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Data = Transitions<double, ActionIndices>;

// [an estimator]
// The mean of one number per trajectory.
class Mean {
 public:
  explicit Mean(Row<double> samples) : samples_(std::move(samples)) {}
  [[nodiscard]] double value() const { return samples_.mean(); }
  [[nodiscard]] const Row<double>& samples() const { return samples_; }
  [[nodiscard]] double resampled(const Row<double>& counts) const { return (counts * samples_).mean(); }

 private:
  Row<double> samples_;
};

// The mean return of the behavior policy: nothing is weighted.
struct Earned {
  static constexpr EstimatorRow row{.name = "earned", .summary = "what the behavior earned"};
  template <class Data>
  static Mean evaluator(const Evidence<Data>& evidence) {
    return Mean(continued_returns(evidence.log, ActionValues::zero(evidence.log)));
  }
};
// [an estimator]

/// The library's pdis under another name.
struct Own {
  static constexpr EstimatorRow row{
      .name = "own", .summary = "pdis again", .weighs = Weighs::trajectories, .bounded = true};
  template <class Of>
  static StepwiseEvaluator evaluator(const Evidence<Of>& evidence) {
    return {evidence.log, evidence.weights, evidence.continued, Weighting::ordinary};
  }
};

/// The library's mis under another name. It needs a Q that it does not use.
struct OwnSteps {
  static constexpr EstimatorRow row{.name = "steps", .needs_q = true, .weighs = Weighs::steps};
  template <class Of>
  static MarginalizedEvaluator evaluator(const Evidence<Of>& evidence) {
    return estimators::Mis::evaluator(evidence);
  }
};

using Table = Estimators::With<Earned, Own, OwnSteps>;
using Evaluation = OffPolicyEvaluation<Data, Table>;

Evaluation evaluation_of(const Data& data, const Matrix<double>& target, const Estimand& estimand,
                         const EstimateOptions& options = {}) {
  auto policy = tabular_policy(target);
  return {data, make_log(Episodes(data), estimand, log_probs(policy, data), recorded_log_probs(data)),
          LinearFqe<ActionBlocks>(data, policy, estimand).values(Episodes(data), policy), options};
}

template <class E>
struct Makes {
  template <class Of>
  static E evaluator(const Evidence<Of>&);
};
struct Unnamed : Makes<Mean> {
  static constexpr EstimatorRow row{};
};
struct WithoutRow : Makes<Mean> {};
struct Changing : Makes<Mean> {
  static inline EstimatorRow row{.name = "changing"};
};
struct WithoutEvaluator {
  static constexpr EstimatorRow row{.name = "silent"};
};
struct OfNoEvaluator : Makes<double> {
  static constexpr EstimatorRow row{.name = "number"};
};
struct RestingOnNothing : Makes<Mean> {
  static constexpr EstimatorRow row{.name = "resting", .rests_on_q = true};
};
struct WithoutStepWeights : Makes<Mean> {
  static constexpr EstimatorRow row{.name = "weightless", .weighs = Weighs::steps};
};

}  // namespace

static_assert(IsEstimator<Earned> && check_estimator<Earned>());
static_assert(IsEstimator<Own, Data> && check_estimator<Own, Data>());
static_assert(IsEstimator<OwnSteps>);
static_assert(!IsEstimator<Unnamed>);
static_assert(!IsEstimator<WithoutRow>);
static_assert(!IsEstimator<Changing>);
static_assert(!IsEstimator<WithoutEvaluator>);
static_assert(!IsEstimator<OfNoEvaluator>);
static_assert(!IsEstimator<RestingOnNothing>);
static_assert(!IsEstimator<WithoutStepWeights>);

TEST_CASE("Every row of the library's table is an estimator", "[evaluators]") {
  Index count = 0;
  Estimators::for_each([&]<class Entry>() {
    static_assert(check_estimator<Entry>());
    static_assert(IsEstimator<Entry, Data> &&
                  IsEstimator<Entry, Transitions<float, ActionIndices, SparseMatrix<float>>>);
    CHECK(&Estimators::find(Entry::row.name) == &Estimators::rows[static_cast<std::size_t>(count)]);
    ++count;
  });
  CHECK(count == static_cast<Index>(Estimators::names.size()));
}

TEST_CASE("The table says which estimators are such", "[evaluators]") {
  CHECK(listed(Estimators::names_of([](const EstimatorRow& each) { return each.rests_on_q; })) == "dm and magic");
  CHECK(listed(Estimators::names_of([](const EstimatorRow& each) { return each.needs_q; })) == "dm, dr, wdr and magic");
  CHECK(listed(Estimators::names_of([](const EstimatorRow& each) { return !each.by_default; })) == "mis");
  CHECK(listed(Estimators::names_of([](const EstimatorRow& each) { return !each.needs_weights(); })) == "dm");
  CHECK(listed(Table::names_of([](const EstimatorRow& each) { return each.bounded; })) == "is, pdis and own");
  CHECK_THROWS_WITH(Table::find("earnt"), Contains("must be one of dm, is, ") &&
                                              Contains("mis, earned, own, steps, ") &&
                                              Contains("did you mean \"earned\"?"));
  CHECK_THROWS_WITH(Estimators::find("earned"), Contains("but is \"earned\""));
}

TEST_CASE("An estimator of one's own is answered for, bootstrapped and warned about as those of the library",
          "[evaluators]") {
  const World of = world();
  using enum IntervalMethod;
  for (const Estimand estimand : {Estimand{0.9, 3}, Estimand{0.9, 0}})
    for (const EstimateOptions& options :
         {EstimateOptions{}, EstimateOptions{.interval = student_t},
          EstimateOptions{.cap = 1.2, .interval = hoeffding, .reward_range = Interval{0, 1}}}) {
      const Data data = within_horizon(record(of.mdp, of.behavior, 300, 3, 4), estimand).episodes.data;
      const Evaluation all = evaluation_of(data, of.target, estimand, options);
      const std::vector<PolicyEstimate> answers = all.estimates();
      REQUIRE(answers.size() == Estimators::rows.size() + 3);
      for (const auto& [own, known] : {std::pair("own", "pdis"), std::pair("steps", "mis")}) {
        INFO(own);
        const PolicyEstimate mine = all.estimate(own);
        const PolicyEstimate other = all.estimate(known);
        CHECK(mine.estimator == own);
        CHECK(mine.estimate == other.estimate);
        CHECK(mine.standard_error == other.standard_error);
        CHECK(mine.effective_sample_size == other.effective_sample_size);
        CHECK(mine.warnings == other.warnings);
        CHECK(mine.trustworthy == other.trustworthy);
        const bool both = std::isnan(mine.interval.lower) && std::isnan(other.interval.lower);
        CHECK((both || mine.interval.lower == other.interval.lower));
        CHECK((both || mine.interval.upper == other.interval.upper));
      }
      const PolicyEstimate& earned = answers[Estimators::rows.size()];
      CHECK(earned.estimator == "earned");
      CHECK(std::isnan(earned.effective_sample_size));
      CHECK(earned.estimate == Approx(continued_returns(all.log(), ActionValues::zero(all.log())).mean()));
      if (options.interval == hoeffding)
        CHECK_THAT(earned.warnings.back(), Contains("which is, pdis and own have with a cap"));
      else
        CHECK(earned.interval.contains(earned.estimate));
    }
}

TEST_CASE("An estimator of one's own is refused what it needs and is not there", "[evaluators]") {
  const World of = world();
  const Estimand endless{0.9, 0};
  const Data data = within_horizon(record(of.mdp, of.behavior, 30, 3, 4), endless).episodes.data;
  auto policy = tabular_policy(of.target);
  const Evaluation all(data, make_log(Episodes(data), endless, log_probs(policy, data), recorded_log_probs(data)),
                       std::nullopt);
  CHECK_THROWS_WITH(all.estimate("steps"), Contains("estimator steps needs a Q"));
  CHECK_THROWS_WITH(all.estimate("own"), Contains("estimator own: without a horizon it needs a Q"));
  CHECK(std::isfinite(all.estimate("earned").estimate));
  const OffPolicyEvaluation library(data, all.log(), std::nullopt);  // its table is that of the library
  CHECK_THROWS_WITH(library.estimate("earned"), Contains("estimator must be one of dm, is, "));
}

TEST_CASE("An estimator of one's own ranks policies as those of the library do", "[evaluators]") {
  const World of = world();
  const Estimand estimand{0.9, 3};
  const Data data = within_horizon(record(of.mdp, of.behavior, 500, 3, 4), estimand).episodes.data;
  const std::vector<std::string> names = {"pdis", "own", "earned"};
  Matrix<double> estimates(3, 4);
  Row<double> truth(4);
  for (Index p = 0; p < 4; ++p) {  // from the behavior to the target
    const Matrix<double> mixed = of.behavior + static_cast<double>(p) / 3 * (of.target - of.behavior);
    const auto answers = evaluation_of(data, mixed, estimand).estimates(names);
    for (Index e = 0; e < 3; ++e) estimates(e, p) = answers[static_cast<std::size_t>(e)].estimate;
    truth(p) = of.mdp.initial.dot(exact_value(of.mdp, mixed, estimand));
  }
  const Row<double> pdis = estimates.row(0).array();
  const Row<double> own = estimates.row(1).array();
  CHECK((own == pdis).all());
  CHECK(spearman(truth, own) == spearman(truth, pdis));
  CHECK(regret_at(1, truth, own) == regret_at(1, truth, pdis));
  CHECK(std::isnan(spearman(truth, Row<double>(estimates.row(2).array()))));  // the same for every policy
}

}  // namespace estimators_test
