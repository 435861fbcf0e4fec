/// \file
/// Maximum: the value rule of Q-learning, the largest value over a finite action set.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The value rule of Q-learning over a finite action set: V(s) = max_a min_i Q_i(s, a) (Watkins 1989; Mnih et al. 2015,
/// "DQN"). With `double_q` the online critics choose the action and the target critics value it (van Hasselt
/// et al. 2016, "Double Q-learning"). If several actions are equally good, the first one is taken. The advantage is
/// min_i Q_i(s, a) − V(s). For a continuous policy use MaximumBackup, a maximum over draws.
struct Maximum {
  bool double_q = true;  ///< the online critics choose the action

  static constexpr bool needs_temperature = false;

  static void fields(auto& self, auto&& visit) { visit("double_q", self.double_q); }

  template <class Policy, class Critics>
  class State;
};

template <class Policy, class Critics>
class Maximum::State {
  static_assert(FiniteActions<typename Policy::Actions>,
                "holdfast: Maximum compares the actions of a finite set; over draws of a continuous policy use "
                "MaximumBackup");

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  /// Throws ConfigError if there are no critics.
  State(const Maximum& config, const Policy&, const Critics& critics, Sizes, Generator&) : config_(config) {
    require_critics(critics);
  }
  void prepare(ContextType&) {}
  void track(ContextType&, double) {}

  /// Sets `out` to V of one side of the batch, 1×B, from the online or the target critics.
  void values(ContextType& context, Side side, Net net, Row<Scalar>& out) {
    const Matrix<Scalar>& observations = context.observations(side);
    context.policy.propose(observations, /*per_state=*/1, context.generator, policy_tape_, proposal_);
    minimum(context.critics.values(net, observations, proposal_.actions, critic_tape_), value_);
    const bool others_choose = config_.double_q && net == Net::target;
    if (others_choose)
      minimum(context.critics.values(Net::online, observations, proposal_.actions, critic_tape_), choosing_);
    const Row<Scalar>& choosing = others_choose ? choosing_ : value_;
    const Index count = proposal_.per_state;
    out.resize(proposal_.states());
    for (Index state = 0; state < out.size(); ++state) {
      out(state) = value_(state * count + first_largest(choosing.segment(state * count, count)));
    }
  }

  /// Sets `out` to the advantages of the batch's own actions, 1×B, from the online critics.
  void advantage(ContextType& context, Row<Scalar>& out) {
    values(context, Side::current, Net::online, baseline_);
    minimum(context.critics.values(Net::online, context.batch.observations, context.batch.actions, data_tape_), out);
    out -= baseline_;
  }

  static void state(auto&, auto&&) {}

  template <class Visitor>
  void report(Visitor&&) const {}

 private:
  Maximum config_;
  typename Policy::Tape policy_tape_;
  typename Critics::Tape critic_tape_;
  typename Critics::Tape data_tape_;
  Proposal<Scalar, typename Policy::Actions> proposal_;
  Row<Scalar> value_;
  Row<Scalar> choosing_;
  Row<Scalar> baseline_;
};

}  // namespace holdfast
