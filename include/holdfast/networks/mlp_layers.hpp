/// \file
/// MlpLayers: the layers of a multi-layer perceptron, where their parameters are, and how threads share their work.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/kernels/activation.hpp"
#include "holdfast/networks/mlp_config.hpp"
#include "holdfast/networks/products.hpp"

namespace holdfast {

/// Returns the kernels' name of an activation whose derivative is a function of its argument: mish or gelu. Returns
/// nothing for the others, whose derivative is a function of their result.
[[nodiscard]] constexpr std::optional<kernels::Curve> curve_of(Activation activation) {
  if (activation == Activation::mish) return kernels::Curve::mish;
  if (activation == Activation::gelu) return kernels::Curve::gelu;
  return std::nullopt;
}

/// One layer of a multi-layer perceptron: its shape and its functions.
struct MlpLayer {
  Index inputs;
  Index outputs;
  Index offset;  ///< position of the weights in the flat parameters; bias, scale and shift follow them
  Activation activation;
  LayerNormalization normalization;

  [[nodiscard]] bool normalizes() const { return normalization != LayerNormalization::none; }

  /// Returns the number of parameters. Throws ConfigError if it is too large.
  [[nodiscard]] Index parameter_count() const {
    return size_product("parameters of a layer", outputs, inputs + (normalizes() ? 3 : 1));
  }

  /// Returns what the affine product ends with: the activation, where a product can and nothing stands between.
  [[nodiscard]] kernels::End end() const {
    return activation == Activation::relu && normalization != LayerNormalization::before_activation
               ? kernels::End::relu
               : kernels::End::none;
  }

  /// Returns the derivative of the activation, as a function of its result, if it is one.
  [[nodiscard]] kernels::End mask() const {
    switch (activation) {
      case Activation::relu: return kernels::End::relu_mask;
      case Activation::tanh: return kernels::End::tanh_mask;
      case Activation::identity:
      case Activation::mish:
      case Activation::gelu: break;
    }
    return kernels::End::none;
  }
};

/// The layers of a multi-layer perceptron with two blocks of inputs, and the views of their flat parameters. For each
/// layer there are the weights (outputs × inputs, column-major) and the bias; after those of a hidden layer that is
/// normalized, its scale and its shift (as many numbers each as it has outputs).
template <class Scalar>
class MlpLayers {
 public:
  MlpLayers() = default;

  /// Throws ConfigError if a size or the configuration is not valid.
  MlpLayers(Index shared_inputs, Index own_inputs, Index outputs, const MlpConfig& config)
      : shared_inputs_(shared_inputs), own_inputs_(own_inputs) {
    check_fields(config);
    require(shared_inputs + own_inputs > 0, "inputs of an Mlp", "positive", shared_inputs + own_inputs);
    require(outputs > 0, "outputs of an Mlp", "positive", outputs);
    layers_.reserve(config.hidden.size() + 1);
    Index inputs = shared_inputs + own_inputs;
    const auto add = [&](Index width, Activation activation, LayerNormalization normalization) {
      const MlpLayer layer{inputs, width, parameter_count_, activation, normalization};
      layers_.push_back(layer);
      parameter_count_ += layer.parameter_count();
      widest_ = std::max(widest_, width);
      inputs = width;
    };
    for (const Index width : config.hidden) add(width, config.activation, config.normalization);
    add(outputs, Activation::identity, LayerNormalization::none);
  }

  [[nodiscard]] std::size_t size() const { return layers_.size(); }
  [[nodiscard]] const MlpLayer& operator[](std::size_t i) const { return layers_[i]; }
  [[nodiscard]] const MlpLayer& back() const { return layers_.back(); }
  [[nodiscard]] auto begin() const { return layers_.begin(); }
  [[nodiscard]] auto end() const { return layers_.end(); }
  [[nodiscard]] Index parameter_count() const { return parameter_count_; }
  [[nodiscard]] Index shared_inputs() const { return shared_inputs_; }
  [[nodiscard]] Index own_inputs() const { return own_inputs_; }

  static ConstMap<Scalar> weight(const Scalar* parameters, const MlpLayer& layer) {
    return {parameters + layer.offset, layer.outputs, layer.inputs, Eigen::OuterStride<>(layer.outputs)};
  }
  static MutableMap<Scalar> weight(Scalar* parameters, const MlpLayer& layer) {
    return {parameters + layer.offset, layer.outputs, layer.inputs, Eigen::OuterStride<>(layer.outputs)};
  }
  static const Scalar* bias(const Scalar* parameters, const MlpLayer& layer) { return after(parameters, layer, 0); }
  static MutableMap<Scalar> bias(Scalar* parameters, const MlpLayer& layer) {
    return row_parameters(after(parameters, layer, 0), layer);
  }
  /// Returns the scale or the shift of a layer that is normalized.
  static const Scalar* scale(const Scalar* parameters, const MlpLayer& layer) { return after(parameters, layer, 1); }
  static MutableMap<Scalar> scale(Scalar* parameters, const MlpLayer& layer) {
    return row_parameters(after(parameters, layer, 1), layer);
  }
  static const Scalar* shift(const Scalar* parameters, const MlpLayer& layer) { return after(parameters, layer, 2); }
  static MutableMap<Scalar> shift(Scalar* parameters, const MlpLayer& layer) {
    return row_parameters(after(parameters, layer, 2), layer);
  }

  /// Returns the first layer's weight columns for the own block.
  [[nodiscard]] ConstMap<Scalar> own_weight(const Scalar* parameters) const {
    return columns_of(weight(parameters, layers_.front()), shared_inputs_, own_inputs_);
  }

  /// Throws DataError if the inputs have no column or their shapes do not fit.
  void check(const Matrix<Scalar>& shared, const Matrix<Scalar>& own) const {
    if (shared.rows() != shared_inputs_ || own.rows() != own_inputs_ || shared.cols() == 0 || own.cols() == 0 ||
        own.cols() % shared.cols() != 0)
      throw DataError(message("inputs of an Mlp: expected ", shared_inputs_, "xB and ", own_inputs_,
                              "xKB with at least one column, found ", shared.rows(), "x", shared.cols(), " and ",
                              own.rows(), "x", own.cols()));
  }

  /// Calls work(begin, count) for ranges of states, in parallel. They are so small that what one layer writes is in the
  /// cache when the next one reads it.
  template <class Work>
  void for_each_shard(Index states, Index repeats, Work&& work) const {
    constexpr Index together = 12;  // columns of whole tiles
    // A layer takes 240 KiB at most, if it can: the second cache holds what one layer writes for the next.
    const Index most = together * std::clamp(Index{20} * 256 / widest_, Index{1}, Index{20});
    const Index columns = states * repeats;
    const Index workers = threads();
    const Index rounds = (columns + most * workers - 1) / (most * workers);  // in which each thread takes a shard
    const Index worthwhile = std::max<Index>(1, 2 * parameter_count_ * columns / worth_a_thread);
    const Index shards = std::min(worthwhile, rounds * workers);
    const Index each = std::max<Index>(1, ((columns - 1) / shards / together + 1) * together / repeats);
    parallel_for((states + each - 1) / each, 2 * parameter_count_ * each * repeats,
                 [&](Index i) { work(i * each, std::min(each, states - i * each)); });
  }

  /// Calls work(layer, row, rows) for blocks of rows of the first `layers` layers, in parallel if `operations` are
  /// many.
  template <class Work>
  void for_each_block(std::size_t layers, Index operations, Work&& work) const {
    const Index together = threads() > 1 ? 64 : std::numeric_limits<Index>::max();
    const auto blocks = [&](const MlpLayer& layer) { return 1 + (layer.outputs - 1) / together; };
    Index count = 0;
    for (std::size_t l = 0; l < layers; ++l) count += blocks(layers_[l]);
    parallel_for(count, operations / std::max<Index>(count, 1), [&](Index i) {
      std::size_t l = layers - 1;
      for (; i >= blocks(layers_[l]); --l) i -= blocks(layers_[l]);
      const Index row = i * together;
      work(l, row, std::min(together, layers_[l].outputs - row));
    });
  }

 private:
  // Returns where a number for each output begins: the bias, the scale or the shift.
  template <class Number>
  static Number* after(Number* parameters, const MlpLayer& layer, Index before) {
    return parameters + layer.offset + layer.outputs * (layer.inputs + before);
  }
  static MutableMap<Scalar> row_parameters(Scalar* begin, const MlpLayer& layer) {
    return {begin, layer.outputs, 1, Eigen::OuterStride<>(layer.outputs)};
  }

  Index shared_inputs_ = 0;
  Index own_inputs_ = 0;
  std::vector<MlpLayer> layers_;
  Index parameter_count_ = 0;
  Index widest_ = 1;
};

}  // namespace holdfast
