/// \file
/// Tests fitted Q evaluation and marginalized importance sampling on data that represents every expectation exactly,
/// against exact solutions: linear systems of random processes, and linear-quadratic control by hand. Also tests both
/// on six trajectories, against worked numbers.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/evaluators/marginalized.hpp"
#include "holdfast/policies/uniform.hpp"
#include "support/evaluation.hpp"
#include "support/tabular_log.hpp"

namespace linear_values_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

static_assert(IsLinearFeatures<ActionBlocks, ActionIndices>);
static_assert(IsLinearFeatures<AffineActionBlocks, ActionIndices>);
static_assert(IsLinearFeatures<QuadraticFeatures, Matrix<double>>);
static_assert(!IsLinearFeatures<QuadraticFeatures, ActionIndices>);
static_assert(!IsLinearFeatures<ActionBlocks, Matrix<double>>);

constexpr double discount = 0.9;
constexpr Index resolution = 10;

/// Returns every transition of the process in proportion to its probability, each as a trajectory of one step that a
/// time-out cut. The behavior policy's probabilities must be multiples of 1/10.
Transitions<double, ActionIndices> exact_data(const TabularMdp& mdp, const Matrix<double>& behavior,
                                              const std::vector<Index>& visits) {
  std::vector<Index> states;
  std::vector<Index> actions;
  std::vector<Index> nexts;  // −1: the process ended
  const auto times = [](double chance) { return static_cast<Index>(std::lround(chance * resolution)); };
  for (Index s = 0; s < mdp.states(); ++s)
    for (Index a = 0; a < mdp.actions(); ++a)
      for (Index next = -1; next < mdp.states(); ++next) {
        const double chance = next < 0 ? mdp.terminations(a, s) : mdp.transitions(next, mdp.column(s, a));
        const Index count = visits[static_cast<std::size_t>(s)] * times(behavior(a, s)) * times(chance);
        for (Index i = 0; i < count; ++i) {
          states.push_back(s);
          actions.push_back(a);
          nexts.push_back(next);
        }
      }
  const auto size = static_cast<Index>(states.size());
  Transitions<double, ActionIndices> data;
  data.action_count = mdp.actions();
  data.observations = Matrix<double>::Zero(mdp.states(), size);
  data.next_observations = data.observations;
  data.actions.resize(size);
  data.rewards.resize(size);
  data.terminals.setZero(size);
  data.timeouts.setOnes(size);
  for (Index i = 0; i < size; ++i) {
    const auto row = static_cast<std::size_t>(i);
    data.observations(states[row], i) = 1;
    data.actions(i) = actions[row];
    data.rewards(i) = mdp.rewards(actions[row], states[row]);
    data.terminals(i) = nexts[row] < 0;
    data.next_observations(nexts[row] < 0 ? states[row] : nexts[row], i) = 1;
  }
  return data;
}

EvaluationLog log_of(const Transitions<double, ActionIndices>& data, const Matrix<double>& target,
                     const Matrix<double>& behavior, const Estimand& estimand) {
  auto evaluated = tabular_policy(target);
  auto acted = tabular_policy(behavior);
  return make_log(Episodes(data), estimand, log_probs(evaluated, data), log_probs(acted, data));
}

}  // namespace

TEST_CASE("FQE and marginalized importance sampling solve random processes", "[evaluators]") {
  const Matrix<double> behavior{{.5, .2, .7, .4}, {.3, .2, .2, .4}, {.2, .6, .1, .2}};
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Generator generator(seed);
    const TabularMdp mdp = random_mdp(
        {.states = 4, .actions = 3, .branching = 2, .resolution = resolution, .termination = seed == 3 ? 0.0 : 0.2},
        generator);
    const Matrix<double> target = random_policy({4, 3}, 1.5, generator);
    const auto data = exact_data(mdp, behavior, {1, 2, 1, 3});
    for (const Index horizon : {0, 1, 2, 7}) {
      const Estimand estimand{discount, horizon};
      const Vector<double> value = exact_value(mdp, target, estimand);
      const double truth = (value.transpose() * data.observations).mean();  // every transition begins a trajectory
      auto policy = tabular_policy(target);
      const LinearFqe<ActionBlocks> fqe(data, policy, estimand);
      const ActionValues values = fqe.values(Episodes(data), policy);
      CHECK((values.initial.matrix() - value.transpose() * data.observations).norm() < 1e-9);
      const MarginalizedEvaluator marginalized(data, log_of(data, target, behavior, estimand));
      CHECK(marginalized.value() == Approx(truth).margin(1e-9));
      CHECK(marginalized.samples().mean() == Approx(truth).margin(1e-9));
    }
  }
}

TEST_CASE("The visits of an endless process are weighed as worked out", "[evaluators]") {
  const TwoStepExample example;
  const TabularMdp mdp = example.mdp();
  const auto data = exact_data(mdp, example.behavior, {3, 2});
  const EvaluationLog log = log_of(data, example.target, example.behavior, {discount, 0});
  CHECK(MarginalizedEvaluator(data, log).value() == Approx(12.6613272311).margin(1e-9));
  auto policy = tabular_policy(example.target);
  const LinearFqe<ActionBlocks> fqe(data, policy, {discount, 0});
  CHECK(fqe.weights()(0) == Approx(12.3128146453).margin(1e-9));
  CHECK(fqe.weights()(1) == Approx(13.4775743707).margin(1e-9));
  CHECK(fqe.weights()(2) == Approx(12.2247139588).margin(1e-9));
  CHECK(fqe.weights()(3) == Approx(10.8070938215).margin(1e-9));
  CHECK(fqe.values(Episodes(data), policy).initial.mean() == Approx(12.6613272311).margin(1e-9));
}

TEST_CASE("A step whose successor is not known counts for its reward alone", "[evaluators]") {
  const TwoStepExample example;
  const TabularMdp mdp = example.mdp();
  auto data = exact_data(mdp, example.behavior, {3, 2});
  auto policy = tabular_policy(example.target);
  const LinearFqe<ActionBlocks> exact(data, policy, {discount, 4});
  // The same rows a second time, each cut by a time-out that hides its successor.
  std::vector<Index> twice;
  for (Index i = 0; i < 2 * data.size(); ++i) twice.push_back(i % data.size());
  const Index size = data.size();
  data = data.select(twice);
  data.timeouts.head(size).setZero();
  data.next_observations.rightCols(size) = data.observations.rightCols(size);
  const LinearFqe<ActionBlocks> found(data, policy, {discount, 4}, {.known_after_timeouts = false});
  CHECK((found.weights() - exact.weights()).norm() < 1e-9);
  CHECK((LinearFqe<ActionBlocks>(data, policy, {discount, 4}).weights() - exact.weights()).norm() > 0.01);
}

TEST_CASE("A ridge draws coefficients to zero, and what has no fixed point is refused", "[evaluators]") {
  const TwoStepExample example;
  const auto data = exact_data(example.mdp(), example.behavior, {3, 2});
  auto policy = tabular_policy(example.target);
  const Matrix<double> plain = LinearFqe<ActionBlocks>(data, policy, {discount, 1}).weights();
  const Matrix<double> drawn = LinearFqe<ActionBlocks>(data, policy, {discount, 1}, {.ridge = 0.05}).weights();
  for (Index s = 0; s < 2; ++s)
    for (Index a = 0; a < 2; ++a) {
      const double share = (s == 0 ? 0.6 : 0.4) * example.behavior(a, s);  // share of the data
      CHECK(drawn(2 * a + s) == Approx(plain(2 * a + s) * share / (share + 0.05)));
    }
  // Undiscounted, and the process never ends.
  CHECK_THROWS_WITH((LinearFqe<ActionBlocks>(data, policy, {1, 0})), Contains("there is no fixed point"));
  CHECK_THROWS_WITH((LinearFqe<ActionBlocks>(data, policy, {discount, 1}, {.ridge = -1})), Contains("ridge must be"));
  CHECK_THROWS_WITH((LinearFqe<ActionBlocks>(data, policy, {discount, 1}, {.samples = 0})),
                    Contains("samples must be"));
}

TEST_CASE("Affine FQE is exact where Q is affine in the observation, and has a constant where that is zero",
          "[evaluators]") {
  // Two states at ±1 and one at 0; an action moves the same way from everywhere, and rewards are affine in the state.
  const Matrix<double> moves{{.5, .2}, {.3, .2}, {.2, .6}};  // probabilities of moving to −1, 0, 1, for each action
  const Row<double> place{{-1, 0, 1}};
  Transitions<double, ActionIndices> data;
  data.action_count = 2;
  constexpr Index size = 60;  // each state and each action ten times, with next states in proportion
  data.observations.resize(1, size);
  data.next_observations.resize(1, size);
  data.actions.resize(size);
  data.rewards.resize(size);
  data.terminals.setZero(size);
  data.timeouts.setOnes(size);
  Index row = 0;
  for (Index s = 0; s < 3; ++s)
    for (Index a = 0; a < 2; ++a)
      for (Index to = 0; to < 3; ++to)
        for (Index i = 0; i < std::lround(10 * moves(to, a)); ++i, ++row) {
          data.observations(0, row) = place(s);
          data.actions(row) = a;
          data.rewards(row) = 1 + place(s) * (a == 0 ? 2 : -1);
          data.next_observations(0, row) = place(to);
        }
  REQUIRE(row == size);
  // V(s) = c + b s for the policy that takes both actions equally often: b is the mean slope, c = 1 + γ (c + b E[s′]).
  const double slope = (2.0 - 1.0) / 2;
  const double mean = ((.2 - .5) + (.6 - .2)) / 2;
  const double constant = (1 + discount * slope * mean) / (1 - discount);
  DeployedPolicy<Uniform<double>> policy(Uniform<double>(Sizes{1, 2}), Normalization<double>::identity(1));
  const ActionValues values = LinearFqe<AffineActionBlocks>(data, policy, {discount, 0}).values(Episodes(data), policy);
  for (Index i = 0; i < size; ++i) CHECK(values.initial(i) == Approx(constant + slope * data.observations(0, i)));
  // Without the constant, the value of the state at 0 is always 0.
  const ActionValues linear = LinearFqe<ActionBlocks>(data, policy, {discount, 0}).values(Episodes(data), policy);
  CHECK(linear.initial(size / 2) == Approx(0).margin(1e-12));
}

TEST_CASE("What no data speaks of is worth nothing to FQE", "[evaluators]") {
  Generator generator(1);
  const TabularMdp mdp = random_mdp({.states = 4, .actions = 3, .branching = 2, .resolution = resolution}, generator);
  Matrix<double> behavior = Matrix<double>::Zero(3, 4);
  behavior.row(1).setOnes();
  const auto data = exact_data(mdp, behavior, {1, 1, 1, 1});
  auto policy = tabular_policy(Matrix<double>::Constant(3, 4, 1.0 / 3));
  const LinearFqe<ActionBlocks> fqe(data, policy, {discount, 0});
  for (Index s = 0; s < 4; ++s) {
    CHECK(fqe.weights()(s) == Approx(0).margin(1e-12));
    CHECK(std::abs(fqe.weights()(4 + s)) > 1e-3);
    CHECK(fqe.weights()(8 + s) == Approx(0).margin(1e-12));
  }
}

namespace {

/// u = −gain s + deviation ε, proposed as two draws with ε = ±1. They have the moments of a normal ε up to the third,
/// so that expectations of quadratic functions are exact.
struct LinearPolicy {
  using Scalar = double;
  using Actions = Matrix<double>;
  struct Tape {};
  double gain = 0;
  double deviation = 0;

  [[nodiscard]] static Index action_size() { return 1; }
  void propose(const Matrix<double>& observations, Index, Generator&, Tape&, Proposal<double>& proposal) const {
    proposal.per_state = 2;
    proposal.actions.resize(1, 2 * observations.cols());
    for (Index i = 0; i < proposal.actions.cols(); ++i)
      proposal.actions(0, i) = -gain * observations(0, i / 2) + (i % 2 == 0 ? deviation : -deviation);
    proposal.weights.setConstant(proposal.actions.cols(), 0.5);
    proposal.log_probs.setZero(proposal.actions.cols());
  }
  void mode(const Matrix<double>& observations, Tape&, Matrix<double>& out) const { out = -gain * observations; }
};

}  // namespace

TEST_CASE("Quadratic FQE solves linear-quadratic control, and a stochastic policy is not its mode", "[evaluators]") {
  // s′ = 0.9 s + 0.5 u, r = −s² − 0.1 u². V(s) = −p s² − c.
  constexpr double drift = 0.9;
  constexpr double force = 0.5;
  constexpr double cost = 0.1;
  Generator generator(7);
  constexpr Index size = 200;
  Transitions<double> data;
  data.observations.resize(1, size);
  data.actions.resize(1, size);
  for (Index i = 0; i < size; ++i) {
    data.observations(0, i) = generator.uniform(-2, 2);
    data.actions(0, i) = generator.uniform(-1, 1);
  }
  data.next_observations = drift * data.observations + force * data.actions;
  data.rewards = -data.observations.array().square() - cost * data.actions.array().square();
  data.terminals.setZero(size);
  data.timeouts.setOnes(size);
  for (const double deviation : {0.0, 0.7}) {
    const LinearPolicy rule{.gain = 0.4, .deviation = deviation};
    DeployedPolicy<LinearPolicy> policy(rule, Normalization<double>::identity(1));
    for (const Index horizon : {0, 1, 5}) {
      double p = 0;
      double c = 0;
      for (Index h = 0; h < (horizon == 0 ? 1000 : horizon); ++h) {
        const double closed = drift - force * rule.gain;
        c = deviation * deviation * (cost + discount * force * force * p) + discount * c;
        p = 1 + cost * rule.gain * rule.gain + discount * closed * closed * p;
      }
      const LinearFqe<QuadraticFeatures> fqe(data, policy, {discount, horizon});
      const Row<double> expected = -p * data.observations.array().square() - c;
      CHECK((fqe.values(Episodes(data), policy).initial - expected).abs().maxCoeff() < 1e-8);
    }
  }
}

namespace {

Approx about(double value) { return Approx(value).margin(1e-9).epsilon(0); }

/// Returns the six trajectories of the two-step example; if `timed`, states include the time, s + 2t.
Transitions<double, ActionIndices> two_step_data(bool timed) {
  const TwoStepExample example;
  const Index size = example.states.size();
  Transitions<double, ActionIndices> data;
  data.action_count = 2;
  data.actions = example.actions;
  data.rewards = example.taken(example.rewards);
  data.terminals = Flags::Zero(size);
  data.timeouts = Flags::Zero(size);
  data.observations = Matrix<double>::Zero(timed ? 4 : 2, size);
  data.next_observations = data.observations;
  for (Index t = 0; t < size; ++t) {
    const bool last = t % 2 == 1;
    data.observations(example.states(t) + (timed && last ? 2 : 0), t) = 1;
    if (last)
      data.next_observations.col(t) = data.observations.col(t);
    else
      data.next_observations(example.states(t + 1) + (timed ? 2 : 0), t) = 1;
    data.terminals(t) = last;
  }
  return data;
}

Matrix<double> timed(const Matrix<double>& policy) {
  Matrix<double> both(2, 4);
  both << policy, policy;
  return both;
}

/// Returns the direct estimate from the first steps alone, so that any horizon is possible.
double direct(const Transitions<double, ActionIndices>& data, const Matrix<double>& target, const Estimand& estimand) {
  auto policy = tabular_policy(target);
  Transitions<double, ActionIndices> first = data.select(std::vector<Index>{0, 2, 4, 6, 8, 10});
  first.timeouts.setOnes();
  return LinearFqe<ActionBlocks>(data, policy, estimand).values(Episodes(first), policy).initial.mean();
}

}  // namespace

TEST_CASE("Tabular FQE sweeps as worked out, and settles at its fixed point", "[evaluators]") {
  const TwoStepExample example;
  const auto data = two_step_data(false);
  CHECK(direct(data, example.target, {0.9, 1}) == about(1.3));
  CHECK(direct(data, example.target, {0.9, 2}) == about(1.97725));
  CHECK(direct(data, example.target, {0.9, 3}) == about(2.3115831250));
  CHECK(direct(data, example.target, {0.9, 4}) == about(2.4770222078));
  CHECK(direct(data, example.target, {0.9, 0}) == about(2.6390435161));
  CHECK(direct(data, example.target, {0.9, 300}) == about(2.6390435161));

  auto policy = tabular_policy(example.target);
  const Matrix<double> weights = LinearFqe<ActionBlocks>(data, policy, {0.9, 0}).weights();
  CHECK(weights(0) == about(2.5834261097));
  CHECK(weights(1) == about(3.1875695823));
  CHECK(weights(2) == about(1.7845007019));
  CHECK(weights(3) == about(-0.1436661988));
}

TEST_CASE("With time in the state FQE is the regression of each step", "[evaluators]") {
  const TwoStepExample example;
  const auto data = two_step_data(true);
  CHECK(direct(data, timed(example.target), {0.9, 0}) == about(2.5240000000));
  CHECK(direct(data, timed(example.target), {0.9, 2}) == about(2.5240000000));
}

TEST_CASE("Marginalized importance sampling gives the worked numbers", "[evaluators]") {
  const TwoStepExample example;
  const auto data = two_step_data(true);
  const EvaluationLog log = example.log();
  CHECK(MarginalizedEvaluator(data, log).value() == about(2.7169375000));
  CHECK(MarginalizedEvaluator(data, log, true).value() == about(2.5690328467));
  EvaluationLog endless = log;
  endless.estimand.horizon = 0;
  CHECK(MarginalizedEvaluator(data, endless).value() == about(2.7169375000));
  const MarginalizedEvaluator evaluator(data, log);
  CHECK(evaluator.samples().mean() == about(evaluator.value()));
}

}  // namespace linear_values_test
