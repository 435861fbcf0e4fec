#include "holdfast/policies/gaussian.hpp"

#include <limits>
#include <numbers>

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/policy_gradients.hpp"

namespace gaussian_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsPolicy<Gaussian<float>> && IsPolicy<Gaussian<double>>);

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

Gaussian<double> random_policy(std::vector<Index> hidden, bool squash_mean, Sizes sizes, double limit = unlimited) {
  Generator generator(2);
  Gaussian<double> policy({.network = {.hidden = std::move(hidden), .activation = Activation::tanh},
                           .squash_mean = squash_mean,
                           .action_limit = limit},
                          sizes, generator);
  policy.parameters() = 0.5 * normal_matrix(policy.parameters().size(), 1, generator);
  return policy;
}

// Returns a ~ N(0.5 s − 1, σ²): weight, bias, ln σ.
Gaussian<double> line(double log_std, double limit = unlimited) {
  Generator generator(1);
  Gaussian<double> policy({.network = {.hidden = {}}, .squash_mean = false, .action_limit = limit}, {1, 1}, generator);
  policy.parameters() = Eigen::Vector3d(0.5, -1, log_std);
  return policy;
}

Matrix<double> pair(double first, double second) {
  Matrix<double> matrix(1, 2);
  matrix(0) = first;
  matrix(1) = second;
  return matrix;
}

}  // namespace

TEST_CASE("A Gaussian policy's density is the normal one", "[gaussian]") {
  Gaussian<double>::Tape tape;
  const Matrix<double> observations = pair(2, 6);
  const Matrix<double> actions = pair(0, 5);
  // Means 0 and 2, σ = e^{½}: −½ ln 2π − ½, and − ½ · 3²/e more.
  const Row<double> log_probs = line(0.5).log_prob(observations, actions, tape);
  CHECK(std::abs(log_probs(0) + 0.9189385332046727 + 0.5) < 1e-14);
  CHECK(std::abs(log_probs(1) + 0.9189385332046727 + 0.5 + 4.5 / std::exp(1.0)) < 1e-14);
}

TEST_CASE("The Gaussian density of several actions is the product of theirs", "[gaussian]") {
  Generator generator(2);
  Gaussian<double> policy({.network = {.hidden = {}, .output_initializer = Initializer::zero}, .log_std = -0.3}, {1, 2},
                          generator);
  CHECK(policy.log_std_offset() == 4);
  CHECK((policy.parameters().tail(2).array() == -0.3).all());
  Gaussian<double>::Tape tape;
  const double both = policy.log_prob(Matrix<double>::Ones(1, 1), Eigen::Vector2d(1, -2), tape)(0);
  CHECK(std::abs(both + std::log(2 * std::numbers::pi) - 0.6 + 0.5 * 5 * std::exp(0.6)) < 1e-13);
}

TEST_CASE("Gaussian samples have the policy's mean, spread and log-probability", "[gaussian]") {
  constexpr Index count = 20000;
  const auto policy = line(-0.7);
  Generator generator(3);
  Gaussian<double>::Tape tape;
  Proposal<double> proposal;
  const Matrix<double> observations = pair(2, 6);
  policy.propose(observations, count, generator, tape, proposal);
  REQUIRE(proposal.states() == 2);
  const double variance = std::exp(-1.4);
  for (Index state = 0; state < 2; ++state) {
    const Row<double> samples = proposal.actions.middleCols(state * count, count).array();
    const double mean = state == 0 ? 0 : 2;
    // Five standard deviations, false alarm 6e-7: √(v/n) of the mean, v √(2/n) of the variance.
    CHECK(std::abs(samples.mean() - mean) < 5 * std::sqrt(variance / count));
    CHECK(std::abs((samples - mean).square().mean() - variance) < 5 * variance * std::sqrt(2. / count));
  }
  const Row<double> proposed = proposal.log_probs;
  Matrix<double> repeated(1, 2 * count);
  repeated << Matrix<double>::Constant(1, count, 2), Matrix<double>::Constant(1, count, 6);
  CHECK(difference(policy.log_prob(repeated, proposal.actions, tape), proposed) < 1e-12);
}

TEST_CASE("The gradients of Gaussian samples and of cloning are those of finite differences", "[gaussian]") {
  for (const auto& hidden : {std::vector<Index>{}, {5, 4}})
    for (const bool squash_mean : {false, true})
      for (const Index action_size : {1, 3}) {
        CAPTURE(hidden.size(), squash_mean, action_size);
        // With a limit, some of the samples are clipped and have no gradient through their actions.
        const double limit = squash_mean ? 0.7 : unlimited;
        const auto policy = random_policy(hidden, squash_mean, {.observation = 3, .action = action_size}, limit);
        Generator generator(4);
        const Matrix<double> observations = normal_matrix(3, 4, generator);
        for (const Index per_state : {1, 3}) CHECK(proposal_gradient_error(policy, observations, per_state) < 1e-7);
        CHECK(clone_gradient_error(policy, observations, normal_matrix(action_size, 4, generator)) < 1e-7);
      }
}

TEST_CASE("Outside its range the Gaussian's ln σ is clipped and has no gradient", "[gaussian]") {
  for (const auto& [log_std, clipped] : {std::pair{3.0, 2.0}, {-7.0, -5.0}}) {
    Gaussian<double>::Tape tape;
    const Matrix<double> ones = Matrix<double>::Ones(1, 1);
    CHECK(line(log_std).log_prob(ones, ones, tape)(0) == Row<double>(line(clipped).log_prob(ones, ones, tape))(0));
    CHECK(proposal_gradient_error(line(log_std), ones, 2) < 1e-7);
    Vector<double> gradient = Vector<double>::Zero(3);
    Generator generator(1);
    line(log_std).cloning_loss(ones, ones, Row<double>::Ones(1), generator, tape, gradient);
    CHECK(gradient(1) != 0);
    CHECK(gradient(2) == 0);
  }
}

TEST_CASE("The mode is the mean, squashed where asked for", "[gaussian]") {
  Gaussian<double>::Tape tape;
  Matrix<double> action;
  line(0).mode(Matrix<double>::Constant(1, 1, 4), tape, action);
  CHECK(std::abs(action(0, 0) - 1) < 1e-15);
  Generator generator(5);
  Gaussian<double> squashed({.network = {.hidden = {}}, .squash_mean = true}, {1, 1}, generator);
  squashed.parameters() = Eigen::Vector3d(0.5, -1, 0);
  squashed.mode(Matrix<double>::Constant(1, 1, 4), tape, action);
  CHECK(std::abs(action(0, 0) - std::tanh(1.0)) < 1e-15);
}

TEST_CASE("What a Gaussian proposes and its mode are clipped to the limit, its densities are those of the draws",
          "[gaussian]") {
  const auto free = line(0);
  const auto limited = line(0, 0.5);
  Gaussian<double>::Tape tape;
  Proposal<double> draws;
  Proposal<double> clipped;
  Generator generator(7);
  Generator same = generator;
  const Matrix<double> observations = pair(1, 3);
  free.propose(observations, 8, generator, tape, draws);
  limited.propose(observations, 8, same, tape, clipped);
  CHECK(draws.actions == draws.unsquashed);
  CHECK(clipped.unsquashed == draws.unsquashed);
  CHECK(clipped.actions == draws.actions.cwiseMax(-0.5).cwiseMin(0.5));
  CHECK((clipped.actions.array().abs() == 0.5).any());
  CHECK((clipped.actions.array().abs() < 0.5).any());
  CHECK((clipped.log_probs == draws.log_probs).all());

  Matrix<double> mode;
  limited.mode(pair(2.4, 60), tape, mode);  // means 0.2 and 29
  CHECK(std::abs(mode(0) - 0.2) < 1e-15);
  CHECK(mode(1) == 0.5);
  limited.mode(pair(-60, 2), tape, mode);
  CHECK(mode(0) == -0.5);

  Generator initialization(8);
  const Gaussian<double> standard({}, {1, 1}, initialization);
  standard.propose(observations, 50, generator, tape, clipped);
  CHECK(clipped.actions.cwiseAbs().maxCoeff() == 1);
}

TEST_CASE("A clipped action passes no gradient, the draw before it does", "[gaussian]") {
  const auto policy = line(0, 1e-3);  // almost surely clipped
  Gaussian<double>::Tape tape;
  Proposal<double> proposal;
  Generator generator(9);
  const Matrix<double> observations = pair(2, 6);
  policy.propose(observations, 3, generator, tape, proposal);
  REQUIRE((proposal.actions.array().abs() == 1e-3).all());
  Proposal<double> adjoint;
  adjoint.per_state = 3;
  adjoint.actions.setOnes(1, 6);
  adjoint.log_probs.setZero(6);
  Vector<double> gradient = Vector<double>::Zero(3);
  policy.backward(observations, tape, proposal, adjoint, gradient);
  CHECK(gradient == Vector<double>::Zero(3));
  adjoint.unsquashed.setOnes(1, 6);
  policy.backward(observations, tape, proposal, adjoint, gradient);
  CHECK(std::abs(gradient(1) - 6) < 1e-15);  // ∂u/∂bias = 1
}

TEST_CASE("The density of another Gaussian's draws is that of the draws before their clipping", "[gaussian]") {
  constexpr Sizes sizes{.observation = 3, .action = 2};
  const auto policy = random_policy({5}, true, sizes, 0.4);
  Gaussian<double> other = random_policy({5}, true, sizes);
  other.parameters() *= -0.8;
  CHECK(log_prob_of_error(policy, other) < 1e-13);
  CHECK(log_prob_gradient_error(policy, other) < 1e-7);
}

TEST_CASE("A Gaussian refuses a range that is none", "[gaussian]") {
  Generator generator(6);
  CHECK_THROWS_WITH(Gaussian<float>({.log_std_min = 2}, {1, 1}, generator),
                    Contains("log_std_max must be above 2, but is 2"));
  CHECK_THROWS_WITH(Gaussian<float>({.log_std = 3}, {1, 1}, generator), Contains("log_std must be in (-5, 2)"));
  CHECK_THROWS_WITH(Gaussian<float>({.action_limit = 0}, {1, 1}, generator), Contains("action_limit must be positive"));
}

}  // namespace gaussian_test
