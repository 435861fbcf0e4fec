/// \file
/// What each part of the library asks of a type, as concepts: one for each requirement, and one readable message for
/// each that is not met.
///
/// No type inherits anything: it satisfies a concept by having the members. `Policy<P>` and its siblings are booleans
/// for constraints and tests; the checks of checks.hpp turn each requirement that is not met into a readable line.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "holdfast/core/config_of.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/batch.hpp"
#include "holdfast/learners/context.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// Receives a named figure; what the `report` members of learners and parts are called with.
struct FigureVisitor {
  void operator()(std::string_view, double) const {}
};

namespace requirements {

template <class T>
concept names_scalar = std::floating_point<typename T::Scalar>;
template <class T>
concept names_actions = std::default_initializable<typename T::Actions>;
template <class T>
concept names_tape = std::default_initializable<typename T::Tape>;
template <class T>
concept has_parameters = requires(T t, const T c) {
  { t.parameters() } -> std::same_as<Vector<typename T::Scalar>&>;
  { c.parameters() } -> std::same_as<const Vector<typename T::Scalar>&>;
};
template <class T>
concept reports = requires(const T t) {
  t.report(FigureVisitor{});
};

// --- Dataset -------------------------------------------------------------------------------------------------------

template <class D>
concept tells_sizes = requires(const D d) {
  { d.size() } -> std::convertible_to<Index>;
  { d.observation_size() } -> std::convertible_to<Index>;
  { d.action_size() } -> std::convertible_to<Index>;
};
template <class D>
concept gathers = requires(const D d, std::span<const Index> indices, double discount, typename D::BatchType& batch) {
  d.gather(indices, discount, batch);
};

// --- Policy --------------------------------------------------------------------------------------------------------

template <class P>
using Set = Candidates<typename P::Scalar, typename P::Actions>;
template <class P>
concept proposes = requires(const P p, const Matrix<typename P::Scalar>& s, Index per_state, Generator& generator,
                            typename P::Tape& tape, Set<P>& set) {
  p.propose(s, per_state, generator, tape, set);
};
template <class P>
concept differentiates_proposal = requires(const P p, const Matrix<typename P::Scalar>& s, typename P::Tape& tape,
                                           const Set<P>& set, Vector<typename P::Scalar>& gradient) {
  p.backward(s, tape, set, set, gradient);
};
template <class P>
concept clones = requires(const P p, const Matrix<typename P::Scalar>& s, const typename P::Actions& a,
                          const Row<typename P::Scalar>& weights, typename P::Tape& tape,
                          Vector<typename P::Scalar>& gradient) {
  { p.clone(s, a, weights, tape, gradient) } -> std::convertible_to<typename P::Scalar>;
};
template <class P>
concept draws_before_tanh = P::draws_before_tanh;
template <class P>
concept scores_candidates = requires(const P p, const Matrix<typename P::Scalar>& s, const Set<P>& set,
                                     typename P::Tape& tape, const Row<typename P::Scalar>& adjoint, Set<P>& out) {
  { p.log_prob_of(s, set, tape) } -> std::convertible_to<const Row<typename P::Scalar>&>;
  p.log_prob_gradient(tape, set, adjoint, out);
};
template <class P>
concept tells_action_size = requires(const P p) {
  { p.action_size() } -> std::convertible_to<Index>;
};
template <class P>
concept has_mode = requires(const P p, const Matrix<typename P::Scalar>& s, typename P::Tape& tape,
                            typename P::Actions& a) {
  p.mode(s, tape, a);
};

// --- QNetwork, VNetwork and Critics --------------------------------------------------------------------------------

template <class Q>
concept values_actions = requires(const Q q, const Matrix<typename Q::Scalar>& s, const typename Q::Actions& a,
                                  typename Q::Tape& tape) {
  { q.values(s, a, tape) } -> std::convertible_to<const Row<typename Q::Scalar>&>;
};
template <class Q>
concept differentiates_parameters = requires(const Q q, const Matrix<typename Q::Scalar>& s,
                                             const typename Q::Actions& a, typename Q::Tape& tape,
                                             const Row<typename Q::Scalar>& adjoint,
                                             Vector<typename Q::Scalar>& gradient) {
  q.backward(s, a, tape, adjoint, gradient);
};
template <class Q>
concept has_action_gradient = requires(const Q q, const Matrix<typename Q::Scalar>& s, const typename Q::Actions& a,
                                       typename Q::Tape& tape, const Row<typename Q::Scalar>& adjoint,
                                       typename Q::Actions& out) {
  q.action_gradient(s, a, tape, adjoint, out);
};
template <class Q>
concept differentiates_actions = FiniteActions<typename Q::Actions> || has_action_gradient<Q>;

template <class F>
concept computes = requires(const F f, Index size, const typename F::Config& config, typename F::Scalar* parameters,
                            Generator& generator, const Matrix<typename F::Scalar>& inputs, typename F::Tape& tape) {
  F(size, size, config);
  { f.parameter_count() } -> std::convertible_to<Index>;
  { f.inputs() } -> std::convertible_to<Index>;
  { f.outputs() } -> std::convertible_to<Index>;
  { f.config() } -> std::convertible_to<const typename F::Config&>;
  f.initialise(parameters, generator);
  { f.forward(parameters, inputs, tape) } -> std::convertible_to<const Matrix<typename F::Scalar>&>;
};
template <class F>
concept differentiates_outputs = requires(const F f, const typename F::Scalar* parameters,
                                          const Matrix<typename F::Scalar>& inputs, typename F::Tape& tape,
                                          typename F::Scalar* gradient) {
  f.backward(parameters, inputs, tape, inputs, gradient);
};

template <class V>
concept values_states = requires(const V v, const Matrix<typename V::Scalar>& s, typename V::Tape& tape) {
  { v.values(s, tape) } -> std::convertible_to<const Row<typename V::Scalar>&>;
};
template <class V>
concept differentiates_value = requires(const V v, const Matrix<typename V::Scalar>& s, typename V::Tape& tape,
                                        const Row<typename V::Scalar>& adjoint, Vector<typename V::Scalar>& gradient) {
  v.backward(s, tape, adjoint, gradient);
};

template <class C>
concept has_members = requires(const C c) {
  { c.size() } -> std::convertible_to<Index>;
};
template <class C>
concept values_members = requires(const C c, const Matrix<typename C::Scalar>& s, const typename C::Actions& a,
                                  typename C::Tape& tape) {
  { c.values(Net::target, s, a, tape) } -> std::convertible_to<const Matrix<typename C::Scalar>&>;
};
template <class C>
concept accumulates = requires(C c, const Matrix<typename C::Scalar>& s, const typename C::Actions& a,
                               typename C::Tape& tape, const Matrix<typename C::Scalar>& adjoint) {
  c.backward(s, a, tape, adjoint);
};
template <class C>
concept has_member_gradient = requires(const C c, const Matrix<typename C::Scalar>& s, const typename C::Actions& a,
                                       typename C::Tape& tape, const Matrix<typename C::Scalar>& adjoint,
                                       typename C::Actions& out) {
  c.action_gradient(s, a, tape, adjoint, out);
};
template <class C>
concept differentiates_members = FiniteActions<typename C::Actions> || has_member_gradient<C>;
template <class C>
concept steps = requires(C c) {
  c.step();
};
template <class C>
concept tracks = requires(C c, double rate) {
  c.track(rate);
};

// --- the three columns of the table --------------------------------------------------------------------------------

template <class Part, class P, class C>
using StateOf = typename Part::template State<P, C>;
template <class Part, class P, class C>
concept has_state = requires(const Part& part, const P& policy, const C& critics, Sizes sizes, Generator& generator) {
  StateOf<Part, P, C>(part, policy, critics, sizes, generator);
};
template <class Part>
concept checks_members = std::is_empty_v<Part> || HasFields<Part> || requires(const Part part) {
  part.validate();
};
template <class Part, class P, class C>
concept prepares = requires(typename Part::template State<P, C> state, Context<P, C>& x) {
  state.prepare(x);
};
template <class Part, class P, class C>
concept state_reports = reports<typename Part::template State<P, C>>;

template <class Rule>
concept says_temperature = requires {
  std::bool_constant<Rule::needs_temperature>{};
};
template <class Rule, class P, class C>
concept rule_tracks = requires(typename Rule::template State<P, C> state, Context<P, C>& x, double rate) {
  state.track(x, rate);
};
template <class Rule, class P, class C>
concept rule_values = requires(typename Rule::template State<P, C> state, Context<P, C>& x,
                               Row<typename P::Scalar>& out) {
  state.values(x, Side::next, Net::target, out);
};
template <class Rule, class P, class C>
concept rule_advantage = requires(typename Rule::template State<P, C> state, Context<P, C>& x,
                                  Row<typename P::Scalar>& out) {
  state.advantage(x, out);
};

template <class Penalty, class P, class C>
concept penalty_adds = requires(typename Penalty::template State<P, C> state, Context<P, C>& x,
                                const Matrix<typename P::Scalar>& q, Matrix<typename P::Scalar>& adjoint) {
  { state.add(x, q, adjoint) } -> std::convertible_to<typename P::Scalar>;
};

template <class Improvement, class P, class C, class RuleState>
concept improves = requires(typename Improvement::template State<P, C> state, Context<P, C>& x, RuleState& rule,
                            Vector<typename P::Scalar>& gradient) {
  { state.improve(x, rule, gradient) } -> std::convertible_to<typename P::Scalar>;
};
template <class Improvement, class P, class C>
concept charges = requires(typename Improvement::template State<P, C> state, Context<P, C>& x,
                           Row<typename P::Scalar>& next_value) {
  state.charge(x, next_value);
};
template <class Improvement, class P, class C>
concept publishes_temperature = requires(const typename Improvement::template State<P, C> state) {
  { state.temperature() } -> std::convertible_to<typename P::Scalar>;
};

template <class Divergence, class P, class C>
concept divergence_has_state = requires(const Divergence& part, const P& policy, Sizes sizes, Generator& generator) {
  StateOf<Divergence, P, C>(part, policy, sizes, generator);
};
template <class Divergence, class P, class C>
concept measures_divergence = requires(typename Divergence::template State<P, C> state, Context<P, C>& x,
                                       const Matrix<typename P::Scalar>& s, const Set<P>& set,
                                       Row<typename P::Scalar>& out) {
  state.values(x, s, set, out);
};
template <class Divergence, class P, class C>
concept differentiates_divergence = requires(typename Divergence::template State<P, C> state, const Set<P>& set,
                                             const Row<typename P::Scalar>& adjoint, Set<P>& out) {
  state.backward(set, adjoint, out);
};

// --- Learner and Environment ---------------------------------------------------------------------------------------

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

template <class E>
concept resets = requires(E environment, const E known, Generator& generator, const Vector<double>& given) {
  environment.reset(generator);
  environment.set_state(given);
  { known.state() } -> std::convertible_to<Vector<double>>;
  { known.state_of(given) } -> std::convertible_to<Vector<double>>;
};
template <class E>
concept observes = requires(const E environment, Eigen::Ref<Vector<double>> out) {
  environment.observe(out);
};
template <class E>
concept takes_actions = requires(E environment, Eigen::Ref<const Vector<double>> action) {
  { environment.step(action).reward } -> std::convertible_to<double>;
  { environment.step(action).terminal } -> std::convertible_to<bool>;
};
template <class E>
concept takes_action_numbers = requires(E environment, Index action) {
  { environment.step(action).reward } -> std::convertible_to<double>;
  { environment.step(action).terminal } -> std::convertible_to<bool>;
};
template <class E>
concept describes_itself = requires(const E environment) {
  { environment.name() } -> std::convertible_to<std::string_view>;
  { environment.observation_size() } -> std::convertible_to<Index>;
  { environment.action_size() } -> std::convertible_to<Index>;
  { environment.time_limit() } -> std::convertible_to<Index>;
  { environment.reward_range().lowest } -> std::convertible_to<double>;
  { environment.reward_range().highest } -> std::convertible_to<double>;
  { environment.references().random } -> std::convertible_to<double>;
  { environment.references().good } -> std::convertible_to<double>;
};

}  // namespace requirements

/// A fixed or growing set of transitions that batches are gathered from.
template <class D>
concept Dataset = requirements::names_scalar<D> && requirements::tells_sizes<D> && requirements::gathers<D>;

/// A distribution over actions with flat parameters and the gradients of its samples and of given actions' likelihood.
template <class P>
concept Policy = requirements::names_scalar<P> && requirements::names_actions<P> && requirements::names_tape<P> &&
    requirements::has_parameters<P> && requirements::tells_action_size<P> && requirements::proposes<P> &&
    requirements::differentiates_proposal<P> && requirements::clones<P> && requirements::has_mode<P>;

/// A function of flat parameters that its owner holds: what networks over finite actions are made of.
template <class F>
concept ParametricFunction = requirements::names_scalar<F> && requirements::names_tape<F> &&
    requirements::computes<F> && requirements::differentiates_outputs<F>;

/// One action-value function with flat parameters; `Ensemble` makes critics of it. Over finite actions it has no
/// gradient with respect to them.
template <class Q>
concept QNetwork = requirements::names_scalar<Q> && requirements::names_actions<Q> && requirements::names_tape<Q> &&
    requirements::has_parameters<Q> && requirements::values_actions<Q> && requirements::differentiates_parameters<Q> &&
    requirements::differentiates_actions<Q>;

/// One state-value function with flat parameters, made of (config, Sizes, Generator&).
template <class V>
concept VNetwork = requirements::names_scalar<V> && requirements::names_tape<V> && requirements::has_parameters<V> &&
    requirements::values_states<V> && requirements::differentiates_value<V> && Drawable<V>;

/// A set of action-value functions with targets that steps itself, its boundary a vector–Jacobian product: the way in
/// for networks of another framework. Over finite actions it has no gradient with respect to them.
template <class C>
concept Critics = requirements::names_scalar<C> && requirements::names_actions<C> && requirements::names_tape<C> &&
    requirements::has_members<C> && requirements::values_members<C> && requirements::accumulates<C> &&
    requirements::differentiates_members<C> && requirements::steps<C> && requirements::tracks<C>;

/// The first column of the table: how a state is valued, for policy P and critics C.
template <class Rule, class P, class C>
concept ValueRule = requirements::checks_members<Rule> && requirements::says_temperature<Rule> &&
    requirements::has_state<Rule, P, C> && requirements::prepares<Rule, P, C> &&
    requirements::rule_tracks<Rule, P, C> && requirements::rule_values<Rule, P, C> &&
    requirements::rule_advantage<Rule, P, C> && requirements::state_reports<Rule, P, C>;

/// The second column: what is added to the critics' Bellman error.
template <class Penalty, class P, class C>
concept CriticPenalty = requirements::checks_members<Penalty> && requirements::has_state<Penalty, P, C> &&
    requirements::prepares<Penalty, P, C> && requirements::penalty_adds<Penalty, P, C> &&
    requirements::state_reports<Penalty, P, C>;

/// The third column: where the policy moves, given critics C and a value rule.
template <class Improvement, class P, class C, class Rule>
concept PolicyImprovement = requirements::checks_members<Improvement> && requirements::has_state<Improvement, P, C> &&
    requirements::prepares<Improvement, P, C> && requirements::charges<Improvement, P, C> &&
    requirements::improves<Improvement, P, C, typename Rule::template State<P, C>> &&
    requirements::state_reports<Improvement, P, C>;

/// How far a policy is from what the data does, as ConstrainedGreedy bounds it.
template <class D, class P, class C>
concept Divergence = requirements::divergence_has_state<D, P, C> && requirements::prepares<D, P, C> &&
    requirements::measures_divergence<D, P, C> && requirements::differentiates_divergence<D, P, C> &&
    requirements::state_reports<D, P, C>;

/// What a training loop drives: it is updated with batches and has a policy.
template <class L>
concept Learner = requirements::names_scalar<L> && requirements::updates<L> && requirements::tells_discount<L> &&
    requirements::tells_policy<L> && requirements::reports<L>;

/// A world to act in, resettable to a given state. It does not count its time limit: whoever records does, and calls
/// the end of a recording a time-out. Its actions are vectors, or the numbers of a finite set.
template <class E>
concept Environment = requirements::resets<E> && requirements::observes<E> &&
    (requirements::takes_actions<E> || requirements::takes_action_numbers<E>)&&requirements::describes_itself<E>;

/// An environment with a finite set of actions, `action_size()` of them.
template <class E>
concept FiniteEnvironment = Environment<E> && requirements::takes_action_numbers<E>;

}  // namespace holdfast
