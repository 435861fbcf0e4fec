/// \file
/// No value rule: the empty cell of behaviour cloning.
#pragma once

#include "holdfast/learners/context.hpp"

namespace holdfast {

/// Bootstraps from nothing: V(s) = 0, and so is every advantage.
struct NoValue {
  static constexpr bool needs_temperature = false;

  static void fields(auto&, auto&&) {}

  template <class Policy, class Critics>
  class State {
   public:
    using X = Context<Policy, Critics>;
    State(const NoValue&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(X&) {}
    void track(X&, double) {}
    void values(X& x, Side, Net, Row<typename X::Scalar>& out) { out.setZero(x.batch.size()); }
    void advantage(X& x, Row<typename X::Scalar>& out) { out.setZero(x.batch.size()); }
    template <class Visitor>
    void report(Visitor&&) const {}
  };
};

}  // namespace holdfast
