#include "holdfast/environments/registry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "catch.hpp"

namespace registry_test {

using namespace holdfast;

static_assert(IsEnvironment<AnyEnvironment<>>);
static_assert(std::is_copy_constructible_v<AnyEnvironment<>> && std::is_copy_assignable_v<AnyEnvironment<>>);
static_assert(std::is_nothrow_move_constructible_v<AnyEnvironment<>>);
static_assert(!std::is_constructible_v<AnyEnvironment<>, int>);

namespace {

void fill_uniform(Vector<double>& action, Generator& generator, double range = 1) {
  for (double& value : action) value = generator.uniform(-range, range);
}

/// A pendulum that hides its scripted policy.
class Unscripted : Pendulum {
 public:
  using Pendulum::action_size, Pendulum::observation_size, Pendulum::observe, Pendulum::references, Pendulum::reset,
      Pendulum::reward_range, Pendulum::set_state, Pendulum::state, Pendulum::state_of, Pendulum::step,
      Pendulum::time_limit;
  static constexpr const char* name() { return "unscripted"; }
};

}  // namespace

TEST_CASE("Every environment is made by its name", "[registry]") {
  CHECK(environment_names().size() == 6);
  for (const std::string_view name : environment_names()) CHECK(make_environment(name).name() == name);
  CHECK(make_environment("mass_chain").observation_size() == 6);
  CHECK(make_environment("mass_chain").action_size() == 3);
  CHECK(make_environment("mass_chain").time_limit() == 100);
  CHECK(make_environment("pendulum").time_limit() == 200);
  CHECK(make_environment("linear_quadratic").observation_size() == 4);
}

TEST_CASE("An unknown name is answered with the known ones and the nearest", "[registry]") {
  REQUIRE_THROWS_AS(make_environment("pendulm"), ConfigError);
  REQUIRE_THROWS_WITH(make_environment("pendulm"), Contains("one of mass_chain, pendulum, linear_quadratic") &&
                                                       Contains("\"pendulm\"") &&
                                                       Contains("did you mean \"pendulum\"?"));
  REQUIRE_THROWS_AS(make_environment(""), ConfigError);
  CHECK_THROWS_WITH(make_environment("cart_pole"), Contains("has finite actions: use make_environment<ActionIndices>"));
  CHECK_THROWS_WITH(make_environment<ActionIndices>("pendulum"),
                    Contains("has continuous actions: use make_environment<Matrix<float>>"));
}

TEST_CASE("A list says which of its environments have finite actions", "[registry]") {
  CHECK(BuiltInEnvironments::names.size() == 8);
  CHECK(BuiltInEnvironments::has_finite_actions("chain"));
  CHECK_FALSE(BuiltInEnvironments::has_finite_actions("pendulum"));
  CHECK_THROWS_WITH(BuiltInEnvironments::has_finite_actions("chian"),
                    Contains("one of mass_chain, pendulum, linear_quadratic, maze2d_umaze, maze2d_medium, "
                             "maze2d_large, cart_pole, chain, but is \"chian\""));
}

TEST_CASE("A list may hold environments of one's own, scripted or not, of either kind of actions", "[registry]") {
  using Mine = EnvironmentList<Pendulum, CartPole, Unscripted>;
  CHECK(Mine::make<ActionIndices>("cart_pole").action_size() == 2);
  const AnyEnvironment<> environment = Mine::make("unscripted");
  Vector<double> action(1);
  CHECK_FALSE(environment.scripted(Vector<double>::Ones(3), action));
  CHECK(Mine::make("pendulum").scripted(Vector<double>::Ones(3), action));
}

TEST_CASE("Copies of an environment are independent and go on alike", "[environment]") {
  for (const std::string_view name : environment_names()) {
    CAPTURE(std::string(name));
    AnyEnvironment<> original = make_environment(name);
    Generator generator(1);
    original.reset(generator);
    AnyEnvironment<> copy = original;
    const Vector<double> start = original.state();
    Vector<double> action(original.action_size());
    fill_uniform(action, generator);
    const double reward = copy.step(action).reward;
    CHECK(original.state() == start);
    CHECK(copy.state() != start);
    CHECK(original.step(action).reward == reward);
    CHECK(original.state() == copy.state());
    copy = make_environment("pendulum");
    CHECK(copy.name() == "pendulum");
    CHECK(original.name() == name);
    AnyEnvironment<>& alias = original;
    original = alias;
    CHECK(original.name() == name);
  }
}

TEST_CASE("Resets repeat with the seed and differ without", "[environment]") {
  for (const std::string_view name : environment_names()) {
    AnyEnvironment<> environment = make_environment(name);
    Generator generator(3);
    Generator again(3);
    environment.reset(generator);
    const Vector<double> first = environment.state();
    environment.reset(generator);
    CHECK(environment.state() != first);
    environment.reset(again);
    CHECK(environment.state() == first);
  }
}

TEST_CASE("Rewards of random rollouts stay in range and states come back from observations", "[environment]") {
  for (const std::string_view name : environment_names()) {
    CAPTURE(std::string(name));
    AnyEnvironment<> environment = make_environment(name);
    AnyEnvironment<> other = environment;
    const Interval range = environment.reward_range();
    Generator generator(2);
    Vector<double> observation(environment.observation_size());
    Vector<double> seen(environment.observation_size());
    Vector<double> action(environment.action_size());
    for (int episode = 0; episode < 20; ++episode) {
      environment.reset(generator);
      for (Index t = 0; t < environment.time_limit(); ++t) {
        environment.observe(observation);
        other.set_state(environment.state_of(observation));
        other.observe(seen);
        REQUIRE((seen - observation).norm() <= 1e-14 * (1 + observation.norm()));
        fill_uniform(action, generator, 2);
        const StepResult result = environment.step(action);
        REQUIRE(result.reward >= range.lowest);
        REQUIRE(result.reward <= range.highest);
        REQUIRE_FALSE(result.terminal);
        REQUIRE(std::abs(other.step(action).reward - result.reward) <= 1e-10 * (1 + std::abs(result.reward)));
      }
    }
  }
}

TEST_CASE("States, observations and actions of the wrong size or not finite are refused", "[environment]") {
  for (const std::string_view name : environment_names()) {
    CAPTURE(std::string(name));
    AnyEnvironment<> environment = make_environment(name);
    const Vector<double> state = environment.state();
    Vector<double> bad = state;
    bad[1] = std::numeric_limits<double>::quiet_NaN();
    const std::string text(name);
    REQUIRE_THROWS_AS(environment.set_state(bad), DataError);
    REQUIRE_THROWS_WITH(environment.set_state(bad), Contains(text) && Contains("state") && Contains("entry 1"));
    REQUIRE_THROWS_WITH(environment.set_state(Vector<double>::Zero(7)), Contains("has 7"));
    REQUIRE_THROWS_WITH(environment.state_of(Vector<double>::Zero(7)), Contains("observation"));
    REQUIRE_THROWS_WITH(environment.step(Vector<double>::Zero(7)), Contains("action"));
    const Vector<double> infinite =
        Vector<double>::Constant(environment.action_size(), std::numeric_limits<double>::infinity());
    REQUIRE_THROWS_WITH(environment.step(infinite), Contains("inf"));
    CHECK(environment.state() == state);
  }
}

TEST_CASE("The reference returns are those measured", "[environment]") {
  // 4000 episodes each: a mean beyond 5 of its standard errors has probability 6e-7. The tolerance also includes the
  // reference's own error, given here: 5 standard errors of its 200,000 episodes plus rounding; the references of
  // linear_quadratic are exact.
  struct Case {
    const char* name;
    double random_error;
    double good_error;
    double noise;  // standard deviation of the noise added to the scripted action
  };
  for (const Case& c :
       {Case{"mass_chain", 0.2, 0.03, 0.1}, Case{"pendulum", 3.5, 1.1, 0}, Case{"linear_quadratic", 1e-9, 1e-9, 0}})
    for (const bool good : {false, true}) {
      AnyEnvironment<> environment = make_environment(c.name);
      Generator generator(6, Stream::evaluation);
      const auto act = [&](const Vector<double>& observation, Vector<double>& action) {
        if (!good) return fill_uniform(action, generator);
        REQUIRE(environment.scripted(observation, action));
        if (c.noise > 0)
          for (double& value : action) value = std::clamp(value + c.noise * generator.normal(), -1.0, 1.0);
      };
      const int episodes = 4000;
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < episodes; ++i) {
        const double total = rollout_return(environment, generator, act);
        sum += total;
        squares += total * total;
      }
      const double mean = sum / episodes;
      const double standard_error = std::sqrt((squares / episodes - mean * mean) / episodes);
      CAPTURE(c.name, good, mean, standard_error);
      const double reference = good ? environment.references().good : environment.references().random;
      CHECK(std::abs(mean - reference) < 5 * standard_error + (good ? c.good_error : c.random_error));
    }
}

static_assert(IsFiniteEnvironment<AnyEnvironment<ActionIndices>> && !IsFiniteEnvironment<AnyEnvironment<>>);
static_assert(!std::is_constructible_v<AnyEnvironment<ActionIndices>, AnyEnvironment<>>);
static_assert(!std::is_constructible_v<AnyEnvironment<ActionIndices>, Pendulum>);
static_assert(!std::is_constructible_v<AnyEnvironment<>, CartPole>);

TEST_CASE("Every environment with finite actions is made by its name, and does what the one inside does",
          "[registry]") {
  CHECK(environment_names<ActionIndices>().size() == 2);
  for (const std::string_view name : environment_names<ActionIndices>()) {
    CAPTURE(std::string(name));
    AnyEnvironment<ActionIndices> environment = make_environment<ActionIndices>(name);
    CHECK(environment.name() == name);
    Generator generator(1);
    environment.reset(generator);
    AnyEnvironment<ActionIndices> copy = environment;
    const Vector<double> start = environment.state();
    copy.step(0);
    CHECK(environment.state() == start);
    CHECK(copy.state() != start);
    environment.step(0);
    CHECK(copy.state() == environment.state());
    Vector<double> observation(environment.observation_size());
    environment.observe(observation);
    CHECK(environment.state_of(observation) == environment.state());
    CHECK_THROWS_AS(environment.step(environment.action_size()), DataError);
    Index action = -1;
    CHECK(environment.scripted(observation, action));
    CHECK((action == 0 || action == 1));
  }
  CHECK(make_environment<ActionIndices>("cart_pole").references().good == CartPole::references().good);
  CHECK(make_environment<ActionIndices>("cart_pole").time_limit() == 500);
  CHECK(make_environment<ActionIndices>("chain").reward_range().highest == 1);
  CHECK_THROWS_WITH(make_environment<ActionIndices>("cartpole"),
                    Contains("one of cart_pole, chain") && Contains("did you mean \"cart_pole\"?"));
  CHECK_THROWS_AS(make_environment<ActionIndices>("pendulum"), ConfigError);
  CHECK_THROWS_AS(make_environment("cart_pole"), ConfigError);
}

TEST_CASE("The reference returns of the chain are exact", "[registry]") {
  ChainEnvironment chain;
  CHECK(ChainEnvironment::references().good == 1);
  Generator generator(1);
  CHECK(rollout_return(chain, generator, [](const Vector<double>& observation, Index& action) {
          ChainEnvironment::scripted(observation, action);
        }) == 1);
  // The probability of each state after this number of steps of uniform actions; the missing probability is that of
  // having ended.
  const TabularMdp& mdp = chain.mdp();
  Vector<double> chances = mdp.initial;
  for (Index t = 0; t < chain.time_limit(); ++t) {
    Vector<double> next = Vector<double>::Zero(mdp.states());
    for (Index state = 0; state < mdp.states(); ++state)
      for (Index action = 0; action < 2; ++action)
        next += 0.5 * chances[state] * mdp.transitions.col(mdp.column(state, action));
    chances = next;
  }
  CHECK(std::abs(1 - chances.sum() - ChainEnvironment::references().random) < 1e-9);
}

}  // namespace registry_test
