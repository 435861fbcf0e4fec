/// \file
/// Tests the processes of diffusion and flow policies, and a chain of each.
#include "holdfast/policies/generative/denoising.hpp"

#include <array>
#include <cmath>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/policies/generative/flow_matching.hpp"
#include "holdfast/policies/generative/generative_model.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace denoising_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsGenerativeProcess<Denoising> && IsGenerativeProcess<FlowMatching>);

namespace {

constexpr std::array schedules{NoiseSchedule::vp, NoiseSchedule::linear, NoiseSchedule::cosine};

// Returns ā_t for all t, the products of 1 − β.
std::vector<double> kept_shares(const std::vector<double>& betas) {
  std::vector<double> kept;
  for (const double beta : betas) kept.push_back((kept.empty() ? 1 : kept.back()) * (1 - beta));
  return kept;
}

// Returns the example of time t.
TrainingExample example_of(const Denoising& process, double t) {
  Generator generator(1);
  for (int i = 0; i < 100000; ++i)
    if (const TrainingExample example = process.example(generator); example.time == t) return example;
  FAIL("no example has the time " << t);
  return {};
}

// Calls test(process, betas) for all schedules and some numbers of steps.
template <class Test>
void for_each_process(Test test) {
  for (const NoiseSchedule schedule : schedules)
    for (const Index steps : {1, 2, 5, 50}) {
      CAPTURE(static_cast<int>(schedule), steps);
      test(Denoising({.steps = steps, .schedule = schedule}), noise_sizes(schedule, steps));
    }
}

}  // namespace

TEST_CASE("The variance-preserving schedule of five steps is that of its formula", "[denoising]") {
  const std::vector<double> betas = noise_sizes(NoiseSchedule::vp, 5);
  const std::vector<double> kept = kept_shares(betas);
  const std::array by_hand{0.195875, 0.458818, 0.635781, 0.754878, 0.835031};
  const std::array kept_by_hand{0.804125, 0.435178, 0.158500, 0.038852, 0.006409};
  REQUIRE(betas.size() == 5);
  long double exact_kept = 1;
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    const auto n = static_cast<long double>(i + 1);
    const long double alpha = std::exp(-0.1L / 5 - 0.5L * 9.9L * (2 * n - 1) / 25);
    exact_kept *= alpha;
    CHECK(std::abs(betas[i] - by_hand[i]) < 1e-6);
    CHECK(std::abs(static_cast<double>(betas[i] - (1 - alpha))) < 1e-14);
    CHECK(std::abs(kept[i] - kept_by_hand[i]) < 1e-6);
    CHECK(std::abs(static_cast<double>(kept[i] - exact_kept)) < 1e-14);
  }
  // Its integral: ā_{T−1} = exp(−0.1 − 9.9 / 2), whatever T.
  for (const Index steps : {1, 2, 5, 10, 100})
    CHECK(std::abs(kept_shares(noise_sizes(NoiseSchedule::vp, steps)).back() - std::exp(-5.05)) < 1e-14);
}

TEST_CASE("The linear schedule goes evenly from 1/10,000 to 0.02", "[denoising]") {
  for (const Index steps : {2, 5, 1000}) {
    const std::vector<double> betas = noise_sizes(NoiseSchedule::linear, steps);
    REQUIRE(static_cast<Index>(betas.size()) == steps);
    CHECK(betas.front() == 1e-4);
    CHECK(std::abs(betas.back() - 0.02) < 1e-17);
    const double step = (0.02 - 1e-4) / static_cast<double>(steps - 1);
    for (std::size_t i = 1; i < betas.size(); ++i) REQUIRE(std::abs(betas[i] - betas[i - 1] - step) < 1e-16);
  }
  CHECK(noise_sizes(NoiseSchedule::linear, 1) == std::vector{1e-4});
}

TEST_CASE("The cosine schedule keeps the square of a cosine, and at most 0.999 is noise", "[denoising]") {
  const auto square = [](double share) { return std::pow(std::cos((share + 0.008) / 1.008 * std::acos(-1.0) / 2), 2); };
  for (const Index steps : {2, 5, 50, 1000}) {
    const std::vector<double> betas = noise_sizes(NoiseSchedule::cosine, steps);
    const std::vector<double> kept = kept_shares(betas);
    REQUIRE(static_cast<Index>(betas.size()) == steps);
    for (std::size_t i = 0; i + 1 < kept.size(); ++i) {
      const double expected = square(static_cast<double>(i + 1) / static_cast<double>(steps)) / square(0);
      REQUIRE(std::abs(kept[i] - expected) < 1e-13);
    }
    CHECK(betas.back() == 0.999);  // its cosine is 0
  }
}

// By conditioning: given the action, x_{t−1} and x_t are jointly normal with covariances S₁₁ = 1 − ā_{t−1},
// S₁₂ = √α S₁₁ and S₂₂ = α S₁₁ + β.
TEST_CASE("A step draws from the posterior of the step before", "[denoising]") {
  for_each_process([](const Denoising& process, const std::vector<double>& betas) {
    const std::vector<double> kept = kept_shares(betas);
    REQUIRE(process.steps().size() == betas.size());
    for (std::size_t t = 0; t < betas.size(); ++t) {
      CAPTURE(t);
      const SamplingStep& step = process.steps()[betas.size() - 1 - t];
      const double before = t == 0 ? 1 : kept[t - 1];
      const double alpha = 1 - betas[t];
      const double own = 1 - before;
      const double shared = std::sqrt(alpha) * own;
      const double later = alpha * own + betas[t];
      for (const double action : {-0.7, 0.0, 1.3})
        for (const double x : {-2.0, 0.4}) {
          const double mean = std::sqrt(before) * action;
          const double expected = mean + shared / later * (x - std::sqrt(alpha) * mean);
          REQUIRE(std::abs(step.keep * x + step.move * action - expected) < 1e-12);
        }
      REQUIRE(std::abs(step.noise * step.noise - (own - shared * shared / later)) < 1e-12);
      CHECK(step.time == static_cast<double>(t));
      CHECK(step.clips);
    }
  });
}

TEST_CASE("The last step returns the estimated action, without noise", "[denoising]") {
  for_each_process([](const Denoising& process, const std::vector<double>&) {
    const SamplingStep& last = process.steps().back();
    CHECK(last.time == 0);
    CHECK(last.keep == 0);
    CHECK(std::abs(last.move - 1) < 1e-12);
    CHECK(last.noise == 0);
  });
}

TEST_CASE("An example holds an action that the exact noise gives back", "[denoising]") {
  for_each_process([](const Denoising& process, const std::vector<double>& betas) {
    const std::vector<double> kept = kept_shares(betas);
    for (const SamplingStep& step : process.steps()) {
      const TrainingExample example = example_of(process, step.time);
      CHECK(example.target_action == 0);
      CHECK(example.target_noise == 1);
      const double share = kept[static_cast<std::size_t>(step.time)];
      CHECK(std::abs(example.action_share * example.action_share - share) < 1e-14);
      CHECK(std::abs(example.action_share * example.action_share + example.noise_share * example.noise_share - 1) <
            1e-14);
      for (const double action : {-0.7, 1.3})
        for (const double noise : {-2.0, 0.4}) {
          const double x = example.action_share * action + example.noise_share * noise;
          // The cosine schedule leaves so little of the action that its errors are magnified by up to 2,000.
          REQUIRE(std::abs(step.from_point * x + step.from_network * noise - action) < 1e-11);
        }
    }
  });
}

TEST_CASE("The times of examples are uniform", "[denoising]") {
  constexpr int count = 20000;
  const Denoising process(DenoisingConfig{.steps = 5});
  Generator generator(2);
  std::array<int, 5> found{};
  for (int i = 0; i < count; ++i) ++found[static_cast<std::size_t>(process.example(generator).time)];
  double square = 0;
  for (const int each : found) square += std::pow(each - count / 5., 2) / (count / 5.);
  CHECK(square < 33.4);  // four degrees of freedom, false alarm 1e-6
}

TEST_CASE("The temperature multiplies the noise and nothing else", "[denoising]") {
  const Denoising process(DenoisingConfig{.steps = 5});
  for (const double temperature : {0.0, 0.5, 2.0}) {
    const Denoising other(DenoisingConfig{.steps = 5, .temperature = temperature});
    CHECK(other.config().temperature == temperature);
    for (std::size_t i = 0; i < 5; ++i) {
      const SamplingStep& step = process.steps()[i];
      const SamplingStep& scaled = other.steps()[i];
      CHECK(scaled.noise == temperature * step.noise);
      CHECK(scaled.time == step.time);
      CHECK(scaled.from_point == step.from_point);
      CHECK(scaled.from_network == step.from_network);
      CHECK(scaled.clips == step.clips);
      CHECK(scaled.keep == step.keep);
      CHECK(scaled.move == step.move);
      const TrainingExample example = example_of(process, static_cast<double>(i));
      const TrainingExample same = example_of(other, static_cast<double>(i));
      CHECK(same.action_share == example.action_share);
      CHECK(same.noise_share == example.noise_share);
    }
  }
}

TEST_CASE("A process out of range is refused, by name", "[denoising]") {
  const auto refuses = [](const DenoisingConfig& config, const std::string& said) {
    CHECK_THROWS_AS(Denoising(config), ConfigError);
    CHECK_THROWS_WITH(Denoising(config), Contains(said));
  };
  refuses({.steps = 0}, "steps must be");
  refuses({.steps = 10001}, "steps must be");
  refuses({.temperature = -1}, "temperature must be at least 0");
  CHECK_THROWS_WITH(FlowMatching(FlowMatchingConfig{.steps = 0}), Contains("steps must be"));
}

TEST_CASE("A flow takes even Euler steps along the velocity, from time 0 on", "[flow_matching]") {
  for (const Index steps : {1, 3, 10}) {
    const FlowMatching process(FlowMatchingConfig{.steps = steps});
    REQUIRE(static_cast<Index>(process.steps().size()) == steps);
    for (Index i = 0; i < steps; ++i) {
      const SamplingStep& step = process.steps()[static_cast<std::size_t>(i)];
      CHECK(step.time == static_cast<double>(i) / static_cast<double>(steps));
      CHECK(step.from_point == 0);
      CHECK(step.from_network == 1);
      CHECK_FALSE(step.clips);
      CHECK(step.keep == 1);
      CHECK(step.move == 1 / static_cast<double>(steps));
      CHECK(step.noise == 0);
    }
  }
}

TEST_CASE("An example of a flow is a point of the line from noise to an action, and its direction", "[flow_matching]") {
  const FlowMatching process(FlowMatchingConfig{});
  Generator generator(3);
  std::array<int, 10> found{};
  for (int i = 0; i < 20000; ++i) {
    const TrainingExample example = process.example(generator);
    REQUIRE(example.time >= 0);
    REQUIRE(example.time < 1);
    ++found[static_cast<std::size_t>(10 * example.time)];
    const double x = example.action_share * 1.3 + example.noise_share * -0.4;
    const double velocity = example.target_action * 1.3 + example.target_noise * -0.4;
    REQUIRE(std::abs(x - example.time * velocity - -0.4) < 1e-15);       // where the line begins
    REQUIRE(std::abs(x + (1 - example.time) * velocity - 1.3) < 1e-15);  // where it ends
  }
  double square = 0;
  for (const int each : found) square += std::pow(each - 2000., 2) / 2000;
  CHECK(square < 46.1);  // nine degrees of freedom, false alarm 6e-7
}

TEMPLATE_TEST_CASE("A draw of a chain is what the formulas of its process say", "[chain]", Denoising, FlowMatching) {
  constexpr Index steps = 5;
  constexpr double limit = 1.5;
  constexpr Sizes sizes{.observation = 3, .action = 2};
  const GenerativeModelConfig<TestType, Mlp<double>> config{.network = {.hidden = {6}, .activation = Activation::tanh},
                                                            .time = {.size = 4, .layers = {3}},
                                                            .process = {.steps = steps},
                                                            .action_limit = limit};
  const GenerativeModel<TestType, Mlp<double>> chain(sizes, config);
  const TimedNetwork<Mlp<double>> network(sizes, config.network, config.time);
  Generator generator(4);
  const Vector<double> parameters = 0.7 * normal_matrix(chain.parameter_count(), 1, generator);
  const Matrix<double> observations = normal_matrix(3, 4, generator);
  Generator same = generator;
  typename GenerativeModel<TestType, Mlp<double>>::Tape tape;
  Matrix<double> found;
  const auto draw = [&](Index begin, Matrix<double>& noise) {
    CHECK(begin == 0);
    generator.fill_normal(noise);
  };
  chain.sample(parameters.data(), observations, 3, draw, tape, found);

  typename TimedNetwork<Mlp<double>>::Tape network_tape;
  const auto f = [&](const Matrix<double>& x, double t) {
    return network.forward(parameters.data(), observations, x, Row<double>::Constant(1, t), network_tape);
  };
  const auto clipped = [&](const Matrix<double>& x) -> Matrix<double> { return x.cwiseMax(-limit).cwiseMin(limit); };
  Matrix<double> x = normal_matrix(2, 12, same);
  if constexpr (std::is_same_v<TestType, Denoising>) {
    const std::vector<double> betas = noise_sizes(NoiseSchedule::vp, steps);
    const std::vector<double> kept = kept_shares(betas);
    for (std::size_t t = steps; t-- > 0;) {
      const double before = t == 0 ? 1 : kept[t - 1];
      const Matrix<double> estimate =
          clipped((x - std::sqrt(1 - kept[t]) * f(x, static_cast<double>(t))) / std::sqrt(kept[t]));
      x = (betas[t] * std::sqrt(before) * estimate + (1 - before) * std::sqrt(1 - betas[t]) * x) / (1 - kept[t]);
      if (t > 0) x += std::sqrt(betas[t] * (1 - before) / (1 - kept[t])) * normal_matrix(2, 12, same);
    }
  } else {
    for (Index i = 0; i < steps; ++i) x += f(x, static_cast<double>(i) / steps) / steps;
  }
  CHECK(difference(found, clipped(x)) < 1e-12);
  CHECK((found.array().abs() < limit).any());
  CHECK(generator.state() == same.state());
}

}  // namespace denoising_test
