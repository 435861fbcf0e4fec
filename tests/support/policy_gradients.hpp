/// \file
/// The errors of a policy's gradients, compared with central differences.
#pragma once

#include "holdfast/policies/proposal.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace holdfast::testing {

/// Returns the error of `backward` for a random linear function of the actions and log-probabilities of `per_state`
/// proposed actions, and of the draws before the tanh or the clipping if the policy keeps them. The noise is fixed. The
/// gradient starts at 1, to check that `backward` adds to it.
template <class Policy>
[[nodiscard]] double proposal_gradient_error(Policy policy, const Matrix<double>& observations, Index per_state) {
  Generator generator(21);
  typename Policy::Tape tape;
  Proposal<double> proposal;
  Proposal<double> adjoint;
  const Index count = per_state * observations.cols();
  adjoint.per_state = per_state;
  adjoint.actions = normal_matrix(policy.action_size(), count, generator);
  adjoint.log_probs = normal_row(count, generator);
  const auto loss = [&] {
    Generator noise(22);
    policy.propose(observations, per_state, noise, tape, proposal);
    const double squashed =
        proposal.actions.cwiseProduct(adjoint.actions).sum() + (proposal.log_probs * adjoint.log_probs).sum();
    return adjoint.unsquashed.size() == 0 ? squashed
                                          : squashed + proposal.unsquashed.cwiseProduct(adjoint.unsquashed).sum();
  };
  loss();
  if (proposal.unsquashed.size() > 0) adjoint.unsquashed = normal_matrix(policy.action_size(), count, generator);
  Vector<double> gradient = Vector<double>::Ones(policy.parameters().size());
  policy.backward(observations, tape, proposal, adjoint, gradient);
  const Vector<double> added = gradient.array() - 1;
  return difference(added, numeric_gradient(policy.parameters(), loss));
}

/// Fills `proposal` with three draws of `other` for each state.
template <class Policy>
void propose_three(const Policy& other, const Matrix<double>& observations, Proposal<double>& proposal) {
  Generator noise(24);
  typename Policy::Tape tape;
  other.propose(observations, 3, noise, tape, proposal);
}

/// Returns the difference between `log_prob_of` the draws of `other` under `policy` and `log_prob` of the same actions,
/// each with its state, before clipping if the policy clips.
template <class Policy>
[[nodiscard]] double log_prob_of_error(const Policy& policy, const Policy& other) {
  Generator generator(25);
  const Matrix<double> observations = normal_matrix(3, 4, generator);
  Proposal<double> proposal;
  propose_three(other, observations, proposal);
  Matrix<double> repeated(3, 12);
  for (Index i = 0; i < 12; ++i) repeated.col(i) = observations.col(i / 3);
  typename Policy::Tape tape;
  const Row<double> found = policy.log_prob_of(observations, proposal, tape);
  constexpr bool squashes = requires(typename Policy::Config config) { config.border; };
  return difference(found, policy.log_prob(repeated, squashes ? proposal.actions : proposal.unsquashed, tape));
}

/// Returns the error of `log_prob_gradient` at the draws of `other`, for random adjoints. The gradient starts at 1.
template <class Policy>
[[nodiscard]] double log_prob_gradient_error(const Policy& policy, const Policy& other) {
  Generator generator(26);
  const Matrix<double> observations = normal_matrix(3, 4, generator);
  Proposal<double> proposal;
  propose_three(other, observations, proposal);
  const Row<double> adjoint = normal_row(12, generator);
  typename Policy::Tape tape;
  policy.log_prob_of(observations, proposal, tape);
  Proposal<double> out;
  out.unsquashed.setOnes(proposal.unsquashed.rows(), 12);
  policy.log_prob_gradient(tape, proposal, adjoint, out);
  const Matrix<double> added = out.unsquashed.array() - 1;
  return difference(added, numeric_gradient(proposal.unsquashed, [&] {
                      return (policy.log_prob_of(observations, proposal, tape) * adjoint).sum();
                    }));
}

/// Returns the error of the gradient of `cloning_loss`, for given actions and random weights. The gradient starts at 1.
template <class Policy>
[[nodiscard]] double clone_gradient_error(Policy policy, const Matrix<double>& observations,
                                          const typename Policy::Actions& actions) {
  Generator generator(23);
  typename Policy::Tape tape;
  const Row<double> weights = normal_row(observations.cols(), generator).abs();
  Vector<double> gradient = Vector<double>::Ones(policy.parameters().size());
  Generator noise(24);
  policy.cloning_loss(observations, actions, weights, noise, tape, gradient);
  const Vector<double> added = gradient.array() - 1;
  Vector<double> unused = gradient;
  const auto loss = [&] {
    Generator same(24);
    return policy.cloning_loss(observations, actions, weights, same, tape, unused);
  };
  return difference(added, numeric_gradient(policy.parameters(), loss));
}

}  // namespace holdfast::testing
