/// \file
/// Tests which transitions an estimand counts, and which datasets it refuses.
#include "holdfast/evaluators/estimand.hpp"

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "support/evaluation.hpp"

namespace estimand_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

enum class End { terminal, timeout, nothing };

struct Episode {
  Index length;
  End end;
};

/// Returns episodes whose only observation counts the steps; the reward is the number of the row.
Transitions<double> dataset_of(const std::vector<Episode>& episodes) {
  Index size = 0;
  for (const Episode& episode : episodes) size += episode.length;
  Transitions<double> data;
  data.observations.resize(1, size);
  data.next_observations.resize(1, size);
  data.actions.setZero(1, size);
  data.rewards.setLinSpaced(size, 0, static_cast<double>(size - 1));
  data.terminals.setZero(size);
  data.timeouts.setZero(size);
  Index row = 0;
  for (const Episode& episode : episodes)
    for (Index t = 0; t < episode.length; ++t, ++row) {
      data.observations(0, row) = static_cast<double>(t);
      data.next_observations(0, row) = static_cast<double>(t + 1);
      if (t + 1 < episode.length) continue;
      data.terminals(row) = episode.end == End::terminal;
      data.timeouts(row) = episode.end == End::timeout;
    }
  return data;
}

}  // namespace

TEST_CASE("The recorded horizon is what all time-outs share", "[evaluators]") {
  CHECK(recorded_horizon(dataset_of({{5, End::timeout}, {3, End::terminal}, {5, End::timeout}})) == 5);
  CHECK(recorded_horizon(dataset_of({{5, End::terminal}, {3, End::terminal}})) == 0);
  CHECK(recorded_horizon(dataset_of({{5, End::timeout}, {2, End::nothing}})) == 5);
  CHECK_THROWS_WITH(recorded_horizon(dataset_of({{5, End::timeout}, {4, End::timeout}})),
                    Contains("one after 5 and one after 4, in row 8") && Contains("infinite"));
  CHECK_THROWS_WITH(recorded_horizon(dataset_of({{3, End::timeout}, {5, End::terminal}, {3, End::timeout}})),
                    Contains("expected one after 3 steps of every episode") && Contains("trajectory of 5 from row 3"));
  CHECK_THROWS_WITH(recorded_horizon(dataset_of({{5, End::nothing}})),
                    Contains("where episodes end is not known") && Contains("max_episode_steps"));
}

TEST_CASE("Trajectories are cut at the horizon, by a time-out", "[evaluators]") {
  const auto data = dataset_of({{5, End::timeout}, {2, End::terminal}, {4, End::terminal}, {3, End::nothing}});
  const auto [cut, dropped, behind_gaps] = within_horizon(data, {0.9, 3});
  CHECK(dropped == 0);
  CHECK(behind_gaps == 0);
  CHECK((cut.data.rewards == row({0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 13})).all());
  CHECK((cut.data.timeouts.cast<int>() == Flags{{0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1}}.cast<int>()).all());
  CHECK((cut.data.terminals.cast<int>() == Flags{{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}}.cast<int>()).all());
  CHECK(cut.trajectories.size() == 4);
  CHECK(cut.trajectories == trajectories(cut.data));
  CHECK(cut.trajectories == recorded_trajectories(cut.data));
}

TEST_CASE("What broke off before the horizon is left out, and without one it is a time-out", "[evaluators]") {
  const auto data = dataset_of({{5, End::timeout}, {2, End::terminal}, {3, End::nothing}});
  const auto [cut, dropped, behind_gaps] = within_horizon(data, {0.9, 5});
  CHECK(dropped == 1);
  CHECK(cut.size() == 7);
  const auto [endless, none, behind_none] = within_horizon(data, {0.9, 0});
  CHECK(none == 0);
  CHECK(endless.size() == 10);
  CHECK(endless.data.timeouts(9) == 1);
}

TEST_CASE("Trajectories that are known are not looked for, and must be the dataset's", "[evaluators]") {
  const auto data = dataset_of({{5, End::timeout}, {2, End::terminal}, {5, End::timeout}, {3, End::nothing}});
  const Trajectories ranges = trajectories(data);
  CHECK(recorded_horizon(ranges) == recorded_horizon(data));
  for (const Index horizon : {Index{0}, Index{3}, Index{5}}) {
    const auto known = within_horizon(data, ranges, {0.9, horizon});
    const auto found = within_horizon(data, {0.9, horizon});
    CHECK(known.dropped == found.dropped);
    CHECK((known.episodes.data.rewards == found.episodes.data.rewards).all());
    CHECK(known.episodes.trajectories == found.episodes.trajectories);
    CHECK(known.episodes.trajectories == recorded_trajectories(known.episodes.data));
  }
  CHECK_THROWS_WITH(within_horizon(data, ranges.select({0, 1}), {0.9, 3}),
                    Contains("of 15 transitions, found some of 7"));
}

TEST_CASE("What begins inside an episode is no initial state, and is left out", "[evaluators]") {
  const auto data = dataset_of({{5, End::timeout}, {5, End::timeout}, {3, End::terminal}});
  const auto gap = data.select(std::vector<Index>{0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});  // without row 2
  CHECK(recorded_horizon(gap) == 5);
  const auto [cut, dropped, behind_gaps] = within_horizon(gap, {0.9, 5});
  CHECK(dropped == 1);
  CHECK(behind_gaps == 2);
  CHECK((cut.data.rewards == row({5, 6, 7, 8, 9, 10, 11, 12})).all());
  // Without a horizon, the rows recorded before the gap are an episode that was cut.
  const auto [endless, none, behind] = within_horizon(gap, {0.9, 0});
  CHECK(none == 0);
  CHECK(behind == 2);
  CHECK((endless.data.rewards == row({0, 1, 5, 6, 7, 8, 9, 10, 11, 12})).all());
  CHECK(endless.data.timeouts(1) == 1);
}

TEST_CASE("Evaluation refuses rows that do not follow each other, but for a few", "[evaluators]") {
  std::vector<Episode> many(100, Episode{5, End::timeout});
  const auto sound = dataset_of(many);
  const auto without = [&](Index every) {
    std::vector<Index> rows;
    for (Index row = 0; row < sound.size(); ++row)
      if (row % every != 2) rows.push_back(row);
    return sound.select(rows);
  };
  const Estimand estimand{0.9, 5};
  CHECK(within_horizon(sound, estimand).dropped == 0);
  CHECK(within_horizon(without(100), estimand).dropped == 5);
  CHECK_THROWS_WITH(within_horizon(without(80), estimand),
                    Contains("found 7 that do not, in 100 episodes, the first in row 1: rows are shuffled or missing"));
  CHECK_THROWS_WITH(recorded_horizon(without(80)), Contains("rows are shuffled or missing"));

  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Index> rows(static_cast<std::size_t>(sound.size()));
    std::iota(rows.begin(), rows.end(), Index{0});
    Generator generator(seed, Stream::sampling);
    for (Index i = sound.size() - 1; i > 0; --i)
      std::swap(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(generator.index(i + 1))]);
    const auto shuffled = sound.select(rows);
    CHECK_THROWS_WITH(recorded_horizon(shuffled), Contains("rows are shuffled or missing"));
    CHECK_THROWS_WITH(within_horizon(shuffled, estimand), Contains("rows are shuffled or missing"));
  }

  // If no time-out is recorded, a break may be an end, but it is unknown which breaks are.
  std::vector<Episode> cut(40, Episode{5, End::terminal});
  for (std::size_t i = 0; i < cut.size(); i += 4) cut[i].end = End::nothing;
  CHECK_THROWS_WITH(within_horizon(dataset_of(cut), estimand),
                    Contains("10 of 40 episodes that end with neither terminal nor timeout, the first in row 4; record "
                             "timeouts, or read the file with the number of steps"));
  for (std::size_t i = 4; i < cut.size(); ++i) cut[i].end = End::terminal;
  const auto [kept, dropped, behind_gaps] =
      within_horizon(dataset_of(cut), {0.9, 6});  // one trajectory that may have gone on
  CHECK(dropped == 1);
  CHECK(behind_gaps == 5);  // the transitions of the next trajectory, which may be the rest of it
  CHECK(kept.size() == 38 * 5);
}

TEST_CASE("Noise that is small in the whole recording breaks no episode after it was cut", "[evaluators]") {
  // In episodes cut after two of 200 steps, positions vary by less than the tolerated noise of the recording.
  auto data = dataset_of(std::vector<Episode>(20, Episode{200, End::timeout}));
  Generator generator(3);
  for (Index row = 0; row < data.size(); ++row) data.next_observations(0, row) += generator.uniform(-0.05, 0.05);
  const Estimand estimand{0.9, 2};
  const auto cut = within_horizon(data, estimand).episodes;
  REQUIRE(cut.size() == 40);
  CHECK(make_log(cut, estimand, Row<double>::Zero(40), Row<double>::Zero(40)).size() == 20);
  Index folds = 0;
  cross_fit(cut, 20, 1, [&](const auto&, const auto& held_out, const Held& held) {
    CHECK((held_out.size() == 2 && held.trajectories.size() == 1));
    ++folds;
  });
  CHECK(folds == 20);
}

TEST_CASE("Datasets and estimands that contradict each other are refused with the remedy", "[evaluators]") {
  CHECK_THROWS_WITH(within_horizon(dataset_of({{5, End::timeout}, {4, End::timeout}}), {0.9, 5}),
                    Contains("before step 5") && Contains("one after 4, in row 8") && Contains("at most 4"));
  CHECK_THROWS_WITH(within_horizon(dataset_of({{5, End::nothing}}), {0.9, 0}),
                    Contains("where episodes end is not known"));
  Transitions<double> broken = dataset_of({{5, End::nothing}, {2, End::nothing}});
  broken.timeouts(6) = 1;
  broken = broken.select(std::vector<Index>{0, 1, 2, 3, 4, 5, 6});
  CHECK_THROWS_WITH(within_horizon(broken, {1.5, 0}), Contains("discount must be in [0, 1], but is 1.5"));
  CHECK_THROWS_WITH(within_horizon(broken, {0.5, -1}), Contains("horizon must be"));
  // Undiscounted sums without a horizon exist only for episodes that end.
  const auto cut = dataset_of({{2, End::terminal}, {5, End::timeout}});
  CHECK_THROWS_WITH(within_horizon(cut, {1, 0}), Contains("found one that was cut after row 6; give a horizon"));
  CHECK_NOTHROW(within_horizon(cut, {1, 5}));
  CHECK_NOTHROW(within_horizon(dataset_of({{2, End::terminal}}), {1, 0}));
}

TEST_CASE("An estimand says what it counts", "[evaluators]") {
  CHECK(Estimand{0.9, 50}.text() == "the sum of rewards, discounted by 0.9, over 50 steps");
  CHECK(Estimand{1, 1}.text() == "the sum of rewards, undiscounted, over 1 step");
  CHECK(Estimand{0.99, 0}.text() == "the sum of rewards, discounted by 0.99, without end");
}

TEST_CASE("Folds part trajectories evenly, whole, and the same for the same seed", "[evaluators]") {
  const std::vector<Index> fold = assign_folds(11, 3, 1);
  std::vector<Index> sizes(3, 0);
  for (const Index each : fold) ++sizes[static_cast<std::size_t>(each)];
  CHECK(sizes == std::vector<Index>{4, 4, 3});
  CHECK(fold == assign_folds(11, 3, 1));
  CHECK(fold != assign_folds(11, 3, 2));
  CHECK_THROWS_WITH(assign_folds(2, 3, 1), Contains("folds must be at most the number of trajectories"));
  CHECK_THROWS_WITH(assign_folds(2, 0, 1), Contains("folds must be at least 1"));
}

TEST_CASE("What is fitted never sees the trajectories that it is used on", "[evaluators]") {
  const auto data = dataset_of({{3, End::timeout}, {2, End::terminal}, {3, End::timeout}, {1, End::terminal}});
  Row<double> seen = Row<double>::Zero(data.size());
  const Row<double> used = cross_fitted_row(Episodes(data), 2, 5, [&](const auto& training, const auto& held_out) {
    CHECK(training.size() + held_out.size() == data.size());
    for (Index i = 0; i < training.size(); ++i)
      for (Index j = 0; j < held_out.size(); ++j) CHECK(training.data.rewards(i) != held_out.data.rewards(j));
    for (Index j = 0; j < held_out.size(); ++j) seen(static_cast<Index>(held_out.data.rewards(j))) += 1;
    return Row<double>(10 * held_out.data.rewards);
  });
  CHECK((seen == 1).all());
  CHECK((used == 10 * data.rewards).all());

  const ActionValues values =
      cross_fitted_values(Episodes(data), 4, 5, [&](const auto& training, const auto& held_out) {
        CHECK(held_out.trajectories.size() == 1);
        CHECK(training.trajectories.size() == 3);
        CHECK(held_out.trajectories == recorded_trajectories(held_out.data));
        CHECK(training.trajectories == recorded_trajectories(training.data));
        const Row<double>& rewards = held_out.data.rewards;
        return ActionValues{rewards, -rewards, rewards.head(1)};
      });
  CHECK((values.q == data.rewards).all());
  CHECK((values.next == -data.rewards).all());
  CHECK((values.initial == row({0, 3, 5, 8})).all());

  CHECK_THROWS_WITH(cross_fitted_row(Episodes(data), 2, 5, [](const auto&, const auto&) { return Row<double>(1); }),
                    Contains("numbers of the held-out data, found 1; fit must answer for all of it"));
  CHECK_THROWS_WITH(
      cross_fitted_values(Episodes(data), 2, 5,
                          [](const auto&, const auto& held_out) {
                            return ActionValues{held_out.data.rewards, held_out.data.rewards, Row<double>(0)};
                          }),
      Contains("expected 2 initial values of the held-out data, found 0"));

  cross_fit(Episodes(data), 1, 5, [&](const auto& training, const auto& held_out, const Held& held) {
    CHECK(training.size() == data.size());
    CHECK(held_out.size() == data.size());
    CHECK(held.trajectories.size() == 4);
  });
}

}  // namespace estimand_test
