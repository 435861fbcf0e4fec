#include "holdfast/networks/ensemble.hpp"

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "support/finite_difference.hpp"
#include "support/quadratic_q.hpp"
#include "support/random_data.hpp"

namespace ensemble_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsQNetwork<MlpQ<float>> && IsQNetwork<QuadraticQ>);
static_assert(IsTwiceDifferentiableQNetwork<MlpQ<float>> && IsTwiceDifferentiableQNetwork<QuadraticQ>);
static_assert(IsTwiceDifferentiableCritics<Ensemble<MlpQ<float>>>);
static_assert(!IsTwiceDifferentiableQNetwork<MlpFiniteQ<float>>);
static_assert(!IsTwiceDifferentiableCritics<Ensemble<MlpFiniteQ<float>>>);
static_assert(IsCritics<Ensemble<MlpQ<float>>> && IsCritics<Ensemble<QuadraticQ>> && IsCritics<NoCritics<float>>);

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

std::vector<MlpQ<double>> draw(MlpQ<double>*, Index count, Generator& generator) {
  const MlpConfig config{.hidden = {5, 4}, .activation = Activation::tanh};
  return std::vector<MlpQ<double>>(static_cast<std::size_t>(count), MlpQ<double>(config, sizes, generator));
}
std::vector<QuadraticQ> draw(QuadraticQ*, Index count, Generator& generator) {
  return std::vector<QuadraticQ>(static_cast<std::size_t>(count), QuadraticQ(sizes, generator));
}

template <class Network>
std::vector<Network> members(Index count, Generator& generator) {
  std::vector<Network> drawn = draw(static_cast<Network*>(nullptr), count, generator);
  for (Network& network : drawn) generator.fill_normal(network.parameters());
  return drawn;
}

// Returns the gradient that one step of Adam was taken with: for ε = 1 the first step is −η g / (|g| + 1).
Vector<double> gradient_of_step(const Vector<double>& before, const Vector<double>& after, double learning_rate) {
  const Vector<double> ratio = (before - after) / learning_rate;
  return ratio.array() / (1 - ratio.array().abs());
}

}  // namespace

TEMPLATE_TEST_CASE("A Q-network's derivatives are those of its values", "[ensemble]", MlpQ<double>, QuadraticQ) {
  Generator generator(1);
  for (const Index per_state : {1, 3}) {
    TestType network = members<TestType>(1, generator).front();
    const Matrix<double> observations = normal_matrix(sizes.observation, 4, generator);
    Matrix<double> actions = normal_matrix(sizes.action, 4 * per_state, generator);
    const Row<double> adjoint = normal_row(actions.cols(), generator);
    typename TestType::Tape tape;
    const auto loss = [&] { return (network.values(observations, actions, tape) * adjoint).sum(); };

    loss();
    Vector<double> gradient = Vector<double>::Ones(network.parameters().size());
    Matrix<double> action_gradient;
    network.backward(observations, actions, tape, adjoint, gradient);
    network.action_gradient(observations, actions, tape, adjoint, action_gradient);
    const Vector<double> added = gradient.array() - 1;
    CHECK(difference(added, numeric_gradient(network.parameters(), loss)) < 1e-7);
    CHECK(difference(action_gradient, numeric_gradient(actions, loss)) < 1e-7);

    const Matrix<double> direction = normal_matrix(sizes.action, actions.cols(), generator);
    const auto along = [&] {
      loss();
      network.action_gradient(observations, actions, tape, adjoint, action_gradient);
      return action_gradient.cwiseProduct(direction).sum();
    };
    const Vector<double> numeric = numeric_gradient(network.parameters(), along);
    along();
    gradient.setOnes();
    network.action_gradient_backward(observations, actions, tape, adjoint, direction, gradient);
    CHECK(difference(Vector<double>(gradient.array() - 1), numeric) < 1e-7);
  }
}

TEMPLATE_TEST_CASE("An ensemble's action gradients, and their derivatives, are its members'", "[ensemble]",
                   MlpQ<double>, QuadraticQ) {
  Generator generator(12);
  const std::vector<TestType> networks = members<TestType>(3, generator);
  constexpr double learning_rate = 0.1;
  Ensemble<TestType> critics(networks, {.learning_rate = learning_rate, .epsilon = 1});
  const Matrix<double> observations = normal_matrix(sizes.observation, 4, generator);
  const Matrix<double> actions = normal_matrix(sizes.action, 4, generator);
  std::vector<Matrix<double>> directions(3);
  for (Matrix<double>& direction : directions) direction = normal_matrix(sizes.action, 4, generator);
  typename Ensemble<TestType>::Tape tape;
  critics.values(Net::online, observations, actions, tape);
  const std::vector<Matrix<double>> found = critics.action_gradients(observations, actions, tape);
  critics.action_gradients_backward(observations, actions, tape, directions);
  critics.step();

  REQUIRE(found.size() == 3);
  const Row<double> ones = Row<double>::Ones(4);
  typename TestType::Tape own;
  Matrix<double> expected;
  for (std::size_t i = 0; i < 3; ++i) {
    networks[i].values(observations, actions, own);
    networks[i].action_gradient(observations, actions, own, ones, expected);
    CHECK(found[i] == expected);
    Vector<double> gradient = Vector<double>::Zero(networks[i].parameters().size());
    networks[i].action_gradient_backward(observations, actions, own, ones, directions[i], gradient);
    const Vector<double> stepped = gradient_of_step(
        networks[i].parameters(), critics.member(Net::online, static_cast<Index>(i)).parameters(), learning_rate);
    CHECK(difference(stepped, gradient) < 1e-10);
  }
}

TEMPLATE_TEST_CASE("An ensemble's values and gradients are its members'", "[ensemble]", MlpQ<double>, QuadraticQ) {
  Generator generator(2);
  const std::vector<TestType> networks = members<TestType>(3, generator);
  constexpr double learning_rate = 0.1;
  Ensemble<TestType> critics(networks, {.learning_rate = learning_rate, .epsilon = 1});
  const Matrix<double> observations = normal_matrix(sizes.observation, 4, generator);
  const Matrix<double> actions = normal_matrix(sizes.action, 8, generator);
  const Matrix<double> adjoint = normal_matrix(3, 8, generator);
  typename Ensemble<TestType>::Tape tape;
  const Matrix<double> values = critics.values(Net::online, observations, actions, tape);
  critics.backward(observations, actions, tape, adjoint);
  critics.backward(observations, actions, tape, adjoint);  // accumulates: twice the gradient
  Matrix<double> action_gradient;
  critics.action_gradient(observations, actions, tape, adjoint, action_gradient);
  critics.step();

  REQUIRE(critics.size() == 3);
  Matrix<double> summed = Matrix<double>::Zero(sizes.action, 8);
  typename TestType::Tape own;
  Matrix<double> one;
  for (Index i = 0; i < 3; ++i) {
    const TestType& network = networks[static_cast<std::size_t>(i)];
    CHECK((network.values(observations, actions, own).matrix() == values.row(i)));
    const Row<double> own_adjoint = adjoint.row(i).array();
    network.action_gradient(observations, actions, own, own_adjoint, one);
    summed += one;
    Vector<double> gradient = Vector<double>::Zero(network.parameters().size());
    network.backward(observations, actions, own, own_adjoint, gradient);
    const Vector<double> stepped =
        gradient_of_step(network.parameters(), critics.member(Net::online, i).parameters(), learning_rate);
    CHECK(difference(stepped, Vector<double>(2 * gradient)) < 1e-10);
    CHECK(critics.member(Net::target, i).parameters() == network.parameters());
  }
  CHECK(difference(action_gradient, summed) < 1e-14);
}

TEST_CASE("A step uses the gradient up", "[ensemble]") {
  Generator generator(3);
  Ensemble<QuadraticQ> critics(members<QuadraticQ>(1, generator), {.learning_rate = 1, .beta1 = 0, .beta2 = 0});
  const Matrix<double> observations = normal_matrix(sizes.observation, 2, generator);
  const Matrix<double> actions = normal_matrix(sizes.action, 2, generator);
  Ensemble<QuadraticQ>::Tape tape;
  critics.values(Net::online, observations, actions, tape);
  critics.backward(observations, actions, tape, Matrix<double>::Ones(1, 2));
  critics.step();
  const Vector<double> after = critics.member(Net::online, 0).parameters();
  critics.step();  // with β = 0 there is no momentum: the gradient is zero
  CHECK(critics.member(Net::online, 0).parameters() == after);
}

TEST_CASE("Targets begin as copies, keep their own values, and follow", "[ensemble]") {
  Generator generator(4);
  Ensemble<QuadraticQ> critics(members<QuadraticQ>(2, generator));
  const Matrix<double> observations = normal_matrix(sizes.observation, 3, generator);
  const Matrix<double> actions = normal_matrix(sizes.action, 3, generator);
  Ensemble<QuadraticQ>::Tape tape;
  const Vector<double> start = critics.member(Net::online, 1).parameters();
  const Matrix<double> before = critics.values(Net::online, observations, actions, tape);
  for (Index i = 0; i < 2; ++i) critics.member(Net::online, i).parameters() *= 3;  // Q is linear in its parameters
  CHECK(critics.values(Net::target, observations, actions, tape) == before);
  CHECK(difference(critics.values(Net::online, observations, actions, tape), Matrix<double>(3 * before)) < 1e-14);
  critics.track(0.25);
  CHECK(difference(critics.member(Net::target, 1).parameters(), Vector<double>(1.5 * start)) < 1e-14);
  critics.track(1);
  CHECK(critics.member(Net::target, 1).parameters() == critics.member(Net::online, 1).parameters());
}

TEST_CASE("The minimum does not depend on the order of the members", "[ensemble]") {
  Generator generator(5);
  std::vector<QuadraticQ> networks = members<QuadraticQ>(3, generator);
  const Matrix<double> observations = normal_matrix(sizes.observation, 7, generator);
  const Matrix<double> actions = normal_matrix(sizes.action, 7, generator);
  const auto least = [&] {
    const Ensemble<QuadraticQ> critics(networks);
    Ensemble<QuadraticQ>::Tape tape;
    Row<double> out;
    minimum(critics.values(Net::online, observations, actions, tape), out);
    return out;
  };
  const Row<double> first = least();
  std::swap(networks[0], networks[2]);
  CHECK((least() == first).all());
  std::swap(networks[0], networks[1]);
  CHECK((least() == first).all());
}

TEST_CASE("Networks are drawn one after the other, and differ", "[ensemble]") {
  Ensemble<MlpQ<float>>::Config config;
  config.size = 3;
  config.network.hidden = {4};
  Generator generator(6);
  const Ensemble<MlpQ<float>> critics(config, sizes, generator);
  REQUIRE(critics.size() == 3);
  Generator same(6);
  for (Index i = 0; i < 3; ++i)
    CHECK(critics.member(Net::online, i).parameters() == MlpQ<float>(config.network, sizes, same).parameters());
  CHECK(critics.member(Net::online, 0).parameters() != critics.member(Net::online, 1).parameters());
}

TEST_CASE("An ensemble needs a member and a valid optimizer", "[ensemble]") {
  Generator generator(7);
  CHECK_THROWS_WITH(Ensemble<QuadraticQ>(std::vector<QuadraticQ>{}), Contains("critics.size"));
  CHECK_THROWS_WITH(Ensemble<MlpQ<float>>({.size = 0}, sizes, generator),
                    Contains("size must be at least 1, but is 0"));
  CHECK_THROWS_WITH(Ensemble<QuadraticQ>(members<QuadraticQ>(1, generator), {.learning_rate = -1}),
                    Contains("learning_rate"));
}

TEST_CASE("A gradient too large for a step names the critic, and the next one begins anew", "[ensemble]") {
  Generator generator(8);
  Ensemble<MlpQ<float>> critics({.size = 2, .network = {.hidden = {4}}}, sizes, generator);
  Ensemble<MlpQ<float>> spared = critics;
  const auto observations = normal_matrix<float>(sizes.observation, 3, generator);
  const auto actions = normal_matrix<float>(sizes.action, 3, generator);
  Ensemble<MlpQ<float>>::Tape tape;
  const auto step = [&](Ensemble<MlpQ<float>>& each, float first, float second) {
    each.values(Net::online, observations, actions, tape);
    Matrix<float> adjoint = Matrix<float>::Constant(2, 3, first);
    adjoint.row(1).setConstant(second);
    each.backward(observations, actions, tape, adjoint);
    each.step();
  };
  CHECK_THROWS_WITH(step(critics, 1e25F, 1), Contains("update 1: the squared norm of the gradient of critic_0 is "));
  CHECK_THROWS_WITH(step(spared, 1, 1e25F), Contains("gradient of critic_1 is "));
  CHECK(spared.optimizer(0).steps() == 1);
  CHECK(spared.optimizer(1).steps() == 0);
  for (Ensemble<MlpQ<float>>* each : {&critics, &spared}) CHECK_NOTHROW(step(*each, 1, 1));
  int visited = 0;
  for_each_trained(std::as_const(critics), [&](const Trained<MlpQ<float>>& critic) {
    CHECK(&critic.network() == &critics.member(Net::online, visited));
    CHECK(critic.optimizer().name() == message("critic_", visited++));
    CHECK(critic.optimizer().largest_gradient().norm < 100);
  });
  CHECK(visited == 2);
}

TEST_CASE("No critics have no values and no gradient", "[ensemble]") {
  NoCritics<double> critics;
  NoCritics<double>::Tape tape;
  const Matrix<double> observations = Matrix<double>::Ones(3, 2);
  const Matrix<double> actions = Matrix<double>::Ones(2, 4);
  CHECK(critics.size() == 0);
  CHECK(critics.values(Net::online, observations, actions, tape).rows() == 0);
  CHECK(critics.values(Net::online, observations, actions, tape).cols() == 4);
  Matrix<double> gradient;
  critics.action_gradient(observations, actions, tape, Matrix<double>(0, 4), gradient);
  CHECK(gradient == Matrix<double>::Zero(2, 4));
}

}  // namespace ensemble_test
