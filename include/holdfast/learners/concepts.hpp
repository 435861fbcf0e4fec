/// \file
/// IsLearner: the requirements of a learner, with a readable message for each.
#pragma once

#include <concepts>

#include "holdfast/core/concepts.hpp"

namespace holdfast {

namespace requirements {

template <class L>
concept updates = requires(L learner, const typename L::BatchType& batch) {
  learner.update(batch);
};
template <class L>
concept tells_discount = requires(const L learner) {
  { learner.discount() } -> std::convertible_to<double>;
};
template <class L>
concept tells_policy = requires(const L learner) {
  { learner.policy() } -> std::convertible_to<const typename L::PolicyType&>;
};

}  // namespace requirements

/// The requirements of a learner that a training loop can drive: it is updated with batches and has a policy.
template <class L>
concept IsLearner = requirements::names_scalar<L> && requirements::updates<L> && requirements::tells_discount<L> &&
    requirements::tells_policy<L> && requirements::reports<L>;

/// Stops the compilation with one message for each member that type L lacks to be a Learner.
template <class L>
consteval bool check_learner() {
  static_assert(requirements::names_scalar<L>,
                "holdfast: a Learner must name its floating-point type: using Scalar = float;");
  static_assert(requirements::updates<L>, "holdfast: a Learner must name BatchType and have update(const BatchType&)");
  static_assert(requirements::tells_discount<L>, "holdfast: a Learner must have discount() const, in [0, 1]");
  static_assert(requirements::tells_policy<L>,
                "holdfast: a Learner must name PolicyType and have const PolicyType& policy() const");
  static_assert(requirements::reports<L>,
                "holdfast: a Learner must have report(visit) const, calling visit(name, value)");
  return true;
}

}  // namespace holdfast
