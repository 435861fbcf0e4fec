/// \file
/// Tests TD3+BC against the exact solution of linear-quadratic control with a pull towards the data's actions.
#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>

#include "catch.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/linear_quadratic.hpp"
#include "holdfast/improvements/deterministic_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/td3.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/values/target_policy_value.hpp"
#include "support/quadratic_q.hpp"
#include "support/single_steps.hpp"

namespace td3_bc_test {

using namespace holdfast;

namespace {

constexpr double discount = 0.9;
constexpr Sizes sizes{4, 2};

// π(s) = W s, as a user would write it. Its parameters are W, column by column.
class LinearPolicy {
 public:
  using Scalar = double;
  using Actions = Matrix<double>;
  struct Tape {};

  [[nodiscard]] Vector<double>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<double>& parameters() const { return parameters_; }
  [[nodiscard]] Index action_size() const { return sizes.action; }
  [[nodiscard]] Matrix<double> gain() const { return -parameters_.reshaped(sizes.action, sizes.observation); }

  void mode(const Matrix<double>& observations, Tape&, Matrix<double>& actions) const {
    actions = -gain() * observations;
  }
  void propose(const Matrix<double>& observations, Index per_state, Generator&, Tape& tape,
               Proposal<double>& proposal) const {
    if (per_state != 1) throw ConfigError("expected one action for each state");
    mode(observations, tape, proposal.actions);
    proposal.per_state = 1;
    proposal.log_probs.setZero(observations.cols());
    proposal.weights.setOnes(observations.cols());
  }
  void backward(const Matrix<double>& observations, Tape&, const Proposal<double>&, const Proposal<double>& adjoint,
                Vector<double>& gradient) const {
    gradient += (adjoint.actions * observations.transpose()).reshaped();
  }

  double cloning_loss(const Matrix<double>& observations, const Actions& actions, const Row<double>& weights,
                      Generator&, Tape&, Vector<double>& gradient) const {
    const Matrix<double> error = -gain() * observations - actions;
    const Matrix<double> weighted = error.array().rowwise() * weights / static_cast<double>(observations.cols());
    gradient += 2 * (weighted * observations.transpose()).reshaped();
    return weighted.cwiseProduct(error).sum();
  }

 private:
  Vector<double> parameters_ = Vector<double>::Zero(sizes.action * sizes.observation);
};

// Single steps from small states, of a linear policy with noise: so small that no action is near ±1, where it is
// clipped.
Transitions<double> steps_of(const Matrix<double>& gain, Index size) {
  Generator generator(21, Stream::environment);
  Matrix<double> observations(sizes.observation, size);
  Matrix<double> actions(sizes.action, size);
  for (double& entry : observations.reshaped()) entry = generator.uniform(-0.3, 0.3);
  for (double& entry : actions.reshaped()) entry = generator.uniform(-0.3, 0.3);
  actions -= gain * observations;
  return testing::single_steps(observations, actions);
}

// The gain K that is its own improvement. For Q(x, u) = −(xᵀ S x + 2 uᵀ C x + uᵀ U u) of the policy u = −K x, the least
// of β ‖u + G x‖² − λ Q(x, u) is u = −(λ U + β)⁻¹ (λ C + β G) x. λ is weight_of(solution).
template <class WeightOf>
Matrix<double> exact_gain(const Matrix<double>& cloned, double cloning_weight, WeightOf&& weight_of) {
  const Matrix<double> pull = cloning_weight * Matrix<double>::Identity(sizes.action, sizes.action);
  Matrix<double> gain = cloned;
  for (int i = 0; i < 1000; ++i) {
    const auto now = coupled_carts().evaluate({gain, Matrix<double>::Zero(sizes.action, sizes.action)}, discount);
    const double weight = weight_of(now);
    gain = (weight * now.q.action + pull).inverse() * (weight * now.q.cross + cloning_weight * cloned);
  }
  return gain;
}

double one(const LinearQuadraticSolution& /*solution*/) { return 1; }

// The learned gain, after a training with a falling learning rate: each stage is a new learner that starts from the
// parameters of the one before.
template <class Greedy>
Matrix<double> learned_gain(const Transitions<double>& data, const Greedy& greedy) {
  using Critics = Ensemble<testing::QuadraticQ>;
  using Learner = ActorCritic<LinearPolicy, Critics, TargetPolicyValue<>, NoPenalty, Greedy>;
  typename Learner::Config config;
  config.discount = discount;
  config.target_rate = 0.1;
  config.improvement = greedy;
  Generator generator(22);
  LinearPolicy policy;
  testing::QuadraticQ q(sizes, generator);
  q.parameters().setZero();
  UniformSampler sampler(23);
  typename Learner::BatchType batch;
  for (const double rate : {0.05, 0.01, 0.002, 0.0004, 0.0001}) {
    config.policy_optimizer.learning_rate = rate;
    Learner learner(config, policy, Critics({q}, config.policy_optimizer), sizes, 24);
    for (int i = 0; i < 1500; ++i) {
      sampler.sample(data, 512, discount, batch);
      learner.update(batch);
    }
    policy = learner.policy();
    q = learner.critics().member(Net::online, 0);
  }
  return policy.gain();
}

// Data of a policy between none and the optimum, and the gain that cloning finds on them, by least squares.
struct Recorded {
  Recorded() : optimum(coupled_carts().optimum(discount).policy.gain) {
    Matrix<double> acted = 0.3 * optimum;
    acted.row(1).setConstant(0.2);
    data = steps_of(acted, 4000);
    cloned = -data.observations.transpose().colPivHouseholderQr().solve(data.actions.transpose()).transpose();
  }
  Matrix<double> optimum;
  Transitions<double> data;
  Matrix<double> cloned;
};

double relative(const Matrix<double>& found, const Matrix<double>& exact) {
  return (found - exact).norm() / exact.norm();
}

}  // namespace

TEST_CASE("The greedy improvement with cloning reaches the exact gain between the clone and the optimum",
          "[learners]") {
  const Recorded recorded;
  const double cloning_weight = GENERATE(0.0, 0.3, 3.0);
  const Matrix<double> exact = exact_gain(recorded.cloned, cloning_weight, one);
  const Matrix<double> learned = learned_gain(recorded.data, DeterministicGreedy<>{.cloning_weight = cloning_weight});
  INFO("cloning weight " << cloning_weight << ": error " << relative(learned, exact) << ", distance to the clone "
                         << relative(exact, recorded.cloned) << ", to the optimum "
                         << relative(exact, recorded.optimum));
  CHECK(relative(learned, exact) < 0.01);
  // The test would tell another weight apart.
  CHECK(relative(exact_gain(recorded.cloned, 2 * cloning_weight + 0.1, one), exact) > 0.04);
  if (cloning_weight == 0) {
    CHECK(relative(exact, recorded.optimum) < 1e-6);
    return;
  }
  CHECK(relative(exact, recorded.cloned) > 0.1);
  CHECK(relative(exact, recorded.optimum) > 0.1);
}

TEST_CASE("TD3+BC's improvement reaches the exact gain for 2.5 / mean |Q| and the mean squared distance",
          "[learners]") {
  const Recorded recorded;
  const Matrix<double>& x = recorded.data.observations;
  const auto normalized = [&](const LinearQuadraticSolution& solution) {
    double sum = 0;
    for (Index i = 0; i < x.cols(); ++i) sum += std::abs(solution.q(x.col(i), -solution.policy.gain * x.col(i)));
    return 2.5 / (sum / static_cast<double>(x.cols()));
  };
  constexpr double mean_of_two = 0.5;
  const Matrix<double> exact = exact_gain(recorded.cloned, mean_of_two, normalized);
  const Matrix<double> learned = learned_gain(recorded.data, DeterministicGreedy<Td3BcGreedyDefaults>{});
  INFO("error " << relative(learned, exact) << ", distance to the clone " << relative(exact, recorded.cloned)
                << ", to the optimum " << relative(exact, recorded.optimum));
  CHECK(relative(learned, exact) < 0.01);
  CHECK(relative(exact_gain(recorded.cloned, mean_of_two, one), exact) > 0.04);
}

}  // namespace td3_bc_test
