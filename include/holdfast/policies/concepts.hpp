/// \file
/// Defines the requirements of a policy and their error messages.
#pragma once

#include <concepts>

#include "holdfast/core/concepts.hpp"
#include "holdfast/core/gradient_of.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/networks/concepts.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// A policy with continuous actions that provides log π(a|s) of given actions.
template <class P>
concept HasDensity = requires(const P policy, const Matrix<typename P::Scalar>& observations,
                              const typename P::Actions& actions, typename P::Tape& tape) {
  { policy.log_prob(observations, actions, tape) } -> std::convertible_to<const Row<typename P::Scalar>&>;
};

/// A policy with a part that is distilled from another one, as DistilledFlow: distillation_loss(observations, tape,
/// proposal, weight, adjoint) const returns its loss for the last proposal and adds `weight` times its derivative to
/// `adjoint.unsquashed`. `cloning_loss` then trains the other part.
template <class P>
concept Distills = requires(const P policy, const Matrix<typename P::Scalar>& observations, typename P::Tape& tape,
                            const Proposal<typename P::Scalar>& proposal, typename P::Scalar weight,
                            Proposal<typename P::Scalar>& adjoint) {
  {
    policy.distillation_loss(observations, tape, proposal, weight, adjoint)
    } -> std::convertible_to<typename P::Scalar>;
};

namespace requirements {

template <class P>
using proposal_of = Proposal<typename P::Scalar, typename P::Actions>;
template <class P>
concept proposes = requires(const P p, const Matrix<typename P::Scalar>& s, Index per_state, Generator& generator,
                            typename P::Tape& tape, proposal_of<P>& proposal) {
  p.propose(s, per_state, generator, tape, proposal);
};
template <class P>
concept differentiates_proposal = requires(const P p, const Matrix<typename P::Scalar>& s, typename P::Tape& tape,
                                           const proposal_of<P>& proposal, gradient_of<P>& gradient) {
  p.backward(s, tape, proposal, proposal, gradient);
};
template <class P>
concept clones = requires(const P p, const Matrix<typename P::Scalar>& s, const typename P::Actions& a,
                          const Row<typename P::Scalar>& weights, Generator& generator, typename P::Tape& tape,
                          gradient_of<P>& gradient) {
  { p.cloning_loss(s, a, weights, generator, tape, gradient) } -> std::convertible_to<typename P::Scalar>;
};
template <class P>
concept draws_before_tanh = P::draws_before_tanh;
template <class P>
concept scores_proposals = requires(const P p, const Matrix<typename P::Scalar>& s, const proposal_of<P>& proposal,
                                    typename P::Tape& tape, const Row<typename P::Scalar>& adjoint,
                                    proposal_of<P>& out) {
  { p.log_prob_of(s, proposal, tape) } -> std::convertible_to<const Row<typename P::Scalar>&>;
  p.log_prob_gradient(tape, proposal, adjoint, out);
};
template <class P>
concept has_mode = requires(const P p, const Matrix<typename P::Scalar>& s, typename P::Tape& tape,
                            typename P::Actions& a) {
  p.mode(s, tape, a);
};

}  // namespace requirements

/// A trainable distribution over actions, with gradients of its samples and of the likelihood of given actions.
template <class P>
concept IsPolicy = requirements::names_scalar<P> && requirements::names_actions<P> && requirements::names_tape<P> &&
    requirements::trainable<P> && HasState<P> && requirements::tells_action_size<P> && requirements::proposes<P> &&
    requirements::differentiates_proposal<P> && requirements::clones<P> && requirements::has_mode<P>;

/// Stops compilation with one message for each requirement of a Policy that P does not meet.
template <class P>
consteval bool check_policy() {
  static_assert(requirements::names_scalar<P>,
                "holdfast: a Policy must name its floating-point type: using Scalar = float;");
  static_assert(requirements::names_actions<P>,
                "holdfast: a Policy must name its batch of actions: using Actions = holdfast::Matrix<Scalar>;");
  static_assert(requirements::names_tape<P>,
                "holdfast: a Policy must name a default-constructible Tape, the workspace of one evaluation");
  static_assert(
      requirements::trainable<P>,
      "holdfast: a Policy must have parameters(), const and not, returning a reference to Vector<Scalar>, or, "
      "where it keeps them elsewhere, name its Gradient and have step(Gradient&, double scale) and "
      "discard(Gradient&)");
  static_assert(
      HasState<P>,
      "holdfast: a Policy that keeps its parameters elsewhere must list what it holds: static void state(auto& "
      "self, auto&& visit)");
  static_assert(requirements::tells_action_size<P>, "holdfast: a Policy must have action_size() const, an Index");
  static_assert(requirements::proposes<P>,
                "holdfast: a Policy must have propose(const Matrix<Scalar>& observations, Index per_state, Generator&, "
                "Tape&, Proposal<Scalar, Actions>& out) const");
  static_assert(
      requirements::differentiates_proposal<P>,
      "holdfast: a Policy must have backward(const Matrix<Scalar>& observations, Tape&, const Proposal& "
      "proposal, const Proposal& adjoint, Gradient&) const, adding to the gradient, a Vector<Scalar> unless it "
      "names another");
  static_assert(
      requirements::clones<P>,
      "holdfast: a Policy must have Scalar cloning_loss(const Matrix<Scalar>& observations, const Actions&, const "
      "Row<Scalar>& weights, Generator&, Tape&, Gradient&) const, adding to the gradient, a Vector<Scalar> unless "
      "it names another");
  static_assert(requirements::has_mode<P>,
                "holdfast: a Policy must have mode(const Matrix<Scalar>& observations, Tape&, Actions& out) const");
  return true;
}

/// Stops compilation if policy P has no density, which an entropy or an importance correction needs.
template <class P>
consteval bool check_density() {
  static_assert(FiniteActions<typename P::Actions> || HasDensity<P>,
                "holdfast: an entropy or an importance correction needs a density: the Policy must have const "
                "Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions&, "
                "Tape&) const, unless its Actions are finite");
  return true;
}

/// Stops compilation if policy P would not act by what cloning trains.
template <class P>
consteval bool check_acts_as_cloned() {
  static_assert(!Distills<P>,
                "holdfast: cloning trains the flow of this Policy and not the part that acts, which is distilled from "
                "it: use GreedyCloning, or for cloning alone a Flow");
  return true;
}

/// Stops compilation if policy P cannot score the proposal of another policy, which a KL divergence needs.
template <class P>
consteval bool check_scores_proposals() {
  static_assert(requirements::scores_proposals<P>,
                "holdfast: a KullbackLeibler needs densities: the Policy must have const Row<Scalar>& "
                "log_prob_of(const Matrix<Scalar>& observations, const Proposal& proposal, Tape&) const and "
                "log_prob_gradient(const Tape&, const Proposal& proposal, const Row<Scalar>& adjoint, Proposal& "
                "out) const, adding to out");
  return true;
}

}  // namespace holdfast
