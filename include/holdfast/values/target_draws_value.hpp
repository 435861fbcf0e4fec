/// \file
/// TargetDrawsValue: the value of draws of a target policy that follows the learner's own slowly, as in Diffusion-QL.
#pragma once

#include <cstdint>
#include <utility>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The value rule of Diffusion-QL: V(s) = min_i Q_i(s, ã) with a draw ã of a target policy (Wang et al. 2023,
/// "Diffusion policies as an expressive policy class for offline reinforcement learning"). With more draws V is their
/// mean, or with `maximum` the minimum over critics of each critic's largest value, as the authors use it for mazes.
///
/// The target policy is a copy of the learner's. From update `policy_from` on it moves towards it by the learner's
/// target rate at every `policy_every`-th update, if the targets move at that update (`track_every`).
///
/// The online critics are asked at draws of the learner's own policy, for the advantage A = min_i Q_i(s, a) − V(s).
struct TargetDrawsValue {
  Index samples = 1;         ///< K, draws for each state
  bool maximum = false;      ///< the largest value of the draws, not their mean
  Index policy_every = 5;    ///< updates per move of the target policy, at least 1
  Index policy_from = 1000;  ///< the first update at which it moves, at least 0

  static constexpr bool needs_temperature = false;

  static void fields(auto& self, auto&& visit) {
    visit("samples", self.samples, size_from(1));
    visit("maximum", self.maximum);
    visit("policy_every", self.policy_every, at_least(1));
    visit("policy_from", self.policy_from, at_least(0));
  }

  void warn(Warnings& warnings) const {
    if (samples == 1) warnings.idle("maximum", "there is one draw");
    if (warnings.updates() > 0 && policy_from > warnings.updates())
      warnings.say("policy_from", message(" = ", policy_from, " is more than the ", warnings.updates(),
                                          " updates: the target policy never moves"));
  }

  template <class Policy, class Critics>
  class State;
};

template <class Policy, class Critics>
class TargetDrawsValue::State {
  static_assert(requirements::has_parameters<Policy>,
                "holdfast: a TargetDrawsValue needs a Policy with flat parameters(), which its target follows");
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: a TargetDrawsValue draws actions, so they must be vectors");

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  State(const TargetDrawsValue& rule, Policy policy, const Critics& critics, Sizes, Generator&)
      : rule_(rule), target_(std::move(policy)) {
    require_critics(critics);
  }

  /// Returns the target policy, which starts as a copy of the learner's. The non-const version serves to set its
  /// parameters.
  [[nodiscard]] const Policy& target_policy() const { return target_; }
  [[nodiscard]] Policy& target_policy() { return target_; }

  void prepare(ContextType&) {}

  void track(ContextType& context, double rate) {
    if (context.step >= static_cast<std::uint64_t>(rule_.policy_from) &&
        context.step % static_cast<std::uint64_t>(rule_.policy_every) == 0)
      polyak(target_.parameters(), context.policy.parameters(), rate);
  }

  /// Sets `out` to V of one side of the batch, 1×B.
  void values(ContextType& context, Side side, Net net, Row<Scalar>& out) {
    const Matrix<Scalar>& observations = context.observations(side);
    const Policy& drawing = net == Net::target ? target_ : context.policy;
    drawing.propose(observations, rule_.samples, context.generator, policy_tape_, proposal_);
    const Matrix<Scalar>& q = context.critics.values(net, observations, proposal_.actions, critic_tape_);
    if (rule_.maximum) {
      largest_.resize(q.rows(), observations.cols());
      for (Index i = 0; i < largest_.cols(); ++i)
        largest_.col(i) = q.middleCols(i * rule_.samples, rule_.samples).rowwise().maxCoeff();
      minimum(largest_, out);
    } else {
      minimum(q, lowest_);
      expect(proposal_, lowest_, out);
    }
  }

  /// Sets `out` to the advantages of the batch's own actions, 1×B, from the online critics.
  void advantage(ContextType& context, Row<Scalar>& out) {
    values(context, Side::current, Net::online, baseline_);
    minimum(context.critics.values(Net::online, context.batch.observations, context.batch.actions, data_tape_), out);
    out -= baseline_;
  }

  static void state(auto& self, auto&& visit) { visit("target_policy", self.target_); }

  template <class Visitor>
  void report(Visitor&&) const {}

 private:
  TargetDrawsValue rule_;
  Policy target_;
  typename Policy::Tape policy_tape_;
  typename Critics::Tape critic_tape_;
  typename Critics::Tape data_tape_;
  Proposal<Scalar> proposal_;
  Matrix<Scalar> largest_;  // E×B, of each critic over the draws
  Row<Scalar> lowest_;      // 1×KB
  Row<Scalar> baseline_;
};

}  // namespace holdfast
