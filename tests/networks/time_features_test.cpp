#include "holdfast/networks/time_features.hpp"

#include <array>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace time_features_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr std::array every_encoding{TimeEncoding::number, TimeEncoding::sinusoidal, TimeEncoding::fourier};

TimeFeatures<double> bare(TimeEncoding encoding, Index size) {
  return TimeFeatures<double>({.encoding = encoding, .size = size, .layers = {}});
}

Row<double> row(const std::vector<double>& numbers) {
  return Eigen::Map<const Row<double>>(numbers.data(), static_cast<Index>(numbers.size()));
}

// Returns W x + b, where the weights and then the bias are at `parameters`, and goes on behind them.
Vector<double> affine_part(Index width, const double*& parameters, const Vector<double>& x) {
  Vector<double> out(width);
  for (Index i = 0; i < width; ++i) {
    out(i) = parameters[width * x.size() + i];
    for (Index j = 0; j < x.size(); ++j) out(i) += parameters[width * j + i] * x(j);
  }
  parameters += width * (x.size() + 1);
  return out;
}

}  // namespace

TEST_CASE("The number of a time is the time itself, whatever the size", "[time_features]") {
  const TimeFeatures<double> features = bare(TimeEncoding::number, 8);
  const Row<double> times = row({0, 0.25, 1, 4, -3});
  TimeFeatures<double>::Tape tape;
  CHECK(features.outputs() == 1);
  CHECK(features.forward(nullptr, times, tape) == times.matrix());
}

TEST_CASE("The sinusoidal encoding has the sines and then the cosines of frequencies from 1 down to 1/10,000",
          "[time_features]") {
  const TimeFeatures<double> features = bare(TimeEncoding::sinusoidal, 6);
  TimeFeatures<double>::Tape tape;
  REQUIRE(features.outputs() == 6);
  Matrix<double> expected(6, 3);
  for (Index i = 0; i < 3; ++i) {
    const double t = std::array{0.0, 0.3, 4.0}[static_cast<std::size_t>(i)];
    expected.col(i) << std::sin(t), std::sin(t / 100), std::sin(t / 10000), std::cos(t), std::cos(t / 100),
        std::cos(t / 10000);
  }
  CHECK(difference(features.forward(nullptr, row({0, 0.3, 4}), tape), expected) < 1e-15);
  CHECK(bare(TimeEncoding::sinusoidal, 4).forward(nullptr, row({2}), tape)(1) == Approx(2e-4).epsilon(1e-7));
}

TEST_CASE("The Fourier encoding has the cosines and then the sines of 2π t w", "[time_features]") {
  const TimeFeatures<double> features = bare(TimeEncoding::fourier, 6);
  TimeFeatures<double>::Tape tape;
  REQUIRE(features.outputs() == 6);
  const std::array w{0.5, -0.25, 1. / 6};
  const double half = std::sqrt(0.5);
  const double root = std::sqrt(0.75);
  Matrix<double> expected(6, 4);
  expected << 1, 0, -1, 1,  // cos(π t) at 0, ½, 1, 2
      1, half, 0, -1,       // cos(π t / 2)
      1, root, 0.5, -0.5,   // cos(π t / 3)
      0, 1, 0, 0,           // sin(π t)
      0, -half, -1, 0,      // −sin(π t / 2)
      0, 0.5, root, root;   // sin(π t / 3)
  CHECK(difference(features.forward(w.data(), row({0, 0.5, 1, 2}), tape), expected) < 1e-15);
}

TEST_CASE("The layers are an MLP of the encoding whose last layer is linear", "[time_features]") {
  Generator generator(1);
  for (const TimeEncoding encoding : every_encoding) {
    CAPTURE(static_cast<int>(encoding));
    const TimeFeatures<double> features(
        {.encoding = encoding, .size = 4, .layers = {3, 5, 2}, .activation = Activation::tanh});
    const TimeFeatures<double> encoder = bare(encoding, 4);
    const Vector<double> parameters = normal_matrix(features.parameter_count(), 1, generator);
    const Row<double> times = 2 * normal_row(7, generator);
    TimeFeatures<double>::Tape tape;
    TimeFeatures<double>::Tape encoder_tape;
    const Matrix<double>& found = features.forward(parameters.data(), times, tape);
    const Matrix<double>& encoded = encoder.forward(parameters.data(), times, encoder_tape);
    REQUIRE(features.outputs() == 2);
    REQUIRE(found.cols() == 7);
    for (Index i = 0; i < 7; ++i) {
      const double* layer = parameters.data() + encoder.parameter_count();
      const Vector<double> first = affine_part(3, layer, encoded.col(i)).array().tanh();
      const Vector<double> second = affine_part(5, layer, first).array().tanh();
      CHECK(difference(Vector<double>(found.col(i)), affine_part(2, layer, second)) < 1e-14);
      CHECK(layer == parameters.data() + parameters.size());
    }
  }
}

TEST_CASE("backward adds the derivative of every parameter of the features", "[time_features]") {
  Generator generator(2);
  TimeFeatures<double>::Tape tape;  // reused for features of other shapes, to detect leftovers
  for (const TimeEncoding encoding : every_encoding)
    for (const Activation activation : {Activation::mish, Activation::tanh})
      for (const std::vector<Index>& layers : {std::vector<Index>{}, {3}, {4, 2}, {5, 4, 3}})
        for (const Index columns : {1, 6}) {
          CAPTURE(static_cast<int>(encoding), static_cast<int>(activation), layers.size(), columns);
          const TimeFeatures<double> features(
              {.encoding = encoding, .size = 6, .layers = layers, .activation = activation});
          Vector<double> parameters = normal_matrix(features.parameter_count(), 1, generator);
          const Row<double> times = 2 * normal_row(columns, generator);
          const Matrix<double> adjoint = normal_matrix(features.outputs(), columns, generator);
          const Vector<double> start = normal_matrix(parameters.size(), 1, generator);
          Vector<double> gradient = start;
          features.forward(parameters.data(), times, tape);
          features.backward(parameters.data(), times, tape, adjoint, gradient.data());
          const Vector<double> numeric = numeric_gradient(
              parameters, [&] { return features.forward(parameters.data(), times, tape).cwiseProduct(adjoint).sum(); });
          CHECK(difference(gradient, Vector<double>(start + numeric)) < 1e-7);
        }
}

TEST_CASE("Only learned frequencies and the layers are parameters", "[time_features]") {
  CHECK(bare(TimeEncoding::number, 6).parameter_count() == 0);
  CHECK(bare(TimeEncoding::sinusoidal, 6).parameter_count() == 0);
  CHECK(bare(TimeEncoding::fourier, 6).parameter_count() == 3);
  const auto of_layers = [](TimeEncoding encoding) {
    return TimeFeatures<float>({.encoding = encoding, .size = 6, .layers = {5, 2}}).parameter_count();
  };
  CHECK(of_layers(TimeEncoding::number) == 5 * (1 + 1) + 2 * (5 + 1));
  CHECK(of_layers(TimeEncoding::sinusoidal) == 5 * (6 + 1) + 2 * (5 + 1));
  CHECK(of_layers(TimeEncoding::fourier) == 3 + 5 * (6 + 1) + 2 * (5 + 1));
  CHECK(TimeFeatures<float>({}).parameter_count() == 32 + 128 * (64 + 1) + 128 * (128 + 1));
}

TEST_CASE("Learned frequencies begin as normal numbers of size 0.2, and the layers as their initializer says",
          "[time_features]") {
  const TimeFeatures<double> features({.size = 8, .layers = {3, 2}, .initializer = Initializer::xavier_uniform});
  Vector<double> parameters = Vector<double>::Constant(features.parameter_count(), 9);
  Generator generator(3);
  Generator same(3);
  features.initialize(parameters.data(), generator);
  for (Index j = 0; j < 4; ++j) CHECK(parameters(j) == 0.2 * same.normal());
  const auto first = parameters.segment(4, 3 * 8).array();
  CHECK((first.abs() <= std::sqrt(6. / 11)).all());
  CHECK((first != 0).all());
  CHECK(parameters.segment(4 + 3 * 8, 3).isZero(0));  // the biases
  CHECK(parameters.tail(2).isZero(0));
  CHECK((parameters.segment(4 + 3 * 9, 2 * 3).array().abs() <= std::sqrt(6. / 5)).all());
}

TEST_CASE("Time features of an impossible shape are refused, by name", "[time_features]") {
  const auto refuses = [](const TimeFeaturesConfig& config, const std::string& said) {
    CHECK_THROWS_AS(TimeFeatures<double>(config), ConfigError);
    CHECK_THROWS_WITH(TimeFeatures<double>(config), Contains(said));
  };
  refuses({.size = 7}, "size must be even, but is 7");
  refuses({.size = 2}, "size must be at least 4, but is 2");
  refuses({.layers = {4, 0}}, "each of layers must be at least 1, but is 0");
}

}  // namespace time_features_test
