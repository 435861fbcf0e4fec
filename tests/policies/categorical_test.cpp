#include "holdfast/policies/categorical.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/finite_difference.hpp"
#include "support/policy_gradients.hpp"
#include "support/random_data.hpp"

namespace categorical_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsPolicy<MlpCategorical<float>> && IsPolicy<TabularCategorical<double>>);
static_assert(requirements::scores_proposals<TabularCategorical<double>>);

namespace {

constexpr Sizes sizes{.observation = 3, .action = 4};
using ProposalType = Proposal<double, ActionIndices>;

MlpCategorical<double> network(Generator& generator) {
  MlpCategorical<double> policy({.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator);
  generator.fill_normal(policy.parameters());
  return policy;
}

// Returns the policy with the given logits (A×S) of one-hot states.
TabularCategorical<double> table(const Matrix<double>& logits) {
  Generator unused(1);
  TabularCategorical<double> policy({}, {.observation = logits.cols(), .action = logits.rows()}, unused);
  policy.parameters() = logits.reshaped();
  return policy;
}

template <class Policy>
ProposalType proposed(const Policy& policy, const Matrix<double>& observations, Index per_state = 1) {
  Generator generator(2);
  typename Policy::Tape tape;
  ProposalType proposal;
  policy.propose(observations, per_state, generator, tape, proposal);
  CHECK(generator.state() == Generator(2).state());  // nothing is drawn
  return proposal;
}

// Returns the error of `backward` for a random linear function of log-probabilities and weights. The gradient starts at
// 1.
template <class Policy>
double gradient_error(Policy policy, const Matrix<double>& observations) {
  Generator generator(21);
  typename Policy::Tape tape;
  ProposalType proposal;
  ProposalType adjoint;
  const Index count = policy.action_size() * observations.cols();
  adjoint.per_state = policy.action_size();
  adjoint.log_probs = normal_row(count, generator);
  adjoint.weights = normal_row(count, generator);
  const auto loss = [&] {
    policy.propose(observations, 1, generator, tape, proposal);
    return (proposal.log_probs * adjoint.log_probs + proposal.weights * adjoint.weights).sum();
  };
  loss();
  Vector<double> gradient = Vector<double>::Ones(policy.parameters().size());
  policy.backward(observations, tape, proposal, adjoint, gradient);
  const Vector<double> added = gradient.array() - 1;
  CHECK(added.norm() > 0.1);
  return difference(added, numeric_gradient(policy.parameters(), loss));
}

}  // namespace

TEST_CASE("A categorical policy proposes every action with its probability", "[categorical]") {
  Generator generator(3);
  const MlpCategorical<double> policy = network(generator);
  CHECK(policy.action_size() == 4);
  CHECK(policy.observation_size() == 3);
  const Matrix<double> observations = normal_matrix(3, 5, generator);
  const Mlp<double> function(3, 4, policy.config().network);
  Mlp<double>::Tape tape;
  const Matrix<double> logits = function.forward(policy.parameters().data(), observations, tape);
  for (const Index asked : {1, 4, 9}) {
    const ProposalType proposal = proposed(policy, observations, asked);
    REQUIRE(proposal.per_state == 4);
    REQUIRE(proposal.states() == 5);
    CHECK(proposal.unsquashed.size() == 0);
    for (Index i = 0; i < 20; ++i) {
      CHECK(proposal.actions(i) == i % 4);
      const double probability = std::exp(logits(i % 4, i / 4)) / logits.col(i / 4).array().exp().sum();
      CHECK(std::abs(proposal.weights(i) - probability) < 1e-14);
      CHECK(std::abs(proposal.log_probs(i) - std::log(probability)) < 1e-13);
    }
    for (Index state = 0; state < 5; ++state) CHECK(std::abs(proposal.weights.segment(4 * state, 4).sum() - 1) < 1e-15);
  }
}

TEST_CASE("Logits of a thousand give exact log-probabilities", "[categorical]") {
  const double third = -std::log(3);
  const TabularCategorical<double> policy = table(Matrix<double>{{1000, -1000, 1000, 0},  //
                                                                 {0, -1000, 1000, -1000},
                                                                 {-1000, -1000, 1000, 1}});
  const ProposalType proposal = proposed(policy, Matrix<double>::Identity(4, 4));
  const double e = std::exp(1);
  const Row<double> expected{{0, -1000, -2000, third, third, third, third, third, third, -std::log1p(e),
                              -1000 - std::log1p(e), 1 - std::log1p(e)}};
  CHECK((proposal.log_probs - expected).abs().maxCoeff() < 1e-12);
  CHECK(proposal.weights(0) == 1);
  CHECK(proposal.weights(2) < 1e-300);  // a vectorized exponential does not go below the smallest normal number
  CHECK((proposal.weights.segment(3, 6) - 1. / 3).abs().maxCoeff() < 1e-12);
  for (Index state = 0; state < 4; ++state) CHECK(std::abs(proposal.weights.segment(3 * state, 3).sum() - 1) < 1e-12);
}

TEST_CASE("Probabilities sum to one however large the logits, in single precision too", "[categorical]") {
  Generator unused(1);
  TabularCategorical<float> policy({}, {.observation = 1, .action = 3}, unused);
  TabularCategorical<float>::Tape tape;
  Proposal<float, ActionIndices> proposal;
  for (const float size : {1e4F, 1e6F, 3e7F, -3e7F}) {
    CAPTURE(size);
    policy.parameters() << size, size, size - 1000;
    policy.propose(Matrix<float>::Ones(1, 1), 1, unused, tape, proposal);
    CHECK(std::abs(proposal.weights.sum() - 1) < 1e-6F);
    CHECK(std::abs(proposal.log_probs(0) + std::log(2.0F)) < 1e-6F);
  }
}

TEST_CASE("The gradient of log-probabilities and weights is that of finite differences, and is added",
          "[categorical]") {
  Generator generator(4);
  CHECK(gradient_error(network(generator), normal_matrix(3, 5, generator)) < 1e-7);
  CHECK(gradient_error(table(normal_matrix(4, 3, generator)), Matrix<double>::Identity(3, 3)) < 1e-7);
}

TEST_CASE("A categorical policy clones by the weighted likelihood, and its gradient is that of finite differences",
          "[categorical]") {
  Generator generator(5);
  const MlpCategorical<double> policy = network(generator);
  const Matrix<double> observations = normal_matrix(3, 6, generator);
  const ActionIndices actions{{3, 0, 0, 2, 1, 3}};
  CHECK(clone_gradient_error(policy, observations, actions) < 1e-7);

  const Row<double> weights = normal_row(6, generator).abs();
  MlpCategorical<double>::Tape tape;
  Vector<double> gradient = Vector<double>::Zero(policy.parameters().size());
  const double loss = policy.cloning_loss(observations, actions, weights, generator, tape, gradient);
  CHECK(std::abs(loss + (weights * policy.log_prob(observations, actions, tape)).mean()) < 1e-15);
}

TEST_CASE("The log-probabilities of given actions are those of the proposal", "[categorical]") {
  Generator generator(6);
  const MlpCategorical<double> policy = network(generator);
  const Matrix<double> observations = normal_matrix(3, 5, generator);
  const ProposalType all = proposed(policy, observations);
  MlpCategorical<double>::Tape tape;
  const ActionIndices one{{3, 0, 0, 2, 1}};
  const Row<double> log_probs = policy.log_prob(observations, one, tape);
  REQUIRE(log_probs.size() == 5);
  for (Index i = 0; i < 5; ++i) CHECK(log_probs(i) == all.log_probs(4 * i + one(i)));

  ProposalType others;  // three per state, some twice
  others.per_state = 3;
  others.actions = uniform_numbers(4, 15, generator);
  others.log_probs.setZero(15);
  const Row<double> given = policy.log_prob_of(observations, others, tape);
  REQUIRE(given.size() == 15);
  for (Index i = 0; i < 15; ++i) CHECK(given(i) == all.log_probs(4 * (i / 3) + others.actions(i)));

  ProposalType out;
  out.log_probs.setOnes(15);
  out.weights.setOnes(15);
  policy.log_prob_gradient(tape, others, Row<double>::Ones(15), out);
  CHECK((out.log_probs == 1).all());
  CHECK((out.weights == 1).all());
  CHECK(out.actions.size() == 0);
}

TEST_CASE("Actions that are not as many for each observation are refused", "[categorical]") {
  const auto policy = table(Matrix<double>::Zero(3, 2));
  TabularCategorical<double>::Tape tape;
  CHECK_THROWS_WITH(policy.log_prob(Matrix<double>::Identity(2, 2), ActionIndices{{0, 1, 2}}, tape),
                    Contains("actions: expected as many for each of 2 observations, found 3"));
}

TEST_CASE("The mode is the most likely action, the first of equals", "[categorical]") {
  const TabularCategorical<double> policy = table(Matrix<double>{{0, 1, -4, 1000},  //
                                                                 {0, 3, -5, -1000},
                                                                 {0, 3, -1, 1000}});
  TabularCategorical<double>::Tape tape;
  ActionIndices actions;
  policy.mode(Matrix<double>::Identity(4, 4), tape, actions);
  CHECK(actions == ActionIndices{{0, 1, 2, 0}});
}

TEST_CASE("A categorical policy is a function of its generator and its configuration, and refuses impossible sizes",
          "[categorical]") {
  Generator generator(7);
  Generator same(7);
  const MlpCategorical<double>::Config config{.network = {.hidden = {4}}};
  const MlpCategorical<double> policy(config, sizes, generator);
  CHECK(policy.config().network.hidden == config.network.hidden);
  CHECK(policy.parameters() == MlpCategorical<double>(config, sizes, same).parameters());
  CHECK_THROWS_WITH(MlpCategorical<double>({.network = {.hidden = {0}}}, sizes, generator),
                    Contains("each of hidden must be at least 1"));
  CHECK_THROWS_AS(TabularCategorical<double>({}, {.observation = 3, .action = 0}, generator), ConfigError);
  CHECK_THROWS_AS(proposed(policy, Matrix<double>::Ones(2, 1)), DataError);
}

}  // namespace categorical_test
