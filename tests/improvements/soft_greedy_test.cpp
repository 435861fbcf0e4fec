#include "holdfast/improvements/soft_greedy.hpp"

#include <cmath>
#include <type_traits>
#include <utility>

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace soft_greedy_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};
struct NoRule {};

template <class P>
struct Parts {
  using Actions = typename P::Actions;
  using C = Ensemble<std::conditional_t<FiniteActions<Actions>, MlpFiniteQ<double>, MlpQ<double>>>;
  using State = SoftGreedy::State<P, C>;

  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator};
  C critics{{.network = {.hidden = {6}, .activation = Activation::tanh}}, sizes, generator};
  Batch<double, Actions> batch = random_batch<double, Actions>(sizes, 5, generator);
  NoRule rule;

  Parts() {
    policy.parameters() *= 2;
    for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::online, i).parameters());
  }

  // Makes one improvement with a new state and the same noise, adds the gradient and returns the loss.
  double improve(const SoftGreedy& config, double temperature, Vector<double>& gradient) {
    State state(config, policy, critics, sizes, generator);
    return improve(state, temperature, gradient);
  }
  double improve(State& state, double temperature, Vector<double>& gradient) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, temperature, 1};
    state.prepare(context);
    return state.improve(context, rule, gradient);
  }
};

using Squashed = Parts<TanhGaussian<double>>;
using Finite = Parts<MlpCategorical<double>>;

}  // namespace

TEMPLATE_TEST_CASE("The improvement's gradient is that of its loss, the noise held", "[soft_greedy]",
                   TanhGaussian<double>, MlpCategorical<double>) {
  for (const SoftGreedy& config : {SoftGreedy{}, SoftGreedy{.samples = 3}, SoftGreedy{.critic = GreedyCritic::mean},
                                   SoftGreedy{.critic = GreedyCritic::first}})
    for (const double temperature : {0.0, 0.8}) {
      CAPTURE(config.samples, static_cast<int>(config.critic), temperature);
      Parts<TestType> parts;
      Vector<double> gradient = Vector<double>::Ones(parts.policy.parameters().size());
      parts.improve(config, temperature, gradient);
      const Vector<double> added = gradient.array() - 1;
      CHECK(added.norm() > 1e-2);
      CHECK(difference(added, numeric_gradient(parts.policy.parameters(),
                                               [&] { return parts.improve(config, temperature, gradient); })) < 1e-7);
    }
}

TEST_CASE("The loss is α log π − Q of the critic that is followed, and the entropy is reported", "[soft_greedy]") {
  Squashed parts;
  Generator noise(2);
  TanhGaussian<double>::Tape tape;
  Squashed::C::Tape critic_tape;
  Proposal<double> proposal;
  parts.policy.propose(parts.batch.observations, 1, noise, tape, proposal);
  const Matrix<double> q = parts.critics.values(Net::online, parts.batch.observations, proposal.actions, critic_tape);
  Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
  for (const auto& [critic, followed] :
       {std::pair<GreedyCritic, Row<double>>{GreedyCritic::minimum, q.colwise().minCoeff()},
        {GreedyCritic::mean, q.colwise().mean()},
        {GreedyCritic::first, q.row(0)}}) {
    Squashed::State state({.critic = critic}, parts.policy, parts.critics, sizes, parts.generator);
    CHECK(std::abs(parts.improve(state, 0.3, gradient) - (0.3 * proposal.log_probs - followed).mean()) < 1e-13);
    CHECK(std::abs(figure(state, "entropy") + proposal.log_probs.mean()) < 1e-13);
    CHECK(figure(state, "temperature") == state.temperature());
  }
}

TEST_CASE("Over finite actions loss and entropy are exact sums over all of them, and nothing is drawn",
          "[soft_greedy]") {
  Finite parts;
  double loss = 0;
  double entropy = 0;
  MlpCategorical<double>::Tape tape;
  Finite::C::Tape critic_tape;
  for (Index b = 0; b < 5; ++b)
    for (Index action = 0; action < 2; ++action) {
      const Matrix<double> observation = parts.batch.observations.col(b);
      const ActionIndices one = ActionIndices::Constant(1, action);
      const double log_prob = parts.policy.log_prob(observation, one, tape)(0);
      const double least = parts.critics.values(Net::online, observation, one, critic_tape).minCoeff();
      loss += std::exp(log_prob) * (0.3 * log_prob - least) / 5;
      entropy -= std::exp(log_prob) * log_prob / 5;
    }
  CHECK(entropy < 0.9 * std::log(2));  // not nearly uniform
  for (const Index samples : {1, 8}) {
    Finite::State state({.samples = samples}, parts.policy, parts.critics, sizes, parts.generator);
    Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
    CHECK(std::abs(parts.improve(state, 0.3, gradient) - loss) < 1e-14);
    CHECK(std::abs(figure(state, "entropy") - entropy) < 1e-14);
    Generator noise(2);
    Context<MlpCategorical<double>, Finite::C> context{parts.batch, parts.policy, parts.critics, noise, 0.3, 1};
    state.improve(context, parts.rule, gradient);
    CHECK(noise.state() == Generator(2).state());
  }
}

TEST_CASE("The temperature falls where the entropy is above its target, and rises where it is below", "[soft_greedy]") {
  Squashed parts;
  Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
  const auto after_one = [&](const SoftGreedy& config) {
    Squashed::State state(config, parts.policy, parts.critics, sizes, parts.generator);
    CHECK(std::abs(state.temperature() - 0.5) < 1e-15);
    parts.improve(state, state.temperature(), gradient);
    return state.temperature();
  };
  // Adam's first step moves ln α by the learning rate, within ε/|g| = 1e-8.
  const AdamConfig optimizer{.learning_rate = 0.1};
  const double above =
      after_one({.initial_temperature = 0.5, .target_entropy = -50, .temperature_optimizer = optimizer});
  const double below =
      after_one({.initial_temperature = 0.5, .target_entropy = 50, .temperature_optimizer = optimizer});
  CHECK(std::abs(above - 0.5 * std::exp(-0.1)) < 1e-8);
  CHECK(std::abs(below - 0.5 * std::exp(0.1)) < 1e-8);
  CHECK(std::abs(after_one({.initial_temperature = 0.5, .learn_temperature = false, .target_entropy = 50}) - 0.5) <
        1e-15);
}

TEMPLATE_TEST_CASE("The entropy's target is minus the number of actions, or 0.98 ln A of A finite ones",
                   "[soft_greedy]", Squashed, Finite) {
  TestType parts;
  Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
  // With ε = 1 and η = 1 the first step moves ln α by g / (|g| + 1), which shows g = entropy − target.
  typename TestType::State state({.temperature_optimizer = {.learning_rate = 1, .epsilon = 1}}, parts.policy,
                                 parts.critics, sizes, parts.generator);
  parts.improve(state, 1, gradient);
  const double step = -std::log(state.temperature());
  const double target = FiniteActions<typename TestType::Actions> ? 0.98 * std::log(2) : -2;
  CHECK(std::abs(step / (1 - std::abs(step)) - (figure(state, "entropy") - target)) < 1e-12);
}

TEST_CASE("Soft greedy improvement refuses hyper-parameters out of range, by name", "[soft_greedy]") {
  CHECK_NOTHROW(check_fields(SoftGreedy{}));
  CHECK_THROWS_WITH(check_fields(SoftGreedy{.samples = 0}), Contains("samples must be at least 1, but is 0"));
  CHECK_THROWS_WITH(check_fields(SoftGreedy{.initial_temperature = 0}),
                    Contains("initial_temperature must be positive"));
  CHECK_THROWS_WITH(check_fields(SoftGreedy{.temperature_optimizer = {.beta1 = 2}}),
                    Contains("temperature_optimizer.beta1 must be in [0, 1), but is 2"));
}

}  // namespace soft_greedy_test
