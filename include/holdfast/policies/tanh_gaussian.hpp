/// \file
/// Provides the squashed Gaussian policy of SAC: a = tanh(u), u ~ N(μ(s), σ(s)²), for actions in (−1, 1).
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// Configuration of TanhGaussian.
struct TanhGaussianConfig {
  MlpConfig network = {};
  double log_std_min = -5;  ///< ln σ is clipped to [log_std_min, log_std_max]; its gradient is zero outside
  double log_std_max = 2;
  double border = 1e-6;  ///< ε: given actions are clamped to ±(1 − ε), where the density still exists

  static void fields(auto& self, auto&& visit) {
    visit("network", self.network);
    visit("log_std_min", self.log_std_min, finite_number);
    visit("log_std_max", self.log_std_max, between(self.log_std_min, std::numeric_limits<double>::infinity()));
    visit("border", self.border, between(0, 1));
  }
};

/// Returns ln(1 − tanh²u) as 2 (ln 2 − |u| − ln(1 + e^{−2|u|})), which is accurate even if 1 − tanh²u rounds to zero.
template <class Derived>
[[nodiscard]] auto log_tanh_derivative(const Eigen::ArrayBase<Derived>& u) {
  using Scalar = typename Derived::Scalar;
  return Scalar{2} * (std::numbers::ln2_v<Scalar> - u.abs() - (Scalar{-2} * u.abs()).exp().log1p());
}

/// The squashed Gaussian policy of Haarnoja et al. 2018, "Soft Actor-Critic", appendix C. An MLP gives μ and ln σ.
/// Samples are reparameterized, u = μ + σ ε with ε ~ N(0, 1), and log π(a|s) =
/// Σ_j [−½ε² − ln σ − ½ ln 2π − ln(1 − tanh²u)].
template <class ScalarType = float>
class TanhGaussian {
 public:
  using Scalar = ScalarType;
  using Actions = Matrix<Scalar>;
  using Config = TanhGaussianConfig;

  /// Returns the name used in files.
  [[nodiscard]] static constexpr const char* name() { return "tanh_gaussian"; }

  static constexpr bool draws_before_tanh = true;

  /// Holds one evaluation of the policy: the noise and the values for the derivatives.
  struct Tape {
    typename Mlp<Scalar>::Tape network;
    Matrix<Scalar> heads_adjoint;  ///< 2A×B
    Matrix<Scalar> log_std;        ///< A×B, ln σ, clipped
    Matrix<Scalar> std;            ///< A×B, σ
    Matrix<Scalar> noise;          ///< A×KB, ε
    Matrix<Scalar> pre_tanh;       ///< A×KB, u of given actions
    Matrix<Scalar> log_densities;  ///< A×KB, each feature's, without what ln σ and a constant contribute
    double clamped_share = 0;      ///< share of the given actions' entries that `log_prob` clamped
    Row<Scalar> log_probs;         ///< log-probabilities of given actions or of a proposal
  };

  /// Draws the parameters from `generator`. Throws ConfigError if the configuration is not valid.
  TanhGaussian(const TanhGaussianConfig& config, Sizes sizes, Generator& generator)
      : config_(config),
        action_size_(sizes.action),
        network_(sizes.observation, 0, 2 * sizes.action, config.network),
        parameters_(network_.parameter_count()) {
    check_fields(config_);
    require(static_cast<Scalar>(1 - config.border) < 1, "border", "large enough for 1 - border to be below 1",
            config.border);
    network_.initialize(parameters_.data(), generator);
  }

  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] Index observation_size() const { return network_.inputs(); }
  [[nodiscard]] Index action_size() const { return action_size_; }

  /// Draws `per_state` samples of weight 1/K for each column of `observations` (O×B), with their log-probabilities.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<Scalar>& proposal) const {
    const auto mean = evaluate(observations, tape);
    const Index count = size_product("proposed actions", per_state, observations.cols());
    tape.noise.resize(action_size_, count);
    generator.fill_normal(tape.noise);
    proposal.unsquashed.resize(action_size_, count);
    for (Index i = 0; i < count; ++i)
      proposal.unsquashed.col(i) =
          mean.col(i / per_state).array() + tape.std.col(i / per_state).array() * tape.noise.col(i).array();
    proposal.per_state = per_state;
    proposal.actions = proposal.unsquashed.array().tanh();
    proposal.weights.setConstant(count, Scalar{1} / static_cast<Scalar>(per_state));
    densities(per_state, tape, proposal.unsquashed, proposal.log_probs);
  }

  /// Computes gradient += ∂L/∂parameters of the last `propose`, given ∂L/∂(actions, log_probs) in `adjoint`, plus
  /// ∂L/∂unsquashed if that is not empty.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Proposal<Scalar>& proposal,
                const Proposal<Scalar>& adjoint, Vector<Scalar>& gradient) const {
    tape.heads_adjoint.setZero(2 * action_size_, observations.cols());
    const bool raw = adjoint.unsquashed.size() > 0;
    for (Index i = 0; i < proposal.actions.cols(); ++i) {
      const Index state = i / proposal.per_state;
      const Scalar log_prob_adjoint = adjoint.log_probs(i);
      for (Index j = 0; j < action_size_; ++j) {
        const Scalar action = proposal.actions(j, i);
        // ∂a/∂u = 1 − a² and, with the noise fixed, ∂(log π)/∂u = 2a.
        const Scalar pre_tanh_adjoint = adjoint.actions(j, i) * (1 - action * action) + log_prob_adjoint * 2 * action +
                                        (raw ? adjoint.unsquashed(j, i) : Scalar{0});
        tape.heads_adjoint(j, state) += pre_tanh_adjoint;
        if (inside(tape, j, state))
          tape.heads_adjoint(action_size_ + j, state) +=
              pre_tanh_adjoint * tape.std(j, state) * tape.noise(j, i) - log_prob_adjoint;
      }
    }
    network_.backward(parameters_.data(), observations, tape.network, tape.heads_adjoint, gradient.data());
  }

  /// Returns log π(a|s) of the given actions (A×B), 1×B. Entries beyond ±(1 − border) are clamped; tape.clamped_share
  /// is their share. The result is stored in the tape and valid until its next use.
  const Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    const auto mean = evaluate(observations, tape);
    const auto limit = static_cast<Scalar>(1 - config_.border);
    tape.clamped_share = actions.size() == 0 ? 0
                                             : static_cast<double>((actions.array().abs() > limit).count()) /
                                                   static_cast<double>(actions.size());
    const auto clamped = actions.array().max(-limit).min(limit);
    tape.pre_tanh = Scalar{0.5} * (clamped.log1p() - (-clamped).log1p());
    tape.noise = (tape.pre_tanh - mean).array() / tape.std.array();
    densities(actions.cols() / observations.cols(), tape, tape.pre_tanh, tape.log_probs);
    return tape.log_probs;
  }

  /// Returns log π(a|s) of another policy's proposal (K per state), 1×KB. It is computed from their values before the
  /// tanh and is therefore exact at the border. The result is stored in the tape and valid until its next use.
  const Row<Scalar>& log_prob_of(const Matrix<Scalar>& observations, const Proposal<Scalar>& proposal,
                                 Tape& tape) const {
    const auto mean = evaluate(observations, tape);
    tape.noise.resize(action_size_, proposal.unsquashed.cols());
    for (Index i = 0; i < tape.noise.cols(); ++i)
      tape.noise.col(i) = (proposal.unsquashed.col(i) - mean.col(i / proposal.per_state)).array() /
                          tape.std.col(i / proposal.per_state).array();
    densities(proposal.per_state, tape, proposal.unsquashed, tape.log_probs);
    return tape.log_probs;
  }

  /// Computes out.unsquashed += adjoint · ∂(log π)/∂u for the last `log_prob_of`, with adjoint 1×KB.
  void log_prob_gradient(const Tape& tape, const Proposal<Scalar>& proposal, const Row<Scalar>& adjoint,
                         Proposal<Scalar>& out) const {
    for (Index i = 0; i < proposal.actions.cols(); ++i)
      out.unsquashed.col(i).array() +=
          adjoint(i) * (2 * proposal.actions.col(i).array() -
                        tape.noise.col(i).array() / tape.std.col(i / proposal.per_state).array());
  }

  /// Returns −(1/B) Σ_b weight_b log π(a_b|s_b) and adds its gradient.
  Scalar cloning_loss(const Matrix<Scalar>& observations, const Actions& actions, const Row<Scalar>& weights,
                      Generator&, Tape& tape, Vector<Scalar>& gradient) const {
    log_prob(observations, actions, tape);
    const auto batch = static_cast<Scalar>(observations.cols());
    tape.heads_adjoint.resize(2 * action_size_, observations.cols());
    for (Index i = 0; i < observations.cols(); ++i) {
      const Scalar log_prob_adjoint = -weights(i) / batch;
      for (Index j = 0; j < action_size_; ++j) {
        const Scalar noise = tape.noise(j, i);
        tape.heads_adjoint(j, i) = log_prob_adjoint * noise / tape.std(j, i);
        tape.heads_adjoint(action_size_ + j, i) =
            inside(tape, j, i) ? log_prob_adjoint * (noise * noise - 1) : Scalar{0};
      }
    }
    network_.backward(parameters_.data(), observations, tape.network, tape.heads_adjoint, gradient.data());
    return -(weights * tape.log_probs).mean();
  }

  /// Sets `out` (A×B) to tanh(μ(s)), the action at the mean of u. This is the deployed action.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    out = evaluate(observations, tape).array().tanh();
  }

 private:
  // Runs the network, returns μ (A×B) and stores σ in the tape.
  auto evaluate(const Matrix<Scalar>& observations, Tape& tape) const {
    const Matrix<Scalar>& heads = network_.forward(parameters_.data(), observations, tape.network);
    tape.log_std = heads.bottomRows(action_size_)
                       .cwiseMax(static_cast<Scalar>(config_.log_std_min))
                       .cwiseMin(static_cast<Scalar>(config_.log_std_max));
    tape.std = tape.log_std.array().exp();
    return heads.topRows(action_size_);
  }

  [[nodiscard]] bool inside(const Tape& tape, Index j, Index state) const {
    const Scalar raw = tape.network.outputs.back()(action_size_ + j, state);
    return raw > static_cast<Scalar>(config_.log_std_min) && raw < static_cast<Scalar>(config_.log_std_max);
  }

  // Computes log π from u and the tape's noise and ln σ.
  void densities(Index per_state, Tape& tape, const Matrix<Scalar>& pre_tanh, Row<Scalar>& out) const {
    constexpr auto half_log_two_pi = static_cast<Scalar>(0.91893853320467274178);
    // First all numbers, as vectors: a sum of columns would compute its terms one by one.
    tape.log_densities = Scalar{-0.5} * tape.noise.array().square() - log_tanh_derivative(pre_tanh.array());
    out = tape.log_densities.array().colwise().sum();
    for (Index i = 0; i < out.size(); ++i)
      out(i) -= tape.log_std.col(i / per_state).sum() + static_cast<Scalar>(action_size_) * half_log_two_pi;
  }

  TanhGaussianConfig config_;
  Index action_size_;
  Mlp<Scalar> network_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
