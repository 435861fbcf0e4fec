/// \file
/// The kind of learner that a part is composed into, which decides which of the part's fields have an effect.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

/// False for critics that are none by their type, whose size() is a constant 0, as that of NoCritics.
template <class Critics>
inline constexpr bool has_critics = !requires {
  requires Critics::size()
  == 0;
};

/// False for an improvement that leaves the policy alone and says so: static constexpr bool improves_policy = false.
template <class Improvement>
inline constexpr bool improves_policy = !requires {
  requires !Improvement::improves_policy;
};

/// Tells a part what it may need to know of the others. A configuration of a part may have
///
///     static void absent(const Composition& in, auto&& visit) {
///       if (in.finite_actions) visit("samples", all_are_counted);
///     }
///
/// and those members are no fields there (core/fields.hpp).
struct Composition {
  bool critics = true;          ///< there are critics
  bool finite_actions = false;  ///< actions are the numbers of a finite set
  bool policy_learns = true;    ///< the policy improvement moves the policy
};

/// The composition of a learner with these parts.
template <class Policy, class Critics, class Improvement>
inline constexpr Composition composition_of{.critics = has_critics<Critics>,
                                            .finite_actions = FiniteActions<typename Policy::Actions>,
                                            .policy_learns = improves_policy<Improvement>};

/// The reason why numbers of draws have no effect where actions are finite.
inline constexpr const char* all_are_counted = "finite actions are all counted, none is drawn";

}  // namespace holdfast
