#include "holdfast/networks/residual_mlp.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <tuple>
#include <utility>

#include "catch.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace residual_mlp_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Network = ResidualMlp<double>;

Vector<double> activate(Activation activation, Vector<double> x) {
  for (double& y : x) {
    switch (activation) {
      case Activation::identity: break;
      case Activation::relu: y = y > 0 ? y : 0; break;
      case Activation::tanh: y = std::tanh(y); break;
      case Activation::mish: y *= std::tanh(std::log1p(std::exp(y))); break;
      case Activation::gelu:
        y *= 0.5 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (y + 0.044715 * y * y * y)));
        break;
    }
  }
  return x;
}

// Returns W x + b, where the weights and then the bias are at `parameters`, and goes on behind them.
Vector<double> affine_part(Index width, const double*& parameters, const Vector<double>& x) {
  Vector<double> out(width);
  for (Index row = 0; row < width; ++row) {
    out(row) = parameters[width * x.size() + row];
    for (Index column = 0; column < x.size(); ++column) out(row) += parameters[width * column + row] * x(column);
  }
  parameters += width * (x.size() + 1);
  return out;
}

// Returns scale (x − mean) / √(variance + ε) + shift, where the scale and then the shift are at `parameters`.
Vector<double> normalized(const Vector<double>& x, const double*& parameters) {
  const auto width = static_cast<double>(x.size());
  const double mean = x.sum() / width;
  double variance = 0;
  for (const double entry : x) variance += (entry - mean) * (entry - mean) / width;
  Vector<double> out(x.size());
  for (Index row = 0; row < x.size(); ++row)
    out(row) = parameters[row] * (x(row) - mean) / std::sqrt(variance + 1e-6) + parameters[x.size() + row];
  parameters += 2 * x.size();
  return out;
}

// A network of random shape, with random parameters and inputs.
struct Case {
  ResidualMlpConfig config;
  Index shared_size, own_size, outputs, per_state;
  Network network;
  Vector<double> parameters;
  Matrix<double> shared, own, adjoint;

  Case(Activation activation, Index blocks, Generator& generator, double dropout = 0)
      : config{.width = 3 + generator.index(4),
               .blocks = blocks,
               .expansion = 1 + generator.index(3),
               .dropout = dropout,
               .activation = activation},
        shared_size(generator.index(4)),
        own_size(shared_size == 0 ? 1 + generator.index(3) : generator.index(4)),
        outputs(1 + generator.index(3)),
        per_state(1 + generator.index(3)),
        network(shared_size, own_size, outputs, config),
        parameters(normal_matrix(network.parameter_count(), 1, generator)) {
    const Index batch = 1 + generator.index(4);
    shared = normal_matrix(shared_size, batch, generator);
    own = normal_matrix(own_size, batch * per_state, generator);
    adjoint = normal_matrix(outputs, batch * per_state, generator);
  }

  const Matrix<double>& forward(Network::Tape& tape) const {
    return network.forward(parameters.data(), shared, own, tape);
  }

  // Computes the outputs entry by entry, from the documented layout of the parameters. Of the tape it reads only the
  // factors of dropout.
  [[nodiscard]] Matrix<double> expected(const Network::Tape& tape) const {
    Matrix<double> out(outputs, own.cols());
    Vector<double> stacked(shared_size + own_size);
    for (Index i = 0; i < own.cols(); ++i) {
      const double* layer = parameters.data();
      stacked << shared.col(i / per_state), own.col(i);
      Vector<double> x = affine_part(config.width, layer, stacked);
      for (const auto& block : tape.blocks) {
        const Vector<double> left = block.kept.size() == 0 ? x : Vector<double>(x.cwiseProduct(block.kept.col(i)));
        const Vector<double> inputs = normalized(left, layer);
        const Vector<double> hidden =
            activate(config.activation, affine_part(config.expansion * config.width, layer, inputs));
        x += affine_part(config.width, layer, hidden);
      }
      out.col(i) = affine_part(outputs, layer, activate(config.activation, x));
      REQUIRE(layer == parameters.data() + parameters.size());
    }
    return out;
  }
};

constexpr std::array activations{Activation::mish, Activation::gelu, Activation::tanh, Activation::relu,
                                 Activation::identity};

// Calls test(case, tape, generator) without dropout and with it. ReLU's derivative is compared where it exists: random
// numbers are not at 0.
template <class Test>
void for_random_cases(std::uint64_t seed, Test test) {
  Generator generator(seed);
  Network::Tape tape;  // reused for networks of other shapes, to detect leftovers
  for (const double dropout : {0.0, 0.3})
    for (const Activation activation : activations)
      for (Index blocks = 1; blocks <= 3; ++blocks)
        for (int repeat = 0; repeat < 4; ++repeat) {
          Case c(activation, blocks, generator, dropout);
          CAPTURE(dropout, static_cast<int>(activation), blocks, c.config.width, c.shared_size, c.own_size, c.outputs,
                  c.per_state);
          c.network.draw_dropout(c.own.cols(), generator, tape);
          test(c, tape, generator);
        }
}

}  // namespace

TEST_CASE("forward is the residual network written by hand, with the shared block repeated for its own columns",
          "[residual_mlp]") {
  for_random_cases(1, [](Case& c, Network::Tape& tape, Generator&) {
    CHECK(c.network.inputs() == c.shared_size + c.own_size);
    CHECK(c.network.outputs() == c.outputs);
    const Matrix<double> found = c.forward(tape);
    REQUIRE(static_cast<Index>(tape.blocks.size()) == c.config.blocks);
    CHECK(difference(found, c.expected(tape)) < 1e-13);
    if (c.config.dropout > 0) {
      Network::Tape fresh;
      const Matrix<double> whole = c.forward(fresh);
      CHECK(difference(whole, c.expected(fresh)) < 1e-13);
    }
  });
}

TEST_CASE("backward adds the derivative of every parameter of a residual network, the dropped units held",
          "[residual_mlp]") {
  for_random_cases(2, [](Case& c, Network::Tape& tape, Generator& generator) {
    const Vector<double> start = normal_matrix(c.parameters.size(), 1, generator);
    Vector<double> gradient = start;
    c.forward(tape);
    c.network.backward(c.parameters.data(), c.shared, c.own, tape, c.adjoint, gradient.data());
    const Vector<double> numeric =
        numeric_gradient(c.parameters, [&] { return c.forward(tape).cwiseProduct(c.adjoint).sum(); });
    CHECK(difference(gradient, Vector<double>(start + numeric)) < 1e-7);
  });
}

TEST_CASE("own_gradient is the derivative of a residual network's own block", "[residual_mlp]") {
  for_random_cases(3, [](Case& c, Network::Tape& tape, Generator&) {
    Vector<double> gradient = Vector<double>::Zero(c.parameters.size());
    Matrix<double> found;
    c.forward(tape);
    c.network.backward(c.parameters.data(), c.shared, c.own, tape, c.adjoint, gradient.data());
    c.network.own_gradient(c.parameters.data(), tape, found);
    CHECK(difference(found, numeric_gradient(c.own, [&] { return c.forward(tape).cwiseProduct(c.adjoint).sum(); })) <
          1e-7);
  });
}

TEST_CASE("Dropout drops the stated share of the units, in each block its own, and scales up the others",
          "[residual_mlp]") {
  constexpr Index columns = 400;
  constexpr double p = 0.1;
  Generator generator(4);
  const Network network(2, 1, {.width = 50, .blocks = 3, .expansion = 1, .dropout = p});
  Network::Tape tape;
  network.draw_dropout(columns, generator, tape);
  REQUIRE(tape.blocks.size() == 3);
  double dropped = 0;
  for (const auto& block : tape.blocks) {
    REQUIRE(block.kept.rows() == 50);
    REQUIRE(block.kept.cols() == columns);
    CHECK(((block.kept.array() == 0) || (block.kept.array() == 1 / (1 - p))).all());
    dropped += static_cast<double>((block.kept.array() == 0).count());
  }
  // Five standard deviations, false alarm 6e-7.
  constexpr double count = 3 * 50 * columns;
  CHECK(std::abs(dropped / count - p) < 5 * std::sqrt(p * (1 - p) / count));
  CHECK(tape.blocks[0].kept != tape.blocks[1].kept);
  CHECK(tape.blocks[1].kept != tape.blocks[2].kept);
  const Matrix<double> before = tape.blocks[0].kept;
  network.draw_dropout(columns, generator, tape);
  CHECK(tape.blocks[0].kept != before);
}

TEST_CASE("A tape for which no dropout was drawn has none, and a share of 0 draws nothing", "[residual_mlp]") {
  Generator generator(5);
  const Case with(Activation::mish, 2, generator, 0.5);
  ResidualMlpConfig config = with.config;
  config.dropout = 0;
  const Network without(with.shared_size, with.own_size, with.outputs, config);
  REQUIRE(without.parameter_count() == with.parameters.size());
  Network::Tape tape;
  Network::Tape fresh;
  const Generator::State before = generator.state();
  without.draw_dropout(with.own.cols(), generator, tape);
  CHECK(generator.state() == before);
  const Matrix<double> whole = without.forward(with.parameters.data(), with.shared, with.own, tape);
  CHECK(with.forward(fresh) == whole);
  with.network.draw_dropout(with.own.cols(), generator, tape);
  const Matrix<double> reduced = with.forward(tape);
  CHECK(difference(reduced, whole) > 1e-3);
  CHECK(with.forward(tape) == reduced);  // the same units until others are drawn
}

TEST_CASE("A single block of inputs is a residual network without an own block", "[residual_mlp]") {
  Generator generator(6);
  const Network network(3, 2, {.width = 4, .blocks = 2, .expansion = 2});
  const Vector<double> parameters = normal_matrix(network.parameter_count(), 1, generator);
  const Matrix<double> inputs = normal_matrix(3, 5, generator);
  Network::Tape tape;
  const Matrix<double> out = network.forward(parameters.data(), inputs, tape);
  CHECK(out == network.forward(parameters.data(), inputs, Matrix<double>(0, 5), tape));
  CHECK(network.parameter_count() == 4 * (3 + 1) + 2 * (2 * 4 + 8 * (4 + 1) + 4 * (8 + 1)) + 2 * (4 + 1));
}

TEST_CASE("A residual network begins with norms of scale 1 and shift 0 and layers as its initializer says",
          "[residual_mlp]") {
  const Network network(3, 1, 2, {.width = 4, .blocks = 2, .expansion = 2});
  Vector<double> parameters = Vector<double>::Constant(network.parameter_count(), 9);
  Generator generator(7);
  network.initialize(parameters.data(), generator);
  const double* at = parameters.data();
  const auto check_layer = [&](Index inputs, Index outputs, bool uniform) {  // biases of 0
    const Eigen::Map<const Eigen::ArrayXd> weights(at, inputs * outputs);
    if (uniform) CHECK((weights.abs() <= std::sqrt(6. / static_cast<double>(inputs + outputs))).all());  // Glorot's
    CHECK((weights != 0).all());
    at += inputs * outputs;
    CHECK((Eigen::Map<const Eigen::ArrayXd>(at, outputs) == 0).all());
    at += outputs;
  };
  check_layer(4, 4, true);
  for (int block = 0; block < 2; ++block) {
    CHECK((Eigen::Map<const Eigen::ArrayXd>(at, 4) == 1).all());
    CHECK((Eigen::Map<const Eigen::ArrayXd>(at + 4, 4) == 0).all());
    at += 8;
    check_layer(4, 8, false);
    check_layer(8, 4, false);
  }
  check_layer(4, 2, true);
  CHECK(at == parameters.data() + parameters.size());
}

TEST_CASE("The number of threads does not change a bit of a residual network", "[residual_mlp]") {
  if (product_instructions() == InstructionSet::eigen) return;  // the order of its sums depends on the shape
  Generator generator(8);
  for (const auto& [batch, per_state] : {std::pair<Index, Index>{300, 1}, {100, 3}})
    for (const Activation activation : {Activation::mish, Activation::gelu, Activation::relu, Activation::tanh}) {
      CAPTURE(batch, per_state, static_cast<int>(activation));
      const ResidualMlp<float> network(7, 3, 2, {.width = 64, .blocks = 3, .dropout = 0.2, .activation = activation});
      const Index columns = batch * per_state;
      const Vector<float> parameters = normal_matrix<float>(network.parameter_count(), 1, generator) / 8;
      const Matrix<float> shared = normal_matrix<float>(7, batch, generator);
      const Matrix<float> own = normal_matrix<float>(3, columns, generator);
      const Matrix<float> adjoint = normal_matrix<float>(2, columns, generator);
      const auto results = [&](int threads) {
        set_threads(threads);
        ResidualMlp<float>::Tape tape;
        Generator same(9);
        network.draw_dropout(columns, same, tape);
        Vector<float> gradient = Vector<float>::Ones(parameters.size());
        Matrix<float> own_gradient;
        const Matrix<float> out = network.forward(parameters.data(), shared, own, tape);
        network.backward(parameters.data(), shared, own, tape, adjoint, gradient.data());
        network.own_gradient(parameters.data(), tape, own_gradient);
        set_threads(1);
        return std::tuple(out, gradient, own_gradient);
      };
      const auto alone = results(1);
      REQUIRE(std::get<1>(alone).allFinite());
      for (const int threads : {2, 3}) CHECK((results(threads) == alone));
    }
}

TEST_CASE("A residual network of an impossible shape is refused, by name", "[residual_mlp]") {
  const auto refuses = [](const ResidualMlpConfig& config, const std::string& said) {
    CHECK_THROWS_WITH(Network(3, 2, config), Contains(said));
  };
  refuses({.width = 0}, "width must be at least 1, but is 0");
  refuses({.blocks = 0}, "blocks must be at least 1, but is 0");
  refuses({.expansion = 0}, "expansion must be at least 1, but is 0");
  refuses({.dropout = 1}, "dropout must be");
  refuses({.dropout = -0.1}, "dropout must be");
  CHECK_THROWS_AS(Network(0, 0, 2, {}), ConfigError);
  CHECK_THROWS_AS(Network(3, 0, 0, {}), ConfigError);
}

}  // namespace residual_mlp_test
