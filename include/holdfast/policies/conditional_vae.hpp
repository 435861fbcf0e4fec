/// \file
/// Provides a model of the behavior policy: a variational autoencoder of actions given observations.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// Configuration of ConditionalVae. The defaults are those of BEAR and BCQ.
struct ConditionalVaeConfig {
  MlpConfig network = {.hidden = {750, 750}};  ///< configuration of both encoder and decoder
  std::optional<Index> latent_size = {};       ///< L; if not given, 2A
  double kl_weight = 0.5;                      ///< weight of the KL divergence from the prior N(0, 1), at least 0
  double log_std_min = -4;                     ///< the encoder's ln σ is clipped; its gradient is zero outside
  double log_std_max = 15;
  double latent_limit = 0.5;  ///< latents sampled from the prior are clipped to ±limit; not in training
  AdamConfig optimizer = {};  ///< used by the code that trains the model

  static void fields(auto& self, auto&& visit) {
    visit("network", self.network);
    visit("latent_size", self.latent_size, size_from(1));
    visit("kl_weight", self.kl_weight, at_least(0));
    visit("log_std_min", self.log_std_min, finite_number);
    visit("log_std_max", self.log_std_max, between(self.log_std_min, std::numeric_limits<double>::infinity()));
    visit("latent_limit", self.latent_limit, Interval{.lowest = 0, .open_below = true});
    visit("optimizer", self.optimizer);
  }
};

/// A conditional variational autoencoder (Sohn et al. 2015), as used by BCQ (Fujimoto et al. 2019) and BEAR (Kumar et
/// al. 2019). It has an encoder (s, a) → N(μ, σ²) over L latents, and a decoder (s, z) → u whose action is tanh(u). Its
/// loss is the mean squared error of the action plus kl_weight · mean −½ (1 + ln σ² − μ² − σ²); both means are over
/// batch and dimensions. If the actions of a state differ by less than about √kl_weight, encoding them costs more KL
/// than it reduces the error. Samples then lie near the mean action.
template <class ScalarType>
class ConditionalVae {
 public:
  using Scalar = ScalarType;
  using Config = ConditionalVaeConfig;

  /// Draws the parameters from `generator`. Throws ConfigError if the configuration is not valid.
  ConditionalVae(const Config& config, Sizes sizes, Generator& generator)
      : config_((check_fields(config), config)),
        latent_(config.latent_size.value_or(2 * sizes.action)),
        encoder_(sizes.observation, sizes.action, 2 * latent_, config.network),
        decoder_(sizes.observation, latent_, sizes.action, config.network),
        parameters_(encoder_.parameter_count() + decoder_.parameter_count()) {
    encoder_.initialize(parameters_.data(), generator);
    decoder_.initialize(parameters_.data() + encoder_.parameter_count(), generator);
  }

  /// Returns the encoder's parameters followed by the decoder's.
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] Index latent_size() const { return latent_; }

  /// Returns the loss of a batch (observations O×B, actions A×B) with fresh noise, and adds its derivative to
  /// `gradient`.
  Scalar loss(const Matrix<Scalar>& observations, const Matrix<Scalar>& actions, Generator& generator,
              Vector<Scalar>& gradient) {
    encode(observations, actions, generator);
    const Matrix<Scalar>& raw = decoder_.forward(decoder(), observations, latents_, decoder_tape_);
    reconstruction_ = raw.array().tanh();
    const auto entries = static_cast<Scalar>(actions.size());
    adjoint_ = reconstruction_ - actions;
    const Scalar error = adjoint_.squaredNorm() / entries;
    adjoint_.array() *= 2 / entries * (1 - reconstruction_.array().square());

    decoder_.backward(decoder(), observations, latents_, decoder_tape_, adjoint_,
                      gradient.data() + encoder_.parameter_count());
    decoder_.own_gradient(decoder(), decoder_tape_, latent_adjoint_);
    const Scalar divergence = encoder_adjoint();
    encoder_.backward(parameters_.data(), observations, actions, encoder_tape_, heads_adjoint_, gradient.data());
    return error + static_cast<Scalar>(config_.kl_weight) * divergence;
  }

  /// Draws `per_state` samples of u (A×KB), before the tanh, for each observation (O×B). They are valid until the next
  /// call.
  const Matrix<Scalar>& sample(const Matrix<Scalar>& observations, Index per_state, Generator& generator) {
    sample_latents_.resize(latent_, size_product("proposed actions", per_state, observations.cols()));
    generator.fill_normal(sample_latents_);
    const auto limit = static_cast<Scalar>(config_.latent_limit);
    sample_latents_ = sample_latents_.cwiseMax(-limit).cwiseMin(limit);
    return decoder_.forward(decoder(), observations, sample_latents_, sample_tape_);
  }

 private:
  [[nodiscard]] const Scalar* decoder() const { return parameters_.data() + encoder_.parameter_count(); }

  // Computes z = μ + σ ε.
  void encode(const Matrix<Scalar>& observations, const Matrix<Scalar>& actions, Generator& generator) {
    const Matrix<Scalar>& heads = encoder_.forward(parameters_.data(), observations, actions, encoder_tape_);
    log_std_ = heads.bottomRows(latent_)
                   .cwiseMax(static_cast<Scalar>(config_.log_std_min))
                   .cwiseMin(static_cast<Scalar>(config_.log_std_max));
    noise_.resize(latent_, observations.cols());
    generator.fill_normal(noise_);
    latents_ = heads.topRows(latent_).array() + log_std_.array().exp() * noise_.array();
  }

  // Computes the gradient of error and KL with respect to (μ, ln σ), from ∂error/∂z. Returns the mean KL.
  Scalar encoder_adjoint() {
    const Matrix<Scalar>& heads = encoder_tape_.outputs.back();
    const auto share = static_cast<Scalar>(config_.kl_weight) / static_cast<Scalar>(noise_.size());
    heads_adjoint_.resize(2 * latent_, noise_.cols());
    Scalar divergence = 0;
    for (Index i = 0; i < noise_.cols(); ++i)
      for (Index j = 0; j < latent_; ++j) {
        const Scalar mean = heads(j, i);
        const Scalar log_std = log_std_(j, i);
        const Scalar variance = std::exp(2 * log_std);
        divergence -= Scalar{0.5} * (1 + 2 * log_std - mean * mean - variance);
        heads_adjoint_(j, i) = latent_adjoint_(j, i) + share * mean;
        const bool inside = heads(latent_ + j, i) == log_std;
        heads_adjoint_(latent_ + j, i) =
            inside ? latent_adjoint_(j, i) * std::exp(log_std) * noise_(j, i) + share * (variance - 1) : Scalar{0};
      }
    return divergence / static_cast<Scalar>(noise_.size());
  }

  Config config_;
  Index latent_;
  Mlp<Scalar> encoder_;
  Mlp<Scalar> decoder_;
  Vector<Scalar> parameters_;

  typename Mlp<Scalar>::Tape encoder_tape_;
  typename Mlp<Scalar>::Tape decoder_tape_;
  typename Mlp<Scalar>::Tape sample_tape_;
  Matrix<Scalar> log_std_;
  Matrix<Scalar> noise_;
  Matrix<Scalar> latents_;
  Matrix<Scalar> sample_latents_;  // separate because its size differs: a shared matrix would be reallocated each time
  Matrix<Scalar> reconstruction_;
  Matrix<Scalar> adjoint_;
  Matrix<Scalar> latent_adjoint_;
  Matrix<Scalar> heads_adjoint_;
};

}  // namespace holdfast
