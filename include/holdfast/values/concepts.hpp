/// \file
/// IsValueRule: the requirements of a value rule, with a readable message for each.
#pragma once

#include <type_traits>

#include "holdfast/bellman/concepts.hpp"
#include "holdfast/bellman/context.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

namespace requirements {

template <class Rule>
concept says_temperature = requires {
  std::bool_constant<Rule::needs_temperature>{};
};
template <class Rule, class P, class C>
concept rule_tracks = requires(typename Rule::template State<P, C> state, Context<P, C>& context, double rate) {
  state.track(context, rate);
};
template <class Rule, class P, class C>
concept rule_values = requires(typename Rule::template State<P, C> state, Context<P, C>& context,
                               Row<typename P::Scalar>& out) {
  state.values(context, Side::next, Net::target, out);
};
template <class Rule, class P, class C>
concept rule_advantage = requires(typename Rule::template State<P, C> state, Context<P, C>& context,
                                  Row<typename P::Scalar>& out) {
  state.advantage(context, out);
};

}  // namespace requirements

/// The requirements of a value rule, the first column of the algorithm table: it defines V(s) for policy P and critics
/// C.
template <class Rule, class P, class C>
concept IsValueRule =
    requirements::checks_members<Rule> && requirements::says_temperature<Rule> && requirements::has_state<Rule, P, C> &&
    requirements::prepares<Rule, P, C> && requirements::rule_tracks<Rule, P, C> &&
    requirements::rule_values<Rule, P, C> && requirements::rule_advantage<Rule, P, C> &&
    requirements::state_reports<Rule, P, C> && requirements::state_is_listed<Rule, P, C>;

/// Stops the compilation with one message for each member that Rule lacks to be a ValueRule for policy P and critics C.
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
  static_assert(requirements::state_is_listed<Rule, P, C>,
                "holdfast: a ValueRule's State must list what it holds, networks, dual variables, generators and "
                "counters, by name: static void state(auto& self, auto&& visit) { visit(\"name\", self.member_); }, "
                "empty where it holds nothing");
  if constexpr (Rule::needs_temperature) return check_density<P>();
  return true;
}

}  // namespace holdfast
