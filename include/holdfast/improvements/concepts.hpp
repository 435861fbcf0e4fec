/// \file
/// IsPolicyImprovement: the requirements of a policy improvement, with a readable message for each.
#pragma once

#include <concepts>

#include "holdfast/bellman/concepts.hpp"
#include "holdfast/bellman/context.hpp"

namespace holdfast {

namespace requirements {

template <class Improvement, class P, class C, class RuleState>
concept improves = requires(typename Improvement::template State<P, C> state, Context<P, C>& context, RuleState& rule,
                            gradient_of<P>& gradient) {
  { state.improve(context, rule, gradient) } -> std::convertible_to<typename P::Scalar>;
};
template <class Improvement, class P, class C>
concept penalizes_value = requires(typename Improvement::template State<P, C> state, Context<P, C>& context,
                                   Row<typename P::Scalar>& next_value) {
  state.penalize_value(context, next_value);
};
template <class Improvement, class P, class C>
concept publishes_temperature = requires(const typename Improvement::template State<P, C> state) {
  { state.temperature() } -> std::convertible_to<typename P::Scalar>;
};

}  // namespace requirements

/// The requirements of a policy improvement, the third column of the algorithm table: it moves policy P, given critics
/// C and a value rule.
template <class Improvement, class P, class C, class Rule>
concept IsPolicyImprovement = requirements::checks_members<Improvement> && requirements::has_state<Improvement, P, C> &&
    requirements::prepares<Improvement, P, C> && requirements::penalizes_value<Improvement, P, C> &&
    requirements::improves<Improvement, P, C, typename Rule::template State<P, C>> &&
    requirements::state_reports<Improvement, P, C> && requirements::state_is_listed<Improvement, P, C>;

/// Stops the compilation with one message for each member that Improvement lacks to be a PolicyImprovement for P, C and
/// the value rule. Also stops it if the rule needs a temperature that the improvement does not publish.
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
  static_assert(
      requirements::penalizes_value<Improvement, P, C>,
      "holdfast: a PolicyImprovement's State must have penalize_value(Context<Policy, Critics>&, Row<Scalar>& "
      "next_value), subtracting its penalty on the value in the backup, mostly nothing");
  static_assert(requirements::improves<Improvement, P, C, typename Rule::template State<P, C>>,
                "holdfast: a PolicyImprovement's State must have Scalar improve(Context<Policy, Critics>&, rule state, "
                "Gradient& policy_gradient), adding to the gradient, which is the policy's, and returning its loss");
  static_assert(requirements::state_reports<Improvement, P, C>,
                "holdfast: a PolicyImprovement's State must have report(visit) const, calling visit(name, value)");
  static_assert(
      requirements::state_is_listed<Improvement, P, C>,
      "holdfast: a PolicyImprovement's State must list what it holds, networks, dual variables, generators and "
      "counters, by name: static void state(auto& self, auto&& visit) { visit(\"name\", self.member_); }, "
      "empty where it holds nothing");
  static_assert(!Rule::needs_temperature || requirements::publishes_temperature<Improvement, P, C>,
                "holdfast: this ValueRule backs up the entropy and needs a PolicyImprovement whose State has "
                "temperature() const, such as SoftGreedy");
  return true;
}

}  // namespace holdfast
