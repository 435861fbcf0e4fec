/// \file
/// Tests what diffusion and flow policies share, and each against exact targets.
#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/networks/trained.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/policies/flow.hpp"
#include "support/policy_gradients.hpp"

namespace generative_policy_test {

using namespace holdfast;
using namespace holdfast::testing;

using PlainDiffusion = Diffusion<Mlp<double>>;
using ResidualDiffusion = Diffusion<ResidualMlp<double>>;
using PlainFlow = Flow<Mlp<double>>;
using ResidualFlow = Flow<ResidualMlp<double>>;

static_assert(IsPolicy<Diffusion<>> && IsPolicy<Diffusion<Mlp<float>>> && IsPolicy<Flow<>> &&
              IsPolicy<Flow<ResidualMlp<float>>>);
static_assert(IsPolicy<PlainDiffusion> && IsPolicy<ResidualDiffusion> && IsPolicy<PlainFlow> && IsPolicy<ResidualFlow>);
static_assert(!HasDensity<Diffusion<>> && !HasDensity<PlainDiffusion> && !HasDensity<Flow<>> &&
              !HasDensity<ResidualFlow>);

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};
constexpr double far = 1e4;  // an action limit that no number reaches

template <class Policy>
constexpr bool is_residual = std::is_same_v<Policy, ResidualDiffusion> || std::is_same_v<Policy, ResidualFlow>;
template <class Policy>
constexpr bool is_diffusion = std::is_same_v<Policy, PlainDiffusion> || std::is_same_v<Policy, ResidualDiffusion>;

template <class Policy>
typename Policy::Config config_with(double limit, Index steps, double dropout = 0.3) {
  typename Policy::Config config{.process = {.steps = steps}, .action_limit = limit};
  if constexpr (is_residual<Policy>)
    config.network = {
        .width = 4, .blocks = 2, .expansion = 2, .dropout = dropout, .block_initializer = Initializer::xavier_uniform};
  else
    config.network = {.hidden = {5, 4}, .activation = Activation::mish};
  if constexpr (is_diffusion<Policy>)
    config.time = {.size = 4, .layers = {3}, .initializer = Initializer::fan_in_uniform};
  return config;
}

template <class Policy>
Policy random_policy(double limit, Index steps, double dropout = 0.3) {
  Generator generator(1);
  Policy policy(config_with<Policy>(limit, steps, dropout), sizes, generator);
  policy.parameters() = 0.6 * normal_matrix(policy.parameters().size(), 1, generator);
  return policy;
}

template <class Policy>
Proposal<double> proposed(const Policy& policy, const Matrix<double>& observations, Index per_state,
                          typename Policy::Tape& tape) {
  Generator noise(5);
  Proposal<double> proposal;
  policy.propose(observations, per_state, noise, tape, proposal);
  return proposal;
}

template <class Policy>
Matrix<double> mode(const Policy& policy, const Matrix<double>& observations) {
  typename Policy::Tape tape;
  Matrix<double> out;
  policy.mode(observations, tape, out);
  return out;
}

// A number of states with some draws each, and a random function of their actions, which is linear.
template <class Policy>
struct Chained {
  Policy policy;
  Matrix<double> observations;
  Index per_state;
  Proposal<double> adjoint = {};
  typename Policy::Tape tape = {};

  Chained(Policy drawn, Index states, Index draws) : policy(std::move(drawn)), per_state(draws) {
    Generator generator(2);
    observations = normal_matrix(sizes.observation, states, generator);
    adjoint.actions = normal_matrix(sizes.action, states * draws, generator);
  }
  double value() { return proposed(policy, observations, per_state, tape).actions.cwiseProduct(adjoint.actions).sum(); }
  // The gradient starts at 1, to check that `backward` adds to it.
  Vector<double> gradient(bool keeps_steps) {
    tape.keeps_steps = keeps_steps;
    const Proposal<double> proposal = proposed(policy, observations, per_state, tape);
    Vector<double> out = Vector<double>::Ones(policy.parameters().size());
    policy.backward(observations, tape, proposal, adjoint, out);
    return out.array() - 1;
  }
  double gradient_error() {
    const Vector<double> found = gradient(false);
    return difference(found, numeric_gradient(policy.parameters(), [&] { return value(); }));
  }
};

}  // namespace

TEMPLATE_TEST_CASE("A generative policy proposes actions within the limit, of equal weight, without densities",
                   "[generative]", PlainDiffusion, ResidualDiffusion, PlainFlow, ResidualFlow) {
  Generator generator(3);
  const Matrix<double> observations = normal_matrix(3, 7, generator);
  const auto policy = random_policy<TestType>(0.7, 5);
  typename TestType::Tape tape;
  const Proposal<double> proposal = proposed(policy, observations, 4, tape);
  CHECK(proposal.per_state == 4);
  CHECK(proposal.states() == 7);
  REQUIRE(proposal.actions.rows() == 2);
  REQUIRE(proposal.actions.cols() == 28);
  CHECK(proposal.actions.cwiseAbs().maxCoeff() <= 0.7);
  CHECK(proposal.unsquashed.size() == 0);
  REQUIRE(proposal.weights.size() == 28);
  CHECK((proposal.weights == 0.25).all());
  CHECK(proposal.log_probs.isNaN().all());
  CHECK(proposed(policy, observations, 4, tape).actions == proposal.actions);
  CHECK(policy.action_size() == 2);
  CHECK(policy.observation_size() == 3);
  CHECK(TestType::name() ==
        std::string(is_diffusion<TestType> ? "diffusion" : "flow") + (is_residual<TestType> ? "_residual" : "_mlp"));
  const Matrix<double> modes = mode(policy, observations);
  REQUIRE(modes.cols() == 7);
  CHECK(modes.cwiseAbs().maxCoeff() <= 0.7);
}

TEMPLATE_TEST_CASE("No two draws share their noise, also of states that go through the chain apart", "[generative]",
                   PlainDiffusion, ResidualDiffusion, PlainFlow, ResidualFlow) {
  const auto policy = random_policy<TestType>(far, 3);
  typename TestType::Tape tape;
  const Matrix<double> actions = proposed(policy, Matrix<double>::Ones(3, 200), 3, tape).actions;
  std::vector<double> first(actions.row(0).begin(), actions.row(0).end());
  std::sort(first.begin(), first.end());
  CHECK(std::adjacent_find(first.begin(), first.end()) == first.end());
}

TEMPLATE_TEST_CASE("The mode of an observation does not depend on the others of the batch nor on their number",
                   "[generative]", PlainDiffusion, ResidualDiffusion, PlainFlow, ResidualFlow) {
  Generator generator(4);
  const auto policy = random_policy<TestType>(1, 5);
  const Matrix<double> observations = normal_matrix(3, 600, generator);  // three parts
  const Matrix<double> together = mode(policy, observations);
  Matrix<double> alone(2, 600);
  for (Index i = 0; i < 600; ++i) alone.col(i) = mode(policy, observations.col(i));
  CHECK(difference(together, alone) < 1e-12);
  CHECK(mode(policy, observations) == together);
  CHECK(difference(mode(policy, observations.leftCols(300)), Matrix<double>(together.leftCols(300))) < 1e-12);
  CHECK(difference(mode(policy, observations.rowwise().reverse()), Matrix<double>(together.rowwise().reverse())) <
        1e-12);
  // Parts of one size, of which one begins where another has ended.
  CHECK(difference(mode(policy, observations.rightCols(512)), Matrix<double>(together.rightCols(512))) < 1e-12);
}

TEMPLATE_TEST_CASE("The gradient through the whole chain is that of finite differences", "[generative]", PlainDiffusion,
                   ResidualDiffusion, PlainFlow, ResidualFlow) {
  for (const Index steps : {1, 2, 5})
    for (const auto& [states, draws] : {std::pair<Index, Index>{1, 1}, {3, 2}}) {
      CAPTURE(steps, states, draws);
      CHECK(Chained<TestType>(random_policy<TestType>(far, steps), states, draws).gradient_error() < 1e-7);
    }
}

TEMPLATE_TEST_CASE("It is so where some numbers are clipped and others are not", "[generative]", PlainDiffusion,
                   ResidualDiffusion, PlainFlow, ResidualFlow) {
  constexpr double limit = 1.5;
  Chained<TestType> chained(random_policy<TestType>(limit, 4), 6, 3);
  chained.value();
  std::vector<Matrix<double>> numbers = chained.tape.guesses;
  if constexpr (!is_diffusion<TestType>) numbers = {chained.tape.unclipped};
  Index outside = 0;
  Index all = 0;
  for (const Matrix<double>& each : numbers) {
    outside += (each.array().abs() > limit).count();
    all += each.size();
  }
  CAPTURE(outside, all);
  CHECK(outside > all / 10);
  CHECK(outside < 9 * all / 10);
  CHECK(chained.gradient_error() < 1e-7);
}

TEMPLATE_TEST_CASE("It is so where the states go through the chain in parts", "[generative]", PlainDiffusion,
                   ResidualDiffusion, PlainFlow, ResidualFlow) {
  // One step has no other step's results to confuse; 600 states are two parts of one size and a rest.
  for (const auto& [steps, states, draws] :
       {std::tuple<Index, Index, Index>{2, 100, 3}, {2, 600, 1}, {2, 2, 300}, {1, 600, 1}}) {
    CAPTURE(steps, states, draws);
    CHECK(Chained<TestType>(random_policy<TestType>(far, steps), states, draws).gradient_error() < 1e-7);
  }
}

TEMPLATE_TEST_CASE("A tape that keeps the results of every step gives the same bits", "[generative]", PlainDiffusion,
                   ResidualDiffusion, PlainFlow, ResidualFlow) {
  for (const double limit : {0.8, far})
    for (const Index states : {4, 300}) {
      CAPTURE(limit, states);
      Chained<TestType> chained(random_policy<TestType>(limit, 4), states, 2);
      const Vector<double> again = chained.gradient(false);
      CHECK(chained.gradient(true) == again);
      CHECK(chained.gradient(false) == again);
    }
}

TEMPLATE_TEST_CASE("The gradient of cloning is that of finite differences, the noise and the dropped units held",
                   "[generative]", PlainDiffusion, ResidualDiffusion, PlainFlow, ResidualFlow) {
  Generator generator(7);
  for (const Index batch : {1, 5, 300}) {
    const Matrix<double> observations = normal_matrix(3, batch, generator);
    const Matrix<double> actions = uniform_actions(2, batch, generator);
    CHECK(clone_gradient_error(random_policy<TestType>(1, 5), observations, actions) < 1e-7);
  }
}

TEMPLATE_TEST_CASE("Cloning is the weighted mean squared error over batch and dimensions", "[generative]",
                   PlainDiffusion, PlainFlow) {
  Generator generator(8);
  auto policy = random_policy<TestType>(1, 5);
  policy.parameters().setZero();  // f = 0
  const Matrix<double> observations = normal_matrix(3, 6, generator);
  const Matrix<double> actions = uniform_actions(2, 6, generator);
  const Row<double> weights = normal_row(6, generator).abs();
  typename TestType::Tape tape;
  Vector<double> gradient = Vector<double>::Zero(policy.parameters().size());
  Generator noise(9);
  Generator same(9);
  const double found = policy.cloning_loss(observations, actions, weights, noise, tape, gradient);
  for (int i = 0; i < 6; ++i) {  // the times
    if constexpr (is_diffusion<TestType>)
      same.index(5);
    else
      same.uniform();
  }
  const Matrix<double> drawn = normal_matrix(2, 6, same);
  const Matrix<double> target = is_diffusion<TestType> ? drawn : Matrix<double>(actions - drawn);
  CHECK(std::abs(found - (target.array().square().colwise().sum() * weights).sum() / 12) < 1e-14);
  CHECK(noise.state() == same.state());
}

TEMPLATE_TEST_CASE("Units are dropped in cloning alone", "[generative]", ResidualDiffusion, ResidualFlow) {
  Generator generator(10);
  const Matrix<double> observations = normal_matrix(3, 5, generator);
  const Matrix<double> actions = uniform_actions(2, 5, generator);
  const auto dropping = random_policy<TestType>(1, 5, 0.5);
  const auto whole = random_policy<TestType>(1, 5, 0);
  REQUIRE(dropping.parameters() == whole.parameters());
  typename TestType::Tape tape;
  Vector<double> gradient = Vector<double>::Zero(whole.parameters().size());
  const auto loss = [&](const TestType& policy, std::uint64_t seed) {
    Generator noise(seed);
    return policy.cloning_loss(observations, actions, Row<double>::Ones(5), noise, tape, gradient);
  };
  CHECK(loss(dropping, 1) == loss(dropping, 1));
  CHECK(std::abs(loss(dropping, 1) - loss(whole, 1)) > 1e-3);
  typename TestType::Tape fresh;
  CHECK(proposed(dropping, observations, 1, tape).actions == proposed(whole, observations, 1, fresh).actions);
}

namespace {

// A behavior whose actions are normal, whatever the state.
constexpr double action_mean = 0.4;
constexpr double action_variance = 0.25;

// The distribution of x at one time, and the function slope · x + offset that has the least loss there.
struct Target {
  double mean, deviation, slope, offset;
};

// Returns E[ε|x] of a diffusion or E[a − ε|x] of a flow. For x = p a + q ε and y = r a + s ε it is
// E[y|x] = r m + (p r v + q s) / (p² v + q²) (x − p m).
template <class Policy>
Target target_at(double t) {
  double p = t;
  double q = 1 - t;
  double r = 1;
  double s = -1;
  if constexpr (is_diffusion<Policy>) {
    double kept = 1;
    for (int i = 0; i <= static_cast<int>(t); ++i) kept *= std::exp(-0.1 / 5 - 0.5 * 9.9 * (2 * i + 1) / 25);
    p = std::sqrt(kept);
    q = std::sqrt(1 - kept);
    r = 0;
    s = 1;
  }
  const double variance = p * p * action_variance + q * q;
  const double slope = (p * r * action_variance + q * s) / variance;
  return {p * action_mean, std::sqrt(variance), slope, (r - slope * p) * action_mean};
}

}  // namespace

TEMPLATE_TEST_CASE("A policy that clones normal actions learns their exact denoiser or velocity", "[generative]",
                   PlainDiffusion, PlainFlow) {
  constexpr Index updates = is_diffusion<TestType> ? 3000 : 5000;
  constexpr Index batch = is_diffusion<TestType> ? 256 : 512;
  typename TestType::Config config{.network = {.hidden = {32, 32}, .activation = Activation::mish},
                                   .action_limit = far};
  if constexpr (is_diffusion<TestType>) config.time = {.size = 8, .layers = {8}};
  Generator generator(1, Stream::initialization);
  Trained<TestType> trained(TestType(config, {1, 1}, generator), {.learning_rate = 0.01, .decay_steps = updates},
                            "policy");
  typename TestType::Tape tape;
  const Matrix<double> no_state = Matrix<double>::Zero(1, batch);
  for (Index i = 0; i < updates; ++i) {
    const Matrix<double> actions =
        action_mean + std::sqrt(action_variance) * normal_matrix(1, batch, generator).array();
    trained.network().cloning_loss(no_state, actions, Row<double>::Ones(batch), generator, tape, trained.gradient());
    trained.step();
  }

  // f → ε of size 1, or a − ε of size 1.1; the errors are 0.024 and 0.05.
  const TestType& policy = trained.network();
  const TimedNetwork<Mlp<double>> network({1, 1}, config.network, config.time);
  typename TimedNetwork<Mlp<double>>::Tape network_tape;
  double expected_mean = 0;
  double expected_variance = 1;
  for (const SamplingStep& step : policy.model().process().steps()) {
    const Target target = target_at<TestType>(step.time);
    Matrix<double> x(1, 17);
    for (Index i = 0; i < 17; ++i) x(i) = target.mean + target.deviation * (static_cast<double>(i) / 4 - 2);
    const Matrix<double>& f = network.forward(policy.parameters().data(), no_state.leftCols(1), x,
                                              Row<double>::Constant(1, step.time), network_tape);
    CAPTURE(step.time);
    CHECK((f.array() - target.slope * x.array() - target.offset).abs().maxCoeff() <
          (is_diffusion<TestType> ? 0.04 : 0.08));

    // With the exact function, the chain's x stays normal: x ← scale x + shift + noise z.
    const double scale = step.keep + step.move * (step.from_point + step.from_network * target.slope);
    expected_mean = scale * expected_mean + step.move * step.from_network * target.offset;
    expected_variance = scale * scale * expected_variance + step.noise * step.noise;
  }

  // So few steps draw from a distribution that is narrower than the data: deviations of 0.295 and 0.431 instead of 0.5.
  constexpr Index draws = 50000;
  Proposal<double> proposal;
  policy.propose(no_state.leftCols(1), draws, generator, tape, proposal);
  const double mean = proposal.actions.mean();
  const double deviation = std::sqrt((proposal.actions.array() - mean).square().mean());
  CAPTURE(mean, expected_mean, deviation, std::sqrt(expected_variance));
  // Five standard errors are at most 0.01, and errors of the network move the moments by about as much.
  CHECK(std::abs(mean - expected_mean) < 0.02);
  CHECK(std::abs(deviation - std::sqrt(expected_variance)) < 0.02);
  CHECK(std::sqrt(expected_variance) == Approx(is_diffusion<TestType> ? 0.2954 : 0.4308).epsilon(1e-3));
}

TEST_CASE("A generative policy refuses hyper-parameters out of range, by name", "[generative]") {
  Generator generator(1);
  const auto refuses = [&](const ResidualDiffusion::Config& config, const std::string& said) {
    CHECK_THROWS_AS(ResidualDiffusion(config, sizes, generator), ConfigError);
    CHECK_THROWS_WITH(ResidualDiffusion(config, sizes, generator), Contains(said));
  };
  refuses({.network = {.width = 0}}, "network.width must be at least 1");
  refuses({.network = {.dropout = 1}}, "network.dropout must be");
  refuses({.time = {.size = 2}}, "time.size must be at least 4");
  refuses({.time = {.size = 5}}, "time.size must be even");
  refuses({.process = {.steps = 0}}, "diffusion.steps must be");
  refuses({.process = {.temperature = -1}}, "diffusion.temperature must be at least 0");
  refuses({.action_limit = 0}, "action_limit must be positive");
  CHECK_THROWS_WITH(PlainFlow({.process = {.steps = 0}}, sizes, generator), Contains("flow.steps must be"));
}

}  // namespace generative_policy_test
