/// \file
/// Tests every algorithm of the table by its name, against the typed learner with the same configuration.
#include "holdfast/training/any_learner.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/random_data.hpp"
#include "support/restored.hpp"
#include "support/table.hpp"

namespace any_learner_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

Batch<float> batch(std::uint64_t seed) {
  Generator generator(seed);
  return random_batch<float>(sizes, 16, generator);
}

AnyLearner<float> small(std::string_view algorithm, std::uint64_t seed = 1) {
  return make_learner(algorithm, layers(algorithm, "8, 8"), sizes, seed);
}

template <class Learner>
void train(Learner& learner, int updates, std::uint64_t seed) {
  for (int i = 0; i < updates; ++i) learner.update(batch(seed + static_cast<std::uint64_t>(i)));
}

Matrix<float> acting(const AnyLearner<float>& learner) { return mode(learner.acting(), batch(99).observations); }

// Returns the error about a learner that cannot be made.
std::string refusal(std::string_view algorithm, const Settings& settings) {
  try {
    (void)make_learner(algorithm, settings, sizes, 1);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "nothing was refused";
}

// [an algorithm]
// Adds ½ w mean Q² of each critic to the Bellman error, which keeps the values of the data small.
struct SmallValues {
  double weight = 1;
  static void fields(auto& self, auto&& visit) { visit("weight", self.weight, at_least(0)); }

  template <class Policy, class Critics>
  struct State {
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;

    State(const SmallValues& config, const Policy&, const Critics&, Sizes, Generator&)
        : weight(static_cast<Scalar>(config.weight)) {}
    void prepare(ContextType&) {}
    Scalar add(ContextType&, const Matrix<Scalar>& q_data, Matrix<Scalar>& q_data_adjoint) {
      const Scalar share = weight / static_cast<Scalar>(q_data.cols());
      q_data_adjoint += share * q_data;
      return share * q_data.squaredNorm() / 2;
    }
    static void state(auto&, auto&&) {}  // nothing to save
    void report(auto&&) const {}         // no statistics

    Scalar weight;
  };
};

template <class Scalar>
using SmallSac = ActorCritic<TanhGaussian<Scalar>, Ensemble<MlpQ<Scalar>>, SoftPolicyValue, SmallValues, SoftGreedy>;
// [an algorithm]

// [its row]
struct SmallSacRow {
  static constexpr AlgorithmRow row{"small_sac", "SmallSac", "soft", "small values", "soft greedy", "none"};
  template <class Scalar>
  using Learner = SmallSac<Scalar>;
};
using MyAlgorithms = Algorithms<>::With<SmallSacRow>;
// [its row]

// Returns the actions of a trained SmallSac.
Matrix<float> small_sac_actions() {
  // [its learner]
  SmallSac<float> learner({.penalty = {.weight = 3}}, {.observation = 3, .action = 2}, /*seed=*/1);
  // [its learner]
  train(learner, 2, 1);
  return mode(learner.policy(), batch(99).observations);
}

/// Checks that the values of states and actions are those of the typed learner, or refused without critics.
template <class Typed>
void check_values(const AnyLearner<float>& any, const Typed& typed) {
  const Batch<float> some = batch(99);
  if (!any.has_critics()) {
    CHECK_THROWS_WITH(any.state_values(some.observations), Contains("expected one with critics"));
    CHECK_THROWS_WITH(any.critic_values(some.observations, some.actions), Contains("expected one with critics"));
    return;
  }
  CHECK((any.state_values(some.observations, 3) == state_values(typed, some.observations, 3)).all());
  typename Typed::CriticsType::Tape tape;
  CHECK(any.critic_values(some.observations, some.actions) ==
        typed.critics().values(Net::online, some.observations, some.actions, tape));
}

}  // namespace

static_assert(IsLearner<AnyLearner<float>>);

TEST_CASE("IQL's value of a state is that of its V network, DDPG's that of its action", "[any_learner]") {
  const Batch<float> some = batch(99);
  Iql<float>::Config config;
  config.value.network.hidden = {8};
  const Iql<float> iql(config, sizes, 1);
  MlpV<float>::Tape tape;
  CHECK((state_values(iql, some.observations) == iql.value().network().values(some.observations, tape)).all());
  const Ddpg<float> ddpg({}, sizes, 1);
  CHECK((state_values(ddpg, some.observations) ==
         critic_values(ddpg, some.observations, mode(ddpg.policy(), some.observations)).row(0).array())
            .all());
}

TEST_CASE("Every algorithm of the table, made by name, does what the typed learner does", "[any_learner]") {
  Algorithms<>::for_each([]<class Entry>() {
    const std::string name(Entry::row.name);
    CAPTURE(name);
    using Typed = typename Entry::template Learner<float>;
    typename Typed::Config config;
    for (const auto& [field, value] : layers(name, "8, 8")) set_field(config, field, value);
    Typed typed(config, sizes, 5);
    AnyLearner<float> any = small(name, 5);
    CHECK(any.settings() == list_fields(config));
    train(typed, 4, 10);
    train(any, 4, 10);
    CHECK(any.step() == 4);
    CHECK(any.discount() == typed.discount());
    CHECK(any.has_critics() == (!only_clones(name)));
    CHECK(figures(any) == figures(typed));
    CHECK(acting(any) == mode(AnyPolicy<float>(typed.acting()), batch(99).observations));
    const bool soft = name == "sac" || name == "sac_n" || name == "edac" || name == "cql_entropy";
    const double backed_up = soft ? static_cast<double>(typed.temperature()) : 0.0;
    CHECK(any.backed_up_temperature() == backed_up);
    CHECK((backed_up > 0) == soft);
    check_values(any, typed);
  });
}

TEST_CASE("A copy of any learner is a learner of its own, and continues as it would", "[any_learner]") {
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    AnyLearner<float> learner = small(name);
    train(learner, 2, 20);
    AnyLearner<float> copy = learner;
    const Matrix<float> at_copy = acting(learner);
    const SavedState state_at_copy = save_state(learner);
    train(learner, 3, 30);
    CHECK(acting(copy) == at_copy);
    CHECK(save_state(copy) == state_at_copy);
    CHECK(copy.step() == 2);
    CHECK(save_state(learner) != state_at_copy);
    train(copy, 3, 30);
    CHECK(acting(copy) == acting(learner));
    CHECK(figures(copy) == figures(learner));
    const AnyLearner<float> moved = std::move(copy);
    CHECK(acting(moved) == acting(learner));
    learner = moved;
    CHECK(acting(learner) == acting(moved));
  }
}

TEST_CASE("The listed state, copied into a fresh learner, continues to the same bits", "[any_learner]") {
  for (const std::string_view name : Algorithms<>::names)
    check_restored(
        name, small, [](auto& learner, int updates, std::uint64_t seed) { train(learner, updates, seed); }, acting);
}

TEST_CASE("Any learner is a function of its seed", "[any_learner]") {
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    CHECK(acting(small(name, 3)) == acting(small(name, 3)));
    CHECK(acting(small(name, 3)) != acting(small(name, 4)));
  }
}

TEST_CASE("Any learner measures what the typed one does", "[any_learner]") {
  Generator generator(7);
  const Batch<float> drawn = random_batch<float>(sizes, 40, generator);
  Transitions<float> data;
  data.observations = drawn.observations;
  data.actions = drawn.actions;
  data.rewards = drawn.rewards;
  data.next_observations = drawn.next_observations;
  data.terminals.setZero(40);
  data.timeouts.setZero(40);
  const Probe<float> probe(data, 0.9, 16, 3);
  Sac<float>::Config config;
  for (const auto& [field, value] : layers("sac", "8, 8")) set_field(config, field, value);
  const Diagnostics typed = probe.measure(Sac<float>(config, sizes, 1));
  const Diagnostics any = small("sac").measure(probe);
  CHECK(any.q_policy_mean == typed.q_policy_mean);
  CHECK(any.action_distance == typed.action_distance);
  CHECK(any.predicted.implied_value == typed.predicted.implied_value);
  CHECK(any.q_policy_mean != 0);
}

TEST_CASE("The defaults of an algorithm, set by name, are its defaults", "[any_learner]") {
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    Settings settings = default_settings(name);
    CHECK(settings.size() > 10);
    if (!only_clones(name)) CHECK(settings.front() == std::pair<std::string, std::string>("discount", "0.99"));
    for (const auto& change : layers(name, "[8, 8]"))
      for (auto& [field, value] : settings)
        if (field == change.first) value = change.second;
    CHECK(make_learner(name, settings, sizes, 1).settings() == settings);
  }
  CHECK_THROWS_WITH(default_settings("iqll"), Contains("did you mean \"iql\"?"));
}

TEST_CASE("A setting reaches the part it names, the last of several", "[any_learner]") {
  Settings settings = layers("cql", "8");
  settings.emplace_back("penalty.alpha", "3");
  settings.emplace_back("penalty.alpha", "0.5");
  settings.emplace_back("critics.size", "4");
  settings.emplace_back("critic_loss", "huber");
  settings.emplace_back("penalty.threshold", "none");
  for (const auto& [field, value] : make_learner("cql", settings, sizes, 1).settings()) {
    if (field == "penalty.alpha") CHECK(value == "0.5");
    if (field == "critics.size") CHECK(value == "4");
    if (field == "critic_loss") CHECK(value == "\"huber\"");
    if (field == "penalty.threshold") CHECK(value == "\"none\"");
    if (field == "critics.network.hidden") CHECK(value == "[8]");
  }
}

TEST_CASE("What follows from the number of updates is part of the table", "[any_learner]") {
  const Settings decay{{"policy_optimizer.decay_steps", "9"}};
  CHECK(scheduled_settings("iql", 9) == decay);
  CHECK(scheduled_settings<ActionIndices>("iql", 9) == decay);
  CHECK(scheduled_settings("sac", 9).empty());
  CHECK_THROWS_AS(scheduled_settings("none", 9), ConfigError);
}

TEST_CASE("A row of the table says how the authors train", "[any_learner]") {
  CHECK(Algorithms<>::find("sac").training.batch_size == 256);
  CHECK(Algorithms<>::find("rebrac").training.batch_size == 1024);
  CHECK(Algorithms<>::find("rebrac").training.needs_next_actions);
  CHECK(Algorithms<>::find("cal_ql").training.needs_returns_to_go);
  CHECK(Algorithms<>::find("td3_bc").training.normalizes);
  CHECK(Algorithms<>::find("percentile_bc").training.best_share == 0.1);
  CHECK(Algorithms<ActionIndices>::find("dqn").training.batch_size == 256);
}

TEST_CASE("An algorithm, a field or a value that is none is refused by name", "[any_learner]") {
  CHECK_THAT(refusal("cqll", Settings{}), Contains("algorithm must be one of bc, percentile_bc, ddpg, td3, sac, ") &&
                                              Contains("but is \"cqll\"; did you mean \"cql\"?"));
  CHECK_THAT(refusal("", Settings{}), Contains("algorithm must be one of"));
  CHECK_THAT(refusal("cql", Settings{{"penalty.alhpa", "1"}}), Contains("did you mean \"penalty.alpha\"?"));
  CHECK_THAT(refusal("sac", Settings{{"penalty.alpha", "1"}}), Contains("there is no \"penalty.alpha\""));
  CHECK_THAT(refusal("cql", Settings{{"penalty.alpha", "much"}}),
             Contains("penalty.alpha must be a number, but is \"much\""));
  CHECK_THAT(refusal("iql", Settings{{"improvement.limit", "batsh"}}),
             Contains("improvement.limit must be one of cap, batch, but is \"batsh\"; did you mean \"batch\"?"));
  // Values out of range, in the algorithm's own fields, those of its networks and of every part.
  for (const auto& [algorithm, field, value, said] :
       {std::array{"bc", "policy.border", "2", "policy.border must be in (0, 1), but is 2"},
        std::array{"sac", "discount", "1.5", "discount must be in [0, 1], but is 1.5"},
        std::array{"sac_no_entropy", "critics.size", "0", "critics.size must be at least 1, but is 0"},
        std::array{"bear", "improvement.divergence.width", "0", "improvement.divergence.width must be positive"},
        std::array{"brac", "improvement.samples", "0", "improvement.samples must be at least 1, but is 0"},
        std::array{"awac", "improvement.temperature", "0", "improvement.temperature must be positive, but is 0"},
        std::array{"cql", "penalty.samples", "0", "penalty.samples must be at least 1, but is 0"},
        std::array{"cql_entropy", "value.samples", "-2", "value.samples must be at least 1, but is -2"},
        std::array{"cql_maximum", "value.minimum_weight", "7", "value.minimum_weight must be in [0, 1], but is 7"},
        std::array{"iql", "value.expectile", "1", "value.expectile must be in (0, 1), but is 1"},
        std::array{"iql", "value.network.hidden", "8, 0", "each of value.network.hidden must be at least 1"}})
    CHECK_THAT(refusal(algorithm, Settings{{field, value}}), Contains(said));
}

TEST_CASE("The table in Markdown has a row for every algorithm", "[any_learner]") {
  const std::string table = markdown_table();
  for (const AlgorithmRow& row : Algorithms<>::rows)
    CHECK_THAT(table, Contains(message("| `", row.name, "` | `", row.type, "` | ")));
  CHECK(std::count(table.begin(), table.end(), '\n') == static_cast<std::ptrdiff_t>(Algorithms<>::rows.size()) + 2);
}

TEST_CASE("A table with an algorithm of one's own makes it by name", "[any_learner]") {
  CHECK(MyAlgorithms::names.size() == Algorithms<>::names.size() + 1);
  // [its name]
  const Settings settings{{"penalty.weight", "3"}};
  auto learner =
      make_learner<Matrix<float>, MyAlgorithms>("small_sac", settings, {.observation = 3, .action = 2}, /*seed=*/1);
  // [its name]
  train(learner, 2, 1);
  CHECK(acting(learner) == small_sac_actions());
  CHECK_THAT(markdown_table<MyAlgorithms>(), Contains("| `small_sac` | `SmallSac` | soft | small values |"));
  CHECK_THROWS_WITH((make_learner<Matrix<float>, MyAlgorithms>("smal_sac", {}, sizes, 1)),
                    Contains("did you mean \"small_sac\"?"));
}

TEST_CASE("What learns and what acts are copies apart", "[any_learner]") {
  const AnyLearner<float> bear = small("bear");
  CHECK(bear.policy().get<TanhGaussian<float>>() != nullptr);
  CHECK((bear.acting().get<BestOf<TanhGaussian<float>, Ensemble<MlpQ<float>>>>()) != nullptr);
  CHECK(small("sac").acting().get<TanhGaussian<float>>() != nullptr);
  CHECK((small("iql").acting().get<BestOf<Gaussian<float>, Ensemble<MlpQ<float>>>>()) != nullptr);
}

TEST_CASE("A visitor with a state of its own is visited itself, not a copy", "[training]") {
  struct Counter {
    int count = 0;
    void operator()(std::string_view, double) { ++count; }
  } counter;
  make_learner("iql", {{"policy.network.hidden", "4"}, {"critics.network.hidden", "4"}, {"value.network.hidden", "4"}},
               {.observation = 2, .action = 1}, 1)
      .report(counter);
  CHECK(counter.count > 3);
}

}  // namespace any_learner_test
