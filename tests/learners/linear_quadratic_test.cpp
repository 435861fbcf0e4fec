/// \file
/// Tests learners against the exact solutions of linear-quadratic control.
#include "holdfast/environments/linear_quadratic.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/values/policy_value.hpp"
#include "support/single_steps.hpp"

namespace linear_quadratic_test {

using namespace holdfast;

namespace {

constexpr double discount = 0.9;
/// Small enough that all V and Q below are negative, so that relative errors are defined at each state.
constexpr double temperature = 0.1;
constexpr Sizes sizes{4, 2};

/// Q(s, a) = θ · φ([s; a]), as a user would write it. φ holds all products z_i z_j, i ≤ j, row by row, and then 1.
class QuadraticCritic {
 public:
  using Scalar = double;
  using Actions = Matrix<double>;
  struct Tape {
    Matrix<double> inputs;    ///< z = [s; a]
    Matrix<double> features;  ///< φ
    Row<double> values;
  };

  QuadraticCritic() : parameters_(Vector<double>::Zero(size * (size + 1) / 2 + 1)) {}

  [[nodiscard]] Vector<double>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<double>& parameters() const { return parameters_; }
  [[nodiscard]] double constant() const { return parameters_(parameters_.size() - 1); }

  /// Returns the symmetric M of Q = zᵀ M z + constant.
  [[nodiscard]] Matrix<double> form() const {
    Matrix<double> form(size, size);
    Index feature = 0;
    for (Index i = 0; i < size; ++i)
      for (Index j = i; j < size; ++j) form(i, j) = form(j, i) = parameters_(feature++) * (i == j ? 1 : 0.5);
    return form;
  }

  const Row<double>& values(const Matrix<double>& observations, const Actions& actions, Tape& tape) const {
    const Index per_state = actions.cols() / observations.cols();
    tape.inputs.resize(size, actions.cols());
    tape.features.resize(parameters_.size(), actions.cols());
    for (Index column = 0; column < actions.cols(); ++column) {
      auto z = tape.inputs.col(column);
      z << observations.col(column / per_state), actions.col(column);
      Index feature = 0;
      for (Index i = 0; i < size; ++i)
        for (Index j = i; j < size; ++j) tape.features(feature++, column) = z(i) * z(j);
      tape.features(feature, column) = 1;
    }
    tape.values = parameters_.transpose() * tape.features;
    return tape.values;
  }

  void backward(const Matrix<double>&, const Actions&, Tape& tape, const Row<double>& adjoint,
                Vector<double>& gradient) const {
    gradient += tape.features * adjoint.matrix().transpose();
  }

  void action_gradient(const Matrix<double>&, const Actions& actions, Tape& tape, const Row<double>& adjoint,
                       Actions& out) const {
    out = 2 * form().bottomRows(actions.rows()) * tape.inputs;
    out.array().rowwise() *= adjoint;
  }

 private:
  static constexpr Index size = sizes.observation + sizes.action;
  Vector<double> parameters_;
};

LinearQuadraticSolution soft_optimum(double at_discount = discount) {
  return coupled_carts().optimum(at_discount, temperature, Covariance::diagonal);
}

/// Returns single steps with states and actions uniform on [−2, 2].
Transitions<double> broad_data(Index size) {
  Generator generator(11, Stream::environment);
  Matrix<double> observations(sizes.observation, size);
  Matrix<double> actions(sizes.action, size);
  for (double& entry : observations.reshaped()) entry = generator.uniform(-2, 2);
  for (double& entry : actions.reshaped()) entry = generator.uniform(-2, 2);
  return testing::single_steps(observations, actions);
}

GaussianConfig linear_gaussian() {
  GaussianConfig config;
  config.network.hidden = {};
  config.squash_mean = false;
  config.action_limit = std::numeric_limits<double>::infinity();
  return config;
}

/// The learned policy and Q, in the terms of the exact solutions: u ~ N(−gain x + bias, diag deviation²).
struct Learned {
  Learned(const Gaussian<double>& policy, const QuadraticCritic& q) : Learned(policy) {
    form = q.form();
    constant = q.constant();
  }
  explicit Learned(const Gaussian<double>& policy) {
    const Vector<double>& w = policy.parameters();
    gain = -w.head(8).reshaped(2, 4);
    bias = w.segment(8, 2);
    deviation = w.tail(2).array().exp();
  }

  [[nodiscard]] double q(const Vector<double>& x, const Vector<double>& u) const {
    Vector<double> z(6);
    z << x, u;
    return z.dot(form * z) + constant;
  }
  /// Returns E_u[Q(x, u)] + entropy_weight · entropy.
  [[nodiscard]] double v(const Vector<double>& x, double entropy_weight) const {
    const double entropy = (deviation.array().log() + 0.5 * (1 + std::log(2 * std::numbers::pi))).sum();
    const double spread = form.diagonal().tail(2).dot(deviation.cwiseAbs2());
    return q(x, bias - gain * x) + spread + entropy_weight * entropy;
  }
  /// Returns the P of V(x) = −xᵀPx + …
  [[nodiscard]] Matrix<double> curvature() const {
    Matrix<double> closed(6, 4);
    closed << Matrix<double>::Identity(4, 4), -gain;
    return -closed.transpose() * form * closed;
  }

  Matrix<double> gain;
  Vector<double> bias;
  Vector<double> deviation;
  Matrix<double> form;  ///< M of Q = zᵀ M z + constant
  double constant = 0;
};

/// Relative errors: of quadratic forms in the Frobenius norm, of values the largest on a grid of states and actions.
struct Errors {
  double q_form, v_form, q, v;

  [[nodiscard]] double largest() const { return std::max({q_form, v_form, q, v}); }
  [[nodiscard]] double smallest() const { return std::min({q_form, v_form, q, v}); }
};

double relative(const Matrix<double>& found, const Matrix<double>& exact) {
  return (found - exact).norm() / exact.norm();
}

/// Returns the i-th point of {−1, 0, 1}^size.
Vector<double> grid_point(Index i, Index size) {
  Vector<double> point(size);
  for (double& entry : point) {
    entry = static_cast<double>(i % 3 - 1);
    i /= 3;
  }
  return point;
}

Errors errors(const Learned& learned, const LinearQuadraticSolution& exact, double entropy_weight) {
  Matrix<double> form(6, 6);
  form << -exact.q.state, -exact.q.cross.transpose(), -exact.q.cross, -exact.q.action;
  Errors result{relative(learned.form, form), relative(learned.curvature(), exact.value.curvature), 0, 0};
  for (Index i = 0; i < 81; ++i) {
    const Vector<double> x = grid_point(i, 4);
    result.v = std::max(result.v, std::abs(learned.v(x, entropy_weight) / exact.value(x) - 1));
    for (Index j = 0; j < 9; ++j) {
      const Vector<double> u = grid_point(j, 2);
      result.q = std::max(result.q, std::abs(learned.q(x, u) / exact.q(x, u) - 1));
    }
  }
  return result;
}

/// Trains with a falling learning rate: each stage is a new learner that starts from the parameters of the one before.
template <class ValueRule>
Learned train(double trained_discount) {
  using Critic = Ensemble<QuadraticCritic>;
  using Learner = ActorCritic<Gaussian<double>, Critic, ValueRule, NoPenalty, SoftGreedy>;
  const Transitions<double> data = broad_data(4000);
  typename Learner::Config config;
  config.discount = trained_discount;
  config.target_rate = 0.1;
  config.improvement.initial_temperature = temperature;
  config.improvement.learn_temperature = false;

  Generator initialization(12, Stream::initialization);
  Gaussian<double> policy(linear_gaussian(), sizes, initialization);
  QuadraticCritic critic;
  UniformSampler sampler(13);
  typename Learner::BatchType batch;
  for (const double rate : {0.02, 0.006, 0.002, 0.0006, 0.0002}) {
    config.policy_optimizer.learning_rate = rate;
    Learner learner(config, policy, Critic({critic}, config.policy_optimizer), sizes, 14);
    for (int i = 0; i < 1500; ++i) {
      sampler.sample(data, 128, learner.discount(), batch);
      learner.update(batch);
    }
    policy = learner.policy();
    critic = learner.critics().member(Net::online, 0);
  }
  return Learned(policy, critic);
}

std::string described(const Errors& e) {
  return message("relative errors: form of Q ", e.q_form, ", form of V ", e.v_form, ", Q ", e.q, ", V ", e.v);
}

void check_policy(const Learned& learned, const LinearGaussian& exact) {
  CHECK(relative(learned.gain, exact.gain) < 0.02);
  CHECK(relative(learned.deviation, exact.covariance.diagonal().cwiseSqrt()) < 0.02);
  CHECK(learned.bias.norm() < 0.01);
}

}  // namespace

TEST_CASE("SAC with a quadratic critic and a linear-Gaussian policy reaches the soft Riccati solution", "[learners]") {
  const Learned learned = train<SoftPolicyValue>(discount);
  const LinearQuadraticSolution exact = soft_optimum();
  const Errors found = errors(learned, exact, temperature);
  INFO(described(found));
  CHECK(found.largest() < 0.01);
  check_policy(learned, exact.policy);
  // Independent actions are worth 4 % less at the origin than the best correlated ones: the errors show the difference.
  CHECK(errors(learned, coupled_carts().optimum(discount, temperature), temperature).v > 0.03);
}

TEST_CASE("Without entropy in the backup the learner reaches the plain value of the soft policy", "[learners]") {
  // Q has the same curvature with and without entropy, so the policy is the same; its value is not.
  const Learned learned = train<PolicyValue>(discount);
  const LinearQuadraticSolution exact = coupled_carts().evaluate(soft_optimum().policy, discount);
  const Errors found = errors(learned, exact, 0);
  INFO(described(found));
  CHECK(found.largest() < 0.01);
  check_policy(learned, exact.policy);
  CHECK(errors(learned, soft_optimum(), 0).v > 0.1);
}

TEST_CASE("A learner with another discount misses the solution by far", "[learners]") {
  const Learned learned = train<SoftPolicyValue>(0.85);
  const Errors found = errors(learned, soft_optimum(), temperature);
  INFO(described(found));
  CHECK(found.smallest() > 0.05);
  CHECK(errors(learned, soft_optimum(0.85), temperature).largest() < 0.01);
}

TEST_CASE("Cloning recovers the gain and the spread of the policy that acted", "[learners]") {
  const LinearGaussian acted = soft_optimum().policy;
  const Vector<double> deviation = acted.covariance.diagonal().cwiseSqrt();
  const Index size = 2000;
  Transitions<double> data = broad_data(size);
  Generator noise(15, Stream::noise);
  noise.fill_normal(data.actions);
  data.actions = (deviation.asDiagonal() * data.actions - acted.gain * data.observations).eval();

  // Each batch is all of the data, so that the optimum is the maximum of the likelihood: least squares.
  using Learner = BcOf<Gaussian<double>>;
  Learner::Config config;
  std::vector<Index> all(static_cast<std::size_t>(size));
  std::iota(all.begin(), all.end(), Index{0});
  Learner::BatchType batch;
  data.gather(all, config.discount, batch);
  Generator initialization(16, Stream::initialization);
  Gaussian<double> policy(linear_gaussian(), sizes, initialization);
  for (const double rate : {0.01, 0.001, 0.0001}) {
    config.policy_optimizer.learning_rate = rate;
    Learner learner(config, policy, {}, sizes, 17);
    for (int i = 0; i < 600; ++i) learner.update(batch);
    policy = learner.policy();
  }
  const Learned learned(policy);

  Matrix<double> inputs(size, 5);
  inputs << data.observations.transpose(), Vector<double>::Ones(size);
  Matrix<double> coefficients(5, 2);
  coefficients << -learned.gain.transpose(), learned.bias.transpose();
  const Matrix<double> fitted = inputs.colPivHouseholderQr().solve(data.actions.transpose());
  const Vector<double> residual =
      (data.actions.transpose() - inputs * fitted).colwise().norm().transpose() / std::sqrt(static_cast<double>(size));
  CHECK(relative(coefficients, fitted) < 1e-6);
  CHECK(relative(learned.deviation, residual) < 1e-6);

  // Squared errors in units of their standard errors: chi-squared with 10 degrees of freedom, beyond 35.6 with
  // probability 1e-4. The logarithm of a deviation has standard error 1/√(2N), beyond 3.9 of them 1e-4 too.
  const auto distance = [&](const Matrix<double>& gain) {
    Matrix<double> difference = coefficients;
    difference.topRows(4) += gain.transpose();
    return (inputs * difference * deviation.cwiseInverse().asDiagonal()).squaredNorm();
  };
  CHECK(distance(acted.gain) < 35.6);
  CHECK(distance(soft_optimum(0.85).policy.gain) > 10 * 35.6);
  for (Index j = 0; j < 2; ++j)
    CHECK(std::abs(std::log(learned.deviation(j) / deviation(j))) < 3.9 / std::sqrt(2.0 * static_cast<double>(size)));
}

}  // namespace linear_quadratic_test
