#include "holdfast/environments/tabular/solutions.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"

namespace solutions_test {

using namespace holdfast;

namespace {

/// Returns a process with one state: action 0 stays for a reward of 1, action 1 ends for 3.
TabularMdp stay_or_end() {
  TabularMdp mdp = TabularMdp::zeros(1, 2);
  mdp.transitions(0, 0) = 1;
  mdp.terminations(1, 0) = 1;
  mdp.rewards << 1, 3;
  mdp.initial << 1;
  return mdp;
}

/// Returns a process with two states. In state 0, action 0 leads to state 1 for −1 with probability ½ and else stays
/// for nothing; action 1 ends for 0.25. State 1 ends for 2 with its only action, 1.
TabularMdp two_states() {
  TabularMdp mdp = TabularMdp::zeros(2, 2);
  mdp.transitions.col(0) << 0.5, 0.5;
  mdp.rewards << -0.5, 7,  //
      0.25, 2;
  mdp.terminations.row(1).setOnes();
  mdp.available(0, 1) = false;
  mdp.initial << 0.75, 0.25;
  return mdp;
}

/// Returns a random process in which some actions are not available, but the last always is.
TabularMdp gappy(Generator& generator, double termination = 0.1) {
  TabularMdp mdp = random_mdp({.states = 12, .actions = 4, .branching = 3, .termination = termination}, generator);
  for (Index state = 0; state < 12; ++state)
    for (Index action = 0; action < 3; ++action) mdp.available(action, state) = generator.uniform() < 0.7;
  return mdp;
}

/// Returns uniformly random probabilities over the available actions.
Matrix<double> random_policy(const TabularMdp& mdp, Generator& generator) {
  Matrix<double> policy = mdp.available.cast<double>();
  for (double& chance : policy.reshaped()) chance *= -std::log1p(-generator.uniform());
  for (Index state = 0; state < mdp.states(); ++state) policy.col(state) /= policy.col(state).sum();
  return policy;
}

/// Returns the largest error of Q(s, a) = r + discount Σ P V for available actions; the others must be NaN.
double q_residual(const TabularMdp& mdp, const TabularSolution& s, double discount) {
  double worst = 0;
  for (Index state = 0; state < mdp.states(); ++state)
    for (Index action = 0; action < mdp.actions(); ++action) {
      if (!mdp.available(action, state)) {
        if (!std::isnan(s.q(action, state))) worst = 1;
        continue;
      }
      double expected = mdp.rewards(action, state);
      for (Index next = 0; next < mdp.states(); ++next)
        expected += discount * mdp.transitions(next, mdp.column(state, action)) * s.value[next];
      worst = std::max(worst, std::abs(s.q(action, state) - expected));
    }
  return worst;
}

/// Returns the largest error of V(s) = Σ_a π (Q − temperature log(π/prior)).
double v_residual(const TabularMdp& mdp, const TabularSolution& s, double temperature, const Matrix<double>& prior) {
  double worst = 0;
  for (Index state = 0; state < mdp.states(); ++state) {
    double expected = 0;
    for (Index action = 0; action < mdp.actions(); ++action)
      if (const double chance = s.policy(action, state); chance > 0)
        expected += chance * (s.q(action, state) - temperature * std::log(chance / prior(action, state)));
    worst = std::max(worst, std::abs(s.value[state] - expected));
  }
  return worst;
}

Matrix<double> ones(const TabularMdp& mdp) { return Matrix<double>::Ones(mdp.actions(), mdp.states()); }

}  // namespace

TEST_CASE("One state has the values of its geometric series", "[solutions]") {
  const TabularMdp mdp = stay_or_end();
  // Staying with probability p: V = p (1 + γV) + (1 − p) 3; at γ = 1/2 and p = 1/2, V = 2 + V/4 = 8/3.
  const Matrix<double> even = Matrix<double>::Constant(2, 1, 0.5);
  const TabularSolution half = evaluate_policy(mdp, even, 0.5);
  CHECK(std::abs(half.value[0] - 8.0 / 3) < 1e-15);
  CHECK(std::abs(half.q(0, 0) - 7.0 / 3) < 1e-15);
  CHECK(half.q(1, 0) == 3);
  CHECK(std::abs(discounted_visits(mdp, even, 0.5)[0] - 4.0 / 3) < 1e-15);
  CHECK(std::abs(policy_return(mdp, even, 0.5) - 8.0 / 3) < 1e-15);
  // Undiscounted: V = 2 + V/2.
  CHECK(std::abs(evaluate_policy(mdp, even, 1).value[0] - 4) < 1e-14);
  CHECK(std::abs(discounted_visits(mdp, even, 1)[0] - 2) < 1e-15);
  // Staying forever is worth 1 / (1 − γ), which is more than 3 only if γ > 2/3.
  CHECK(optimum(mdp, 0.5).policy(1, 0) == 1);
  CHECK(optimum(mdp, 0.5).value[0] == 3);
  CHECK(optimum(mdp, 0.75).policy(0, 0) == 1);
  CHECK(std::abs(optimum(mdp, 0.75).value[0] - 4) < 1e-14);
  CHECK(optimum(mdp, 0).value[0] == 3);
}

TEST_CASE("One state has the soft values of its quadratic equation", "[solutions]") {
  const TabularMdp mdp = stay_or_end();
  // With γ = 1/2 and temperature 1/2, w = exp(V) solves w² = exp(2) w + exp(6): V = ½ log(exp(2 + V) + exp(6)).
  const double half = std::exp(2.0) / 2;
  const double w = half + std::sqrt(half * half + std::exp(6.0));
  const TabularSolution soft = soft_optimum(mdp, 0.5, 0.5);
  CHECK(std::abs(soft.value[0] - std::log(w)) < 1e-14);
  CHECK(std::abs(soft.policy(1, 0) - std::exp((3 - soft.value[0]) / 0.5)) < 1e-14);
  // A prior of 1/4 and 3/4: w² = exp(2) w / 4 + 3 exp(6) / 4.
  const Matrix<double> prior = Eigen::Vector2d(0.25, 0.75);
  const double quarter = half / 4;
  const double v = quarter + std::sqrt(quarter * quarter + 0.75 * std::exp(6.0));
  CHECK(std::abs(soft_optimum(mdp, 0.5, 0.5, prior).value[0] - std::log(v)) < 1e-14);
}

TEST_CASE("Two states have the values computed by hand", "[solutions]") {
  const TabularMdp mdp = two_states();
  // V(1) = 2. Going on in 0: V = −½ + γ (V/2 + 1), so V = (γ − ½) / (1 − γ/2): 1 at γ = 1, 0.4 at ¾, 0 at ½.
  const TabularSolution best = optimum(mdp, 0.75);
  CHECK(std::abs(best.value[0] - 0.4) < 1e-15);
  CHECK(best.value[1] == 2);
  CHECK(best.policy.col(0) == Eigen::Vector2d(1, 0));
  CHECK(best.policy.col(1) == Eigen::Vector2d(0, 1));
  CHECK(best.q(1, 0) == 0.25);
  CHECK(std::isnan(best.q(0, 1)));
  CHECK(optimum(mdp, 0.5).policy.col(0) == Eigen::Vector2d(0, 1));
  CHECK(std::abs(optimum(mdp, 1).value[0] - 1) < 1e-15);
  // From 0 with 3/4: μ(0) = 3/4 + ¾ · ½ μ(0) = 6/5 and μ(1) = 1/4 + ¾ · ½ · 6/5 = 7/10.
  CHECK(discounted_visits(mdp, best.policy, 0.75).isApprox(Eigen::Vector2d(1.2, 0.7), 1e-14));
  CHECK(std::abs(policy_return(mdp, best.policy, 0.75) - (0.75 * 0.4 + 0.25 * 2)) < 1e-14);
}

TEST_CASE("The Bellman equations hold on random MDPs", "[solutions]") {
  Generator generator(1);
  for (int trial = 0; trial < 20; ++trial) {
    const TabularMdp mdp = gappy(generator);
    const Matrix<double> policy = random_policy(mdp, generator);
    const Matrix<double> prior = random_policy(mdp, generator);
    for (const double discount : {0.0, 0.5, 0.99, 1.0}) {
      CAPTURE(trial, discount);
      const TabularSolution plain = evaluate_policy(mdp, policy, discount);
      CHECK(q_residual(mdp, plain, discount) < 1e-12);
      CHECK(v_residual(mdp, plain, 0, ones(mdp)) < 1e-12);
      CHECK(v_residual(mdp, evaluate_policy(mdp, policy, discount, 0.3), 0.3, ones(mdp)) < 1e-12);
      CHECK(v_residual(mdp, evaluate_policy(mdp, policy, discount, 0.3, prior), 0.3, prior) < 1e-12);

      const TabularSolution best = optimum(mdp, discount);
      CHECK(q_residual(mdp, best, discount) < 1e-12);
      for (Index state = 0; state < mdp.states(); ++state) {
        double highest = -1e9;
        for (Index action = 0; action < mdp.actions(); ++action)
          if (mdp.available(action, state)) highest = std::max(highest, best.q(action, state));
        CHECK(std::abs(best.value[state] - highest) < 1e-12);
      }

      for (const double temperature : {0.01, 0.3, 3.0}) {
        const TabularSolution soft = soft_optimum(mdp, discount, temperature);
        CHECK(q_residual(mdp, soft, discount) < 1e-12);
        CHECK(v_residual(mdp, soft, temperature, ones(mdp)) < 1e-11);  // rounding of log π, far from the greedy action
        const TabularSolution close = soft_optimum(mdp, discount, temperature, prior);
        CHECK(q_residual(mdp, close, discount) < 1e-12);
        for (Index state = 0; state < mdp.states(); ++state) {
          double sum = 0;
          double sum_of_prior = 0;
          for (Index action = 0; action < mdp.actions(); ++action)
            if (mdp.available(action, state)) {
              sum += std::exp((soft.q(action, state) - soft.value[state]) / temperature);
              sum_of_prior +=
                  prior(action, state) * std::exp((close.q(action, state) - close.value[state]) / temperature);
            }
          CHECK(std::abs(temperature * std::log(sum)) < 1e-12);
          CHECK(std::abs(temperature * std::log(sum_of_prior)) < 1e-12);
        }
      }
    }
  }
}

TEST_CASE("No policy is worth more than the optimum, plain or soft", "[solutions]") {
  Generator generator(2);
  for (int trial = 0; trial < 20; ++trial) {
    const TabularMdp mdp = gappy(generator);
    const Matrix<double> prior = random_policy(mdp, generator);
    const Vector<double> best = optimum(mdp, 0.95).value;
    const Vector<double> soft = soft_optimum(mdp, 0.95, 0.5).value;
    const Vector<double> close = soft_optimum(mdp, 0.95, 0.5, prior).value;
    for (int i = 0; i < 10; ++i) {
      const Matrix<double> policy = random_policy(mdp, generator);
      CHECK((best - evaluate_policy(mdp, policy, 0.95).value).minCoeff() > 0);
      CHECK((soft - evaluate_policy(mdp, policy, 0.95, 0.5).value).minCoeff() > 0);
      CHECK((close - evaluate_policy(mdp, policy, 0.95, 0.5, prior).value).minCoeff() > 0);
    }
    // The optimal policies have the optimal values. Paying for a divergence gains nothing over the plain optimum.
    CHECK((evaluate_policy(mdp, optimum(mdp, 0.95).policy, 0.95).value - best).norm() < 1e-11);
    CHECK((evaluate_policy(mdp, soft_optimum(mdp, 0.95, 0.5).policy, 0.95, 0.5).value - soft).norm() < 1e-11);
    CHECK((best - close).minCoeff() > 0);
  }
}

TEST_CASE("Soft optima lie between the plain one and the prior's", "[solutions]") {
  Generator generator(3);
  const TabularMdp mdp = gappy(generator);
  const Matrix<double> prior = random_policy(mdp, generator);
  // Entropy can add at most the temperature times log 4 per step.
  const Vector<double> best = optimum(mdp, 0.9).value;
  const Vector<double> cold = soft_optimum(mdp, 0.9, 1e-4).value;
  CHECK((cold - best).minCoeff() > -1e-12);
  CHECK((cold - best).maxCoeff() <= 1e-4 * std::log(4.0) / (1 - 0.9));
  // The more it costs to leave the prior, the nearer the optimum is to it: to first order it has the prior's own value.
  const Vector<double> warm = soft_optimum(mdp, 0.9, 1e6, prior).value;
  CHECK((warm - evaluate_policy(mdp, prior, 0.9).value).lpNorm<Eigen::Infinity>() < 1e-4);
  // An action that the prior never takes is never taken, however good it is.
  Matrix<double> narrow = Matrix<double>::Zero(4, 12);
  narrow.row(3).setOnes();
  CHECK(soft_optimum(mdp, 0.9, 0.1, narrow).policy == narrow);
}

TEST_CASE("Visits are the sum over time, and rewards along them the return", "[solutions]") {
  Generator generator(4);
  for (const double termination : {0.0, 0.2}) {
    const TabularMdp mdp = gappy(generator, termination);
    const Matrix<double> policy = random_policy(mdp, generator);
    const Vector<double> visits = discounted_visits(mdp, policy, 0.9);
    Vector<double> sum = Vector<double>::Zero(12);
    Vector<double> chances = mdp.initial;
    double weight = 1;
    double earned = 0;
    for (int t = 0; t < 400; ++t, weight *= 0.9) {  // 0.9⁴⁰⁰ = 5e-19
      sum += weight * chances;
      Vector<double> next = Vector<double>::Zero(12);
      for (Index state = 0; state < 12; ++state)
        for (Index action = 0; action < 4; ++action) {
          const double taken = chances[state] * policy(action, state);
          next += taken * mdp.transitions.col(mdp.column(state, action));
          earned += weight * taken * mdp.rewards(action, state);
        }
      chances = next;
    }
    CHECK((visits - sum).norm() < 1e-13);
    CHECK(std::abs(policy_return(mdp, policy, 0.9) - earned) < 1e-13);
    CHECK(std::abs((policy.cwiseProduct(mdp.rewards) * visits).sum() - earned) < 1e-13);
    if (termination == 0) CHECK(std::abs(visits.sum() - 10) < 1e-13);
  }
}

TEST_CASE("Undiscounted values exist only where the process ends", "[solutions]") {
  const TabularMdp mdp = stay_or_end();
  const Matrix<double> stay = Eigen::Vector2d(1, 0);
  CHECK_NOTHROW(evaluate_policy(mdp, stay, 0.999));
  CHECK_THROWS_AS(evaluate_policy(mdp, stay, 1), DataError);
  CHECK_THROWS_WITH(evaluate_policy(mdp, stay, 1), Contains("from state 0") && Contains("never ends"));
  CHECK_THROWS_WITH(discounted_visits(mdp, stay, 1), Contains("from state 0"));
  CHECK_THROWS_WITH(policy_return(mdp, stay, 1), Contains("from state 0"));
  CHECK_THROWS_WITH(optimum(mdp, 1), Contains("from state 0") && Contains("some policy never does"));
  CHECK_THROWS_WITH(soft_optimum(mdp, 1, 0.1), Contains("from state 0"));
  // The prior forbids staying.
  const Matrix<double> end = Eigen::Vector2d(0, 1);
  CHECK(std::abs(soft_optimum(mdp, 1, 0.1, end).value[0] - 3) < 1e-15);
}

TEST_CASE("Solutions refuse bad arguments by name", "[solutions]") {
  const TabularMdp mdp = stay_or_end();
  const Matrix<double> even = Matrix<double>::Constant(2, 1, 0.5);
  CHECK_THROWS_AS(optimum(mdp, 1.5), ConfigError);
  CHECK_THROWS_WITH(optimum(mdp, 1.5), Contains("discount") && Contains("1.5"));
  CHECK_THROWS_WITH(evaluate_policy(mdp, even, -0.1), Contains("discount"));
  CHECK_THROWS_WITH(evaluate_policy(mdp, even, 0.9, -1), Contains("temperature"));
  CHECK_THROWS_WITH(soft_optimum(mdp, 0.9, 0), Contains("temperature"));
  CHECK_THROWS_WITH(discounted_visits(mdp, even, 2), Contains("discount"));
  CHECK_THROWS_WITH(evaluate_policy(mdp, 2 * even, 0.9), Contains("policy: state 0"));
  CHECK_THROWS_WITH(discounted_visits(mdp, 2 * even, 0.9), Contains("policy: state 0"));
  CHECK_THROWS_WITH(soft_optimum(mdp, 0.9, 1, Matrix<double>(2 * even)), Contains("prior: state 0"));
  const Matrix<double> end = Eigen::Vector2d(0, 1);
  CHECK_THROWS_WITH(evaluate_policy(mdp, even, 0.9, 1, end), Contains("state 0, action 0") && Contains("prior"));
  CHECK_NOTHROW(evaluate_policy(mdp, even, 0.9, 0, end));
  TabularMdp broken = mdp;
  broken.terminations(1, 0) = 0.5;
  CHECK_THROWS_WITH(optimum(broken, 0.9), Contains("state 0, action 1"));
  CHECK_THROWS_WITH(evaluate_policy(broken, even, 0.9), Contains("state 0, action 1"));
}

}  // namespace solutions_test
