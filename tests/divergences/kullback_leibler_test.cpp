#include "holdfast/divergences/kullback_leibler.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace kullback_leibler_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using C = NoCritics<double>;
constexpr Sizes sizes{.observation = 3, .action = 2};

template <class P>
struct Parts {
  Generator generator{1, Stream::initialization};
  P policy = drawn(generator);
  C critics;
  Batch<double> batch = random_batch(sizes, 4, generator);
  Generator noise{2};
  Context<P, C> context{batch, policy, critics, noise, 0, 1};
  KullbackLeibler::State<P, C> state{{.behavior_optimizer = {.learning_rate = 1e-2}}, policy, sizes, generator};

  static P drawn(Generator& from) {
    typename P::Config config;
    config.network = {.hidden = {5}, .activation = Activation::tanh};
    P policy(config, sizes, from);
    policy.parameters() = 0.5 * normal_matrix(policy.parameters().size(), 1, from);
    return policy;
  }

  // Makes the behavior different from the policy.
  void differ() { state.behavior() = drawn(generator); }
};

// μ and ln σ of a policy with two action features, in one state.
struct Normal {
  Eigen::Array2d mean;
  Eigen::Array2d log_std;
};

// Returns Σ_j ln(σ_q / σ_p) + (σ_p² + (μ_p − μ_q)²) / (2 σ_q²) − ½.
double closed_form(const Normal& p, const Normal& q) {
  return (q.log_std - p.log_std + ((2 * p.log_std).exp() + (p.mean - q.mean).square()) / (2 * (2 * q.log_std).exp()) -
          0.5)
      .sum();
}

template <class P>
P constant(const Normal& normal) {
  Generator generator(3);
  typename P::Config config;
  config.network = {.hidden = {}};
  if constexpr (requires { config.squash_mean; }) config.squash_mean = false;
  P policy(config, {1, 2}, generator);
  policy.parameters().setZero();
  policy.parameters().tail(4) << normal.mean.matrix(), normal.log_std.matrix();
  return policy;
}

}  // namespace

TEMPLATE_TEST_CASE("The divergence of two Gaussians is their closed form, before and after the tanh", "[kl]",
                   Gaussian<double>, TanhGaussian<double>) {
  constexpr Index count = 20000;
  const Normal p{{0.4, -0.2}, {-0.5, -1}};
  const Normal q{{-0.1, 0.3}, {-0.3, -0.2}};
  const auto policy = constant<TestType>(p);
  C critics;
  Generator generator(4);
  Batch<double> batch = random_batch({1, 2}, 2, generator);
  Context<TestType, C> context{batch, policy, critics, generator, 0, 1};
  KullbackLeibler::State<TestType, C> state({}, policy, {1, 2}, generator);
  typename TestType::Tape tape;
  Proposal<double> proposal;
  policy.propose(batch.observations, count, generator, tape, proposal);
  Row<double> out;
  state.values(context, batch.observations, proposal, out);
  REQUIRE(out.size() == 2);
  CHECK(out.abs().maxCoeff() < 1e-12);  // the behavior starts as a copy of the policy

  state.behavior() = constant<TestType>(q);
  state.values(context, batch.observations, proposal, out);
  const Row<double> ratios = proposal.log_probs - state.behavior().log_prob_of(batch.observations, proposal, tape);
  for (Index i = 0; i < 2; ++i) {
    const Row<double> own = ratios.segment(i * count, count);
    const double error = std::sqrt((own - own.mean()).square().mean() / count);
    // Five standard errors, false alarm 6e-7.
    CHECK(error < 0.01);
    CHECK(std::abs(out(i) - closed_form(p, q)) < 5 * error);
    CHECK(std::abs(out(i) - closed_form(q, p)) > 5 * error);
  }
}

TEMPLATE_TEST_CASE("The divergence's gradient with respect to the policy is that of finite differences", "[kl]",
                   Gaussian<double>, TanhGaussian<double>) {
  for (const Index samples : {1, 3}) {
    Parts<TestType> parts;
    parts.differ();
    const Row<double> adjoint = normal_row(4, parts.generator);
    typename TestType::Tape tape;
    Proposal<double> proposal;
    const auto loss = [&] {
      Generator same(7);
      parts.policy.propose(parts.batch.observations, samples, same, tape, proposal);
      Row<double> out;
      parts.state.values(parts.context, parts.batch.observations, proposal, out);
      return (adjoint * out).sum();
    };
    loss();
    Proposal<double> out;
    out.per_state = samples;
    out.actions.setZero(2, 4 * samples);
    out.log_probs.setZero(4 * samples);
    out.weights.setZero(4 * samples);
    out.unsquashed.setZero(2, 4 * samples);
    parts.state.backward(proposal, adjoint, out);
    Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
    parts.policy.backward(parts.batch.observations, tape, proposal, out, gradient);
    CHECK(gradient.norm() > 0.1);
    CHECK(difference(gradient, numeric_gradient(parts.policy.parameters(), loss)) < 1e-7);

    // The part of the weights: an expectation over given actions is linear in their weights.
    loss();
    const auto weighed = [&] {
      Row<double> values;
      parts.state.values(parts.context, parts.batch.observations, proposal, values);
      return (adjoint * values).sum();
    };
    CHECK(difference(out.weights, numeric_gradient(proposal.weights, weighed)) < 1e-7);
  }
}

TEST_CASE("The gradient of the divergence is added to what there is", "[kl]") {
  Parts<TanhGaussian<double>> parts;
  parts.differ();
  TanhGaussian<double>::Tape tape;
  Proposal<double> proposal;
  parts.policy.propose(parts.batch.observations, 2, parts.noise, tape, proposal);
  Row<double> values;
  parts.state.values(parts.context, parts.batch.observations, proposal, values);
  const auto backward = [&](double start) {
    Proposal<double> out;
    out.log_probs.setConstant(8, start);
    out.weights.setConstant(8, start);
    out.unsquashed.setConstant(2, 8, start);
    parts.state.backward(proposal, Row<double>::Ones(4), out);
    return out;
  };
  const Proposal<double> from_zero = backward(0);
  const Proposal<double> from_two = backward(2);
  CHECK(difference(from_two.log_probs, (from_zero.log_probs + 2).eval()) < 1e-14);
  CHECK(difference(from_two.weights, (from_zero.weights + 2).eval()) < 1e-14);
  CHECK(difference(from_two.unsquashed, (from_zero.unsquashed.array() + 2).eval()) < 1e-14);
}

TEMPLATE_TEST_CASE("The behavior clones the data, a step of Adam for each update", "[kl]", Gaussian<double>,
                   TanhGaussian<double>) {
  Parts<TestType> parts;
  CHECK(parts.state.behavior().parameters() == parts.policy.parameters());
  typename TestType::Tape tape;
  TestType same = parts.policy;
  Adam<double> optimizer({.learning_rate = 1e-2});
  Vector<double> gradient = Vector<double>::Zero(same.parameters().size());
  const double loss = same.cloning_loss(parts.batch.observations, parts.batch.actions, Row<double>::Ones(4),
                                        parts.context.generator, tape, gradient);
  optimizer.step(same.parameters(), gradient);
  parts.state.prepare(parts.context);
  CHECK(figure(parts.state, "behavior_loss") == loss);
  CHECK(parts.state.behavior().parameters() == same.parameters());
  CHECK(parts.state.optimizer().steps() == 1);
  for (int i = 0; i < 200; ++i) parts.state.prepare(parts.context);
  CHECK(figure(parts.state, "behavior_loss") < loss - 1);
}

TEST_CASE("The KL divergence refuses an optimizer that is none, by name", "[kl]") {
  CHECK_THROWS_WITH(check_fields(KullbackLeibler{.behavior_optimizer = {.learning_rate = 0}}),
                    Contains("behavior_optimizer.learning_rate must be positive"));
}

}  // namespace kullback_leibler_test
