/// \file
/// Tests the divergences of policies over finite actions, which are exact sums.
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/divergences/kullback_leibler.hpp"
#include "holdfast/divergences/unsupported.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/categorical.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace finite_divergences_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using C = NoCritics<double, ActionIndices>;
using ProposalType = Proposal<double, ActionIndices>;

// A policy and a behavior policy with given probabilities (A×S) in one-hot states.
template <class Divergence>
struct Tables {
  using P = TabularCategorical<double>;

  Tables(const Divergence& config, const Matrix<double>& policy_table, const Matrix<double>& behavior_table)
      : sizes{.observation = policy_table.cols(), .action = policy_table.rows()},
        policy({}, sizes, generator),
        batch(random_batch<double, ActionIndices>(sizes, sizes.observation, generator)),
        state(config, policy, sizes, generator) {
    policy.parameters() = policy_table.array().log().matrix().reshaped();
    state.behavior().parameters() = behavior_table.array().log().matrix().reshaped();
  }

  Row<double> distances() {
    const Matrix<double> states = Matrix<double>::Identity(sizes.observation, sizes.observation);
    Context<P, C> context{batch, policy, critics, generator, 0, 1};
    P::Tape tape;
    ProposalType proposal;
    policy.propose(states, 1, generator, tape, proposal);
    Row<double> out;
    state.values(context, states, proposal, out);
    return out;
  }

  Generator generator{1};
  Sizes sizes;
  P policy;
  C critics;
  Batch<double, ActionIndices> batch;
  typename Divergence::template State<P, C> state;
};

// Three states: the same probabilities as in the data, another ranking, and nearly all probability on one action.
const Matrix<double> policy_table{{0.5, 0.1, 0.97}, {0.25, 0.2, 0.01}, {0.125, 0.3, 0.01}, {0.125, 0.4, 0.01}};
const Matrix<double> behavior_table{{0.5, 0.6, 0.01}, {0.25, 0.3, 0.01}, {0.125, 0.06, 0.97}, {0.125, 0.04, 0.01}};

// Networks, and the divergence of one from a clone of the data.
template <class Divergence>
struct Networks {
  using P = MlpCategorical<double>;
  static constexpr Sizes sizes{.observation = 3, .action = 4};

  Generator generator{2, Stream::initialization};
  P policy = drawn(generator);
  C critics;
  Batch<double, ActionIndices> batch = random_batch<double, ActionIndices>(sizes, 5, generator);
  Context<P, C> context{batch, policy, critics, generator, 0, 1};
  typename Divergence::template State<P, C> state{config(), policy, sizes, generator};

  Networks() { state.behavior() = drawn(generator); }

  static Divergence config() {
    if constexpr (std::same_as<Divergence, Unsupported>)
      return {.threshold = 0.2};
    else
      return {};
  }
  static P drawn(Generator& from) {
    P policy({.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, from);
    from.fill_normal(policy.parameters());
    return policy;
  }

  // Returns the gradient that `backward` adds to, starting from `start`.
  ProposalType backward(const ProposalType& proposal, const Row<double>& adjoint, double start) {
    ProposalType out;
    out.per_state = proposal.per_state;
    out.log_probs.setConstant(proposal.log_probs.size(), start);
    out.weights.setConstant(proposal.weights.size(), start);
    state.backward(proposal, adjoint, out);
    return out;
  }
};

}  // namespace

TEST_CASE("The divergence of two categorical policies is Σ π (log π − log β) over the actions", "[kl]") {
  Tables<KullbackLeibler> parts({}, policy_table, behavior_table);
  const Row<double> found = parts.distances();
  REQUIRE(found.size() == 3);
  CHECK(std::abs(found(0)) < 1e-15);
  CHECK(std::abs(found(1) -
                 (0.1 * std::log(1. / 6) + 0.2 * std::log(2. / 3) + 0.3 * std::log(5) + 0.4 * std::log(10))) < 1e-14);
  CHECK(std::abs(found(2) - 0.96 * std::log(97)) < 1e-14);
  // The divergence is not symmetric.
  const Row<double> back = Tables<KullbackLeibler>({}, behavior_table, policy_table).distances();
  CHECK(std::abs(back(1) - found(1)) > 0.1);
  CHECK(back.minCoeff() > -1e-15);
}

TEST_CASE("What lies outside the support is the policy's weight on what the data rarely does", "[unsupported]") {
  const auto outside = [](double threshold) {
    return Tables<Unsupported>({.threshold = threshold}, policy_table, behavior_table).distances();
  };
  CHECK(difference(outside(0.05), Row<double>{{0, 0.4, 0.99}}) < 1e-14);
  CHECK(difference(outside(0.2), Row<double>{{0.25, 0.7, 0.99}}) < 1e-14);
  CHECK(difference(outside(0.4), Row<double>{{0.5, 0.9, 0.99}}) < 1e-14);
  CHECK((outside(0) == 0).all());
  CHECK(difference(outside(1), Row<double>{{1, 1, 1}}) < 1e-14);
}

TEST_CASE("A policy that does only what the data often does is not outside at all", "[unsupported]") {
  // Its actions have probability zero up to rounding: exp(−800) is at most the smallest normal number.
  Tables<Unsupported> parts({}, policy_table, behavior_table);
  parts.policy.parameters() = Matrix<double>{{0, 0, -800}, {0, 0, -800}, {0, 0, 0}, {0, -800, -800}}.reshaped();
  CHECK(parts.distances().maxCoeff() < 1e-300);
}

TEMPLATE_TEST_CASE("A finite divergence's gradient with respect to the policy is that of finite differences",
                   "[divergence]", KullbackLeibler, Unsupported) {
  Networks<TestType> parts;
  const Row<double> adjoint = normal_row(5, parts.generator);
  MlpCategorical<double>::Tape tape;
  ProposalType proposal;
  const auto loss = [&] {
    parts.policy.propose(parts.batch.observations, 1, parts.generator, tape, proposal);
    Row<double> out;
    parts.state.values(parts.context, parts.batch.observations, proposal, out);
    return (adjoint * out).sum();
  };
  loss();
  const ProposalType out = parts.backward(proposal, adjoint, 0);
  Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
  parts.policy.backward(parts.batch.observations, tape, proposal, out, gradient);
  CHECK(gradient.norm() > 0.1);
  CHECK(difference(gradient, numeric_gradient(parts.policy.parameters(), loss)) < 1e-8);
}

TEMPLATE_TEST_CASE("A finite divergence's gradient is that of each action's weight and log-probability", "[divergence]",
                   KullbackLeibler, Unsupported) {
  // For a softmax, the part of the log-probabilities sums to zero, so that the policy's parameters do not show it.
  Networks<TestType> parts;
  const Row<double> adjoint = normal_row(5, parts.generator);
  MlpCategorical<double>::Tape tape;
  ProposalType proposal;
  parts.policy.propose(parts.batch.observations, 1, parts.generator, tape, proposal);
  const auto loss = [&] {
    Row<double> out;
    parts.state.values(parts.context, parts.batch.observations, proposal, out);
    return (adjoint * out).sum();
  };
  loss();
  const ProposalType out = parts.backward(proposal, adjoint, 0);
  CHECK(difference(out.weights, numeric_gradient(proposal.weights, loss)) < 1e-8);
  CHECK(difference(out.log_probs, numeric_gradient(proposal.log_probs, loss)) < 1e-8);
}

TEMPLATE_TEST_CASE("A finite divergence's gradient is linear in the adjoint, and added to what there is",
                   "[divergence]", KullbackLeibler, Unsupported) {
  Networks<TestType> parts;
  MlpCategorical<double>::Tape tape;
  ProposalType proposal;
  parts.policy.propose(parts.batch.observations, 1, parts.generator, tape, proposal);
  Row<double> values;
  parts.state.values(parts.context, parts.batch.observations, proposal, values);
  const Row<double> adjoint = normal_row(5, parts.generator);
  const ProposalType once = parts.backward(proposal, adjoint, 0);
  const ProposalType thrice = parts.backward(proposal, 3 * adjoint, 2);
  CHECK(difference(thrice.weights, (3 * once.weights + 2).eval()) < 1e-14);
  CHECK(difference(thrice.log_probs, (3 * once.log_probs + 2).eval()) < 1e-14);
}

TEST_CASE("What is supported comes from the data: an action that it takes comes in, another goes out",
          "[unsupported]") {
  using P = TabularCategorical<double>;
  constexpr Sizes one{.observation = 1, .action = 3};
  Generator generator(3);
  const P policy({}, one, generator);
  C critics;
  Batch<double, ActionIndices> batch = random_batch<double, ActionIndices>(one, 4, generator);
  batch.observations.setOnes();
  batch.actions = ActionIndices{{1, 1, 2, 1}};
  Context<P, C> context{batch, policy, critics, generator, 0, 1};
  Unsupported::State<P, C> state({.threshold = 0.1, .behavior_optimizer = gradient_descent(1)}, policy, one, generator);
  P::Tape tape;
  ProposalType proposal;
  policy.propose(Matrix<double>::Ones(1, 1), 1, generator, tape, proposal);
  const auto outside = [&] {
    Row<double> out;
    state.values(context, Matrix<double>::Ones(1, 1), proposal, out);
    return out(0);
  };
  CHECK(outside() == 0);  // the behavior starts as the uniform policy
  state.behavior().parameters() << 0, 0, -10;
  CHECK(std::abs(outside() - 1. / 3) < 1e-15);
  for (int i = 0; i < 100; ++i) state.prepare(context);
  CHECK(std::abs(outside() - 1. / 3) < 1e-15);  // now it is action 0
  const ProposalType out = [&] {
    ProposalType adjoint;
    adjoint.log_probs.setZero(3);
    adjoint.weights.setZero(3);
    state.backward(proposal, Row<double>::Ones(1), adjoint);
    return adjoint;
  }();
  CHECK((out.weights == Row<double>{{1, 0, 0}}).all());
  CHECK((out.log_probs == 0).all());
}

TEST_CASE("The share outside the support refuses hyper-parameters out of range, by name", "[unsupported]") {
  CHECK(Unsupported{}.threshold == 0.05);
  CHECK_NOTHROW(check_fields(Unsupported{}));
  CHECK_THROWS_WITH(check_fields(Unsupported{.threshold = 1.5}), Contains("threshold must be in [0, 1], but is 1.5"));
  CHECK_THROWS_WITH(check_fields(Unsupported{.threshold = -0.1}), Contains("threshold must be in [0, 1]"));
  CHECK_THROWS_WITH(check_fields(Unsupported{.behavior_optimizer = {.learning_rate = 0}}),
                    Contains("behavior_optimizer.learning_rate must be positive"));
}

}  // namespace finite_divergences_test
