#include "holdfast/environments/linear_quadratic.hpp"

#include <cmath>

#include "catch.hpp"

namespace linear_quadratic_test {

using namespace holdfast;

static_assert(IsEnvironment<LinearQuadratic>);

namespace {

Matrix<double> scalar(double value) { return Matrix<double>::Constant(1, 1, value); }

}  // namespace

TEST_CASE("A linear-quadratic step is the one computed by hand, unclipped", "[linear_quadratic]") {
  LinearQuadratic environment({.problem = {scalar(2), scalar(1), scalar(3), scalar(0.5)}});
  environment.set_state(Vector<double>::Constant(1, 2));
  const StepResult result = environment.step(Vector<double>::Constant(1, -3));
  CHECK(result.reward == -16.5);       // −(3 · 4 + 0.5 · 9)
  CHECK(environment.state()[0] == 1);  // 2 · 2 − 3
  CHECK_FALSE(result.terminal);
}

TEST_CASE("The default system needs control and correlated actions", "[linear_quadratic]") {
  const LinearQuadratic environment;
  const LinearQuadraticProblem& problem = environment.config().problem;
  // Nothing holds the carts in place: if both are displaced by the same distance, they stay.
  const Vector<double> displaced = Eigen::Vector4d(1, 1, 0, 0);
  CHECK((problem.dynamics * displaced - displaced).norm() < 1e-15);
  const Matrix<double> covariance = problem.optimum(0.99, 1).policy.covariance;
  CHECK(covariance(0, 1) / std::sqrt(covariance(0, 0) * covariance(1, 1)) < -0.2);
}

TEST_CASE("No feedback near the scripted one has a lower long-run cost", "[linear_quadratic]") {
  const LinearQuadratic environment;
  const LinearQuadraticProblem& problem = environment.config().problem;
  Matrix<double> gain(2, 4);
  Vector<double> action(2);
  for (Index i = 0; i < 4; ++i) {
    REQUIRE(environment.scripted(Vector<double>::Unit(4, i), action));
    gain.col(i) = -action;
  }
  const Matrix<double> initial = Matrix<double>::Identity(4, 4) / 3;
  const Matrix<double> none = Matrix<double>::Zero(2, 2);
  const double best = problem.mean_return({gain, none}, initial, 2000);
  Generator generator(4);
  for (int i = 0; i < 20; ++i) {
    Matrix<double> other(2, 4);
    generator.fill_normal(other);
    CHECK(problem.mean_return({gain + 0.05 * other, none}, initial, 2000) < best);
  }
}

TEST_CASE("A bad linear-quadratic config is refused by name", "[linear_quadratic]") {
  REQUIRE_THROWS_WITH(LinearQuadratic({.initial_range = -1}), Contains("linear_quadratic.initial_range"));
  REQUIRE_THROWS_WITH(LinearQuadratic({.time_limit = 0}), Contains("linear_quadratic.time_limit"));
  LinearQuadraticConfig config;
  config.problem.dynamics.resize(0, 0);
  REQUIRE_THROWS_WITH(LinearQuadratic(config), Contains("dynamics"));
  config.problem = {scalar(2), scalar(0), scalar(1), scalar(1)};
  REQUIRE_THROWS_WITH(LinearQuadratic(config), Contains("no gain"));
}

}  // namespace linear_quadratic_test
