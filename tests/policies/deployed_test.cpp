#include "holdfast/policies/deployed.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/best_of.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/policies/distilled_flow.hpp"
#include "holdfast/policies/flow.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/allocations.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace deployed_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

const Normalization<double> normalization{Eigen::Vector3d(10, -20, 30), Eigen::Vector3d(2, 4, 0.5)};

template <class Policy>
DeployedPolicy<Policy> deployed() {
  Generator generator(1, Stream::initialization);
  if constexpr (requires { Policy({.network = {.hidden = {6}}}, {3, 2}, generator); })
    return {Policy({.network = {.hidden = {6}}}, {3, 2}, generator), normalization};
  else
    return {Policy({.network = {.width = 6}}, {3, 2}, generator), normalization};
}

/// Acts by one of ten draws of a diffusion.
struct ChosenDiffusion : BestOf<Diffusion<ResidualMlp<double>>, Ensemble<MlpQ<double>>> {
  using Inner = Diffusion<ResidualMlp<double>>;
  ChosenDiffusion(Inner::Config config, Sizes sizes, Generator& generator)
      : BestOf(Inner(config, sizes, generator), Ensemble<MlpQ<double>>({}, sizes, generator),
               {.samples = 10, .choice = DrawChoice::expectile, .critics = 2}) {}
};

Matrix<double> raw(const Matrix<double>& normal) {
  return (normal.array().colwise() * normalization.scale.array()).matrix().colwise() + normalization.mean;
}

}  // namespace

TEST_CASE("A deployed policy normalizes what it observes", "[deployed]") {
  auto acting = deployed<TanhGaussian<double>>();
  Generator generator(2);
  const Matrix<double> normal = normal_matrix(3, 5, generator);
  TanhGaussian<double>::Tape tape;
  Matrix<double> expected;
  Matrix<double> actions;
  acting.policy().mode(normal, tape, expected);
  CHECK((acting.act(raw(normal), Acting::mode, generator, actions) == 0).all());
  CHECK(difference(actions, expected) < 1e-12);

  Generator noise(3);
  Generator same(3);
  Proposal<double> proposal;
  acting.policy().propose(normal, 1, same, tape, proposal);
  const Row<double> log_probs = acting.act(raw(normal), Acting::sample, noise, actions);
  CHECK(difference(actions, proposal.actions) < 1e-12);
  CHECK(difference(log_probs, proposal.log_probs) < 1e-10);
}

TEST_CASE("One observation gives the action it gives in a batch", "[deployed]") {
  auto acting = deployed<Deterministic<double>>();
  Generator generator(4);
  const Matrix<double> observations = raw(normal_matrix(3, 6, generator));
  Matrix<double> actions;
  acting.act(observations, Acting::mode, generator, actions);
  Vector<double> action(2);
  for (Index i = 0; i < 6; ++i) {
    acting.act(observations.col(i), action);
    CHECK(difference(action, Vector<double>(actions.col(i))) < 1e-14);
  }
}

TEST_CASE("A float policy acts on double observations", "[deployed]") {
  Generator generator(5);
  DeployedPolicy<Deterministic<float>> acting(Deterministic<float>({.network = {.hidden = {}}}, {1, 1}, generator),
                                              {Vector<float>::Constant(1, 2), Vector<float>::Constant(1, 4)});
  const Vector<float> parameters = acting.policy().parameters();
  Vector<double> action(1);
  acting.act(Vector<double>::Constant(1, 10), action);
  CHECK(std::abs(action(0) - std::tanh(2. * double{parameters(0)} + double{parameters(1)})) < 1e-6);
}

TEST_CASE("A categorical policy that samples draws by probability, and tells the right one", "[deployed]") {
  constexpr Index draws = 20000;
  Generator generator(8, Stream::initialization);
  MlpCategorical<double> policy({.network = {.hidden = {6}}}, {3, 3}, generator);
  policy.parameters() *= 3;
  DeployedPolicy acting(policy, normalization);
  const Matrix<double> normal = normal_matrix(3, 1, generator);
  MlpCategorical<double>::Tape tape;
  Proposal<double, ActionIndices> proposal;
  policy.propose(normal, 1, generator, tape, proposal);
  CHECK(proposal.weights.minCoeff() < 0.25);  // not uniform

  ActionIndices actions;
  const Matrix<double> repeated = raw(normal).replicate(1, draws);
  const Row<double> log_probs = acting.act(repeated, Acting::sample, generator, actions);
  REQUIRE(actions.size() == draws);
  double chi_square = 0;
  for (Index action = 0; action < 3; ++action) {
    const auto expected = draws * proposal.weights(action);
    const auto count = static_cast<double>((actions.array() == action).count());
    chi_square += (count - expected) * (count - expected) / expected;
  }
  // With two degrees of freedom it is exceeded with probability e^−15: a false alarm in one of three million.
  CHECK(chi_square < 30);
  double error = 0;
  for (Index i = 0; i < draws; ++i) error = std::max(error, std::abs(log_probs(i) - proposal.log_probs(actions(i))));
  CHECK(error < 1e-10);
}

TEST_CASE("The mode of a categorical policy is deployed, and one observation gives its number", "[deployed]") {
  auto acting = deployed<MlpCategorical<double>>();
  Generator generator(9);
  const Matrix<double> normal = normal_matrix(3, 12, generator);
  MlpCategorical<double>::Tape tape;
  ActionIndices expected;
  ActionIndices actions;
  const Generator::State before = generator.state();
  acting.policy().mode(normal, tape, expected);
  CHECK(expected.minCoeff() == 0);
  CHECK(expected.maxCoeff() == 1);
  CHECK((acting.act(raw(normal), Acting::mode, generator, actions) == 0).all());
  CHECK(actions == expected);
  CHECK(generator.state() == before);
  Vector<double> action;
  for (Index i = 0; i < 12; ++i) {
    acting.act(raw(normal).col(i), action);
    REQUIRE(action.size() == 1);
    CHECK(action(0) == static_cast<double>(expected(i)));
  }
}

TEMPLATE_TEST_CASE("Called again with as many observations, acting allocates nothing", "[deployed]",
                   TanhGaussian<double>, MlpCategorical<double>, Diffusion<ResidualMlp<double>>, Diffusion<Mlp<double>>,
                   Flow<Mlp<double>>, DistilledFlow<Mlp<double>>, ChosenDiffusion) {
  auto acting = deployed<TestType>();
  Generator generator(6);
  const Matrix<double> observations = normal_matrix(3, 4, generator);
  const Vector<double> observation = observations.col(0);
  typename TestType::Actions actions;
  Vector<double> action(2);
  const auto again = [](auto act) {
    act();
    const long count = allocations_of(act);
    CHECK(count == 0);
  };
  again([&] { acting.act(observations, Acting::mode, generator, actions); });
  again([&] { acting.act(observations, Acting::sample, generator, actions); });
  again([&] { acting.act(observation, action); });
}

TEST_CASE("An observation that is not finite is refused, whose action would not show it", "[deployed]") {
  auto acting = deployed<Deterministic<double>>();
  Generator generator(7);
  Matrix<double> actions;
  Vector<double> action(2);
  Matrix<double> observations = Matrix<double>::Ones(3, 2);
  observations(1, 1) = std::nan("");
  CHECK_THROWS_WITH(acting.act(observations, Acting::mode, generator, actions),
                    Contains("observation 1: expected finite numbers, found ") && Contains("nan in feature 1"));
  CHECK_THROWS_AS(acting.act(observations, Acting::sample, generator, actions), DataError);
  CHECK_THROWS_WITH(acting.act(observations.col(1).eval(), action), Contains("observation 0: expected finite numbers"));
  CHECK_NOTHROW(acting.act(observations.col(0).eval(), action));
}

TEST_CASE("An observation of another size is refused", "[deployed]") {
  auto acting = deployed<Deterministic<double>>();
  Generator generator(7);
  Matrix<double> actions;
  Vector<double> action(2);
  CHECK_THROWS_AS(acting.act(Matrix<double>::Ones(4, 2), Acting::mode, generator, actions), DataError);
  CHECK_THROWS_AS(acting.act(Vector<double>::Ones(2), action), DataError);
}

TEST_CASE("A number that is none of the finite actions is refused, and so is another count", "[deployed]") {
  auto acting = deployed<MlpCategorical<double>>();
  const Matrix<double> observations = Matrix<double>::Ones(3, 3);
  const ActionIndices sound{{0, 1, 1}};
  CHECK(acting.log_prob(observations, sound).exp().maxCoeff() < 1);
  CHECK_THROWS_WITH(acting.log_prob(observations, ActionIndices{{0, 1, 2}}),
                    "actions: expected numbers from 0 to 1, found 2 in row 2; correct it, or the count of 2");
  CHECK_THROWS_AS(acting.log_prob(observations, ActionIndices{{0, -1, 1}}), DataError);
  CHECK_THROWS_AS(acting.log_prob(observations, ActionIndices{{0, 1}}), DataError);
  CHECK_THROWS_AS(acting.log_prob(observations, ActionIndices{{0, 1, 1, 0}}), DataError);

  auto continuous = deployed<TanhGaussian<double>>();
  CHECK_NOTHROW(continuous.log_prob(observations, Matrix<double>::Zero(2, 3)));
  CHECK_THROWS_AS(continuous.log_prob(observations, Matrix<double>::Zero(2, 2)), DataError);
  CHECK_THROWS_AS(continuous.log_prob(observations, Matrix<double>::Zero(3, 3)), DataError);
}

}  // namespace deployed_test
