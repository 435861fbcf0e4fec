/// \file
/// Tests that divergence to finite values is reported, and that sound runs of every algorithm are not.
#include "holdfast/training/stability.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/next_actions.hpp"
#include "holdfast/environments/cart_pole.hpp"
#include "holdfast/environments/mass_chain.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/offline.hpp"
#include "holdfast/training/recorder.hpp"
#include "support/table.hpp"

namespace stability_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// A learner that reports the values that it is told.
struct Told {
  double loss = 1;
  Vector<double> parameters = Vector<double>::Ones(4);
  Adam<double> optimizer{{}, "told"};

  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("told_loss", loss);
    visit("multiplier", 1e100 * loss);  // not a loss, so that it may be anything
  }
  template <class Visitor>
  void networks(Visitor&& visit) const {
    visit(parameters, optimizer);
  }
  void step(double gradient) {
    Vector<double> unused = Vector<double>::Zero(4);
    optimizer.step(unused, Vector<double>::Constant(4, gradient / 2));  // its norm is `gradient`
  }
};

Transitions<float> mass_chain_data(Index steps = 600) {
  const MassChain environment;
  Generator noise(1, Stream::noise);
  Vector<double> clean(3);
  return collect<float>(environment, steps, 1, [&](const Matrix<float>& s, Matrix<float>& a) -> std::optional<float> {
    environment.scripted(s.col(0).cast<double>().eval(), clean);
    for (Index j = 0; j < 3; ++j) a(j, 0) = static_cast<float>(std::clamp(clean(j) + 0.1 * noise.normal(), -1.0, 1.0));
    return std::nullopt;
  });
}

Transitions<float, ActionIndices> cart_pole_data(Index steps = 600) {
  Generator noise(1, Stream::noise);
  return collect<float>(CartPole{}, steps, 1, [&](const Matrix<float>& s, Index& a) -> std::optional<float> {
    a = noise.uniform() < 0.3 ? noise.index(2) : (s(2, 0) + 0.3F * s(3, 0) > 0 ? 1 : 0);
    return std::nullopt;
  });
}

template <class Actions>
auto make(std::string_view name, Sizes sizes, const Settings& more) {
  Settings settings = layers<Actions>(name, "16, 16");
  const Settings known = default_settings<Actions>(name);
  for (const auto& setting : more)  // not every algorithm has every field
    if (std::any_of(known.begin(), known.end(), [&](const auto& field) { return field.first == setting.first; }))
      settings.push_back(setting);
  return make_learner<Actions>(name, settings, sizes, 1);
}

// The instabilities found in a run, and the error that ended it.
struct Outcome {
  std::vector<Instability> found;
  std::string error;

  [[nodiscard]] bool has(const std::string& quantity) const {
    return std::any_of(found.begin(), found.end(), [&](const Instability& each) { return each.quantity == quantity; });
  }
};

template <class Actions, class Data>
Outcome train(std::string_view name, const Data& data, const Settings& more = {}, Index steps = 400) {
  auto learner = make<Actions>(name, {data.observation_size(), data.action_size()}, more);
  StabilityMonitor monitor(50);
  Outcome outcome;
  try {
    train_offline(learner, data, {.steps = steps, .batch_size = 32, .seed = 1}, monitor);
  } catch (const NonFiniteError& error) {
    outcome.error = error.what();
  }
  outcome.found = monitor.found();
  return outcome;
}

// Returns whether anything but a critic learns at `policy_optimizer`.
bool has_policy(std::string_view name, bool finite) { return !finite || (name != "dqn" && name != "cql"); }

template <class Actions, class Data>
void check_all(const Data& data, bool finite) {
  for (const std::string_view name : Algorithms<Actions>::names) {
    CAPTURE(std::string(name), finite);
    const auto described = [](const Outcome& outcome) {
      return outcome.error + (outcome.found.empty() ? "" : text_of(outcome.found));
    };
    for (const char* rate : {"3e-4", "3e-3"}) {
      const Outcome sound = train<Actions>(
          name, data, {{"policy_optimizer.learning_rate", rate}, {"critics.optimizer.learning_rate", rate}});
      CHECK(described(sound) == "");
    }
    if (has_policy(name, finite)) {
      const Outcome sick = train<Actions>(name, data, {{"policy_optimizer.learning_rate", "1000"}});
      CAPTURE(described(sick));
      CHECK(sick.has("weights of policy"));
    }
    if (only_clones(name)) continue;
    const Outcome sick = train<Actions>(name, data, {{"critics.optimizer.learning_rate", "100"}});
    CAPTURE(described(sick));
    CHECK(sick.has("weights of critic_0"));

    if (name == "dqn") continue;  // the Huber loss bounds the gradient of an outlier
    Data spoilt = data;
    spoilt.rewards(300) = 1e12F;
    const Outcome outlier = train<Actions>(name, spoilt);
    CAPTURE(described(outlier));
    const bool named = outlier.error.find("critic") != std::string::npos;
    CHECK((outlier.has("gradient of critic_0") || outlier.has("critic_loss") || named));
  }
}

}  // namespace

TEST_CASE("Every algorithm is silent where it is sound, and is told of where it diverges", "[stability]") {
  Transitions<float> data = with_next_actions(mass_chain_data());
  data.returns_to_go = lowest_returns_to_go(data, 0.99);
  check_all<Matrix<float>>(data, false);
}

TEST_CASE("Every algorithm over finite actions is silent where it is sound, and is told of where it diverges",
          "[stability]") {
  check_all<ActionIndices>(cart_pole_data(), true);
}

TEST_CASE("A loss is told of once, where it jumps and where it creeps", "[stability]") {
  Told learner;
  StabilityMonitor monitor;
  monitor.observe(0, learner);
  monitor.observe(1, learner);
  learner.loss = -9e3;
  monitor.observe(2, learner);
  CHECK(monitor.found().empty());
  learner.loss = 9.1e7;
  monitor.observe(3, learner);
  CHECK(monitor.found().empty());
  monitor.observe(4, learner);
  REQUIRE(monitor.found().size() == 1);
  CHECK(monitor.found()[0].step == 4);
  CHECK(monitor.found()[0].quantity == "told_loss");
  CHECK(monitor.found()[0].size == 9.1e7);
  CHECK(monitor.found()[0].before == 9e3);
  CHECK_THAT(text_of(monitor.found()), Contains("at update 4 the told_loss rose to 9.1e+07, 1e+04 times"));
  learner.loss = 1e30;
  monitor.observe(5, learner);
  monitor.observe(6, learner);
  CHECK(monitor.found().size() == 1);

  Told creeping;
  StabilityMonitor patient;
  for (Index step = 1; step <= 200; ++step, creeping.loss *= step <= 100 ? 1 : 1.2) patient.observe(step, creeping);
  REQUIRE(patient.found().size() == 1);
  CHECK(patient.found()[0].step > 170);  // 1.2^76 = 10⁶
  CHECK(patient.found()[0].before == 1);
}

TEST_CASE("A loss that jumps at one look and is back at the next is a blip, and so are others like it", "[stability]") {
  Told learner;
  StabilityMonitor monitor;
  for (Index step = 1; step <= 400; ++step) {
    learner.loss = step % 40 == 0 || step == 281 ? 3e4 : 1;
    monitor.observe(step, learner);
  }
  CHECK(monitor.found().empty());
}

// One large reward in 5,000. The learner is observed after each update, so that no batch with such a reward is missed.
// With rewards of 1,000, such a batch has more than 10⁴ times the initial loss of the critics.
TEST_CASE("Rare rewards that are large are no divergence", "[stability]") {
  const auto largest_rise = [](auto learner, auto data, float reward) {
    data.rewards.setZero();
    data.rewards(90) = data.rewards(5090) = reward;
    double first = 0;
    double largest = 0;
    StabilityMonitor monitor(1);
    train_offline(learner, data, {.steps = 600, .batch_size = 64, .seed = 1}, monitor,
                  [&](const TrainingStep& now, const auto& seen) {
                    seen.report([&](std::string_view name, double value) {
                      if (name != "critic_loss") return;
                      if (now.step == 1) first = value;
                      largest = std::max(largest, value);
                    });
                  });
    CHECK((monitor.found().empty() ? "" : text_of(monitor.found())) == "");
    return largest / first;
  };
  const auto continuous = mass_chain_data(10000);
  const Sizes sizes{continuous.observation_size(), continuous.action_size()};
  for (const char* name : {"sac", "iql", "bear"}) {
    CAPTURE(name);
    largest_rise(make<Matrix<float>>(name, sizes, {}), continuous, 100);
  }
  CHECK(largest_rise(make<Matrix<float>>("iql", sizes, {}), continuous, 1000) > 1e4);
  const auto finite = cart_pole_data(10000);
  const Sizes finite_sizes{finite.observation_size(), finite.action_size()};
  largest_rise(make<ActionIndices>("cql", finite_sizes, {}), finite, 100);
  CHECK(largest_rise(make<ActionIndices>("cql", finite_sizes, {}), finite, 1000) > 1e4);
}

TEST_CASE("A gradient is told of by its own update, however rarely it is looked for", "[stability]") {
  Told learner;
  StabilityMonitor monitor(1000);
  for (Index step = 1; step <= 1000; ++step) {
    learner.step(step == 700 ? 1100.0 : 1.0);
    monitor(TrainingStep{step, 2000}, learner);
  }
  REQUIRE(monitor.found().size() == 1);
  CHECK(monitor.found()[0].step == 700);
  CHECK(monitor.found()[0].quantity == "gradient of told");
  CHECK(std::abs(monitor.found()[0].size - 1100) < 1e-9);
  CHECK(std::abs(monitor.found()[0].before - 1) < 1e-12);
}

TEST_CASE("A monitor goes on from its saved state", "[stability]") {
  const auto observe = [](StabilityMonitor& monitor, Index from, Index to) {
    Told learner;
    for (Index step = from; step < to; ++step) {
      learner.loss = step == 7 ? 1e6 : step >= 10 ? 1e12 : 1.0 + static_cast<double>(step);
      learner.parameters.setConstant(step < 5 ? 1 : 200);
      monitor.observe(step, learner);
    }
  };
  StabilityMonitor whole;
  observe(whole, 0, 12);
  REQUIRE(whole.found().size() == 2);
  for (Index stop = 0; stop <= 12; ++stop) {  // also between the two observations that a loss is seen at
    CAPTURE(stop);
    StabilityMonitor first;
    observe(first, 0, stop);
    StabilityMonitor second;
    restore_state(second, save_state(first));
    CHECK(save_state(second) == save_state(first));
    observe(second, stop, 12);
    CHECK(save_state(second) == save_state(whole));
    CHECK(text_of(second.found()) == text_of(whole.found()));
    CHECK(second.found()[0].remedy == whole.found()[0].remedy);
  }
  CHECK_THROWS_WITH(restore_state(whole, {state_entry("other", 1.0)}), Contains("\"other\" is of no StabilityMonitor"));
  CHECK(whole.found().size() == 2);
}

TEST_CASE("Weights are compared with those of the beginning, and not where they begin at 0", "[stability]") {
  Told learner;
  StabilityMonitor monitor;
  monitor.observe(0, learner);
  for (Index step = 1; step < 20; ++step) {
    learner.parameters.setConstant(5.0 * static_cast<double>(step));
    monitor.observe(step, learner);
  }
  CHECK(monitor.found().empty());
  learner.parameters.setConstant(101);
  monitor.observe(20, learner);
  REQUIRE(monitor.found().size() == 1);
  CHECK(monitor.found()[0].quantity == "weights of told");

  Told table;
  table.parameters.setZero();
  StabilityMonitor other;
  other.observe(0, table);
  table.parameters.setConstant(1e6);
  other.observe(1, table);
  CHECK(other.found().empty());
}

}  // namespace stability_test
