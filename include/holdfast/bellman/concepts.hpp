/// \file
/// Defines the requirements that the parts of a learner share.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/concepts.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::requirements {

template <class Part, class P, class C>
using StateOf = typename Part::template State<P, C>;
template <class Part, class P, class C>
concept has_state = requires(const Part& part, const P& policy, const C& critics, Sizes sizes, Generator& generator) {
  StateOf<Part, P, C>(part, policy, critics, sizes, generator);
};
template <class Part, class P, class C>
concept prepares = requires(typename Part::template State<P, C> state, Context<P, C>& context) {
  state.prepare(context);
};
template <class Part, class P, class C>
concept state_reports = reports<typename Part::template State<P, C>>;
template <class Part, class P, class C>
concept state_is_listed = lists_state<typename Part::template State<P, C>>;

}  // namespace holdfast::requirements
