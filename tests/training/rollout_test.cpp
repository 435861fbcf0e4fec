/// \file
/// Tests returns and true values against the closed form of linear-quadratic control and the exact solutions of tables.
#include "holdfast/training/rollout.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "catch.hpp"
#include "holdfast/environments/linear_quadratic.hpp"
#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/environments/tabular/tabular_environment.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/gaussian.hpp"

namespace rollout_test {

using namespace holdfast;

namespace {

// Returns the maximum-entropy policy with independent actions, as the library's own linear-Gaussian policy: unclipped,
// as in the closed form.
Gaussian<double> linear_policy(const LinearGaussian& exact) {
  Generator generator(1, Stream::initialization);
  Gaussian<double> policy({.network = {.hidden = {}}, .action_limit = std::numeric_limits<double>::infinity()},
                          {exact.gain.cols(), exact.gain.rows()}, generator);
  policy.parameters().setZero();
  const Matrix<double> weights = -exact.gain;
  policy.parameters().head(weights.size()) = weights.reshaped();
  policy.parameters().tail(exact.gain.rows()) = 0.5 * exact.covariance.diagonal().array().log().matrix();
  return policy;
}

template <class Policy>
DeployedPolicy<Policy> deploy(const Policy& policy, Index observations) {
  return {policy, Normalization<double>::identity(observations)};
}

// A process with five states and three actions that ends, and a policy with its probabilities (A×S).
struct Tabular {
  TabularMdp mdp;
  TabularCategorical<double> policy;
  Matrix<double> table;
};

Tabular tabular() {
  Generator generator(6);
  TabularMdp mdp = random_mdp(
      {.states = 5, .actions = 3, .branching = 2, .termination = 0.25, .rewards = RewardLaw::uniform}, generator);
  TabularCategorical<double> policy({}, {5, 3}, generator);
  generator.fill_normal(policy.parameters());
  Matrix<double> table = policy.parameters().array().exp().matrix().reshaped(3, 5);
  for (Index state = 0; state < 5; ++state) table.col(state) /= table.col(state).sum();
  return {mdp, policy, table};
}

}  // namespace

TEST_CASE("True values equal the soft Riccati solution, with and without the entropy term") {
  const LinearQuadratic environment;
  constexpr double discount = 0.9;
  for (const double temperature : {0.0, 0.2}) {
    const LinearGaussian exact = environment.config().problem.optimum(discount, 0.2, Covariance::diagonal).policy;
    const LinearQuadraticSolution solution = environment.config().problem.evaluate(exact, discount, temperature);
    auto policy = deploy(linear_policy(exact), 4);

    constexpr Index rollouts = 4000;
    const Vector<double> x = Vector<double>::Constant(4, 0.5);
    const Matrix<double> states = x.replicate(1, rollouts);
    const Estimate estimate =
        estimate_mean(true_values(policy, environment, states,
                                  {.discount = discount, .temperature = temperature, .truncation = 1e-6, .seed = 11}));
    // Q^π(s, a ~ π) = V − α H, where V is that of the soft Bellman equation and H the Gaussian's entropy.
    const double entropy =
        0.5 * (2 * (1 + std::log(2 * std::numbers::pi)) + exact.covariance.diagonal().array().log().sum());
    const double expected = solution.value(x) - temperature * entropy;
    INFO("temperature " << temperature << ", expected " << expected << ", estimate " << estimate.mean << " ± "
                        << estimate.standard_error);
    // Five standard errors: a false alarm in 2 million.
    CHECK(std::abs(estimate.mean - expected) < 5 * estimate.standard_error);
    CHECK(estimate.standard_error < 0.02 * std::abs(expected));
  }
}

TEST_CASE("True values ignore the time limit") {
  MassChain environment;
  // A state held at the origin earns almost 1 forever: 1 / (1 − γ) up to the truncated tail of γ^T < 1 %.
  Generator generator(1, Stream::initialization);
  Gaussian<double> held({.network = {.hidden = {}, .output_initializer = Initializer::zero}, .log_std = -4.9}, {6, 3},
                        generator);
  Matrix<double> feedback(3, 6);
  feedback << -1.2 * Matrix<double>::Identity(3, 3), -1.2 * Matrix<double>::Identity(3, 3);
  held.parameters().head(18) = feedback.reshaped();
  auto policy = deploy(held, 6);
  const Matrix<double> origin = Matrix<double>::Zero(6, 1);
  const double value = true_values(policy, environment, origin, {.discount = 0.999})(0);
  // The time limit of 100 steps alone would give 1 − 0.999^100 = 0.095 of it.
  CHECK(value > 0.5 * 1000);
  CHECK(value <= 1000);
  CHECK_THROWS_WITH(true_values(policy, environment, origin, {.truncation = 0}), Contains("truncation"));
  CHECK_THROWS_WITH(true_values(policy, environment, origin, {.discount = 1}), Contains("discount"));
}

TEST_CASE("Episode returns run to the time limit and are the same for the same seed") {
  const LinearQuadratic environment;
  const LinearGaussian exact = environment.config().problem.optimum(1).policy;
  LinearGaussian narrow = exact;
  narrow.covariance = 1e-4 * Matrix<double>::Identity(2, 2);
  auto policy = deploy(linear_policy(narrow), 4);
  const Row<double> returns = episode_returns(policy, environment, 2000, 3);
  const Estimate estimate = estimate_mean(returns);
  // The mode of the policy is the optimal gain, whose mean return is the reference. Five standard errors.
  CHECK(std::abs(estimate.mean - environment.references().good) < 5 * estimate.standard_error);
  CHECK((episode_returns(policy, environment, 2000, 3) == returns).all());
  CHECK((episode_returns(policy, environment, 2000, 4) != returns).any());

  EvaluationGenerators draws(3);
  Row<double> parts(2000);
  parts << episode_returns(policy, environment, 1500, draws), episode_returns(policy, environment, 500, draws);
  CHECK((parts - returns).abs().maxCoeff() < 1e-9);
}

TEST_CASE("The standard error of a mean is s / √n, and of a single sample not known") {
  CHECK(std::abs(estimate_mean(Row<double>{{1, 2, 3}}).standard_error - 1 / std::sqrt(3.0)) < 1e-15);
  CHECK(estimate_mean(Row<double>{{5}}).mean == 5);
  CHECK(std::isnan(estimate_mean(Row<double>{{5}}).standard_error));
}

TEST_CASE("A batch of environments stops those that have ended") {
  struct Countdown {  // terminal after as many steps as its state says
    double left = 0;
    static const char* name() { return "countdown"; }
    static Index observation_size() { return 1; }
    static Index action_size() { return 1; }
    static Index time_limit() { return 10; }
    static Interval reward_range() { return {1, 1}; }
    static References references() { return {0, 1}; }
    void reset(Generator&) { left = 3; }
    void set_state(const Vector<double>& s) { left = s(0); }
    [[nodiscard]] Vector<double> state() const { return Vector<double>::Constant(1, left); }
    [[nodiscard]] static Vector<double> state_of(const Vector<double>& o) { return o; }
    void observe(Eigen::Ref<Vector<double>> out) const { out(0) = left; }
    StepResult step(const Eigen::Ref<const Vector<double>>&) { return {1, --left <= 0}; }
  };
  Generator generator(1, Stream::initialization);
  auto policy = deploy(Gaussian<double>({.network = {.hidden = {}}}, {1, 1}, generator), 1);
  const Matrix<double> states{{1, 2, 4}};
  const Row<double> values = true_values(policy, Countdown{}, states, {.discount = 0.5, .truncation = 1e-3});
  CHECK(values(0) == 1);
  CHECK(values(1) == 1.5);
  CHECK(values(2) == 1.875);
  CHECK((episode_returns(policy, Countdown{}, 4, 1) == 3).all());
}

TEST_CASE("True values over finite actions are the exact ones of the table, with and without the entropy term") {
  const Tabular world = tabular();
  auto policy = deploy(world.policy, 5);
  constexpr double discount = 0.9;
  constexpr Index rollouts = 4000;
  for (const double temperature : {0.0, 0.3}) {
    const TabularSolution exact = evaluate_policy(world.mdp, world.table, discount, temperature);
    for (Index state = 0; state < 5; ++state) {
      const Matrix<double> observations = Vector<double>::Unit(5, state).replicate(1, rollouts);
      const Estimate estimate = estimate_mean(
          true_values(policy, TabularEnvironment(world.mdp), observations,
                      {.discount = discount, .temperature = temperature, .truncation = 1e-6, .seed = 11}));
      // The entropy of the first action is not included. Five standard errors: ten false alarms in 2 million.
      const double expected = world.table.col(state).dot(exact.q.col(state));
      CAPTURE(temperature, state, expected, estimate.mean, estimate.standard_error);
      CHECK(std::abs(estimate.mean - expected) < 5 * estimate.standard_error);
      CHECK(estimate.standard_error < 0.05);
    }
  }
}

TEST_CASE("Episode returns over finite actions are those solved for, of the policy's draws and of its mode") {
  const Tabular world = tabular();
  const TabularEnvironment environment(world.mdp, "table", 1000);
  auto policy = deploy(world.policy, 5);
  Matrix<double> mode = Matrix<double>::Zero(3, 5);
  for (Index state = 0; state < 5; ++state) {
    Index best = 0;
    world.table.col(state).maxCoeff(&best);
    mode(best, state) = 1;
  }
  const double drawn = policy_return(world.mdp, world.table, 1);
  const double most_likely = policy_return(world.mdp, mode, 1);
  const Estimate sampled = estimate_mean(episode_returns(policy, environment, 4000, 3, Acting::sample));
  const Estimate deployed = estimate_mean(episode_returns(policy, environment, 4000, 3));
  // Five standard errors: a false alarm in 2 million, each.
  CHECK(std::abs(sampled.mean - drawn) < 5 * sampled.standard_error);
  CHECK(std::abs(deployed.mean - most_likely) < 5 * deployed.standard_error);
  CHECK(std::abs(drawn - most_likely) > 10 * sampled.standard_error);
  CHECK((episode_returns(policy, environment, 50, 3) == episode_returns(policy, environment, 50, 3)).all());
}

TEST_CASE("An action that an environment has not stops a rollout") {
  const Tabular world = tabular();
  Generator generator(1);
  TabularCategorical<double> more({}, {5, 4}, generator);
  more.parameters().reshaped(4, 5).row(3).setOnes();  // it prefers an action that is not available
  auto policy = deploy(more, 5);
  CHECK_THROWS_WITH(episode_returns(policy, TabularEnvironment(world.mdp), 2, 1),
                    Contains("the action must be one of 0 to 2, but is 3"));
}

}  // namespace rollout_test
