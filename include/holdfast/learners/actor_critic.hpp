/// \file
/// ActorCritic: the one learner template of the library, composed of a policy, critics and three parts around one
/// Bellman backup.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "holdfast/bellman/backup.hpp"
#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/critic_loss.hpp"
#include "holdfast/core/config_of.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/improvements/concepts.hpp"
#include "holdfast/learners/actor_critic_config.hpp"
#include "holdfast/networks/action_size.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/concepts.hpp"
#include "holdfast/networks/dual_variable.hpp"
#include "holdfast/networks/trained.hpp"
#include "holdfast/penalties/concepts.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/values/concepts.hpp"

namespace holdfast {

/// The template of every learner of the library. It is composed of a policy, critics, a value rule (V in the backup), a
/// critic penalty and a policy improvement. One update is
///
///     prepare → [policy] → critics: min Σ_i (Q_i(s, a) − y)² + penalty,  y = r + γ (1 − d) V(s′) → [policy] → track
///
/// V(s′) is the value rule's, minus the improvement's value penalty.
///
/// A learner is a value: it is copyable and movable and holds its whole state. The first update allocates the
/// workspaces, and the first one that improves the policy those of the policy; later updates allocate nothing. The
/// requirements of the parts are checked here, with one message for each that is not met.
template <class Policy, class Critics, class ValueRule, class CriticPenalty, class PolicyImprovement,
          class Defaults = PublishedDefaults>
class ActorCritic {
  static_assert(check_policy<Policy>());
  static_assert(check_critics<Critics>());
  static_assert(std::same_as<typename Policy::Actions, typename Critics::Actions>,
                "holdfast: the Policy and the Critics must name the same Actions");
  static_assert(check_value_rule<ValueRule, Policy, Critics>());
  static_assert(check_critic_penalty<CriticPenalty, Policy, Critics>());
  static_assert(check_policy_improvement<PolicyImprovement, Policy, Critics, ValueRule>());

 public:
  using Scalar = typename Policy::Scalar;
  using BatchType = Batch<Scalar, typename Policy::Actions>;
  using PolicyType = Policy;
  using CriticsType = Critics;
  using ValueRuleType = ValueRule;
  using PenaltyType = CriticPenalty;
  using Config = ActorCriticConfig<config_of<Policy>, config_of<Critics>, ValueRule, CriticPenalty, PolicyImprovement,
                                   Defaults, composition_of<Policy, Critics, PolicyImprovement>>;

  // For a call that fits no constructor, compilers print the first line of each constructor. The comments on those
  // lines are hints for the reader of such an error.

  /// Makes a learner whose networks are initialized from `seed`. Throws ConfigError that names the field.
  ActorCritic(const Config& config,  // holdfast: does Config have every name in {.name = …}, exactly, in this order?
              Sizes sizes, std::uint64_t seed) requires Drawable<Policy> && Drawable<Critics>
      : ActorCritic(config, draw(config, sizes, seed), sizes, seed, Generator(seed, Stream::initialization, 1)) {}

  /// Makes a learner of your own policy and critics; `config.policy` and `config.critics` then have no effect. The
  /// random numbers of its parts come from `seed`. Throws ConfigError that names the field.
  ActorCritic(const Config& config, Policy policy, Critics critics, Sizes sizes, std::uint64_t seed)
      : ActorCritic((config.validate(), config), Networks{std::move(critics), std::move(policy)}, sizes, seed,
                    Generator(seed, Stream::initialization, 1)) {}

  /// Refuses sizes without braces, with a readable message.
  template <std::integral Size, std::integral... Others>
  ActorCritic(const Config& config, Size, Others...) : ActorCritic(config, Sizes{}, 0) {
    static_assert(
        !std::integral<Size>,
        "holdfast: the Sizes of a learner stand in braces: learner({}, {observation_size, action_size}, seed)");
  }

  /// Learns from one batch. Without critics, the batch needs only observations and actions. Throws DataError if the
  /// batch is empty, its shapes do not fit or an action is not in the finite set. Throws NonFiniteError, which names
  /// the step and the quantity, if a loss or the squared norm of a gradient is not finite. The policy is then
  /// unchanged, except for the step that it takes first with `actor_first`.
  void update(const BatchType& batch) {
    check(batch);
    try {
      learn(batch);
    } catch (...) {  // so that the next update begins with empty gradients
      for_each_trained(*this, [](auto& trained) { trained.discard(); });
      throw;
    }
  }

  /// Returns γ.
  [[nodiscard]] double discount() const { return config_.discount; }
  /// Returns the number of updates so far.
  [[nodiscard]] std::uint64_t step() const { return step_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const Policy& policy() const { return policy_.network(); }
  [[nodiscard]] const Critics& critics() const { return critics_; }
  /// Returns the policy, to set its parameters, as for a warm start. Optimizer moments, target networks and the states
  /// of the parts do not change with it.
  [[nodiscard]] Policy& policy() { return policy_.network(); }
  [[nodiscard]] Critics& critics() { return critics_; }

  /// The states of the parts: their networks, models and dual variables.
  [[nodiscard]] const auto& value() const { return value_; }
  [[nodiscard]] const auto& penalty() const { return penalty_; }
  [[nodiscard]] const auto& improvement() const { return improvement_; }
  [[nodiscard]] auto& value() { return value_; }
  [[nodiscard]] auto& penalty() { return penalty_; }
  [[nodiscard]] auto& improvement() { return improvement_; }
  [[nodiscard]] const auto& policy_optimizer() const { return policy_.optimizer(); }
  /// Returns the moving average of the policy's parameters, empty if none is kept (`policy_average_rate`). The
  /// non-const version serves to set it, as for a warm start.
  [[nodiscard]] const Vector<Scalar>& policy_average() const { return policy_.average(); }
  [[nodiscard]] Vector<Scalar>& policy_average() { return policy_.average(); }

  /// Returns a copy of the policy that acts: the learner's policy (`averaged_policy`), or one that the improvement
  /// makes of it and the critics, such as BEAR's best of N draws.
  [[nodiscard]] auto acting() const {
    if constexpr (requires { improvement_.acting(policy(), critics_); })
      return improvement_.acting(averaged_policy(), critics_);
    else
      return averaged_policy();
  }

  /// Returns a copy of the policy with the moving average of its parameters, or with its own if none is kept.
  [[nodiscard]] Policy averaged_policy() const {
    Policy copy = policy();
    if constexpr (requirements::has_parameters<Policy>)
      if (policy_.average().size() > 0) copy.parameters() = policy_.average();
    return copy;
  }

  /// Proposes actions for acting online, as Policy::propose does: one for each observation (O×B), or all actions of a
  /// finite set. They come from the policy, or from the improvement if it explores in its own way, as DQN's greedy
  /// choice and TD3's noise.
  void explore(const Matrix<Scalar>& observations, Generator& generator,
               Proposal<Scalar, typename Policy::Actions>& proposal) {
    if constexpr (requires { improvement_.explore(policy(), critics_, observations, generator, proposal); })
      improvement_.explore(policy(), critics_, observations, generator, proposal);
    else
      policy().propose(observations, 1, generator, exploring_tape_, proposal);
  }

  /// Returns the temperature α of the entropy, 0 for a learner that has none.
  [[nodiscard]] Scalar temperature() const {
    if constexpr (requirements::publishes_temperature<PolicyImprovement, Policy, Critics>)
      return improvement_.temperature();
    else
      return 0;
  }

  /// Calls visit(parameters, optimizer) for every trained network that keeps its parameters in a flat vector. The
  /// optimizer's name identifies the network: "policy", "critic_0", …, "value", "behavior". Dual variables are left
  /// out.
  template <class Visitor>
  void networks(Visitor&& visit) const {
    for_each_trained(*this, [&visit]<class Network>(const Trained<Network>& trained) {
      if constexpr (requirements::has_parameters<Network> && std::same_as<typename Network::Scalar, Scalar> &&
                    !std::same_as<Network, LogMultiplier>)
        visit(trained.network().parameters(), trained.optimizer());
    });
  }

  /// Lists everything that determines future updates and reports (core/state.hpp). With `actor_every` above 1 the
  /// policy's figures are older than the last update, so they are listed too.
  static void state(auto& self, auto&& visit) {
    visit("policy", self.policy_);
    visit("critics", self.critics_);
    visit("value", self.value_);
    visit("penalty", self.penalty_);
    visit("improvement", self.improvement_);
    visit("generator", self.generator_);
    visit("step", self.step_);
    visit("policy_loss", self.policy_loss_);
  }

  /// Calls visit(Constraint) for every constraint that a dual variable enforces. Before the first update there are
  /// none.
  template <class Visitor>
  void constraints(Visitor&& visit) const {
    if (step_ == 0) return;
    if constexpr (requires { penalty_.constraints(visit); }) penalty_.constraints(visit);
    if constexpr (requires { improvement_.constraints(visit); }) improvement_.constraints(visit);
  }

  /// Calls visit(name, value) with the statistics of the last update: the losses, and those of each part.
  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("policy_loss", static_cast<double>(policy_loss_));
    if (critics_.size() > 0) {
      visit("critic_loss", static_cast<double>(critic_loss_));
      visit("penalty", static_cast<double>(penalty_loss_));
    }
    value_.report(visit);
    penalty_.report(visit);
    improvement_.report(visit);
  }

 private:
  using ContextType = Context<Policy, Critics>;

  using PenaltyState = typename CriticPenalty::template State<Policy, Critics>;

  static constexpr bool penalizes_every_action = requirements::penalizes_every_action<CriticPenalty, Policy, Critics>;

  void learn(const BatchType& batch);  // defined below, so that it can be compiled once (core/compiled_once.hpp)

  void improve_critics(ContextType& context) {
    value_.values(context, Side::next, Net::target, next_value_);
    improvement_.penalize_value(context, next_value_);
    target_ = backup(context.batch.rewards, context.batch.continuation, next_value_);
    if constexpr (penalizes_every_action)
      add_every_action(context);
    else
      add_data_actions(context);
    critics_.step();
  }

  // Adds the gradient of the Bellman errors and of the penalty.
  void add_data_actions(ContextType& context) {
    const Matrix<Scalar>& q =
        critics_.values(Net::online, context.batch.observations, context.batch.actions, critic_tape_);
    critic_loss_ = bellman_error(config_.critic_loss, q, target_, adjoint_);
    context.require_finite(critic_loss_, "critic loss");
    if constexpr (requirements::penalty_reuses_evaluation<CriticPenalty, Policy, Critics>)
      penalty_loss_ = penalty_.add(context, q, critic_tape_, adjoint_);
    else
      penalty_loss_ = penalty_.add(context, q, adjoint_);
    context.require_finite(penalty_loss_, "critic penalty");
    critics_.backward(context.batch.observations, context.batch.actions, critic_tape_, adjoint_);
  }

  // Does the same for a penalty on every action of a finite set: one evaluation of the critics serves both.
  void add_every_action(ContextType& context) {
    const Matrix<Scalar>& observations = context.batch.observations;
    propose_every_action(context.policy.action_size(), context.batch.size(), every_action_);
    const Matrix<Scalar>& q = critics_.values(Net::online, observations, every_action_.actions, critic_tape_);
    const auto column = [&](Index i) { return i * every_action_.per_state + context.batch.actions(i); };
    data_q_.resize(q.rows(), context.batch.size());
    for (Index i = 0; i < data_q_.cols(); ++i) data_q_.col(i) = q.col(column(i));
    critic_loss_ = bellman_error(config_.critic_loss, data_q_, target_, adjoint_);
    context.require_finite(critic_loss_, "critic loss");
    penalty_loss_ = penalty_.add_of_every_action(context, q, data_q_, adjoint_, every_adjoint_);
    context.require_finite(penalty_loss_, "critic penalty");
    for (Index i = 0; i < data_q_.cols(); ++i) every_adjoint_.col(column(i)) += adjoint_.col(i);
    critics_.backward(observations, every_action_.actions, critic_tape_, every_adjoint_);
  }

  void improve_policy(ContextType& context) {
    policy_loss_ = improvement_.improve(context, value_, policy_.gradient());
    context.require_finite(policy_loss_, "policy loss");
    policy_.step(1, step_);
  }

  // An aggregate, because its braces are evaluated in order and function arguments are not: a seed gives the same
  // networks with every compiler.
  struct Networks {
    Critics critics;
    Policy policy;
  };

  static Networks draw(const Config& config, Sizes sizes, std::uint64_t seed);

  ActorCritic(const Config& config, Networks&& networks, Sizes sizes, std::uint64_t seed, Generator&& initialization)
      : config_(config),
        sizes_(sizes),
        policy_(std::move(networks.policy), config.policy_optimizer, "policy"),
        critics_(std::move(networks.critics)),
        value_(config.value, policy(), critics_, sizes, initialization),
        penalty_(config.penalty, policy(), critics_, sizes, initialization),
        improvement_(config.improvement, policy(), critics_, sizes, initialization),
        generator_(seed, Stream::noise) {
    if constexpr (improves_policy<PolicyImprovement> && requirements::has_parameters<Policy>)
      if (policy().parameters().size() == 0)
        throw ConfigError(
            "policy: expected parameters for the policy improvement to move, found none; what leaves the policy alone "
            "is NoImprovement, or Argmax");
    if (config.policy_average_rate < 1) policy_.keep_average(config.policy_average_rate);
    check_action_size(policy().action_size(), "policy has", sizes_.action);
    check_critic_actions(critics_, sizes_.action);
  }

  void check(const BatchType& batch) const {
    constexpr bool finite = FiniteActions<typename Policy::Actions>;
    const Index size = batch.size();
    const bool clonable = size > 0 && batch.observations.rows() == sizes_.observation &&
                          batch.actions.rows() == (finite ? 1 : sizes_.action) && batch.actions.cols() == size;
    const bool valued = batch.next_observations.rows() == sizes_.observation &&
                        batch.next_observations.cols() == size && batch.rewards.size() == size &&
                        batch.continuation.size() == size;
    if (!clonable || (critics_.size() > 0 && !valued))
      throw DataError(message("batch: expected at least one transition of ", sizes_.observation, " observation and ",
                              finite ? 1 : sizes_.action, " action features, found observations ",
                              batch.observations.rows(), "x", size, ", actions ", batch.actions.rows(), "x",
                              batch.actions.cols(), ", rewards ", batch.rewards.size(), ", continuation ",
                              batch.continuation.size(), ", next observations ", batch.next_observations.rows(), "x",
                              batch.next_observations.cols()));
    if constexpr (finite) detail::check_numbers("batch: actions", batch.actions, sizes_.action);  // they are indices
  }

  Config config_;
  Sizes sizes_;
  Trained<Policy> policy_;
  Critics critics_;
  typename ValueRule::template State<Policy, Critics> value_;
  PenaltyState penalty_;
  typename PolicyImprovement::template State<Policy, Critics> improvement_;
  Generator generator_;
  std::uint64_t step_ = 0;

  typename Policy::Tape exploring_tape_;
  typename Critics::Tape critic_tape_;
  Matrix<Scalar> adjoint_;  // E×B, ∂L/∂Q at the data's actions
  Proposal<Scalar, typename Policy::Actions> every_action_;
  Matrix<Scalar> data_q_;         // E×B, picked from the values of every action
  Matrix<Scalar> every_adjoint_;  // E×AB
  Row<Scalar> next_value_;
  Row<Scalar> target_;
  Scalar policy_loss_ = 0;
  Scalar critic_loss_ = 0;
  Scalar penalty_loss_ = 0;
};

template <class Policy, class Critics, class ValueRule, class CriticPenalty, class PolicyImprovement, class Defaults>
void ActorCritic<Policy, Critics, ValueRule, CriticPenalty, PolicyImprovement, Defaults>::learn(
    const BatchType& batch) {
  ++step_;
  ContextType context{batch, policy(), critics_, generator_, temperature(), step_};
  value_.prepare(context);
  penalty_.prepare(context);
  improvement_.prepare(context);
  const bool policy_turn = step_ % static_cast<std::uint64_t>(config_.actor_every) == 0;
  if (policy_turn && config_.actor_first) {
    improve_policy(context);
    context.temperature = temperature();
  }
  if (critics_.size() > 0) improve_critics(context);
  if (policy_turn && !config_.actor_first) improve_policy(context);
  if (step_ % static_cast<std::uint64_t>(config_.track_every) == 0) {
    critics_.track(config_.target_rate);
    value_.track(context, config_.target_rate);
  }
}

template <class Policy, class Critics, class ValueRule, class CriticPenalty, class PolicyImprovement, class Defaults>
auto ActorCritic<Policy, Critics, ValueRule, CriticPenalty, PolicyImprovement, Defaults>::draw(const Config& config,
                                                                                               Sizes sizes,
                                                                                               std::uint64_t seed)
    -> Networks {
  config.validate();
  Generator initialization(seed, Stream::initialization);
  return {Critics(config.critics, sizes, initialization), Policy(config.policy, sizes, initialization)};
}

}  // namespace holdfast
