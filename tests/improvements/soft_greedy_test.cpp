#include "holdfast/improvements/soft_greedy.hpp"

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using C = Ensemble<MlpQ<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};
struct NoRule {};

template <class P>
struct Parts {
  Generator generator{1, Stream::initialisation};
  P policy{{.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator};
  C critics{{.network = {.hidden = {6}, .activation = Activation::tanh}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, 5, generator);
  NoRule rule;

  Parts() {
    policy.parameters() *= 2;
    for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::online, i).parameters());
  }

  // One improvement with a new state and the same noise; adds the gradient and returns the loss.
  double improve(const SoftGreedy& config, double temperature, Vector<double>& gradient) {
    SoftGreedy::State<P, C> state(config, policy, critics, sizes, generator);
    return improve(state, temperature, gradient);
  }
  double improve(SoftGreedy::State<P, C>& state, double temperature, Vector<double>& gradient) {
    Generator noise(2);
    Context<P, C> x{batch, policy, critics, noise, temperature, 1};
    state.prepare(x);
    return state.improve(x, rule, gradient);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("The improvement's gradient is that of its loss, the noise held", "[soft_greedy]",
                   TanhGaussian<double>, Deterministic<double>) {
  for (const Index samples : {1, 3})
    for (const double temperature : {0.0, 0.8}) {
      CAPTURE(samples, temperature);
      Parts<TestType> parts;
      Vector<double> gradient = Vector<double>::Ones(parts.policy.parameters().size());
      parts.improve({.samples = samples}, temperature, gradient);
      const Vector<double> added = gradient.array() - 1;
      CHECK(added.norm() > 1e-2);
      CHECK(difference(added, numeric_gradient(parts.policy.parameters(), [&] {
                         return parts.improve({.samples = samples}, temperature, gradient);
                       })) < 1e-7);
    }
}

TEST_CASE("The loss is α log π − min Q in the mean, and the entropy is reported", "[soft_greedy]") {
  Parts<TanhGaussian<double>> parts;
  Generator noise(2);
  TanhGaussian<double>::Tape tape;
  C::Tape critic_tape;
  Candidates<double> set;
  parts.policy.propose(parts.batch.observations, 1, noise, tape, set);
  const Matrix<double> q = parts.critics.values(Net::online, parts.batch.observations, set.actions, critic_tape);
  const Row<double> least = q.colwise().minCoeff();
  Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
  SoftGreedy::State<TanhGaussian<double>, C> state({}, parts.policy, parts.critics, sizes, parts.generator);
  CHECK(std::abs(parts.improve(state, 0.3, gradient) - (0.3 * set.log_probs - least).mean()) < 1e-13);
  CHECK(std::abs(figure(state, "entropy") + set.log_probs.mean()) < 1e-13);
  CHECK(figure(state, "temperature") == state.temperature());
}

TEST_CASE("The temperature falls where the entropy is above its target, and rises where it is below", "[soft_greedy]") {
  Parts<TanhGaussian<double>> parts;
  Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
  const auto after_one = [&](const SoftGreedy& config) {
    SoftGreedy::State<TanhGaussian<double>, C> state(config, parts.policy, parts.critics, sizes, parts.generator);
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

TEST_CASE("The entropy's target is minus the number of actions where none is given", "[soft_greedy]") {
  Parts<TanhGaussian<double>> parts;
  Vector<double> gradient = Vector<double>::Zero(parts.policy.parameters().size());
  // With ε = 1 and η = 1 the first step moves ln α by g / (|g| + 1), which tells g = entropy − target.
  SoftGreedy::State<TanhGaussian<double>, C> state({.temperature_optimizer = {.learning_rate = 1, .epsilon = 1}},
                                                   parts.policy, parts.critics, sizes, parts.generator);
  parts.improve(state, 1, gradient);
  const double step = -std::log(state.temperature());
  CHECK(std::abs(step / (1 - std::abs(step)) - (figure(state, "entropy") + 2)) < 1e-12);
}

TEST_CASE("Soft greedy improvement refuses hyper-parameters out of range, by name", "[soft_greedy]") {
  CHECK_NOTHROW(check_fields(SoftGreedy{}));
  CHECK_THROWS_WITH(check_fields(SoftGreedy{.samples = 0}), Contains("samples must be at least 1, but is 0"));
  CHECK_THROWS_WITH(check_fields(SoftGreedy{.initial_temperature = 0}),
                    Contains("initial_temperature must be positive"));
  CHECK_THROWS_WITH(check_fields(SoftGreedy{.temperature_optimizer = {.beta1 = 2}}),
                    Contains("temperature_optimizer.beta1 must be in [0, 1), but is 2"));
}
