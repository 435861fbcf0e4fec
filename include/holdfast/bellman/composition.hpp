/// \file
/// Describes the learner that a part belongs to, which decides which of the part's fields have an effect.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

/// True unless Critics is always empty, which means that its size() is a constant 0, as for NoCritics.
template <class Critics>
inline constexpr bool has_critics = !requires {
  requires Critics::size()
  == 0;
};

/// True unless Improvement never changes the policy and declares this: static constexpr bool improves_policy = false.
template <class Improvement>
inline constexpr bool improves_policy = !requires {
  requires !Improvement::improves_policy;
};

/// Tells a part what it may need to know about the other parts. The configuration of a part may have
///
///     static void absent(const Composition& in, auto&& visit) {
///       if (in.finite_actions) visit("samples", all_are_counted);
///     }
///
/// The members that it names are then not fields of the configuration (core/fields.hpp).
struct Composition {
  bool critics = true;          ///< the learner has critics
  bool finite_actions = false;  ///< actions are numbers of a finite action set
  bool policy_learns = true;    ///< the policy improvement changes the policy
};

/// The composition of a learner with these parts.
template <class Policy, class Critics, class Improvement>
inline constexpr Composition composition_of{.critics = has_critics<Critics>,
                                            .finite_actions = FiniteActions<typename Policy::Actions>,
                                            .policy_learns = improves_policy<Improvement>};

/// The reason why a number of samples has no effect with a finite action set.
inline constexpr const char* all_are_counted = "finite actions are all counted, none is drawn";

/// The reason why the number of draws of which acting takes the best has no effect with a finite action set.
inline constexpr const char* policy_acts = "over finite actions the policy itself acts";

}  // namespace holdfast
