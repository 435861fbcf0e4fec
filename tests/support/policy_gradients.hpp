/// \file
/// How far a policy's gradients are from central differences.
#pragma once

#include "holdfast/policies/candidates.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace holdfast::testing {

/// The error of `backward` for a random linear function of the actions and log-probabilities of `per_state` candidates,
/// the noise held. The gradient starts at 1, to see that `backward` adds to it.
template <class Policy>
[[nodiscard]] double proposal_gradient_error(Policy policy, const Matrix<double>& observations, Index per_state) {
  Generator generator(21);
  typename Policy::Tape tape;
  Candidates<double> set;
  Candidates<double> adjoint;
  const Index count = per_state * observations.cols();
  adjoint.per_state = per_state;
  adjoint.actions = normal_matrix(policy.action_size(), count, generator);
  adjoint.log_probs = normal_row(count, generator);
  const auto loss = [&] {
    Generator noise(22);
    policy.propose(observations, per_state, noise, tape, set);
    return set.actions.cwiseProduct(adjoint.actions).sum() + (set.log_probs * adjoint.log_probs).sum();
  };
  loss();
  Vector<double> gradient = Vector<double>::Ones(policy.parameters().size());
  policy.backward(observations, tape, set, adjoint, gradient);
  const Vector<double> added = gradient.array() - 1;
  return difference(added, numeric_gradient(policy.parameters(), loss));
}

/// The error of the gradient of `clone`, for given actions (A×B) and random weights. The gradient starts at 1.
template <class Policy>
[[nodiscard]] double clone_gradient_error(Policy policy, const Matrix<double>& observations,
                                          const Matrix<double>& actions) {
  Generator generator(23);
  typename Policy::Tape tape;
  const Row<double> weights = normal_row(observations.cols(), generator).abs();
  Vector<double> gradient = Vector<double>::Ones(policy.parameters().size());
  policy.clone(observations, actions, weights, tape, gradient);
  const Vector<double> added = gradient.array() - 1;
  Vector<double> unused = gradient;
  const auto loss = [&] { return policy.clone(observations, actions, weights, tape, unused); };
  return difference(added, numeric_gradient(policy.parameters(), loss));
}

}  // namespace holdfast::testing
