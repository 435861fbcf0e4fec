/// \file
/// Makes a random batch, so that all benchmarks measure the same work.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/data/batch.hpp"

namespace benchmark {

/// Returns a batch of `size` transitions with normal observations and rewards, uniform actions and γ = 0.99, the same
/// one in each call.
template <class Actions>
holdfast::Batch<float, Actions> random_batch(holdfast::Sizes sizes, holdfast::Index size) {
  constexpr bool finite = holdfast::FiniteActions<Actions>;
  holdfast::Generator generator(1);
  holdfast::Batch<float, Actions> batch;
  batch.observations.resize(sizes.observation, size);
  batch.next_observations.resize(sizes.observation, size);
  batch.rewards.resize(size);
  generator.fill_normal(batch.observations);
  generator.fill_normal(batch.next_observations);
  generator.fill_normal(batch.rewards);
  batch.actions.resize(finite ? 1 : sizes.action, size);
  for (auto& entry : batch.actions.reshaped())
    entry = static_cast<typename Actions::Scalar>(finite ? generator.uniform(0, static_cast<double>(sizes.action))
                                                         : generator.uniform(-0.99, 0.99));
  if constexpr (!finite) batch.next_actions = batch.actions.rowwise().reverse();  // the actions of other states
  batch.returns_to_go = batch.rewards.reverse();                                  // numbers of the size of returns
  batch.continuation.setConstant(size, 0.99F);
  return batch;
}

}  // namespace benchmark
