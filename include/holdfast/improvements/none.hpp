/// \file
/// NoImprovement: no policy improvement, as in policy evaluation.
#pragma once

#include "holdfast/bellman/context.hpp"

namespace holdfast {

/// Leaves the policy unchanged. Together with PolicyValue this is policy evaluation.
struct NoImprovement {
  static constexpr bool improves_policy = false;

  static void fields(auto&, auto&&) {}

  template <class Policy, class Critics>
  class State {
   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;

    State(const NoImprovement&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(ContextType&) {}
    void penalize_value(ContextType&, Row<Scalar>&) {}
    template <class Rule>
    Scalar improve(ContextType&, Rule&, typename ContextType::Gradient&) {
      return 0;
    }
    static void state(auto&, auto&&) {}

    template <class Visitor>
    void report(Visitor&&) const {}
  };
};

}  // namespace holdfast
