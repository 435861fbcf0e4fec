/// \file
/// TimeFeatures: turns the time of a diffusion or flow step into features for a network.
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// The numbers that a time t becomes before the layers of TimeFeatures.
enum class TimeEncoding {
  number,      ///< t itself, as in FQL
  sinusoidal,  ///< sin(t ω_j) and cos(t ω_j) with fixed ω_j from 1 down to 10⁻⁴ (Vaswani et al. 2017)
  fourier      ///< cos(2π t w_j) and sin(2π t w_j) with learned w_j, at first N(0, 0.2²), as in IDQL
};

constexpr auto enumerators(TimeEncoding) {
  using enum TimeEncoding;
  return std::array{Enumerator<TimeEncoding>{"number", number}, Enumerator<TimeEncoding>{"sinusoidal", sinusoidal},
                    Enumerator<TimeEncoding>{"fourier", fourier}};
}

/// Configuration of TimeFeatures. The default is that of IDQL: 64 learned Fourier features, then 128-128.
struct TimeFeaturesConfig {
  TimeEncoding encoding = TimeEncoding::fourier;
  Index size = 64;                         ///< numbers of the encoding, even, at least 4; `number` always has one
  std::vector<Index> layers = {128, 128};  ///< widths of the layers that follow; the last one is linear; empty: none
  Activation activation = Activation::mish;
  Initializer initializer = Initializer::xavier_uniform;

  static void fields(auto& self, auto&& visit) {
    visit("encoding", self.encoding);
    visit("size", self.size, size_from(4));
    visit("layers", self.layers, size_from(1));
    visit("activation", self.activation);
    visit("initializer", self.initializer);
  }

  void warn(Warnings& warnings) const {
    if (encoding == TimeEncoding::number) warnings.idle("size", "the encoding is number");
    if (layers.size() <= 1) warnings.idle("activation", "no layer has one: the last layer is linear");
    if (layers.empty()) warnings.idle("initializer", "there are no layers");
  }
};

/// A function of the time t of a diffusion or flow step: an encoding followed by a small MLP. Like Mlp, it stores its
/// shape and not its parameters.
template <class ScalarType>
class TimeFeatures {
 public:
  using Scalar = ScalarType;
  using Config = TimeFeaturesConfig;

  /// Holds the results of one forward pass for the derivatives.
  struct Tape {
    Matrix<Scalar> encoding;          ///< size×N
    Matrix<Scalar> encoding_adjoint;  ///< size×N
    typename Mlp<Scalar>::Tape layers;
  };

  /// Throws ConfigError if the configuration is not valid.
  explicit TimeFeatures(const Config& config) : config_((check_fields(config), config)) {
    if (config.encoding != TimeEncoding::number) require(config.size % 2 == 0, "time.size", "even", config.size);
    if (config.layers.empty()) return;
    const std::vector<Index> hidden(config.layers.begin(), config.layers.end() - 1);
    layers_ = Mlp<Scalar>(0, encoded(), config.layers.back(),
                          {.hidden = hidden,
                           .activation = config.activation,
                           .hidden_initializer = config.initializer,
                           .output_initializer = config.initializer});
  }

  /// Returns F, the number of features.
  [[nodiscard]] Index outputs() const { return config_.layers.empty() ? encoded() : config_.layers.back(); }
  /// Returns the number of parameters: the learned w of the encoding, then those of the layers.
  [[nodiscard]] Index parameter_count() const {
    return frequencies() + (config_.layers.empty() ? 0 : layers_.parameter_count());
  }
  [[nodiscard]] const Config& config() const { return config_; }

  /// Draws all parameters.
  void initialize(Scalar* parameters, Generator& generator) const {
    constexpr double scale = 0.2;
    for (Index j = 0; j < frequencies(); ++j) parameters[j] = static_cast<Scalar>(scale * generator.normal());
    if (!config_.layers.empty()) layers_.initialize(parameters + frequencies(), generator);
  }

  /// Returns the features (F×N) of the times (1×N). They are stored in the tape and valid until its next use.
  const Matrix<Scalar>& forward(const Scalar* parameters, const Row<Scalar>& times, Tape& tape) const {
    tape.encoding.resize(encoded(), times.size());
    const Index half = encoded() / 2;
    switch (config_.encoding) {
      case TimeEncoding::number: tape.encoding.row(0) = times.matrix(); break;
      case TimeEncoding::sinusoidal:
        for (Index j = 0; j < half; ++j) {
          tape.encoding.row(j) = (angular_frequency(j) * times).sin().matrix();
          tape.encoding.row(half + j) = (angular_frequency(j) * times).cos().matrix();
        }
        break;
      case TimeEncoding::fourier:
        for (Index j = 0; j < half; ++j) {
          tape.encoding.row(j) = (two_pi * parameters[j] * times).cos().matrix();
          tape.encoding.row(half + j) = (two_pi * parameters[j] * times).sin().matrix();
        }
        break;
    }
    if (config_.layers.empty()) return tape.encoding;
    return layers_.forward(parameters + frequencies(), Matrix<Scalar>(0, times.size()), tape.encoding, tape.layers);
  }

  /// Adds ∂L/∂parameters to `gradient`, given `adjoint` = ∂L/∂features (F×N) of the tape's forward pass.
  void backward(const Scalar* parameters, const Row<Scalar>& times, Tape& tape, const Matrix<Scalar>& adjoint,
                Scalar* gradient) const {
    if (config_.layers.empty()) return add_frequency_gradient(times, tape, adjoint, gradient);
    layers_.backward(parameters + frequencies(), Matrix<Scalar>(0, times.size()), tape.encoding, tape.layers, adjoint,
                     gradient + frequencies());
    if (frequencies() == 0) return;
    layers_.own_gradient(parameters + frequencies(), tape.layers, tape.encoding_adjoint);
    add_frequency_gradient(times, tape, tape.encoding_adjoint, gradient);
  }

 private:
  static constexpr Scalar two_pi = static_cast<Scalar>(2 * std::numbers::pi);

  [[nodiscard]] Index encoded() const { return config_.encoding == TimeEncoding::number ? 1 : config_.size; }
  // Returns the number of learned frequencies w.
  [[nodiscard]] Index frequencies() const { return config_.encoding == TimeEncoding::fourier ? config_.size / 2 : 0; }
  [[nodiscard]] Scalar angular_frequency(Index j) const {
    const Index half = config_.size / 2;
    const auto last = static_cast<double>(half - 1);
    return static_cast<Scalar>(std::pow(1e-4, static_cast<double>(j) / last));
  }

  void add_frequency_gradient(const Row<Scalar>& times, const Tape& tape, const Matrix<Scalar>& adjoint,
                              Scalar* gradient) const {
    const Index half = frequencies();
    for (Index j = 0; j < half; ++j) {  // (cos u)′ = −sin u, (sin u)′ = cos u, u = 2π t w
      const auto cosine = tape.encoding.row(j).array();
      const auto sine = tape.encoding.row(half + j).array();
      gradient[j] += two_pi * (times * (adjoint.row(half + j).array() * cosine - adjoint.row(j).array() * sine)).sum();
    }
  }

  Config config_;
  Mlp<Scalar> layers_;
};

}  // namespace holdfast
