/// \file
/// Theorem (Newey and Powell 1987, theorem 1; Kostrikov et al. 2022, "Offline reinforcement learning with implicit
/// Q-learning", lemmas 1 and 2 and theorem 3). The τ-expectile e_τ of a distribution is the root of E[|τ − 1{q < e}|
/// (q − e)] = 0. It is the mean at τ = 1/2, rises with τ and tends to the largest value as τ → 1. So the V of IQL goes
/// from the in-sample mean of Q to its in-sample maximum. Its fixed point in an MDP goes from the value of the policy
/// that acted to that of the best policy that the data supports.
#include "holdfast/values/expectile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/improvements/advantage_weighted.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "support/scalar_quadratic_q.hpp"

namespace expectile_test {

using namespace holdfast;

namespace {

/// Returns the τ-expectile of equally likely values, by bisection.
double exact_expectile(double tau, const std::vector<double>& values) {
  auto [low, high] = std::pair(*std::ranges::min_element(values), *std::ranges::max_element(values));
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    double balance = 0;
    for (const double q : values) balance += (q < middle ? 1 - tau : tau) * (q - middle);
    (balance > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

GaussianConfig linear_gaussian() {
  GaussianConfig config;
  config.network.hidden = {};
  return config;
}

Expectile<MlpV<double>> table_expectile(double tau, double rate) {
  Expectile<MlpV<double>> rule;
  rule.expectile = tau;
  rule.network.hidden = {};
  rule.optimizer.learning_rate = rate;
  return rule;
}

/// Returns V of each state (one-hot), after the rule was trained on states whose actions have the given values.
Row<double> learned_expectiles(double tau, const std::vector<std::vector<double>>& distributions) {
  using Policy = Gaussian<double>;
  using Critics = Ensemble<testing::ScalarQuadraticQ>;
  const auto states = static_cast<Index>(distributions.size());
  Index size = 0;
  for (const auto& values : distributions) size += static_cast<Index>(values.size());
  Batch<double> batch;
  batch.observations.setZero(states, size);
  batch.actions.resize(1, size);
  Index column = 0;
  for (Index state = 0; state < states; ++state)
    for (const double value : distributions[static_cast<std::size_t>(state)]) {
      batch.observations(state, column) = 1;
      batch.actions(0, column++) = value;
    }

  const Sizes sizes{states, 1};
  Generator generator(1, Stream::initialization);
  const Policy policy(linear_gaussian(), sizes, generator);
  Vector<double> the_action = Vector<double>::Zero(6);
  the_action(2) = 1;
  Critics critics({testing::ScalarQuadraticQ(the_action)});
  Vector<double> parameters;
  MlpV<double>::Tape tape;
  Row<double> result;
  for (const double rate : {0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7}) {
    Expectile<MlpV<double>>::State<Policy, Critics> state(table_expectile(tau, rate), policy, critics, sizes,
                                                          generator);
    if (parameters.size() > 0) state.network().parameters() = parameters;
    Context<Policy, Critics> context{batch, policy, critics, generator, 0};
    for (int i = 0; i < 1000; ++i) state.prepare(context);
    parameters = state.network().parameters();
    result = state.network().values(Matrix<double>::Identity(states, states), tape);
  }
  return result;
}

/// Returns a coin, a uniform distribution on (0, 1) and an exponential one, the last two as their quantiles.
std::vector<std::vector<double>> known_distributions() {
  std::vector<std::vector<double>> distributions{{0, 1}, {}, {}};
  constexpr int points = 100;
  for (int i = 0; i < points; ++i) {
    const double quantile = (i + 0.5) / points;
    distributions[1].push_back(quantile);
    distributions[2].push_back(-std::log1p(-quantile));
  }
  return distributions;
}

/// Q(s, a) = sᵀ M a: a table for one-hot states and one-hot actions.
class TableQ {
 public:
  using Scalar = double;
  using Actions = Matrix<double>;
  struct Tape {
    Row<double> values;
  };

  explicit TableQ(const Matrix<double>& table) : states_(table.rows()), parameters_(table.reshaped()) {}

  [[nodiscard]] Vector<double>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<double>& parameters() const { return parameters_; }
  [[nodiscard]] Matrix<double> table() const { return parameters_.reshaped(states_, parameters_.size() / states_); }

  const Row<double>& values(const Matrix<double>& observations, const Actions& actions, Tape& tape) const {
    tape.values = (table().transpose() * observations).cwiseProduct(actions).colwise().sum().array();
    return tape.values;
  }
  void backward(const Matrix<double>& observations, const Actions& actions, Tape&, const Row<double>& adjoint,
                Vector<double>& gradient) const {
    gradient += (observations * adjoint.matrix().asDiagonal() * actions.transpose()).reshaped();
  }
  void action_gradient(const Matrix<double>& observations, const Actions&, Tape&, const Row<double>& adjoint,
                       Actions& out) const {
    out = table().transpose() * observations * adjoint.matrix().asDiagonal();
  }

 private:
  Index states_;
  Vector<double> parameters_;
};

/// A transition of a deterministic MDP.
struct Step {
  Index state, action;
  double reward;
  Index next;
};

constexpr Index states = 3;
constexpr Index actions = 3;
constexpr double discount = 0.8;

/// Three states on a ring. Action 0 stays, and action 1 goes on. Action 2 would stay for a reward of 10 but is not in
/// the data. In state 0 the data stayed twice as often as it went on.
const std::vector<Step> recorded{{0, 0, 0.1, 0}, {0, 0, 0.1, 0}, {0, 1, -0.5, 1}, {1, 0, 0.2, 1},
                                 {1, 1, 0, 2},   {2, 0, 1, 2},   {2, 1, -1, 0}};

/// Returns the fixed point of V(s) = e_τ over the data of r + γ V(s′).
Row<double> in_sample_value(double tau) {
  Row<double> value = Row<double>::Zero(states);
  for (int sweep = 0; sweep < 200; ++sweep) {
    Row<double> next(states);
    for (Index state = 0; state < states; ++state) {
      std::vector<double> q;
      for (const Step& step : recorded)
        if (step.state == state) q.push_back(step.reward + discount * value(step.next));
      next(state) = tau < 1 ? exact_expectile(tau, q) : *std::ranges::max_element(q);
    }
    value = next;
  }
  return value;
}

Batch<double> recorded_batch() {
  const auto size = static_cast<Index>(recorded.size());
  Batch<double> batch;
  batch.observations.setZero(states, size);
  batch.next_observations.setZero(states, size);
  batch.actions.setZero(actions, size);
  batch.rewards.resize(size);
  batch.continuation.setConstant(size, discount);
  for (Index i = 0; i < size; ++i) {
    const Step& step = recorded[static_cast<std::size_t>(i)];
    batch.observations(step.state, i) = 1;
    batch.actions(step.action, i) = 1;
    batch.rewards(i) = step.reward;
    batch.next_observations(step.next, i) = 1;
  }
  return batch;
}

struct LearnedTables {
  Row<double> value;
  Matrix<double> q;
};

/// Returns the result of implicit Q-learning over all of the data, with the unseen action's entries at 10 initially.
LearnedTables implicit_q_learning(double tau) {
  using Learner =
      ActorCritic<Gaussian<double>, Ensemble<TableQ>, Expectile<MlpV<double>>, NoPenalty, AdvantageWeighted>;
  const Batch<double> batch = recorded_batch();
  const Sizes sizes{states, actions};
  Generator generator(2, Stream::initialization);
  const Gaussian<double> policy(linear_gaussian(), sizes, generator);
  Matrix<double> table = Matrix<double>::Zero(states, actions);
  table.col(2).setConstant(10);
  TableQ q(table);
  Learner::Config config;
  config.target_rate = 0.05;
  Vector<double> parameters;
  MlpV<double>::Tape tape;
  LearnedTables result;
  for (const double rate : {0.03, 0.01, 3e-3, 1e-3, 1e-4, 1e-5}) {
    config.value = table_expectile(tau, rate);
    Learner learner(config, policy, Ensemble<TableQ>({q}, {.learning_rate = rate}), sizes, 3);
    if (parameters.size() > 0) learner.value().network().parameters() = parameters;
    for (int i = 0; i < 3000; ++i) learner.update(batch);
    q = learner.critics().member(Net::online, 0);
    parameters = learner.value().network().parameters();
    result.value = learner.value().network().values(Matrix<double>::Identity(states, states), tape);
  }
  result.q = q.table();
  return result;
}

}  // namespace

TEST_CASE("The expectile of a fair coin of 0 and 1 is the expectile level itself", "[theorems]") {
  for (const double tau : {0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
    CAPTURE(tau);
    CHECK(std::abs(learned_expectiles(tau, {{0, 1}})(0) - tau) < 1e-6);
  }
}

TEST_CASE("The value rule of IQL learns the exact expectile of known distributions", "[theorems]") {
  const std::vector<std::vector<double>> distributions = known_distributions();
  for (const double tau : {0.1, 0.5, 0.7, 0.9, 0.99}) {
    const Row<double> learned = learned_expectiles(tau, distributions);
    for (std::size_t i = 0; i < distributions.size(); ++i) {
      CAPTURE(tau, i);
      CHECK(std::abs(learned(static_cast<Index>(i)) - exact_expectile(tau, distributions[i])) < 1e-6);
    }
    // For the uniform distribution, τ (1 − e)² = (1 − τ) e²; its 100 quantiles are at most 1e-4 away.
    CHECK(std::abs(learned(1) - std::sqrt(tau) / (std::sqrt(tau) + std::sqrt(1 - tau))) < 1e-4);
  }
}

TEST_CASE("The expectile is the mean at one half, rises with its level and tends to the maximum", "[theorems]") {
  const std::vector<std::vector<double>> distributions = known_distributions();
  Row<double> last = learned_expectiles(0.5, distributions);
  for (std::size_t i = 0; i < distributions.size(); ++i)
    CHECK(std::abs(last(static_cast<Index>(i)) - mean(distributions[i])) < 1e-6);

  Row<double> maximum(3);
  for (Index i = 0; i < 3; ++i) maximum(i) = *std::ranges::max_element(distributions[static_cast<std::size_t>(i)]);
  for (const double tau : {0.6, 0.8, 0.95, 0.99, 0.999}) {
    CAPTURE(tau);
    const Row<double> higher = learned_expectiles(tau, distributions);
    CHECK((higher > last).all());
    CHECK((higher < maximum).all());
    last = higher;
  }
  // (1 − τ) E|q − e| = τ E[q − e]₊ and the maximum has a share of 1/n: the distance is at most n (1 − τ)/τ E|q − e|.
  CHECK(std::abs(last(0) - maximum(0)) < 2 * 0.0011);
  CHECK(std::abs(last(1) - maximum(1)) < 100 * 0.0011);
  CHECK(std::abs(last(2) - maximum(2)) < 100 * 0.0011 * maximum(2));
}

TEST_CASE("In an MDP the values of IQL go from those of the data's policy to the best the data supports",
          "[theorems]") {
  Row<double> last = Row<double>::Constant(states, -1e9);
  for (const double tau : {0.5, 0.7, 0.9, 0.99}) {
    CAPTURE(tau);
    const LearnedTables learned = implicit_q_learning(tau);
    const Row<double> exact = in_sample_value(tau);
    CAPTURE(learned.value, exact);
    CHECK((learned.value - exact).abs().maxCoeff() < 1e-4);
    for (const Step& step : recorded)
      CHECK(std::abs(learned.q(step.state, step.action) - step.reward - discount * exact(step.next)) < 1e-4);
    CHECK((learned.q.col(2).array() == 10).all());
    CHECK((learned.value > last).all());
    last = learned.value;
  }
  // Stay in state 2 forever; go there from 1 and from 0: 5, 4 and 2.7. The unseen action would be worth 50.
  const Row<double> best = in_sample_value(1);
  CHECK((best - (Row<double>(3) << 2.7, 4, 5).finished()).abs().maxCoeff() < 1e-9);
  CHECK((best - last).maxCoeff() < 0.2);
  CHECK((last < best).all());
}

}  // namespace expectile_test
