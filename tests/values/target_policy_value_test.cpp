#include "holdfast/values/target_policy_value.hpp"

#include <algorithm>

#include "catch.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "support/empty_critics.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

namespace target_policy_value_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

struct Parts : BasicRuleFixture<Deterministic<double>, MlpQ<double>> {
  using Rule = TargetPolicyValue<>;

  Parts() {
    generator.fill_normal(policy.parameters());
    batch.next_actions = uniform_actions(sizes.action, batch.size(), generator);
  }

  // Returns a state whose target policy differs from the policy.
  [[nodiscard]] Rule::State<P, C> state_of(const Rule& rule) {
    auto made = state(rule);
    generator.fill_normal(made.target_policy().parameters());
    return made;
  }

  [[nodiscard]] Matrix<double> mode(const P& of, Side side) const {
    P::Tape tape;
    Matrix<double> actions;
    of.mode(context.observations(side), tape, actions);
    return actions;
  }

  [[nodiscard]] Row<double> least_q(Net net, Side side, const Matrix<double>& actions) const {
    Row<double> out(batch.size());
    for (Index i = 0; i < out.size(); ++i)
      out(i) = q(net, context.observations(side).col(i), actions.col(i)).minCoeff();
    return out;
  }
};

}  // namespace

TEST_CASE("The value of a state is the least target Q at the target policy's action", "[target_policy_value]") {
  STATIC_REQUIRE_FALSE(Parts::Rule::needs_temperature);
  for (const Side side : {Side::current, Side::next}) {
    Parts parts;
    auto rule = parts.state_of({});
    const Generator::State before = parts.noise.state();
    Row<double> out;
    rule.values(parts.context, side, Net::target, out);
    CHECK(difference(out, parts.least_q(Net::target, side, parts.mode(rule.target_policy(), side))) < 1e-14);
    CHECK(parts.noise.state() == before);

    rule.values(parts.context, side, Net::online, out);
    CHECK(difference(out, parts.least_q(Net::online, side, parts.mode(parts.policy, side))) < 1e-14);
  }
}

TEST_CASE("The target policy's action gets clipped noise, and is clipped itself", "[target_policy_value]") {
  for (const double limit : {0.3, 10.0}) {
    Parts parts;
    auto rule = parts.state_of({.noise = 0.8, .noise_clip = limit});
    Generator same = parts.noise;
    Matrix<double> expected(2, 5);
    same.fill_normal(expected);
    Index clipped = 0;
    const Matrix<double> mode = parts.mode(rule.target_policy(), Side::next);
    for (Index i = 0; i < expected.size(); ++i) {
      const double noise = std::clamp(0.8 * expected(i), -limit, limit);
      clipped += std::abs(0.8 * expected(i)) > limit || std::abs(mode(i) + noise) > 1 ? 1 : 0;
      expected(i) = std::clamp(mode(i) + noise, -1.0, 1.0);
    }
    CHECK(clipped > 0);
    Row<double> out;
    rule.values(parts.context, Side::next, Net::target, out);
    CHECK(difference(out, parts.least_q(Net::target, Side::next, expected)) < 1e-14);
    CHECK(parts.noise.state() == same.state());
  }
}

TEST_CASE("The distance from the data's next action reduces the value of next states only", "[target_policy_value]") {
  Parts parts;
  auto rule = parts.state_of({.distance_weight = 0.7});
  const Matrix<double> actions = parts.mode(rule.target_policy(), Side::next);
  Row<double> expected = parts.least_q(Net::target, Side::next, actions);
  for (Index i = 0; i < expected.size(); ++i)
    expected(i) -= 0.7 * (actions.col(i) - parts.batch.next_actions.col(i)).squaredNorm();
  Row<double> out;
  rule.values(parts.context, Side::next, Net::target, out);
  CHECK(difference(out, expected) < 1e-14);
  rule.values(parts.context, Side::current, Net::target, out);
  CHECK(difference(out, parts.least_q(Net::target, Side::current, parts.mode(rule.target_policy(), Side::current))) <
        1e-14);
}

TEST_CASE("A distance weight needs the data's next actions, and says so", "[target_policy_value]") {
  Parts parts;
  parts.batch.next_actions.resize(0, 0);
  Row<double> out;
  auto with = parts.state_of({.distance_weight = 0.7});
  CHECK_THROWS_WITH(
      with.values(parts.context, Side::next, Net::target, out),
      Contains("expected 2x5") && Contains("value.distance_weight = 0.7, found 0x0") && Contains("with_next_actions"));
  auto without = parts.state_of({});
  CHECK_NOTHROW(without.values(parts.context, Side::next, Net::target, out));
}

TEST_CASE("The advantage is that of the online critics over the policy's own action", "[target_policy_value]") {
  Parts parts;
  auto rule = parts.state_of({.noise = 0.8, .distance_weight = 0.7});
  const Row<double> expected = parts.least_q(Net::online, Side::current, parts.batch.actions) -
                               parts.least_q(Net::online, Side::current, parts.mode(parts.policy, Side::current));
  Row<double> out;
  rule.advantage(parts.context, out);
  CHECK(difference(out, expected) < 1e-14);
}

TEST_CASE("The target policy begins as the policy and follows it", "[target_policy_value]") {
  Parts parts;
  auto rule = parts.state(Parts::Rule{});
  const Vector<double> before = parts.policy.parameters();
  CHECK(rule.target_policy().parameters() == before);
  parts.generator.fill_normal(parts.policy.parameters());
  rule.track(parts.context, 0.25);
  const Vector<double> expected = 0.75 * before + 0.25 * parts.policy.parameters();
  CHECK(difference(rule.target_policy().parameters(), expected) < 1e-15);
}

TEST_CASE("A target policy value refuses what is out of range, and a lack of critics", "[target_policy_value]") {
  CHECK_NOTHROW(check_fields(Parts::Rule{}));
  CHECK_THROWS_WITH(check_fields(Parts::Rule{.noise = -1}), Contains("noise must be at least 0, but is -1"));
  CHECK_THROWS_WITH(check_fields(Parts::Rule{.noise_clip = -1}), Contains("noise_clip must be at least 0"));
  CHECK_THROWS_WITH(check_fields(Parts::Rule{.distance_weight = -1}), Contains("distance_weight must be at least 0"));
  Parts parts;
  using State = Parts::Rule::State<Parts::P, testing::EmptyCritics<double>>;
  CHECK_THROWS_WITH(State({}, parts.policy, {}, Parts::sizes, parts.generator),
                    Contains("critics.size must be at least 1"));
}

}  // namespace target_policy_value_test
