/// \file
/// Tests every algorithm over finite actions by its name, against the typed learner with the same configuration.
#include <string>
#include <string_view>

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/online.hpp"
#include "support/random_data.hpp"
#include "support/restored.hpp"
#include "support/table.hpp"

namespace any_finite_learner_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 4};

Batch<float, ActionIndices> batch(std::uint64_t seed) {
  Generator generator(seed);
  return random_batch<float, ActionIndices>(sizes, 16, generator);
}

AnyLearner<float, ActionIndices> small(std::string_view algorithm, std::uint64_t seed = 1) {
  return make_learner<ActionIndices>(algorithm, layers<ActionIndices>(algorithm, "8, 8"), sizes, seed);
}

template <class Learner>
void train(Learner& learner, int updates, std::uint64_t seed) {
  for (int i = 0; i < updates; ++i) learner.update(batch(seed + static_cast<std::uint64_t>(i)));
}

ActionIndices acting(const AnyLearner<float, ActionIndices>& learner) {
  return mode(learner.acting(), batch(99).observations);
}

Transitions<float, ActionIndices> dataset() {
  Generator generator(7);
  const auto drawn = random_batch<float, ActionIndices>(sizes, 40, generator);
  Transitions<float, ActionIndices> data;
  data.observations = drawn.observations;
  data.actions = drawn.actions;
  data.action_count = sizes.action;
  data.rewards = drawn.rewards;
  data.next_observations = drawn.next_observations;
  data.terminals.setZero(40);
  data.timeouts.setZero(40);
  return data;
}

}  // namespace

static_assert(IsLearner<AnyLearner<float, ActionIndices>>);

TEST_CASE("Every algorithm over finite actions, made by name, does what the typed learner does", "[any_learner]") {
  const Probe<float, ActionIndices> probe(dataset(), 0.9, 16, 3);
  Algorithms<ActionIndices>::for_each([&]<class Entry>() {
    const std::string name(Entry::row.name);
    CAPTURE(name);
    using Typed = typename Entry::template Learner<float>;
    typename Typed::Config config;
    for (const auto& [field, value] : layers<ActionIndices>(name, "8, 8")) set_field(config, field, value);
    Typed typed(config, sizes, 5);
    AnyLearner<float, ActionIndices> any = small(name, 5);
    CHECK(any.settings() == list_fields(config));
    train(typed, 4, 10);
    train(any, 4, 10);
    CHECK(any.step() == 4);
    CHECK(any.has_critics() == (name != "bc"));
    CHECK(figures(any) == figures(typed));
    const Matrix<float> observations = batch(99).observations;
    CHECK(mode(any.acting(), observations) == mode(AnyPolicy<float, ActionIndices>(typed.acting()), observations));
    Proposal<float, ActionIndices> found;
    Proposal<float, ActionIndices> expected;
    Generator unused(1);
    any.explore(observations, unused, found);
    typed.explore(observations, unused, expected);
    CHECK((found.weights == expected.weights).all());
    const Diagnostics measured = any.measure(probe);
    CHECK(measured.q_policy_mean == probe.measure(typed).q_policy_mean);
    CHECK((measured.q_policy_mean != 0) == any.has_critics());
    CHECK(measured.entropy == probe.measure(typed).entropy);
    CHECK(std::isfinite(measured.predicted.implied_value));
  });
}

TEST_CASE("A copy of any finite learner is a learner of its own", "[any_learner]") {
  AnyLearner<float, ActionIndices> learner = small("iql");
  train(learner, 2, 20);
  AnyLearner<float, ActionIndices> copy = learner;
  train(learner, 3, 30);
  CHECK(copy.step() == 2);
  CHECK(figures(copy) != figures(learner));
  train(copy, 3, 30);
  CHECK(figures(copy) == figures(learner));
}

TEST_CASE("What is no algorithm over finite actions is refused by name", "[any_learner]") {
  CHECK_THROWS_WITH(make_learner<ActionIndices>("dqnn", {}, sizes, 1),
                    Contains("algorithm must be one of bc, dqn, ") && Contains("did you mean \"dqn\"?"));
  CHECK_THROWS_WITH(make_learner("dqn", {}, sizes, 1),
                    Contains("algorithm \"dqn\" is one over finite actions: use make_learner<ActionIndices>"));
  CHECK_THROWS_WITH(
      make_learner<ActionIndices>("cql_entropy", {}, sizes, 1),
      Contains("algorithm \"cql_entropy\" is one of continuous actions: use make_learner<Matrix<float>>"));
  CHECK_THROWS_WITH(make_learner<ActionIndices>("cql", {{"penalty.alhpa", "1"}}, sizes, 1),
                    Contains("did you mean \"penalty.alpha\"?"));
}

TEST_CASE("Any finite learner trains online in any finite environment", "[any_learner]") {
  const AnyEnvironment<ActionIndices> environment = make_environment<ActionIndices>("chain");
  AnyLearner<float, ActionIndices> learner =
      make_learner<ActionIndices>("dqn", layers<ActionIndices>("dqn", "8"), {environment.observation_size(), 2}, 1);
  ReplayBuffer<float, ActionIndices> buffer({environment.observation_size(), 2}, 100);
  train_online(learner, environment, buffer, {.steps = 60, .random_steps = 30, .batch_size = 4, .epsilon = 0.5});
  CHECK(learner.step() == 30);
  CHECK(buffer.size() == 60);
}

TEST_CASE("The listed state, copied into a fresh learner of finite actions, continues to the same bits",
          "[any_learner]") {
  for (const std::string_view name : Algorithms<ActionIndices>::names)
    check_restored(
        name, small, [](auto& learner, int updates, std::uint64_t seed) { train(learner, updates, seed); }, acting);
}

}  // namespace any_finite_learner_test
