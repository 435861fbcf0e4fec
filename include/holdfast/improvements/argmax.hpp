/// \file
/// Argmax: the improvement of Q-learning, which acts greedily and has no policy to train.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/improvements/none.hpp"
#include "holdfast/policies/greedy.hpp"

namespace holdfast {

/// The improvement of Q-learning: acting takes argmax_a min_i Q_i(s, a) over a finite action set (see Greedy). The
/// learner's policy only proposes and does not learn.
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

    /// Proposes the greedy action, for exploration online (see ActorCritic::explore).
    void explore(const Policy& policy, const Critics& critics, const Matrix<typename Policy::Scalar>& observations,
                 Generator&, Proposal<typename Policy::Scalar, ActionIndices>& proposal) {
      propose_greedily(critics, policy.action_size(), typename Policy::Scalar{0}, observations, tape_, proposal);
    }

   private:
    GreedyTape<Critics> tape_;
  };
};

}  // namespace holdfast
