#include "holdfast/environments/riccati.hpp"

#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/environments/linear_quadratic.hpp"

namespace riccati_test {

using namespace holdfast;

namespace {

Matrix<double> scalar(double value) { return Matrix<double>::Constant(1, 1, value); }
LinearQuadraticProblem scalar_problem() { return {scalar(1), scalar(1), scalar(1), scalar(1)}; }

Vector<double> normals(Index size, Generator& generator) {
  Vector<double> out(size);
  generator.fill_normal(out);
  return out;
}

/// Returns a policy that is not optimal, with correlated noise.
LinearGaussian some_policy() {
  LinearGaussian policy{Matrix<double>(2, 4), Matrix<double>(2, 2)};
  policy.gain << 1, 0.2, 0.9, -0.1, 0, 0.8, 0.3, 1.1;
  policy.covariance << 0.3, 0.1, 0.1, 0.2;
  return policy;
}

/// Returns E_u[Q(x, u)] + temperature · entropy, computed from the definitions: V(x) must be equal to it.
double backup(const LinearQuadraticSolution& s, const Vector<double>& x, double temperature) {
  const Matrix<double>& covariance = s.policy.covariance;
  double value = s.q(x, -s.policy.gain * x) - (s.q.action * covariance).trace();
  if (temperature > 0) {
    const double determinant = covariance(0, 0) * covariance(1, 1) - covariance(0, 1) * covariance(1, 0);
    value += temperature * 0.5 * std::log(std::pow(2 * std::numbers::pi * std::numbers::e, 2) * determinant);
  }
  return value;
}

struct Estimate {
  double mean;
  double standard_error;
};

/// Returns the discounted soft return of the policy from x by sampling, over `steps` steps.
Estimate sampled_value(const LinearQuadraticProblem& problem, const LinearGaussian& policy, const Vector<double>& start,
                       double discount, double temperature, int steps, int episodes) {
  Generator generator(5, Stream::evaluation);
  const Matrix<double> root = policy.covariance.llt().matrixL();
  const double log_density_at_mean = -std::log(2 * std::numbers::pi) - std::log(root(0, 0)) - std::log(root(1, 1));
  double sum = 0;
  double squares = 0;
  for (int episode = 0; episode < episodes; ++episode) {
    Vector<double> x = start;
    double total = 0;
    double weight = 1;
    for (int t = 0; t < steps; ++t, weight *= discount) {
      const Vector<double> noise = normals(2, generator);
      const Vector<double> u = root * noise - policy.gain * x;
      const double log_density = log_density_at_mean - 0.5 * noise.squaredNorm();
      total -= weight * (x.dot(problem.state_cost * x) + u.dot(problem.action_cost * u) + temperature * log_density);
      x = (problem.dynamics * x + problem.input * u).eval();
    }
    sum += total;
    squares += total * total;
  }
  const double mean = sum / episodes;
  return {mean, std::sqrt((squares / episodes - mean * mean) / episodes)};
}

}  // namespace

TEST_CASE("Scalar problems have the solutions of their quadratic equations", "[riccati]") {
  // P = 1 + γP / (1 + γP): at γ = 1, P² = 1 + P, the golden ratio φ, and K = P / (1 + P) = 1/φ.
  const LinearQuadraticSolution golden = scalar_problem().optimum(1);
  CHECK(std::abs(golden.value.curvature(0, 0) - std::numbers::phi) < 1e-13);
  CHECK(std::abs(golden.policy.gain(0, 0) - 1 / std::numbers::phi) < 1e-7);
  CHECK(golden.value.constant == 0);
  // At γ = 1/2, P²/2 = 1, so P = √2, H = 1 + P/2 and K = (P/2) / H = √2 − 1.
  const LinearQuadraticSolution half = scalar_problem().optimum(0.5, 0.4);
  CHECK(std::abs(half.value.curvature(0, 0) - std::numbers::sqrt2) < 1e-13);
  CHECK(std::abs(half.policy.gain(0, 0) - (std::numbers::sqrt2 - 1)) < 1e-7);
  // σ² = 0.2 / H, and the constant is (−Hσ² + 0.4 · ½ log(2πe σ²)) / (1 − ½) = 0.4 log(2π σ²).
  const double variance = 0.2 / (1 + 1 / std::numbers::sqrt2);
  CHECK(std::abs(half.policy.covariance(0, 0) - variance) < 1e-13);
  CHECK(std::abs(half.value.constant - 0.4 * std::log(2 * std::numbers::pi * variance)) < 1e-13);
}

TEST_CASE("A scalar policy's mean return is the sum computed by hand", "[riccati]") {
  // u has variance 1/3 and x₀ has variance 1/3: costs 1/3 + 1/3, then 2/3 + 1/3.
  const LinearGaussian noise{scalar(0), scalar(1.0 / 3)};
  CHECK(std::abs(scalar_problem().mean_return(noise, scalar(1.0 / 3), 2) + 5.0 / 3) < 1e-14);
}

TEST_CASE("Optima and given policies satisfy the soft Bellman equation", "[riccati]") {
  const LinearQuadraticProblem problem = coupled_carts();
  Generator generator(1);
  for (const double discount : {0.5, 0.9, 0.99})
    for (const double temperature : {0.0, 0.2, 3.0}) {
      const LinearQuadraticSolution solutions[] = {problem.optimum(discount, temperature),
                                                   problem.optimum(discount, temperature, Covariance::diagonal),
                                                   problem.evaluate(some_policy(), discount, temperature)};
      for (const LinearQuadraticSolution& s : solutions)
        for (int i = 0; i < 5; ++i) {
          const Vector<double> x = normals(4, generator);
          const Vector<double> u = normals(2, generator);
          CHECK(std::abs(s.value(x) - backup(s, x, temperature)) < 1e-10);
          const double cost = x.dot(problem.state_cost * x) + u.dot(problem.action_cost * u);
          const double q = -cost + discount * s.value(problem.dynamics * x + problem.input * u);
          CHECK(std::abs(s.q(x, u) - q) < 1e-10);
        }
    }
}

TEST_CASE("Values agree with sampled returns", "[riccati]") {
  // 0.9¹⁵⁰ < 2e-7, so that the truncation is negligible; a difference beyond 5 standard errors has probability 6e-7.
  const LinearQuadraticProblem problem = coupled_carts();
  const Vector<double> start = Eigen::Vector4d(1, -0.5, 0.3, 0.8);
  for (const double temperature : {0.0, 0.5}) {
    const LinearQuadraticSolution s = problem.evaluate(some_policy(), 0.9, temperature);
    const Estimate sampled = sampled_value(problem, some_policy(), start, 0.9, temperature, 150, 1500);
    CHECK(sampled.standard_error < 0.2);
    CHECK(std::abs(sampled.mean - s.value(start)) < 5 * sampled.standard_error);
  }
  // At the soft optimum Q − temperature · log π is V for every action, so that every path has the same soft return.
  // Only the truncation remains: 2e-7 · |V| and |V| < 20.
  const LinearQuadraticSolution best = problem.optimum(0.9, 0.5);
  const Estimate sampled = sampled_value(problem, best.policy, start, 0.9, 0.5, 150, 20);
  CHECK(std::abs(best.value(start)) < 20);
  CHECK(std::abs(sampled.mean - best.value(start)) < 4e-6);
}

TEST_CASE("Any change of the optimal policy lowers its value", "[riccati]") {
  const LinearQuadraticProblem problem = coupled_carts();
  const double discount = 0.95;
  const double temperature = 0.3;
  const LinearQuadraticSolution best = problem.optimum(discount, temperature);
  const LinearQuadraticSolution independent = problem.optimum(discount, temperature, Covariance::diagonal);
  const Vector<double> x = Eigen::Vector4d(0.5, 1, -1, 0.2);
  // The state part is shared; only correlated noise distinguishes the two.
  CHECK((best.policy.gain - independent.policy.gain).norm() == 0);
  CHECK(std::abs(independent.policy.covariance(0, 1)) == 0);
  CHECK(best.value(x) - independent.value(x) > 0.1);

  Generator generator(2);
  for (int i = 0; i < 20; ++i) {
    LinearGaussian moved = best.policy;
    for (Index column = 0; column < 4; ++column) moved.gain.col(column) += 0.05 * normals(2, generator);
    CHECK(problem.evaluate(moved, discount, temperature).value(x) < best.value(x));

    Matrix<double> scale = Matrix<double>::Identity(2, 2);
    for (Index column = 0; column < 2; ++column) scale.col(column) += 0.1 * normals(2, generator);
    moved = best.policy;
    moved.covariance = scale * best.policy.covariance * scale.transpose();
    CHECK(problem.evaluate(moved, discount, temperature).value(x) < best.value(x));

    moved = independent.policy;
    moved.covariance.diagonal().array() *= 1 + 0.2 * normals(2, generator).array().abs() * (i % 2 == 0 ? 1 : -0.5);
    CHECK(problem.evaluate(moved, discount, temperature).value(x) < independent.value(x));
  }
}

TEST_CASE("The optimal action is where Q has no slope, and its Gaussian is exp(Q / temperature)", "[riccati]") {
  const LinearQuadraticProblem problem = coupled_carts();
  const Vector<double> x = Eigen::Vector4d(1, -1, 0.5, 0.3);
  const double step = 1e-4;
  const LinearQuadraticSolution hard = problem.optimum(0.99);
  const Vector<double> mean = -hard.policy.gain * x;
  for (Index i = 0; i < 2; ++i) {
    const Vector<double> shift = step * Vector<double>::Unit(2, i);
    // Central differences of a quadratic are exact up to rounding, about 1e-14 · |Q| / step.
    CHECK(std::abs(hard.q(x, mean + shift) - hard.q(x, mean - shift)) / (2 * step) < 1e-8);
    CHECK(hard.q(x, mean + shift) < hard.q(x, mean));
  }
  const LinearQuadraticSolution soft = problem.optimum(0.99, 0.7);
  const Matrix<double> precision = soft.policy.covariance.inverse();
  Generator generator(3);
  for (int i = 0; i < 5; ++i) {
    const Vector<double> u = normals(2, generator);
    // log π(u) − log π(mean) must be (Q(x, u) − Q(x, mean)) / temperature.
    CHECK(std::abs(-0.5 * (u - mean).dot(precision * (u - mean)) - (soft.q(x, u) - soft.q(x, mean)) / 0.7) < 1e-10);
  }
}

TEST_CASE("Problems and policies without finite values are refused", "[riccati]") {
  LinearQuadraticProblem problem = scalar_problem();
  REQUIRE_THROWS_WITH(problem.optimum(1.5), Contains("discount") && Contains("1.5"));
  REQUIRE_THROWS_WITH(problem.optimum(0.9, -1), Contains("temperature"));
  REQUIRE_THROWS_WITH(problem.evaluate({scalar(-0.5), scalar(0)}, 0.9), Contains("gain"));  // x grows by 1.5 a step
  REQUIRE_THROWS_WITH(problem.evaluate({scalar(0), scalar(0)}, 1), Contains("gain"));  // the cost is 1 at every step
  REQUIRE_THROWS_WITH(problem.evaluate({scalar(0.5), scalar(0)}, 0.9, 1), Contains("entropy"));
  REQUIRE_THROWS_WITH(problem.evaluate({Matrix<double>::Zero(2, 1), scalar(0)}, 0.9), Contains("2×1"));
  problem.dynamics = scalar(2);
  problem.input = scalar(0);
  REQUIRE_THROWS_WITH(problem.optimum(0.9), Contains("no gain"));
  problem.input = Matrix<double>::Zero(2, 1);
  REQUIRE_THROWS_WITH(problem.validate(), Contains("input"));
  problem = scalar_problem();
  problem.action_cost = scalar(0);
  REQUIRE_THROWS_WITH(problem.validate(), Contains("action_cost"));
  problem = scalar_problem();
  problem.state_cost = scalar(-1);
  REQUIRE_THROWS_WITH(problem.validate(), Contains("state_cost"));
}

}  // namespace riccati_test
