#include "holdfast/policies/deterministic.hpp"

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/policy_gradients.hpp"

namespace deterministic_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsPolicy<Deterministic<float>> && IsPolicy<Deterministic<double>>);

namespace {

Deterministic<double> random_policy(std::vector<Index> hidden) {
  Generator generator(2);
  Deterministic<double> policy({.network = {.hidden = std::move(hidden)}}, {3, 2}, generator);
  policy.parameters() = 0.5 * normal_matrix(policy.parameters().size(), 1, generator);
  return policy;
}

}  // namespace

TEST_CASE("A deterministic policy proposes its one action as often as asked", "[deterministic]") {
  const auto policy = random_policy({});
  Generator generator(3);
  const Matrix<double> observations = normal_matrix(3, 4, generator);
  const Eigen::Map<const Matrix<double>> weight(policy.parameters().data(), 2, 3);
  const Matrix<double> expected =
      ((weight * observations).colwise() + policy.parameters().tail(2)).array().tanh().matrix();
  Deterministic<double>::Tape tape;
  Matrix<double> mode;
  policy.mode(observations, tape, mode);
  CHECK(difference(mode, expected) < 1e-15);

  const Generator::State before = generator.state();
  Proposal<double> proposal;
  policy.propose(observations, 3, generator, tape, proposal);
  REQUIRE(proposal.actions.cols() == 12);
  for (Index i = 0; i < 12; ++i) CHECK(proposal.actions.col(i) == mode.col(i / 3));
  CHECK((proposal.log_probs == 0).all());
  CHECK((proposal.weights == 1. / 3).all());
  CHECK(generator.state() == before);
}

TEST_CASE("The gradients of actions and of cloning are those of finite differences", "[deterministic]") {
  for (const auto& hidden : {std::vector<Index>{}, {5, 4}}) {
    Generator generator(4);
    const Matrix<double> observations = normal_matrix(3, 4, generator);
    for (const Index per_state : {1, 3})
      CHECK(proposal_gradient_error(random_policy(hidden), observations, per_state) < 1e-7);
    CHECK(clone_gradient_error(random_policy(hidden), observations, uniform_actions(2, 4, generator)) < 1e-7);
  }
}

TEST_CASE("Cloning is the mean squared error over batch and dimensions", "[deterministic]") {
  Generator generator(5);
  Deterministic<double> policy({.network = {.hidden = {}, .output_initializer = Initializer::zero}}, {1, 2}, generator);
  Deterministic<double>::Tape tape;
  Vector<double> gradient = Vector<double>::Zero(policy.parameters().size());
  Matrix<double> actions(2, 2);
  actions << 1, 2,  //
      3, 4;
  const Row<double> weights = (Row<double>(2) << 1, 0.5).finished();
  // The policy gives 0: ((1 + 9) + ½ (4 + 16)) / 4.
  CHECK(policy.cloning_loss(Matrix<double>::Ones(1, 2), actions, weights, generator, tape, gradient) == 5);
}

}  // namespace deterministic_test
