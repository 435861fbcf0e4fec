/// \file
/// IsDivergence: the requirements of a divergence, with a readable message for each.
#pragma once

#include "holdfast/bellman/concepts.hpp"
#include "holdfast/bellman/context.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

namespace requirements {

template <class Divergence, class P, class C>
concept divergence_has_state = requires(const Divergence& part, const P& policy, Sizes sizes, Generator& generator) {
  StateOf<Divergence, P, C>(part, policy, sizes, generator);
};
template <class Divergence, class P, class C>
concept measures_divergence = requires(typename Divergence::template State<P, C> state, Context<P, C>& context,
                                       const Matrix<typename P::Scalar>& s, const proposal_of<P>& proposal,
                                       Row<typename P::Scalar>& out) {
  state.values(context, s, proposal, out);
};
template <class Divergence, class P, class C>
concept differentiates_divergence = requires(typename Divergence::template State<P, C> state,
                                             const proposal_of<P>& proposal, const Row<typename P::Scalar>& adjoint,
                                             proposal_of<P>& out) {
  state.backward(proposal, adjoint, out);
};

}  // namespace requirements

/// The requirements of a divergence: a measure of how far a policy is from the data, which ConstrainedGreedy bounds.
template <class D, class P, class C>
concept IsDivergence = requirements::divergence_has_state<D, P, C> && requirements::prepares<D, P, C> &&
    requirements::measures_divergence<D, P, C> && requirements::differentiates_divergence<D, P, C> &&
    requirements::state_reports<D, P, C> && requirements::state_is_listed<D, P, C>;

/// Stops the compilation with one message for each member that D lacks to be a Divergence for policy P and critics C.
template <class D, class P, class C>
consteval bool check_divergence() {
  static_assert(requirements::divergence_has_state<D, P, C>,
                "holdfast: a Divergence must have template <class Policy, class Critics> class State, constructible "
                "from (const Divergence&, const Policy&, Sizes, Generator&)");
  static_assert(requirements::prepares<D, P, C>,
                "holdfast: a Divergence's State must have prepare(Context<Policy, Critics>&), training its model of "
                "the behavior");
  static_assert(requirements::measures_divergence<D, P, C>,
                "holdfast: a Divergence's State must have values(Context<Policy, Critics>&, const Matrix<Scalar>& "
                "observations, const Proposal& proposal, Row<Scalar>& out), one for each state");
  static_assert(requirements::differentiates_divergence<D, P, C>,
                "holdfast: a Divergence's State must have backward(const Proposal& proposal, const Row<Scalar>& "
                "adjoint, Proposal& out), adding to out");
  static_assert(requirements::state_reports<D, P, C>,
                "holdfast: a Divergence's State must have report(visit) const, calling visit(name, value)");
  static_assert(requirements::state_is_listed<D, P, C>,
                "holdfast: a Divergence's State must list what it holds, networks, dual variables, generators and "
                "counters, by name: static void state(auto& self, auto&& visit) { visit(\"name\", self.member_); }, "
                "empty where it holds nothing");
  return true;
}

}  // namespace holdfast
