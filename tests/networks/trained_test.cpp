#include "holdfast/networks/trained.hpp"

#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/dual_variable.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
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
