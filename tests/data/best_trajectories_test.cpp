#include "holdfast/data/best_trajectories.hpp"

#include <vector>

#include "catch.hpp"
#include "holdfast/data/transitions.hpp"

namespace best_trajectories_test {

using namespace holdfast;

namespace {

// Returns one episode of two transitions for each of the given returns. Observations are the number of the row.
Transitions<float> episodes(const std::vector<float>& returns) {
  Transitions<float> data;
  const auto size = static_cast<Index>(2 * returns.size());
  data.observations = Row<float>::LinSpaced(size, 0, static_cast<float>(size - 1)).matrix();
  data.next_observations = data.observations.array() + 1;
  data.actions = Matrix<float>::Zero(1, size);
  data.rewards.resize(size);
  data.terminals = Flags::Zero(size);
  data.timeouts = Flags::Zero(size);
  for (Index i = 0; i < size; ++i) {
    const float total = returns[static_cast<std::size_t>(i / 2)];
    data.rewards(i) = i % 2 == 0 ? total - 100 : 100;
    data.timeouts(i) = i % 2 == 1;
  }
  return data;
}

std::vector<float> rows(const Transitions<float>& data) {
  return {data.observations.data(), data.observations.data() + data.size()};
}

}  // namespace

TEST_CASE("The best trajectories are those of the largest returns, in the order of the data", "[best_trajectories]") {
  const Transitions<float> data = episodes({3, 9, -1, 7, 5});
  CHECK(rows(best_trajectories(data, 0.4)) == std::vector<float>{2, 3, 6, 7});
  CHECK(rows(best_trajectories(data, 0.6)) == std::vector<float>{2, 3, 6, 7, 8, 9});
  CHECK(rows(best_trajectories(data, 1)) == rows(data));
  CHECK(best_trajectories(data, 0.4).timeouts(1) == 1);
}

TEST_CASE("There is at least one best trajectory, and the first of equals is taken", "[best_trajectories]") {
  CHECK(rows(best_trajectories(episodes({3, 9, -1, 7, 5}), 0.01)) == std::vector<float>{2, 3});
  CHECK(rows(best_trajectories(episodes({1, 1, 1}), 0.5)) == std::vector<float>{0, 1});
  CHECK(best_trajectories(episodes(std::vector<float>(100, 0)), 0.29).size() == 58);
}

TEST_CASE("A share out of range and an empty dataset are refused", "[best_trajectories]") {
  const Transitions<float> data = episodes({3, 9});
  for (const double share : {0.0, -0.1, 1.1})
    CHECK_THROWS_WITH(best_trajectories(data, share), Contains("share of the best trajectories must be in (0, 1]"));
  CHECK_THROWS_AS(best_trajectories(Transitions<float>{}, 0.5), DataError);
}

}  // namespace best_trajectories_test
