/// \file
/// Provides the multi-layer perceptron (MLP): a function of flat parameters with reverse-mode derivatives.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/parallel.hpp"
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
    Matrix<Scalar> stacked;              ///< both blocks of inputs, where they have as many columns
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
    const Index repeats = own.cols() / shared.cols();
    tape.outputs.resize(layers_.size());
    for (std::size_t l = 0; l < layers_.size(); ++l) tape.outputs[l].resize(layers_[l].outputs, own.cols());
    if (repeats > 1) {
      tape.shared.resize(layers_.front().outputs, shared.cols());
    } else if (own_inputs_ > 0) {
      tape.stacked.resize(inputs(), own.cols());
      tape.stacked << shared, own;
    }
    for_each_shard(shared.cols(), repeats, [&](Index begin, Index count) {
      first_layer(parameters, shared, own, begin, count, tape);
      for (std::size_t l = 1; l < layers_.size(); ++l) {
        const MutableMap<Scalar> out = shard(write(tape.outputs[l]), begin, count, repeats);
        multiply<Scalar>(weight(parameters, layers_[l]), shard(read(tape.outputs[l - 1]), begin, count, repeats), out,
                         kernels::Start::bias, bias(parameters, layers_[l]).data(), end_of(layers_[l]));
        finish(layers_[l], out);
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
    for_each_block(2 * parameter_count_ * own.cols(), [&](std::size_t l, Index row, Index rows) {
      const Layer& layer = layers_[l];
      const ConstMap<Scalar> delta = rows_of(read(tape.deltas[l]), row, rows);
      const MutableMap<Scalar> weights = rows_of(weight(gradient, layer), row, rows);
      if (l > 0) {
        add_outer<Scalar>(delta, read(tape.outputs[l - 1]), weights);
        add_columns<Scalar>(delta, rows_of(bias(gradient, layer), row, rows));
        return;
      }
      const bool repeated = shared.cols() < own.cols();
      const ConstMap<Scalar> once = repeated ? rows_of(read(tape.shared), row, rows) : delta;
      if (repeated) {
        add_outer<Scalar>(once, read(shared), columns_of(weights, 0, shared_inputs_));
        add_outer<Scalar>(delta, read(own), columns_of(weights, shared_inputs_, own_inputs_));
      } else {
        add_outer<Scalar>(delta, read(stacked_inputs(shared, tape)), weights);
      }
      add_columns<Scalar>(once, rows_of(bias(gradient, layer), row, rows));
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
    out.resize(own_inputs_, delta.cols());
    for_each_shard(delta.cols(), 1, [&](Index begin, Index count) {
      multiply_transposed<Scalar>(own_weight(parameters), columns_of(read(delta), begin, count),
                                  columns_of(write(out), begin, count));
    });
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

  // Returns the inputs, both blocks if there are two, where they have as many columns.
  const Matrix<Scalar>& stacked_inputs(const Matrix<Scalar>& shared, const Tape& tape) const {
    return own_inputs_ > 0 ? tape.stacked : shared;
  }

  // Calls work(begin, count) for ranges of states, in parallel. They are so small that what one layer writes is in the
  // cache when the next one reads it.
  template <class Work>
  void for_each_shard(Index states, Index repeats, Work&& work) const {
    constexpr Index together = 12;         // columns of whole tiles
    constexpr Index most = 20 * together;  // a layer of 256 units then takes 240 KiB, which the second cache holds
    const Index columns = states * repeats;
    const Index workers = threads();
    const Index rounds = (columns + most * workers - 1) / (most * workers);  // in which each thread takes a shard
    const Index worthwhile = std::max<Index>(1, 2 * parameter_count_ * columns / worth_a_thread);
    const Index shards = std::min(worthwhile, rounds * workers);
    const Index each = std::max<Index>(1, ((columns - 1) / shards / together + 1) * together / repeats);
    parallel_for((states + each - 1) / each, 2 * parameter_count_ * each * repeats,
                 [&](Index i) { work(i * each, std::min(each, states - i * each)); });
  }

  // Returns the columns of some states.
  template <class Map>
  static Map shard(Map matrix, Index begin, Index count, Index repeats) {
    return columns_of(matrix, begin * repeats, count * repeats);
  }

  // Calls work(layer, row, rows) for blocks of rows of every layer, in parallel if `operations` are many.
  template <class Work>
  void for_each_block(Index operations, Work&& work) const {
    const Index together = threads() > 1 ? 64 : std::numeric_limits<Index>::max();
    const auto blocks = [&](const Layer& layer) { return 1 + (layer.outputs - 1) / together; };
    Index count = 0;
    for (const Layer& layer : layers_) count += blocks(layer);
    parallel_for(count, operations / count, [&](Index i) {
      std::size_t l = layers_.size() - 1;
      for (; i >= blocks(layers_[l]); --l) i -= blocks(layers_[l]);
      const Index row = i * together;
      work(l, row, std::min(together, layers_[l].outputs - row));
    });
  }

  void first_layer(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own, Index begin,
                   Index count, Tape& tape) const {
    const Layer& layer = layers_.front();
    const Index repeats = own.cols() / shared.cols();
    MutableMap<Scalar> out = shard(write(tape.outputs.front()), begin, count, repeats);
    const ConstMap<Scalar> weights = weight(parameters, layer);
    const Scalar* const biases = bias(parameters, layer).data();
    if (repeats == 1) {
      multiply<Scalar>(weights, columns_of(read(stacked_inputs(shared, tape)), begin, count), out, kernels::Start::bias,
                       biases, end_of(layer));
    } else {
      const MutableMap<Scalar> once = columns_of(write(tape.shared), begin, count);
      multiply<Scalar>(columns_of(weights, 0, shared_inputs_), columns_of(read(shared), begin, count), once,
                       kernels::Start::bias, biases);
      for (Index state = 0; state < count; ++state)
        multiply<Scalar>(own_weight(parameters), shard(read(own), begin + state, 1, repeats),
                         shard(out, state, 1, repeats), kernels::Start::bias, once.col(state).data(), end_of(layer));
    }
    finish(layer, out);
  }

  static void finish(const Layer& layer, MutableMap<Scalar> out) {
    if (layer.activation == Activation::tanh) out = out.array().tanh();
  }

  static kernels::End end_of(const Layer& layer) {
    return layer.activation == Activation::relu ? kernels::End::relu : kernels::End::none;
  }

  static kernels::End mask_of(const Layer& layer) {
    switch (layer.activation) {
      case Activation::relu: return kernels::End::relu_mask;
      case Activation::tanh: return kernels::End::tanh_mask;
      case Activation::identity: break;
    }
    return kernels::End::none;
  }

  // Computes the deltas of all layers, and their sums over the actions of each state.
  void propagate(const Scalar* parameters, Index states, Tape& tape, const Matrix<Scalar>& adjoint) const {
    const Index repeats = adjoint.cols() / states;
    tape.deltas.resize(layers_.size());
    tape.deltas.back() = adjoint;
    for (std::size_t l = 1; l < layers_.size(); ++l) tape.deltas[l - 1].resize(layers_[l].inputs, adjoint.cols());
    if (repeats > 1) tape.shared.resize(layers_.front().outputs, states);
    for_each_shard(states, repeats, [&](Index begin, Index count) {
      for (std::size_t l = layers_.size(); l-- > 1;)
        multiply_transposed<Scalar>(weight(parameters, layers_[l]), shard(read(tape.deltas[l]), begin, count, repeats),
                                    shard(write(tape.deltas[l - 1]), begin, count, repeats), mask_of(layers_[l - 1]),
                                    shard(read(tape.outputs[l - 1]), begin, count, repeats));
      for (Index state = begin; repeats > 1 && state < begin + count; ++state)
        tape.shared.col(state) = tape.deltas.front().middleCols(state * repeats, repeats).rowwise().sum();
    });
  }

  Index shared_inputs_ = 0;
  Index own_inputs_ = 0;
  MlpConfig config_;
  std::vector<Layer> layers_;
  Index parameter_count_ = 0;
};

}  // namespace holdfast
