/// \file
/// ConstrainedGreedy: greedy policy improvement with a bounded divergence from the data, as in BEAR and BRAC.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/constraint.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/divergences/concepts.hpp"
#include "holdfast/improvements/greedy_loss.hpp"
#include "holdfast/networks/dual_variable.hpp"
#include "holdfast/policies/best_of.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

/// The defaults of BEAR. For another algorithm with the same improvement, pass a type with the same members.
struct BearDefaults {
  static constexpr double initial_multiplier = 100;  ///< the published value is 1, for millions of updates; see Bear
  static constexpr bool learn_multiplier = true;
  static constexpr bool value_penalty = false;
};

/// Constrained greedy policy improvement: max E_π[min_i Q_i(s, a)] − λ (D(s) − ε). D is the divergence of the policy
/// from the data. λ is fixed, or moved by dual ascent so that E[D] ≤ ε (Kumar et al. 2019, "BEAR", equation 5). During
/// the warm-up the loss leaves Q out, and the policy first learns to be near the data.
///
/// With `value_penalty` the backup's V(s′) is also reduced by λ D(s′): the value penalty of BRAC (Wu et al. 2019,
/// equation 5). When acting, the best of a few draws by the first critic is taken. For finite actions the policy itself
/// acts, because its improvement already compares all actions.
///
/// One multiplier bounds the mean of D over states, not D of each state. If the constraint is not convex, as with the
/// MMD far from the data, dual ascent need not converge: λ then oscillates around the value that keeps E[D] at ε. At
/// its learning rate of 10⁻³, λ changes by a factor of e in a thousand updates. If λ begins too small, the policy
/// leaves the data before λ has risen. If λ begins large, the policy clones the data first and is released gradually.
template <class Divergence, class Defaults = BearDefaults>
struct ConstrainedGreedy {
  Index samples = 4;                                          ///< m, draws of a continuous policy per state
  double threshold = 0.05;                                    ///< ε
  double initial_multiplier = Defaults::initial_multiplier;   ///< initial λ; if learned, within the bounds below
  bool learn_multiplier = Defaults::learn_multiplier;         ///< false keeps λ at its initial value
  double log_multiplier_min = -5;                             ///< lower bound of ln λ if λ is learned
  double log_multiplier_max = 10;                             ///< upper bound of ln λ if λ is learned
  AdamConfig multiplier_optimizer = {.learning_rate = 1e-3};  ///< optimizer of ln λ
  Index warm_up = 0;  ///< number of first updates that leave Q out; all updates count, not only the policy's
  bool value_penalty = Defaults::value_penalty;
  Index acting_samples = 10;  ///< draws of which acting takes the best; 0, or finite actions: the policy acts itself
  Divergence divergence = {};

  static void fields(auto& self, auto&& visit) {
    visit("samples", self.samples, size_from(1));
    visit("threshold", self.threshold, finite_number);
    visit("learn_multiplier", self.learn_multiplier);
    visit("log_multiplier_min", self.log_multiplier_min, finite_number);
    visit("log_multiplier_max", self.log_multiplier_max,
          between(self.log_multiplier_min, std::numeric_limits<double>::infinity()));
    visit("initial_multiplier", self.initial_multiplier,
          self.learn_multiplier ? Interval{.lowest = std::exp(self.log_multiplier_min),
                                           .highest = std::exp(self.log_multiplier_max),
                                           .open_below = std::exp(self.log_multiplier_min) == 0}
                                : positive);
    visit("multiplier_optimizer", self.multiplier_optimizer);
    visit("warm_up", self.warm_up, at_least(0));
    visit("value_penalty", self.value_penalty);
    visit("acting_samples", self.acting_samples, size_from(0));
    visit("divergence", self.divergence);
  }

  static void absent(const Composition& in, auto&& visit) {
    if (!in.finite_actions) return;
    visit("samples", all_are_counted);
    visit("acting_samples", policy_acts);
  }

  /// Returns whether values are below what the policy earns, by the divergence from the data.
  [[nodiscard]] bool lowers_values() const { return value_penalty; }

  void warn(Warnings& warnings) const {
    if (warnings.updates() > 0 && warm_up >= warnings.updates())
      warnings.say("warm_up",
                   message(" = ", warm_up, " of ", warnings.updates(), " updates: Q is left out of them all"));
    if (learn_multiplier) return;
    for (const char* field : {"threshold", "log_multiplier_min", "log_multiplier_max", "multiplier_optimizer"})
      warnings.idle(field, "learn_multiplier is false");
  }

  template <class Policy, class Critics>
  class State {
    static_assert(check_divergence<Divergence, Policy, Critics>());

   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;

    State(const ConstrainedGreedy& config, const Policy& policy, const Critics& critics, Sizes sizes,
          Generator& generator)
        : config_(config),
          greedy_loss_(critics),
          divergence_(config.divergence, policy, sizes, generator),
          multiplier_(config.initial_multiplier, config.multiplier_optimizer, config.log_multiplier_min,
                      config.log_multiplier_max) {}

    /// Returns the state of the divergence, which includes its model of the behavior policy.
    [[nodiscard]] const auto& divergence() const { return divergence_; }
    [[nodiscard]] auto& divergence() { return divergence_; }

    /// Returns λ.
    [[nodiscard]] double multiplier() const { return multiplier_.value(); }

    void prepare(ContextType& context) { divergence_.prepare(context); }

    void penalize_value(ContextType& context, Row<Scalar>& next_value) {
      if (!config_.value_penalty) return;
      context.policy.propose(context.batch.next_observations, config_.samples, context.generator, policy_tape_,
                             proposal_);
      divergence_.values(context, context.batch.next_observations, proposal_, distances_);
      next_value -= static_cast<Scalar>(multiplier()) * distances_;
    }

    /// Adds the gradient of λ (D − ε) − E_π[min_i Q_i] to `gradient` and returns that loss. Then moves λ.
    template <class Rule>
    Scalar improve(ContextType& context, Rule&, typename ContextType::Gradient& gradient) {
      const Matrix<Scalar>& observations = context.batch.observations;
      const Scalar share = Scalar{1} / static_cast<Scalar>(context.batch.size());
      context.policy.propose(observations, config_.samples, context.generator, policy_tape_, proposal_);
      adjoint_.per_state = proposal_.per_state;
      adjoint_.actions.setZero(proposal_.actions.rows(), proposal_.actions.cols());
      adjoint_.log_probs.setZero(proposal_.log_probs.size());
      adjoint_.weights.setZero(proposal_.weights.size());
      adjoint_.unsquashed.setZero(proposal_.unsquashed.rows(), proposal_.unsquashed.cols());
      const bool greedy = context.step > static_cast<std::uint64_t>(config_.warm_up);
      Scalar loss = greedy ? greedy_loss_(context, proposal_, adjoint_) : Scalar{0};
      divergence_.values(context, observations, proposal_, distances_);
      distance_ = static_cast<double>(distances_.mean());
      const double excess = distance_ - config_.threshold;
      loss += static_cast<Scalar>(multiplier() * excess);
      distances_.setConstant(static_cast<Scalar>(multiplier()) * share);
      divergence_.backward(proposal_, distances_, adjoint_);
      context.policy.backward(observations, policy_tape_, proposal_, adjoint_, gradient);
      if (config_.learn_multiplier) multiplier_.descend(-multiplier() * excess);
      return loss;
    }

    /// Returns the policy that acts: the best of `acting_samples` draws by the first critic, or for finite actions a
    /// copy of the policy.
    [[nodiscard]] auto acting(const Policy& policy, const Critics& critics) const {
      return best_of_draws(policy, critics, config_.acting_samples);
    }

    /// Visits the constraint E[D] ≤ ε if λ is learned.
    template <class Visitor>
    void constraints(Visitor&& visit) const {
      if (!config_.learn_multiplier) return;
      visit(Constraint{.quantity = "policy's divergence from the data",
                       .field = "improvement.threshold",
                       .value = distance_,
                       .bound = config_.threshold,
                       .multiplier = multiplier(),
                       .remedy = multiplier_.highest()
                                     ? "that is its largest; raise improvement.threshold"
                                     : "train for more steps, or raise improvement.initial_multiplier"});
    }

    static void state(auto& self, auto&& visit) {
      visit("divergence", self.divergence_);
      visit("multiplier", self.multiplier_);
      visit("distance", self.distance_);
    }

    template <class Visitor>
    void report(Visitor&& visit) const {
      visit("divergence", distance_);
      visit("multiplier", multiplier());
      divergence_.report(visit);
    }

   private:
    ConstrainedGreedy config_;
    GreedyLoss<Policy, Critics> greedy_loss_;
    typename Divergence::template State<Policy, Critics> divergence_;
    DualVariable multiplier_;
    double distance_ = 0;

    typename Policy::Tape policy_tape_;
    Proposal<Scalar, typename Policy::Actions> proposal_;
    Proposal<Scalar, typename Policy::Actions> adjoint_;
    Row<Scalar> distances_;
  };
};

}  // namespace holdfast
