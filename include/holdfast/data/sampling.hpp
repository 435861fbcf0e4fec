/// \file
/// Samples uniform batches from a dataset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Draws batches from any dataset, uniformly and with replacement. Its generator alone determines the draws.
class UniformSampler {
 public:
  explicit UniformSampler(std::uint64_t seed) : UniformSampler(Generator(seed, Stream::sampling)) {}
  explicit UniformSampler(const Generator& generator) : generator_(generator) {}

  /// Fills `batch` with `batch_size` transitions, with continuation γ (1 − terminal), γ = `discount`. Does not allocate
  /// if called again with the same sizes. The dataset may hold up to 2³² − 1 transitions. Throws DataError if the
  /// dataset is empty and ConfigError if `batch_size` is not positive.
  template <class Data>
  void sample(const Data& dataset, Index batch_size, double discount, typename Data::BatchType& batch) {
    require(batch_size > 0, "batch_size", "positive", batch_size);
    if (dataset.size() == 0) throw DataError("dataset: expected at least one transition to sample from, found none");
    indices_.resize(static_cast<std::size_t>(batch_size));
    for (Index& index : indices_) index = generator_.index(dataset.size());
    dataset.gather(indices_, discount, batch);
  }

  /// Returns the generator. A sampler that is made from it continues the same sequence of batches.
  [[nodiscard]] const Generator& generator() const { return generator_; }

  static void state(auto& self, auto&& visit) { visit("generator", self.generator_); }

 private:
  Generator generator_;
  std::vector<Index> indices_;
};

}  // namespace holdfast
