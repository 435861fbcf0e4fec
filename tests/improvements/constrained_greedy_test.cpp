#include "holdfast/improvements/constrained_greedy.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/divergences/kullback_leibler.hpp"
#include "holdfast/divergences/maximum_mean_discrepancy.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace constrained_greedy_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = TanhGaussian<double>;
using C = Ensemble<MlpQ<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};
struct NoRule {};

// A user's own divergence, which reports the values that it is told.
struct Told {
  double distance = 0;

  static void fields(auto& self, auto&& visit) { visit("distance", self.distance); }

  template <class Policy, class Critics>
  struct State {
    using ProposalType = Proposal<double>;
    State(const Told& config, const Policy&, Sizes, Generator&) : distance(config.distance) {}
    void prepare(Context<Policy, Critics>&) {}
    void values(Context<Policy, Critics>&, const Matrix<double>& observations, const ProposalType&, Row<double>& out) {
      out.setConstant(observations.cols(), distance);
    }
    void backward(const ProposalType&, const Row<double>&, ProposalType&) {}
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
    double distance;
  };
};

template <class Divergence>
Divergence small() {
  if constexpr (std::same_as<Divergence, MaximumMeanDiscrepancy>)
    return {.width = 1.5, .behavior_samples = 3, .behavior = {.network = {.hidden = {6}}}};
  else
    return {};
}

template <class Divergence>
struct Parts {
  using Improvement = ConstrainedGreedy<Divergence>;
  using State = typename Improvement::template State<P, C>;

  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator};
  C critics{{.network = {.hidden = {6}, .activation = Activation::tanh}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, 5, generator);
  NoRule rule;

  Parts() {
    policy.parameters() *= 2;
    for (const Net net : {Net::online, Net::target})
      for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(net, i).parameters());
  }

  // Returns a state whose model of the behavior differs from the policy.
  State state(const Improvement& config) {
    P other = policy;
    generator.fill_normal(other.parameters());
    return State(config, other, critics, sizes, generator);
  }

  // Makes one improvement with the same noise, adds the gradient and returns the loss.
  double improve(State& state, Vector<double>& gradient, std::uint64_t step = 1) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, 0, step};
    return state.improve(context, rule, gradient);
  }

  // Returns the means over batch and draws of min_i Q_i and of the divergence, with the draws that `improve` makes.
  std::pair<double, double> value_and_distance(const State& state, Index samples) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, 0, 1};
    P::Tape tape;
    C::Tape critic_tape;
    Proposal<double> proposal;
    policy.propose(batch.observations, samples, noise, tape, proposal);
    const Matrix<double> q = critics.values(Net::online, batch.observations, proposal.actions, critic_tape);
    auto divergence = state.divergence();
    Row<double> distances;
    divergence.values(context, batch.observations, proposal, distances);
    return {q.colwise().minCoeff().mean(), distances.mean()};
  }
};

Vector<double> zeros(const P& policy) { return Vector<double>::Zero(policy.parameters().size()); }

// Returns the multiplier after one improvement with a divergence of `distance`.
double after_one(const ConstrainedGreedy<Told>& config) {
  Parts<Told> parts;
  auto state = parts.state(config);
  CHECK(std::abs(state.multiplier() / config.initial_multiplier - 1) < 1e-14);
  Vector<double> gradient = zeros(parts.policy);
  parts.improve(state, gradient);
  CHECK(figure(state, "multiplier") == state.multiplier());
  CHECK(((figure(state, "divergence") == config.divergence.distance) || std::isnan(config.divergence.distance)));
  return state.multiplier();
}

}  // namespace

TEMPLATE_TEST_CASE("The improvement's gradient is that of λ (D − ε) − min Q, the noise held", "[constrained_greedy]",
                   MaximumMeanDiscrepancy, KullbackLeibler) {
  for (const Index samples : {1, 4})
    for (const Index warm_up : {0, 1}) {
      CAPTURE(samples, warm_up);
      Parts<TestType> parts;
      const auto prototype = parts.state(
          {.samples = samples, .initial_multiplier = 1.7, .warm_up = warm_up, .divergence = small<TestType>()});
      Vector<double> unused = zeros(parts.policy);
      const auto loss = [&] {
        auto state = prototype;
        return parts.improve(state, unused);
      };
      auto state = prototype;
      Vector<double> gradient = zeros(parts.policy).array() + 1;
      parts.improve(state, gradient);
      const Vector<double> added = gradient.array() - 1;
      CHECK(added.norm() > 1e-2);
      CHECK(difference(added, numeric_gradient(parts.policy.parameters(), loss)) < 1e-7);
    }
}

TEMPLATE_TEST_CASE("The loss is λ (D − ε) − min Q, and without Q as long as the warm-up lasts", "[constrained_greedy]",
                   MaximumMeanDiscrepancy, KullbackLeibler) {
  Parts<TestType> parts;
  const auto prototype = parts.state(
      {.samples = 3, .threshold = 0.2, .initial_multiplier = 1.7, .warm_up = 10, .divergence = small<TestType>()});
  const auto [value, distance] = parts.value_and_distance(prototype, 3);
  Vector<double> gradient = zeros(parts.policy);
  for (const std::uint64_t step : {1U, 10U, 11U, 12U}) {
    auto state = prototype;
    const double expected = 1.7 * (distance - 0.2) - (step > 10 ? value : 0);
    CHECK(std::abs(parts.improve(state, gradient, step) - expected) < 1e-12);
    CHECK(std::abs(figure(state, "divergence") - distance) < 1e-13);
  }
}

TEST_CASE("The multiplier rises where the policy is further from the data than it may be, and falls where it is nearer",
          "[constrained_greedy]") {
  // Adam's first step moves ln λ by the learning rate, within ε/|g| = 1e-7.
  ConstrainedGreedy<Told> config{
      .threshold = 0.3, .initial_multiplier = 2, .multiplier_optimizer = {.learning_rate = 0.1}};
  config.divergence.distance = 0.5;
  CHECK(std::abs(after_one(config) - 2 * std::exp(0.1)) < 1e-6);
  config.divergence.distance = 0.1;
  CHECK(std::abs(after_one(config) - 2 * std::exp(-0.1)) < 1e-6);
  config.divergence.distance = -4;  // estimates of KL may be negative
  CHECK(std::abs(after_one(config) - 2 * std::exp(-0.1)) < 1e-6);
  config.divergence.distance = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::abs(after_one(config) - 2) < 1e-14);
  config.divergence.distance = 0.5;
  config.learn_multiplier = false;
  CHECK(std::abs(after_one(config) - 2) < 1e-14);
}

TEST_CASE("The multiplier moves during the warm-up too", "[constrained_greedy]") {
  CHECK(after_one({.initial_multiplier = 1, .warm_up = 100, .divergence = {.distance = 0.5}}) > 1);
}

TEST_CASE("A learned multiplier is kept in its range", "[constrained_greedy]") {
  ConstrainedGreedy<Told> config{.initial_multiplier = 1,
                                 .log_multiplier_min = -0.02,
                                 .log_multiplier_max = 0.03,
                                 .multiplier_optimizer = {.learning_rate = 0.1},
                                 .divergence = {.distance = 0.5}};
  CHECK(std::abs(after_one(config) - std::exp(0.03)) < 1e-14);
  config.divergence.distance = 0;
  CHECK(std::abs(after_one(config) - std::exp(-0.02)) < 1e-14);
}

TEMPLATE_TEST_CASE("The value penalty is λ D(s′) of fresh draws, and nothing unless asked for", "[constrained_greedy]",
                   MaximumMeanDiscrepancy, KullbackLeibler) {
  Parts<TestType> parts;
  for (const bool penalize : {true, false}) {
    auto state = parts.state(
        {.samples = 3, .initial_multiplier = 1.7, .value_penalty = penalize, .divergence = small<TestType>()});
    auto divergence = state.divergence();
    Generator noise(3);
    Context<P, C> context{parts.batch, parts.policy, parts.critics, noise, 0, 1};
    Row<double> value = Row<double>::LinSpaced(5, 0, 1);
    state.penalize_value(context, value);
    if (!penalize) {
      CHECK((value == Row<double>::LinSpaced(5, 0, 1)).all());
      CHECK(noise.state() == Generator(3).state());
      continue;
    }
    Generator same(3);
    Context<P, C> y{parts.batch, parts.policy, parts.critics, same, 0, 1};
    P::Tape tape;
    Proposal<double> proposal;
    parts.policy.propose(parts.batch.next_observations, 3, same, tape, proposal);
    Row<double> distances;
    divergence.values(y, parts.batch.next_observations, proposal, distances);
    const Row<double> expected = Row<double>::LinSpaced(5, 0, 1) - 1.7 * distances;
    CHECK(difference(value, expected) < 1e-13);
  }
}

TEST_CASE("Preparing trains the model of the behavior, and reports its loss", "[constrained_greedy]") {
  Parts<KullbackLeibler> parts;
  auto state = parts.state({});
  const Vector<double> before = state.divergence().behavior().parameters();
  Generator noise(3);
  Context<P, C> context{parts.batch, parts.policy, parts.critics, noise, 0, 1};
  state.prepare(context);
  CHECK(state.divergence().behavior().parameters() != before);
  CHECK(figure(state, "behavior_loss") != 0);
}

TEST_CASE("Acting takes the best of as many draws as configured", "[constrained_greedy]") {
  Parts<Told> parts;
  const auto acting = parts.state({.acting_samples = 7}).acting(parts.policy, parts.critics);
  CHECK(acting.samples() == 7);
  CHECK(acting.policy().parameters() == parts.policy.parameters());
  CHECK(acting.critics().size() == 1);
  CHECK(acting.critics().member(Net::online, 0).parameters() == parts.critics.member(Net::online, 0).parameters());
}

TEST_CASE("A constrained improvement refuses hyper-parameters out of range, by name", "[constrained_greedy]") {
  using Config = ConstrainedGreedy<MaximumMeanDiscrepancy>;
  CHECK_NOTHROW(check_fields(Config{}));
  const auto refuses = [](const Config& config, const std::string& said) {
    CHECK_THROWS_WITH(check_fields(config), Contains(said));
  };
  refuses({.samples = 0}, "samples must be at least 1, but is 0");
  refuses({.initial_multiplier = 0, .learn_multiplier = false}, "initial_multiplier must be positive");
  refuses({.initial_multiplier = 3, .log_multiplier_min = 0, .log_multiplier_max = 1},
          "initial_multiplier must be in [1, 2.71828], but is 3");
  CHECK_NOTHROW(check_fields(Config{.initial_multiplier = 3, .learn_multiplier = false, .log_multiplier_max = 1}));
  refuses({.log_multiplier_min = 2, .log_multiplier_max = 1}, "log_multiplier_max must be above 2, but is 1");
  refuses({.multiplier_optimizer = {.learning_rate = 0}}, "multiplier_optimizer.learning_rate must be positive");
  refuses({.warm_up = -1}, "warm_up must be at least 0");
  refuses({.acting_samples = -1}, "acting_samples must be at least 0");
  refuses({.divergence = {.width = -1}}, "divergence.width must be positive, but is -1");
  refuses({.divergence = {.behavior = {.network = {.hidden = {0}}}}}, "each of divergence.behavior.network.hidden");
}

}  // namespace constrained_greedy_test
