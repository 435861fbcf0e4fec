/// \file
/// Provides the Gaussian policy with a state-independent standard deviation, a ~ N(μ(s), σ²), as used by AWAC and IQL.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// Configuration of Gaussian.
struct GaussianConfig {
  MlpConfig network = {};
  bool squash_mean = true;  ///< μ = tanh(network) if true, otherwise the network's output
  double log_std = 0;       ///< initial ln σ, the same for every action dimension
  double log_std_min = -5;  ///< ln σ is clipped to [log_std_min, log_std_max]; once outside, it stays there
  double log_std_max = 2;
  double action_limit = 1;  ///< proposed actions and the mode are clipped to ±action_limit; infinity: no clipping

  static void fields(auto& self, auto&& visit) {
    visit("network", self.network);
    visit("squash_mean", self.squash_mean);
    visit("log_std_min", self.log_std_min, finite_number);
    visit("log_std_max", self.log_std_max, between(self.log_std_min, std::numeric_limits<double>::infinity()));
    visit("log_std", self.log_std, between(self.log_std_min, self.log_std_max));
    visit("action_limit", self.action_limit, Interval{.lowest = 0, .open_below = true});
  }
};

/// A policy N(μ(s), diag σ²) whose ln σ is a learned vector. Samples are reparameterized, u = μ + σ ε, and clipped to
/// ±action_limit for execution, so critics never see an action beyond the data's range. Log-probabilities are those of
/// u.
///
/// With `network.hidden = {}` it is the linear-Gaussian policy of linear-quadratic control.
template <class ScalarType = float>
class Gaussian {
 public:
  using Scalar = ScalarType;
  using Actions = Matrix<Scalar>;
  using Config = GaussianConfig;

  /// Returns the name used in files.
  [[nodiscard]] static constexpr const char* name() { return "gaussian"; }

  /// Holds one evaluation of the policy: the noise and the values for the derivatives.
  struct Tape {
    typename Mlp<Scalar>::Tape network;
    Matrix<Scalar> mean;          ///< A×B
    Matrix<Scalar> mean_adjoint;  ///< A×B
    Matrix<Scalar> noise;         ///< A×KB, ε
    Row<Scalar> log_probs;        ///< log-probabilities of given actions or of a proposal
  };

  /// Draws the network's parameters from `generator`. Throws ConfigError if the configuration is not valid.
  Gaussian(const GaussianConfig& config, Sizes sizes, Generator& generator)
      : config_(config),
        action_size_(sizes.action),
        network_(sizes.observation, 0, sizes.action, config.network),
        parameters_(network_.parameter_count() + sizes.action) {
    check_fields(config_);
    network_.initialize(parameters_.data(), generator);
    parameters_.tail(action_size_).setConstant(static_cast<Scalar>(config_.log_std));
  }

  /// Returns the network's parameters followed by ln σ (A).
  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] Index observation_size() const { return network_.inputs(); }
  [[nodiscard]] Index action_size() const { return action_size_; }
  [[nodiscard]] Index log_std_offset() const { return network_.parameter_count(); }

  /// Draws `per_state` samples of weight 1/K for each column of `observations` (O×B), with their log-probabilities.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<Scalar>& proposal) const {
    evaluate(observations, tape, tape.mean);
    const Index count = size_product("proposed actions", per_state, observations.cols());
    tape.noise.resize(action_size_, count);
    generator.fill_normal(tape.noise);
    proposal.per_state = per_state;
    proposal.unsquashed.resize(action_size_, count);
    for (Index i = 0; i < count; ++i)
      for (Index j = 0; j < action_size_; ++j)
        proposal.unsquashed(j, i) = tape.mean(j, i / per_state) + std::exp(log_std(j)) * tape.noise(j, i);
    proposal.actions = proposal.unsquashed.cwiseMax(-limit()).cwiseMin(limit());
    proposal.weights.setConstant(count, Scalar{1} / static_cast<Scalar>(per_state));
    densities(tape.noise, proposal.log_probs);
  }

  /// Computes gradient += ∂L/∂parameters of the last `propose`, given ∂L/∂(actions, log_probs) in `adjoint`, plus
  /// ∂L/∂unsquashed if that is not empty.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Proposal<Scalar>& proposal,
                const Proposal<Scalar>& adjoint, Vector<Scalar>& gradient) const {
    tape.mean_adjoint.setZero(action_size_, observations.cols());
    const bool raw = adjoint.unsquashed.size() > 0;
    for (Index i = 0; i < proposal.actions.cols(); ++i)
      for (Index j = 0; j < action_size_; ++j) {
        const bool clipped = proposal.actions(j, i) != proposal.unsquashed(j, i);
        const Scalar own = (clipped ? Scalar{0} : adjoint.actions(j, i)) + (raw ? adjoint.unsquashed(j, i) : Scalar{0});
        tape.mean_adjoint(j, i / proposal.per_state) += own;
        if (inside(j))
          gradient(log_std_offset() + j) += own * std::exp(log_std(j)) * tape.noise(j, i) - adjoint.log_probs(i);
      }
    mean_backward(observations, tape, gradient);
  }

  /// Returns log π(a|s) of the given actions (A×B), 1×B. The result is stored in the tape and valid until its next use.
  const Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    evaluate(observations, tape, tape.mean);
    tape.noise.resize(action_size_, actions.cols());
    for (Index j = 0; j < action_size_; ++j)
      tape.noise.row(j) = (actions.row(j) - tape.mean.row(j)) * std::exp(-log_std(j));
    densities(tape.noise, tape.log_probs);
    return tape.log_probs;
  }

  /// Returns log π(u|s) of another policy's proposal (K per state), 1×KB, before clipping. The result is stored in
  /// the tape and valid until its next use.
  const Row<Scalar>& log_prob_of(const Matrix<Scalar>& observations, const Proposal<Scalar>& proposal,
                                 Tape& tape) const {
    evaluate(observations, tape, tape.mean);
    tape.noise.resize(action_size_, proposal.unsquashed.cols());
    for (Index i = 0; i < tape.noise.cols(); ++i)
      for (Index j = 0; j < action_size_; ++j)
        tape.noise(j, i) = (proposal.unsquashed(j, i) - tape.mean(j, i / proposal.per_state)) * std::exp(-log_std(j));
    densities(tape.noise, tape.log_probs);
    return tape.log_probs;
  }

  /// Computes out.unsquashed += adjoint · ∂(log π)/∂u for the last `log_prob_of`, with adjoint 1×KB.
  void log_prob_gradient(const Tape& tape, const Proposal<Scalar>&, const Row<Scalar>& adjoint,
                         Proposal<Scalar>& out) const {
    for (Index i = 0; i < out.unsquashed.cols(); ++i)
      for (Index j = 0; j < action_size_; ++j)
        out.unsquashed(j, i) -= adjoint(i) * tape.noise(j, i) * std::exp(-log_std(j));
  }

  /// Returns −(1/B) Σ_b weight_b log π(a_b|s_b) and adds its gradient.
  Scalar cloning_loss(const Matrix<Scalar>& observations, const Actions& actions, const Row<Scalar>& weights,
                      Generator&, Tape& tape, Vector<Scalar>& gradient) const {
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

  /// Sets `out` (A×B) to the mean μ(s), clipped to ±action_limit. This is the deployed action.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    evaluate(observations, tape, out);
    out = out.cwiseMax(-limit()).cwiseMin(limit());
  }

 private:
  [[nodiscard]] Scalar limit() const { return static_cast<Scalar>(config_.action_limit); }
  void evaluate(const Matrix<Scalar>& observations, Tape& tape, Matrix<Scalar>& mean) const {
    mean = network_.forward(parameters_.data(), observations, tape.network);
    if (config_.squash_mean) mean = mean.array().tanh();
  }
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
