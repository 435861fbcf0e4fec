/// \file
/// AdvantageWeighted: policy improvement by cloning the data, weighted by exp(A/λ), as in AWAC and IQL.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/policies/best_of.hpp"
#include "holdfast/policies/concepts.hpp"

namespace holdfast {

/// The limit on the size of the weights exp(A/λ).
enum class WeightLimit {
  cap,   ///< min(exp(A/λ), max_weight)
  batch  ///< B · softmax_batch(A/λ): the weights of a batch have mean 1
};

constexpr auto enumerators(WeightLimit) {
  return std::array{Enumerator<WeightLimit>{"cap", WeightLimit::cap},
                    Enumerator<WeightLimit>{"batch", WeightLimit::batch}};
}

/// Advantage-weighted policy improvement: max E_D[exp(A(s, a)/λ) log π(a|s)]. A is the value rule's advantage and is
/// treated as a constant. This projects the policy π* ∝ π_data exp(A/λ), the solution of max E_π[A] − λ KL(π, π_data),
/// onto the policy class (Nair et al. 2020, "AWAC", equation 13; Kostrikov et al. 2022, "IQL", equation 7, whose β is
/// 1/λ). The policy only ever clones actions of the data.
///
/// As published, the policy itself acts. With `acting_samples` the best of so many of its draws by the first critic is
/// taken: the choice of an action is then left to Q, which the weights exp(A/λ) may hardly show.
struct AdvantageWeighted {
  double temperature = 1.0 / 3;  ///< λ, positive
  WeightLimit limit = WeightLimit::cap;
  double max_weight = 100;   ///< largest weight, positive; used if `limit` is cap
  Index acting_samples = 0;  ///< draws of which acting takes the best; 0, or finite actions: the policy acts itself

  static void fields(auto& self, auto&& visit) {
    visit("temperature", self.temperature, positive);
    visit("limit", self.limit);
    visit("max_weight", self.max_weight, positive);
    visit("acting_samples", self.acting_samples, size_from(0));
  }

  static void absent(const Composition& in, auto&& visit) {
    if (in.finite_actions) visit("acting_samples", policy_acts);
  }

  void warn(Warnings& warnings) const {
    if (limit == WeightLimit::batch) warnings.idle("max_weight", "limit is batch");
  }

  /// Replaces advantages (1×B) by their weights.
  template <class Scalar>
  void weigh(Row<Scalar>& advantages) const {
    const auto scale = static_cast<Scalar>(1 / temperature);
    if (limit == WeightLimit::cap) {
      // Capped before the exponential, which would otherwise overflow.
      advantages = (advantages * scale).min(static_cast<Scalar>(std::log(max_weight))).exp();
      return;
    }
    const Scalar highest = advantages.maxCoeff();
    advantages = ((advantages - highest) * scale).exp();
    advantages /= advantages.mean();
  }

  template <class Policy, class Critics>
  class State;
};

template <class Policy, class Critics>
class AdvantageWeighted::State {
  static_assert(check_acts_as_cloned<Policy>());

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  State(const AdvantageWeighted& config, const Policy&, const Critics&, Sizes, Generator&) : config_(config) {}
  void prepare(ContextType&) {}
  void penalize_value(ContextType&, Row<Scalar>&) {}

  /// Adds the gradient of the weighted cloning loss to `gradient` and returns the loss.
  template <class Rule>
  Scalar improve(ContextType& context, Rule& rule, typename ContextType::Gradient& gradient) {
    rule.advantage(context, weights_);
    mean_advantage_ = static_cast<double>(weights_.mean());
    config_.weigh(weights_);
    weight_mean_ = static_cast<double>(weights_.mean());
    weight_max_ = static_cast<double>(weights_.maxCoeff());
    return context.policy.cloning_loss(context.batch.observations, context.batch.actions, weights_, context.generator,
                                       tape_, gradient);
  }

  /// Returns the policy that acts: the best of `acting_samples` draws by the first critic, or for finite actions a copy
  /// of the policy.
  [[nodiscard]] auto acting(const Policy& policy, const Critics& critics) const {
    return best_of_draws(policy, critics, config_.acting_samples);
  }

  static void state(auto& self, auto&& visit) { figures(self, visit); }

  template <class Visitor>
  void report(Visitor&& visit) const {
    figures(*this, visit);
  }

 private:
  static void figures(auto& self, auto& visit) {
    visit("advantage_mean", self.mean_advantage_);
    if constexpr (requires { self.tape_.clamped_share; }) visit("clamped_share", self.tape_.clamped_share);
    visit("weight_mean", self.weight_mean_);
    visit("weight_max", self.weight_max_);
  }

  AdvantageWeighted config_;
  typename Policy::Tape tape_;
  Row<Scalar> weights_;
  double mean_advantage_ = 0;
  double weight_mean_ = 0;
  double weight_max_ = 0;
};

}  // namespace holdfast
