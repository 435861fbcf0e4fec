/// \file
/// Provides the categorical policy for a finite action set: π(a|s) = softmax of a function of s.
#pragma once

#include <cmath>

#include "holdfast/core/random.hpp"
#include "holdfast/networks/action_size.hpp"
#include "holdfast/networks/concepts.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/networks/table.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// Configuration of Categorical.
template <class FunctionConfig>
struct CategoricalConfig {
  FunctionConfig network = {};  ///< computes the logits

  static void fields(auto& self, auto&& visit) { visit("network", self.network); }
};

/// A policy with π(a|s) = exp z_a / Σ_b exp z_b, where z = function(s) has one logit per action. It proposes every
/// action with weight π(a|s), so expectations are exact sums, and their gradients go through the weights instead of
/// samples.
template <class Function>
class Categorical {
  static_assert(check_parametric_function<Function>());

 public:
  using Scalar = typename Function::Scalar;
  using Actions = ActionIndices;
  using Config = CategoricalConfig<typename Function::Config>;
  using ProposalType = Proposal<Scalar, Actions>;

  /// Holds one evaluation of the policy.
  struct Tape {
    typename Function::Tape function;
    Matrix<Scalar> log_probs;      ///< A×B, log π of every action
    Matrix<Scalar> probabilities;  ///< A×B
    Matrix<Scalar> adjoint;        ///< A×B, ∂L/∂z
    Row<Scalar> given_log_probs;   ///< log-probabilities of given actions
  };

  /// Creates a function from `sizes.observation` features to `sizes.action` logits and draws its parameters from
  /// `generator`. Throws ConfigError if the configuration is not valid.
  Categorical(const Config& config, Sizes sizes, Generator& generator)
      : function_(sizes.observation, sizes.action, config.network), parameters_(function_.parameter_count()) {
    function_.initialize(parameters_.data(), generator);
  }

  [[nodiscard]] static constexpr const char* name() { return "categorical"; }
  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] Config config() const { return {.network = function_.config()}; }
  [[nodiscard]] Index observation_size() const { return function_.inputs(); }
  /// Returns A, the number of actions.
  [[nodiscard]] Index action_size() const { return function_.outputs(); }

  /// Proposes all A actions for each column of `observations` (O×B), however many are requested, with their
  /// probabilities as weights. Draws nothing.
  void propose(const Matrix<Scalar>& observations, Index, Generator&, Tape& tape, ProposalType& proposal) const {
    evaluate(observations, tape);
    propose_every_action(action_size(), observations.cols(), proposal);
    proposal.log_probs = tape.log_probs.reshaped().transpose().array();
    proposal.weights = tape.probabilities.reshaped().transpose().array();
  }

  /// Computes gradient += ∂L/∂parameters of the last `propose`, given ∂L/∂(log_probs, weights) in `adjoint`.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const ProposalType&, const ProposalType& adjoint,
                Vector<Scalar>& gradient) const {
    using PerState = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic>>;
    const PerState log_probs(adjoint.log_probs.data(), action_size(), observations.cols());
    const PerState weights(adjoint.weights.data(), action_size(), observations.cols());
    // ∂ log π_k/∂z_j = δ_kj − π_j and ∂ π_k/∂z_j = π_k (δ_kj − π_j).
    tape.adjoint = log_probs + weights * tape.probabilities.array();
    for (Index state = 0; state < observations.cols(); ++state)
      tape.adjoint.col(state) -= tape.adjoint.col(state).sum() * tape.probabilities.col(state);
    function_.backward(parameters_.data(), observations, tape.function, tape.adjoint, gradient.data());
  }

  /// Returns log π(a|s) of the given actions (1×B), 1×B. The actions must be in [0, A); this is not checked. The result
  /// is stored in the tape and valid until its next use.
  const Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    evaluate(observations, tape);
    return gather(actions, tape);
  }

  /// Returns log π(a|s) of another policy's proposal (K per state), 1×KB. Requirements and lifetime are those of
  /// `log_prob`.
  const Row<Scalar>& log_prob_of(const Matrix<Scalar>& observations, const ProposalType& proposal, Tape& tape) const {
    evaluate(observations, tape);
    return gather(proposal.actions, tape);
  }

  /// Does nothing, because there is no gradient with respect to finite actions.
  void log_prob_gradient(const Tape&, const ProposalType&, const Row<Scalar>&, ProposalType&) const {}

  /// Returns −(1/B) Σ_b weight_b log π(a_b|s_b) and adds its gradient.
  Scalar cloning_loss(const Matrix<Scalar>& observations, const Actions& actions, const Row<Scalar>& weights,
                      Generator&, Tape& tape, Vector<Scalar>& gradient) const {
    log_prob(observations, actions, tape);
    const auto batch = static_cast<Scalar>(observations.cols());
    tape.adjoint = tape.probabilities.array().rowwise() * weights / batch;
    for (Index i = 0; i < actions.size(); ++i) tape.adjoint(actions(i), i) -= weights(i) / batch;
    function_.backward(parameters_.data(), observations, tape.function, tape.adjoint, gradient.data());
    return -(weights * tape.given_log_probs).mean();
  }

  /// Sets `out` (1×B) to the most likely action of each state, the first of equals. This is the deployed action.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    const Matrix<Scalar>& logits = function_.forward(parameters_.data(), observations, tape.function);
    out.resize(observations.cols());
    for (Index state = 0; state < out.size(); ++state) out(state) = first_largest(logits.col(state));
  }

 private:
  void evaluate(const Matrix<Scalar>& observations, Tape& tape) const {
    const Matrix<Scalar>& logits = function_.forward(parameters_.data(), observations, tape.function);
    tape.log_probs.resize(logits.rows(), logits.cols());
    for (Index state = 0; state < logits.cols(); ++state) {
      const Scalar highest = logits.col(state).maxCoeff();
      // Subtract the largest logit first, so that its magnitude does not absorb the logarithm of the sum.
      tape.log_probs.col(state) = logits.col(state).array() - highest;
      tape.log_probs.col(state).array() -= std::log(tape.log_probs.col(state).array().exp().sum());
    }
    tape.probabilities = tape.log_probs.array().exp();
  }

  const Row<Scalar>& gather(const Actions& actions, Tape& tape) const {
    const Index states = tape.log_probs.cols();
    const Index per_state = actions_per_state(actions.size(), states);
    tape.given_log_probs.resize(actions.size());
    for (Index i = 0, state = 0; state < states; ++state)
      for (Index k = 0; k < per_state; ++k, ++i) tape.given_log_probs(i) = tape.log_probs(actions(i), state);
    return tape.given_log_probs;
  }

  Function function_;
  Vector<Scalar> parameters_;
};

/// A softmax policy with an MLP.
template <class Scalar = float>
using MlpCategorical = Categorical<Mlp<Scalar>>;

/// A softmax policy with a table of logits; for features that are not one-hot, the logits are linear.
template <class Scalar = float>
using TabularCategorical = Categorical<Table<Scalar>>;

}  // namespace holdfast
