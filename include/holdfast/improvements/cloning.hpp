/// \file
/// Cloning: policy improvement by imitation of the data.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

/// Cloning of the data: max E_D[log π(a|s)], or the least squared error if the policy has no density.
struct Cloning {
  static void fields(auto&, auto&&) {}

  template <class Policy, class Critics>
  class State {
    static_assert(check_acts_as_cloned<Policy>());

   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;

    State(const Cloning&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(ContextType&) {}
    void penalize_value(ContextType&, Row<Scalar>&) {}

    /// Adds the gradient of the cloning loss to `gradient` and returns the loss.
    template <class Rule>
    Scalar improve(ContextType& context, Rule&, typename ContextType::Gradient& gradient) {
      weights_.setOnes(context.batch.size());
      return context.policy.cloning_loss(context.batch.observations, context.batch.actions, weights_, context.generator,
                                         tape_, gradient);
    }

    static void state([[maybe_unused]] auto& self, [[maybe_unused]] auto&& visit) {
      if constexpr (requires { self.tape_.clamped_share; }) visit("clamped_share", self.tape_.clamped_share);
    }

    template <class Visitor>
    void report([[maybe_unused]] Visitor&& visit) const {
      if constexpr (requires { tape_.clamped_share; }) visit("clamped_share", tape_.clamped_share);
    }

   private:
    typename Policy::Tape tape_;
    Row<Scalar> weights_;
  };
};

}  // namespace holdfast
