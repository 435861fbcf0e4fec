#include "holdfast/networks/state_value.hpp"

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace state_value_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsVNetwork<MlpV<float>> && IsVNetwork<MlpV<double>> && IsVNetwork<TabularV<float>>);

TEST_CASE("An MLP's state value is its one output, whatever the number of actions", "[mlp_v]") {
  Generator generator(1, Stream::initialization);
  MlpV<double> network({.hidden = {}}, {.observation = 2, .action = 5}, generator);
  REQUIRE(network.parameters().size() == 3);
  network.parameters() << 2, -1, 0.5;
  MlpV<double>::Tape tape;
  Matrix<double> observations(2, 3);
  observations << 0, 1, 3,  //
      0, 1, -2;
  const Row<double>& values = network.values(observations, tape);
  REQUIRE(values.size() == 3);
  CHECK(values(0) == 0.5);
  CHECK(values(1) == 1.5);
  CHECK(values(2) == 8.5);
}

TEST_CASE("The gradient of an MLP's state values is that of finite differences, and is added", "[mlp_v]") {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    Generator generator(2, Stream::initialization);
    MlpV<double> network({.hidden = {5, 4}, .activation = activation}, {.observation = 3, .action = 1}, generator);
    const Matrix<double> observations = normal_matrix(3, 6, generator);
    const Row<double> adjoint = normal_row(6, generator);
    MlpV<double>::Tape tape;
    network.values(observations, tape);
    Vector<double> gradient = Vector<double>::Ones(network.parameters().size());
    network.backward(observations, tape, adjoint, gradient);
    const Vector<double> added = gradient.array() - 1;
    CHECK(added.norm() > 0.1);
    CHECK(difference(added, numeric_gradient(network.parameters(), [&] {
                       return (adjoint * network.values(observations, tape)).sum();
                     })) < 1e-7);
  }
}

TEST_CASE("A state-value network is a function of its generator, and refuses impossible shapes", "[mlp_v]") {
  Generator generator(3);
  Generator same(3);
  const MlpConfig config{.hidden = {4}};
  CHECK(MlpV<float>(config, {3, 1}, generator).parameters() == MlpV<float>(config, {3, 1}, same).parameters());
  CHECK_THROWS_WITH(MlpV<float>({.hidden = {0}}, {3, 1}, generator), Contains("each of hidden must be at least 1"));
  MlpV<double> network({}, {3, 1}, generator);
  MlpV<double>::Tape tape;
  CHECK_THROWS_AS(network.values(Matrix<double>::Zero(2, 4), tape), DataError);
}

TEST_CASE("A table's state value is the state's own entry, and so is its gradient", "[tabular_v]") {
  Generator generator(4);
  TabularV<double> network({.initial = 1.5}, {.observation = 3, .action = 7}, generator);
  REQUIRE(network.parameters().size() == 3);
  CHECK((network.parameters().array() == 1.5).all());
  network.parameters() << 2, -1, 0.5;
  TabularV<double>::Tape tape;
  Matrix<double> observations(3, 4);
  observations << 0, 1, 0, 1,  //
      0, 0, 1, 0,              //
      1, 0, 0, 0;
  const Row<double>& values = network.values(observations, tape);
  CHECK((values == Row<double>{{0.5, 2, -1, 2}}).all());
  Vector<double> gradient = Vector<double>::Ones(3);
  network.backward(observations, tape, Row<double>{{10, 20, 30, 40}}, gradient);
  CHECK(gradient == Eigen::Vector3d(61, 31, 11));
}

TEST_CASE("The gradient of a table's values of other features is that of finite differences", "[tabular_v]") {
  Generator generator(5);
  TabularV<double> network({}, {.observation = 3, .action = 1}, generator);
  generator.fill_normal(network.parameters());
  const Matrix<double> observations = normal_matrix(3, 6, generator);
  const Row<double> adjoint = normal_row(6, generator);
  TabularV<double>::Tape tape;
  const auto loss = [&] { return (adjoint * network.values(observations, tape)).sum(); };
  loss();
  Vector<double> gradient = Vector<double>::Zero(3);
  network.backward(observations, tape, adjoint, gradient);
  CHECK(difference(gradient, numeric_gradient(network.parameters(), loss)) < 1e-7);
}

}  // namespace state_value_test
