#include "holdfast/learners/bc.hpp"

#include <Eigen/Cholesky>

#include "catch.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace bc_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// A learner of a linear policy, updated with one batch until it has converged, and its last loss.
template <class Policy>
struct Cloned {
  BcOf<Policy> learner;
  double first_loss;
  double loss;

  explicit Cloned(const Batch<double>& batch, Index updates = 4000) : learner(config(updates), sizes(batch), 1) {
    learner.update(batch);
    first_loss = figure(learner, "policy_loss");
    for (Index i = 1; i < updates; ++i) learner.update(batch);
    loss = figure(learner, "policy_loss");
  }

  static typename BcOf<Policy>::Config config(Index updates) {
    typename BcOf<Policy>::Config config;
    config.policy.network.hidden = {};
    if constexpr (requires { config.policy.squash_mean; }) config.policy.squash_mean = false;
    config.policy_optimizer.learning_rate = 0.01;
    config.policy_optimizer.decay_steps = updates;
    return config;
  }
  static Sizes sizes(const Batch<double>& batch) { return {batch.observations.rows(), batch.actions.rows()}; }

  Matrix<double> mode(const Matrix<double>& observations) {
    typename Policy::Tape tape;
    Matrix<double> out;
    learner.policy().mode(observations, tape, out);
    return out;
  }
};

}  // namespace

TEST_CASE("Cloning a linear Gaussian finds the least squares and their residual", "[bc]") {
  Generator generator(1);
  Batch<double> batch = random_batch({.observation = 3, .action = 2}, 64, generator);
  const Matrix<double> weight = normal_matrix(2, 3, generator);
  batch.actions = weight * batch.observations + 0.3 * normal_matrix(2, 64, generator);

  Matrix<double> inputs(4, 64);
  inputs << batch.observations, Matrix<double>::Ones(1, 64);
  const Matrix<double> moments = inputs * inputs.transpose();
  const Matrix<double> cross = inputs * batch.actions.transpose();
  const Matrix<double> solution = moments.llt().solve(cross).transpose();  // 2×4, the bias last
  const Eigen::Array2d variance = (batch.actions - solution * inputs).rowwise().squaredNorm() / 64;
  // The optimum of the likelihood: ½ ln(2πe σ²) for each action.
  const double optimum = (0.5 * (2 * std::numbers::pi * std::numbers::e * variance).log()).sum();

  const Cloned<Gaussian<double>> cloned(batch);
  CHECK(cloned.first_loss > optimum + 0.5);
  CHECK(cloned.loss >= optimum - 1e-12);
  CHECK(cloned.loss < optimum + 1e-6);
  const Vector<double>& parameters = cloned.learner.policy().parameters();
  CHECK(difference(Vector<double>(parameters.head(8)), solution) < 1e-3);
  CHECK(difference(Vector<double>(parameters.tail(2)), Eigen::Vector2d(0.5 * variance.log())) < 1e-3);
}

TEST_CASE("Cloning by squared error fits what the policy can represent", "[bc]") {
  Generator generator(2);
  Batch<double> batch = random_batch({.observation = 3, .action = 2}, 32, generator);
  const Matrix<double> weight = 0.5 * normal_matrix(2, 3, generator);
  batch.actions = (weight * batch.observations).array().tanh();
  const Cloned<Deterministic<double>> cloned(batch);
  CHECK(cloned.first_loss > 0.01);
  CHECK(cloned.loss < 1e-6);
  CHECK(difference(Vector<double>(cloned.learner.policy().parameters().head(6)), weight) < 1e-2);
}

TEST_CASE("Squared error averages contradictory actions", "[bc]") {
  Batch<double> batch;
  batch.observations = Matrix<double>::Constant(1, 2, 0.7);
  batch.actions = Matrix<double>::Constant(1, 2, 1);
  batch.actions(0, 1) = -1;
  Cloned<Deterministic<double>> cloned(batch);
  CHECK(std::abs(cloned.mode(batch.observations)(0, 0)) < 1e-3);
  CHECK(std::abs(cloned.loss - 1) < 1e-5);
}

TEST_CASE("Cloning a tanh-Gaussian of one state finds the mean and spread before the tanh", "[bc]") {
  Generator generator(3);
  Batch<double> batch;
  batch.observations = Matrix<double>::Ones(1, 50);
  const Row<double> u = 0.3 + 0.6 * normal_row(50, generator);
  batch.actions = u.tanh().matrix();
  const double variance = (u - u.mean()).square().mean();
  // ½ ln(2πe σ²) + E[ln(1 − tanh²u)], the change of variables.
  const double optimum =
      0.5 * std::log(2 * std::numbers::pi * std::numbers::e * variance) + (1 - u.tanh().square()).log().mean();
  Cloned<TanhGaussian<double>> cloned(batch);
  CHECK(cloned.first_loss > optimum + 0.05);
  CHECK(std::abs(cloned.loss - optimum) < 1e-6);
  CHECK(std::abs(cloned.mode(batch.observations)(0, 0) - std::tanh(u.mean())) < 1e-3);
}

TEST_CASE("Behavior cloning reports no critics", "[bc]") {
  const Bc<> learner({}, {.observation = 3, .action = 2}, 1);
  CHECK(std::isnan(figure(learner, "critic_loss")));
  CHECK(figure(learner, "policy_loss") == 0);
  CHECK(learner.temperature() == 0);
}

}  // namespace bc_test
