/// \file
/// Tests atoms of continuous actions: those of clipped actions are found, and draws of a density that were rounded to
/// floats have none. Also tests the precision of their log-densities.
#include "holdfast/evaluators/atoms.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/evaluators/log_prob_precision.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"

namespace atoms_test {

using namespace holdfast;

namespace {

/// Returns the policy that draws N(mean, e^{2 log_std}) before its tanh or clipping, for every observation.
template <class Policy>
DeployedPolicy<Policy> constant_policy(double mean, double log_std, Index actions = 1) {
  using Scalar = typename Policy::Scalar;
  Generator unused(0);
  typename Policy::Config config;
  config.network.hidden = {2};
  Policy policy(config, {1, actions}, unused);
  policy.parameters().setZero();
  policy.parameters().tail(2 * actions).head(actions).setConstant(static_cast<Scalar>(mean));
  policy.parameters().tail(actions).setConstant(static_cast<Scalar>(log_std));
  return {policy, Normalization<Scalar>::identity(1)};
}

/// Returns trajectories of one step with draws in single precision and their log-densities.
template <class Policy>
Transitions<float> draws(DeployedPolicy<Policy> policy, Index size, std::uint64_t seed) {
  Transitions<float> data;
  Generator generator(seed);
  data.observations.setZero(1, size);
  data.next_observations = data.observations;
  const Matrix<typename Policy::Scalar> seen = Matrix<typename Policy::Scalar>::Zero(1, size);
  typename Policy::Actions actions;
  data.action_log_probs = policy.act(seen, Acting::sample, generator, actions).template cast<float>();
  data.actions = actions.template cast<float>();
  data.rewards.setOnes(size);
  data.terminals.setZero(size);
  data.timeouts.setOnes(size);
  return data;
}

}  // namespace

// One false alarm in 10⁹ datasets. The seeds are fixed.
TEST_CASE("Draws of a tanh-Gaussian are no atoms, however many and however near the border", "[evaluators]") {
  Index repeated = 0;
  for (const Index size : {20, 200, 2000, 10000, 100000})
    for (const double mean : {0.0, -1.0, 2.5, -4.0, 5.0, 6.0})
      for (const double log_std : {-4.0, -2.0, -1.0, 0.0, 0.5}) {
        const auto data = draws(constant_policy<TanhGaussian<float>>(mean, log_std), size, 3);
        CAPTURE(size, mean, log_std);
        CHECK_NOTHROW(refuse_atoms(data));
        std::vector<float> values(data.actions.data(), data.actions.data() + size);
        std::sort(values.begin(), values.end());
        for (std::size_t i = 2; i < values.size(); ++i)
          if (values[i] == values[i - 2] && size < 30000) {
            ++repeated;
            break;
          }
      }
  CHECK(repeated >= 10);  // three equal floats alone prove nothing
}

TEST_CASE("Evaluated policies near the border are no atoms either", "[evaluators]") {
  const auto data = draws(constant_policy<TanhGaussian<float>>(2.5, -2), 10000, 4);
  for (const double mean : {0.0, 2.5, 5.0, 6.0})
    for (const double log_std : {-2.0, 0.0}) {
      auto policy = constant_policy<TanhGaussian<float>>(mean, log_std);
      CAPTURE(mean, log_std);
      CHECK_NOTHROW(refuse_atoms(policy, data));
    }
}

TEST_CASE("Clipped draws are atoms where more than ten, and one of 5,000, are clipped", "[evaluators]") {
  for (const Index size : {100, 1000, 10000, 100000})
    for (const double mean : {0.0, 0.5, -0.9, 2.0})
      for (const double log_std : {-1.5, -0.7, 0.0}) {
        const auto data = draws(constant_policy<Gaussian<float>>(mean, log_std), size, 5);
        const Index clipped = (data.actions.array().abs() == 1).count();
        CAPTURE(size, mean, log_std, clipped);
        if (clipped <= std::max<Index>(10, size / 5000)) continue;
        CHECK_THROWS_WITH(refuse_atoms(data), Contains("exactly " + std::string(mean < 0 ? "-1" : "")));
      }
}

// The densities are smooth on the scale of the grid. One false alarm in 10⁹ datasets; the seeds are fixed.
TEST_CASE("Draws on a coarser grid than that of floats are no atoms, clipped ones are", "[evaluators]") {
  const auto half = [](float x) { return static_cast<float>(Eigen::half(x)); };
  const auto decimals = [](float x) { return std::round(x * 1000) / 1000; };
  for (const Index size : {100, 1000, 10000, 100000})
    for (const double mean : {0.0, 0.5, -0.9})
      for (const double log_std : {-2.0, -1.0, -0.5, 0.0}) {
        CAPTURE(size, mean, log_std);
        auto sound = draws(constant_policy<TanhGaussian<float>>(mean, log_std), size, 8);
        auto clipped = draws(constant_policy<Gaussian<float>>(mean, log_std), size, 8);
        const Index count = (clipped.actions.array().abs() == 1).count();
        const Matrix<float> exact = sound.actions;
        const Matrix<float> clamped = clipped.actions;
        const auto check = [&](auto&& round) {
          sound.actions = exact.unaryExpr(round);
          CHECK_NOTHROW(refuse_atoms(sound));
          clipped.actions = clamped.unaryExpr(round);
          if (count > std::max<Index>(10, size / 100)) CHECK_THROWS_WITH(refuse_atoms(clipped), Contains("exactly"));
        };
        check(half);
        check(decimals);
      }
  // A handful of values is not a grid.
  auto few = draws(constant_policy<TanhGaussian<float>>(0, 0), 10000, 8);
  few.actions = few.actions.unaryExpr([](float x) { return std::round(x); });
  CHECK_THROWS_WITH(refuse_atoms(few), Contains("exactly -1"));
}

TEST_CASE("Actions and draws that are no numbers are refused by name", "[evaluators]") {
  auto data = draws(constant_policy<TanhGaussian<float>>(0, 0, 2), 100, 9);
  auto sick = constant_policy<TanhGaussian<float>>(std::nan(""), 0, 2);
  CHECK_THROWS_WITH(refuse_atoms(sick, data),
                    Contains("policy: expected draws that are finite numbers, found ") && Contains("in feature 0"));
  data.actions(1, 3) = std::nanf("");
  CHECK_THROWS_WITH(refuse_atoms(data), Contains("actions: expected finite numbers, found nan in feature 1"));
  data.actions(1, 3) = INFINITY;
  CHECK_THROWS_WITH(refuse_atoms(data), Contains("actions: expected finite numbers, found inf in feature 1"));
}

TEST_CASE("An atom is found in one feature of several, among neighbors, and where all is one value", "[evaluators]") {
  auto data = draws(constant_policy<TanhGaussian<float>>(0, 0, 3), 2000, 6);
  CHECK(!find_atom(data.actions));
  data.actions(1, 5) = data.actions(1, 60) = 1;  // two equal ones may be chance
  CHECK(!find_atom(data.actions));
  for (Index i = 0; i < 6; ++i) data.actions(1, 7 * i) = 1;
  const auto atom = find_atom(data.actions);
  REQUIRE(atom.has_value());
  CHECK(atom->feature == 1);
  CHECK(atom->value == 1);
  CHECK(atom->count == 8);
  CHECK_THROWS_WITH(refuse_atoms(data), Contains("exactly 1 in feature 1") && Contains("tanh-Gaussian"));
  // Clipped to two neighboring floats.
  for (Index i = 0; i < 300; ++i) data.actions(2, 3 * i) = i % 2 == 0 ? 0.999999F : std::nextafter(0.999999F, 1.0F);
  data.actions.row(1).setRandom();
  CHECK(find_atom(data.actions)->feature == 2);
  data.actions.row(2).setConstant(0.25F);
  CHECK(find_atom(data.actions)->value == 0.25);
  data.actions.row(2).setZero();
  CHECK(find_atom(data.actions)->count == 2000);
  auto clipped = constant_policy<Gaussian<float>>(0, 0, 3);
  CHECK_THROWS_WITH(refuse_atoms(clipped, data),
                    Contains("policy: expected draws from a density") && Contains("use the direct method"));
}

TEST_CASE("By how much log π is off near the border is known, to the order of magnitude", "[evaluators]") {
  constexpr Index size = 20000;
  const auto off_by = [](double mean, double log_std, double& claimed) {
    auto exact = constant_policy<TanhGaussian<double>>(mean, log_std);
    Transitions<float> data = draws(exact, size, 7);
    Generator again(7);
    Matrix<double> actions;
    const Row<double> drawn = exact.act(Matrix<double>::Zero(1, size), Acting::sample, again, actions);
    claimed = weight_error(exact, Episodes(data));
    return (log_probs(exact, data) - drawn).abs().min(1.0).mean();
  };
  double claimed = 0;
  CHECK(off_by(2.5, -2, claimed) < 1e-4);
  CHECK(claimed < 1e-4);
  for (const double mean : {4.0, 5.0, 6.0, 7.0})
    for (const double log_std : {-1.0, 0.0}) {
      CAPTURE(mean, log_std);
      const double actual = off_by(mean, log_std, claimed);
      CHECK(claimed > actual / 5);
      CHECK(claimed < actual * 5);
    }
  CHECK(off_by(7, 0, claimed) > 0.05);
}

TEST_CASE("Weights are those of recorded trajectories, whether their observations follow each other or not",
          "[evaluators]") {
  auto policy = constant_policy<TanhGaussian<double>>(5, 0);
  auto data = draws(policy, 200, 10);
  data.timeouts.setZero();
  data.timeouts(99) = data.timeouts(199) = 1;
  const double joined = weight_error(policy, Episodes(data));
  data.next_observations.setOnes();
  CHECK(weight_error(policy, Episodes(data)) == joined);
}

}  // namespace atoms_test
