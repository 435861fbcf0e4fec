/// \file
/// The one learner: a policy, critics, and three choices around one Bellman backup.
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

/// Every learner of the library: a policy and critics, and how a state is valued (V in the backup), what the critics
/// are penalized for, and where the policy moves. One update is
///
///     prepare → [policy] → critics: min Σ_i (Q_i(s, a) − y)² + penalty,  y = r + γ (1 − d) V(s′) → [policy] → track
///
/// where V(s′) is the value rule's less what the improvement charges it.
///
/// A learner is a value: copyable and movable, its whole state inside. The first update allocates its workspaces, the
/// others allocate nothing. The parts are checked here, one line for each requirement that is not met.
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

  // Compilers show the lines on which the constructors that did not fit begin: the comments are for those who read
  // them.

  /// A learner whose networks are drawn from `seed`. Throws ConfigError that names the field.
  ActorCritic(const Config& config,  // holdfast: does Config have every name in {.name = …}, spelt so, in this order?
              Sizes sizes, std::uint64_t seed) requires Drawable<Policy> && Drawable<Critics>
      : ActorCritic(config, draw(config, sizes, seed), sizes, seed, Generator(seed, Stream::initialization, 1)) {}

  /// A learner of your own policy and critics, whose own configurations `config.policy` and `config.critics` say
  /// nothing about; what its parts draw comes from `seed`. Throws ConfigError that names the field.
  ActorCritic(const Config& config, Policy policy, Critics critics, Sizes sizes, std::uint64_t seed)
      : ActorCritic((config.validate(), config), Networks{std::move(critics), std::move(policy)}, sizes, seed,
                    Generator(seed, Stream::initialization, 1)) {}

  /// Sizes without braces are refused.
  template <std::integral Size, std::integral... Others>
  ActorCritic(const Config& config, Size, Others...) : ActorCritic(config, Sizes{}, 0) {
    static_assert(
        !std::integral<Size>,
        "holdfast: the Sizes of a learner stand in braces: learner({}, {observation_size, action_size}, seed)");
  }

  /// Learns from one batch; without critics it needs observations and actions only. Throws DataError where the batch is
  /// empty, its shapes do not fit or an action is not one of the finite set, DivergenceError that names the step and
  /// the quantity when a loss or the squared norm of a gradient is not finite; the policy is then as before, but for
  /// the step that it made first with `actor_first`.
  void update(const BatchType& batch) {
    check(batch);
    try {
      learn(batch);
    } catch (...) {  // the next update begins anew
      for_each_trained(*this, [](auto& trained) { trained.discard(); });
      throw;
    }
  }

  /// γ.
  [[nodiscard]] double discount() const { return config_.discount; }
  /// Number of updates so far.
  [[nodiscard]] std::uint64_t step() const { return step_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const Policy& policy() const { return policy_.network(); }
  [[nodiscard]] const Critics& critics() const { return critics_; }
  /// To begin from given parameters, as a warm start does. Optimizer moments, target networks and what parts hold stay
  /// as they are.
  [[nodiscard]] Policy& policy() { return policy_.network(); }
  [[nodiscard]] Critics& critics() { return critics_; }

  /// The parts' states: what they hold of networks, models and dual variables.
  [[nodiscard]] const auto& value() const { return value_; }
  [[nodiscard]] const auto& penalty() const { return penalty_; }
  [[nodiscard]] const auto& improvement() const { return improvement_; }
  [[nodiscard]] auto& value() { return value_; }
  [[nodiscard]] auto& penalty() { return penalty_; }
  [[nodiscard]] auto& improvement() { return improvement_; }
  [[nodiscard]] const auto& policy_optimizer() const { return policy_.optimizer(); }

  /// A copy of what acts: the policy, or what the improvement makes of it and the critics, as BEAR's best of N samples.
  [[nodiscard]] auto acting() const {
    if constexpr (requires { improvement_.acting(policy(), critics_); })
      return improvement_.acting(policy(), critics_);
    else
      return policy();
  }

  /// Proposes one action for each observation (O×B), or all of a finite set, as Policy::propose, of what acts online:
  /// the policy, or where it does not learn what the improvement makes of the critics, as DQN's greedy choice.
  void explore(const Matrix<Scalar>& observations, Generator& generator,
               Candidates<Scalar, typename Policy::Actions>& set) {
    if constexpr (requires { improvement_.explore(policy(), critics_, observations, set); })
      improvement_.explore(policy(), critics_, observations, set);
    else
      policy().propose(observations, 1, generator, exploring_tape_, set);
  }

  /// The temperature α of the entropy, 0 for a learner that has none.
  [[nodiscard]] Scalar temperature() const {
    if constexpr (requirements::publishes_temperature<PolicyImprovement, Policy, Critics>)
      return improvement_.temperature();
    else
      return 0;
  }

  /// Calls visit(parameters, optimizer) for every network that is trained and keeps its parameters in a flat vector, by
  /// the optimizer's name: "policy", "critic_0", …, "value", "behavior". Dual variables are no networks.
  template <class Visitor>
  void networks(Visitor&& visit) const {
    for_each_trained(*this, [&visit]<class Network>(const Trained<Network>& trained) {
      if constexpr (requirements::has_parameters<Network> && std::same_as<typename Network::Scalar, Scalar> &&
                    !std::same_as<Network, LogMultiplier>)
        visit(trained.network().parameters(), trained.optimizer());
    });
  }

  /// Lists everything that decides the updates to come (core/state.hpp).
  static void state(auto& self, auto&& visit) {
    visit("policy", self.policy_);
    visit("critics", self.critics_);
    visit("value", self.value_);
    visit("penalty", self.penalty_);
    visit("improvement", self.improvement_);
    visit("generator", self.generator_);
    visit("step", self.step_);
  }

  /// Calls visit(Constraint) for every constraint that a dual variable is to make hold; none before the first update.
  template <class Visitor>
  void constraints(Visitor&& visit) const {
    if (step_ == 0) return;
    if constexpr (requires { penalty_.constraints(visit); }) penalty_.constraints(visit);
    if constexpr (requires { improvement_.constraints(visit); }) improvement_.constraints(visit);
  }

  /// Calls visit(name, value) with the figures of the last update: losses, and those of each part.
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
  using X = Context<Policy, Critics>;

  void learn(const BatchType& batch);  // defined below, so that it can be compiled once (core/compiled_once.hpp)

  void improve_critics(X& x) {
    value_.values(x, Side::next, Net::target, next_value_);
    improvement_.charge(x, next_value_);
    target_ = backup(x.batch.rewards, x.batch.continuation, next_value_);
    const Matrix<Scalar>& q = critics_.values(Net::online, x.batch.observations, x.batch.actions, critic_tape_);
    critic_loss_ = bellman_error(config_.critic_loss, q, target_, adjoint_);
    x.require_finite(critic_loss_, "critic loss");
    penalty_loss_ = penalty_.add(x, q, adjoint_);
    x.require_finite(penalty_loss_, "critic penalty");
    critics_.backward(x.batch.observations, x.batch.actions, critic_tape_, adjoint_);
    critics_.step();
  }

  void improve_policy(X& x) {
    policy_loss_ = improvement_.improve(x, value_, policy_.gradient());
    x.require_finite(policy_loss_, "policy loss");
    policy_.step(1, step_);
  }

  // Drawn one after the other, as braces are and arguments are not: the same seed, the same networks, whatever the
  // compiler.
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
  typename CriticPenalty::template State<Policy, Critics> penalty_;
  typename PolicyImprovement::template State<Policy, Critics> improvement_;
  Generator generator_;
  std::uint64_t step_ = 0;

  typename Policy::Tape exploring_tape_;
  typename Critics::Tape critic_tape_;
  Matrix<Scalar> adjoint_;  // E×B, ∂L/∂Q of the data
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
  X x{batch, policy(), critics_, generator_, temperature(), step_};
  value_.prepare(x);
  penalty_.prepare(x);
  improvement_.prepare(x);
  const bool policy_turn = step_ % static_cast<std::uint64_t>(config_.actor_every) == 0;
  if (policy_turn && config_.actor_first) {
    improve_policy(x);
    x.temperature = temperature();
  }
  if (critics_.size() > 0) improve_critics(x);
  if (policy_turn && !config_.actor_first) improve_policy(x);
  if (step_ % static_cast<std::uint64_t>(config_.track_every) == 0) {
    critics_.track(config_.target_rate);
    value_.track(x, config_.target_rate);
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
