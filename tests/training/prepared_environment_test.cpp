/// \file
/// Tests environments as a learner's data were prepared.
#include "holdfast/training/prepared_environment.hpp"

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/environments/registry.hpp"

namespace prepared_environment_test {

using namespace holdfast;

namespace {

Preparation preparation() {
  Preparation all{.normalization = Normalization<double>::identity(3), .reward_factor = 0.5, .reward_shift = 2};
  all.normalization.mean << 0.1, -0.2, 3;
  all.normalization.scale << 0.5, 2, 4;
  return all;
}

}  // namespace

TEST_CASE("A prepared environment is its environment with other observations and rewards", "[prepared]") {
  Pendulum plain;
  PreparedEnvironment prepared(Pendulum(), preparation());
  Generator generator(1);
  Generator same(1);
  plain.reset(generator);
  prepared.reset(same);
  Vector<double> observation(3);
  Vector<double> seen(3);
  for (int i = 0; i < 20; ++i) {
    plain.observe(observation);
    prepared.observe(seen);
    CHECK(std::abs(seen[0] - (observation[0] - 0.1) / 0.5) < 1e-12);
    CHECK(std::abs(seen[1] - (observation[1] + 0.2) / 2) < 1e-12);
    CHECK(std::abs(seen[2] - (observation[2] - 3) / 4) < 1e-12);
    CHECK((prepared.state_of(seen) - plain.state_of(observation)).norm() < 1e-12);
    const Vector<double> action = Vector<double>::Constant(1, 0.3);
    CHECK(prepared.step(action).reward == 0.5 * plain.step(action).reward + 2);
    CHECK(prepared.state() == plain.state());
  }
  CHECK(prepared.reward_range().highest == 2);
  CHECK(prepared.reward_range().lowest == 0.5 * Pendulum::reward_range().lowest + 2);
  CHECK(prepared.references().good == Pendulum::references().good);
  CHECK(prepared.time_limit() == 200);
  // It goes on from its saved state, and its environment from there too.
  PreparedEnvironment other(Pendulum(), preparation());
  restore_environment(other, save_environment(prepared));
  CHECK(other.state() == prepared.state());
}

TEST_CASE("Environments of a type known at run time, and with finite actions, can be prepared", "[prepared]") {
  const PreparedEnvironment any(make_environment("pendulum"), preparation());
  CHECK(any.name() == "pendulum");
  CHECK_FALSE(IsFiniteEnvironment<PreparedEnvironment<AnyEnvironment<>>>);
  Preparation four{.normalization = Normalization<double>::identity(4), .reward_factor = 3, .reward_shift = 0};
  PreparedEnvironment cart(make_environment<ActionIndices>("cart_pole"), four);
  CHECK(IsFiniteEnvironment<decltype(cart)>);
  CHECK(cart.step(1).reward == 3);
  CHECK_THROWS_WITH(PreparedEnvironment(CartPole(), preparation()),
                    Contains("cart_pole: expected a normalization of 4 observation features, found one of 3"));
}

}  // namespace prepared_environment_test
