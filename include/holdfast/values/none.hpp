/// \file
/// NoValue: the empty value rule of behavior cloning.
#pragma once

#include "holdfast/bellman/context.hpp"

namespace holdfast {

/// The empty value rule of behavior cloning: V(s) = 0, and there is no advantage.
struct NoValue {
  static constexpr bool needs_temperature = false;

  static void fields(auto&, auto&&) {}

  template <class Policy, class Critics>
  class State {
   public:
    using ContextType = Context<Policy, Critics>;
    State(const NoValue&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(ContextType&) {}
    void track(ContextType&, double) {}
    void values(ContextType& context, Side, Net, Row<typename ContextType::Scalar>& out) {
      out.setZero(context.batch.size());
    }
    template <class Out>
    void advantage(ContextType&, Out&) {
      static_assert(sizeof(Out) == 0,
                    "holdfast: an AdvantageWeighted needs a ValueRule that has an advantage, such as PolicyValue, and "
                    "NoValue has none");
    }
    static void state(auto&, auto&&) {}

    template <class Visitor>
    void report(Visitor&&) const {}
  };
};

}  // namespace holdfast
