/// \file
/// Tests two datasets as one, and batches with a fixed share of each.
#include "holdfast/data/joined_datasets.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/data/next_actions.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/data/trajectories.hpp"

namespace joined_datasets_test {

using namespace holdfast;
using fixture::list;

namespace {

/// Rows 0 to 4 of a chain; the third is terminal.
Transitions<double> five_rows() { return fixture::chain<double>({0, 0, 1, 0, 0}, {0, 0, 0, 0, 1}); }

/// Returns a buffer of rows with the rewards −1, −2, …, of which the second is terminal.
ReplayBuffer<double> recorded(Index rows) {
  ReplayBuffer<double> buffer({2, 1}, 10);
  for (Index i = 0; i < rows; ++i)
    buffer.add(Vector<double>::Constant(2, -1.0 - static_cast<double>(i)), Vector<double>::Constant(1, -0.5),
               -1.0 - static_cast<double>(i), Vector<double>::Zero(2), i == 1, false);
  return buffer;
}

}  // namespace

TEST_CASE("The rows of joined datasets are those of the first and then those of the second", "[joined]") {
  const Transitions<double> data = five_rows();
  ReplayBuffer<double> buffer = recorded(2);
  const JoinedDatasets joined(data, buffer);
  CHECK(joined.size() == 7);
  Batch<double> batch;
  joined.gather(std::vector<Index>{5, 0, 2, 6, 4}, 0.9, batch);
  CHECK(list(batch.rewards) == std::vector<double>{-1, 1, 3, -2, 5});
  CHECK(list(batch.continuation) == std::vector<double>{0.9, 0.9, 0, 0, 0.9});
  CHECK(batch.observations.col(0) == Vector<double>::Constant(2, -1));
  CHECK(batch.observations.col(4) == data.observations.col(4));
  CHECK(batch.next_observations.col(1) == data.next_observations.col(0));
  CHECK(batch.actions(0, 3) == -0.5);
  CHECK(batch.returns_to_go.size() == 0);
  // The second one may grow.
  buffer.add(Vector<double>::Zero(2), Vector<double>::Zero(1), 9, Vector<double>::Zero(2), false, false);
  joined.gather(std::vector<Index>{7}, 0.9, batch);
  CHECK(batch.rewards(0) == 9);
}

TEST_CASE("One of the datasets may be empty", "[joined]") {
  const Transitions<double> data = five_rows();
  const ReplayBuffer<double> none({2, 1}, 10);
  const ReplayBuffer<double> two = recorded(2);
  Batch<double> batch;
  JoinedDatasets(data, none).gather(std::vector<Index>{4, 1}, 0.9, batch);
  CHECK(list(batch.rewards) == std::vector<double>{5, 2});
  JoinedDatasets(none, two).gather(std::vector<Index>{1, 0}, 0.9, batch);
  CHECK(list(batch.rewards) == std::vector<double>{-2, -1});
}

TEST_CASE("Returns to go that one dataset lacks bound nothing, and next actions that one lacks are left out",
          "[joined]") {
  Transitions<double> data = with_next_actions(five_rows());
  data.returns_to_go = returns_to_go(data, 0.9);
  const ReplayBuffer<double> buffer = recorded(2);
  Batch<double> batch;
  const std::vector<Index> rows = {0, data.size(), 1};
  JoinedDatasets(data, buffer).gather(rows, 0.9, batch);
  CHECK(batch.returns_to_go(0) == data.returns_to_go(0));
  CHECK(batch.returns_to_go(1) == -std::numeric_limits<double>::infinity());
  CHECK(batch.next_actions.cols() == 0);
  JoinedDatasets(data, data).gather(rows, 0.9, batch);
  CHECK(batch.returns_to_go(1) == data.returns_to_go(0));
  CHECK(batch.next_actions.col(1) == data.next_actions.col(0));
}

TEST_CASE("Datasets of other sizes are not joined", "[joined]") {
  const Transitions<double> data = five_rows();
  const ReplayBuffer<double> wide({3, 1}, 10);
  const ReplayBuffer<double> strong({2, 2}, 10);
  CHECK_THROWS_WITH(JoinedDatasets(data, wide), Contains("expected 2 observation features in both, found 3"));
  CHECK_THROWS_WITH(JoinedDatasets(data, strong), Contains("expected 1 action features in both, found 2"));
}

TEST_CASE("A sampler takes a share of each batch from either part", "[joined]") {
  const Transitions<double> data = five_rows();
  const ReplayBuffer<double> buffer = recorded(4);
  const JoinedDatasets joined(data, buffer);
  UniformSampler sampler(3);
  Batch<double> batch;
  for (const double share : {0.0, 0.5, 0.29, 1.0}) {
    CAPTURE(share);
    sampler.sample_parts(joined, data.size(), share, 8, 0.9, batch);
    CHECK((batch.rewards > 0).count() == std::lround(8 * share));
  }
  // Over many batches, each transition of a part is drawn equally often: 1,000 draws of each, whose deviation is 31 or
  // less; the false-alarm rate of 5 deviations over nine rows is 5e-6.
  std::vector<double> counts(9, 0.0);
  for (int i = 0; i < 1000; ++i) {
    sampler.sample_parts(joined, data.size(), 5.0 / 9, 9, 0.9, batch);
    for (const double reward : batch.rewards) ++counts[static_cast<std::size_t>(reward > 0 ? reward - 1 : 4 - reward)];
  }
  for (const double count : counts) CHECK(std::abs(count - 1000) < 155);
  CHECK_THROWS_WITH(sampler.sample_parts(joined, 5, 1.5, 8, 0.9, batch), Contains("share must be in [0, 1]"));
  CHECK_THROWS_WITH(sampler.sample_parts(joined, 0, 0.5, 8, 0.9, batch),
                    Contains("expected transitions in both parts to sample from, found 0 and 9"));
  CHECK_THROWS_WITH(sampler.sample_parts(joined, 9, 0.5, 8, 0.9, batch), Contains("found 9 and 0"));
}

}  // namespace joined_datasets_test
