/// \file
/// Provides the multi-layer perceptron (MLP): a function of flat parameters with reverse-mode derivatives.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "holdfast/networks/layer_norm.hpp"
#include "holdfast/networks/mlp_config.hpp"
#include "holdfast/networks/mlp_layers.hpp"
#include "holdfast/networks/products.hpp"

namespace holdfast {

/// A multi-layer perceptron whose sizes are set at run time. It stores its shape but not its parameters: the owner
/// passes in a flat range of `parameter_count()` scalars. This way one vector can serve an optimizer, a target network
/// and several parts of a larger model.
///
/// The input is a stack of two blocks, `shared` (O rows) and `own` (A rows, may be 0). `own` may have K times as many
/// columns as `shared`. Column b of `shared` then belongs to columns b·K … b·K + K − 1 of `own`, and its contribution
/// to the first layer is computed once.
template <class ScalarType>
class Mlp {
 public:
  using Scalar = ScalarType;
  using Config = MlpConfig;

  /// Returns the name used in files.
  [[nodiscard]] static constexpr const char* name() { return "mlp"; }

  /// Holds the layers' outputs of one forward pass and scratch memory for the reverse pass. If it is reused, it is
  /// allocated once.
  struct Tape {
    std::vector<Matrix<Scalar>> outputs;
    std::vector<Matrix<Scalar>> preactivations;  ///< the arguments of the hidden layers' mish or gelu
    std::vector<Matrix<Scalar>> deltas;          ///< ∂L/∂(affine part)
    std::vector<LayerNormTape<Scalar>> norms;    ///< the normalized layers
    Matrix<Scalar> stacked;                      ///< both blocks of inputs, where they have as many columns
    Matrix<Scalar> shared;  ///< the first layer's contribution from the shared block, or its summed delta
    std::vector<Matrix<Scalar>> tangents;  ///< derivatives of hidden outputs along a direction of the own block
    std::vector<Matrix<Scalar>> second_from_above;  ///< the part of each second delta that comes from the layers above
    std::vector<Matrix<Scalar>> second_deltas;  ///< ∂/∂(affine part) of the gradient along that direction, for tanh
  };

  Mlp() = default;

  /// Creates a network from `shared_inputs` + `own_inputs` features to `outputs`. Throws ConfigError if a size or the
  /// configuration is not valid.
  Mlp(Index shared_inputs, Index own_inputs, Index outputs, MlpConfig config)
      : config_(std::move(config)), layers_(shared_inputs, own_inputs, outputs, config_) {}

  /// Creates a network with a single block of inputs. Throws the same errors.
  Mlp(Index inputs, Index outputs, const MlpConfig& config) : Mlp(inputs, 0, outputs, config) {}

  /// Returns the number of parameters: for each layer its weights (outputs × inputs, column-major), then its bias. For
  /// hidden layers that are normalized, the scale and the shift of the normalization follow (outputs numbers each).
  [[nodiscard]] Index parameter_count() const { return layers_.parameter_count(); }
  [[nodiscard]] Index inputs() const { return layers_.shared_inputs() + layers_.own_inputs(); }
  [[nodiscard]] Index outputs() const { return layers_.back().outputs; }
  [[nodiscard]] const MlpConfig& config() const { return config_; }

  /// Draws all parameters. The scales of normalized layers are 1 and their shifts 0.
  void initialize(Scalar* parameters, Generator& generator) const {
    for (const MlpLayer& layer : layers_) {
      initialize_layer<Scalar>(&layer == &layers_.back() ? config_.output_initializer : config_.hidden_initializer,
                               Layers::weight(parameters, layer), Layers::bias(parameters, layer), generator);
      if (!layer.normalizes()) continue;
      Layers::scale(parameters, layer).setOnes();
      Layers::shift(parameters, layer).setZero();
    }
  }

  /// Returns the outputs (outputs × KB) for the stacked inputs. They are stored in the tape and valid until its next
  /// use. Throws DataError if there is no column or the shapes do not fit.
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own,
                                Tape& tape) const {
    layers_.check(shared, own);
    const Index repeats = own.cols() / shared.cols();
    make_room(own.cols(), tape);
    if (repeats > 1) {
      tape.shared.resize(layers_[0].outputs, shared.cols());
    } else if (layers_.own_inputs() > 0) {
      tape.stacked.resize(inputs(), own.cols());
      tape.stacked << shared, own;
    }
    layers_.for_each_shard(shared.cols(), repeats, [&](Index begin, Index count) {
      first_layer(parameters, shared, own, begin, count, tape);
      for (std::size_t l = 1; l < layers_.size(); ++l) {
        const MlpLayer& layer = layers_[l];
        multiply<Scalar>(Layers::weight(parameters, layer), shard(read(tape.outputs[l - 1]), begin, count, repeats),
                         shard(affine_part(l, tape), begin, count, repeats), kernels::Start::bias,
                         Layers::bias(parameters, layer), layer.end());
        finish(parameters, l, begin * repeats, count * repeats, tape);
      }
    });
    return tape.outputs.back();
  }

  /// Returns the outputs for a single block of inputs (inputs × B).
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& inputs, Tape& tape) const {
    return forward(parameters, inputs, Matrix<Scalar>(0, inputs.cols()), tape);
  }

  /// Adds ∂L/∂parameters to `gradient`, given `adjoint` = ∂L/∂outputs of the tape's forward pass.
  void backward(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own, Tape& tape,
                const Matrix<Scalar>& adjoint, Scalar* gradient) const {
    propagate(parameters, shared.cols(), tape, adjoint);
    layers_.for_each_block(
        layers_.size(), 2 * parameter_count() * own.cols(), [&](std::size_t l, Index row, Index rows) {
          const MlpLayer& layer = layers_[l];
          if (layer.normalizes())
            add_layer_norm_gradient<Scalar>(tape.norms[l], row, rows_of(Layers::scale(gradient, layer), row, rows),
                                            rows_of(Layers::shift(gradient, layer), row, rows));
          add_affine_gradient(l, row, rows, shared, own, tape, gradient);
        });
  }

  /// Adds ∂L/∂parameters to `gradient` for a single block of inputs.
  void backward(const Scalar* parameters, const Matrix<Scalar>& inputs, Tape& tape, const Matrix<Scalar>& adjoint,
                Scalar* gradient) const {
    backward(parameters, inputs, Matrix<Scalar>(0, inputs.cols()), tape, adjoint, gradient);
  }

  /// Sets out = ∂L/∂own (A×KB), given `adjoint` = ∂L/∂outputs of the tape's forward pass, without computing the
  /// parameter gradient.
  void own_gradient(const Scalar* parameters, Tape& tape, const Matrix<Scalar>& adjoint, Matrix<Scalar>& out) const {
    propagate(parameters, adjoint.cols(), tape, adjoint);
    own_gradient(parameters, tape, out);
  }

  /// Sets out = ∂L/∂own (A×KB) for the adjoint of the tape's last `backward`, reusing its results.
  void own_gradient(const Scalar* parameters, Tape& tape, Matrix<Scalar>& out) const {
    const Matrix<Scalar>& delta = tape.deltas.front();
    out.resize(layers_.own_inputs(), delta.cols());
    layers_.for_each_shard(delta.cols(), 1, [&](Index begin, Index count) {
      multiply_transposed<Scalar>(layers_.own_weight(parameters), columns_of(read(delta), begin, count),
                                  columns_of(write(out), begin, count));
    });
  }

  /// Adds to `gradient` the derivative of Σ direction · ∂L/∂own with respect to the parameters, for the adjoint of the
  /// tape's last `own_gradient` or `backward`. That adjoint and `direction` (A×KB) are held constant. Throws
  /// ConfigError if layers are normalized, or their activation is mish or gelu.
  ///
  /// ∂L/∂own is a product of weights and derivatives of activations. The tangents of all layers along the direction
  /// (forward) and the deltas (reverse, of `own_gradient`) give the gradient by each weight as an outer product. The
  /// derivative of ReLU is piecewise constant. That of tanh is not, for which another reverse pass follows.
  void own_gradient_backward(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own,
                             Tape& tape, const Matrix<Scalar>& direction, Scalar* gradient) const {
    if (config_.normalization != LayerNormalization::none)
      throw ConfigError("normalization must be none for the gradient of an Mlp's inputs to be differentiated again");
    if (curve_of(config_.activation))
      throw ConfigError(
          "activation must be identity, relu or tanh for the gradient of an Mlp's inputs to be differentiated again");
    const Index columns = direction.cols();
    const Index repeats = columns / shared.cols();
    const std::size_t hidden = layers_.size() - 1;
    const bool curved = config_.activation == Activation::tanh && hidden > 0;
    tape.tangents.resize(hidden);
    tape.second_deltas.resize(curved ? hidden : 0);
    tape.second_from_above.resize(tape.second_deltas.size());
    for (std::size_t l = 0; l < hidden; ++l) tape.tangents[l].resize(layers_[l].outputs, columns);
    for (std::size_t l = 0; l < tape.second_deltas.size(); ++l) {
      tape.second_deltas[l].resize(layers_[l].outputs, columns);
      tape.second_from_above[l].resize(layers_[l].outputs, columns);
    }
    layers_.for_each_shard(shared.cols(), repeats, [&](Index begin, Index count) {
      for (std::size_t l = 0; l < hidden; ++l)
        tangent_of(parameters, l, begin * repeats, count * repeats, direction, tape);
      if (curved) propagate_second_deltas(parameters, begin * repeats, count * repeats, tape);
    });
    layers_.for_each_block(layers_.size(), 2 * parameter_count() * columns, [&](std::size_t l, Index row, Index rows) {
      const MutableMap<Scalar> weights = rows_of(Layers::weight(gradient, layers_[l]), row, rows);
      add_outer<Scalar>(rows_of(read(tape.deltas[l]), row, rows), read(l > 0 ? tape.tangents[l - 1] : direction),
                        l > 0 ? weights : columns_of(weights, layers_.shared_inputs(), layers_.own_inputs()));
    });
    if (!curved) return;
    tape.deltas.swap(tape.second_deltas);
    if (repeats > 1) sum_deltas(0, shared.cols(), repeats, tape);
    layers_.for_each_block(hidden, 2 * parameter_count() * columns, [&](std::size_t l, Index row, Index rows) {
      add_affine_gradient(l, row, rows, shared, own, tape, gradient);
    });
    tape.deltas.swap(tape.second_deltas);
  }

 private:
  using Layers = MlpLayers<Scalar>;

  void make_room(Index columns, Tape& tape) const {
    const std::size_t hidden = layers_.size() - 1;
    tape.outputs.resize(layers_.size());
    tape.preactivations.resize(curve_of(config_.activation) ? hidden : 0);
    tape.norms.resize(config_.normalization == LayerNormalization::none ? 0 : hidden);
    for (std::size_t l = 0; l < layers_.size(); ++l) tape.outputs[l].resize(layers_[l].outputs, columns);
    for (std::size_t l = 0; l < tape.preactivations.size(); ++l)
      tape.preactivations[l].resize(layers_[l].outputs, columns);
    for (std::size_t l = 0; l < tape.norms.size(); ++l) tape.norms[l].resize(layers_[l].outputs, columns);
  }

  // Returns the inputs, both blocks if there are two, where they have as many columns.
  const Matrix<Scalar>& stacked_inputs(const Matrix<Scalar>& shared, const Tape& tape) const {
    return layers_.own_inputs() > 0 ? tape.stacked : shared;
  }

  // Returns the columns of some states.
  template <class Map>
  static Map shard(Map matrix, Index begin, Index count, Index repeats) {
    return columns_of(matrix, begin * repeats, count * repeats);
  }

  // Returns where the affine product of a layer is written to.
  MutableMap<Scalar> affine_part(std::size_t l, Tape& tape) const {
    if (curve_of(layers_[l].activation) && layers_[l].normalization != LayerNormalization::before_activation)
      return write(tape.preactivations[l]);
    return write(layers_[l].normalizes() ? tape.norms[l].inputs : tape.outputs[l]);
  }

  void first_layer(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own, Index begin,
                   Index count, Tape& tape) const {
    const MlpLayer& layer = layers_[0];
    const Index repeats = own.cols() / shared.cols();
    const MutableMap<Scalar> out = shard(affine_part(0, tape), begin, count, repeats);
    const ConstMap<Scalar> weights = Layers::weight(parameters, layer);
    const Scalar* const biases = Layers::bias(parameters, layer);
    if (repeats == 1) {
      multiply<Scalar>(weights, columns_of(read(stacked_inputs(shared, tape)), begin, count), out, kernels::Start::bias,
                       biases, layer.end());
    } else {
      const MutableMap<Scalar> once = columns_of(write(tape.shared), begin, count);
      multiply<Scalar>(columns_of(weights, 0, layers_.shared_inputs()), columns_of(read(shared), begin, count), once,
                       kernels::Start::bias, biases);
      for (Index state = 0; state < count; ++state)
        multiply<Scalar>(layers_.own_weight(parameters), shard(read(own), begin + state, 1, repeats),
                         shard(out, state, 1, repeats), kernels::Start::bias, once.col(state).data(), layer.end());
    }
    finish(parameters, 0, begin * repeats, count * repeats, tape);
  }

  // Applies the functions of a layer that its product has not applied, for some columns.
  void finish(const Scalar* parameters, std::size_t l, Index begin, Index count, Tape& tape) const {
    const MlpLayer& layer = layers_[l];
    if (const auto curve = curve_of(layer.activation)) return finish(parameters, l, *curve, begin, count, tape);
    MutableMap<Scalar> affine = columns_of(affine_part(l, tape), begin, count);
    if (layer.activation == Activation::tanh && layer.normalization != LayerNormalization::before_activation)
      affine = affine.array().tanh();
    if (!layer.normalizes()) return;
    MutableMap<Scalar> out = columns_of(write(tape.outputs[l]), begin, count);
    normalize_layer<Scalar>(tape.norms[l], begin, count, Layers::scale(parameters, layer),
                            Layers::shift(parameters, layer), out);
    if (layer.normalization == LayerNormalization::after_activation) return;
    // ReLU as (x + |x|) / 2, which needs no comparison, keeps NaN and is exact up to half of the largest number.
    if (layer.activation == Activation::relu) out = Scalar{0.5} * (out.array() + out.array().abs());
    if (layer.activation == Activation::tanh) out = out.array().tanh();
  }

  // Applies mish or gelu, whose arguments the tape keeps, and the normalization before or after it.
  void finish(const Scalar* parameters, std::size_t l, kernels::Curve curve, Index begin, Index count,
              Tape& tape) const {
    const MlpLayer& layer = layers_[l];
    const bool before = layer.normalization == LayerNormalization::before_activation;
    const bool after = layer.normalization == LayerNormalization::after_activation;
    const auto normalize = [&](Matrix<Scalar>& out) {
      normalize_layer<Scalar>(tape.norms[l], begin, count, Layers::scale(parameters, layer),
                              Layers::shift(parameters, layer), columns_of(write(out), begin, count));
    };
    if (before) normalize(tape.preactivations[l]);
    Matrix<Scalar>& activated = after ? tape.norms[l].inputs : tape.outputs[l];
    kernels::activate<Scalar>(curve, tape.preactivations[l].col(begin).data(), activated.col(begin).data(),
                              layer.outputs * count);
    if (after) normalize(tape.outputs[l]);
  }

  // Computes the deltas of all layers, and their sums over the actions of each state.
  void propagate(const Scalar* parameters, Index states, Tape& tape, const Matrix<Scalar>& adjoint) const {
    const Index repeats = adjoint.cols() / states;
    tape.deltas.resize(layers_.size());
    tape.deltas.back() = adjoint;
    for (std::size_t l = 1; l < layers_.size(); ++l) tape.deltas[l - 1].resize(layers_[l].inputs, adjoint.cols());
    if (repeats > 1) tape.shared.resize(layers_[0].outputs, states);
    layers_.for_each_shard(states, repeats, [&](Index begin, Index count) {
      for (std::size_t l = layers_.size(); l-- > 1;)
        propagate_layer(parameters, l, begin * repeats, count * repeats, tape);
      if (repeats > 1) sum_deltas(begin, count, repeats, tape);
    });
  }

  // Sums the first delta over the actions of each state.
  static void sum_deltas(Index begin, Index count, Index repeats, Tape& tape) {
    for (Index state = begin; state < begin + count; ++state)
      tape.shared.col(state) = tape.deltas.front().middleCols(state * repeats, repeats).rowwise().sum();
  }

  // Computes some columns of the delta below layer l from those of its own.
  void propagate_layer(const Scalar* parameters, std::size_t l, Index begin, Index count, Tape& tape) const {
    const MlpLayer& below = layers_[l - 1];
    const ConstMap<Scalar> weights = Layers::weight(parameters, layers_[l]);
    const ConstMap<Scalar> delta = columns_of(read(tape.deltas[l]), begin, count);
    const ConstMap<Scalar> output = columns_of(read(tape.outputs[l - 1]), begin, count);
    MutableMap<Scalar> out = columns_of(write(tape.deltas[l - 1]), begin, count);
    const auto multiply_by_slope = [&](Matrix<Scalar>& adjoint) {
      if (const auto curve = curve_of(below.activation))
        kernels::multiply_by_slope<Scalar>(*curve, tape.preactivations[l - 1].col(begin).data(),
                                           adjoint.col(begin).data(), below.outputs * count);
    };
    if (!below.normalizes()) {
      multiply_transposed<Scalar>(weights, delta, out, below.mask(), output);
      return multiply_by_slope(tape.deltas[l - 1]);
    }
    LayerNormTape<Scalar>& norm = tape.norms[l - 1];
    const bool before = below.normalization == LayerNormalization::before_activation;
    multiply_transposed<Scalar>(weights, delta, columns_of(write(norm.adjoint), begin, count),
                                before ? below.mask() : kernels::End::none, output);
    if (before) multiply_by_slope(norm.adjoint);
    differentiate_layer_norm<Scalar>(norm, begin, count, Layers::scale(parameters, below), out);
    if (before) return;
    const auto activated = norm.inputs.middleCols(begin, count);
    if (below.activation == Activation::relu)
      for (Index i = 0; i < count; ++i) apply_relu_mask(activated.col(i).data(), out.col(i).data(), out.rows());
    if (below.activation == Activation::tanh) out.array() *= 1 - activated.array().square();
    multiply_by_slope(tape.deltas[l - 1]);
  }

  // Computes some columns of a hidden layer's tangent, and of its second delta if its activation is curved:
  // φ″ = −2 φ φ′ for φ = tanh.
  void tangent_of(const Scalar* parameters, std::size_t l, Index begin, Index count, const Matrix<Scalar>& direction,
                  Tape& tape) const {
    const MlpLayer& layer = layers_[l];
    const bool curved = layer.activation == Activation::tanh;
    const MutableMap<Scalar> out = columns_of(write(tape.tangents[l]), begin, count);
    const ConstMap<Scalar> output = columns_of(read(tape.outputs[l]), begin, count);
    multiply<Scalar>(l > 0 ? Layers::weight(parameters, layer) : layers_.own_weight(parameters),
                     columns_of(read(l > 0 ? tape.tangents[l - 1] : direction), begin, count), out,
                     kernels::Start::zero, nullptr, curved ? kernels::End::none : layer.mask(), output);
    if (!curved) return;
    auto tangent = tape.tangents[l].middleCols(begin, count).array();
    tape.second_deltas[l].middleCols(begin, count) =
        Scalar{-2} * output.array() * tangent * tape.deltas[l].middleCols(begin, count).array();
    tangent *= 1 - output.array().square();
  }

  // Adds to the second deltas of each hidden layer what those above it contribute.
  void propagate_second_deltas(const Scalar* parameters, Index begin, Index count, Tape& tape) const {
    for (std::size_t l = layers_.size() - 1; l-- > 1;) {
      multiply_transposed<Scalar>(Layers::weight(parameters, layers_[l]),
                                  columns_of(read(tape.second_deltas[l]), begin, count),
                                  columns_of(write(tape.second_from_above[l - 1]), begin, count), layers_[l - 1].mask(),
                                  columns_of(read(tape.outputs[l - 1]), begin, count));
      tape.second_deltas[l - 1].middleCols(begin, count) += tape.second_from_above[l - 1].middleCols(begin, count);
    }
  }

  // Adds the gradient of some rows of a layer's weights and bias, given the deltas.
  void add_affine_gradient(std::size_t l, Index row, Index rows, const Matrix<Scalar>& shared,
                           const Matrix<Scalar>& own, const Tape& tape, Scalar* gradient) const {
    const MlpLayer& layer = layers_[l];
    const ConstMap<Scalar> delta = rows_of(read(tape.deltas[l]), row, rows);
    const MutableMap<Scalar> weights = rows_of(Layers::weight(gradient, layer), row, rows);
    const MutableMap<Scalar> biases = rows_of(Layers::bias(gradient, layer), row, rows);
    if (l > 0) {
      add_outer<Scalar>(delta, read(tape.outputs[l - 1]), weights);
      add_columns<Scalar>(delta, biases);
      return;
    }
    const bool repeated = shared.cols() < own.cols();
    const ConstMap<Scalar> once = repeated ? rows_of(read(tape.shared), row, rows) : delta;
    if (repeated) {
      add_outer<Scalar>(once, read(shared), columns_of(weights, 0, layers_.shared_inputs()));
      add_outer<Scalar>(delta, read(own), columns_of(weights, layers_.shared_inputs(), layers_.own_inputs()));
    } else {
      add_outer<Scalar>(delta, read(stacked_inputs(shared, tape)), weights);
    }
    add_columns<Scalar>(once, biases);
  }

  MlpConfig config_;
  Layers layers_;
};

}  // namespace holdfast
