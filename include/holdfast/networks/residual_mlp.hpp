/// \file
/// ResidualMlp: a multi-layer perceptron of residual blocks with layer normalization (LN-ResNet).
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/networks/activation.hpp"
#include "holdfast/networks/layer_norm.hpp"
#include "holdfast/networks/mlp.hpp"

namespace holdfast {

/// Configuration of ResidualMlp. The default is the LN-ResNet of IDQL.
struct ResidualMlpConfig {
  Index width = 256;     ///< units of the residual stream
  Index blocks = 3;      ///< number of residual blocks, at least 1
  Index expansion = 4;   ///< a block's hidden layer has so many times the units of the stream
  double dropout = 0.1;  ///< share of the units that a block drops in training, [0, 1)
  Activation activation = Activation::mish;
  Initializer initializer = Initializer::xavier_uniform;      ///< that of the first and the last layer
  Initializer block_initializer = Initializer::lecun_normal;  ///< that of the blocks' layers

  static void fields(auto& self, auto&& visit) {
    visit("width", self.width, size_from(1));
    visit("blocks", self.blocks, size_from(1));
    visit("expansion", self.expansion, size_from(1));
    visit("dropout", self.dropout, Interval{.lowest = 0, .highest = 1, .open_above = true});
    visit("activation", self.activation);
    visit("initializer", self.initializer);
    visit("block_initializer", self.block_initializer);
  }
};

/// The LN-ResNet of IDQL (Hansen-Estruch et al. 2023, "IDQL", appendix): a linear layer to the residual stream x, then
/// for each block
///
///     x ← x + W₂ φ(W₁ norm(dropout(x)) + b₁) + b₂,
///
/// and a linear layer of φ(x) to the outputs. φ is the activation. Each norm has a scale and a shift.
///
/// It has the interface of Mlp: two blocks of inputs, flat parameters held by the owner, and a tape. Dropout acts only
/// on a tape for which `draw_dropout` was called, which is then a training tape.
template <class ScalarType>
class ResidualMlp {
 public:
  using Scalar = ScalarType;
  using Config = ResidualMlpConfig;

  /// Returns the name used in files.
  [[nodiscard]] static constexpr const char* name() { return "residual"; }

  /// Holds the results of one forward pass for the derivatives.
  struct Tape {
    /// The workspace of one block.
    struct Block {
      LayerNormTape<Scalar> norm;
      Matrix<Scalar> normalized;  ///< W×N, the inputs of the block's layers
      Matrix<Scalar> kept;        ///< W×N, the factors of dropout: 0 or 1/(1 − p); empty: no dropout
      typename Mlp<Scalar>::Tape layers;
    };
    typename Mlp<Scalar>::Tape input;
    std::vector<Block> blocks;
    Matrix<Scalar> stream;     ///< W×N, x after the last block
    Matrix<Scalar> activated;  ///< W×N, φ of it
    typename Mlp<Scalar>::Tape output;
    Matrix<Scalar> adjoint;  ///< W×N, ∂L/∂x
    Matrix<Scalar> scratch;  ///< W×N
  };

  /// Creates a network from `shared_inputs` + `own_inputs` features to `outputs`. Throws ConfigError if a size or the
  /// configuration is not valid.
  ResidualMlp(Index shared_inputs, Index own_inputs, Index outputs, const Config& config)
      : config_((check_fields(config), config)),
        input_(shared_inputs, own_inputs, config.width, linear(config)),
        block_(0, config.width, config.width, hidden(config)),
        output_(0, config.width, outputs, linear(config)) {}

  /// Creates a network with a single block of inputs. Throws the same errors.
  ResidualMlp(Index inputs, Index outputs, const Config& config) : ResidualMlp(inputs, 0, outputs, config) {}

  /// Returns the number of parameters: those of the first layer; for each block the scale and the shift of its norm
  /// (`width` numbers each), then its two layers; those of the last layer. A layer's parameters are as in Mlp.
  [[nodiscard]] Index parameter_count() const {
    return input_.parameter_count() + size_product("parameters of the blocks", config_.blocks, block_size()) +
           output_.parameter_count();
  }
  [[nodiscard]] Index inputs() const { return input_.inputs(); }
  [[nodiscard]] Index outputs() const { return output_.outputs(); }
  [[nodiscard]] const Config& config() const { return config_; }

  /// Draws all parameters. The scales of the norms are 1 and their shifts 0.
  void initialize(Scalar* parameters, Generator& generator) const {
    input_.initialize(parameters, generator);
    for (Index i = 0; i < config_.blocks; ++i) {
      Scalar* const block = parameters + block_offset(i);
      std::fill_n(block, config_.width, Scalar{1});
      std::fill_n(block + config_.width, config_.width, Scalar{0});
      block_.initialize(block + 2 * config_.width, generator);
    }
    output_.initialize(parameters + output_offset(), generator);
  }

  /// Draws the units that dropout keeps for `columns` samples, block after block, by one random word each. The tape
  /// then trains.
  void draw_dropout(Index columns, Generator& generator, Tape& tape) const {
    const auto scale = static_cast<Scalar>(1 / (1 - config_.dropout));
    const auto share = static_cast<Generator::result_type>(config_.dropout * 0x1p32);
    tape.blocks.resize(static_cast<std::size_t>(config_.blocks));
    for (auto& block : tape.blocks) {
      block.kept.resize(config_.width, config_.dropout > 0 ? columns : 0);
      for (Scalar& factor : block.kept.reshaped()) factor = generator() < share ? Scalar{0} : scale;
    }
  }

  /// Returns the outputs (outputs × KB), as Mlp::forward does.
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own,
                                Tape& tape) const {
    tape.blocks.resize(static_cast<std::size_t>(config_.blocks));
    tape.stream = input_.forward(parameters, shared, own, tape.input);
    for (Index i = 0; i < config_.blocks; ++i) {
      const Scalar* const block = parameters + block_offset(i);
      auto& work = tape.blocks[static_cast<std::size_t>(i)];
      normalize(block, tape.stream, work);
      const Matrix<Scalar>& change =
          block_.forward(block + 2 * config_.width, nothing(own.cols()), work.normalized, work.layers);
      for_each_part(own.cols(), [&](Index begin, Index count) {
        tape.stream.middleCols(begin, count) += change.middleCols(begin, count);
      });
    }
    tape.activated.resize(config_.width, own.cols());
    for_each_part(own.cols(), [&](Index begin, Index count) {
      apply_activation(config_.activation, tape.stream.col(begin).data(), tape.activated.col(begin).data(),
                       config_.width * count);
    });
    return output_.forward(parameters + output_offset(), nothing(own.cols()), tape.activated, tape.output);
  }

  /// Returns the outputs for a single block of inputs (inputs × B).
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& inputs, Tape& tape) const {
    return forward(parameters, inputs, nothing(inputs.cols()), tape);
  }

  /// Adds ∂L/∂parameters to `gradient`, given `adjoint` = ∂L/∂outputs of the tape's forward pass.
  void backward(const Scalar* parameters, const Matrix<Scalar>& shared, const Matrix<Scalar>& own, Tape& tape,
                const Matrix<Scalar>& adjoint, Scalar* gradient) const {
    const Index columns = own.cols();
    output_.backward(parameters + output_offset(), nothing(columns), tape.activated, tape.output, adjoint,
                     gradient + output_offset());
    output_.own_gradient(parameters + output_offset(), tape.output, tape.adjoint);
    for_each_part(columns, [&](Index begin, Index count) {
      multiply_by_slope(config_.activation, tape.stream.col(begin).data(), tape.adjoint.col(begin).data(),
                        config_.width * count);
    });
    for (Index i = config_.blocks; i-- > 0;) {
      const Scalar* const block = parameters + block_offset(i);
      Scalar* const block_gradient = gradient + block_offset(i);
      auto& work = tape.blocks[static_cast<std::size_t>(i)];
      block_.backward(block + 2 * config_.width, nothing(columns), work.normalized, work.layers, tape.adjoint,
                      block_gradient + 2 * config_.width);
      block_.own_gradient(block + 2 * config_.width, work.layers, work.norm.adjoint);
      add_layer_norm_gradient<Scalar>(work.norm, 0, map_of(block_gradient), map_of(block_gradient + config_.width));
      tape.scratch.resize(config_.width, columns);
      for_each_part(columns, [&](Index begin, Index count) {
        auto change = tape.scratch.middleCols(begin, count);
        differentiate_layer_norm<Scalar>(work.norm, begin, count, block, columns_of(write(tape.scratch), begin, count));
        if (work.kept.size() > 0) change.array() *= work.kept.middleCols(begin, count).array();
        tape.adjoint.middleCols(begin, count) += change;
      });
    }
    input_.backward(parameters, shared, own, tape.input, tape.adjoint, gradient);
  }

  /// Sets out = ∂L/∂own (A×KB) for the adjoint of the tape's last `backward`.
  void own_gradient(const Scalar* parameters, Tape& tape, Matrix<Scalar>& out) const {
    input_.own_gradient(parameters, tape.input, out);
  }

 private:
  static Matrix<Scalar> nothing(Index columns) { return Matrix<Scalar>(0, columns); }
  static MlpConfig linear(const Config& config) { return {.hidden = {}, .output_initializer = config.initializer}; }
  static MlpConfig hidden(const Config& config) {
    return {.hidden = {size_product("units of a block", config.expansion, config.width)},
            .activation = config.activation,
            .hidden_initializer = config.block_initializer,
            .output_initializer = config.block_initializer};
  }
  MutableMap<Scalar> map_of(Scalar* numbers) const {
    return {numbers, config_.width, 1, Eigen::OuterStride<>(config_.width)};
  }

  [[nodiscard]] Index block_size() const { return 2 * config_.width + block_.parameter_count(); }
  [[nodiscard]] Index block_offset(Index i) const { return input_.parameter_count() + i * block_size(); }
  [[nodiscard]] Index output_offset() const { return block_offset(config_.blocks); }

  // Sets the inputs of a block's layers: the norm of the stream, of which dropout leaves some units.
  void normalize(const Scalar* block, const Matrix<Scalar>& stream, typename Tape::Block& work) const {
    work.norm.resize(config_.width, stream.cols());
    work.normalized.resize(config_.width, stream.cols());
    for_each_part(stream.cols(), [&](Index begin, Index count) {
      auto inputs = work.norm.inputs.middleCols(begin, count);
      inputs = stream.middleCols(begin, count);
      if (work.kept.size() > 0) inputs.array() *= work.kept.middleCols(begin, count).array();
      normalize_layer<Scalar>(work.norm, begin, count, block, block + config_.width,
                              columns_of(write(work.normalized), begin, count));
    });
  }

  // Calls work(begin, count) for parts of the columns, in parallel: a pass over a unit takes about as long as so many
  // operations of a product.
  template <class Work>
  void for_each_part(Index columns, Work&& work) const {
    constexpr Index together = 64;
    constexpr Index operations = 64;
    parallel_for((columns + together - 1) / together, operations * config_.width * together,
                 [&](Index i) { work(i * together, std::min(together, columns - i * together)); });
  }

  Config config_;
  Mlp<Scalar> input_;
  Mlp<Scalar> block_;  // the shape of every block's layers
  Mlp<Scalar> output_;
};

}  // namespace holdfast
