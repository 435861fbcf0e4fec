/// \file
/// Tests the fields that a composition has, and its warnings.
#include "holdfast/learners/actor_critic_config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace actor_critic_config_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Lines = std::vector<std::string>;

// The result of some updates, to the last bit.
template <class Learner>
Vector<double> trace(const typename Learner::Config& config) {
  using Actions = typename Learner::PolicyType::Actions;
  constexpr Sizes sizes{.observation = 3, .action = 4};
  Learner learner(config, sizes, 1);
  Generator generator(1);
  Batch<float, Actions> batch;
  for (int update = 0; update < 3; ++update) {
    batch = random_batch<float, Actions>(sizes, 12, generator);
    learner.update(batch);
  }
  std::vector<double> all;
  learner.report([&](std::string_view, double value) { all.push_back(value); });
  for (const float parameter : learner.policy().parameters()) all.push_back(static_cast<double>(parameter));
  const Actions acting = mode(learner.acting(), batch.observations);
  for (const auto action : acting.reshaped()) all.push_back(static_cast<double>(action));
  return Eigen::Map<Vector<double>>(all.data(), static_cast<Index>(all.size()));
}

// Sets another value that is as legal.
void change(const Field& field) {
  if (auto* flag = field.get<bool>())
    *flag = !*flag;
  else if (auto* number = field.get<double>())
    *number = *number == 0 ? 0.5 : 0.5 * *number;
  else if (auto* count = field.get<Index>())
    *count += 1;
  else if (auto* loss = field.get<CriticLoss>())
    *loss = *loss == CriticLoss::huber ? CriticLoss::squared : CriticLoss::huber;
  else if (auto* optional = field.get<std::optional<double>>())
    *optional = 0.5 * optional->value_or(1);
}

template <class Visit>
void for_each_algorithm(Visit&& visit) {
  Algorithms<>::for_each([&]<class Entry>() { visit.template operator()<Matrix<float>, Entry>(); });
  Algorithms<ActionIndices>::for_each([&]<class Entry>() { visit.template operator()<ActionIndices, Entry>(); });
}

// The defaults of an algorithm with networks of its own.
struct WideDefaults : PublishedDefaults {
  static MlpConfig policy_network() { return {.hidden = {7, 6, 5}, .output_initializer = Initializer::tiny_uniform}; }
  static MlpConfig critic_network() { return {.hidden = {9}, .activation = Activation::tanh}; }
  static constexpr double critic_learning_rate = 0.25;
};

// Returns the configuration of a row's learner, with small networks.
template <class Actions, class Entry>
auto small_config() {
  typename Entry::template Learner<float>::Config config;
  for (const auto& [field, value] : layers<Actions>(Entry::row.name, "4")) set_field(config, field, value);
  return config;
}

}  // namespace

TEST_CASE("The defaults of every algorithm are warned of nothing", "[config]") {
  for_each_algorithm([]<class Actions, class Entry>() {
    CAPTURE(std::string(Entry::row.name));
    const typename Entry::template Learner<float>::Config config;
    CHECK(config.warnings() == Lines{});
    CHECK(config.warnings(2000) == Lines{});
    CHECK(config.warnings(3'000'000) == Lines{});
    CHECK(small_config<Actions, Entry>().warnings(100'000) == Lines{});
  });
}

TEST_CASE("A member that is no field of a composition has no effect in it, and is warned of", "[config]") {
  for_each_algorithm([]<class Actions, class Entry>() {
    using Learner = typename Entry::template Learner<float>;
    const auto plain = small_config<Actions, Entry>();
    auto config = plain;
    Lines changed;
    for (const Field& member : members_of(config)) {
      if (absence<typename Learner::Config>(member.path()).empty()) continue;
      change(member);
      changed.push_back(member.path());
    }
    CAPTURE(std::string(Entry::row.name), changed);
    const Lines warnings = config.warnings();
    REQUIRE(warnings.size() == changed.size());
    for (std::size_t i = 0; i < changed.size(); ++i) CHECK(warnings[i].starts_with(changed[i] + " = "));
    if (!changed.empty()) CHECK(trace<Learner>(config) == trace<Learner>(plain));
  });
}

TEST_CASE("A composition has only the fields that can have an effect in it", "[config]") {
  const auto absent = []<class Learner>(const std::string& field) { return absence<typename Learner::Config>(field); };
  for (const char* field : {"discount", "target_rate", "track_every", "critic_loss", "actor_first"})
    CHECK(absent.operator()<Bc<>>(field) == message("there is no \"", field, "\": there are no critics"));
  CHECK(absent.operator()<Dqn<>>("policy_optimizer.beta1") ==
        "there is no \"policy_optimizer.beta1\": the policy does not learn");
  CHECK(absent.operator()<FiniteCql<>>("penalty.importance_sampling") ==
        "there is no \"penalty.importance_sampling\": finite actions are all counted, none is drawn");
  CHECK(absent.operator()<Cql<>>("penalty.importance_sampling").empty());
  CHECK(absent.operator()<FiniteBear<>>("value.samples").empty());  // it belongs to the expected maximum
  CHECK(absent.operator()<Sac<>>("discount").empty());

  Bc<>::Config config;
  CHECK_THROWS_WITH(set_field(config, "discount", "0.9"), "there is no \"discount\": there are no critics");
  CHECK_THROWS_WITH(set_field(config, "discont", "0.9"), Contains("there is no \"discont\"") && !Contains("critics"));
  CHECK(absent_setting("bc", "discount") == "there is no \"discount\": there are no critics");
  CHECK(absent_setting<ActionIndices>("dqn", "discount").empty());
}

TEST_CASE("An algorithm states its networks and the rate of its critics", "[config]") {
  using Wide =
      ActorCritic<TanhGaussian<float>, Ensemble<MlpQ<float>, 3>, SoftPolicyValue, NoPenalty, SoftGreedy, WideDefaults>;
  const Wide learner({}, {.observation = 3, .action = 2}, 1);
  const Wide::Config& config = learner.config();
  CHECK(config.policy.network.hidden == std::vector<Index>{7, 6, 5});
  CHECK(config.policy.network.output_initializer == Initializer::tiny_uniform);
  CHECK(config.policy.network.activation == Activation::relu);
  CHECK(config.critics.network.hidden == std::vector<Index>{9});
  CHECK(config.critics.network.activation == Activation::tanh);
  CHECK(config.critics.optimizer.learning_rate == 0.25);
  CHECK(config.critics.size == 3);
  CHECK(learner.policy().parameters().size() == 7 * 4 + 6 * 8 + 5 * 7 + 4 * 6);
  CHECK(learner.critics().member(Net::target, 2).parameters().size() == 9 * 6 + 10);
  // A table and a policy without a network keep their own.
  using OfTables =
      ActorCritic<Uniform<float>, Ensemble<FiniteQ<Table<float>>, 1>, Maximum, NoPenalty, Argmax, WideDefaults>;
  CHECK(OfTables::Config{}.critics.optimizer.learning_rate == 0.25);
  CHECK(OfTables({}, {.observation = 3, .action = 2}, 1).critics().member(Net::online, 0).parameters().size() == 6);
}

TEST_CASE("Fields that others leave without effect are warned of where they were set", "[config]") {
  Sac<>::Config sac{.improvement = {.learn_temperature = false,
                                    .target_entropy = -3,
                                    .temperature_optimizer = {.learning_rate = 0.5}}};
  CHECK(sac.warnings() ==
        Lines{"improvement.target_entropy = -3 has no effect: learn_temperature is false",
              "improvement.temperature_optimizer.learning_rate = 0.5 has no effect: learn_temperature is false"});
  sac.improvement.learn_temperature = true;
  CHECK(sac.warnings() == Lines{});

  Brac<>::Config brac{.improvement = {.threshold = 0.5}};
  CHECK(brac.warnings() == Lines{"improvement.threshold = 0.5 has no effect: learn_multiplier is false"});
  brac.improvement.learn_multiplier = true;
  CHECK(brac.warnings() == Lines{});

  Iql<>::Config iql{.improvement = {.limit = WeightLimit::batch, .max_weight = 20}};
  CHECK(iql.warnings() == Lines{"improvement.max_weight = 20 has no effect: limit is batch"});

  Cql<>::Config cql{.penalty = {.bounded_gap = BoundedGap::weighted}};
  CHECK(cql.warnings() == Lines{"penalty.bounded_gap = \"weighted\" has no effect: threshold is none"});
  cql.penalty.threshold = 5;
  CHECK(cql.warnings() == Lines{});
  cql.penalty.alpha = 0;
  CHECK(cql.warnings() == Lines{"penalty.threshold = 5 has no effect: alpha is 0",
                                "penalty.bounded_gap = \"weighted\" has no effect: alpha is 0"});

  Bear<>::Config bear{.critics = {.size = 1}, .value = {.minimum_weight = 0.5}};
  CHECK(bear.warnings() == Lines{"value.minimum_weight = 0.5 has no effect: there is one critic"});
  bear.critics.size = 2;
  CHECK(bear.warnings() == Lines{});
}

TEST_CASE("Values that freeze targets or policy are warned of", "[config]") {
  const Lines slow{
      "target_rate = 0.05 with track_every = 2000: the targets need about 40000 updates to follow the critics, which "
      "hardly learn till then; set track_every = 1, or target_rate = 1"};
  CHECK(Dqn<>::Config{.target_rate = 0.05}.warnings() == slow);
  CHECK(FiniteCql<>::Config{.target_rate = 0.05}.warnings(100'000) == slow);
  CHECK(Dqn<>::Config{.target_rate = 0.05, .track_every = 1}.warnings() == Lines{});
  CHECK(Dqn<>::Config{.track_every = 10'000}.warnings(100'000) == Lines{});  // as in the first DQN
  CHECK(Sac<>::Config{.track_every = 2}.warnings() == Lines{});
  // In a short run, targets should follow within the run.
  const Dqn<>::Config frozen{.target_rate = 0.05, .track_every = 200};
  CHECK_THAT(frozen.warnings(2000).at(0), Contains("the targets need about 4000 updates"));
  CHECK(frozen.warnings(4000) == Lines{});
  CHECK(frozen.warnings() == Lines{});
  CHECK(Dqn<>::Config{}.warnings(2000) == Lines{});
  CHECK(Sac<>::Config{}.warnings(100) == Lines{});
  CHECK_THAT(Sac<>::Config{.target_rate = 1e-6}.warnings().at(0), Contains("set a larger target_rate"));

  CHECK(Dqn<>::Config{}.warnings(1999) == Lines{"track_every = 2000 is more than the 1999 updates: the targets never "
                                                "move, and no value is carried back"});
  CHECK(Sac<>::Config{.actor_every = 11}.warnings(10) ==
        Lines{"actor_every = 11 is more than the 10 updates: the policy never moves"});
  CHECK(Iql<>::Config{.policy_optimizer = {.decay_steps = 9}}.warnings(10) ==
        Lines{"policy_optimizer.decay_steps = 9 of 10 steps: what it moves stands still after them"});
  CHECK(Iql<>::Config{.policy_optimizer = {.decay_steps = 10}}.warnings(10) == Lines{});
  CHECK(Iql<>::Config{.actor_every = 2, .policy_optimizer = {.decay_steps = 10}}.warnings(10) == Lines{});
  CHECK(Sac<>::Config{.actor_every = 2, .improvement = {.temperature_optimizer = {.decay_steps = 5}}}.warnings(10) ==
        Lines{});
  CHECK(Iql<>::Config{.value = {.optimizer = {.decay_steps = 9}}}.warnings(10) ==
        Lines{"value.optimizer.decay_steps = 9 of 10 steps: what it moves stands still after them"});
  CHECK(Bear<>::Config{.improvement = {.warm_up = 10}}.warnings(10) ==
        Lines{"improvement.warm_up = 10 of 10 updates: Q is left out of them all"});
  CHECK(Bear<>::Config{.improvement = {.warm_up = 9}}.warnings(10) == Lines{});
}

TEST_CASE("Any learner passes on its warnings", "[config]") {
  const auto learner =
      make_learner<ActionIndices>("dqn", {{"target_rate", "0.05"}}, {.observation = 2, .action = 2}, 1);
  CHECK(learner.warnings().size() == 1);
  CHECK(learner.warnings(100).at(0).starts_with("track_every = 2000 is more than the 100 updates"));
}

TEST_CASE("A policy without parameters is refused where it ought to be improved", "[config]") {
  using Learner = ActorCritic<Uniform<float>, Ensemble<MlpFiniteQ<float>>, PolicyValue, NoPenalty, Cloning>;
  CHECK_THROWS_WITH(Learner({}, {.observation = 2, .action = 2}, 1), Contains("found none"));
}

}  // namespace actor_critic_config_test
