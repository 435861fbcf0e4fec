/// \file
/// Defines the requirements of a dataset and their error messages.
#pragma once

#include <concepts>
#include <span>

#include "holdfast/core/concepts.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace requirements {

template <class D>
concept tells_size = requires(const D dataset) {
  { dataset.size() } -> std::convertible_to<Index>;
};
template <class D>
concept gathers = requires(const D d, std::span<const Index> indices, double discount, typename D::BatchType& batch) {
  d.gather(indices, discount, batch);
};

}  // namespace requirements

/// A fixed or growing set of transitions that batches are gathered from.
template <class D>
concept IsDataset = requirements::names_scalar<D> && requirements::tells_size<D> &&
    requirements::tells_observation_size<D> && requirements::tells_action_size<D> && requirements::gathers<D>;

/// Stops compilation with one message for each requirement of a dataset that D does not meet.
template <class D>
consteval bool check_dataset() {
  static_assert(requirements::names_scalar<D>,
                "holdfast: a Dataset must name its floating-point type: using Scalar = float;");
  static_assert(requirements::tells_size<D>, "holdfast: a Dataset must have size() const, an Index");
  static_assert(requirements::tells_observation_size<D>,
                "holdfast: a Dataset must have observation_size() const, an Index");
  static_assert(requirements::tells_action_size<D>, "holdfast: a Dataset must have action_size() const, an Index");
  static_assert(requirements::gathers<D>,
                "holdfast: a Dataset must name BatchType and have gather(std::span<const Index> indices, double "
                "discount, BatchType& out) const");
  return true;
}

}  // namespace holdfast
