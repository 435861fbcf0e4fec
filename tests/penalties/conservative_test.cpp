#include "holdfast/penalties/conservative.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "catch.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"
#include "support/recording_critics.hpp"

namespace conservative_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = TanhGaussian<double>;
using C = RecordingCritics;
using State = Conservative::State<P, C>;

struct Parts {
  explicit Parts(Sizes given = {.observation = 3, .action = 2}) : sizes(given) {
    policy.parameters() *= 2;
    for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::online, i).parameters());
  }

  // Returns the penalty of a new state with the same draws. The gradient with respect to the values of the data's
  // actions is added to `adjoint`, and the other one to what the critics record.
  double penalty(const Conservative& config, Matrix<double>& adjoint) {
    State state(config, policy, critics, sizes, generator);
    return penalty(state, adjoint);
  }
  double penalty(State& state, Matrix<double>& adjoint) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, 0, 1};
    C::Tape tape;
    const Matrix<double> q = critics.values(Net::online, batch.observations, batch.actions, tape);
    adjoint.setConstant(2, batch.size(), 1);  // to check that it is added to
    state.prepare(context);
    return state.add(context, q, adjoint);
  }
  double penalty(const Conservative& config) {
    Matrix<double> unused;
    return penalty(config, unused);
  }

  // Returns the gaps by their definition, 2×B, with the same draws: uniform ones, then those of π(s), then those of
  // π(s′).
  [[nodiscard]] Matrix<double> gaps(const Conservative& config) const {
    Generator noise(2);
    Matrix<double> uniform(sizes.action, config.samples * batch.size());
    for (double& entry : uniform.reshaped()) entry = noise.uniform(-1, 1);
    P::Tape tape;
    Proposal<double> here;
    Proposal<double> next;
    policy.propose(batch.observations, config.samples, noise, tape, here);
    policy.propose(batch.next_observations, config.samples, noise, tape, next);
    Matrix<double> gaps(2, batch.size());
    MlpQ<double>::Tape critic_tape;
    for (Index i = 0; i < 2; ++i)
      for (Index state = 0; state < batch.size(); ++state) {
        const Matrix<double> observation = batch.observations.col(state);
        const auto q = [&](const Matrix<double>& action) {
          return critics.member(Net::online, i).values(observation, action, critic_tape)(0);
        };
        const auto raised = [&](double value) {
          return config.calibrated ? std::max(value, batch.returns_to_go(state)) : value;
        };
        const double t = config.temperature;
        const double own = q(batch.actions.col(state));
        double sum = config.importance_sampling ? 0 : std::exp(own / t);
        for (Index k = state * config.samples; k < (state + 1) * config.samples; ++k) {
          const double on = config.importance_sampling ? 1 : 0;
          sum += std::exp((q(uniform.col(k)) + on * static_cast<double>(sizes.action) * std::numbers::ln2) / t);
          sum += std::exp((raised(q(here.actions.col(k))) - on * here.log_probs(k)) / t);
          sum += std::exp((raised(q(next.actions.col(k))) - on * next.log_probs(k)) / t);
        }
        gaps(i, state) = t * std::log(sum) - own;
      }
    return gaps;
  }

  Sizes sizes;
  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator};
  C critics{{.network = {.hidden = {6}, .activation = Activation::tanh}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, 5, generator);
};

// Returns the gradient of the whole penalty with respect to the parameters of critic i.
Vector<double> whole_gradient(Parts& parts, const Conservative& config, Index i) {
  Matrix<double> adjoint;
  parts.critics.gradients.clear();
  parts.penalty(config, adjoint);
  adjoint.array() -= 1;
  C::Tape tape;
  parts.critics.values(Net::online, parts.batch.observations, parts.batch.actions, tape);
  parts.critics.backward(parts.batch.observations, parts.batch.actions, tape, adjoint);
  return parts.critics.gradients[static_cast<std::size_t>(i)];
}

double gradient_error(Parts& parts, const Conservative& config) {
  double worst = 0;
  for (Index i = 0; i < 2; ++i) {
    const Vector<double> gradient = whole_gradient(parts, config, i);
    worst = std::max(worst, difference(gradient, numeric_gradient(parts.critics.member(Net::online, i).parameters(),
                                                                  [&] { return parts.penalty(config); })));
  }
  return worst;
}

// Returns parts whose critics have the same value everywhere, and a narrow policy, whose draws have almost no weight.
Parts flat(double value, Sizes sizes) {
  Parts parts(sizes);
  for (Index i = 0; i < 2; ++i) {
    parts.critics.member(Net::online, i).parameters().setZero();
    parts.critics.member(Net::online, i).parameters().tail(1).setConstant(value);
  }
  parts.policy.parameters().setZero();
  parts.policy.parameters().tail(sizes.action).setConstant(-5);
  return parts;
}

// Returns the mean gap of one update.
double mean_gap(Parts& parts, const Conservative& config) {
  State state(config, parts.policy, parts.critics, parts.sizes, parts.generator);
  Matrix<double> unused;
  parts.penalty(state, unused);
  return figure(state, "conservative_gap");
}

}  // namespace

TEST_CASE("The penalty is α times the mean gap, summed over the critics, by its definition", "[conservative]") {
  for (const bool importance : {true, false})
    for (const double temperature : {1.0, 0.5, 3.0})
      for (const Index samples : {1, 4}) {
        CAPTURE(importance, temperature, samples);
        Parts parts;
        const Conservative config{
            .alpha = 2.5, .samples = samples, .temperature = temperature, .importance_sampling = importance};
        const Matrix<double> gaps = parts.gaps(config);
        CHECK(std::abs(parts.penalty(config) - 2.5 * gaps.rowwise().mean().sum()) < 1e-12);
        CHECK(std::abs(mean_gap(parts, config) - gaps.mean()) < 1e-12);
      }
}

TEST_CASE("The gradient of the whole penalty is that of finite differences, the draws held", "[conservative]") {
  for (const bool importance : {true, false})
    for (const double temperature : {1.0, 0.5, 3.0}) {
      CAPTURE(importance, temperature);
      Parts parts;
      const Conservative config{
          .alpha = 2.5, .samples = 3, .temperature = temperature, .importance_sampling = importance};
      CHECK(whole_gradient(parts, config, 0).norm() > 0.1);
      CHECK(gradient_error(parts, config) < 1e-7);
    }
}

TEST_CASE("Calibrated, the values of the policy's draws are at least the return to go, by the definition",
          "[conservative]") {
  for (const bool importance : {true, false})
    for (const double temperature : {1.0, 0.5}) {
      CAPTURE(importance, temperature);
      Parts parts;
      Conservative config{.alpha = 2.5, .samples = 4, .temperature = temperature, .importance_sampling = importance};
      const double plain = parts.penalty(config);
      config.calibrated = true;
      const auto at_floor = [&](double floor) {
        parts.batch.returns_to_go.setConstant(parts.batch.size(), floor);
        const double penalty = parts.penalty(config);
        CHECK(std::abs(penalty - 2.5 * parts.gaps(config).rowwise().mean().sum()) < 1e-11);
        CHECK(gradient_error(parts, config) < 1e-7);
        return penalty;
      };
      CHECK(at_floor(-1e6) == plain);  // no value is below it, to the same bits
      for (const double floor : {-0.5, 0.1, 0.7}) CHECK(at_floor(floor) > plain);
      // All draws of the policy are raised to the same constant, and nearly all weight is theirs: what is left of the
      // gradient is that of the data's own action, without a logarithm against it.
      parts.batch.returns_to_go.setConstant(parts.batch.size(), 200);
      Matrix<double> adjoint;
      parts.critics.gradients.clear();
      parts.penalty(config, adjoint);
      for (const Vector<double>& gradient : parts.critics.gradients) CHECK(gradient.cwiseAbs().maxCoeff() < 1e-12);
      CHECK((adjoint.array() - 1 + 2.5 / static_cast<double>(parts.batch.size())).abs().maxCoeff() < 1e-12);
    }
}

TEST_CASE("Calibrated, a batch without returns to go is refused", "[conservative]") {
  Parts parts;
  parts.batch.returns_to_go.resize(0);
  CHECK_THROWS_WITH(
      parts.penalty({.calibrated = true}),
      Contains("penalty.calibrated: expected batches with the returns to go of all 5 transitions, found 0"));
  CHECK(Calibrated{}.calibrated);
}

TEST_CASE("A gap beyond its bounds is clipped and has no gradient", "[conservative]") {
  for (const bool importance : {true, false}) {
    CAPTURE(importance);
    Parts parts;
    Conservative config{.samples = 3, .importance_sampling = importance};
    const Matrix<double> gaps = parts.gaps(config);
    // Between the lowest and the highest gap, so that some are clipped on either side.
    config.gap_min = gaps.minCoeff() + 0.3 * (gaps.maxCoeff() - gaps.minCoeff());
    config.gap_max = gaps.minCoeff() + 0.7 * (gaps.maxCoeff() - gaps.minCoeff());
    const Matrix<double> clipped = gaps.cwiseMax(config.gap_min).cwiseMin(config.gap_max);
    REQUIRE((clipped.array() == gaps.array()).any());
    CHECK(std::abs(parts.penalty(config) - 5 * clipped.rowwise().mean().sum()) < 1e-12);
    CHECK(gradient_error(parts, config) < 1e-7);

    config.gap_min = gaps.maxCoeff() + 1;
    config.gap_max = gaps.maxCoeff() + 2;
    for (Index i = 0; i < 2; ++i) CHECK(whole_gradient(parts, config, i).isZero(0));
  }
}

TEST_CASE("The gap of a constant Q is what the reference computes by hand", "[conservative]") {
  // Only the uniform part counts, ln 10 + 6 ln 2: the policy's draws have densities above e^18.
  const Sizes sizes{.observation = 3, .action = 6};
  for (const double value : {0.0, -3.0, 40.0}) {
    Parts parts = flat(value, sizes);
    CHECK(std::abs(mean_gap(parts, {}) - 6.461468) < 1e-6);
    CHECK(std::abs(mean_gap(parts, {}) - (std::log(10) + 6 * std::numbers::ln2)) < 1e-6);
    // Densities and values are divided by the temperature, and the logarithm is multiplied by it.
    CHECK(std::abs(mean_gap(parts, {.samples = 1, .temperature = 0.5}) - 6 * std::numbers::ln2) < 1e-6);
    // Without importance sampling it is the logarithm of the number of actions, 3N and the data's own.
    CHECK(std::abs(mean_gap(parts, {.importance_sampling = false}) - std::log(31)) < 1e-12);
    CHECK(std::abs(mean_gap(parts, {.temperature = 2, .importance_sampling = false}) - 2 * std::log(31)) < 1e-12);
  }
}

TEST_CASE("Raising Q everywhere does not change the penalty", "[conservative]") {
  for (const bool importance : {true, false}) {
    Parts parts;
    const Conservative config{.samples = 3, .importance_sampling = importance};
    const double before = parts.penalty(config);
    // The last parameter is the output's bias: its gradient is the sum of softmax weights minus one.
    for (Index i = 0; i < 2; ++i) CHECK(std::abs(whole_gradient(parts, config, i).tail(1)(0)) < 1e-13);
    for (Index i = 0; i < 2; ++i) parts.critics.member(Net::online, i).parameters().tail(1).array() += 1000;
    CHECK(std::abs(parts.penalty(config) - before) < 1e-9);
  }
}

TEST_CASE("With a threshold the penalty is the multiplier times the excess, and so is its gradient", "[conservative]") {
  for (const BoundedGap bounded : {BoundedGap::unweighted, BoundedGap::weighted}) {
    Parts parts;
    const Conservative config{
        .alpha = 2, .samples = 3, .threshold = 1.5, .bounded_gap = bounded, .initial_multiplier = 0.7};
    const double gap = parts.gaps(config).mean();
    const double excess = bounded == BoundedGap::unweighted ? 2 * (gap - 1.5) : 2 * gap - 1.5;
    CHECK(std::abs(parts.penalty(config) - 2 * 0.7 * excess) < 1e-12);
    CHECK(gradient_error(parts, config) < 1e-7);
  }
}

TEST_CASE("The multiplier rises where the bounded gap is above the threshold, and falls where it is below",
          "[conservative]") {
  Parts parts;
  Conservative config{.alpha = 2, .samples = 3, .multiplier_optimizer = {.learning_rate = 0.1}};
  config.initial_multiplier = 0.7;
  const double gap = parts.gaps(config).mean();
  REQUIRE(gap > 0.1);
  // Adam's first step moves the logarithm by the learning rate, within ε/|g| = 1e-7.
  const auto after_one = [&](double threshold, BoundedGap bounded) {
    config.threshold = threshold;
    config.bounded_gap = bounded;
    State state(config, parts.policy, parts.critics, parts.sizes, parts.generator);
    CHECK(std::abs(state.multiplier() - 0.7) < 1e-15);
    Matrix<double> unused;
    parts.penalty(state, unused);
    CHECK(figure(state, "conservative_multiplier") == state.multiplier());
    return std::log(state.multiplier() / 0.7);
  };
  for (const BoundedGap bounded : {BoundedGap::unweighted, BoundedGap::weighted}) {
    CHECK(std::abs(after_one(0.5 * gap, bounded) - 0.1) < 1e-6);
    CHECK(std::abs(after_one(2.5 * gap, bounded) + 0.1) < 1e-6);
  }
  // Between the gap and α times the gap, the two meanings of the threshold disagree.
  CHECK(std::abs(after_one(1.5 * gap, BoundedGap::unweighted) + 0.1) < 1e-6);
  CHECK(std::abs(after_one(1.5 * gap, BoundedGap::weighted) - 0.1) < 1e-6);
}

TEST_CASE(
    "The multiplier goes no higher than a million, stays where a gap is not finite, and is one without a threshold",
    "[conservative]") {
  Parts parts;
  Matrix<double> unused;
  State high({.threshold = -50, .initial_multiplier = 999999, .multiplier_optimizer = {.learning_rate = 1}},
             parts.policy, parts.critics, parts.sizes, parts.generator);
  parts.penalty(high, unused);
  CHECK(std::abs(high.multiplier() / 1e6 - 1) < 1e-12);

  State none({.initial_multiplier = 3}, parts.policy, parts.critics, parts.sizes, parts.generator);
  parts.penalty(none, unused);
  CHECK(none.multiplier() == 1);
  CHECK(std::isnan(figure(none, "conservative_multiplier")));  // not reported

  State kept({.threshold = 1, .initial_multiplier = 2}, parts.policy, parts.critics, parts.sizes, parts.generator);
  parts.critics.member(Net::online, 0).parameters()(0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(parts.penalty(kept, unused), NonFiniteError);
  CHECK(std::abs(kept.multiplier() - 2) < 1e-15);
}

TEST_CASE("The conservative penalty refuses hyper-parameters out of range, by name", "[conservative]") {
  CHECK_NOTHROW(check_fields(Conservative{}));
  const auto refuses = [](const Conservative& config, const std::string& said) {
    CHECK_THROWS_WITH(check_fields(config), Contains(said));
  };
  refuses({.alpha = -1}, "alpha must be at least 0, but is -1");
  refuses({.samples = 0}, "samples must be at least 1, but is 0");
  refuses({.temperature = 0}, "temperature must be positive");
  refuses({.gap_min = 2, .gap_max = 1}, "gap_max must be above 2, but is 1");
  refuses({.gap_min = std::numeric_limits<double>::quiet_NaN()}, "gap_min must be a number, but is nan");
  refuses({.threshold = std::numeric_limits<double>::infinity()}, "threshold must be a finite number, but is inf");
  refuses({.initial_multiplier = 0}, "initial_multiplier must be in (0, 1000000], but is 0");
  refuses({.multiplier_optimizer = {.beta1 = 1}}, "multiplier_optimizer.beta1 must be in [0, 1), but is 1");
}

}  // namespace conservative_test
