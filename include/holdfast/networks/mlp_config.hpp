/// \file
/// MlpConfig: the shape of a multi-layer perceptron and the initialization of its layers.
#pragma once

#include <array>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/networks/initializers.hpp"

namespace holdfast {

/// The activation function of a layer.
enum class Activation {
  identity,
  relu,
  tanh,
  mish,  ///< x tanh(softplus(x)) (Misra 2019, "Mish: a self regularized non-monotonic activation function")
  /// x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of x Φ(x) by tanh (Hendrycks and Gimpel 2016,
  /// "Gaussian error linear units"): flax's default, which the authors of FQL use
  gelu
};

constexpr auto enumerators(Activation) {
  using enum Activation;
  return std::array{Enumerator<Activation>{"identity", identity}, Enumerator<Activation>{"relu", relu},
                    Enumerator<Activation>{"tanh", tanh}, Enumerator<Activation>{"mish", mish},
                    Enumerator<Activation>{"gelu", gelu}};
}

/// The place of layer normalization (Ba et al. 2016, "Layer normalization") in every hidden layer.
enum class LayerNormalization {
  none,
  before_activation,  ///< activation(norm(W x + b)), as in RLPD (Ball et al. 2023)
  after_activation    ///< norm(activation(W x + b)), as in the critics of ReBRAC (Tarasov et al. 2023)
};

constexpr auto enumerators(LayerNormalization) {
  using enum LayerNormalization;
  return std::array{Enumerator<LayerNormalization>{"none", none},
                    Enumerator<LayerNormalization>{"before_activation", before_activation},
                    Enumerator<LayerNormalization>{"after_activation", after_activation}};
}

/// Configures the hidden layers of an MLP and their initialization. The default, 256-256 ReLU, is the usual one in the
/// field.
struct MlpConfig {
  std::vector<Index> hidden = {256, 256};  ///< widths; empty for a linear function
  Activation activation = Activation::relu;
  Initializer hidden_initializer = Initializer::fan_in_uniform;
  Initializer output_initializer = Initializer::fan_in_uniform;
  LayerNormalization normalization = LayerNormalization::none;  ///< each hidden layer; scale 1, shift 0 at first

  static void fields(auto& self, auto&& visit) {
    visit("hidden", self.hidden, size_from(1));
    visit("activation", self.activation);
    visit("hidden_initializer", self.hidden_initializer);
    visit("output_initializer", self.output_initializer);
    visit("normalization", self.normalization);
  }
};

}  // namespace holdfast
