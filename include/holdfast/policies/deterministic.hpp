/// \file
/// Provides the deterministic policy a = tanh(network(s)) of DDPG, TD3 and behavior cloning with a squared error.
#pragma once

#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// Configuration of Deterministic.
struct DeterministicConfig {
  MlpConfig network = {};

  static void fields(auto& self, auto&& visit) { visit("network", self.network); }
};

/// A policy with the action a = tanh(network(s)) in (−1, 1). It has no density: its log-probabilities are 0, and
/// `cloning_loss` fits the mean squared error (the mean over batch and action dimensions, as TD3+BC defines behavior
/// cloning).
template <class ScalarType = float>
class Deterministic {
 public:
  using Scalar = ScalarType;
  using Actions = Matrix<Scalar>;
  using Config = DeterministicConfig;

  /// Returns the name used in files.
  [[nodiscard]] static constexpr const char* name() { return "deterministic"; }

  /// Holds one evaluation for the derivatives.
  struct Tape {
    typename Mlp<Scalar>::Tape network;
    Matrix<Scalar> mean;          ///< A×B
    Matrix<Scalar> mean_adjoint;  ///< A×B
  };

  /// Draws the parameters from `generator`. Throws ConfigError if the configuration is not valid.
  Deterministic(const DeterministicConfig& config, Sizes sizes, Generator& generator)
      : action_size_(sizes.action),
        network_(sizes.observation, 0, sizes.action, config.network),
        parameters_(network_.parameter_count()) {
    network_.initialize(parameters_.data(), generator);
  }

  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] Config config() const { return {.network = network_.config()}; }
  [[nodiscard]] Index observation_size() const { return network_.inputs(); }
  [[nodiscard]] Index action_size() const { return action_size_; }

  /// Proposes the action of each state `per_state` times, with weight 1/K and log-probability 0.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator&, Tape& tape,
               Proposal<Scalar>& proposal) const {
    mode(observations, tape, tape.mean);
    const Index count = size_product("proposed actions", per_state, observations.cols());
    proposal.per_state = per_state;
    proposal.actions.resize(action_size_, count);
    proposal.unsquashed.resize(action_size_, 0);
    for (Index i = 0; i < count; ++i) proposal.actions.col(i) = tape.mean.col(i / per_state);
    proposal.log_probs.setZero(count);
    proposal.weights.setConstant(count, Scalar{1} / static_cast<Scalar>(per_state));
  }

  /// Computes gradient += ∂L/∂parameters of the last `propose`, given ∂L/∂actions in `adjoint`.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Proposal<Scalar>& proposal,
                const Proposal<Scalar>& adjoint, Vector<Scalar>& gradient) const {
    tape.mean_adjoint.setZero(action_size_, observations.cols());
    for (Index i = 0; i < proposal.actions.cols(); ++i)
      tape.mean_adjoint.col(i / proposal.per_state) += adjoint.actions.col(i);
    mean_backward(observations, tape, gradient);
  }

  /// Returns the weighted mean squared error to the given actions, over batch and dimensions, and adds its gradient.
  Scalar cloning_loss(const Matrix<Scalar>& observations, const Actions& actions, const Row<Scalar>& weights,
                      Generator&, Tape& tape, Vector<Scalar>& gradient) const {
    mode(observations, tape, tape.mean);
    const auto entries = static_cast<Scalar>(actions.size());
    tape.mean_adjoint = tape.mean - actions;
    const Scalar loss = (tape.mean_adjoint.array().square().colwise().sum() * weights).sum() / entries;
    tape.mean_adjoint *= 2 / entries;
    tape.mean_adjoint.array().rowwise() *= weights;  // a plain Row: an expression would need a temporary
    mean_backward(observations, tape, gradient);
    return loss;
  }

  /// Sets `out` to the policy's actions, A×B.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    out = network_.forward(parameters_.data(), observations, tape.network).array().tanh();
  }

 private:
  void mean_backward(const Matrix<Scalar>& observations, Tape& tape, Vector<Scalar>& gradient) const {
    tape.mean_adjoint.array() *= 1 - tape.mean.array().square();
    network_.backward(parameters_.data(), observations, tape.network, tape.mean_adjoint, gradient.data());
  }

  Index action_size_;
  Mlp<Scalar> network_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
