/// \file
/// TargetPolicyValue: the value of a target policy that follows the learner's own slowly, as in DDPG, TD3 and ReBRAC.
#pragma once

#include <utility>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

/// The defaults of DDPG: no smoothing and no penalty. For an algorithm with others, pass a type with the same members.
struct TargetPolicyDefaults {
  static constexpr double noise = 0;
  static constexpr double distance_weight = 0;
};

/// The target policy value rule: V(s) = min_i Q_i(s, ã) with ã = clip(π̄(s) + clip(σ ε, ±c), ±1), ε ~ N(0, 1). π̄ is the
/// mode of a target policy, which moves with the target critics (Lillicrap et al. 2016, "DDPG"). The noise smooths Q
/// over similar actions (Fujimoto et al. 2018, "TD3", equation 14).
///
/// With a distance weight β, the value of a next state s′ is reduced by β ‖ã − a′‖², where a′ is the action that the
/// data took at s′ (Tarasov et al. 2023, "ReBRAC", equation 4). The batches must then have `next_actions` (see
/// with_next_actions).
///
/// The online critics are asked at the learner's own policy, without noise: A = min_i Q_i(s, a) − min_i Q_i(s, π(s)).
template <class Defaults = TargetPolicyDefaults>
struct TargetPolicyValue {
  double noise = Defaults::noise;                      ///< σ, standard deviation of the noise, at least 0
  double noise_clip = 0.5;                             ///< c, the largest noise, at least 0
  double distance_weight = Defaults::distance_weight;  ///< β, at least 0

  static constexpr bool needs_temperature = false;

  static void fields(auto& self, auto&& visit) {
    visit("noise", self.noise, at_least(0));
    visit("noise_clip", self.noise_clip, at_least(0));
    visit("distance_weight", self.distance_weight, at_least(0));
  }

  void warn(Warnings& warnings) const {
    if (noise == 0) warnings.idle("noise_clip", "noise is 0");
  }

  /// Returns whether values are below what the policy earns, by the distance from the data.
  [[nodiscard]] bool lowers_values() const { return distance_weight > 0; }

  template <class Policy, class Critics>
  class State;
};

template <class Defaults>
template <class Policy, class Critics>
class TargetPolicyValue<Defaults>::State {
  static_assert(requirements::has_parameters<Policy>,
                "holdfast: a TargetPolicyValue needs a Policy with flat parameters(), which its target follows");
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: a TargetPolicyValue adds noise to actions, so they must be vectors");

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  State(const TargetPolicyValue& rule, Policy policy, const Critics& critics, Sizes, Generator&)
      : rule_(rule), target_(std::move(policy)) {
    require_critics(critics);
  }

  /// Returns the target policy, which starts as a copy of the learner's. The non-const version serves to set its
  /// parameters.
  [[nodiscard]] const Policy& target_policy() const { return target_; }
  [[nodiscard]] Policy& target_policy() { return target_; }

  void prepare(ContextType&) {}
  void track(ContextType& context, double rate) { polyak(target_.parameters(), context.policy.parameters(), rate); }

  /// Sets `out` to V of one side of the batch, 1×B. Throws DataError if the rule needs next actions that the batch does
  /// not have.
  void values(ContextType& context, Side side, Net net, Row<Scalar>& out) {
    const Matrix<Scalar>& observations = context.observations(side);
    const Policy& acting = net == Net::target ? target_ : context.policy;
    acting.mode(observations, policy_tape_, actions_);
    if (net == Net::target && rule_.noise > 0) add_noise(context.generator);
    minimum(context.critics.values(net, observations, actions_, critic_tape_), out);
    if (side == Side::next && rule_.distance_weight > 0) subtract_distance(context.batch.next_actions, out);
  }

  /// Sets `out` to the advantages of the batch's own actions, 1×B, from the online critics.
  void advantage(ContextType& context, Row<Scalar>& out) {
    values(context, Side::current, Net::online, baseline_);
    minimum(context.critics.values(Net::online, context.batch.observations, context.batch.actions, critic_tape_), out);
    out -= baseline_;
  }

  static void state(auto& self, auto&& visit) { visit("target_policy", self.target_); }

  template <class Visitor>
  void report(Visitor&&) const {}

 private:
  void add_noise(Generator& generator) {
    noise_.resize(actions_.rows(), actions_.cols());
    generator.fill_normal(noise_);
    const auto limit = static_cast<Scalar>(rule_.noise_clip);
    const auto clipped = (static_cast<Scalar>(rule_.noise) * noise_.array()).max(-limit).min(limit);
    actions_ = (actions_.array() + clipped).max(Scalar{-1}).min(Scalar{1});
  }

  void subtract_distance(const Matrix<Scalar>& next_actions, Row<Scalar>& out) const {
    if (next_actions.rows() != actions_.rows() || next_actions.cols() != actions_.cols())
      throw DataError(message(
          "next actions: expected ", actions_.rows(), "x", actions_.cols(),
          ", the recorded action at each next observation, for value.distance_weight = ", rule_.distance_weight,
          ", found ", next_actions.rows(), "x", next_actions.cols(), "; with_next_actions adds them to a dataset"));
    out -= static_cast<Scalar>(rule_.distance_weight) * (actions_ - next_actions).array().square().colwise().sum();
  }

  TargetPolicyValue rule_;
  Policy target_;
  typename Policy::Tape policy_tape_;
  typename Critics::Tape critic_tape_;
  Matrix<Scalar> actions_;  // A×B
  Matrix<Scalar> noise_;    // A×B
  Row<Scalar> baseline_;
};

}  // namespace holdfast
