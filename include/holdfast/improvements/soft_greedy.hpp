/// \file
/// SoftGreedy: greedy policy improvement with an entropy bonus, as in SAC and CQL.
#pragma once

#include <cmath>
#include <optional>

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/constraint.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/improvements/greedy_loss.hpp"
#include "holdfast/networks/dual_variable.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// Soft greedy policy improvement: max E_π[min_i Q_i(s, a) − α log π(a|s)] (Haarnoja et al. 2018, equation 7). The
/// temperature α is fixed, or learned as the dual variable of the constraint E[−log π] ≥ target entropy (Haarnoja
/// et al. 2018b, equation 18). For finite actions the default target is that of Christodoulou 2019, "Soft actor-critic
/// for discrete action settings". With `critic = mean` the policy follows the mean of the critics in place of their
/// minimum, as in REDQ and RLPD.
struct SoftGreedy {
  Index samples = 1;                            ///< K, draws of a continuous policy per state
  GreedyCritic critic = GreedyCritic::minimum;  ///< the critic that is followed
  double initial_temperature = 1;               ///< initial α, positive
  bool learn_temperature = true;                ///< false keeps α at its initial value
  std::optional<double> target_entropy = {};    ///< nats; default: −A, or 0.98 ln A for A finite actions
  AdamConfig temperature_optimizer = {};        ///< optimizer of ln α

  static void fields(auto& self, auto&& visit) {
    visit("samples", self.samples, size_from(1));
    visit("critic", self.critic);
    visit("initial_temperature", self.initial_temperature, positive);
    visit("learn_temperature", self.learn_temperature);
    visit("target_entropy", self.target_entropy, finite_number);
    visit("temperature_optimizer", self.temperature_optimizer);
  }

  static void absent(const Composition& in, auto&& visit) {
    if (in.finite_actions) visit("samples", all_are_counted);
  }

  void warn(Warnings& warnings) const {
    if (learn_temperature) return;
    for (const char* field : {"target_entropy", "temperature_optimizer"})
      warnings.idle(field, "learn_temperature is false");
  }

  template <class Policy, class Critics>
  class State {
    static_assert(check_density<Policy>());

   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;

    State(const SoftGreedy& config, const Policy& policy, const Critics& critics, Sizes, Generator&)
        : greedy_loss_(critics, config.critic),
          samples_(config.samples),
          learn_temperature_(config.learn_temperature),
          target_entropy_(config.target_entropy.value_or(default_target_entropy(policy.action_size()))),
          temperature_(config.initial_temperature, config.temperature_optimizer) {}

    void prepare(ContextType&) {}
    void penalize_value(ContextType&, Row<Scalar>&) {}

    /// Returns α. The value rule uses it too.
    [[nodiscard]] Scalar temperature() const { return static_cast<Scalar>(temperature_.value()); }

    /// Adds the gradient of E_π[α log π − Q] to `gradient` and returns that loss. Then moves the temperature.
    template <class Rule>
    Scalar improve(ContextType& context, Rule&, typename ContextType::Gradient& gradient) {
      const Matrix<Scalar>& observations = context.batch.observations;
      context.policy.propose(observations, samples_, context.generator, policy_tape_, proposal_);
      const Scalar loss = greedy_loss_(context, proposal_, adjoint_);
      const Scalar share = Scalar{1} / static_cast<Scalar>(context.batch.size());
      adjoint_.per_state = proposal_.per_state;
      adjoint_.log_probs = context.temperature * (share * proposal_.weights);
      adjoint_.weights += context.temperature * (share * proposal_.log_probs);
      context.policy.backward(observations, policy_tape_, proposal_, adjoint_, gradient);

      entropy_ = -static_cast<double>(share * (proposal_.weights * proposal_.log_probs).sum());
      if (learn_temperature_) temperature_.descend(entropy_ - target_entropy_);
      return loss - context.temperature * static_cast<Scalar>(entropy_);
    }

    /// Visits the constraint E[−log π] ≥ target entropy if α is learned.
    template <class Visitor>
    void constraints(Visitor&& visit) const {
      if (!learn_temperature_) return;
      visit(Constraint{.quantity = "policy's entropy",
                       .field = "improvement.target_entropy",
                       .value = entropy_,
                       .bound = target_entropy_,
                       .at_most = false,
                       .multiplier = static_cast<double>(temperature()),
                       .remedy = "train for more steps, or raise improvement.initial_temperature"});
    }

    static void state(auto& self, auto&& visit) {
      visit("temperature", self.temperature_);
      visit("entropy", self.entropy_);
    }

    template <class Visitor>
    void report(Visitor&& visit) const {
      visit("temperature", static_cast<double>(temperature()));
      visit("entropy", entropy_);
    }

   private:
    static double default_target_entropy(Index action_size) {
      const auto size = static_cast<double>(action_size);
      return FiniteActions<typename Policy::Actions> ? 0.98 * std::log(size) : -size;
    }

    GreedyLoss<Policy, Critics> greedy_loss_;
    Index samples_;
    bool learn_temperature_;
    double target_entropy_;
    DualVariable temperature_;
    double entropy_ = 0;

    typename Policy::Tape policy_tape_;
    Proposal<Scalar, typename Policy::Actions> proposal_;
    Proposal<Scalar, typename Policy::Actions> adjoint_;
  };
};

}  // namespace holdfast
