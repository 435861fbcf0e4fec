/// \file
/// The Gaussian policy with a state-independent spread: a ~ N(μ(s), σ²), as AWAC and IQL use it.
#pragma once

#include <algorithm>
#include <cmath>

#include "holdfast/core/random.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// Hyper-parameters of Gaussian.
struct GaussianConfig {
  MlpConfig network = {};
  bool squash_mean = false;  ///< μ = tanh(network) where true (IQL), else the network itself (AWAC)
  double log_std = 0;        ///< ln σ at the start, the same for every action dimension
  double log_std_min = -5;   ///< ln σ is clipped to [log_std_min, log_std_max]; outside, its gradient is zero
  double log_std_max = 2;

  /// Throws ConfigError that names the field.
  void validate() const {
    network.validate();
    require(log_std_min < log_std_max, "policy.log_std_min", "below log_std_max", log_std_min);
    require(log_std > log_std_min && log_std < log_std_max, "policy.log_std", "between log_std_min and log_std_max",
            log_std);
  }
};

/// N(μ(s), diag σ²) with ln σ a learned vector. Samples are reparameterised, a = μ + σ ε, and unbounded: an environment
/// that bounds its actions clips them when they are executed.
///
/// With `network.hidden = {}` it is the linear-Gaussian policy of linear-quadratic control.
template <class ScalarType = float>
class Gaussian {
 public:
  using Scalar = ScalarType;
  using Actions = Matrix<Scalar>;
  using Config = GaussianConfig;

  /// One evaluation of the policy: noise, and what the derivatives need.
  struct Tape {
    typename Mlp<Scalar>::Tape network;
    Matrix<Scalar> mean;          ///< A×B
    Matrix<Scalar> mean_adjoint;  ///< A×B
    Matrix<Scalar> noise;         ///< A×KB, ε
    Row<Scalar> log_probs;        ///< of given actions
  };

  /// Draws the network's parameters from `generator`. Throws ConfigError.
  Gaussian(const GaussianConfig& config, Sizes sizes, Generator& generator)
      : config_(config),
        action_size_(sizes.action),
        network_(sizes.observation, 0, sizes.action, config.network),
        parameters_(network_.parameter_count() + sizes.action) {
    config_.validate();
    network_.initialise(parameters_.data(), generator);
    parameters_.tail(action_size_).setConstant(static_cast<Scalar>(config_.log_std));
  }

  /// The network's parameters, then ln σ (A).
  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] Index action_size() const { return action_size_; }
  [[nodiscard]] Index log_std_offset() const { return network_.parameter_count(); }

  /// `per_state` samples of weight 1/K for each column of `observations` (O×B), with their log-probabilities.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Candidates<Scalar>& set) const {
    mode(observations, tape, tape.mean);
    const Index count = per_state * observations.cols();
    tape.noise.resize(action_size_, count);
    generator.fill_normal(tape.noise);
    set.per_state = per_state;
    set.actions.resize(action_size_, count);
    for (Index i = 0; i < count; ++i)
      for (Index j = 0; j < action_size_; ++j)
        set.actions(j, i) = tape.mean(j, i / per_state) + std::exp(log_std(j)) * tape.noise(j, i);
    set.weights.setConstant(count, Scalar{1} / static_cast<Scalar>(per_state));
    densities(tape.noise, set.log_probs);
  }

  /// gradient += ∂L/∂parameters of the last `propose`, given ∂L/∂(actions, log_probs) in `adjoint`.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Candidates<Scalar>& set,
                const Candidates<Scalar>& adjoint, Vector<Scalar>& gradient) const {
    tape.mean_adjoint.setZero(action_size_, observations.cols());
    for (Index i = 0; i < set.actions.cols(); ++i)
      for (Index j = 0; j < action_size_; ++j) {
        tape.mean_adjoint(j, i / set.per_state) += adjoint.actions(j, i);
        if (inside(j))
          gradient(log_std_offset() + j) +=
              adjoint.actions(j, i) * std::exp(log_std(j)) * tape.noise(j, i) - adjoint.log_probs(i);
      }
    mean_backward(observations, tape, gradient);
  }

  /// log π(a|s) of given actions (A×B), 1×B. Lives in the tape until its next use.
  const Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    mode(observations, tape, tape.mean);
    tape.noise.resize(action_size_, actions.cols());
    for (Index j = 0; j < action_size_; ++j)
      tape.noise.row(j) = (actions.row(j) - tape.mean.row(j)) * std::exp(-log_std(j));
    densities(tape.noise, tape.log_probs);
    return tape.log_probs;
  }

  /// Returns −(1/B) Σ_b weight_b log π(a_b|s_b) and adds its gradient.
  Scalar clone(const Matrix<Scalar>& observations, const Actions& actions, const Row<Scalar>& weights, Tape& tape,
               Vector<Scalar>& gradient) const {
    log_prob(observations, actions, tape);
    const auto batch = static_cast<Scalar>(observations.cols());
    tape.mean_adjoint.resize(action_size_, observations.cols());
    for (Index i = 0; i < observations.cols(); ++i)
      for (Index j = 0; j < action_size_; ++j) {
        const Scalar noise = tape.noise(j, i);
        tape.mean_adjoint(j, i) = -weights(i) / batch * noise * std::exp(-log_std(j));
        if (inside(j)) gradient(log_std_offset() + j) -= weights(i) / batch * (noise * noise - 1);
      }
    mean_backward(observations, tape, gradient);
    return -(weights * tape.log_probs).mean();
  }

  /// The mean μ(s), A×B: what is deployed.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    out = network_.forward(parameters_.data(), observations, tape.network);
    if (config_.squash_mean) out = out.array().tanh();
  }

 private:
  [[nodiscard]] Scalar raw_log_std(Index j) const { return parameters_(log_std_offset() + j); }
  [[nodiscard]] Scalar log_std(Index j) const {
    return std::clamp(raw_log_std(j), static_cast<Scalar>(config_.log_std_min),
                      static_cast<Scalar>(config_.log_std_max));
  }
  [[nodiscard]] bool inside(Index j) const { return raw_log_std(j) == log_std(j); }

  void mean_backward(const Matrix<Scalar>& observations, Tape& tape, Vector<Scalar>& gradient) const {
    if (config_.squash_mean) tape.mean_adjoint.array() *= 1 - tape.mean.array().square();
    network_.backward(parameters_.data(), observations, tape.network, tape.mean_adjoint, gradient.data());
  }

  void densities(const Matrix<Scalar>& noise, Row<Scalar>& out) const {
    constexpr auto half_log_two_pi = static_cast<Scalar>(0.91893853320467274178);
    Scalar constant = static_cast<Scalar>(action_size_) * half_log_two_pi;
    for (Index j = 0; j < action_size_; ++j) constant += log_std(j);
    out = Scalar{-0.5} * noise.array().square().colwise().sum() - constant;
  }

  GaussianConfig config_;
  Index action_size_;
  Mlp<Scalar> network_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
