/// \file
/// The concepts as compile-time checks: one readable line for each requirement that a type does not meet.
///
/// The library calls them at its own boundaries; call them beside your own type to see early what it lacks:
/// `static_assert(holdfast::check_policy<MyPolicy>());`.
#pragma once

#include "holdfast/concepts.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// Stops the compilation with a line for each member that type D lacks to be a Dataset.
template <class D>
consteval bool check_dataset() {
  static_assert(requirements::names_scalar<D>,
                "holdfast: a Dataset must name its floating-point type: using Scalar = float;");
  static_assert(requirements::tells_sizes<D>,
                "holdfast: a Dataset must have size(), observation_size() and action_size() const, each an Index");
  static_assert(requirements::gathers<D>,
                "holdfast: a Dataset must name BatchType and have gather(std::span<const Index> indices, double "
                "discount, BatchType& out) const");
  return true;
}

/// Stops the compilation with a line for each member that type P lacks to be a Policy.
template <class P>
consteval bool check_policy() {
  static_assert(requirements::names_scalar<P>,
                "holdfast: a Policy must name its floating-point type: using Scalar = float;");
  static_assert(requirements::names_actions<P>,
                "holdfast: a Policy must name its batch of actions: using Actions = holdfast::Matrix<Scalar>;");
  static_assert(requirements::names_tape<P>,
                "holdfast: a Policy must name a default-constructible Tape, the workspace of one evaluation");
  static_assert(requirements::has_parameters<P>,
                "holdfast: a Policy must have parameters(), const and not, returning a reference to Vector<Scalar>");
  static_assert(requirements::tells_action_size<P>, "holdfast: a Policy must have action_size() const, an Index");
  static_assert(requirements::proposes<P>,
                "holdfast: a Policy must have propose(const Matrix<Scalar>& observations, Index per_state, Generator&, "
                "Tape&, Candidates<Scalar, Actions>& out) const");
  static_assert(requirements::differentiates_proposal<P>,
                "holdfast: a Policy must have backward(const Matrix<Scalar>& observations, Tape&, const Candidates& "
                "proposed, const Candidates& adjoint, Vector<Scalar>& gradient) const");
  static_assert(requirements::clones<P>,
                "holdfast: a Policy must have Scalar clone(const Matrix<Scalar>& observations, const Actions&, const "
                "Row<Scalar>& weights, Tape&, Vector<Scalar>& gradient) const");
  static_assert(requirements::has_mode<P>,
                "holdfast: a Policy must have mode(const Matrix<Scalar>& observations, Tape&, Actions& out) const");
  return true;
}

/// Stops the compilation where policy P has no density, as an entropy and an importance correction need it.
template <class P>
consteval bool check_density() {
  static_assert(FiniteActions<typename P::Actions> || HasDensity<P>,
                "holdfast: an entropy or an importance correction needs a density, which a Deterministic has not: the "
                "Policy must have const Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions&, "
                "Tape&) const, unless its Actions are finite");
  return true;
}

/// Stops the compilation where policy P cannot score the candidates of another, as a KL divergence asks it to.
template <class P>
consteval bool check_scores_candidates() {
  static_assert(requirements::scores_candidates<P>,
                "holdfast: a KullbackLeibler needs densities: the Policy must have const Row<Scalar>& "
                "log_prob_of(const Matrix<Scalar>& observations, const Candidates& proposed, Tape&) const and "
                "log_prob_gradient(const Tape&, const Candidates& proposed, const Row<Scalar>& adjoint, Candidates& "
                "out) const, adding to out");
  return true;
}

/// Stops the compilation with a line for each member that type Q lacks to be a QNetwork.
template <class Q>
consteval bool check_q_network() {
  static_assert(requirements::names_scalar<Q>,
                "holdfast: a QNetwork must name its floating-point type: using Scalar = float;");
  static_assert(requirements::names_actions<Q>,
                "holdfast: a QNetwork must name its batch of actions: using Actions = holdfast::Matrix<Scalar>;");
  static_assert(requirements::names_tape<Q>,
                "holdfast: a QNetwork must name a default-constructible Tape, the workspace of one evaluation");
  static_assert(requirements::has_parameters<Q>,
                "holdfast: a QNetwork must have parameters(), const and not, returning a reference to Vector<Scalar>");
  static_assert(requirements::values_actions<Q>,
                "holdfast: a QNetwork must have const Row<Scalar>& values(const Matrix<Scalar>& observations, const "
                "Actions&, Tape&) const");
  static_assert(requirements::differentiates_parameters<Q>,
                "holdfast: a QNetwork must have backward(const Matrix<Scalar>& observations, const Actions&, Tape&, "
                "const Row<Scalar>& adjoint, Vector<Scalar>& gradient) const, adding to gradient");
  static_assert(requirements::differentiates_actions<Q>,
                "holdfast: a QNetwork must have action_gradient(const Matrix<Scalar>& observations, const Actions&, "
                "Tape&, const Row<Scalar>& adjoint, Actions& out) const, unless its Actions are finite");
  return true;
}

/// Stops the compilation with a line for each member that type F lacks to be a ParametricFunction.
template <class F>
consteval bool check_parametric_function() {
  static_assert(requirements::names_scalar<F>,
                "holdfast: a ParametricFunction must name its floating-point type: using Scalar = float;");
  static_assert(
      requirements::names_tape<F>,
      "holdfast: a ParametricFunction must name a default-constructible Tape, the workspace of one evaluation");
  static_assert(requirements::computes<F>,
                "holdfast: a ParametricFunction must name its Config, be constructible from (Index inputs, Index "
                "outputs, const Config&), and have parameter_count(), inputs(), outputs(), config(), "
                "initialise(Scalar* parameters, Generator&) and const Matrix<Scalar>& forward(const Scalar* "
                "parameters, const Matrix<Scalar>& inputs, Tape&), all const");
  static_assert(requirements::differentiates_outputs<F>,
                "holdfast: a ParametricFunction must have backward(const Scalar* parameters, const Matrix<Scalar>& "
                "inputs, Tape&, const Matrix<Scalar>& adjoint, Scalar* gradient) const, adding to gradient");
  return true;
}

/// Stops the compilation with a line for each member that type V lacks to be a VNetwork.
template <class V>
consteval bool check_v_network() {
  static_assert(requirements::names_scalar<V>,
                "holdfast: a VNetwork must name its floating-point type: using Scalar = float;");
  static_assert(requirements::names_tape<V>,
                "holdfast: a VNetwork must name a default-constructible Tape, the workspace of one evaluation");
  static_assert(requirements::has_parameters<V>,
                "holdfast: a VNetwork must have parameters(), const and not, returning a reference to Vector<Scalar>");
  static_assert(requirements::values_states<V>,
                "holdfast: a VNetwork must have const Row<Scalar>& values(const Matrix<Scalar>& observations, Tape&) "
                "const");
  static_assert(requirements::differentiates_value<V>,
                "holdfast: a VNetwork must have backward(const Matrix<Scalar>& observations, Tape&, const Row<Scalar>& "
                "adjoint, Vector<Scalar>& gradient) const, adding to gradient");
  static_assert(Drawable<V>,
                "holdfast: a VNetwork must be constructible from (const Config&, Sizes, Generator&), or from "
                "(NoConfig, Sizes, Generator&) where it names no Config");
  return true;
}

/// Stops the compilation with a line for each member that type C lacks to be Critics.
template <class C>
consteval bool check_critics() {
  static_assert(requirements::names_scalar<C>,
                "holdfast: Critics must name their floating-point type: using Scalar = float;");
  static_assert(requirements::names_actions<C>,
                "holdfast: Critics must name their batch of actions: using Actions = holdfast::Matrix<Scalar>;");
  static_assert(requirements::names_tape<C>,
                "holdfast: Critics must name a default-constructible Tape, the workspace of one evaluation");
  static_assert(requirements::has_members<C>, "holdfast: Critics must have size() const, the number of Q-functions");
  static_assert(requirements::values_members<C>,
                "holdfast: Critics must have const Matrix<Scalar>& values(Net, const Matrix<Scalar>& observations, "
                "const Actions&, Tape&) const, one row per Q-function");
  static_assert(requirements::accumulates<C>,
                "holdfast: Critics must have backward(const Matrix<Scalar>& observations, const Actions&, Tape&, const "
                "Matrix<Scalar>& adjoint), accumulating the gradient that step() uses");
  static_assert(requirements::differentiates_members<C>,
                "holdfast: Critics must have action_gradient(const Matrix<Scalar>& observations, const Actions&, "
                "Tape&, const Matrix<Scalar>& adjoint, Actions& out) const, unless their Actions are finite");
  static_assert(requirements::steps<C>, "holdfast: Critics must have step(), one step of their optimiser");
  static_assert(requirements::tracks<C>, "holdfast: Critics must have track(double rate), moving their targets");
  return true;
}

/// Stops the compilation with a line for each member that Rule lacks to be a ValueRule for policy P and critics C.
template <class Rule, class P, class C>
consteval bool check_value_rule() {
  static_assert(requirements::checks_members<Rule>,
                "holdfast: a ValueRule with members must list them, static void fields(auto& self, auto&& visit), "
                "or check them, validate() const");
  static_assert(requirements::says_temperature<Rule>,
                "holdfast: a ValueRule must say static constexpr bool needs_temperature");
  static_assert(
      requirements::has_state<Rule, P, C>,
      "holdfast: a ValueRule must have template <class Policy, class Critics> class State, constructible from "
      "(const Rule&, const Policy&, const Critics&, Sizes, Generator&)");
  static_assert(requirements::prepares<Rule, P, C>,
                "holdfast: a ValueRule's State must have prepare(Context<Policy, Critics>&), called before the backup");
  static_assert(requirements::rule_tracks<Rule, P, C>,
                "holdfast: a ValueRule's State must have track(Context<Policy, Critics>&, double rate), called with "
                "the targets' Polyak step");
  static_assert(
      requirements::rule_values<Rule, P, C>,
      "holdfast: a ValueRule's State must have values(Context<Policy, Critics>&, Side, Net, Row<Scalar>& out)");
  static_assert(requirements::rule_advantage<Rule, P, C>,
                "holdfast: a ValueRule's State must have advantage(Context<Policy, Critics>&, Row<Scalar>& out)");
  static_assert(requirements::state_reports<Rule, P, C>,
                "holdfast: a ValueRule's State must have report(visit) const, calling visit(name, value)");
  if constexpr (Rule::needs_temperature) return check_density<P>();
  return true;
}

/// Stops the compilation with a line for each member that Penalty lacks to be a CriticPenalty for P and C.
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
  return true;
}

/// Stops the compilation with a line for each member that Improvement lacks to be a PolicyImprovement for P, C and the
/// value rule, or where the rule needs a temperature that the improvement does not publish.
template <class Improvement, class P, class C, class Rule>
consteval bool check_policy_improvement() {
  static_assert(
      requirements::checks_members<Improvement>,
      "holdfast: a PolicyImprovement with members must list them, static void fields(auto& self, auto&& visit), "
      "or check them, validate() const");
  static_assert(requirements::has_state<Improvement, P, C>,
                "holdfast: a PolicyImprovement must have template <class Policy, class Critics> class State, "
                "constructible from (const Improvement&, const Policy&, const Critics&, Sizes, Generator&)");
  static_assert(requirements::prepares<Improvement, P, C>,
                "holdfast: a PolicyImprovement's State must have prepare(Context<Policy, Critics>&)");
  static_assert(requirements::charges<Improvement, P, C>,
                "holdfast: a PolicyImprovement's State must have charge(Context<Policy, Critics>&, Row<Scalar>& "
                "next_value), subtracting what it charges the value in the backup, mostly nothing");
  static_assert(requirements::improves<Improvement, P, C, typename Rule::template State<P, C>>,
                "holdfast: a PolicyImprovement's State must have Scalar improve(Context<Policy, Critics>&, rule state, "
                "Vector<Scalar>& policy_gradient), adding to the gradient and returning its loss");
  static_assert(requirements::state_reports<Improvement, P, C>,
                "holdfast: a PolicyImprovement's State must have report(visit) const, calling visit(name, value)");
  static_assert(!Rule::needs_temperature || requirements::publishes_temperature<Improvement, P, C>,
                "holdfast: this ValueRule backs up the entropy and needs a PolicyImprovement whose State has "
                "temperature() const, such as SoftGreedy");
  return true;
}

/// Stops the compilation with a line for each member that D lacks to be a Divergence for P and C.
template <class D, class P, class C>
consteval bool check_divergence() {
  static_assert(requirements::divergence_has_state<D, P, C>,
                "holdfast: a Divergence must have template <class Policy, class Critics> class State, constructible "
                "from (const Divergence&, const Policy&, Sizes, Generator&)");
  static_assert(requirements::prepares<D, P, C>,
                "holdfast: a Divergence's State must have prepare(Context<Policy, Critics>&), training its model of "
                "the behaviour");
  static_assert(requirements::measures_divergence<D, P, C>,
                "holdfast: a Divergence's State must have values(Context<Policy, Critics>&, const Matrix<Scalar>& "
                "observations, const Candidates& proposed, Row<Scalar>& out), one for each state");
  static_assert(requirements::differentiates_divergence<D, P, C>,
                "holdfast: a Divergence's State must have backward(const Candidates& proposed, const Row<Scalar>& "
                "adjoint, Candidates& out), adding to out");
  static_assert(requirements::state_reports<D, P, C>,
                "holdfast: a Divergence's State must have report(visit) const, calling visit(name, value)");
  return true;
}

/// Stops the compilation with a line for each member that type L lacks to be a Learner.
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

/// Stops the compilation with a line for each member that type E lacks to be an Environment.
template <class E>
consteval bool check_environment() {
  static_assert(requirements::resets<E>,
                "holdfast: an Environment must have reset(Generator&), set_state(const Vector<double>&), state() const "
                "and state_of(const Vector<double>& observation) const");
  static_assert(requirements::observes<E>,
                "holdfast: an Environment must have observe(Eigen::Ref<Vector<double>> out) const");
  static_assert(requirements::takes_actions<E> || requirements::takes_action_numbers<E>,
                "holdfast: an Environment must have step(const Vector<double>& action), or step(Index action) for a "
                "finite set of actions, returning a StepResult");
  static_assert(requirements::describes_itself<E>,
                "holdfast: an Environment must have name(), observation_size(), action_size(), time_limit(), "
                "reward_range() and references(), all const");
  return true;
}

}  // namespace holdfast
