#include "holdfast/values/expectile.hpp"

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"
#include "values/rule_fixture.hpp"

namespace expectile_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = Gaussian<double>;
using C = Ensemble<MlpQ<double>>;
using Rule = Expectile<MlpV<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};

// A user's own V: the same everywhere.
class ConstantV {
 public:
  using Scalar = double;
  struct Tape {
    Row<double> values;
  };

  ConstantV(NoConfig, Sizes, Generator&) : parameters_(Vector<double>::Zero(1)) {}
  [[nodiscard]] Vector<double>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<double>& parameters() const { return parameters_; }
  const Row<double>& values(const Matrix<double>& observations, Tape& tape) const {
    return tape.values = Row<double>::Constant(observations.cols(), parameters_(0));
  }
  void backward(const Matrix<double>&, Tape&, const Row<double>& adjoint, Vector<double>& gradient) const {
    gradient(0) += adjoint.sum();
  }

 private:
  Vector<double> parameters_;
};

struct Parts {
  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}}}, sizes, generator};
  C critics{{.network = {.hidden = {6}}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, 7, generator);
  Generator noise{2};
  Context<P, C> context{batch, policy, critics, noise, 0, 1};

  Parts() {  // gives the targets values of their own
    for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::target, i).parameters());
  }

  [[nodiscard]] Row<double> least_target() const {
    MlpQ<double>::Tape tape;
    const Row<double> first = critics.member(Net::target, 0).values(batch.observations, batch.actions, tape);
    return first.min(critics.member(Net::target, 1).values(batch.observations, batch.actions, tape));
  }
};

// Returns the V of a constant in a state in which the target critics say 0 and 1, each for half of the batch.
double expectile_of_zero_and_one(double expectile) {
  Generator generator(3);
  constexpr Sizes one{.observation = 1, .action = 1};
  const P policy({.network = {.hidden = {}}}, one, generator);
  C critics({.network = {.hidden = {}}}, one, generator);
  for (Index i = 0; i < 2; ++i) critics.member(Net::target, i).parameters() << 0, 1, 0;  // Q̄ = a
  Batch<double> batch = random_batch(one, 4, generator);
  batch.actions << 0, 1, 1, 0;
  Context<P, C> context{batch, policy, critics, generator, 0, 1};
  double value = 0;
  double rate = 0.1;
  Generator unused(1);
  for (int stage = 0; stage < 4; ++stage, rate /= 10) {
    Expectile<ConstantV>::State<P, C> rule({.expectile = expectile, .optimizer = {.learning_rate = rate}}, policy,
                                           critics, one, unused);
    rule.network().parameters()(0) = value;
    for (int i = 0; i < 300; ++i) rule.prepare(context);
    value = rule.network().parameters()(0);
  }
  return value;
}

}  // namespace

TEST_CASE("The expectile loss weighs what is above by τ and what is below by 1 − τ", "[expectile]") {
  const Row<double> u = (Row<double>(4) << 2, -3, 0, 0.5).finished();
  Row<double> slope;
  CHECK(std::abs(expectile_loss(0.7, u, slope) - (0.7 * 4 + 0.3 * 9 + 0.7 * 0.25) / 4) < 1e-15);
  CHECK(std::abs(slope(0) - 2 * 0.7 * 2 / 4) < 1e-15);
  CHECK(std::abs(slope(1) + 2 * 0.3 * 3 / 4) < 1e-15);
  CHECK(slope(2) == 0);
  // τ = ½ is half the mean squared error, whose slope is u / B.
  CHECK(std::abs(expectile_loss(0.5, u, slope) - u.square().mean() / 2) < 1e-15);
  CHECK(difference(slope, (u / 4).eval()) < 1e-15);

  Generator generator(4);
  Row<double> random = normal_row(9, generator);
  for (const double expectile : {0.1, 0.5, 0.9}) {
    const auto loss = [&] {
      Row<double> unused;
      return expectile_loss(expectile, random, unused);
    };
    expectile_loss(expectile, random, slope);
    CHECK(difference(slope, numeric_gradient(random, loss)) < 1e-7);
  }
}

TEST_CASE("The τ-expectile of zero and one in equal parts is τ, and V finds it", "[expectile]") {
  for (const double expectile : {0.5, 0.7, 0.9})
    CHECK(std::abs(expectile_of_zero_and_one(expectile) - expectile) < 1e-3);
}

TEST_CASE("V takes one step of Adam on the expectile loss of the least target critic", "[expectile]") {
  Parts parts;
  Rule::State<P, C> rule({.expectile = 0.8, .network = {.hidden = {4}}, .optimizer = {.learning_rate = 1e-3}},
                         parts.policy, parts.critics, sizes, parts.generator);
  const Vector<double> before = rule.network().parameters();
  MlpV<double> network = rule.network();
  MlpV<double>::Tape tape;
  Row<double> unused;
  const Row<double> q = parts.least_target();
  const auto loss = [&] {
    const Row<double> u = q - network.values(parts.batch.observations, tape);
    return expectile_loss(0.8, u, unused);
  };
  const double expected = loss();
  const Vector<double> gradient = numeric_gradient(network.parameters(), loss);
  rule.prepare(parts.context);
  CHECK(std::abs(figure(rule, "value_loss") - expected) < 1e-14);
  const Vector<double> moved = rule.network().parameters() - before;
  // Adam's first step is the learning rate against the sign of the gradient, if the gradient is not 0.
  const Vector<double> signs = (gradient.array().abs() > 1e-4).select(gradient.cwiseSign(), 0);
  CHECK(signs.cwiseAbs().sum() > 10);
  for (Index i = 0; i < signs.size(); ++i)
    if (signs(i) != 0) CHECK(std::abs(moved(i) + 1e-3 * signs(i)) < 1e-6);
}

TEST_CASE("The backup uses the new V, the advantage the new V and the target critics of before", "[expectile]") {
  Parts parts;
  Rule::State<P, C> rule({.network = {.hidden = {4}}}, parts.policy, parts.critics, sizes, parts.generator);
  rule.prepare(parts.context);
  MlpV<double>::Tape tape;
  const MlpV<double> network = rule.network();
  Row<double> out;
  for (const Net net : {Net::online, Net::target}) {
    rule.values(parts.context, Side::next, net, out);
    CHECK((out == network.values(parts.batch.next_observations, tape)).all());
  }
  rule.values(parts.context, Side::current, Net::target, out);
  CHECK((out == network.values(parts.batch.observations, tape)).all());
  const Row<double> expected = parts.least_target() - network.values(parts.batch.observations, tape);
  rule.advantage(parts.context, out);
  CHECK(difference(out, expected) < 1e-14);
}

TEST_CASE("The expectile rule never asks the policy", "[expectile]") {
  Parts parts;
  Rule::State<P, C> rule({.network = {.hidden = {4}}}, parts.policy, parts.critics, sizes, parts.generator);
  const Generator::State before = parts.noise.state();
  Row<double> out;
  rule.prepare(parts.context);
  rule.values(parts.context, Side::next, Net::target, out);
  rule.advantage(parts.context, out);
  CHECK(parts.noise.state() == before);
}

TEST_CASE("Over finite actions V is fitted to the data's own alone, and the advantage is theirs", "[expectile]") {
  using Finite = FiniteRuleFixture;
  Finite parts;
  auto rule = parts.state(Rule{.expectile = 0.9, .network = {.hidden = {4}}});
  const Batch<double, ActionIndices>& batch = parts.batch;
  Row<double> q(batch.size());
  for (Index b = 0; b < batch.size(); ++b)
    q(b) = parts.q(Net::target, batch.observations.col(b), batch.actions.col(b)).minCoeff();
  MlpV<double>::Tape tape;
  const Row<double> before = q - rule.network().values(batch.observations, tape);
  double expected = 0;
  for (Index b = 0; b < batch.size(); ++b) expected += (before(b) < 0 ? 0.1 : 0.9) * before(b) * before(b) / 5;
  rule.prepare(parts.context);
  CHECK(std::abs(figure(rule, "value_loss") - expected) < 1e-13 * expected);
  const Row<double> after = q - rule.network().values(batch.observations, tape);
  Row<double> out;
  rule.advantage(parts.context, out);
  CHECK(difference(out, after) < 1e-14);
  CHECK((after != before).all());
  CHECK(parts.noise.state() == Generator(2).state());
}

TEST_CASE("A table of V goes to the expectile of the data's actions in each state", "[expectile]") {
  // There are two states; the data's actions are worth 0 and 1 in the first, and −2 and 4 in the second. The third
  // action of each state, which the data never takes, would be worth 1000.
  using Pi = TabularCategorical<double>;
  using Q = Ensemble<TabularQ<double>>;
  constexpr Sizes two{.observation = 2, .action = 3};
  Generator generator(4);
  const Pi policy({}, two, generator);
  Q critics({}, two, generator);
  for (Index i = 0; i < 2; ++i)
    critics.member(Net::target, i).parameters() = Matrix<double>{{0, 4}, {1, -2}, {1000, 1000}}.reshaped();
  Batch<double, ActionIndices> batch = random_batch<double, ActionIndices>(two, 4, generator);
  batch.observations = Matrix<double>{{1, 0, 1, 0}, {0, 1, 0, 1}};
  batch.actions = ActionIndices{{0, 0, 1, 1}};
  Context<Pi, Q> context{batch, policy, critics, generator, 0, 1};
  for (const double expectile : {0.5, 0.8}) {
    Expectile<TabularV<double>>::State<Pi, Q> rule({.expectile = expectile, .optimizer = gradient_descent(1)}, policy,
                                                   critics, two, generator);
    for (int i = 0; i < 200; ++i) rule.prepare(context);
    // For two equally frequent values, it is τ of the way from the lower to the higher one.
    const Vector<double>& v = rule.network().parameters();
    CHECK(std::abs(v(0) - expectile) < 1e-12);
    CHECK(std::abs(v(1) - (-2 + 6 * expectile)) < 1e-12);
  }
}

TEST_CASE("An expectile rule refuses hyper-parameters out of range, by name", "[expectile]") {
  CHECK_NOTHROW(check_fields(Rule{}));
  CHECK_THROWS_WITH(check_fields(Rule{.expectile = 0}), Contains("expectile must be in (0, 1), but is 0"));
  CHECK_THROWS_WITH(check_fields(Rule{.expectile = 1}), Contains("expectile must be in (0, 1), but is 1"));
  CHECK_THROWS_WITH(check_fields(Rule{.network = {.hidden = {0}}}), Contains("each of network.hidden"));
  CHECK_THROWS_WITH(check_fields(Rule{.optimizer = {.learning_rate = 0}}), Contains("optimizer.learning_rate"));
}

}  // namespace expectile_test
