/// \file
/// Policy improvement without a policy: act by the largest value.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/improvements/none.hpp"
#include "holdfast/policies/greedy.hpp"

namespace holdfast {

/// argmax_a min_i Q_i(s, a), over a finite set of actions: what acts is Greedy, the policy only proposes.
struct Argmax {
  static constexpr bool improves_policy = false;

  static void fields(auto&, auto&&) {}

  template <class Policy, class Critics>
  class State : public NoImprovement::State<Policy, Critics> {
    static_assert(FiniteActions<typename Policy::Actions>, "holdfast: Argmax chooses among finite actions");

   public:
    State(const Argmax&, const Policy& policy, const Critics& critics, Sizes sizes, Generator& generator)
        : NoImprovement::State<Policy, Critics>({}, policy, critics, sizes, generator) {
      require_critics(critics);
    }

    [[nodiscard]] Greedy<Critics> acting(const Policy& policy, const Critics& critics) const {
      return Greedy<Critics>(critics, policy.action_size());
    }

    /// What explores online proposes: the greedy choice (ActorCritic::explore).
    void explore(const Policy& policy, const Critics& critics, const Matrix<typename Policy::Scalar>& observations,
                 Candidates<typename Policy::Scalar, ActionIndices>& set) {
      propose_greedily(critics, policy.action_size(), typename Policy::Scalar{0}, observations, tape_, set);
    }

   private:
    GreedyTape<Critics> tape_;
  };
};

}  // namespace holdfast
