#include "holdfast/data/trajectories.hpp"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/core/random.hpp"

namespace trajectories_test {

using namespace holdfast;
using fixture::chain;
using fixture::list;

using Numbers = std::vector<double>;

namespace {

std::vector<Index> lengths(const Trajectories& ranges) {
  std::vector<Index> all;
  for (const TrajectoryRange& range : ranges) all.push_back(range.size());
  return all;
}

}  // namespace

TEST_CASE("trajectories end at terminals, timeouts, breaks and the end of the data") {
  auto data = chain<float>({0, 1, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0});
  data.next_observations(1, 5) += 1;  // row 5 does not lead to row 6
  const auto ranges = trajectories(data);
  REQUIRE(lengths(ranges) == std::vector<Index>{2, 2, 2, 1});
  Index covered = 0;
  for (const TrajectoryRange& range : ranges) {
    CHECK(range.begin == covered);
    covered = range.end;
  }
  CHECK(covered == data.size());
  CHECK((ranges[0].terminal && !ranges[0].timeout));
  CHECK((!ranges[1].terminal && ranges[1].timeout));
  CHECK((!ranges[2].terminal && !ranges[2].timeout));
  CHECK((!ranges[3].terminal && !ranges[3].timeout));
  CHECK(lengths(recorded_trajectories(data)) == std::vector<Index>{2, 2, 3});
}

TEST_CASE("what follows a gap starts inside an episode, where the data records its timeouts") {
  auto data = chain<float>({0, 1, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0});
  data.next_observations(1, 5) += 1;
  const auto starts_inside = [&] {
    std::vector<bool> all;
    for (const TrajectoryRange& range : trajectories(data)) all.push_back(range.starts_inside);
    return all;
  };
  CHECK(starts_inside() == std::vector<bool>{false, false, false, true});
  data.next_observations(0, 2) += 1;
  CHECK(starts_inside() == std::vector<bool>{false, false, true, false, true});
  data.timeouts.setZero();  // if no time-out is recorded, a break is an unrecorded end
  CHECK(starts_inside() == std::vector<bool>{false, false, false, false});
}

TEST_CASE("rows that differ from their predecessors by noise still follow them") {
  Generator generator(5);
  constexpr Index size = 3000;
  auto data = chain<float>(std::vector<int>(size), std::vector<int>(size));
  // Two features of unlike scales: a random walk with steps of a tenth of its size, and the same a million times finer.
  Vector<double> state = Vector<double>::Zero(2);
  for (Index row = 0; row < size; ++row) {
    data.observations.col(row) << static_cast<float>(state(0)), static_cast<float>(1e-6 * state(1));
    state = 0.9 * state + 0.1 * Vector<double>{{generator.normal(), generator.normal()}};
    data.next_observations.col(row) << static_cast<float>(state(0)), static_cast<float>(1e-6 * state(1));
    data.timeouts(row) = row % 10 == 9;
  }
  const auto with_noise = [&](double share) {
    auto noisy = data;
    const FeatureMoments moments = feature_moments(data.observations);
    for (Index row = 0; row < size; ++row)
      for (Index feature = 0; feature < 2; ++feature)
        noisy.next_observations(feature, row) +=
            static_cast<float>(share * moments.deviation(feature) * generator.uniform(-1, 1));
    return lengths(trajectories(noisy)).size();
  };
  CHECK(with_noise(0) == size / 10);
  CHECK(with_noise(9e-4) == size / 10);
  CHECK(with_noise(0.01) > size / 2);

  std::vector<Index> without_one_in_ten;  // each gap breaks an episode once
  for (Index row = 0; row < size; ++row)
    if (row % 10 != 4) without_one_in_ten.push_back(row);
  CHECK(lengths(trajectories(data.select(without_one_in_ten))).size() == 2 * size / 10);
}

TEST_CASE("a break is told feature by feature, rounding to float is none") {
  auto data = chain<double>({0, 0}, {0, 0});
  data.observations.col(1) << 0.1, 1e6;
  data.next_observations.col(0) << static_cast<double>(0.1F), 1e6;
  CHECK(lengths(trajectories(data)) == std::vector<Index>{2});
  data.next_observations(0, 0) = 0.101;  // small compared with the other feature, but another state
  CHECK(lengths(trajectories(data)) == std::vector<Index>{1, 1});
  data.observations.col(1).setZero();
  data.next_observations.col(0).setZero();
  CHECK(lengths(trajectories(data)) == std::vector<Index>{2});
}

TEST_CASE("trajectories know what they cover, and gaps between them are refused") {
  const auto of = [](std::vector<TrajectoryRange> ranges) { return Trajectories(std::move(ranges)); };
  const Trajectories three = of({{0, 2, true, false}, {2, 3, false, true}, {3, 7, false, false, true}});
  CHECK(three.size() == 3);
  CHECK(three.transitions() == 7);
  CHECK(Trajectories().transitions() == 0);
  CHECK_NOTHROW(three.check_covers(7));
  CHECK_THROWS_WITH(three.check_covers(8), Contains("expected those of a dataset of 8 transitions, found some of 7"));
  CHECK_THROWS_WITH(of({{0, 2}, {3, 4}}), Contains("expected one from row 2 on, found rows 3 to 4"));
  CHECK_THROWS_WITH(of({{0, 2}, {2, 2}}), Contains("expected one from row 2 on, found rows 2 to 2"));
  CHECK_THROWS_WITH(of({{1, 2}}), Contains("expected one from row 0 on, found rows 1 to 2"));

  CHECK(three.rows({0, 2}) == std::vector<Index>{0, 1, 3, 4, 5, 6});
  CHECK(three.select({0, 2}) == of({{0, 2, true, false}, {2, 6, false, false, true}}));
  CHECK(three.select({}).empty());
  CHECK(three.select({0, 1, 2}) == three);
  CHECK_FALSE(three.select({0, 1}) == three);
}

TEST_CASE("episodes are a dataset and its trajectories, and so are some of them") {
  const auto data = chain<float>({0, 1, 0, 0, 0, 0, 1}, {0, 0, 0, 1, 1, 0, 0});
  const Episodes all(data);
  CHECK(all.size() == 7);
  CHECK(all.trajectories == recorded_trajectories(data));
  const Episodes some = all.select({1, 3});
  CHECK(list(some.data.rewards) == Numbers{3, 4, 6, 7});
  CHECK(some.trajectories == recorded_trajectories(some.data));
  CHECK_THROWS_WITH(Episodes(some.data, all.trajectories), Contains("a dataset of 4 transitions, found some of 7"));
}

TEST_CASE("an empty dataset has no trajectories") {
  CHECK(trajectories(Transitions<float>{}).empty());
  CHECK(returns(Transitions<float>{}).empty());
  CHECK(returns_to_go(Transitions<float>{}, 0.9).size() == 0);
  CHECK(lowest_returns_to_go(Transitions<float>{}, 0.9).size() == 0);
}

TEST_CASE("returns are the discounted sums of each trajectory's rewards") {
  // Rewards 1, 2, 3 | 4, 5; the first trajectory ends in a terminal.
  const auto data = chain<double>({0, 0, 1, 0, 0}, {0, 0, 0, 0, 0});
  CHECK(returns(data) == Numbers{1 + 2 + 3, 4 + 5});
  // With discount ½ every sum is exact: 1 + 2/2 + 3/4 and 4 + 5/2.
  CHECK(returns(data, 0.5) == Numbers{2.75, 6.5});
  CHECK(discounted_return(data, {1, 3, true, false}, 0.5) == 3.5);
  CHECK(list(returns_to_go(data, 0.5)) == Numbers{2.75, 3.5, 3, 6.5, 5});
  CHECK(list(returns_to_go(data, 0)) == list(data.rewards));
}

TEST_CASE("after a trajectory that was cut, the lowest returns to go add the least that can follow") {
  // Rewards 1, 2, 3 | 4, 5; the first trajectory ends in a terminal, the second one breaks off.
  auto data = chain<double>({0, 0, 1, 0, 0}, {0, 0, 0, 0, 0});
  CHECK(list(lowest_returns_to_go(data, 0.5)) == list(returns_to_go(data, 0.5)));  // no reward is negative
  data.rewards(1) = -2;
  CHECK(list(lowest_returns_to_go(data, 0.5)) == Numbers{1 - 1 + 0.75, -2 + 1.5, 3, 4 + 2.5 - 1, 5 - 2});
  // −1 until the goal: a trajectory that does not get there is worth −1/(1 − γ) in every row.
  data.rewards.setConstant(-1);
  data.terminals.setZero();
  for (const double floor : lowest_returns_to_go(data, 0.5)) CHECK(floor == -2);
  // Without a discount nothing bounds them, but what is followed by a terminal.
  data.terminals(2) = 1;
  const auto floors = lowest_returns_to_go(data, 1);
  CHECK(floors(0) == -3);
  CHECK(floors(3) == std::numeric_limits<double>::lowest());
  CHECK_NOTHROW([&] { (data.returns_to_go = floors, data.validate()); }());
}

TEST_CASE("trajectories and returns are the same with finite actions, and with sparse observations") {
  auto dense = fixture::finite_chain<double>({0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 1, 0});
  CHECK(lengths(trajectories(dense)) == std::vector<Index>{3, 2, 1});
  CHECK(returns(dense, 0.5) == Numbers{2.75, 6.5, 6});

  auto sparse = fixture::sparse_chain<double>({0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 1, 0});
  CHECK(lengths(trajectories(sparse)) == std::vector<Index>{3, 2, 1});
  CHECK(returns(sparse, 0.5) == Numbers{2.75, 6.5, 6});
  CHECK(discounted_return(sparse, {1, 3, true, false}, 0.5) == 3.5);
  CHECK(list(returns_to_go(sparse, 0.5)) == Numbers{2.75, 3.5, 3, 6.5, 5, 6});

  SECTION("a break before another state") {
    sparse.next_observations = sparse_one_hot<double>(ActionIndices{{1, 0, 3, 4, 5, 6}}, 9);
    CHECK(lengths(trajectories(sparse)) == std::vector<Index>{2, 1, 2, 1});
  }
  SECTION("a break before more, or less, than was observed") {
    sparse.observations.coeffRef(0, 1) = 1;
    sparse.next_observations.coeffRef(8, 3) = 0.5;
    CHECK(lengths(trajectories(sparse)) == std::vector<Index>{1, 2, 1, 1, 1});
  }
  SECTION("a zero that is stored, and rounding, are none") {
    sparse.observations.coeffRef(0, 1) = 0;
    sparse.next_observations.coeffRef(8, 3) = 0;
    sparse.next_observations.coeffRef(1, 0) = 1 + 1e-7;
    CHECK(lengths(trajectories(sparse)) == std::vector<Index>{3, 2, 1});
  }
}

TEST_CASE("returns are summed in double") {
  // The exact sum is n · float(0.1), about 1e4. If it is summed in double, n rounding errors of at most 1e4 · 1.1e-16
  // each remain; summed in float, they would be 1e4 · 6e-8 each.
  const Index n = 100000;
  const std::vector<int> none(static_cast<std::size_t>(n));
  auto data = chain<float>(none, none);
  data.rewards.setConstant(0.1F);
  const double expected = static_cast<double>(n) * static_cast<double>(0.1F);
  REQUIRE(returns(data).size() == 1);
  CHECK(std::abs(returns(data)[0] - expected) < 1.2e-7);
}

}  // namespace trajectories_test
