/// \file
/// Tests the constrained greedy improvement over finite actions, where its expectations and its divergences are exact.
#include <cmath>
#include <concepts>
#include <cstdint>

#include "catch.hpp"
#include "holdfast/divergences/kullback_leibler.hpp"
#include "holdfast/divergences/unsupported.hpp"
#include "holdfast/improvements/constrained_greedy.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/policies/categorical.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace finite_constrained_greedy_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = MlpCategorical<double>;
using C = Ensemble<MlpFiniteQ<double>>;
constexpr Sizes sizes{.observation = 3, .action = 4};
const MlpConfig small{.hidden = {5}, .activation = Activation::tanh};
constexpr double support = 0.2;
struct NoRule {};

template <class Divergence>
Divergence divergence() {
  if constexpr (std::same_as<Divergence, Unsupported>)
    return {.threshold = support};
  else
    return {};
}

template <class Divergence>
struct Parts {
  using Improvement = ConstrainedGreedy<Divergence>;
  using State = typename Improvement::template State<P, C>;

  Generator generator{1, Stream::initialization};
  P policy = drawn(generator);
  P behavior = drawn(generator);
  C critics{{.network = small}, sizes, generator};
  Batch<double, ActionIndices> batch = random_batch<double, ActionIndices>(sizes, 5, generator);
  NoRule rule;

  Parts() {
    for (const Net net : {Net::online, Net::target})
      for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(net, i).parameters());
  }

  static P drawn(Generator& from) {
    P policy({.network = small}, sizes, from);
    from.fill_normal(policy.parameters());
    return policy;
  }

  // Returns a state whose model of the behavior differs from the policy.
  State state(Improvement config) {
    config.divergence = divergence<Divergence>();
    return State(config, behavior, critics, sizes, generator);
  }

  // Makes one improvement, adds the gradient and returns the loss.
  double improve(State& state, Vector<double>& gradient, std::uint64_t step = 1) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, 0, step};
    const double loss = state.improve(context, rule, gradient);
    CHECK(noise.state() == Generator(2).state());  // nothing is drawn
    return loss;
  }

  // Returns the divergence by its definition, action by action.
  [[nodiscard]] double distance(const Matrix<double>& observation) const {
    P::Tape tape;
    double sum = 0;
    for (Index action = 0; action < sizes.action; ++action) {
      const ActionIndices one = ActionIndices::Constant(1, action);
      const double own = policy.log_prob(observation, one, tape)(0);
      const double data = behavior.log_prob(observation, one, tape)(0);
      const double weight = std::same_as<Divergence, Unsupported> ? (std::exp(data) < support ? 1 : 0) : own - data;
      sum += std::exp(own) * weight;
    }
    return sum;
  }
  [[nodiscard]] double distance() const {
    double sum = 0;
    for (Index b = 0; b < batch.size(); ++b) sum += distance(batch.observations.col(b));
    return sum / static_cast<double>(batch.size());
  }
  [[nodiscard]] double value() const {
    P::Tape tape;
    C::Tape critic_tape;
    double sum = 0;
    for (Index b = 0; b < batch.size(); ++b)
      for (Index action = 0; action < sizes.action; ++action) {
        const Matrix<double> observation = batch.observations.col(b);
        const ActionIndices one = ActionIndices::Constant(1, action);
        const double least = critics.values(Net::online, observation, one, critic_tape).minCoeff();
        sum += std::exp(policy.log_prob(observation, one, tape)(0)) * least;
      }
    return sum / static_cast<double>(batch.size());
  }
};

Vector<double> zeros(const P& policy) { return Vector<double>::Zero(policy.parameters().size()); }

}  // namespace

TEMPLATE_TEST_CASE("Over finite actions the loss is λ (D − ε) − E min Q exactly, and without Q in the warm-up",
                   "[constrained_greedy]", KullbackLeibler, Unsupported) {
  Parts<TestType> parts;
  CHECK(parts.distance() > 0.1);
  for (const Index samples : {1, 4})
    for (const std::uint64_t step : {1U, 10U, 11U}) {
      auto state = parts.state({.samples = samples, .threshold = 0.2, .initial_multiplier = 1.7, .warm_up = 10});
      Vector<double> gradient = zeros(parts.policy);
      const double expected = 1.7 * (parts.distance() - 0.2) - (step > 10 ? parts.value() : 0);
      CHECK(std::abs(parts.improve(state, gradient, step) - expected) < 1e-13);
      CHECK(std::abs(figure(state, "divergence") - parts.distance()) < 1e-14);
    }
}

TEMPLATE_TEST_CASE("The gradient of the exact loss is that of finite differences, and is added", "[constrained_greedy]",
                   KullbackLeibler, Unsupported) {
  for (const bool greedy : {true, false}) {
    Parts<TestType> parts;
    auto state = parts.state({.initial_multiplier = 1.7, .warm_up = greedy ? 0 : 1});
    const auto loss = [&] { return 1.7 * parts.distance() - (greedy ? parts.value() : 0); };
    Vector<double> gradient = zeros(parts.policy).array() + 1;
    parts.improve(state, gradient);
    const Vector<double> added = gradient.array() - 1;
    CHECK(added.norm() > 0.1);
    CHECK(difference(added, numeric_gradient(parts.policy.parameters(), loss)) < 1e-8);
  }
}

TEMPLATE_TEST_CASE("The multiplier follows the exact divergence, above its bound and below", "[constrained_greedy]",
                   KullbackLeibler, Unsupported) {
  Parts<TestType> parts;
  // Adam's first step moves ln λ by the learning rate, within ε/|g| = 1e-7.
  for (const double excess : {0.1, -0.1}) {
    auto state = parts.state({.threshold = parts.distance() - excess,
                              .initial_multiplier = 2,
                              .multiplier_optimizer = {.learning_rate = 0.1}});
    Vector<double> gradient = zeros(parts.policy);
    parts.improve(state, gradient);
    CHECK(std::abs(std::log(state.multiplier() / 2) - excess) < 1e-6);
  }
}

TEMPLATE_TEST_CASE("The value penalty is λ D(s′), the whole of it", "[constrained_greedy]", KullbackLeibler,
                   Unsupported) {
  Parts<TestType> parts;
  for (const bool penalize : {true, false}) {
    auto state = parts.state({.initial_multiplier = 1.7, .value_penalty = penalize});
    Generator noise(3);
    Context<P, C> context{parts.batch, parts.policy, parts.critics, noise, 0, 1};
    Row<double> value = Row<double>::LinSpaced(5, 0, 1);
    Row<double> expected = value;
    if (penalize)
      for (Index b = 0; b < 5; ++b) expected(b) -= 1.7 * parts.distance(parts.batch.next_observations.col(b));
    state.penalize_value(context, value);
    CHECK(difference(value, expected) < 1e-14);
    CHECK(noise.state() == Generator(3).state());
  }
}

TEST_CASE("Over finite actions what acts is the policy itself", "[constrained_greedy]") {
  Parts<Unsupported> parts;
  const auto acting = parts.state({.acting_samples = 7}).acting(parts.policy, parts.critics);
  STATIC_REQUIRE(std::same_as<decltype(acting), const P>);
  CHECK(acting.parameters() == parts.policy.parameters());
}

}  // namespace finite_constrained_greedy_test
