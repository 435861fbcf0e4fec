/// \file
/// Tests that a saved environment goes on to the same bits; registry_test.cpp tests what environments have in common.
#include "holdfast/environments/environment.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"

namespace environment_test {

using namespace holdfast;

namespace {

/// Takes steps with actions from `actions` and returns all that is seen of them. A terminal step leads to a reset.
template <class E>
std::vector<double> steps(E& environment, int count, Generator& actions, Generator& resets) {
  std::vector<double> seen;
  Vector<double> observation(environment.observation_size());
  for (int t = 0; t < count; ++t) {
    StepResult result;
    if constexpr (IsFiniteEnvironment<E>)
      result = environment.step(actions.index(environment.action_size()));
    else
      result = environment.step(
          Vector<double>::NullaryExpr(environment.action_size(), [&](Index) { return actions.uniform(-1, 1); }).eval());
    environment.observe(observation);
    seen.insert(seen.end(), observation.begin(), observation.end());
    seen.push_back(result.reward);
    seen.push_back(result.terminal ? 1 : 0);
    if (result.terminal) environment.reset(resets);
  }
  return seen;
}

/// Checks that `fresh`, which may have been anywhere, goes on like `environment` after its state is restored.
template <class E>
void check_resumed(E environment, E fresh) {
  Generator actions(1);
  Generator resets(2);
  environment.reset(resets);
  steps(environment, 37, actions, resets);
  steps(fresh, 5, actions, resets);
  const SavedState saved = save_environment(environment);
  restore_environment(fresh, saved);
  CHECK(save_environment(fresh) == saved);
  Generator same_actions = actions;
  Generator same_resets = resets;
  CHECK(steps(fresh, 300, same_actions, same_resets) == steps(environment, 300, actions, resets));
  CHECK(save_environment(fresh) == save_environment(environment));
}

template <class Actions>
void check_all_resumed() {
  for (const std::string_view name : environment_names<Actions>()) {
    CAPTURE(std::string(name));
    check_resumed(make_environment<Actions>(name), make_environment<Actions>(name));
  }
}

}  // namespace

TEST_CASE("Every environment goes on to the same bits from its saved state", "[environment]") {
  check_all_resumed<Matrix<double>>();
  check_all_resumed<ActionIndices>();
  check_resumed(Pendulum(), Pendulum());
}

TEST_CASE("The state of a stochastic environment includes its generator", "[environment]") {
  Generator drawn(3);
  const TabularMdp mdp = random_mdp({.states = 30, .branching = 20}, drawn);
  const TabularEnvironment environment(mdp, "random", 10, 1);
  const TabularEnvironment other(mdp, "random", 10, 2);
  check_resumed(environment, other);
  check_resumed(AnyEnvironment<ActionIndices>(environment), AnyEnvironment<ActionIndices>(other));
}

TEST_CASE("The saved state of another environment is refused, and nothing is restored", "[environment]") {
  const auto refuses = [](auto environment, const SavedState& saved, const std::string& text) {
    const SavedState before = save_environment(environment);
    CHECK_THROWS_WITH(restore_environment(environment, saved), Contains(text));
    CHECK_THROWS_AS(restore_environment(environment, saved), DataError);
    CHECK(save_environment(environment) == before);
  };
  const SavedState pendulum = save_environment(Pendulum());
  refuses(CartPole(), pendulum, "\"state\": expected 4x1 numbers of type float64, found 2x1");
  refuses(ChainEnvironment(), pendulum, "\"state\": expected 1x1");
  refuses(make_environment<ActionIndices>("chain"), pendulum, "\"state\": expected 1x1");
  const SavedState numbers = {state_entry("state", Vector<double>(Vector<double>::Zero(1)))};
  refuses(ChainEnvironment(), numbers, "expected \"generator.key\", found none");
  SavedState chain = save_environment(ChainEnvironment());
  const double number = 10;  // one more than there are
  std::ranges::copy(std::as_bytes(std::span(&number, 1)), chain[0].bytes.begin());
  refuses(ChainEnvironment(), chain, "chain: the state must be one of 0 to 9, but is 10");
}

}  // namespace environment_test
