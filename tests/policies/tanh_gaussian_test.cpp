#include "holdfast/policies/tanh_gaussian.hpp"

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/policy_gradients.hpp"

namespace tanh_gaussian_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsPolicy<TanhGaussian<float>> && IsPolicy<TanhGaussian<double>>);

namespace {

// Returns a policy with one action, whose mean and ln σ are the same in every state.
template <class Scalar = double>
TanhGaussian<Scalar> constant_policy(double mean, double log_std) {
  Generator generator(1);
  TanhGaussian<Scalar> policy({.network = {.hidden = {}, .output_initializer = Initializer::zero}}, {1, 1}, generator);
  policy.parameters().tail(2) << static_cast<Scalar>(mean), static_cast<Scalar>(log_std);
  return policy;
}

TanhGaussian<double> random_policy(Sizes sizes, Activation activation) {
  Generator generator(2);
  TanhGaussian<double> policy({.network = {.hidden = {5, 4}, .activation = activation}}, sizes, generator);
  policy.parameters() = 0.5 * normal_matrix(policy.parameters().size(), 1, generator);
  return policy;
}

double log_prob(const TanhGaussian<double>& policy, double action) {
  TanhGaussian<double>::Tape tape;
  return policy.log_prob(Matrix<double>::Ones(1, 1), Matrix<double>::Constant(1, 1, action), tape)(0);
}

}  // namespace

TEST_CASE("The density of tanh(u), u ~ N(0, 1), is the one computed by hand", "[tanh_gaussian]") {
  // −u²/2 − ½ ln 2π − ln(1 − tanh²u), to nine digits.
  const auto policy = constant_policy(0, 0);
  CHECK(std::abs(log_prob(policy, std::tanh(0.0)) + 0.918938533) < 1e-9);
  CHECK(std::abs(log_prob(policy, std::tanh(0.5)) + 0.803709519) < 1e-9);
  CHECK(std::abs(log_prob(policy, std::tanh(2.0)) + 0.268933038) < 1e-9);
  CHECK(std::abs(log_prob(policy, std::tanh(5.0)) + 4.805142097) < 1e-9);
}

TEST_CASE("ln(1 − tanh²u) is exact where 1 − tanh²u rounds to zero", "[tanh_gaussian]") {
  Row<double> u(4);
  u << 0, 1, -30, 400;
  const Row<double> logs = log_tanh_derivative(u);
  CHECK(logs(0) == 0);
  CHECK(std::abs(logs(1) - std::log(1 - std::tanh(1.0) * std::tanh(1.0))) < 1e-14);
  CHECK(std::abs(logs(2) - (2 * std::log(2.0) - 60)) < 1e-12);  // → 2 ln 2 − 2|u|
  CHECK(std::abs(logs(3) - (2 * std::log(2.0) - 800)) < 1e-12);
}

TEST_CASE("The density integrates to one", "[tanh_gaussian]") {
  constexpr Index count = 20000;  // midpoints; the density is smooth and vanishes at ±1
  const Matrix<double> actions =
      Matrix<double>::NullaryExpr(1, count, [](Index i) { return -1 + (2. * static_cast<double>(i) + 1) / count; });
  const Matrix<double> observations = Matrix<double>::Ones(1, count);
  TanhGaussian<double>::Tape tape;
  for (const auto& [mean, log_std] : {std::pair{0.0, -0.5}, {0.7, -1.0}, {-0.3, -2.0}}) {
    const auto policy = constant_policy(mean, log_std);
    CHECK(std::abs(policy.log_prob(observations, actions, tape).exp().sum() * 2 / count - 1) < 1e-6);
  }
}

TEST_CASE("The density of several actions is the product of theirs", "[tanh_gaussian]") {
  Generator generator(3);
  TanhGaussian<double> policy({.network = {.hidden = {}, .output_initializer = Initializer::zero}}, {1, 2}, generator);
  policy.parameters().tail(4) << 0.1, -0.4, 0.2, -0.6;  // both means, then both ln σ
  TanhGaussian<double>::Tape tape;
  const double both = policy.log_prob(Matrix<double>::Ones(1, 1), Eigen::Vector2d(0.3, -0.8), tape)(0);
  CHECK(std::abs(both - log_prob(constant_policy(0.1, 0.2), 0.3) - log_prob(constant_policy(-0.4, -0.6), -0.8)) <
        1e-13);
}

TEST_CASE("Given actions beyond the border are clamped to it, and counted", "[tanh_gaussian]") {
  const auto policy = constant_policy(0, 0);
  CHECK(log_prob(policy, 1) == log_prob(policy, 1 - 1e-6));
  CHECK(log_prob(policy, -1) == log_prob(policy, -1 + 1e-6));
  TanhGaussian<double>::Tape tape;
  Matrix<double> actions(1, 5);
  actions << 1, -1, 0.5, 1 - 1e-7, 1 - 1e-5;
  CHECK(policy.log_prob(Matrix<double>::Ones(1, 5), actions, tape).isFinite().all());
  CHECK(tape.clamped_share == 3. / 5);
  policy.log_prob(Matrix<double>::Ones(1, 5), Matrix<double>::Zero(1, 5), tape);
  CHECK(tape.clamped_share == 0);

  TanhGaussian<float>::Tape single;
  const auto float_policy = constant_policy<float>(0, 0);
  const Matrix<float> ends = (Matrix<float>(1, 2) << 1, -1).finished();
  CHECK(float_policy.log_prob(Matrix<float>::Ones(1, 2), ends, single).isFinite().all());
  CHECK(single.clamped_share == 1);
}

TEST_CASE("Samples have the log-probabilities that their actions have", "[tanh_gaussian]") {
  constexpr Sizes sizes{.observation = 3, .action = 2};
  const auto policy = random_policy(sizes, Activation::tanh);
  Generator generator(4);
  const Matrix<double> observations = normal_matrix(3, 5, generator);
  TanhGaussian<double>::Tape tape;
  Proposal<double> proposal;
  policy.propose(observations, 3, generator, tape, proposal);
  CHECK(proposal.per_state == 3);
  CHECK(proposal.states() == 5);
  CHECK((proposal.weights - 1. / 3).abs().maxCoeff() < 1e-16);
  Matrix<double> repeated(3, 15);
  for (Index i = 0; i < 15; ++i) repeated.col(i) = observations.col(i / 3);
  const Row<double> proposed = proposal.log_probs;
  CHECK(difference(policy.log_prob(repeated, proposal.actions, tape), proposed) < 1e-9);
}

TEST_CASE("Samples have the policy's mean and spread before the tanh", "[tanh_gaussian]") {
  constexpr Index count = 20000;
  const auto policy = constant_policy(0.4, -0.7);
  Generator generator(5);
  TanhGaussian<double>::Tape tape;
  Proposal<double> proposal;
  policy.propose(Matrix<double>::Ones(1, 1), count, generator, tape, proposal);
  const Row<double> u = 0.5 * ((1 + proposal.actions.array()) / (1 - proposal.actions.array())).log();
  const double variance = std::exp(-1.4);
  // Five standard deviations, false alarm 6e-7: √(v/n) of the mean, v √(2/n) of the variance.
  CHECK(std::abs(u.mean() - 0.4) < 5 * std::sqrt(variance / count));
  CHECK(std::abs((u - 0.4).square().mean() - variance) < 5 * variance * std::sqrt(2. / count));
}

TEST_CASE("The gradients of samples and of cloning are those of finite differences", "[tanh_gaussian]") {
  for (const Activation activation : {Activation::relu, Activation::tanh})
    for (const Index action_size : {1, 3}) {
      CAPTURE(static_cast<int>(activation), action_size);
      const auto policy = random_policy({.observation = 3, .action = action_size}, activation);
      Generator generator(6);
      const Matrix<double> observations = normal_matrix(3, 4, generator);
      for (const Index per_state : {1, 3}) CHECK(proposal_gradient_error(policy, observations, per_state) < 1e-7);
      CHECK(clone_gradient_error(policy, observations, uniform_actions(action_size, 4, generator)) < 1e-7);
    }
}

TEST_CASE("Outside its range ln σ is clipped and has no gradient", "[tanh_gaussian]") {
  for (const auto& [log_std, clipped] : {std::pair{3.0, 2.0}, {-7.0, -5.0}}) {
    const auto policy = constant_policy(0.1, log_std);
    CHECK(log_prob(policy, 0.3) == log_prob(constant_policy(0.1, clipped), 0.3));
    const Matrix<double> observations = Matrix<double>::Ones(1, 2);
    CHECK(proposal_gradient_error(policy, observations, 2) < 1e-7);
    TanhGaussian<double>::Tape tape;
    Generator unused(1);
    Vector<double> gradient = Vector<double>::Zero(4);  // weights of μ and ln σ, biases of μ and ln σ
    policy.cloning_loss(observations, Matrix<double>::Constant(1, 2, 0.3), Row<double>::Ones(2), unused, tape,
                        gradient);
    CHECK(gradient(0) != 0);
    CHECK(gradient(1) == 0);
    CHECK(gradient(2) != 0);
    CHECK(gradient(3) == 0);
  }
}

TEST_CASE("The weighted cloning loss is the mean negative log-likelihood", "[tanh_gaussian]") {
  const auto policy = random_policy({.observation = 3, .action = 2}, Activation::tanh);
  Generator generator(7);
  const Matrix<double> observations = normal_matrix(3, 2, generator);
  const Matrix<double> actions = uniform_actions(2, 2, generator);
  const Row<double> weights = (Row<double>(2) << 3, 0.5).finished();
  TanhGaussian<double>::Tape tape;
  const Row<double> log_probs = policy.log_prob(observations, actions, tape);
  Vector<double> gradient = Vector<double>::Zero(policy.parameters().size());
  const double loss = policy.cloning_loss(observations, actions, weights, generator, tape, gradient);
  CHECK(std::abs(loss + (3 * log_probs(0) + 0.5 * log_probs(1)) / 2) < 1e-13);
}

TEST_CASE("The mode is the tanh of the mean", "[tanh_gaussian]") {
  TanhGaussian<double>::Tape tape;
  Matrix<double> action;
  constant_policy(-0.8, 1).mode(Matrix<double>::Ones(1, 2), tape, action);
  REQUIRE(action.cols() == 2);
  CHECK(std::abs(action(0, 1) - std::tanh(-0.8)) < 1e-15);
}

TEST_CASE("What is before the tanh is kept with the samples", "[tanh_gaussian]") {
  const auto policy = random_policy({.observation = 3, .action = 2}, Activation::tanh);
  Generator generator(9);
  TanhGaussian<double>::Tape tape;
  Proposal<double> proposal;
  policy.propose(normal_matrix(3, 2, generator), 4, generator, tape, proposal);
  const Matrix<double> squashed = proposal.unsquashed.array().tanh();
  CHECK(difference(squashed, proposal.actions) < 1e-15);
}

TEST_CASE("The density of another policy's draws is exact where their actions round to the border", "[tanh_gaussian]") {
  constexpr Sizes sizes{.observation = 3, .action = 2};
  const auto policy = random_policy(sizes, Activation::tanh);
  TanhGaussian<double> other = policy;
  other.parameters() *= -0.8;
  CHECK(log_prob_of_error(policy, other) < 1e-8);  // error of the logarithm that recovers u
  CHECK(log_prob_gradient_error(policy, other) < 1e-7);

  // u = 30, where tanh u is 1: −½ (30 − 0.5)² e^2 + 1 − ½ ln 2π − (2 ln 2 − 60).
  Proposal<double> far;
  far.unsquashed.setConstant(1, 1, 30);
  far.actions.setOnes(1, 1);
  far.log_probs.setZero(1);
  TanhGaussian<double>::Tape tape;
  const auto narrow = constant_policy(0.5, -1);
  const double exact = -0.5 * 29.5 * 29.5 * std::exp(2.0) + 1 - 0.9189385332046727 - 2 * std::log(2.0) + 60;
  CHECK(std::abs(narrow.log_prob_of(Matrix<double>::Ones(1, 1), far, tape)(0) / exact - 1) < 1e-14);
}

TEST_CASE("A tanh-Gaussian refuses ranges that are none", "[tanh_gaussian]") {
  Generator generator(8);
  CHECK_THROWS_WITH(TanhGaussian<float>({.log_std_min = 2}, {1, 1}, generator),
                    Contains("log_std_max must be above 2, but is 2"));
  CHECK_THROWS_WITH(TanhGaussian<float>({.border = 0}, {1, 1}, generator),
                    Contains("border must be in (0, 1), but is 0"));
  CHECK_THROWS_WITH(TanhGaussian<float>({.network = {.hidden = {0}}}, {1, 1}, generator), Contains("hidden"));
}

}  // namespace tanh_gaussian_test
