/// \file
/// Provides the Bellman backup y = r + γ (1 − d) V(s′) as an Eigen expression. Everything that bootstraps uses it.
#pragma once

#include <Eigen/Core>
#include <type_traits>
#include <utility>

namespace holdfast {

/// True if an expression that nests `T` would refer to a temporary: an rvalue of a type that Eigen nests by reference
/// (a plain Row, a Ref). Lvalues outlive the expression, and Eigen nests its own expressions by value.
template <class T>
inline constexpr bool nests_a_temporary =
    !std::is_lvalue_reference_v<T> &&
    (Eigen::internal::traits<std::remove_cvref_t<T>>::Flags & Eigen::NestByRefBit) != 0;

/// Returns y = r + c · V(s′) with c = γ (1 − d), as a lazy expression. It is evaluated in one vectorized pass without
/// allocation when it is assigned. Write `row = backup(…)`, not `auto y = backup(…)`.
///
/// \param reward        r, 1×B (any array expression)
/// \param continuation  c = γ (1 − terminal), 1×B; a Batch holds it
/// \param next_value    V(s′), 1×B
///
/// A temporary Row or Ref does not compile, because the expression would hold a dangling reference to it.
template <class Reward, class Continuation, class Value>
[[nodiscard]] auto backup(Reward&& reward, Continuation&& continuation, Value&& next_value) {
  static_assert(!nests_a_temporary<Reward&&> && !nests_a_temporary<Continuation&&> && !nests_a_temporary<Value&&>,
                "holdfast::backup: an argument is a temporary Row or Ref, which the returned expression would outlive; "
                "give it a name first");
  return std::forward<Reward>(reward) + std::forward<Continuation>(continuation) * std::forward<Value>(next_value);
}

}  // namespace holdfast
