#include "holdfast/data/summary.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"

namespace summary_test {

using namespace holdfast;
using fixture::chain;

TEST_CASE("a distribution has mean, deviation, range and quantiles") {
  const Distribution d = Distribution::of({4, 1, 3, 2, 10});
  CHECK(d.mean == 4);
  CHECK(d.deviation == Approx(std::sqrt((0 + 9 + 1 + 4 + 36) / 5.0)));
  CHECK(d.lowest == 1);
  CHECK(d.highest == 10);
  // Linear interpolation between neighbors: at 0.05 · 4 = 0.2 from 1 to 2, at 0.95 · 4 = 3.8 from 4 to 10.
  CHECK(d.quantiles[0] == Approx(1.2));
  CHECK(d.quantiles[1] == 2);
  CHECK(d.quantiles[2] == 3);
  CHECK(d.quantiles[3] == 4);
  CHECK(d.quantiles[4] == Approx(8.8));

  const Distribution one = Distribution::of({7});
  CHECK((one.mean == 7 && one.deviation == 0 && one.lowest == 7 && one.highest == 7));
  for (const double quantile : one.quantiles) CHECK(quantile == 7);
  CHECK(Distribution::of({}).mean == 0);
}

TEMPLATE_TEST_CASE("a summary counts episodes, flags and returns", "", float, double) {
  // Rewards 1 … 8. Episodes: rows 0–2 end in a time-out, 3–4 in a terminal, 5 in both, 6 breaks off; row 7 begins
  // inside an episode.
  auto data = chain<TestType>({0, 0, 0, 0, 1, 1, 0, 0}, {0, 0, 1, 0, 0, 1, 0, 0});
  data.next_observations(0, 6) = 50;
  const DatasetSummary summary = summarize(data);
  CHECK(summary.transitions == 8);
  CHECK(summary.episodes == 4);
  CHECK(summary.terminals == 2);
  CHECK(summary.timeouts == 2);
  CHECK(summary.unfinished == 1);
  CHECK(summary.breaks == 1);
  CHECK(summary.first_break == 6);
  CHECK(summary.observation_size == 2);
  CHECK(summary.action_size == 1);
  CHECK(summary.returns.mean == Approx((6 + 9 + 6 + 7) / 4.0));
  CHECK(summary.returns.lowest == 6);
  CHECK(summary.returns.highest == 9);
  CHECK(summary.returns.quantiles[2] == 6.5);
  CHECK(summary.lengths.lowest == 1);
  CHECK(summary.lengths.highest == 3);
  CHECK(summary.lengths.mean == Approx(7 / 4.0));
  CHECK(summary.rewards.lowest == 1);
  CHECK(summary.rewards.highest == 8);
  CHECK(summary.rewards.mean == 4.5);
  CHECK_FALSE(summary.has_action_log_probs);
  CHECK(summary.action_log_probs.mean == 0);

  data.action_log_probs = -data.rewards;
  CHECK(summarize(data).has_action_log_probs);
  CHECK(summarize(data).action_log_probs.mean == -4.5);
}

TEST_CASE("a summary of trajectories that are known counts those, which must be the dataset's") {
  auto data = chain<float>({0, 0, 0, 1}, {0, 0, 0, 0});
  data.next_observations(0, 1) = 50;
  CHECK(summarize(data).episodes == 2);
  CHECK(summarize(data, trajectories(data)).episodes == 2);
  CHECK(summarize(data, recorded_trajectories(data)).episodes == 1);
  CHECK_THROWS_WITH(summarize(data, Trajectories()), Contains("a dataset of 4 transitions, found some of 0"));
}

TEST_CASE("a summary describes each feature of the observations") {
  auto data = chain<float>({0, 0, 0, 0}, {0, 0, 0, 1});
  data.observations.row(0) << -1, 1, -1, 1;
  data.observations.row(1).setConstant(1e6F + 0.5F);
  const std::vector<FeatureSummary> features = summarize(data).observations;
  REQUIRE(features.size() == 2);
  CHECK((features[0].mean == 0 && features[0].deviation == 1));
  CHECK((features[0].lowest == -1 && features[0].highest == 1));
  CHECK((features[1].mean == 1e6 + 0.5 && features[1].deviation == 0));
}

TEST_CASE("a summary tells how much of their range the actions cover, and how many lie on its border or beyond") {
  const std::vector<int> none(8, 0);
  auto data = chain<double>(none, none);
  data.actions.resize(3, 8);
  data.actions.row(0) << -1, -0.95, 0.05, 0.07, 0.5, 1, 1, 1 - 1e-7;  // bins 0, 10, 15, 19 of 20
  data.actions.row(1).setConstant(0.999);
  data.actions.row(2) << 0, 0, 0, 0, 1.5, -2, 1 + 1e-7, 0;
  const std::vector<ActionSummary> features = summarize(data).actions;
  REQUIRE(features.size() == 3);
  CHECK(features[0].coverage == Approx(4 / 20.0));
  CHECK(features[0].border_share == 4 / 8.0);
  CHECK(features[0].outside_share == 0);
  CHECK(features[1].coverage == Approx(1 / 20.0));
  CHECK(features[1].border_share == 0);
  CHECK(features[2].coverage == Approx(2 / 20.0));
  CHECK(features[2].border_share == 1 / 8.0);
  CHECK(features[2].outside_share == 2 / 8.0);
  CHECK((features[2].lowest == -2 && features[2].highest == 1.5));

  const std::vector<ActionSummary> wide = summarize(data, {.action_limit = 2, .coverage_bins = 2}).actions;
  CHECK(wide[0].coverage == 1);
  CHECK(wide[1].coverage == 0.5);
  CHECK(wide[0].border_share == 0);
  CHECK(wide[2].border_share == 1 / 8.0);
  CHECK(wide[2].outside_share == 0);
}

TEST_CASE("actions clipped to float(1 - 1e-6) lie on the border") {
  auto data = chain<float>({0, 0}, {0, 0});
  data.actions << static_cast<float>(1 - 1e-6), -static_cast<float>(1 - 2e-6);
  CHECK(summarize(data).actions[0].border_share == 0.5);
}

TEST_CASE("a summary counts the actions of a finite set") {
  auto data = fixture::finite_chain<float>({0, 0, 0, 0, 1, 0, 0}, {0, 0, 1, 0, 0, 0, 0}, 5);
  data.actions << 4, 1, 1, 0, 1, 4, 4;
  const DatasetSummary summary = summarize(data);
  CHECK(summary.action_counts == std::vector<Index>{1, 3, 0, 0, 3});
  CHECK(summary.action_size == 5);
  CHECK(summary.actions.empty());
  CHECK(summary.episodes == 3);
  CHECK(summary.returns.highest == 13);
  CHECK_FALSE(summary.one_hot);
  CHECK(summarize(chain<float>({0}, {0})).action_counts.empty());

  data.observations = one_hot<float>(ActionIndices{{0, 1, 2, 0, 2, 2, 2}}, 4);
  data.next_observations = one_hot<float>(ActionIndices{{1, 2, 0, 2, 2, 2, 2}}, 4);
  CHECK(summarize(data).one_hot);
  data.observations(3, 2) = 1;
  CHECK_FALSE(summarize(data).one_hot);
  data.action_count = 2147483647;
  CHECK_THROWS_AS(summarize(data), DataError);
  CHECK_THROWS_WITH(summarize(data), Contains("action_count: expected at most 16777216 actions, each to be counted, "
                                              "found 2147483647; set it to how many there are"));
  data.action_count = 5;
  data.actions(3) = 5;
  CHECK_THROWS_WITH(summarize(data), Contains("actions: expected numbers from 0 to 4, found 5 in row 3"));
}

TEST_CASE("what cannot be summed up is refused") {
  CHECK_THROWS_AS(summarize(Transitions<float>{}), DataError);
  auto data = chain<float>({0}, {0});
  CHECK_THROWS_AS(summarize(data, {.action_limit = 0}), ConfigError);
  CHECK_THROWS_AS(summarize(data, {.action_limit = std::numeric_limits<double>::infinity()}), ConfigError);
  CHECK_THROWS_AS(summarize(data, {.coverage_bins = 0}), ConfigError);
  data.rewards(0) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(summarize(data), DataError);
}

}  // namespace summary_test
