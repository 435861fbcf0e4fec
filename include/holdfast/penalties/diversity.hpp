/// \file
/// Diversity: the critic penalty of EDAC, which lowers the cosines between the critics' action gradients.
#pragma once

#include <vector>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/networks/concepts.hpp"

namespace holdfast {

/// The diversity penalty of EDAC (An et al. 2021, "Uncertainty-based offline reinforcement learning with diversified
/// Q-ensemble", equation 4):
///
///     η / (N − 1) · (1/B) Σ_b Σ_{i≠j} ⟨g_i, g_j⟩,  g_i = ∇_a Q_i(s_b, a_b) / (‖∇_a Q_i(s_b, a_b)‖ + 10⁻¹⁰)
///
/// at the data's actions, for N critics. The product of two of the g_i is the cosine of the angle between the action
/// gradients. Where all critics rise in the same direction, their minimum rises too, and the policy follows it out of
/// the data. The penalty turns the gradients away from each other: away from the data, the critics then disagree sooner
/// and their minimum falls. The sum over pairs lies between −N (the g_i sum to 0) and N (N − 1) (all are equal).
///
/// It is computed as ‖Σ_i g_i‖² − Σ_i ‖g_i‖², so that its cost grows with N and not with N². Its gradient with respect
/// to the parameters is the derivative of an action gradient, for which the critics must be
/// IsTwiceDifferentiableCritics. Those of an Ensemble<MlpQ<S>> are, with every activation but without layer
/// normalization. At ∇_a Q_i = 0, where g_i has no derivative, it is taken as 0.
struct Diversity {
  double eta = 1;  ///< η, at least 0; 0 only reports the cosine

  static void fields(auto& self, auto&& visit) { visit("eta", self.eta, at_least(0)); }

  /// Returns false: the penalty bounds no value.
  [[nodiscard]] static constexpr bool lowers_values() { return false; }

  template <class Policy, class Critics>
  class State;
};

template <class Policy, class Critics>
class Diversity::State {
  static_assert(check_twice_differentiable_critics<Critics>());

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;
  using Actions = typename Critics::Actions;

  /// Throws ConfigError if there are fewer than two critics, or if their networks cannot be differentiated twice.
  State(const Diversity& config, const Policy&, const Critics& critics, Sizes, Generator&) : config_(config) {
    require_critics(critics);
    require(critics.size() >= 2, "critics.size", "at least 2 for a penalty on pairs of critics", critics.size());
    if constexpr (requires { critics.check_twice_differentiable(); }) critics.check_twice_differentiable();
  }

  void prepare(ContextType&) {}

  /// Adds the gradient of the penalty to the critics' gradients, given the tape of their values of the data's actions.
  /// Returns the penalty.
  Scalar add(ContextType& context, const Matrix<Scalar>&, typename Critics::Tape& tape, Matrix<Scalar>&) {
    const Matrix<Scalar>& observations = context.batch.observations;
    const Actions& actions = context.batch.actions;
    const std::vector<Actions>& gradients = context.critics.action_gradients(observations, actions, tape);
    const auto count = static_cast<Scalar>(gradients.size());
    const auto batch = static_cast<Scalar>(actions.cols());
    const Scalar pairs = normalize(gradients);
    cosine_ = static_cast<double>(pairs / (count * (count - 1) * batch));
    context.require_finite(pairs, "sum of the cosines of the critics' action gradients");
    const Scalar share = static_cast<Scalar>(config_.eta) / ((count - 1) * batch);
    if (config_.eta == 0) return 0;
    for (std::size_t i = 0; i < gradients.size(); ++i) differentiate(share, gradients[i], directions_[i]);
    context.critics.action_gradients_backward(observations, actions, tape, directions_);
    return share * pairs;
  }

  static void state(auto&, auto&&) {}

  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("gradient_cosine", cosine_);
  }

 private:
  static constexpr Scalar epsilon = static_cast<Scalar>(1e-10);

  // Sets the directions to the g_i (A×B each) and their sum, and returns Σ_b Σ_{i≠j} ⟨g_i, g_j⟩.
  Scalar normalize(const std::vector<Actions>& gradients) {
    directions_.resize(gradients.size());
    sum_.setZero(gradients.front().rows(), gradients.front().cols());
    Scalar squares = 0;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      Actions& unit = directions_[i];
      unit.resize(sum_.rows(), sum_.cols());
      for (Index b = 0; b < unit.cols(); ++b)
        unit.col(b) = gradients[i].col(b) / (gradients[i].col(b).norm() + epsilon);
      sum_ += unit;
      squares += unit.squaredNorm();
    }
    return sum_.squaredNorm() - squares;
  }

  // Replaces g (A×B) by the derivative of share · Σ_{i≠j} ⟨g_i, g_j⟩ with respect to ∇Q: that by g is
  // d = 2 share (Σ_j g_j − g), and the derivative of g = ∇Q / (n + ε) turns it into (d − ∇Q/n ⟨d, g⟩) / (n + ε).
  void differentiate(Scalar share, const Actions& gradient, Actions& unit) {
    for (Index b = 0; b < unit.cols(); ++b) {
      const Scalar norm = gradient.col(b).norm();
      if (norm == 0) {
        unit.col(b).setZero();
        continue;
      }
      const Scalar along = 2 * share * (sum_.col(b) - unit.col(b)).dot(unit.col(b));
      unit.col(b) = (2 * share * (sum_.col(b) - unit.col(b)) - gradient.col(b) * (along / norm)) / (norm + epsilon);
    }
  }

  Diversity config_;
  double cosine_ = 0;  // mean over the pairs and the batch
  std::vector<Actions> directions_;
  Matrix<Scalar> sum_;
};

}  // namespace holdfast
