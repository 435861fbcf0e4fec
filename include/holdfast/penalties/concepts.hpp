/// \file
/// IsCriticPenalty: the requirements of a critic penalty, with a readable message for each.
#pragma once

#include <concepts>

#include "holdfast/bellman/concepts.hpp"
#include "holdfast/bellman/context.hpp"

namespace holdfast {

namespace requirements {

/// A penalty that goes on from the learner's own evaluation of the critics: their values of the data's actions were
/// made with `tape`, so that the penalty can ask for derivatives there. It must not evaluate the critics with that
/// tape. An optional form of `add`.
template <class Penalty, class P, class C>
concept penalty_reuses_evaluation = requires(typename Penalty::template State<P, C> state, Context<P, C>& context,
                                             const Matrix<typename P::Scalar>& q, typename C::Tape& tape,
                                             Matrix<typename P::Scalar>& adjoint) {
  { state.add(context, q, tape, adjoint) } -> std::convertible_to<typename P::Scalar>;
};

template <class Penalty, class P, class C>
concept penalty_adds = penalty_reuses_evaluation<Penalty, P, C> ||
    requires(typename Penalty::template State<P, C> state, Context<P, C>& context, const Matrix<typename P::Scalar>& q,
             Matrix<typename P::Scalar>& adjoint) {
  { state.add(context, q, adjoint) } -> std::convertible_to<typename P::Scalar>;
};

/// A penalty on every action of a finite set, which can take the critics' values `q` of them all (E×AB, the actions of
/// a state side by side) from the learner: one evaluation of the critics then serves the Bellman errors too. It adds to
/// the derivative with respect to q_data, sets the one with respect to `q` and returns its loss. Optional.
template <class Penalty, class P, class C>
concept penalizes_every_action = FiniteActions<typename P::Actions> &&
    requires(typename Penalty::template State<P, C>& state, Context<P, C>& context, const Matrix<typename P::Scalar>& q,
             const Matrix<typename P::Scalar>& q_data, Matrix<typename P::Scalar>& data_adjoint,
             Matrix<typename P::Scalar>& every_adjoint) {
  {
    state.add_of_every_action(context, q, q_data, data_adjoint, every_adjoint)
    } -> std::convertible_to<typename P::Scalar>;
};

}  // namespace requirements

/// The requirements of a critic penalty, the second column of the algorithm table: a term that is added to the critics'
/// Bellman error.
template <class Penalty, class P, class C>
concept IsCriticPenalty = requirements::checks_members<Penalty> && requirements::has_state<Penalty, P, C> &&
    requirements::prepares<Penalty, P, C> && requirements::penalty_adds<Penalty, P, C> &&
    requirements::state_reports<Penalty, P, C> && requirements::state_is_listed<Penalty, P, C>;

/// Stops the compilation with one message for each member that Penalty lacks to be a CriticPenalty for policy P and
/// critics C.
template <class Penalty, class P, class C>
consteval bool check_critic_penalty() {
  static_assert(requirements::checks_members<Penalty>,
                "holdfast: a CriticPenalty with members must list them, static void fields(auto& self, auto&& visit), "
                "or check them, validate() const");
  static_assert(requirements::has_state<Penalty, P, C>,
                "holdfast: a CriticPenalty must have template <class Policy, class Critics> class State, constructible "
                "from (const Penalty&, const Policy&, const Critics&, Sizes, Generator&)");
  static_assert(requirements::prepares<Penalty, P, C>,
                "holdfast: a CriticPenalty's State must have prepare(Context<Policy, Critics>&)");
  static_assert(requirements::penalty_adds<Penalty, P, C>,
                "holdfast: a CriticPenalty's State must have Scalar add(Context<Policy, Critics>&, const "
                "Matrix<Scalar>& q_data, Matrix<Scalar>& q_data_adjoint), returning its loss");
  static_assert(requirements::state_reports<Penalty, P, C>,
                "holdfast: a CriticPenalty's State must have report(visit) const, calling visit(name, value)");
  static_assert(requirements::state_is_listed<Penalty, P, C>,
                "holdfast: a CriticPenalty's State must list what it holds, networks, dual variables, generators and "
                "counters, by name: static void state(auto& self, auto&& visit) { visit(\"name\", self.member_); }, "
                "empty where it holds nothing");
  return true;
}

}  // namespace holdfast
