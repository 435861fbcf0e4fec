#include "holdfast/data/split.hpp"

#include <algorithm>
#include <set>

#include "catch.hpp"

namespace split_test {

using namespace holdfast;

namespace {

// Returns episodes of 1, 2, …, `episodes` transitions. Each observation is the number of its episode and of its row.
Transitions<float> staircase(Index episodes) {
  Transitions<float> data;
  const Index size = episodes * (episodes + 1) / 2;
  data.observations.resize(2, size);
  data.actions = Matrix<float>::Zero(1, size);
  data.rewards = Row<float>::Zero(size);
  data.terminals = Flags::Zero(size);
  data.timeouts = Flags::Zero(size);
  Index row = 0;
  for (Index episode = 0; episode < episodes; ++episode)
    for (Index step = 0; step <= episode; ++step, ++row) {
      data.observations.col(row) << static_cast<float>(episode), static_cast<float>(row);
      data.terminals(row) = step == episode;
    }
  data.next_observations = data.observations;
  data.next_observations.leftCols(size - 1) = data.observations.rightCols(size - 1);
  return data;
}

std::set<float> episodes_of(const Transitions<float>& data) {
  const Row<float> numbers = data.observations.row(0);
  return {numbers.begin(), numbers.end()};
}

}  // namespace

TEST_CASE("Whole episodes are held out, about as many as asked for", "[split]") {
  const Transitions<float> data = staircase(40);
  for (const double share : {0.1, 0.3, 0.5}) {
    const auto [training, validation] = split_episodes(data, share, 1);
    CHECK(training.size() + validation.size() == data.size());
    CHECK(static_cast<double>(validation.size()) >= share * static_cast<double>(data.size()));
    CHECK(static_cast<double>(validation.size()) < share * static_cast<double>(data.size()) + 40);
    std::set<float> both = episodes_of(training);
    const std::set<float> held = episodes_of(validation);
    CHECK(std::none_of(held.begin(), held.end(), [&](float episode) { return both.contains(episode); }));
    both.insert(held.begin(), held.end());
    CHECK(both.size() == 40);
    for (const auto* part : {&training, &validation}) {
      const Row<float> rows = part->observations.row(1);
      CHECK(std::is_sorted(rows.begin(), rows.end()));
    }
  }
}

TEST_CASE("The seed decides which episodes are held out", "[split]") {
  const Transitions<float> data = staircase(40);
  const auto held = [&](std::uint64_t seed) { return episodes_of(split_episodes(data, 0.3, seed).validation); };
  CHECK(held(1) == held(1));
  CHECK(held(1) != held(2));
}

TEST_CASE("Something is left to learn from, or there is no split", "[split]") {
  const auto [training, validation] = split_episodes(staircase(2), 0.99, 1);
  CHECK(episodes_of(training).size() == 1);
  CHECK(episodes_of(validation).size() == 1);
  CHECK_THROWS_WITH(split_episodes(staircase(1), 0.5, 1), Contains("expected at least 2 episodes"));
  CHECK_THROWS_WITH(split_episodes(staircase(3), 0.0, 1), Contains("share of a validation must be in (0, 1)"));
  CHECK_THROWS_WITH(split_episodes(staircase(3), 1.0, 1), Contains("share of a validation must be in (0, 1)"));
}

}  // namespace split_test
