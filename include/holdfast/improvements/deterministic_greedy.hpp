/// \file
/// DeterministicGreedy: policy improvement along the gradient of Q, with or without a pull towards the data's actions,
/// as in DDPG, TD3, TD3+BC and ReBRAC.
#pragma once

#include <array>
#include <cmath>
#include <limits>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/improvements/greedy_loss.hpp"

namespace holdfast {

/// The unit of the squared distance between two actions.
enum class ActionDistance {
  sum,  ///< Σ_j (a_j − b_j)²
  mean  ///< the mean over the features, as in a mean squared error
};

constexpr auto enumerators(ActionDistance) {
  return std::array{Enumerator<ActionDistance>{"sum", ActionDistance::sum},
                    Enumerator<ActionDistance>{"mean", ActionDistance::mean}};
}

/// The defaults of DDPG and TD3: the first critic alone. For an algorithm with others, pass a type with the same
/// members.
struct DeterministicGreedyDefaults {
  static constexpr double q_weight = 1;
  static constexpr bool normalize_q = false;
  static constexpr GreedyCritic critic = GreedyCritic::first;
  static constexpr double cloning_weight = 0;
  static constexpr ActionDistance distance = ActionDistance::sum;
};

/// Deterministic greedy policy improvement: max λ E[Q(s, π(s))] − β E_D[‖π(s) − a‖²], with one action of the policy for
/// each state (Silver et al. 2014, "Deterministic policy gradient algorithms"). Q is the first critic, or the least of
/// them. β = 0 is DDPG and TD3. With β > 0 the policy is also pulled to the data's actions, as in TD3+BC (Fujimoto and
/// Gu 2021, "A minimalist approach to offline reinforcement learning", equation 3) and ReBRAC (Tarasov et al. 2023).
///
/// λ is `q_weight`. With `normalize_q` it is `q_weight` / mean |Q| over the batch, treated as a constant, so that β
/// does not depend on the scale of the rewards.
///
/// Acting online, the policy's action gets noise N(0, σ²), σ = `exploration_noise`, and is clipped to ±1. The density
/// of such an action is not known.
template <class Defaults = DeterministicGreedyDefaults>
struct DeterministicGreedy {
  double q_weight = Defaults::q_weight;              ///< positive; α in the paper of TD3+BC
  bool normalize_q = Defaults::normalize_q;          ///< divide by the batch's mean |Q|
  GreedyCritic critic = Defaults::critic;            ///< the critic that the policy follows
  double cloning_weight = Defaults::cloning_weight;  ///< β, at least 0
  ActionDistance distance = Defaults::distance;      ///< unit of ‖π(s) − a‖²
  double exploration_noise = 0.1;                    ///< σ, at least 0

  static void fields(auto& self, auto&& visit) {
    visit("q_weight", self.q_weight, positive);
    visit("normalize_q", self.normalize_q);
    visit("critic", self.critic);
    visit("cloning_weight", self.cloning_weight, at_least(0));
    visit("distance", self.distance);
    visit("exploration_noise", self.exploration_noise, at_least(0));
  }

  void warn(Warnings& warnings) const {
    if (cloning_weight == 0) warnings.idle("distance", "cloning_weight is 0");
    if (warnings.critics() == 1) warnings.idle("critic", "there is one critic");
  }

  template <class Policy, class Critics>
  class State;
};

template <class Defaults>
template <class Policy, class Critics>
class DeterministicGreedy<Defaults>::State {
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: a DeterministicGreedy follows the gradient of Q with respect to actions, so they must be "
                "vectors; over finite actions use Argmax or SoftGreedy");

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  State(const DeterministicGreedy& config, const Policy&, const Critics& critics, Sizes, Generator&)
      : config_(config), greedy_loss_(critics, config.critic) {}

  void prepare(ContextType&) {}
  void penalize_value(ContextType&, Row<Scalar>&) {}

  /// Adds the gradient of β ‖π(s) − a‖² − λ Q(s, π(s)) to `gradient` and returns that loss.
  template <class Rule>
  Scalar improve(ContextType& context, Rule&, typename ContextType::Gradient& gradient) {
    const Matrix<Scalar>& observations = context.batch.observations;
    context.policy.propose(observations, 1, context.generator, policy_tape_, proposal_);
    const Scalar greedy = greedy_loss_(context, proposal_, adjoint_);
    const Scalar scale = greedy_loss_.factor(config_.q_weight, config_.normalize_q);
    adjoint_.per_state = 1;
    adjoint_.actions *= scale;
    adjoint_.log_probs.setZero(proposal_.log_probs.size());
    adjoint_.weights.setZero(proposal_.weights.size());
    adjoint_.unsquashed.resize(proposal_.actions.rows(), 0);
    const Scalar cloning = clone(context.batch.actions);
    context.policy.backward(observations, policy_tape_, proposal_, adjoint_, gradient);
    q_scale_ = static_cast<double>(scale);
    return scale * greedy + cloning;
  }

  /// Proposes the policy's action plus noise, clipped, for exploration online (see ActorCritic::explore).
  void explore(const Policy& policy, const Critics&, const Matrix<Scalar>& observations, Generator& generator,
               Proposal<Scalar>& proposal) {
    policy.propose(observations, 1, generator, exploring_tape_, proposal);
    if (config_.exploration_noise == 0) return;
    noise_.resize(proposal.actions.rows(), proposal.actions.cols());
    generator.fill_normal(noise_);
    proposal.actions += static_cast<Scalar>(config_.exploration_noise) * noise_;
    proposal.actions = proposal.actions.cwiseMax(Scalar{-1}).cwiseMin(Scalar{1});
    proposal.log_probs.setConstant(std::numeric_limits<Scalar>::quiet_NaN());
  }

  static void state(auto& self, auto&& visit) { figures(self, visit); }

  template <class Visitor>
  void report(Visitor&& visit) const {
    figures(*this, visit);
  }

 private:
  static void figures(auto& self, auto& visit) {
    visit("cloning_distance", self.cloning_distance_);
    visit("q_scale", self.q_scale_);
  }

  // Adds the gradient of the distance from the data's actions to the adjoint, and returns its share in the loss.
  Scalar clone(const Matrix<Scalar>& data) {
    const auto features = static_cast<Scalar>(config_.distance == ActionDistance::mean ? data.rows() : 1);
    const Scalar share = Scalar{1} / (features * static_cast<Scalar>(data.cols()));
    const Scalar mean_square = share * (proposal_.actions - data).squaredNorm();
    cloning_distance_ = static_cast<double>(mean_square);
    const auto weight = static_cast<Scalar>(config_.cloning_weight);
    if (weight > 0) adjoint_.actions += (2 * weight * share) * (proposal_.actions - data);
    return weight * mean_square;
  }

  DeterministicGreedy config_;
  GreedyLoss<Policy, Critics> greedy_loss_;
  double cloning_distance_ = 0;
  double q_scale_ = 0;

  typename Policy::Tape policy_tape_;
  typename Policy::Tape exploring_tape_;
  Proposal<Scalar> proposal_;
  Proposal<Scalar> adjoint_;
  Matrix<Scalar> noise_;
};

}  // namespace holdfast
