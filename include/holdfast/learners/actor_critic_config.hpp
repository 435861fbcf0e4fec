/// \file
/// ActorCriticConfig: the hyper-parameters of a learner, their ranges, and warnings about values without effect.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <string>
#include <vector>

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/critic_loss.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/networks/adam.hpp"

namespace holdfast {

/// The defaults in which published algorithms differ. An algorithm states its own in one struct, which inherits this
/// one and is passed to ActorCritic. If a part has defaults too, such as `alpha` of Conservative, they are members of
/// the same struct, which is then passed to that part as well.
///
/// An algorithm whose networks differ from those of its policy and critics by themselves states them too, and the
/// learning rate of its critics likewise:
///
///     struct MyDefaults : PublishedDefaults {
///       static MlpConfig policy_network() { return {.hidden = {256, 256, 256}}; }
///       static MlpConfig critic_network() { return {.hidden = {512}, .activation = Activation::tanh}; }
///       static constexpr double critic_learning_rate = 1e-3;
///     };
///
/// `static void adjust_policy(auto& config)` can set more of the policy's configuration.
///
/// The networks are the defaults of `policy.network`, `critics.network` and `critics.optimizer.learning_rate` where
/// these exist and are of that type; a table, for example, keeps its own. Braces for a nested configuration replace all
/// of it:
/// `{.critics = {.size = 5}}` sets the networks of the critics to a plain MlpConfig. `Config config;
/// config.critics.size = 5;` keeps the algorithm's.
struct PublishedDefaults {
  static constexpr double policy_learning_rate = 3e-4;
  static constexpr double target_rate = 0.005;
  static constexpr double policy_average_rate = 1;
  static constexpr Index actor_every = 1;
  static constexpr Index track_every = 1;
  static constexpr CriticLoss critic_loss = CriticLoss::squared;
};

/// The defaults of algorithms with a slow policy: it learns at a third of the critics' rate.
struct SlowPolicyDefaults : PublishedDefaults {
  static constexpr double policy_learning_rate = 1e-4;
};

namespace detail {

/// Returns the configuration of a policy with the network that the algorithm states.
template <class PolicyConfig, class Defaults>
[[nodiscard]] PolicyConfig default_policy() {
  PolicyConfig config = {};
  if constexpr (requires { config.network = Defaults::policy_network(); }) config.network = Defaults::policy_network();
  if constexpr (requires { Defaults::adjust_policy(config); }) Defaults::adjust_policy(config);
  return config;
}

/// Returns the configuration of critics with the network and the learning rate that the algorithm states.
template <class CriticsConfig, class Defaults>
[[nodiscard]] CriticsConfig default_critics() {
  CriticsConfig config = {};
  if constexpr (requires { config.network = Defaults::critic_network(); }) config.network = Defaults::critic_network();
  if constexpr (requires { config.optimizer.learning_rate = Defaults::critic_learning_rate; })
    config.optimizer.learning_rate = Defaults::critic_learning_rate;
  return config;
}

}  // namespace detail

/// The hyper-parameters of an ActorCritic and of its parts. Members that have no effect in the composition `in` are not
/// fields: they are not listed and cannot be set by name.
template <class PolicyConfig, class CriticsConfig, class ValueRule, class CriticPenalty, class PolicyImprovement,
          class Defaults = PublishedDefaults, Composition in = Composition{}>
struct ActorCriticConfig {
  double discount = 0.99;  ///< γ, [0, 1]; at 1, values are bounded only if every episode ends in a terminal
  double target_rate = Defaults::target_rate;  ///< Polyak rate of the target networks, (0, 1]; 1 copies
  bool actor_first = false;                    ///< true improves the policy before the critics of the same update
  Index actor_every = Defaults::actor_every;   ///< updates per policy improvement, at least 1
  Index track_every = Defaults::track_every;   ///< updates per move of the target networks, at least 1
  CriticLoss critic_loss = Defaults::critic_loss;
  AdamConfig policy_optimizer = {.learning_rate = Defaults::policy_learning_rate};
  /// rate of a moving average of the policy's parameters, (0, 1]: the averaged policy acts; 1: the policy itself does
  double policy_average_rate = Defaults::policy_average_rate;
  PolicyConfig policy = detail::default_policy<PolicyConfig, Defaults>();
  CriticsConfig critics = detail::default_critics<CriticsConfig, Defaults>();
  ValueRule value = {};
  CriticPenalty penalty = {};
  PolicyImprovement improvement = {};

  static void fields(auto& self, auto&& visit) {
    visit("discount", self.discount, Interval{0, 1});
    visit("target_rate", self.target_rate, Interval{.lowest = 0, .highest = 1, .open_below = true});
    visit("actor_first", self.actor_first);
    visit("actor_every", self.actor_every, at_least(1));
    visit("track_every", self.track_every, at_least(1));
    visit("critic_loss", self.critic_loss);
    visit("policy_optimizer", self.policy_optimizer);
    visit("policy_average_rate", self.policy_average_rate, Interval{.lowest = 0, .highest = 1, .open_below = true});
    visit("policy", self.policy);
    visit("critics", self.critics);
    visit("value", self.value);
    visit("penalty", self.penalty);
    visit("improvement", self.improvement);
  }

  /// Calls visit(path, why) for every member that is not a field in this composition.
  static void absent(auto&& visit) {
    if constexpr (!in.critics)
      for (const char* field : {"discount", "target_rate", "track_every", "critic_loss", "actor_first"})
        visit(field, "there are no critics");
    if constexpr (!in.policy_learns)
      for (const char* field : {"policy_optimizer", "policy_average_rate", "actor_every", "actor_first"})
        visit(field, "the policy does not learn");
    absent_in<ValueRule>("value", visit);
    absent_in<CriticPenalty>("penalty", visit);
    absent_in<PolicyImprovement>("improvement", visit);
  }

  /// Throws ConfigError that names the field.
  void validate() const { check_fields(*this); }

  /// Returns warnings about a valid configuration, one line each: fields that were set and have no effect, and values
  /// that together freeze targets or policy. `updates` is the number of planned updates, 0 if unknown. The defaults
  /// cause no warning, unless the updates are too few for them, fewer than `track_every` for example.
  [[nodiscard]] std::vector<std::string> warnings(Index updates = 0) const {
    Index count = 0;
    if constexpr (requires { critics.size; }) count = critics.size;
    Warnings all(updates, count);
    if constexpr (in.critics) warn_of_targets(all);
    if constexpr (in.policy_learns) warn_of_policy(all);
    warn_of_schedules(all);
    all.ask("policy", policy);
    all.ask("value", value);
    all.ask("penalty", penalty);
    all.ask("improvement", improvement);
    return all.all(*this);
  }

 private:
  template <class Part>
  static void absent_in(const char* part, auto&& visit) {
    const auto inside = [&](const char* field, const char* why) { visit(message(part, '.', field), why); };
    if constexpr (requires { Part::absent(in, inside); }) Part::absent(in, inside);
  }

  // The slowest targets of the published algorithms are DQN's on Atari, copied every 10,000 updates. In a shorter run
  // they should follow the critics at least once. The algorithm's own rate is accepted, however short the run is.
  void warn_of_targets(Warnings& all) const {
    constexpr double usual = static_cast<double>(Defaults::track_every) / Defaults::target_rate;
    constexpr double slowest = 10000;
    const double available = all.updates() > 0 ? std::min(slowest, static_cast<double>(all.updates())) : slowest;
    const double needed = static_cast<double>(track_every) / target_rate;
    if (all.updates() > 0 && track_every > all.updates())
      all.say("track_every", message(" = ", track_every, " is more than the ", all.updates(),
                                     " updates: the targets never move, and no value is carried back"));
    else if (needed > std::max(usual, available))
      all.say("target_rate",
              message(" = ", target_rate, " with track_every = ", track_every, ": the targets need about ",
                      std::llround(needed), " updates to follow the critics, which hardly learn till then; set ",
                      track_every > 1 ? "track_every = 1, or target_rate = 1" : "a larger target_rate"));
  }

  void warn_of_policy(Warnings& all) const {
    if (all.updates() == 0) return;
    const Index moves = all.updates() / actor_every;
    const auto steps = static_cast<double>(moves);
    if (policy_average_rate < 1 && policy_average_rate * steps < 1.5)
      all.say("policy_average_rate",
              message(" = ", policy_average_rate, ": after ", all.updates(), " updates the policy that acts is still ",
                      std::lround(100 * std::pow(1 - policy_average_rate, steps)),
                      " % the initial one; set a larger rate, or 1"));
    if (actor_every > all.updates())
      all.say("actor_every",
              message(" = ", actor_every, " is more than the ", all.updates(), " updates: the policy never moves"));
  }

  // Every optimizer can have a schedule. The policy's schedule counts updates, the others count their own steps. The
  // improvement's multipliers step together with the policy.
  void warn_of_schedules(Warnings& all) const {
    for (const ConstField& field : fields_of(*this)) {
      const auto* const steps = field.get<Index>();
      if (steps == nullptr || *steps == 0 || !field.path().ends_with("decay_steps")) continue;
      const bool with_policy =
          field.path().starts_with("improvement.temperature") || field.path().starts_with("improvement.multiplier");
      const Index planned = with_policy ? all.updates() / std::max(actor_every, Index{1}) : all.updates();
      if (*steps < planned)
        all.say(field.path(), message(" = ", *steps, " of ", planned, " steps: what it moves stands still after them"));
    }
  }
};

}  // namespace holdfast
