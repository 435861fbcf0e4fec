/// \file
/// GreedyCloning: greedy policy improvement beside the policy's own cloning loss, as in Diffusion-QL and FQL.
#pragma once

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/improvements/greedy_loss.hpp"
#include "holdfast/policies/best_of.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

/// The defaults of Diffusion-QL. For another algorithm with the same improvement, pass a type with the same members.
struct DiffusionQlGreedyDefaults {
  static constexpr bool normalize_q = true;
  static constexpr GreedyCritic critic = GreedyCritic::random;
  static constexpr Index acting_samples = 50;
  static constexpr DrawChoice acting_choice = DrawChoice::softmax;
  static constexpr bool distills = false;  ///< the policy has a part that is distilled
};

/// Greedy policy improvement that stays near the data by the policy's own cloning loss:
///
///     min  β · cloning loss(π) − λ E[Q(s, a)] + α · distillation loss(π),  a ~ π(s)
///
/// with one draw for each state, through whose making the gradient flows: the denoising chain of a diffusion policy
/// (Wang et al. 2023, "Diffusion policies as an expressive policy class for offline reinforcement learning", equation
/// 3, whose η is λ), or the one-step network of FQL (Park et al. 2025, "Flow Q-learning"), whose third term distills a
/// cloned flow.
///
/// λ is `q_weight`. With `normalize_q` it is `q_weight` / mean |Q| over the batch, treated as a constant; if the critic
/// is drawn, the mean is that of another one.
template <class Defaults = DiffusionQlGreedyDefaults>
struct GreedyCloning {
  double q_weight = 1;                              ///< λ, positive
  bool normalize_q = Defaults::normalize_q;         ///< divide by the batch's mean |Q|
  GreedyCritic critic = Defaults::critic;           ///< the critic that the policy follows
  double cloning_weight = 1;                        ///< β, at least 0
  double distillation_weight = 10;                  ///< α, at least 0
  Index acting_samples = Defaults::acting_samples;  ///< draws of which acting chooses one; 0: the policy acts itself
  DrawChoice acting_choice = Defaults::acting_choice;
  double acting_expectile = 0.7;  ///< τ of DrawChoice::expectile, (0, 1)

  static void fields(auto& self, auto&& visit) {
    visit("q_weight", self.q_weight, positive);
    visit("normalize_q", self.normalize_q);
    visit("critic", self.critic);
    visit("cloning_weight", self.cloning_weight, at_least(0));
    visit("distillation_weight", self.distillation_weight, at_least(0));
    visit("acting_samples", self.acting_samples, size_from(0));
    visit("acting_choice", self.acting_choice);
    visit("acting_expectile", self.acting_expectile, between(0, 1));
  }

  static void absent(const Composition&, auto&& visit) {
    if (!Defaults::distills) visit("distillation_weight", "no part of the policy is distilled");
  }

  void warn(Warnings& warnings) const {
    warn_of_choice(warnings, acting_samples, acting_choice);
    if (warnings.critics() == 1) warnings.idle("critic", "there is one critic");
  }

  template <class Policy, class Critics>
  class State;
};

template <class Defaults>
template <class Policy, class Critics>
class GreedyCloning<Defaults>::State {
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: GreedyCloning follows the gradient of Q with respect to actions, so they must be vectors; "
                "over finite actions use Argmax or SoftGreedy");
  static_assert(Distills<Policy> == Defaults::distills,
                "holdfast: the defaults of GreedyCloning must say whether the Policy has distillation_loss");

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  State(const GreedyCloning& config, const Policy&, const Critics& critics, Sizes, Generator&)
      : config_(config), greedy_loss_(critics, config.critic) {
    if constexpr (requires { policy_tape_.keeps_steps; }) policy_tape_.keeps_steps = true;
  }

  void prepare(ContextType&) {}
  void penalize_value(ContextType&, Row<Scalar>&) {}

  /// Adds the gradient of the loss to `gradient` and returns the loss.
  template <class Rule>
  Scalar improve(ContextType& context, Rule&, typename ContextType::Gradient& gradient) {
    const Scalar cloning = clone(context, gradient);
    const Matrix<Scalar>& observations = context.batch.observations;
    context.policy.propose(observations, 1, context.generator, policy_tape_, proposal_);
    const Scalar greedy = greedy_loss_(context, proposal_, adjoint_);
    const Scalar scale = greedy_loss_.factor(config_.q_weight, config_.normalize_q);
    adjoint_.per_state = 1;
    adjoint_.actions *= scale;
    adjoint_.log_probs.setZero(proposal_.log_probs.size());
    adjoint_.weights.setZero(proposal_.weights.size());
    adjoint_.unsquashed.setZero(proposal_.unsquashed.rows(), proposal_.unsquashed.cols());
    Scalar loss = cloning + scale * greedy;
    if constexpr (Distills<Policy>) {
      const auto weight = static_cast<Scalar>(config_.distillation_weight);
      const Scalar distance = context.policy.distillation_loss(observations, policy_tape_, proposal_, weight, adjoint_);
      distillation_loss_ = static_cast<double>(distance);
      loss += weight * distance;
    }
    context.policy.backward(observations, policy_tape_, proposal_, adjoint_, gradient);
    q_scale_ = static_cast<double>(scale);
    return loss;
  }

  /// Returns the policy that acts: one that chooses among draws by the minimum of the target critics.
  [[nodiscard]] auto acting(const Policy& policy, const Critics& critics) const {
    return chosen_by_targets(
        policy, critics,
        {.samples = config_.acting_samples, .choice = config_.acting_choice, .expectile = config_.acting_expectile});
  }

  static void state(auto& self, auto&& visit) { figures(self, visit); }

  template <class Visitor>
  void report(Visitor&& visit) const {
    figures(*this, visit);
  }

 private:
  static void figures(auto& self, auto& visit) {
    visit("cloning_loss", self.cloning_loss_);
    if constexpr (Distills<Policy>) visit("distillation_loss", self.distillation_loss_);
    visit("q_scale", self.q_scale_);
  }

  // Adds the gradient of β · cloning loss, and returns it. The weights of the samples carry β.
  Scalar clone(ContextType& context, typename ContextType::Gradient& gradient) {
    if (config_.cloning_weight == 0) return 0;
    weights_.setConstant(context.batch.size(), static_cast<Scalar>(config_.cloning_weight));
    const Scalar loss = context.policy.cloning_loss(context.batch.observations, context.batch.actions, weights_,
                                                    context.generator, cloning_tape_, gradient);
    cloning_loss_ = static_cast<double>(loss) / config_.cloning_weight;
    return loss;
  }

  GreedyCloning config_;
  GreedyLoss<Policy, Critics> greedy_loss_;
  double cloning_loss_ = 0;
  double distillation_loss_ = 0;
  double q_scale_ = 0;

  typename Policy::Tape cloning_tape_;
  typename Policy::Tape policy_tape_;
  Proposal<Scalar> proposal_;
  Proposal<Scalar> adjoint_;
  Row<Scalar> weights_;
};

}  // namespace holdfast
