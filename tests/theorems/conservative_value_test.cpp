/// \file
/// Theorem (Kumar et al. 2020, "Conservative Q-learning", theorem 3.2). The values that CQL learns for a policy are
/// lower bounds in expectation if α is large enough, E_π[Q(s, a)] ≤ V^π(s). They are more conservative for larger α.
///
/// Theorem 3.4, the expansion of the gap: the values of the data's own actions are pushed up, so that they gain on
/// those of the policy's actions.
///
/// In linear-quadratic control the V^π of a linear-Gaussian policy is known exactly, and quadratic critics can
/// represent the exact Q, so that only the bound itself is tested. The penalty's uniform draws are from [−1, 1] though
/// the environment does not clip: the problem is chosen so that nearly all actions of the data and of the policy are
/// inside.
#include <cmath>
#include <cstdint>
#include <limits>

#include "catch.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/environments/linear_quadratic.hpp"
#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/penalties/conservative.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/values/policy_value.hpp"
#include "support/scalar_quadratic_q.hpp"

namespace conservative_value_test {

using namespace holdfast;

namespace {

using Actor = Gaussian<double>;
using Quadratic = Ensemble<testing::ScalarQuadraticQ>;
using Evaluation = ActorCritic<Actor, Quadratic, PolicyValue, Conservative, SoftGreedy>;

constexpr double discount = 0.8;
constexpr double temperature = 0.1;

LinearQuadraticProblem problem() {
  LinearQuadraticProblem result;
  result.dynamics = Matrix<double>::Constant(1, 1, 0.9);
  result.input = Matrix<double>::Constant(1, 1, 0.5);
  result.state_cost = Matrix<double>::Constant(1, 1, 1);
  result.action_cost = Matrix<double>::Constant(1, 1, 0.5);
  return result;
}

/// Returns single steps from states uniform on [−1, 1] with actions N(0.2 s, 0.4²), which are not the policy's.
Transitions<double> recorded(Index size) {
  LinearQuadraticConfig config;
  config.problem = problem();
  LinearQuadratic environment(config);
  Generator generator(71, Stream::environment);
  Transitions<double> data;
  data.observations.resize(1, size);
  data.actions.resize(1, size);
  data.rewards.resize(size);
  data.next_observations.resize(1, size);
  data.terminals = Flags::Zero(size);
  data.timeouts = Flags::Ones(size);
  for (Index i = 0; i < size; ++i) {
    data.observations(0, i) = generator.uniform(-1, 1);
    data.actions(0, i) = 0.2 * data.observations(0, i) + 0.4 * generator.normal();
    environment.set_state(data.observations.col(i));
    data.rewards(i) = environment.step(data.actions.col(i)).reward;
    data.next_observations.col(i) = environment.state();
  }
  return data;
}

constexpr double second_moment = 1.0 / 3;  // of the states

/// Returns E V(s) over states uniform on [−1, 1].
double mean_value(const QuadraticValue& value) { return value.constant - value.curvature(0, 0) * second_moment; }

struct LearnedValues {
  double policy;  ///< E Q(s, a) over states uniform on [−1, 1] and the policy's actions
  double data;    ///< E Q(s, a) over the data
};

/// Returns CQL's evaluation of a policy. One seed gives the same batches and the same draws for every α.
LearnedValues evaluate(double alpha, std::uint64_t seed, const LinearGaussian& policy,
                       const Transitions<double>& data) {
  Evaluation::Config config;
  config.discount = discount;
  config.target_rate = 0.05;
  config.actor_every = 1'000'000;  // the policy does not change: it is only evaluated
  config.policy.network.hidden = {};
  config.policy.squash_mean = false;
  config.policy.action_limit = std::numeric_limits<double>::infinity();
  config.penalty.alpha = alpha;
  config.penalty.samples = 2;
  const double gain = policy.gain(0, 0);
  const double deviation = std::sqrt(policy.covariance(0, 0));
  Generator generator(seed, Stream::initialization);
  Actor actor(config.policy, {1, 1}, generator);
  actor.parameters() << -gain, 0, std::log(deviation);
  testing::ScalarQuadraticQ q;
  UniformSampler sampler(seed);
  Batch<double> batch;
  for (const double rate : {0.03, 3e-3, 1e-3}) {
    Evaluation learner(config, actor, Quadratic({q}, {.learning_rate = rate}), {1, 1}, seed);
    for (int i = 0; i < 1000; ++i) {
      sampler.sample(data, 64, discount, batch);
      learner.update(batch);
    }
    q = learner.critics().member(Net::online, 0);
  }
  const Vector<double>& theta = q.parameters();
  testing::ScalarQuadraticQ::Tape tape;
  return {theta(0) + (theta(3) - theta(4) * gain) * second_moment +
              theta(5) * (gain * gain * second_moment + deviation * deviation),
          q.values(data.observations, data.actions, tape).mean()};
}

}  // namespace

TEST_CASE("CQL's values of a policy fall below the exact ones, the further the larger its penalty", "[theorems]") {
  const LinearGaussian policy = problem().optimum(discount, temperature).policy;
  const Transitions<double> data = recorded(4000);
  const double value = mean_value(problem().evaluate(policy, discount).value);
  for (const std::uint64_t seed : {1U, 2U}) {
    double last = 1e9;
    double last_gap = -1e9;
    for (const double alpha : {0.0, 0.1, 0.5, 1.0, 5.0}) {
      const LearnedValues learned = evaluate(alpha, seed, policy, data);
      const double found = learned.policy - value;
      CAPTURE(seed, alpha, value, found);
      CHECK(found < last);
      if (alpha == 0)
        CHECK(std::abs(found) < 0.02);
      else
        CHECK(found < -0.05);
      CAPTURE(learned.data);
      CHECK(learned.data - learned.policy > last_gap);
      last = found;
      last_gap = learned.data - learned.policy;
    }
  }
}

}  // namespace conservative_value_test
