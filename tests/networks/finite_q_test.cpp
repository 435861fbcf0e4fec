#include "holdfast/networks/finite_q.hpp"

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace finite_q_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsQNetwork<MlpFiniteQ<float>> && IsQNetwork<TabularQ<double>>);
static_assert(IsCritics<Ensemble<MlpFiniteQ<float>>> && IsCritics<Ensemble<TabularQ<double>>>);

namespace {

constexpr Sizes sizes{.observation = 3, .action = 4};

template <class Function>
typename Function::Config small() {
  if constexpr (std::same_as<Function, Mlp<double>>)
    return {.hidden = {5}, .activation = Activation::tanh};
  else
    return {};
}

template <class Function>
FiniteQ<Function> drawn(Generator& generator) {
  FiniteQ<Function> network(small<Function>(), sizes, generator);
  generator.fill_normal(network.parameters());
  return network;
}

// A user's own function that counts its evaluations: every output is the sum of the observation.
struct Counting {
  using Scalar = double;
  struct Config {};
  struct Tape {
    Matrix<double> outputs;
  };
  static inline Index evaluated = 0;  // columns
  Index in;
  Index out;

  Counting(Index inputs, Index outputs, const Config&) : in(inputs), out(outputs) {}
  static Index parameter_count() { return 1; }
  [[nodiscard]] Index inputs() const { return in; }
  [[nodiscard]] Index outputs() const { return out; }
  [[nodiscard]] static Config config() { return {}; }
  static void initialize(double* parameters, Generator&) { *parameters = 0; }
  const Matrix<double>& forward(const double*, const Matrix<double>& inputs, Tape& tape) const {
    evaluated += inputs.cols();
    return tape.outputs = inputs.colwise().sum().replicate(out, 1);
  }
  static void backward(const double*, const Matrix<double>&, Tape&, const Matrix<double>&, double*) {}
};

template <class C>
concept has_action_gradient = requires(const C c, const Matrix<double>& s, const typename C::Actions& a,
                                       typename C::Tape& tape, const Matrix<double>& adjoint,
                                       typename C::Actions& out) {
  c.action_gradient(s, a, tape, adjoint, out);
};

}  // namespace

TEST_CASE("Actions that are not as many for each state are refused", "[finite_q]") {
  Generator generator(1);
  const TabularQ<double> q({}, {.observation = 2, .action = 3}, generator);
  TabularQ<double>::Tape tape;
  for (const ActionIndices& actions : {ActionIndices{{0, 1, 2}}, ActionIndices(0)})
    CHECK_THROWS_WITH(
        q.values(Matrix<double>::Identity(2, 2), actions, tape),
        Contains(message("actions: expected as many for each of 2 observations, found ", actions.size())));
}

TEMPLATE_TEST_CASE("The values of a state's actions are the outputs of one evaluation", "[finite_q]", Mlp<double>,
                   Table<double>) {
  Generator generator(1);
  const FiniteQ<TestType> network = drawn<TestType>(generator);
  CHECK(network.action_size() == 4);
  const TestType function(sizes.observation, sizes.action, small<TestType>());
  REQUIRE(network.parameters().size() == function.parameter_count());
  const Matrix<double> observations = normal_matrix(3, 5, generator);
  typename TestType::Tape function_tape;
  const Matrix<double> all = function.forward(network.parameters().data(), observations, function_tape);
  typename FiniteQ<TestType>::Tape tape;
  for (const Index per_state : {1, 4, 7}) {
    const ActionIndices actions = uniform_numbers(4, 5 * per_state, generator);
    const Row<double>& values = network.values(observations, actions, tape);
    REQUIRE(values.size() == 5 * per_state);
    for (Index i = 0; i < values.size(); ++i) CHECK(values(i) == all(actions(i), i / per_state));
  }
}

TEST_CASE("A state is evaluated once, however many of its actions are asked for", "[finite_q]") {
  Generator generator(2);
  const FiniteQ<Counting> network({}, sizes, generator);
  FiniteQ<Counting>::Tape tape;
  const Matrix<double> observations = normal_matrix(3, 5, generator);
  Counting::evaluated = 0;
  const Row<double> values = network.values(observations, uniform_numbers(4, 20, generator), tape);
  CHECK(Counting::evaluated == 5);
  CHECK(values(19) == observations.col(4).sum());
}

TEMPLATE_TEST_CASE("The gradient of a finite Q is that of finite differences, and is added", "[finite_q]", Mlp<double>,
                   Table<double>) {
  Generator generator(3);
  FiniteQ<TestType> network = drawn<TestType>(generator);
  const Matrix<double> observations = normal_matrix(3, 2, generator);
  typename FiniteQ<TestType>::Tape tape;
  // One action per state, and three with one of them twice: both count.
  for (const ActionIndices& actions : {ActionIndices{{2, 0}}, ActionIndices{{1, 3, 1, 0, 2, 2}}}) {
    const Row<double> adjoint = normal_row(actions.size(), generator);
    const auto loss = [&] { return (network.values(observations, actions, tape) * adjoint).sum(); };
    loss();
    Vector<double> gradient = Vector<double>::Ones(network.parameters().size());
    network.backward(observations, actions, tape, adjoint, gradient);
    const Vector<double> added = gradient.array() - 1;
    CHECK(added.norm() > 0.1);
    CHECK(difference(added, numeric_gradient(network.parameters(), loss)) < 1e-7);
  }
}

TEST_CASE("An ensemble of finite Qs values and steps as its members do, and has no gradient of actions", "[finite_q]") {
  STATIC_REQUIRE_FALSE(has_action_gradient<Ensemble<TabularQ<double>>>);
  STATIC_REQUIRE(has_action_gradient<Ensemble<MlpQ<double>>>);
  Generator generator(4);
  const std::vector<TabularQ<double>> members{drawn<Table<double>>(generator), drawn<Table<double>>(generator)};
  Ensemble<TabularQ<double>> critics(members, gradient_descent(0.1));
  const Matrix<double> observations = normal_matrix(3, 2, generator);
  const ActionIndices actions{{1, 3, 1, 0, 2, 2}};
  const Matrix<double> adjoint = normal_matrix(2, 6, generator);
  Ensemble<TabularQ<double>>::Tape tape;
  const Matrix<double> values = critics.values(Net::online, observations, actions, tape);
  critics.backward(observations, actions, tape, adjoint);
  critics.step();
  TabularQ<double>::Tape own;
  for (Index i = 0; i < 2; ++i) {
    const TabularQ<double>& network = members[static_cast<std::size_t>(i)];
    CHECK((network.values(observations, actions, own).matrix() == values.row(i)));
    Vector<double> gradient = Vector<double>::Zero(network.parameters().size());
    const Row<double> own_adjoint = adjoint.row(i).array();
    network.backward(observations, actions, own, own_adjoint, gradient);
    const Vector<double> expected = network.parameters() - 0.1 * gradient;
    CHECK(difference(critics.member(Net::online, i).parameters(), expected) < 1e-11);
    CHECK(critics.member(Net::target, i).parameters() == network.parameters());
  }
}

TEST_CASE("A finite Q is a function of its generator and its configuration, and refuses impossible sizes",
          "[finite_q]") {
  Generator generator(5);
  Generator same(5);
  const MlpFiniteQ<double> network({.hidden = {4}}, sizes, generator);
  CHECK(network.parameters() == MlpFiniteQ<double>({.hidden = {4}}, sizes, same).parameters());
  CHECK(network.config().hidden == std::vector<Index>{4});
  CHECK((TabularQ<double>({.initial = 3}, sizes, generator).parameters().array() == 3).all());
  CHECK_THROWS_WITH(MlpFiniteQ<double>({.hidden = {0}}, sizes, generator),
                    Contains("each of hidden must be at least 1"));
  CHECK_THROWS_AS(TabularQ<double>({}, {.observation = 3, .action = 0}, generator), ConfigError);
  TabularQ<double>::Tape tape;
  CHECK_THROWS_AS(TabularQ<double>({}, sizes, generator).values(Matrix<double>::Ones(2, 1), ActionIndices{{0}}, tape),
                  DataError);
}

}  // namespace finite_q_test
