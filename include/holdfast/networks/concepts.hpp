/// \file
/// Defines the requirements of networks and critics and their error messages.
#pragma once

#include <concepts>
#include <vector>

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/concepts.hpp"
#include "holdfast/core/config_of.hpp"
#include "holdfast/core/gradient_of.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

namespace requirements {

/// A network that stores its parameters elsewhere and updates them itself: step(gradient, scale) consumes the gradient
/// with its own learning rate times `scale`, and discard(gradient) drops the gradient.
template <class N>
concept trains_itself = std::default_initializable<gradient_of<N>> &&
    requires(N network, gradient_of<N>& gradient, double scale) {
  network.step(gradient, scale);
  network.discard(gradient);
};
template <class N>
concept trainable = has_parameters<N> || trains_itself<N>;

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
/// A Q-network whose ∂Q/∂a can be differentiated by its parameters. Optional; the diversity penalty asks for it.
template <class Q>
concept differentiates_action_gradient = requires(const Q q, const Matrix<typename Q::Scalar>& s,
                                                  const typename Q::Actions& a, typename Q::Tape& tape,
                                                  const Row<typename Q::Scalar>& adjoint,
                                                  Vector<typename Q::Scalar>& gradient) {
  q.action_gradient_backward(s, a, tape, adjoint, a, gradient);
};
template <class F>
concept computes = requires(const F f, Index size, const typename F::Config& config, typename F::Scalar* parameters,
                            Generator& generator, const Matrix<typename F::Scalar>& inputs, typename F::Tape& tape) {
  F(size, size, config);
  { f.parameter_count() } -> std::convertible_to<Index>;
  { f.inputs() } -> std::convertible_to<Index>;
  { f.outputs() } -> std::convertible_to<Index>;
  { f.config() } -> std::convertible_to<const typename F::Config&>;
  f.initialize(parameters, generator);
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
/// Critics that give the action gradient of each Q-function, and differentiate it. Optional, as above.
template <class C>
concept has_action_gradients = requires(const C c, const Matrix<typename C::Scalar>& s, const typename C::Actions& a,
                                        typename C::Tape& tape) {
  { c.action_gradients(s, a, tape) } -> std::convertible_to<const std::vector<typename C::Actions>&>;
};
template <class C>
concept differentiates_action_gradients = requires(C c, const Matrix<typename C::Scalar>& s,
                                                   const typename C::Actions& a, typename C::Tape& tape,
                                                   const std::vector<typename C::Actions>& directions) {
  c.action_gradients_backward(s, a, tape, directions);
};
template <class C>
concept steps = requires(C c) {
  c.step();
};
template <class C>
concept tracks = requires(C c, double rate) {
  c.track(rate);
};

}  // namespace requirements

/// A function whose flat parameters are held by its owner. Networks for finite action sets are built from it.
template <class F>
concept IsParametricFunction = requirements::names_scalar<F> && requirements::names_tape<F> &&
    requirements::computes<F> && requirements::differentiates_outputs<F>;

/// One action-value function with flat parameters; an `Ensemble` turns it into critics. For a finite action set it has
/// no gradient with respect to the actions.
template <class Q>
concept IsQNetwork = requirements::names_scalar<Q> && requirements::names_actions<Q> && requirements::names_tape<Q> &&
    requirements::has_parameters<Q> && requirements::values_actions<Q> && requirements::differentiates_parameters<Q> &&
    requirements::differentiates_actions<Q>;

/// One state-value function with flat parameters, constructible from (config, Sizes, Generator&).
template <class V>
concept IsVNetwork = requirements::names_scalar<V> && requirements::names_tape<V> && requirements::has_parameters<V> &&
    requirements::values_states<V> && requirements::differentiates_value<V> && Drawable<V>;

/// A set of action-value functions with target networks and its own optimizer. Its interface consists of
/// vector–Jacobian products, so networks of another framework can implement it. For a finite action set it has no
/// gradient with respect to the actions.
template <class C>
concept IsCritics = requirements::names_scalar<C> && requirements::names_actions<C> && requirements::names_tape<C> &&
    requirements::has_members<C> && requirements::values_members<C> && requirements::accumulates<C> &&
    requirements::differentiates_members<C> && requirements::steps<C> && requirements::tracks<C> &&
    requirements::lists_state<C>;

/// A QNetwork over continuous actions that also has the derivative of its action gradient with respect to its
/// parameters: action_gradient_backward(observations, actions, tape, adjoint, direction, gradient) const adds
/// Σ direction · ∂(adjoint ∂Q/∂a)/∂parameters to `gradient`, at the inputs and the adjoint of the tape's last
/// `action_gradient`; direction is A×KB.
template <class Q>
concept IsTwiceDifferentiableQNetwork =
    IsQNetwork<Q> && !FiniteActions<typename Q::Actions> && requirements::differentiates_action_gradient<Q>;

/// Critics over continuous actions that give the action gradient ∂Q_i/∂a of each Q-function, and the derivatives of
/// these with respect to the parameters.
template <class C>
concept IsTwiceDifferentiableCritics =
    IsCritics<C> && !FiniteActions<typename C::Actions> && requirements::has_action_gradients<C> &&
    requirements::differentiates_action_gradients<C>;

/// Stops compilation if the network type N cannot be trained.
template <class N>
consteval bool check_trainable() {
  static_assert(requirements::names_scalar<N>,
                "holdfast: a network must name its floating-point type: using Scalar = float;");
  static_assert(requirements::trainable<N>,
                "holdfast: a network that is trained must have parameters(), const and not, returning a reference to "
                "Vector<Scalar>, or, where it keeps them elsewhere, name its Gradient and have step(Gradient&, double "
                "scale) and discard(Gradient&)");
  static_assert(HasState<N>,
                "holdfast: a network that keeps its parameters elsewhere must list them, static void state(auto& self, "
                "auto&& visit)");
  return true;
}

/// Stops compilation with one message for each requirement of a QNetwork that Q does not meet.
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

/// Stops compilation with one message for each requirement of a ParametricFunction that F does not meet.
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
                "initialize(Scalar* parameters, Generator&) and const Matrix<Scalar>& forward(const Scalar* "
                "parameters, const Matrix<Scalar>& inputs, Tape&), all const");
  static_assert(requirements::differentiates_outputs<F>,
                "holdfast: a ParametricFunction must have backward(const Scalar* parameters, const Matrix<Scalar>& "
                "inputs, Tape&, const Matrix<Scalar>& adjoint, Scalar* gradient) const, adding to gradient");
  return true;
}

/// Stops compilation with one message for each requirement of a VNetwork that V does not meet.
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

/// Stops compilation with one message for each requirement of Critics that C does not meet.
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
  static_assert(requirements::steps<C>, "holdfast: Critics must have step(), one step of their optimizer");
  static_assert(requirements::tracks<C>, "holdfast: Critics must have track(double rate), moving their targets");
  static_assert(requirements::lists_state<C>,
                "holdfast: Critics must list what they hold, networks, targets and optimizers, by name: static void "
                "state(auto& self, auto&& visit) { visit(\"online\", self.online_); … }");
  return true;
}

/// Stops compilation with one message for each requirement that a Q-network lacks whose action gradient is to be
/// differentiated, beyond those of a QNetwork.
template <class Q>
consteval bool check_twice_differentiable_q_network() {
  check_q_network<Q>();
  static_assert(!FiniteActions<typename Q::Actions>, "holdfast: an action gradient needs continuous Actions");
  static_assert(FiniteActions<typename Q::Actions> || requirements::differentiates_action_gradient<Q>,
                "holdfast: a QNetwork whose action gradient is differentiated must have action_gradient_backward(const "
                "Matrix<Scalar>& observations, const Actions&, Tape&, const Row<Scalar>& adjoint, const Actions& "
                "direction, Vector<Scalar>& gradient) const, adding to gradient");
  return true;
}

/// Stops compilation with one message for each requirement that critics lack whose action gradients are to be
/// differentiated, beyond those of Critics.
template <class C>
consteval bool check_twice_differentiable_critics() {
  check_critics<C>();
  static_assert(!FiniteActions<typename C::Actions>, "holdfast: an action gradient needs continuous Actions");
  static_assert(FiniteActions<typename C::Actions> || requirements::has_action_gradients<C>,
                "holdfast: Critics whose action gradients are differentiated must have const std::vector<Actions>& "
                "action_gradients(const Matrix<Scalar>& observations, const Actions&, Tape&) const, one for each "
                "Q-function");
  static_assert(FiniteActions<typename C::Actions> || requirements::differentiates_action_gradients<C>,
                "holdfast: Critics whose action gradients are differentiated must have action_gradients_backward(const "
                "Matrix<Scalar>& observations, const Actions&, Tape&, const std::vector<Actions>& directions); an "
                "Ensemble has it if its QNetwork has action_gradient_backward");
  return true;
}

}  // namespace holdfast
