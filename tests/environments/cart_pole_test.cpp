#include "holdfast/environments/cart_pole.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "catch.hpp"

namespace cart_pole_test {

using namespace holdfast;

static_assert(IsFiniteEnvironment<CartPole>);
static_assert(!requirements::takes_actions<CartPole>);

namespace {

Vector<double> four(double position, double velocity, double angle, double turning) {
  return Eigen::Vector4d(position, velocity, angle, turning);
}

}  // namespace

TEST_CASE("Steps of the cart pole are those of gymnasium", "[cart_pole]") {
  // Reference: gymnasium 1.4.0, CartPole-v1 unwrapped, its `state` after each step from the given one.
  struct Step {
    Index action;
    Vector<double> state;
    bool terminal = false;
  };
  CartPole cart;
  cart.set_state(four(0.01, -0.02, 0.03, 0.04));
  for (const Step& step :
       {Step{1, four(0.009600000000000001, 0.17467919574755525, 0.030799999999999998, -0.2430687179600081)},
        Step{0, four(0.013093583914951107, -0.020868848948191993, 0.025938625640799837, 0.0591679999394166)},
        Step{0, four(0.012676206935987267, -0.21635292104612766, 0.02712198563958817, 0.3599205713784138)},
        Step{1, four(0.008349148515064714, -0.021626799199488206, 0.03432039706715644, 0.0759116989474441)},
        Step{1, four(0.00791661253107495, 0.17298676004769037, 0.035838631046105324, -0.20574851582677406)}}) {
    const StepResult result = cart.step(step.action);
    CHECK(result.reward == 1);
    CHECK(result.terminal == step.terminal);
    CHECK((cart.state() - step.state).norm() < 1e-14);
  }
  // The pole falls over to the left; the last step also earns a reward.
  cart.set_state(four(-0.5, 1.5, -0.15, -0.8));
  for (const Step& step :
       {Step{0, four(-0.47, 1.3072188475418511, -0.16599999999999998, -0.5580101690645438)},
        Step{0, four(-0.44385562304916293, 1.114768373884036, -0.17716020338129085, -0.3218828756399835)},
        Step{1, four(-0.4215602555714822, 1.3119123904958696, -0.18359786089409053, -0.6647834647049615)},
        Step{1, four(-0.3953220077615648, 1.5090491256788785, -0.19689353018818975, -1.009193744933358)},
        Step{1, four(-0.3651410252479872, 1.7061760408461046, -0.2170774050868569, -1.3566844924058545), true}}) {
    const StepResult result = cart.step(step.action);
    CHECK(result.reward == 1);
    CHECK(result.terminal == step.terminal);
    CHECK((cart.state() - step.state).norm() < 1e-14);
  }
  // The cart leaves the track to the right.
  cart.set_state(four(2.39, 1, 0, 0));
  CHECK(cart.step(1).terminal);
  CHECK((cart.state() - four(2.41, 1.1951219512195121, 0, -0.2926829268292683)).norm() < 1e-14);
}

TEST_CASE("The cart pole ends beyond 2.4 and 12 degrees, on either side", "[cart_pole]") {
  CartPole cart;
  const double limit = 12 * std::numbers::pi / 180;
  for (const double side : {-1.0, 1.0}) {
    // Without speed, position and angle stay the same for one Euler step.
    cart.set_state(four(side * 2.4, 0, 0, 0));
    CHECK_FALSE(cart.step(0).terminal);
    cart.set_state(four(side * (2.4 + 1e-12), 0, 0, 0));
    CHECK(cart.step(0).terminal);
    cart.set_state(four(0, 0, side * limit, 0));
    CHECK_FALSE(cart.step(1).terminal);
    cart.set_state(four(0, 0, side * (limit + 1e-12), 0));
    CHECK(cart.step(1).terminal);
  }
}

TEST_CASE("The cart pole is the same seen in a mirror", "[cart_pole]") {
  CartPole cart;
  CartPole mirror;
  cart.set_state(four(0.1, -0.4, 0.05, 0.3));
  mirror.set_state(-cart.state());
  for (const Index action : {0, 1, 1, 0, 0, 0}) {
    cart.step(action);
    mirror.step(1 - action);
    CHECK(cart.state() == -mirror.state());
  }
}

TEST_CASE("The cart pole begins near the middle and is observed in full", "[cart_pole]") {
  CartPole cart;
  Generator generator(1);
  Vector<double> observation(4);
  Vector<double> lowest = Vector<double>::Zero(4);
  Vector<double> highest = Vector<double>::Zero(4);
  for (int i = 0; i < 1000; ++i) {
    cart.reset(generator);
    cart.observe(observation);
    CHECK(CartPole::state_of(observation) == cart.state());
    lowest = lowest.cwiseMin(observation);
    highest = highest.cwiseMax(observation);
  }
  // The probability that none of 1000 draws is within the outer 2 % of one side is 0.98¹⁰⁰⁰ = 2e-9, for each of eight
  // sides.
  CHECK(lowest.minCoeff() >= -0.05);
  CHECK(lowest.maxCoeff() < -0.048);
  CHECK(highest.maxCoeff() <= 0.05);
  CHECK(highest.minCoeff() > 0.048);
}

TEST_CASE("The reference returns of the cart pole are those measured", "[cart_pole]") {
  // 4000 random episodes: a mean beyond 5 of its standard errors has probability 6e-7. The tolerance also includes 5
  // standard errors of the reference.
  CartPole cart;
  Generator generator(2, Stream::evaluation);
  Vector<double> observation(4);
  const auto lasted = [&](bool good) {
    cart.reset(generator);
    double total = 0;
    for (Index t = 0; t < CartPole::time_limit(); ++t) {
      Index action = generator.index(2);
      cart.observe(observation);
      if (good) REQUIRE(CartPole::scripted(observation, action));
      const StepResult result = cart.step(action);
      total += result.reward;
      if (result.terminal) break;
    }
    return total;
  };
  const int episodes = 4000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < episodes; ++i) {
    const double total = lasted(false);
    sum += total;
    squares += total * total;
  }
  const double mean = sum / episodes;
  const double standard_error = std::sqrt((squares / episodes - mean * mean) / episodes);
  CAPTURE(mean, standard_error);
  CHECK(std::abs(mean - CartPole::references().random) < 5 * standard_error + 5 * 0.03);
  for (int i = 0; i < 50; ++i) CHECK(lasted(true) == CartPole::references().good);
}

TEST_CASE("Actions, states and observations that the cart pole has not are refused", "[cart_pole]") {
  CartPole cart;
  CHECK_THROWS_AS(cart.step(2), DataError);
  CHECK_THROWS_WITH(cart.step(2), Contains("cart_pole") && Contains("0 or 1") && Contains("is 2"));
  CHECK_THROWS_WITH(cart.step(-1), Contains("is -1"));
  CHECK_THROWS_WITH(cart.set_state(Vector<double>::Zero(3)), Contains("cart_pole: the state") && Contains("has 3"));
  CHECK_THROWS_WITH(cart.set_state(four(0, std::numeric_limits<double>::quiet_NaN(), 0, 0)), Contains("entry 1"));
  CHECK_THROWS_WITH(CartPole::state_of(Vector<double>::Zero(5)), Contains("observation") && Contains("has 5"));
  CHECK(cart.state() == Vector<double>::Zero(4));
}

TEST_CASE("An episode of a finite environment is rolled out by the numbers of its actions", "[cart_pole]") {
  CartPole cart;
  Generator generator(3);
  const auto scripted = [](const Vector<double>& observation, Index& action) {
    CartPole::scripted(observation, action);
  };
  CHECK(rollout_return(cart, generator, scripted) == CartPole::time_limit());
  const auto always_right = [](const Vector<double>&, Index& action) { action = 1; };
  CHECK(rollout_return(cart, generator, always_right) < 15);
}

}  // namespace cart_pole_test
