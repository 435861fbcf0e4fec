/// \file
/// NoPenalty: no critic penalty, only the Bellman error.
#pragma once

#include "holdfast/bellman/context.hpp"

namespace holdfast {

/// The empty critic penalty: it adds nothing to the critic loss.
struct NoPenalty {
  static void fields(auto&, auto&&) {}

  template <class Policy, class Critics>
  class State {
   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;
    State(const NoPenalty&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(ContextType&) {}
    Scalar add(ContextType&, const Matrix<Scalar>&, Matrix<Scalar>&) { return 0; }
    static void state(auto&, auto&&) {}

    template <class Visitor>
    void report(Visitor&&) const {}
  };
};

}  // namespace holdfast
