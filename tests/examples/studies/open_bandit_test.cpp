/// \file
/// Tests the evaluators of trajectories on logs of a contextual bandit, against worked numbers.
///
/// Some tests read the "men" part of the small sample of the Open Bandit Dataset (Saito et al. 2021, CC BY 4.0), which
/// is not part of the project: the environment variable HOLDFAST_OPEN_BANDIT names the folder that holds random/men.csv
/// and bts/men.csv. Without it they say that they are skipped.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "studies/open_bandit/evaluate.hpp"

namespace open_bandit_test {

using namespace bandit;

namespace {

/// An item's probability at each position, how often it was shown there by the uniform policy, and how often it was
/// clicked.
struct ItemRow {
  std::array<double, 3> chance;
  std::array<Index, 3> shown;
  std::array<Index, 3> clicked;
};

/// The campaign "men": Thompson sampling from its priors, and the counts of the log random/men.csv.
const std::vector<ItemRow> men = {
    {{.04567971, .04582172, .05240647}, {82, 104, 86}, {0, 3, 1}},
    {{.00422578, .00303831, .00321978}, {81, 123, 98}, {0, 0, 0}},
    {{.03257137, .04087636, .05221561}, {110, 99, 95}, {1, 0, 0}},
    {{.01370814, .03265992, .05850917}, {89, 106, 103}, {1, 1, 0}},
    {{.00075407, .00048365, .00049563}, {95, 94, 96}, {0, 0, 0}},
    {{.00254308, .00176302, .00184968}, {106, 113, 94}, {0, 0, 0}},
    {{.03612454, .05633097, .07811925}, {96, 87, 107}, {1, 0, 1}},
    {{.01689292, .02162662, .02877075}, {92, 118, 106}, {0, 0, 1}},
    {{.01671410, .01499511, .01704106}, {74, 99, 87}, {0, 0, 0}},
    {{.03354256, .04474958, .05853905}, {112, 89, 89}, {0, 1, 0}},
    {{.00401454, .00766287, .01302280}, {94, 110, 105}, {0, 0, 0}},
    {{.00083083, .00092449, .00122150}, {111, 130, 104}, {2, 1, 0}},
    {{.00042758, .00056829, .00082952}, {107, 79, 109}, {1, 0, 0}},
    {{.28660457, .31370795, .20870862}, {105, 84, 84}, {0, 0, 1}},
    {{.01790794, .01797345, .02139391}, {99, 102, 102}, {1, 0, 0}},
    {{.00334660, .00236457, .00249389}, {81, 85, 83}, {0, 1, 0}},
    {{.00447638, .00243603, .00231440}, {96, 93, 107}, {0, 0, 0}},
    {{.00893538, .00903321, .01098549}, {94, 103, 79}, {0, 1, 0}},
    {{.05324377, .02209621, .01902962}, {88, 103, 102}, {0, 1, 1}},
    {{.01606230, .00997800, .00981252}, {103, 97, 84}, {0, 0, 1}},
    {{.00201949, .00185312, .00220669}, {107, 96, 95}, {1, 0, 2}},
    {{.04011770, .02094308, .01918506}, {106, 106, 99}, {0, 1, 0}},
    {{.06445072, .03678444, .03426869}, {94, 111, 99}, {0, 0, 1}},
    {{.15375389, .16204806, .15460936}, {94, 101, 101}, {1, 0, 1}},
    {{.00283656, .00247735, .00287172}, {91, 96, 76}, {0, 0, 0}},
    {{.00039024, .00029977, .00033335}, {112, 106, 116}, {0, 2, 1}},
    {{.03213193, .02921120, .03269196}, {92, 91, 102}, {0, 2, 0}},
    {{.02187145, .02104084, .02443677}, {108, 95, 96}, {1, 1, 0}},
    {{.00287119, .00229998, .00256427}, {90, 96, 108}, {0, 2, 0}},
    {{.02551296, .02047899, .02198456}, {98, 106, 124}, {0, 0, 0}},
    {{.00198794, .00142881, .00152535}, {88, 102, 89}, {0, 2, 2}},
    {{.02859784, .02283408, .02438114}, {105, 102, 114}, {0, 0, 1}},
    {{.00453086, .00267527, .00261946}, {100, 67, 82}, {0, 0, 0}},
    {{.02032106, .02653466, .03534292}, {84, 95, 107}, {0, 3, 0}},
};

Approx to(double value, double digits = 5.1e-11) { return Approx(value).margin(digits).epsilon(0); }

Matrix<double> table_chances() {
  Matrix<double> table(34, positions);
  for (Index k = 0; k < table.rows(); ++k)
    for (Index p = 0; p < positions; ++p)
      table(k, p) = men[static_cast<std::size_t>(k)].chance[static_cast<std::size_t>(p)];
  return table;
}

/// Returns a log with these counts, from the uniform policy.
Data table_log() {
  std::vector<Recommendation> log;
  for (std::size_t k = 0; k < men.size(); ++k)
    for (std::size_t p = 0; p < positions; ++p)
      for (Index i = 0; i < men[k].shown[p]; ++i)
        log.push_back({static_cast<Index>(k), static_cast<Index>(p), i < men[k].clicked[p] ? 1.0 : 0.0, 1.0 / 34});
  return dataset(log, 34);
}

/// Returns the logarithms of the given probabilities of the logged items.
Row<double> target_of(const Data& log, const Matrix<double>& table) {
  Row<double> target(log.size());
  for (Index i = 0; i < log.size(); ++i)
    target(i) = std::log(table(log.actions(i), *one_hot_state(log.observations.col(i))));
  return target;
}

/// Returns the evaluation of all estimators with some Q, or none.
OffPolicyEvaluation<Data> with(const Data& log, const Matrix<double>& table,
                               std::optional<ActionValues> values = std::nullopt,
                               double cap = ImportanceWeights::uncapped) {
  return {log,
          make_log(Episodes(log), clicks, target_of(log, table), log.action_log_probs),
          std::move(values),
          {.cap = cap, .interval = IntervalMethod::student_t}};
}

/// Returns the rows at one position.
Data at_position(const Data& log, Index position) {
  std::vector<Index> rows;
  for (Index i = 0; i < log.size(); ++i)
    if (log.observations(position, i) == 1) rows.push_back(i);
  return log.select(rows);
}

/// Returns the values of Q for every second row, fitted to the other rows, in the order of the file.
ActionValues parity_values(const Data& log, TabularPolicy& policy) {
  std::array<std::vector<Index>, 2> halves;
  for (Index i = 0; i < log.size(); ++i) halves[static_cast<std::size_t>(i % 2)].push_back(i);
  ActionValues values{Row<double>(log.size()), Row<double>::Zero(log.size()), Row<double>(log.size())};
  for (std::size_t half = 0; half < 2; ++half) {
    const LinearFqe<ActionBlocks> rates(log.select(halves[1 - half]), policy, clicks);
    const ActionValues own = rates.values(Episodes(log.select(halves[half])), policy);
    for (std::size_t i = 0; i < halves[half].size(); ++i) {
      values.q(halves[half][i]) = own.q(static_cast<Index>(i));
      values.initial(halves[half][i]) = own.initial(static_cast<Index>(i));
    }
  }
  return values;
}

/// Returns the dataset's folder, if there is one.
std::optional<std::filesystem::path> data_folder() {
  const char* const named = std::getenv("HOLDFAST_OPEN_BANDIT");  // NOLINT(concurrency-mt-unsafe)
  if (named != nullptr && std::filesystem::exists(std::filesystem::path(named) / "random" / "men.csv")) return named;
  WARN("skipped: HOLDFAST_OPEN_BANDIT names no folder with random/men.csv of the Open Bandit Dataset");
  return std::nullopt;
}

bool mentions(const std::vector<std::string>& warnings, const std::string& words) {
  return std::any_of(warnings.begin(), warnings.end(),
                     [&](const std::string& warning) { return warning.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("Thompson sampling gives each item each rank as often as the table says", "[open_bandit]") {
  const Matrix<double> found = rank_probabilities(priors("men"), positions);
  CHECK((found - table_chances()).cwiseAbs().maxCoeff() < 5.1e-9);
  const Matrix<double> women = rank_probabilities(priors("women"), positions);
  CHECK(women(36, 0) == to(.2050366171));
  CHECK(women(34, 0) == to(.2020095564));
  CHECK(women(38, 0) == to(.1143684848));
  CHECK(women(45, 0) == to(.0716054847));
  CHECK(women(27, 0) == to(.0556531205));
  CHECK(women(35, 0) == to(.0547624342));
  for (const Matrix<double>* all : {&found, &women}) CHECK((all->colwise().sum().array() - 1).abs().maxCoeff() < 1e-12);
}

TEST_CASE("The ranks of few items are as likely as sums say", "[open_bandit]") {
  // P(θ_0 > θ_1) = Σ_{i < α_0} B(α_1 + i, β_0 + β_1) / ((β_0 + i) B(1 + i, β_0) B(α_1, β_1)).
  const auto log_beta = [](double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); };
  double first = 0;
  for (int i = 0; i < 30; ++i)
    first += std::exp(log_beta(35 + i, 80) - std::log(40 + i) - log_beta(1 + i, 40) - log_beta(35, 40));
  const Matrix<double> two = rank_probabilities({{30, 40}, {35, 40}}, 2);
  const Matrix<double> expected{{first, 1 - first}, {1 - first, first}};
  CHECK((two - expected).cwiseAbs().maxCoeff() < 1e-12);
  const Matrix<double> alike = rank_probabilities(std::vector<BetaPrior>(5, {20, 300}), 3);
  CHECK((alike.array() - 0.2).abs().maxCoeff() < 1e-12);
  CHECK_THROWS_WITH(rank_probabilities({{20, 300}}, 2), Contains("ranks must be at least 1 and at most the number"));
  CHECK_THROWS_WITH(rank_probabilities({{0.5, 300}, {20, 300}}, 2), Contains("alpha must be at least 1, but is 0.5"));
  CHECK_THROWS_WITH(rank_probabilities({{20, 0}, {20, 300}}, 2), Contains("beta must be at least 1, but is 0"));
}

TEST_CASE("Estimators of trajectories give a bandit's worked numbers", "[open_bandit]") {
  const Data log = table_log();
  REQUIRE(log.size() == 10000);
  CHECK(log.rewards.sum() == 46);
  const Matrix<double> table = table_chances();
  TabularPolicy policy = policy_of(table);
  const auto all = with(log, table, click_rates(Episodes(log), policy, 1, 0));
  CHECK(all.estimate("is").estimate == to(.0045400556));
  CHECK(all.estimate("is").standard_error == to(.0011820748));
  CHECK(all.estimate("wis").estimate == to(.0046102128));
  CHECK(all.overlap().mean_weight == to(.9847822194));
  CHECK(all.overlap().effective_sample_size == to(2474.2708338902));
  // Fitted to the rows that they are evaluated on, under uniform behavior, the rates leave no errors to weight.
  for (const char* name : {"dm", "dr", "wdr"}) CHECK(all.estimate(name).estimate == to(.0046422965));

  // With a Q that is the same for all, wdr is wis. Computed with probabilities that were not rounded.
  const Matrix<double> exact = chances("bts", "men");
  const ActionValues same{Row<double>::Constant(log.size(), .0046), Row<double>::Zero(log.size()),
                          Row<double>::Constant(log.size(), .0046)};
  const auto constant = with(log, exact, same);
  CHECK(constant.estimate("is").estimate == to(.0045400558));
  CHECK(constant.estimate("dr").estimate == to(.0046100575));
  CHECK(constant.estimate("wdr").estimate == to(.0046102130));
  CHECK(constant.estimate("wis").estimate == to(constant.estimate("wdr").estimate, 1e-15));

  double by_position = 0;
  for (Index p = 0; p < positions; ++p) {
    const Data part = at_position(log, p);
    by_position += with(part, table).estimate("wis").estimate * static_cast<double>(part.size()) / 10000;
  }
  CHECK(by_position == to(.0046283337));
}

TEST_CASE("At horizon one the estimators of steps are those of trajectories", "[open_bandit]") {
  const Data log = table_log();
  const auto all = with(log, table_chances());
  const double is = all.estimate("is").estimate;
  const double wis = all.estimate("wis").estimate;
  CHECK(all.estimate("pdis").estimate == to(is, 1e-15));
  CHECK(all.estimate("mis").estimate == to(is, 1e-15));
  CHECK(all.estimate("wpdis").estimate == to(wis, 1e-15));
}

TEST_CASE("The program's evaluation is that of the table, cross-fitted or not", "[open_bandit]") {
  const Episodes log(table_log());
  TabularPolicy policy = policy_of(chances("bts", "men"));
  const EstimateOptions options{.interval = IntervalMethod::student_t, .seed = 3};
  const auto fitted = evaluate(log, policy, 1, options);
  CHECK(fitted.estimate("is").estimate == to(.0045400558));
  CHECK(fitted.estimate("dr").estimate == to(.0046422965, 1e-9));
  const auto crossed = evaluate(log, policy, 5, options);
  CHECK(crossed.estimate("is").estimate == fitted.estimate("is").estimate);
  CHECK(std::abs(crossed.estimate("dr").estimate - fitted.estimate("dr").estimate) > 1e-6);
  CHECK(std::abs(crossed.estimate("dr").estimate - fitted.estimate("dr").estimate) < 5e-4);
  CHECK_THROWS_WITH(evaluate(log, policy, 10001, options), Contains("folds must be at most the number of"));
  // The policy that acted itself: all weights are 1.
  TabularPolicy uniform = policy_of(chances("uniform", "men"));
  const auto own = evaluate(log, uniform, 1, options);
  CHECK(own.estimate("is").estimate == to(.0046, 1e-12));
  CHECK(own.overlap().effective_sample_size == to(10000, 1e-6));
  CHECK_THROWS_WITH(chances("greedy", "men"), Contains("policy must be uniform or bts"));
  CHECK_THROWS_WITH(chances("bts", "all"), Contains("campaign must be one of men, women"));
}

TEST_CASE("One propensity near zero is told from a log that can be trusted", "[open_bandit]") {
  Data log = table_log();
  const Matrix<double> uniform = Matrix<double>::Constant(34, positions, 1.0 / 34);
  CHECK(with(log, uniform).estimate("wis").warnings.empty());
  log.action_log_probs(17) = std::log(1e-6);
  const PolicyEstimate found = with(log, uniform).estimate("wis");
  CHECK(found.effective_sample_size < 3);
  CHECK(mentions(found.warnings, "the weight of 10000 trajectories is that of 1.8:"));
  CHECK(mentions(found.warnings, "the weights' mean is 3.9"));
  CHECK(mentions(found.warnings, "a hundredth of the trajectories carries"));
  CHECK(with(log, uniform, std::nullopt, 10).estimate("is").effective_sample_size > 9900);
}

TEST_CASE("random/men.csv: Thompson sampling from uniform recommendations", "[open_bandit]") {
  const auto folder = data_folder();
  if (!folder) return;
  const Data log = read_log(*folder / "random" / "men.csv", 34);
  REQUIRE(log.size() == 10000);
  CHECK(log.rewards.sum() == 46);
  const std::array<double, 3> shown = {3284, 3388, 3328};
  const std::array<double, 3> clicked = {10, 22, 14};
  for (Index p = 0; p < positions; ++p) {
    const Data part = at_position(log, p);
    CHECK(static_cast<double>(part.size()) == shown[static_cast<std::size_t>(p)]);
    CHECK(part.rewards.sum() == clicked[static_cast<std::size_t>(p)]);
  }
  const Matrix<double> bts = chances("bts", "men");
  TabularPolicy policy = policy_of(bts);
  const auto all = with(log, bts, parity_values(log, policy));
  CHECK(all.estimate("is").estimate == to(.0045400558));
  CHECK(all.estimate("dm").estimate == to(.0048289078));
  CHECK(all.estimate("dr").estimate == to(.0045446879));
  CHECK(all.estimate("wdr").estimate == to(.0045402959));
  CHECK(all.estimate("wis").warnings.empty());
}

TEST_CASE("bts/men.csv: uniform recommendations from Thompson sampling", "[open_bandit]") {
  const auto folder = data_folder();
  if (!folder) return;
  const Data log = read_log(*folder / "bts" / "men.csv", 34);
  REQUIRE(log.size() == 10000);
  CHECK(log.rewards.sum() == 69);
  const Matrix<double> uniform = chances("uniform", "men");
  const auto all = with(log, uniform);
  CHECK(all.overlap().mean_weight == to(.9433136257));
  CHECK(std::exp(all.weights().log_final_scale()) == to(178.2531194296));
  CHECK(all.overlap().effective_sample_size == to(655.7098495873));
  CHECK(all.estimate("is").estimate == to(.0030086263));
  CHECK(all.estimate("is").standard_error == to(.0007739355));
  CHECK(all.estimate("wis").estimate == to(.0031894232));
  CHECK(with(log, uniform, std::nullopt, 10).estimate("is").estimate == to(.0030086263));
  CHECK(all.estimate("is").warnings.empty());  // 656 of 10,000 are few, but enough
  const std::array<double, 3> values = {.0043635533, .0017931009, .0028441494};
  const std::array<double, 3> means = {1.0203362639, .8942425248, .9147438530};
  for (Index p = 0; p < positions; ++p) {
    const Data part = at_position(log, p);
    const auto own = with(part, uniform);
    CHECK(own.estimate("is").estimate == to(values[static_cast<std::size_t>(p)]));
    CHECK(own.overlap().mean_weight == to(means[static_cast<std::size_t>(p)]));
  }
}

}  // namespace open_bandit_test
