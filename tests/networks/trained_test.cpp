#include "holdfast/networks/trained.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/dual_variable.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "support/finite_difference.hpp"
#include "support/quadratic_q.hpp"
#include "support/random_data.hpp"

namespace trained_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// A network whose one parameter is stored elsewhere, as in another framework.
struct Elsewhere {
  using Scalar = double;
  struct Gradient {
    double sum = 0;
  };
  double* parameter = nullptr;
  void step(Gradient& gradient, double scale) { *parameter -= scale * std::exchange(gradient.sum, 0); }
  void discard(Gradient& gradient) { gradient.sum = 0; }
  static void state(auto& self, auto&& visit) { visit("parameter", *self.parameter); }
};

// An object that holds networks in every possible way.
struct Holder {
  Trained<LogMultiplier> one{LogMultiplier(1), {}, "one"};
  std::vector<Trained<LogMultiplier>> several{one, one};
  std::vector<Holder> inside = {};
  Vector<double> numbers = Vector<double>::Ones(2);
  static void state(auto& self, auto&& visit) {
    visit("numbers", self.numbers);
    visit("one", self.one);
    visit("several", self.several);
    visit("inside", self.inside);
  }
};

using Critic = Trained<MlpQ<double>>;

Critic critic(std::uint64_t seed) {
  Generator generator(seed);
  return {MlpQ<double>({.hidden = {3}}, {2, 1}, generator), {.learning_rate = 0.1}, "critic"};
}

void take_steps(Critic& trained, int steps, std::uint64_t seed) {
  Generator generator(seed);
  for (int i = 0; i < steps; ++i) {
    trained.gradient() += normal_matrix(trained.gradient().size(), 1, generator);
    trained.step();
  }
}

}  // namespace

TEST_CASE("A trained network takes the steps of its optimizer, and its gradient is used up", "[trained]") {
  Generator generator(1);
  const AdamConfig config{.learning_rate = 0.1, .weight_decay = 0.2};
  Trained<MlpQ<double>> trained(MlpQ<double>({.hidden = {3}}, {2, 1}, generator), config, "critic");
  Vector<double> expected = trained.network().parameters();
  CHECK(trained.gradient() == Vector<double>::Zero(expected.size()));
  Adam<double> adam(config);
  for (const double scale : {1.0, 0.5}) {
    const Vector<double> gradient = normal_matrix(expected.size(), 1, generator);
    trained.gradient() += gradient;
    trained.step(scale);
    adam.step(expected, gradient, scale);
    CHECK(trained.network().parameters() == expected);
    CHECK(trained.gradient().isZero(0));
  }
  CHECK(trained.optimizer().steps() == 2);
  CHECK(trained.optimizer().name() == "critic");
  trained.gradient().setOnes();
  trained.discard();
  CHECK(trained.gradient().isZero(0));
}

TEST_CASE("A network that keeps its parameters elsewhere moves itself", "[trained]") {
  double parameter = 3;
  Trained<Elsewhere> trained({&parameter}, {}, "elsewhere");
  trained.gradient().sum += 2;
  trained.step(0.5);
  CHECK(parameter == 2);
  trained.gradient().sum += 2;
  trained.discard();
  trained.step();
  CHECK(parameter == 2);
  SavedState saved = save_state(trained);
  REQUIRE(saved.size() == 1);
  CHECK(saved.front().path == "network.parameter");
}

TEST_CASE("A moving average follows the parameters by its rate, from where they were", "[trained]") {
  for (const double rate : {0.01, 0.3, 1.0}) {
    Critic plain = critic(1);
    Critic averaged = critic(1);
    for (Critic* each : {&plain, &averaged}) take_steps(*each, 3, 2);
    CHECK(averaged.average().size() == 0);
    averaged.keep_average(rate);
    Vector<double> expected = averaged.network().parameters();
    CHECK(averaged.average() == expected);
    for (std::uint64_t step = 0; step < 10; ++step) {
      for (Critic* each : {&plain, &averaged}) take_steps(*each, 1, 3 + step);
      expected = (1 - rate) * expected + rate * averaged.network().parameters();
      CHECK(difference(averaged.average(), expected) < 1e-14);
      CHECK(averaged.network().parameters() == plain.network().parameters());  // the steps do not ask the average
    }
    CHECK((averaged.average() == averaged.network().parameters()) == (rate == 1));
    CHECK(plain.average().size() == 0);

    // A step that is refused, and a gradient that is dropped, leave it as it is.
    const Vector<double> before = averaged.average();
    averaged.gradient().setConstant(std::numeric_limits<double>::infinity());
    CHECK_THROWS_AS(averaged.step(), NonFiniteError);
    averaged.discard();
    CHECK(averaged.average() == before);
  }
}

TEST_CASE("A moving average is saved with its network, and only where there is one", "[trained]") {
  Critic original = critic(1);
  original.keep_average(0.1);
  take_steps(original, 5, 2);
  const SavedState saved = save_state(original);
  CHECK(saved.back().path == "average");
  CHECK(numbers_of<double>(saved.back()) == std::vector<double>(original.average().begin(), original.average().end()));
  Critic restored = critic(3);
  restored.keep_average(0.1);
  restore_state(restored, saved);
  CHECK(restored.average() == original.average());
  for (Critic* each : {&original, &restored}) take_steps(*each, 5, 4);
  CHECK(restored.average() == original.average());
  CHECK(save_state(restored) == save_state(original));
  CHECK(save_state(restored) != saved);

  Critic without = critic(1);
  for (const StateEntry& entry : save_state(without)) CHECK(entry.path != "average");
  CHECK(save_state(without).size() + 1 == saved.size());
  const SavedState before = save_state(without);
  CHECK_THROWS_WITH(restore_state(without, saved), Contains("\"average\" belongs to something else"));
  CHECK(save_state(without) == before);
  CHECK_THROWS_WITH(restore_state(restored, before), Contains("expected \"average\", found none"));
}

TEST_CASE("A network that keeps its parameters elsewhere cannot be averaged", "[trained]") {
  double parameter = 3;
  Trained<Elsewhere> trained({&parameter}, {}, "elsewhere");
  CHECK_THROWS_AS(trained.keep_average(0.5), ConfigError);
  CHECK_THROWS_WITH(trained.keep_average(0.5),
                    Contains("must be 1 for a network that keeps its parameters elsewhere, but is 0.5"));
  CHECK(trained.average().size() == 0);
  CHECK(save_state(trained).size() == 1);
  trained.gradient().sum += 2;
  trained.step();
  CHECK(parameter == 1);
}

TEST_CASE("Every trained network in a state is found once", "[trained]") {
  Holder holder;
  holder.inside.emplace_back();
  int found = 0;
  for_each_trained(holder, [&](auto& trained) {
    ++found;
    trained.gradient()(0) = 1;
    trained.step();
  });
  CHECK(found == 6);
  CHECK(holder.inside.front().several.back().optimizer().steps() == 1);
  found = 0;
  for_each_trained(std::as_const(holder), [&found](const Trained<LogMultiplier>&) { ++found; });
  CHECK(found == 6);
}

TEST_CASE("The state of critics names every network, target and moment", "[trained]") {
  Generator generator(2);
  const Ensemble<MlpQ<float>> critics({.size = 1, .network = {.hidden = {2}}}, {2, 1}, generator);
  std::vector<std::string> paths;
  for (const StateEntry& entry : save_state(critics)) paths.push_back(entry.path);
  CHECK(paths == std::vector<std::string>{"online.0.network.parameters", "online.0.optimizer.first_moment",
                                          "online.0.optimizer.second_moment", "online.0.optimizer.steps",
                                          "online.0.optimizer.largest_gradient.norm",
                                          "online.0.optimizer.largest_gradient.step", "target.0.parameters"});
}

}  // namespace trained_test
