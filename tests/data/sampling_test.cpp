#include "holdfast/data/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/data/replay_buffer.hpp"

namespace sampling_test {

using namespace holdfast;
using fixture::list;

namespace {

Transitions<float> ten_rows() { return fixture::chain<float>(std::vector<int>(10), std::vector<int>(10)); }

}  // namespace

TEST_CASE("every transition is drawn equally often, independently of its neighbors in the batch") {
  // Two chi-square tests, of single rows (9 degrees of freedom) and of consecutive pairs (99). With the fixed seed the
  // test is deterministic; for a fresh seed each bound is exceeded with probability 1e-6 (bounds: the 1 − 1e-6
  // quantiles 44.82 and 180.80 of chi-square), so the false-alarm rate is 2e-6.
  const Transitions<float> data = ten_rows();
  UniformSampler sampler(7);
  Batch<float> batch;
  std::vector<double> singles(10, 0.0);
  std::vector<double> pairs(100, 0.0);
  const int batches = 400;
  const Index batch_size = 256;
  for (int i = 0; i < batches; ++i) {
    sampler.sample(data, batch_size, 0.99, batch);
    for (Index column = 0; column < batch_size; column += 2) {
      const auto first = static_cast<std::size_t>(batch.observations(0, column));
      const auto second = static_cast<std::size_t>(batch.observations(0, column + 1));
      ++singles[first];
      ++singles[second];
      ++pairs[10 * first + second];
    }
  }
  const auto chi_square = [](const std::vector<double>& counts) {
    double total = 0;
    for (const double count : counts) total += count;
    const double expected = total / static_cast<double>(counts.size());
    double sum = 0;
    for (const double count : counts) sum += (count - expected) * (count - expected) / expected;
    return sum;
  };
  CHECK(chi_square(singles) < 44.82);
  CHECK(chi_square(pairs) < 180.80);
}

TEST_CASE("what is drawn depends on the seed alone and goes on from a saved generator") {
  const Transitions<float> data = ten_rows();
  UniformSampler sampler(1);
  UniformSampler same(1);
  UniformSampler other(2);
  Batch<float> batch;
  Batch<float> same_batch;
  Batch<float> other_batch;
  sampler.sample(data, 32, 0.99, batch);
  same.sample(data, 32, 0.99, same_batch);
  other.sample(data, 32, 0.99, other_batch);
  CHECK(list(batch.rewards) == list(same_batch.rewards));
  CHECK(list(batch.rewards) != list(other_batch.rewards));

  UniformSampler restored(Generator(sampler.generator().state()));
  restore_state(other, save_state(sampler));
  sampler.sample(data, 32, 0.99, batch);
  restored.sample(data, 32, 0.99, same_batch);
  other.sample(data, 32, 0.99, other_batch);
  CHECK(list(batch.rewards) == list(same_batch.rewards));
  CHECK(list(batch.rewards) == list(other_batch.rewards));
}

TEST_CASE("a sampler fills the batch from any dataset") {
  ReplayBuffer<double> buffer({2, 1}, 4);
  buffer.add(Vector<double>::Ones(2), Vector<double>::Zero(1), 3, Vector<double>::Zero(2), false, false);
  UniformSampler sampler(1);
  Batch<double> batch;
  sampler.sample(buffer, 5, 0.5, batch);
  CHECK(list(batch.rewards) == std::vector<double>(5, 3.0));
  CHECK(list(batch.continuation) == std::vector<double>(5, 0.5));
}

TEST_CASE("there is nothing to sample from an empty dataset, nor in an empty batch") {
  UniformSampler sampler(1);
  Batch<float> batch;
  CHECK_THROWS_AS(sampler.sample(Transitions<float>{}, 4, 0.99, batch), DataError);
  CHECK_THROWS_AS(sampler.sample(ReplayBuffer<float>({2, 1}, 4), 4, 0.99, batch), DataError);
  CHECK_THROWS_AS(sampler.sample(ten_rows(), 0, 0.99, batch), ConfigError);
}

}  // namespace sampling_test
