/// \file
/// Provides the multi-layer perceptron (MLP): a function of flat parameters with reverse-mode derivatives.
#pragma once

#include <cmath>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/networks/initializers.hpp"
#include "holdfast/networks/products.hpp"

namespace holdfast {

/// The activation function of a layer.
enum class Activation { identity, relu, tanh };

constexpr auto enumerators(Activation) {
  return std::array{Enumerator<Activation>{"identity", Activation::identity},
                    Enumerator<Activation>{"relu", Activation::relu}, Enumerator<Activation>{"tanh", Activation::tanh}};
}

/// Configures the hidden layers of an MLP and their initialization. The default, 256-256 ReLU, is the usual one in the
/// field.
struct MlpConfig {
  std::vector<Index> hidden = {256, 256};  ///< widths; empty for a linear function
  Activation activation = Activation::relu;
  Initializer hidden_initializer = Initializer::fan_in_uniform;
  Initializer output_initializer = Initializer::fan_in_uniform;

  static void fields(auto& self, auto&& visit) {
    visit("hidden", self.hidden, size_from(1));
    visit("activation", self.activation);
    visit("hidden_initializer", self.hidden_initializer);
    visit("output_initializer", self.output_initializer);
  }
};

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

  /// Holds the layers' outputs of one forward pass and scratch memory for the reverse pass. If it is reused, it is
  /// allocated once.
  struct Tape {
    std::vector<Matrix<Scalar>> outputs;
    std::vector<Matrix<Scalar>> deltas;  ///< ∂L/∂(affine part)
    Matrix<Scalar> shared;               ///< the first layer's contribution from the shared block, or its summed delta
  };

  Mlp() = default;

  /// Creates a network from `shared_inputs` + `own_inputs` features to `outputs`. Throws ConfigError if a size or the
  /// configuration is not valid.
  Mlp(Index shared_inputs, Index own_inputs, Index outputs, MlpConfig config)
      : shared_inputs_(shared_inputs), own_inputs_(own_inputs), config_(std::move(config)) {
    check_fields(config_);
    require(shared_inputs + own_inputs > 0, "inputs of an Mlp", "positive", shared_inputs + own_inputs);
    require(outputs > 0, "outputs of an Mlp", "positive", outputs);
    Index inputs = shared_inputs + own_inputs;
    const auto add = [&](Index width, Activation activation) {
      layers_.push_back({inputs, width, parameter_count_, activation});
      parameter_count_ += size_product("parameters of a layer", width, inputs + 1);
      inputs = width;
    };
    for (const Index width : config_.hidden) add(width, config_.activation);
    add(outputs, Activation::identity);
  }

  /// Creates a network with a single block of inputs. Throws the same errors.
  Mlp(Index inputs, Index outputs, const MlpConfig& config) : Mlp(inputs, 0, outputs, config) {}

  /// Returns the number of parameters: for each layer its weights (outputs × inputs, column-major), then its bias.
  [[nodiscard]] Index parameter_count() const { return parameter_count_; }
  [[nodiscard]] Index inputs() const { return shared_inputs_ + own_inputs_; }
  [[nodiscard]] Index outputs() const { return layers_.back().outputs; }
  [[nodiscard]] const MlpConfig& config() const { return config_; }

  /// Draws all parameters.
  void initialize(Scalar* parameters, Generator& generator) const {
    for (const Layer& layer : layers_)
      initialize_layer<Scalar>(&layer == &layers_.back() ? config_.output_initializer : config_.hidden_initializer,
                               weight(parameters, layer), bias(parameters, layer), generator);
  }

  /// Returns the outputs (outputs × KB) for the stacked inputs. They are stored in the tape and valid until its next
  /// use. Throws DataError if there is no column or the shapes do not fit.
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own,
                                Tape& tape) const {
    check(shared, own);
    tape.outputs.resize(layers_.size());
    first_layer(parameters, shared, own, tape);
    for (std::size_t l = 1; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      Matrix<Scalar>& out = tape.outputs[l];
      out.resize(layer.outputs, tape.outputs[l - 1].cols());
      multiply<Scalar>(weight(parameters, layer), read(tape.outputs[l - 1]), write(out));
      activate(layer, bias(parameters, layer), out);
    }
    return tape.outputs.back();
  }

  /// Returns the outputs for a single block of inputs (inputs × B).
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& inputs, Tape& tape) const {
    return forward(parameters, inputs, Matrix<Scalar>(0, inputs.cols()), tape);
  }

  /// Adds ∂L/∂parameters to `gradient`, given `adjoint` = ∂L/∂outputs of the tape's forward pass.
  void backward(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own, Tape& tape,
                const Matrix<Scalar>& adjoint, Scalar* gradient) const {
    output_delta(adjoint, tape);
    for (std::size_t l = layers_.size(); l-- > 1;) {
      accumulate(layers_[l], read(tape.outputs[l - 1]), tape.deltas[l], gradient);
      propagate(parameters, l, tape);
    }
    first_layer_gradient(shared, own, tape, gradient);
  }

  /// Adds ∂L/∂parameters to `gradient` for a single block of inputs.
  void backward(const Scalar* parameters, const Matrix<Scalar>& inputs, Tape& tape, const Matrix<Scalar>& adjoint,
                Scalar* gradient) const {
    backward(parameters, inputs, Matrix<Scalar>(0, inputs.cols()), tape, adjoint, gradient);
  }

  /// Sets out = ∂L/∂own (A×KB), given `adjoint` = ∂L/∂outputs of the tape's forward pass, without computing the
  /// parameter gradient.
  void own_gradient(const Scalar* parameters, Tape& tape, const Matrix<Scalar>& adjoint, Matrix<Scalar>& out) const {
    output_delta(adjoint, tape);
    for (std::size_t l = layers_.size(); l-- > 1;) propagate(parameters, l, tape);
    own_gradient(parameters, tape, out);
  }

  /// Sets out = ∂L/∂own (A×KB) for the adjoint of the tape's last `backward`, reusing its results.
  void own_gradient(const Scalar* parameters, Tape& tape, Matrix<Scalar>& out) const {
    out.resize(own_inputs_, tape.deltas.front().cols());
    multiply_transposed<Scalar>(own_weight(parameters), read(tape.deltas.front()), write(out));
  }

 private:
  struct Layer {
    Index inputs;
    Index outputs;
    Index offset;  // position of the weights in the flat parameters; the bias follows them
    Activation activation;
  };

  static ConstMap<Scalar> weight(const Scalar* parameters, const Layer& layer) {
    return {parameters + layer.offset, layer.outputs, layer.inputs, Eigen::OuterStride<>(layer.outputs)};
  }
  static MutableMap<Scalar> weight(Scalar* parameters, const Layer& layer) {
    return {parameters + layer.offset, layer.outputs, layer.inputs, Eigen::OuterStride<>(layer.outputs)};
  }
  static ConstMap<Scalar> bias(const Scalar* parameters, const Layer& layer) {
    return {parameters + layer.offset + layer.outputs * layer.inputs, layer.outputs, 1,
            Eigen::OuterStride<>(layer.outputs)};
  }
  static MutableMap<Scalar> bias(Scalar* parameters, const Layer& layer) {
    return {parameters + layer.offset + layer.outputs * layer.inputs, layer.outputs, 1,
            Eigen::OuterStride<>(layer.outputs)};
  }
  // Returns the first layer's weight columns for the own block.
  ConstMap<Scalar> own_weight(const Scalar* parameters) const {
    const Index rows = layers_.front().outputs;
    return {parameters + rows * shared_inputs_, rows, own_inputs_, Eigen::OuterStride<>(rows)};
  }

  void check(const Matrix<Scalar>& shared, const Matrix<Scalar>& own) const {
    if (shared.rows() != shared_inputs_ || own.rows() != own_inputs_ || shared.cols() == 0 || own.cols() == 0 ||
        own.cols() % shared.cols() != 0)
      throw DataError(message("inputs of an Mlp: expected ", shared_inputs_, "xB and ", own_inputs_,
                              "xKB with at least one column, found ", shared.rows(), "x", shared.cols(), " and ",
                              own.rows(), "x", own.cols()));
  }

  void first_layer(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own,
                   Tape& tape) const {
    const Layer& layer = layers_.front();
    const Index repeats = own.cols() / shared.cols();
    Matrix<Scalar>& out = tape.outputs.front();
    out.resize(layer.outputs, own.cols());
    Matrix<Scalar>& once = repeats == 1 ? out : tape.shared;
    once.resize(layer.outputs, shared.cols());
    const ConstMap<Scalar> shared_weight(parameters, layer.outputs, shared_inputs_,
                                         Eigen::OuterStride<>(layer.outputs));
    multiply<Scalar>(shared_weight, read(shared), write(once));
    if (repeats > 1)
      for (Index state = 0; state < shared.cols(); ++state)
        out.middleCols(state * repeats, repeats).colwise() = once.col(state);
    if (own_inputs_ > 0) multiply_add<Scalar>(own_weight(parameters), read(own), write(out));
    activate(layer, bias(parameters, layer), out);
  }

  static void activate(const Layer& layer, ConstMap<Scalar> bias, Matrix<Scalar>& out) {
    for (Index column = 0; column < out.cols(); ++column) {
      auto values = out.col(column);
      switch (layer.activation) {
        case Activation::identity: values += bias.col(0); break;
        case Activation::relu: values = (values + bias.col(0)).cwiseMax(Scalar{0}); break;
        case Activation::tanh: values = (values + bias.col(0)).array().tanh(); break;
      }
    }
  }

  // Computes δ ← δ ⊙ activation′ from the layer's output. A plain loop, because Eigen's comparisons do not vectorize.
  static void differentiate(Activation activation, const Matrix<Scalar>& output, Matrix<Scalar>& delta) {
    const Scalar* const out = output.data();
    Scalar* const values = delta.data();
    if (activation == Activation::relu)
      for (Index i = 0; i < delta.size(); ++i) values[i] = out[i] > 0 ? values[i] : Scalar{0};
    else if (activation == Activation::tanh)
      for (Index i = 0; i < delta.size(); ++i) values[i] *= 1 - out[i] * out[i];
  }

  void output_delta(const Matrix<Scalar>& adjoint, Tape& tape) const {
    tape.deltas.resize(layers_.size());
    tape.deltas.back() = adjoint;
  }

  // Computes the delta of layer l − 1 from that of layer l.
  void propagate(const Scalar* parameters, std::size_t l, Tape& tape) const {
    Matrix<Scalar>& delta = tape.deltas[l - 1];
    delta.resize(layers_[l].inputs, tape.deltas[l].cols());
    multiply_transposed<Scalar>(weight(parameters, layers_[l]), read(tape.deltas[l]), write(delta));
    differentiate(layers_[l - 1].activation, tape.outputs[l - 1], delta);
  }

  static void accumulate(const Layer& layer, ConstMap<Scalar> inputs, const Matrix<Scalar>& delta, Scalar* gradient) {
    add_outer<Scalar>(read(delta), inputs, weight(gradient, layer));
    bias(gradient, layer) += delta.rowwise().sum();
  }

  void first_layer_gradient(const Matrix<Scalar>& shared, const Matrix<Scalar>& own, Tape& tape,
                            Scalar* gradient) const {
    const Layer& layer = layers_.front();
    const Matrix<Scalar>& delta = tape.deltas.front();
    const Index repeats = own.cols() / shared.cols();
    if (own_inputs_ > 0) {
      MutableMap<Scalar> own_part(gradient + layer.outputs * shared_inputs_, layer.outputs, own_inputs_,
                                  Eigen::OuterStride<>(layer.outputs));
      add_outer<Scalar>(read(delta), read(own), own_part);
    }
    if (repeats > 1) {
      tape.shared.resize(layer.outputs, shared.cols());
      for (Index state = 0; state < shared.cols(); ++state)
        tape.shared.col(state) = delta.middleCols(state * repeats, repeats).rowwise().sum();
    }
    const Matrix<Scalar>& once = repeats == 1 ? delta : tape.shared;
    MutableMap<Scalar> shared_part(gradient, layer.outputs, shared_inputs_, Eigen::OuterStride<>(layer.outputs));
    add_outer<Scalar>(read(once), read(shared), shared_part);
    bias(gradient, layer) += once.rowwise().sum();
  }

  Index shared_inputs_ = 0;
  Index own_inputs_ = 0;
  MlpConfig config_;
  std::vector<Layer> layers_;
  Index parameter_count_ = 0;
};

}  // namespace holdfast
