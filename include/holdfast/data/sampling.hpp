/// \file
/// Samples uniform batches from a dataset.
#pragma once

#include <cmath>
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

  /// Fills `batch` with `share` of its transitions, rounded, from the first `split` of the dataset and the others from
  /// the rest. Throws also ConfigError if `share` is not in [0, 1], and DataError if a part that is drawn from is
  /// empty.
  template <class Data>
  void sample_parts(const Data& dataset, Index split, double share, Index batch_size, double discount,
                    typename Data::BatchType& batch) {
    require(batch_size > 0, "batch_size", "positive", batch_size);
    require(share >= 0 && share <= 1, "share", "in [0, 1]", share);
    const auto first = static_cast<std::size_t>(std::lround(share * static_cast<double>(batch_size)));
    const Index rest = dataset.size() - split;
    indices_.resize(static_cast<std::size_t>(batch_size));
    if ((first > 0 && split <= 0) || (first < indices_.size() && rest <= 0))
      throw DataError(
          message("dataset: expected transitions in both parts to sample from, found ", split, " and ", rest));
    for (std::size_t i = 0; i < indices_.size(); ++i)
      indices_[i] = i < first ? generator_.index(split) : split + generator_.index(rest);
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
