#include "holdfast/networks/timed_network.hpp"

#include <array>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/residual_mlp.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace timed_network_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

// The features of three kinds of time: learned, of no parameters, and of no layers.
const std::array time_configs{
    TimeFeaturesConfig{.size = 4, .layers = {5, 3}}, TimeFeaturesConfig{.encoding = TimeEncoding::number, .layers = {}},
    TimeFeaturesConfig{.encoding = TimeEncoding::sinusoidal, .size = 6, .layers = {2}, .activation = Activation::tanh},
    TimeFeaturesConfig{.size = 4, .layers = {}}};

template <class Body>
config_of<Body> body_config() {
  if constexpr (std::is_same_v<Body, Mlp<double>>)
    return {.hidden = {6, 5}, .activation = Activation::mish};
  else
    return {.width = 5, .blocks = 2, .expansion = 2, .dropout = 0.3};
}

// A network with random parameters, and inputs with `per_state` points for each of four observations.
template <class Body>
struct Case {
  TimeFeaturesConfig time;
  TimedNetwork<Body> network;
  Vector<double> parameters;
  Matrix<double> observations, points, adjoint;
  typename TimedNetwork<Body>::Tape tape;

  Case(TimeFeaturesConfig features, Index per_state, Generator& generator)
      : time(std::move(features)),
        network(sizes, body_config<Body>(), time),
        parameters(0.7 * normal_matrix(network.parameter_count(), 1, generator)),
        observations(normal_matrix(sizes.observation, 4, generator)),
        points(normal_matrix(sizes.action, 4 * per_state, generator)),
        adjoint(normal_matrix(sizes.action, 4 * per_state, generator)) {}

  const Matrix<double>& forward(const Row<double>& times) {
    return network.forward(parameters.data(), observations, points, times, tape);
  }
  Vector<double> gradient(const Row<double>& times) {
    Vector<double> out = Vector<double>::Ones(parameters.size());
    forward(times);
    network.backward(parameters.data(), observations, times, tape, adjoint, out.data());
    return out.array() - 1;
  }
};

template <class Body, class Test>
void for_cases(std::uint64_t seed, Test test) {
  Generator generator(seed);
  for (const TimeFeaturesConfig& time : time_configs)
    for (const Index per_state : {1, 3}) {
      CAPTURE(static_cast<int>(time.encoding), time.layers.size(), per_state);
      Case<Body> c(time, per_state, generator);
      test(c, generator);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("A timed network is its body at the observation, the point and the features of the time",
                   "[timed_network]", Mlp<double>, ResidualMlp<double>) {
  for_cases<TestType>(1, [](Case<TestType>& c, Generator& generator) {
    const TimeFeatures<double> features(c.time);
    const TestType body(sizes.observation, sizes.action + features.outputs(), sizes.action, body_config<TestType>());
    REQUIRE(c.network.parameter_count() == features.parameter_count() + body.parameter_count());
    const Row<double> times = 3 * normal_row(c.points.cols(), generator);
    TimeFeatures<double>::Tape time_tape;
    typename TestType::Tape body_tape;
    Matrix<double> own(sizes.action + features.outputs(), c.points.cols());
    own << c.points, features.forward(c.parameters.data(), times, time_tape);
    const Matrix<double>& expected =
        body.forward(c.parameters.data() + features.parameter_count(), c.observations, own, body_tape);
    CHECK(difference(c.forward(times), expected) < 1e-14);
  });
}

TEMPLATE_TEST_CASE("One time for all points is that time for each of them", "[timed_network]", Mlp<double>,
                   ResidualMlp<double>) {
  for_cases<TestType>(2, [](Case<TestType>& c, Generator&) {
    for (const double t : {0.0, 0.4, 4.0}) {
      const Row<double> one = Row<double>::Constant(1, t);
      const Row<double> each = Row<double>::Constant(c.points.cols(), t);
      const Matrix<double> of_one = c.forward(one);
      CHECK(difference(of_one, c.forward(each)) < 1e-14);
      const Vector<double> gradient = c.gradient(one);
      const Matrix<double> point_adjoint = c.network.point_adjoint(c.parameters.data(), c.tape);
      CHECK(difference(gradient, c.gradient(each)) < 1e-13);
      CHECK(difference(point_adjoint, Matrix<double>(c.network.point_adjoint(c.parameters.data(), c.tape))) < 1e-14);
    }
  });
}

TEMPLATE_TEST_CASE("The derivatives by parameters and points are those of finite differences", "[timed_network]",
                   Mlp<double>, ResidualMlp<double>) {
  for_cases<TestType>(3, [](Case<TestType>& c, Generator& generator) {
    for (const Index count : {Index{1}, c.points.cols()})
      for (const bool drops : {false, true}) {
        CAPTURE(count, drops);
        const Row<double> times = 2 * normal_row(count, generator);
        if (drops) c.network.draw_dropout(c.points.cols(), generator, c.tape);
        const Vector<double> gradient = c.gradient(times);
        const Matrix<double> point_adjoint = c.network.point_adjoint(c.parameters.data(), c.tape);
        const auto loss = [&] { return c.forward(times).cwiseProduct(c.adjoint).sum(); };
        CHECK(difference(gradient, numeric_gradient(c.parameters, loss)) < 1e-7);
        REQUIRE(point_adjoint.cols() == c.points.cols());
        CHECK(difference(point_adjoint, numeric_gradient(c.points, loss)) < 1e-7);
        c.tape = {};  // without dropout
      }
  });
}

TEST_CASE("Only a body that has dropout draws it", "[timed_network]") {
  Generator generator(4);
  Case<Mlp<double>> plain(time_configs[0], 1, generator);
  Case<ResidualMlp<double>> residual(time_configs[0], 1, generator);
  const Generator::State before = generator.state();
  plain.network.draw_dropout(4, generator, plain.tape);
  CHECK(generator.state() == before);
  const Row<double> times = Row<double>::Constant(1, 0.5);
  const Matrix<double> whole = residual.forward(times);
  residual.network.draw_dropout(4, generator, residual.tape);
  CHECK_FALSE(generator.state() == before);
  CHECK(difference(residual.forward(times), whole) > 1e-3);
}

TEST_CASE("A timed network begins as its features and its body do", "[timed_network]") {
  const TimedNetwork<Mlp<double>> network(sizes, body_config<Mlp<double>>(), time_configs[0]);
  const TimeFeatures<double> features(time_configs[0]);
  const Mlp<double> body(3, 2 + 3, 2, body_config<Mlp<double>>());
  Vector<double> found(network.parameter_count());
  Vector<double> expected(network.parameter_count());
  Generator generator(5);
  Generator same(5);
  network.initialize(found.data(), generator);
  features.initialize(expected.data(), same);
  body.initialize(expected.data() + features.parameter_count(), same);
  CHECK(found == expected);
  CHECK_THROWS_AS(TimedNetwork<Mlp<double>>(sizes, {.hidden = {0}}, time_configs[0]), ConfigError);
  CHECK_THROWS_AS(TimedNetwork<Mlp<double>>(sizes, {}, {.size = 5}), ConfigError);
}

}  // namespace timed_network_test
