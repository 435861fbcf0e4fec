/// \file
/// Tests what every algorithm over finite actions promises.
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace finite_algorithms_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 4};
using FloatBatch = Batch<float, ActionIndices>;

FloatBatch some_batch(Generator& generator, Index size = 8) {
  return random_batch<float, ActionIndices>(sizes, size, generator);
}

// Returns a learner with networks of widths 8 and 8, and with the given settings that the algorithm has.
template <class Learner>
Learner small(std::string_view name, const Settings& more = {}) {
  Settings settings = layers<ActionIndices>(name, "8, 8");
  for (const auto& [field, value] : default_settings<ActionIndices>(name))
    for (const auto& [given, to] : more)
      if (field == given) settings.emplace_back(field, to);
  return typed<Learner>(settings, sizes, 1);
}

// Returns all that is learned and visible from outside: the policy, the critics, the acting policy, the figures.
template <class Learner>
auto seen(const Learner& learner) {
  Generator generator(99);
  const Matrix<float> observations = normal_matrix<float>(3, 6, generator);
  std::vector<Vector<float>> networks{learner.policy().parameters()};
  if constexpr (requires { learner.critics().member(Net::online, 0); })
    for (const Net net : {Net::online, Net::target})
      for (Index i = 0; i < learner.critics().size(); ++i)
        networks.push_back(learner.critics().member(net, i).parameters());
  return std::pair{networks, mode(learner.acting(), observations)};
}

// Calls check.template operator()<Learner>(name) for every row.
template <class Check>
void for_each_learner(Check&& check) {
  Algorithms<ActionIndices>::for_each([&]<class Entry>() {
    const std::string name(Entry::row.name);
    CAPTURE(name);
    check.template operator()<typename Entry::template Learner<float>>(name);
  });
}

// Returns the error of a refused update.
template <class Error, class Learner>
std::string refusal(Learner& learner, const FloatBatch& batch) {
  try {
    learner.update(batch);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

// Returns single steps from three one-hot states in which action s + 1 of four has reward 1 and the others 0. The data
// takes the action after it two times of five, and each other action one time of five.
Transitions<float, ActionIndices> recorded() {
  constexpr Index size = 150;
  Transitions<float, ActionIndices> data;
  data.action_count = sizes.action;
  data.observations.setZero(3, size);
  data.actions.resize(size);
  data.rewards.setZero(size);
  for (Index i = 0; i < size; ++i) {
    const Index state = i % 3;
    const Index visit = i / 3 % 5;
    data.observations(state, i) = 1;
    data.actions(i) = (state + (visit == 4 ? 2 : 1 + visit)) % 4;
    data.rewards(i) = data.actions(i) == state + 1 ? 1 : 0;
  }
  data.next_observations = data.observations;
  data.terminals = Flags::Ones(size);
  data.timeouts = Flags::Zero(size);
  return data;
}

}  // namespace

TEST_CASE("The names of the table over finite actions are different, and each finds its own row", "[algorithms]") {
  using Table = Algorithms<ActionIndices>;
  CHECK(std::set<std::string_view>(Table::names.begin(), Table::names.end()).size() == Table::names.size());
  std::set<std::string_view> types;
  for (const AlgorithmRow& row : Table::rows) types.insert(row.type);
  CHECK(types.size() == Table::rows.size());
  for (const std::string_view name : Table::names) {
    int found = 0;
    Table::with(name, [&]<class Entry>() {
      ++found;
      CHECK(Entry::row.name == name);
      using Learner = typename Entry::template Learner<double>;
      STATIC_REQUIRE(FiniteActions<typename Learner::PolicyType::Actions>);
      STATIC_REQUIRE(std::same_as<typename Learner::Scalar, double>);
    });
    CHECK(found == 1);
  }
}

TEST_CASE("A name that is not in the table over finite actions is refused with the nearest that is", "[algorithms]") {
  const auto nothing = []<class Entry>() { FAIL("no such row"); };
  CHECK_THROWS_WITH(Algorithms<ActionIndices>::with("dqm", nothing),
                    Contains("algorithm must be one of bc, dqn, sac, bear, brac, awac, cql, iql, but is \"dqm\"") &&
                        Contains("did you mean \"dqn\"?"));
  // These are rows of the other table.
  CHECK_THROWS_AS(Algorithms<ActionIndices>::with("cql_maximum", nothing), ConfigError);
  CHECK_THROWS_WITH(Algorithms<>::with("dqn", nothing), Contains("but is \"dqn\""));
}

TEST_CASE("Every algorithm over finite actions learns what is best, where cloning learns what is most often done",
          "[algorithms]") {
  const Transitions<float, ActionIndices> data = recorded();
  for_each_learner([&]<class Learner>(const std::string& name) {
    Learner learner = small<Learner>(name, {{"critics.optimizer.learning_rate", "0.01"},
                                            {"policy_optimizer.learning_rate", "0.01"},
                                            {"value.optimizer.learning_rate", "0.01"},
                                            {"improvement.temperature_optimizer.learning_rate", "0.01"},
                                            {"improvement.divergence.behavior_optimizer.learning_rate", "0.01"},
                                            {"improvement.divergence.threshold", "0.1"},
                                            {"penalty.alpha", "0.1"},
                                            {"target_rate", "0.1"},
                                            {"track_every", "1"}});
    UniformSampler sampler(2);
    FloatBatch batch;
    for (int i = 0; i < 300; ++i) {
      sampler.sample(data, 32, learner.discount(), batch);
      learner.update(batch);
    }
    CHECK(learner.step() == 300);
    const Matrix<float> states = Matrix<float>::Identity(3, 3);
    CHECK(mode(learner.acting(), states) == (name == "bc" ? ActionIndices{{2, 3, 0}} : ActionIndices{{1, 2, 3}}));
    for (const auto& [figure, value] : figures(learner)) {
      CAPTURE(figure);
      CHECK(std::isfinite(value));
    }
  });
}

TEST_CASE("The number of threads does not change a bit of any algorithm over finite actions", "[algorithms]") {
  for_each_learner([]<class Learner>(const std::string& name) {
    const auto trained = [&](int threads) {
      set_threads(threads);
      // The networks are wide enough for critics to use threads.
      Learner learner = typed<Learner>(layers<ActionIndices>(name, "256, 256"), sizes, 3);
      Generator generator(5);
      for (int i = 0; i < 4; ++i) learner.update(some_batch(generator, 16));
      set_threads(1);
      return std::pair{figures(learner), seen(learner)};
    };
    CHECK(trained(1) == trained(2));
  });
}

TEST_CASE("An algorithm over finite actions is a function of its seed and its batches, and so is a copy",
          "[algorithms]") {
  for_each_learner([]<class Learner>(const std::string& name) {
    const auto train = [](Learner& learner, std::uint64_t seed) {
      Generator generator(seed);
      for (int i = 0; i < 3; ++i) learner.update(some_batch(generator));
    };
    Learner learner = small<Learner>(name);
    Learner same = small<Learner>(name);
    CHECK(seen(learner) == seen(same));
    train(learner, 5);
    train(same, 5);
    CHECK(seen(learner) == seen(same));
    Learner copy = learner;
    train(learner, 6);
    CHECK(seen(copy) == seen(same));
    CHECK(seen(copy) != seen(learner));
    train(copy, 6);
    CHECK(seen(copy) == seen(learner));
  });
}

TEST_CASE("An action that is none of the set is refused by its number, and nothing has changed", "[algorithms]") {
  for_each_learner([]<class Learner>(const std::string& name) {
    for (const Index action : {Index{4}, Index{-1}, std::numeric_limits<Index>::max()}) {
      Learner learner = small<Learner>(name);
      const auto before = seen(learner);
      Generator generator(7);
      FloatBatch batch = some_batch(generator);
      batch.actions(5) = action;
      CHECK_THAT(refusal<DataError>(learner, batch),
                 Contains(message("batch: actions: expected numbers from 0 to 3, found ", action, " in row 5")));
      CHECK(seen(learner) == before);
      CHECK(learner.step() == 0);
    }
  });
}

TEST_CASE("A batch whose numbers are not one for each state is refused", "[algorithms]") {
  for_each_learner([]<class Learner>(const std::string& name) {
    Learner learner = small<Learner>(name);
    Generator generator(7);
    FloatBatch batch = some_batch(generator);
    batch.actions.conservativeResize(7);
    CHECK_THAT(refusal<DataError>(learner, batch),
               Contains("at least one transition of 3 observation and 1 action features") && Contains("actions 1x7"));
    CHECK(learner.step() == 0);
  });
}

TEST_CASE("Rewards that are not finite stop every algorithm over finite actions that sees them", "[algorithms]") {
  for_each_learner([]<class Learner>(const std::string& name) {
    if (name == "bc") return;  // cloning ignores rewards
    for (const float reward : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      Learner learner = small<Learner>(name);
      Generator generator(7);
      for (int i = 0; i < 2; ++i) learner.update(some_batch(generator));
      const auto before = seen(learner);
      FloatBatch batch = some_batch(generator);
      batch.rewards(2) = reward;
      CHECK_THAT(refusal<NonFiniteError>(learner, batch), Contains("update 3: the critic loss is "));
      CHECK(seen(learner) == before);
      for (int i = 0; i < 2; ++i) CHECK_NOTHROW(learner.update(some_batch(generator)));
      CHECK(seen(learner).first.front().allFinite());
    }
  });
}

TEST_CASE("One action, one state, one transition and either end of the discount are no special cases", "[algorithms]") {
  Algorithms<ActionIndices>::for_each([]<class Entry>() {
    using Learner = typename Entry::template Learner<double>;
    const std::string name(Entry::row.name);
    CAPTURE(name);
    for (const double discount : {0.0, 1.0}) {
      Settings settings = layers<ActionIndices>(name, "4");
      if (name != "bc") settings.emplace_back("discount", std::to_string(discount));
      auto learner = typed<Learner>(settings, {.observation = 1, .action = 1}, 1);
      Batch<double, ActionIndices> batch;
      batch.observations.setOnes(1, 1);
      batch.next_observations.setOnes(1, 1);
      batch.actions = ActionIndices{{0}};
      batch.rewards.setOnes(1);
      batch.continuation.setConstant(1, discount);
      for (int i = 0; i < 20; ++i) CHECK_NOTHROW(learner.update(batch));
      CHECK(learner.policy().parameters().allFinite());
      CHECK(mode(learner.acting(), batch.observations) == batch.actions);
    }
  });
}

TEST_CASE("Rewards large next to CQL's weight outweigh it, unless the loss is Huber's", "[algorithms]") {
  // Three of ten entries took the right action. With the squared loss, the fixed point is Q = y − (α/2) (softmax
  // Q / β̂ − 1): 94 and 2.5. Huber's errors pull at most by their share 0.3: α (softmax Q − 0.3) = 0.3, with the wrong
  // action ahead.
  Batch<double, ActionIndices> batch;
  batch.observations.setOnes(1, 10);
  batch.next_observations.setOnes(1, 10);
  batch.actions = ActionIndices{{0, 0, 0, 0, 0, 0, 0, 1, 1, 1}};
  batch.rewards = 100 * batch.actions.cast<double>().array();
  batch.continuation.setZero(10);
  const auto acting = [&](FiniteCql<Table<double>>::Config config) {
    config.penalty.alpha = 5;
    config.critics.optimizer = gradient_descent(0.2);
    FiniteCql<Table<double>> learner(config, {.observation = 1, .action = 2}, 1);
    for (int i = 0; i < 3000; ++i) learner.update(batch);
    return mode(learner.acting(), Matrix<double>(Matrix<double>::Ones(1, 1)))(0);
  };
  CHECK(acting({}) == 1);
  CHECK(acting({.critic_loss = CriticLoss::huber}) == 0);
}

TEST_CASE("Every named learner is one of a function, or of MLPs of a Scalar", "[algorithms]") {
  STATIC_REQUIRE(std::same_as<Dqn<double>, Dqn<Mlp<double>>> && std::same_as<Dqn<>, Dqn<Mlp<float>>>);
  STATIC_REQUIRE(std::same_as<FiniteIql<double>, FiniteIql<Mlp<double>>>);
  STATIC_REQUIRE(std::same_as<FiniteBc<double>, BcOf<MlpCategorical<double>>>);
  STATIC_REQUIRE(std::same_as<Bc<double>, BcOf<TanhGaussian<double>>> && std::same_as<Bc<>, Bc<float>>);
  STATIC_REQUIRE(std::same_as<Sac<double>, Sac<Mlp<double>>> && std::same_as<Iql<>, Iql<Mlp<float>>>);
}

}  // namespace finite_algorithms_test
