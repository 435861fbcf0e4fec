#include "holdfast/networks/mlp.hpp"

#include <array>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <tuple>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace mlp_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::identity: return x;
    case Activation::relu: return x > 0 ? x : 0;
    case Activation::tanh: return std::tanh(x);
    case Activation::mish: return x * std::tanh(std::log1p(std::exp(x)));
    case Activation::gelu: return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
  }
  return 0;
}

// Returns W x + b, where the weights and then the bias are at `parameters`.
Vector<double> affine_part(Index width, const double* parameters, const Vector<double>& x) {
  Vector<double> out(width);
  for (Index row = 0; row < width; ++row) {
    out(row) = parameters[width * x.size() + row];
    for (Index column = 0; column < x.size(); ++column) out(row) += parameters[width * column + row] * x(column);
  }
  return out;
}

// Returns scale (x − mean) / √(variance + ε) + shift, where the scale and then the shift are at `parameters`.
Vector<double> normalized(const Vector<double>& x, const double* parameters) {
  const auto width = static_cast<double>(x.size());
  const double mean = x.sum() / width;
  double variance = 0;
  for (const double entry : x) variance += (entry - mean) * (entry - mean) / width;
  Vector<double> out(x.size());
  for (Index row = 0; row < x.size(); ++row)
    out(row) = parameters[row] * (x(row) - mean) / std::sqrt(variance + 1e-6) + parameters[x.size() + row];
  return out;
}

// Computes one sample entry by entry, from the documented layout of the parameters.
Vector<double> reference(const MlpConfig& config, Index outputs, const double* parameters, Vector<double> x) {
  for (const Index width : config.hidden) {
    const auto affine = affine_part(width, parameters, x);
    const auto active = [&](Vector<double> y) {
      for (double& entry : y) entry = activate(config.activation, entry);
      return y;
    };
    parameters += width * (x.size() + 1);
    if (config.normalization == LayerNormalization::none) x = active(affine);
    if (config.normalization == LayerNormalization::before_activation) x = active(normalized(affine, parameters));
    if (config.normalization == LayerNormalization::after_activation) x = normalized(active(affine), parameters);
    if (config.normalization != LayerNormalization::none) parameters += 2 * width;
  }
  return affine_part(outputs, parameters, x);
}

// A network of random shape, with random parameters and inputs.
struct Case {
  MlpConfig config;
  Index shared_size, own_size, outputs, per_state;
  Matrix<double> shared, own;
  Mlp<double> network;
  Vector<double> parameters;

  Case(Activation activation, LayerNormalization normalization, Index depth, Generator& generator)
      : shared_size(generator.index(4)),
        own_size(shared_size == 0 ? 1 + generator.index(3) : generator.index(4)),
        outputs(1 + generator.index(3)),
        per_state(1 + generator.index(3)) {
    config.activation = activation;
    config.normalization = normalization;
    config.hidden.clear();
    for (Index layer = 0; layer < depth; ++layer) config.hidden.push_back(1 + generator.index(5));
    const Index batch = 1 + generator.index(4);
    shared = normal_matrix(shared_size, batch, generator);
    own = normal_matrix(own_size, batch * per_state, generator);
    network = Mlp<double>(shared_size, own_size, outputs, config);
    parameters = normal_matrix(network.parameter_count(), 1, generator);
  }

  [[nodiscard]] Matrix<double> expected() const {
    Matrix<double> out(outputs, own.cols());
    Vector<double> stacked(shared_size + own_size);
    for (Index i = 0; i < own.cols(); ++i) {
      stacked << shared.col(i / per_state), own.col(i);
      out.col(i) = reference(config, outputs, parameters.data(), stacked);
    }
    return out;
  }
};

constexpr std::array every_normalization{LayerNormalization::none, LayerNormalization::before_activation,
                                         LayerNormalization::after_activation};

template <class Test>
void for_random_cases(std::uint64_t seed, Test test) {
  Generator generator(seed);
  Mlp<double>::Tape tape;  // reused for networks of other shapes, to detect leftovers
  const auto run = [&](std::initializer_list<Activation> activations) {
    for (const LayerNormalization normalization : every_normalization)
      for (const Activation activation : activations)
        for (Index depth = 0; depth <= 3; ++depth)
          for (int repeat = 0; repeat < 6; ++repeat) {
            Case c(activation, normalization, depth, generator);
            CAPTURE(static_cast<int>(activation), static_cast<int>(normalization), depth, c.shared_size, c.own_size,
                    c.outputs, c.per_state);
            test(c, tape, generator);
          }
  };
  run({Activation::identity, Activation::relu, Activation::tanh});
  // In this sequence no layer has units so alike that its normalization magnifies the errors beyond the tolerances.
  generator = Generator(seed + 20);
  run({Activation::mish, Activation::gelu});
}

}  // namespace

TEST_CASE("forward is the network written by hand, with the shared block repeated for its actions", "[mlp]") {
  for_random_cases(1, [](Case& c, Mlp<double>::Tape& tape, Generator&) {
    CHECK(c.network.inputs() == c.shared_size + c.own_size);
    CHECK(c.network.outputs() == c.outputs);
    CHECK(difference(c.network.forward(c.parameters.data(), c.shared, c.own, tape), c.expected()) < 1e-13);
  });
}

TEST_CASE("backward adds the derivative of every parameter", "[mlp]") {
  for_random_cases(2, [](Case& c, Mlp<double>::Tape& tape, Generator& generator) {
    const Matrix<double> adjoint = normal_matrix(c.outputs, c.own.cols(), generator);
    const Vector<double> start = normal_matrix(c.parameters.size(), 1, generator);
    Vector<double> gradient = start;
    c.network.forward(c.parameters.data(), c.shared, c.own, tape);
    c.network.backward(c.parameters.data(), c.shared, c.own, tape, adjoint, gradient.data());
    const Vector<double> numeric = numeric_gradient(c.parameters, [&] {
      return c.network.forward(c.parameters.data(), c.shared, c.own, tape).cwiseProduct(adjoint).sum();
    });
    CHECK(difference(gradient, Vector<double>(start + numeric)) < 1e-7);
  });
}

TEST_CASE("own_gradient is the derivative of the own block", "[mlp]") {
  for_random_cases(3, [](Case& c, Mlp<double>::Tape& tape, Generator& generator) {
    const Matrix<double> adjoint = normal_matrix(c.outputs, c.own.cols(), generator);
    Matrix<double> gradient;
    c.network.forward(c.parameters.data(), c.shared, c.own, tape);
    c.network.own_gradient(c.parameters.data(), tape, adjoint, gradient);
    const Vector<double> numeric = numeric_gradient(c.own, [&] {
      return c.network.forward(c.parameters.data(), c.shared, c.own, tape).cwiseProduct(adjoint).sum();
    });
    CHECK(difference(gradient, numeric) < 1e-7);
  });
}

// The gradient of the own block has a derivative too. ReLU's is compared where it exists: random numbers are not at 0.
TEST_CASE("own_gradient_backward is the derivative of own_gradient along a direction", "[mlp]") {
  for_random_cases(13, [](Case& c, Mlp<double>::Tape& tape, Generator& generator) {
    if (c.config.normalization != LayerNormalization::none || curve_of(c.config.activation)) return;
    const Matrix<double> adjoint = normal_matrix(c.outputs, c.own.cols(), generator);
    const Matrix<double> direction = normal_matrix(c.own_size, c.own.cols(), generator);
    const Vector<double> start = normal_matrix(c.parameters.size(), 1, generator);
    const auto along = [&] {
      Matrix<double> gradient;
      c.network.forward(c.parameters.data(), c.shared, c.own, tape);
      c.network.own_gradient(c.parameters.data(), tape, adjoint, gradient);
      return gradient.cwiseProduct(direction).sum();
    };
    const Vector<double> numeric = numeric_gradient(c.parameters, along);
    along();
    Vector<double> gradient = start;
    c.network.own_gradient_backward(c.parameters.data(), c.shared, c.own, tape, direction, gradient.data());
    CHECK(difference(gradient, Vector<double>(start + numeric)) < 1e-7);
    c.network.own_gradient_backward(c.parameters.data(), c.shared, c.own, tape, direction, gradient.data());
    CHECK(difference(gradient, Vector<double>(start + 2 * numeric)) < 1e-7);
  });
}

TEST_CASE("own_gradient_backward refuses normalized layers, mish and gelu", "[mlp]") {
  const auto differentiate_twice = [](const MlpConfig& config) {
    const Mlp<double> network(2, 1, 1, config);
    Vector<double> parameters = Vector<double>::Ones(network.parameter_count());
    const Matrix<double> shared = Matrix<double>::Ones(2, 1);
    const Matrix<double> own = Matrix<double>::Ones(1, 1);
    Mlp<double>::Tape tape;
    Matrix<double> gradient;
    network.forward(parameters.data(), shared, own, tape);
    network.own_gradient(parameters.data(), tape, own, gradient);
    network.own_gradient_backward(parameters.data(), shared, own, tape, own, parameters.data());
  };
  CHECK_THROWS_WITH(differentiate_twice({.hidden = {3}, .normalization = LayerNormalization::after_activation}),
                    Contains("normalization must be none"));
  for (const Activation activation : {Activation::mish, Activation::gelu}) {
    CHECK_THROWS_WITH(differentiate_twice({.hidden = {3}, .activation = activation}),
                      Contains("activation must be identity, relu or tanh"));
  }
}

TEST_CASE("MlpQ says at first whether its action gradient can be differentiated", "[mlp]") {
  const auto check = [](Activation activation) {
    Generator generator(1);
    MlpQ<double>({.hidden = {3}, .activation = activation}, {.observation = 2, .action = 1}, generator)
        .check_twice_differentiable();
  };
  for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh})
    CHECK_NOTHROW(check(activation));
  CHECK_THROWS_WITH(check(Activation::mish),
                    Contains("critics.network.activation must be identity, relu or tanh, but is \"mish\""));
  CHECK_THROWS_AS(check(Activation::gelu), ConfigError);
}

TEST_CASE("A single block of inputs is a network without an own block", "[mlp]") {
  Generator generator(4);
  const Mlp<double> network(3, 0, 2, {.hidden = {4}, .activation = Activation::tanh});
  const Vector<double> parameters = normal_matrix(network.parameter_count(), 1, generator);
  const Matrix<double> inputs = normal_matrix(3, 5, generator);
  const Matrix<double> adjoint = normal_matrix(2, 5, generator);
  Mlp<double>::Tape tape;
  Vector<double> one = Vector<double>::Zero(parameters.size());
  Vector<double> two = one;
  const Matrix<double> out = network.forward(parameters.data(), inputs, tape);
  network.backward(parameters.data(), inputs, tape, adjoint, one.data());
  CHECK(out == network.forward(parameters.data(), inputs, Matrix<double>(0, 5), tape));
  network.backward(parameters.data(), inputs, Matrix<double>(0, 5), tape, adjoint, two.data());
  CHECK(one == two);
  CHECK(network.parameter_count() == 4 * (3 + 1) + 2 * (4 + 1));
}

TEST_CASE("A float network computes what the double one does", "[mlp]") {
  Generator generator(5);
  for (const auto& [name, activation] : enumerators(Activation{})) {
    CAPTURE(name);
    const MlpConfig config{.hidden = {16, 16}, .activation = activation};
    const Mlp<double> network(3, 2, 1, config);
    const Vector<double> parameters = normal_matrix(network.parameter_count(), 1, generator) / 4;
    const Matrix<double> shared = normal_matrix(3, 8, generator);
    const Matrix<double> own = normal_matrix(2, 16, generator);
    Mlp<double>::Tape tape;
    Mlp<float>::Tape float_tape;
    const Matrix<double> single = Mlp<float>(3, 2, 1, config)
                                      .forward(Vector<float>(parameters.cast<float>()).data(), shared.cast<float>(),
                                               own.cast<float>(), float_tape)
                                      .cast<double>();
    CHECK(difference(network.forward(parameters.data(), shared, own, tape), single) < 1e-5);
  }
}

// Widths and batches that fill tiles, vectors and shards, and that do not.
TEMPLATE_TEST_CASE("The number of threads does not change a bit of a network", "[mlp]", float, double) {
  if (product_instructions() == InstructionSet::eigen) return;  // the order of its sums depends on the shape
  using Batch = Matrix<TestType>;
  Generator generator(7);
  for (const auto& [width, batch, per_state] :
       {std::tuple<Index, Index, Index>{256, 257, 1}, {65, 1025, 1}, {256, 40, 7}, {65, 25, 70}})
    for (const auto& [activation, normalization] : {std::pair{Activation::relu, LayerNormalization::none},
                                                    {Activation::tanh, LayerNormalization::none},
                                                    {Activation::mish, LayerNormalization::none},
                                                    {Activation::mish, LayerNormalization::before_activation},
                                                    {Activation::gelu, LayerNormalization::after_activation},
                                                    {Activation::relu, LayerNormalization::before_activation},
                                                    {Activation::relu, LayerNormalization::after_activation}}) {
      CAPTURE(width, batch, per_state, static_cast<int>(activation), static_cast<int>(normalization));
      const Mlp<TestType> network(17, 6, 3,
                                  {.hidden = {width, width}, .activation = activation, .normalization = normalization});
      const Vector<TestType> parameters = normal_matrix<TestType>(network.parameter_count(), 1, generator) / 8;
      const Batch shared = normal_matrix<TestType>(17, batch, generator);
      const Batch own = normal_matrix<TestType>(6, batch * per_state, generator);
      const Batch adjoint = normal_matrix<TestType>(3, batch * per_state, generator);
      const Batch direction = normal_matrix<TestType>(6, batch * per_state, generator);
      const bool twice = normalization == LayerNormalization::none && !curve_of(activation);
      const auto results = [&](int count) {
        set_threads(count);
        typename Mlp<TestType>::Tape tape;
        Vector<TestType> gradient = Vector<TestType>::Ones(network.parameter_count());
        Batch own_gradient;
        const Batch out = network.forward(parameters.data(), shared, own, tape);
        network.backward(parameters.data(), shared, own, tape, adjoint, gradient.data());
        network.own_gradient(parameters.data(), tape, own_gradient);
        if (twice) network.own_gradient_backward(parameters.data(), shared, own, tape, direction, gradient.data());
        set_threads(1);
        return std::tuple(out, gradient, own_gradient);
      };
      const auto alone = results(1);
      for (const int count : {2, 3, 4, 8}) {
        const auto shared_out = results(count);
        CAPTURE(count);
        CHECK(std::get<0>(shared_out) == std::get<0>(alone));
        CHECK(std::get<1>(shared_out) == std::get<1>(alone));
        CHECK(std::get<2>(shared_out) == std::get<2>(alone));
      }
    }
}

TEST_CASE("A network begins as its two initializers say", "[mlp]") {
  const Mlp<double> network(3, 1, 2, {.hidden = {5}, .output_initializer = Initializer::zero});
  Vector<double> parameters = Vector<double>::Constant(network.parameter_count(), 9);
  Generator generator(6);
  network.initialize(parameters.data(), generator);
  const auto hidden = parameters.head(5 * (4 + 1)).array();
  CHECK((hidden.abs() <= 0.5).all());  // 1/√4
  CHECK((hidden != 0).all());
  CHECK((parameters.tail(2 * (5 + 1)).array() == 0).all());
}

TEST_CASE("A normalized network begins with scales of 1 and shifts of 0 and draws the same weights", "[mlp]") {
  const auto drawn = [](LayerNormalization normalization) {
    const Mlp<double> network(3, 1, 2, {.hidden = {5}, .normalization = normalization});
    Vector<double> parameters = Vector<double>::Constant(network.parameter_count(), 9);
    Generator generator(6);
    network.initialize(parameters.data(), generator);
    return parameters;
  };
  const Vector<double> plain = drawn(LayerNormalization::none);
  for (const LayerNormalization normalization :
       {LayerNormalization::before_activation, LayerNormalization::after_activation}) {
    const Vector<double> parameters = drawn(normalization);
    REQUIRE(parameters.size() == plain.size() + 10);
    CHECK(parameters.head(25) == plain.head(25));
    CHECK((parameters.segment(25, 5).array() == 1).all());
    CHECK((parameters.segment(30, 5).array() == 0).all());
    CHECK(parameters.tail(12) == plain.tail(12));
  }
}

// x̂ has length √n or less, so that |w · (scale x̂ + shift) + b| ≤ ‖w‖ (max |scale| √n + ‖shift‖) + |b|, however far the
// inputs are from the data. Without normalization the output grows with them.
TEST_CASE("Layer normalization bounds a network far outside of its data", "[mlp]") {
  constexpr Index width = 8;
  Generator generator(11);
  Mlp<double>::Tape tape;
  for (const LayerNormalization normalization : every_normalization)
    for (const double distance : {1.0, 1e3, 1e6, 1e9}) {
      const Mlp<double> network(3, 2, 1, {.hidden = {width, width}, .normalization = normalization});
      Vector<double> parameters = normal_matrix(network.parameter_count(), 1, generator);
      const auto weights = parameters.tail(width + 1).head(width);
      const auto shift = parameters.tail(2 * width + 1).head(width);
      const auto scale = parameters.tail(3 * width + 1).head(width);
      const double bound = weights.norm() * (scale.cwiseAbs().maxCoeff() * std::sqrt(width) + shift.norm()) +
                           std::abs(parameters(parameters.size() - 1));
      const Matrix<double> far = distance * normal_matrix(3, 50, generator);
      const Matrix<double>& q =
          network.forward(parameters.data(), far, Matrix<double>(distance * normal_matrix(2, 50, generator)), tape);
      CAPTURE(static_cast<int>(normalization), distance);
      if (normalization == LayerNormalization::none)
        CHECK((distance < 1e3 || q.cwiseAbs().maxCoeff() > distance));
      else
        CHECK(q.cwiseAbs().maxCoeff() <= bound);
    }
}

TEST_CASE("A network of an impossible shape is refused", "[mlp]") {
  CHECK_THROWS_WITH(Mlp<double>(3, 0, 2, {.hidden = {4, 0}}), Contains("each of hidden must be at least 1, but is 0"));
  CHECK_THROWS_AS(Mlp<double>(0, 0, 2, {}), ConfigError);
  CHECK_THROWS_AS(Mlp<double>(3, 0, 0, {}), ConfigError);
}

TEST_CASE("An MLP refuses inputs of other shapes", "[mlp]") {
  const Mlp<double> network(3, 2, 1, {.hidden = {4}});
  const Vector<double> parameters = Vector<double>::Zero(network.parameter_count());
  Mlp<double>::Tape tape;
  const auto forward = [&](Index shared_rows, Index shared_columns, Index own_rows, Index own_columns) {
    network.forward(parameters.data(), Matrix<double>::Zero(shared_rows, shared_columns),
                    Matrix<double>::Zero(own_rows, own_columns), tape);
  };
  CHECK_NOTHROW(forward(3, 2, 2, 6));
  CHECK_THROWS_WITH(forward(4, 2, 2, 6), Contains("expected 3xB") && Contains("4x2"));
  CHECK_THROWS_AS(forward(3, 2, 1, 6), DataError);
  CHECK_THROWS_AS(forward(3, 2, 2, 5), DataError);
  CHECK_THROWS_AS(forward(3, 0, 2, 0), DataError);
  CHECK_THROWS_AS(forward(3, 2, 2, 0), DataError);
}

}  // namespace mlp_test
