/// \file
/// Uniform batches from a dataset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Draws batches uniformly, with replacement, from any dataset. What it will draw is determined by its generator.
class UniformSampler {
 public:
  explicit UniformSampler(std::uint64_t seed) : UniformSampler(Generator(seed, Stream::sampling)) {}
  explicit UniformSampler(const Generator& generator) : generator_(generator) {}

  /// Fills `batch` with `batch_size` transitions, continuation γ (1 − terminal), γ = `discount`. Allocates nothing when
  /// called again with the same sizes. Throws DataError where the dataset is empty, ConfigError where `batch_size` is
  /// not positive. The dataset may hold up to 2³² − 1 transitions.
  template <class Data>
  void sample(const Data& dataset, Index batch_size, double discount, typename Data::BatchType& batch) {
    require(batch_size > 0, "batch_size", "positive", batch_size);
    if (dataset.size() == 0) throw DataError("dataset: expected at least one transition to sample from, found none");
    indices_.resize(static_cast<std::size_t>(batch_size));
    for (Index& index : indices_) index = generator_.index(dataset.size());
    dataset.gather(indices_, discount, batch);
  }

  /// The generator; its state, saved, continues the same sequence of batches.
  [[nodiscard]] const Generator& generator() const { return generator_; }

 private:
  Generator generator_;
  std::vector<Index> indices_;
};

}  // namespace holdfast
