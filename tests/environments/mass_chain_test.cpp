#include "holdfast/environments/mass_chain.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "catch.hpp"

namespace mass_chain_test {

using namespace holdfast;

namespace {

Vector<double> vector(std::initializer_list<double> values) {
  Vector<double> out(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

}  // namespace

static_assert(IsEnvironment<MassChain>);

TEST_CASE("A step of the mass chain is the one computed by hand", "[mass_chain]") {
  MassChain chain;
  chain.set_state(vector({1, 0, -1, 0, 1, 0}));
  const StepResult result = chain.step(vector({0.5, -2, 0}));
  // Actions clip to (0.5, -1, 0). Σp² + 0.1 Σv² = 2.1 and Σa² = 1.25, so exp(−0.7) − 0.02 · 1.25 / 3.
  CHECK(std::abs(result.reward - (std::exp(-0.7) - 0.025 / 3)) < 1e-14);
  CHECK_FALSE(result.terminal);
  // Forces: 2·0.5 + 0.5 (0 + 0 − 2) + 0.6 = 0.6;  −2 + 0.5 (1 − 1) − 0.1 = −2.1;  0.5 (0 + 0 + 2) − 0.6 = 0.4.
  // v = (0 + 0.06, 1 − 0.21, 0 + 0.04), then p = (1 + 0.006, 0 + 0.079, −1 + 0.004).
  CHECK((chain.state() - vector({1.006, 0.079, -0.996, 0.06, 0.79, 0.04})).norm() < 1e-14);
}

TEST_CASE("The mass chain clips velocities before positions", "[mass_chain]") {
  MassChain chain;
  // Force on the first: 2 + 0.5 (5 − 8.8) − 0.5 + 2.64 = 2.24, so v = 5.224 → 5 and p = 4.4 + 0.5 = 4.9.
  chain.set_state(vector({4.4, 5, 0, 5, 0, 0}));
  chain.step(vector({1, 0, 0}));
  CHECK(std::abs(chain.state()[0] - 4.9) < 1e-14);
  CHECK(chain.state()[3] == 5);
  // Now 2 + 0.5 (5 − 10) − 0.5 + 3 = 2: v stays at 5 and p = 5.5 → 5.
  chain.set_state(vector({5, 5, 0, 5, 0, 0}));
  chain.step(vector({1, 0, 0}));
  CHECK(chain.state()[0] == 5);
}

TEST_CASE("The mass chain's scripted policy is a clipped feedback", "[mass_chain]") {
  const MassChain chain;
  Vector<double> action(3);
  REQUIRE(chain.scripted(vector({0.5, -1, 0.1, 0.25, -1, 0}), action));
  CHECK((action - vector({-0.9, 1, -0.12})).norm() < 1e-14);  // −1.2 · 0.75;  2.4 → 1;  −1.2 · 0.1
}

TEST_CASE("A mass chain of another length has its own sizes and no references", "[mass_chain]") {
  MassChain chain({.masses = 1});
  CHECK(chain.observation_size() == 2);
  CHECK(chain.action_size() == 1);
  CHECK(std::isnan(chain.references().random));
  CHECK(std::isnan(normalized_score(chain.references(), 50)));
  chain.set_state(vector({1, 0}));
  chain.step(vector({0}));
  CHECK(std::abs(chain.state()[1] + 0.04) < 1e-14);  // 0.1 (0.5 (−2) + 0.6)
}

TEST_CASE("A bad mass chain config is refused by name", "[mass_chain]") {
  REQUIRE_THROWS_AS(MassChain({.masses = 0}), ConfigError);
  REQUIRE_THROWS_WITH(MassChain({.masses = 0}), Contains("mass_chain.masses") && Contains("0"));
  REQUIRE_THROWS_WITH(MassChain({.time_step = std::numeric_limits<double>::quiet_NaN()}),
                      Contains("mass_chain.time_step"));
  REQUIRE_THROWS_WITH(MassChain({.initial_range = 6}), Contains("mass_chain.initial_range"));
  REQUIRE_THROWS_WITH(MassChain({.time_limit = 0}), Contains("mass_chain.time_limit"));
}

TEST_CASE("The normalized score is 0 at random and 100 at good", "[environment]") {
  constexpr References references{-10, 30};
  CHECK(normalized_score(references, -10) == 0);
  CHECK(normalized_score(references, 30) == 100);
  CHECK(normalized_score(references, 20) == 75);
}

namespace {

/// An environment with rewards 1, 2, 3, …, which ends after `last` steps.
struct Counter {
  Index last = 1000;
  Vector<double> state_ = Vector<double>::Zero(1);

  static constexpr const char* name() { return "counter"; }
  static constexpr Index observation_size() { return 1; }
  static constexpr Index action_size() { return 2; }
  static constexpr Index time_limit() { return 5; }
  static constexpr Interval reward_range() { return {1, 5}; }
  static constexpr References references() { return {0, 15}; }
  void reset(Generator&) { state_.setZero(); }
  void observe(Eigen::Ref<Vector<double>> out) const { out = state_; }
  StepResult step(const Eigen::Ref<const Vector<double>>&) {
    const double count = ++state_[0];
    return {count, static_cast<Index>(count) == last};
  }
  const Vector<double>& state() const { return state_; }
  void set_state(const Vector<double>& state) { state_ = state; }
  Vector<double> state_of(const Vector<double>& observation) const { return observation; }
};

}  // namespace

TEST_CASE("A rollout ends at the time limit or at a terminal, whichever is first", "[environment]") {
  Generator generator(1);
  const auto act = [](const Vector<double>& observation, Vector<double>& action) {
    CHECK(observation.size() == 1);
    CHECK(action.size() == 2);
    action.setZero();
  };
  Counter endless;
  CHECK(rollout_return(endless, generator, act) == 15);  // 1 + 2 + 3 + 4 + 5
  Counter ending{.last = 3};
  CHECK(rollout_return(ending, generator, act) == 6);  // 1 + 2 + 3
}

}  // namespace mass_chain_test
