#include "holdfast/values/maximum.hpp"

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "support/empty_critics.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

namespace maximum_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// Returns V by its definition, action by action.
Row<double> value(const FiniteRuleFixture& parts, Side side, Net net, const Maximum& config) {
  const auto proposal = parts.draws(side, 1);
  const Net choosing = config.double_q ? Net::online : net;
  Row<double> out(parts.batch.size());
  for (Index state = 0; state < out.size(); ++state) {
    double best = -1e300;
    for (Index k = state * proposal.per_state; k < (state + 1) * proposal.per_state; ++k) {
      const Matrix<double> observation = parts.context.observations(side).col(state);
      const double wanted = parts.q(choosing, observation, proposal.actions.col(k)).minCoeff();
      if (wanted <= best) continue;
      best = wanted;
      out(state) = parts.q(net, observation, proposal.actions.col(k)).minCoeff();
    }
  }
  return out;
}

}  // namespace

TEST_CASE("The value is that of the best action, chosen by the online critics where asked for", "[maximum]") {
  for (const Maximum& config : {Maximum{}, Maximum{.double_q = false}})
    for (const Side side : {Side::current, Side::next})
      for (const Net net : {Net::online, Net::target}) {
        CAPTURE(config.double_q);
        FiniteRuleFixture parts;
        auto rule = parts.state(config);
        const Row<double> expected = value(parts, side, net, config);
        Row<double> out;
        rule.prepare(parts.context);
        rule.values(parts.context, side, net, out);
        CHECK(difference(out, expected) < 1e-13);
      }
}

TEST_CASE("Who chooses matters to the target's value, and to none else", "[maximum]") {
  FiniteRuleFixture parts;
  const auto values = [&](bool double_q, Net net) {
    auto rule = parts.state(Maximum{.double_q = double_q});
    Row<double> out;
    rule.values(parts.context, Side::next, net, out);
    return out;
  };
  CHECK((values(true, Net::online) == values(false, Net::online)).all());
  CHECK((values(true, Net::target) <= values(false, Net::target)).all());
  CHECK((values(true, Net::target) < values(false, Net::target)).any());
}

TEST_CASE("It is the largest of all, and nothing is drawn", "[maximum]") {
  FiniteRuleFixture parts;
  const Generator::State before = parts.noise.state();
  auto rule = parts.state(Maximum{.double_q = false});
  Row<double> out;
  rule.values(parts.context, Side::next, Net::target, out);
  for (Index state = 0; state < out.size(); ++state) {
    double best = -1e300;
    for (Index action = 0; action < 4; ++action)
      best = std::max(best,
                      parts.q(Net::target, parts.batch.next_observations.col(state), ActionIndices::Constant(1, action))
                          .minCoeff());
    CHECK(std::abs(out(state) - best) < 1e-13);
  }
  CHECK(parts.noise.state() == before);
}

TEST_CASE("A value that is no number is backed up and not passed over", "[maximum]") {
  for (const bool double_q : {true, false}) {
    FiniteRuleFixture parts;
    for (const Net net : {Net::online, Net::target})
      parts.critics.member(net, 0).parameters().setConstant(std::numeric_limits<double>::quiet_NaN());
    auto rule = parts.state(Maximum{.double_q = double_q});
    Row<double> out;
    rule.values(parts.context, Side::next, Net::target, out);
    CHECK(out.isNaN().all());
  }
}

TEST_CASE("Of equals the first is chosen", "[maximum]") {
  FiniteRuleFixture parts;
  for (Index i = 0; i < FiniteRuleFixture::members; ++i) parts.critics.member(Net::online, i).parameters().setZero();
  auto rule = parts.state(Maximum{});
  Row<double> out;
  rule.values(parts.context, Side::next, Net::target, out);
  for (Index state = 0; state < out.size(); ++state)
    CHECK(std::abs(out(state) -
                   parts.q(Net::target, parts.batch.next_observations.col(state), ActionIndices{{0}}).minCoeff()) <
          1e-13);
}

TEST_CASE("The advantage is the least Q of the batch's action above the value", "[maximum]") {
  FiniteRuleFixture parts;
  const Maximum config;
  auto rule = parts.state(config);
  Row<double> expected = -value(parts, Side::current, Net::online, config);
  for (Index i = 0; i < parts.batch.size(); ++i)
    expected(i) += parts.q(Net::online, parts.batch.observations.col(i), parts.batch.actions.col(i)).minCoeff();
  Row<double> out;
  rule.advantage(parts.context, out);
  CHECK(difference(out, expected) < 1e-13);
  CHECK((out <= 0).all());
}

TEST_CASE("A maximum needs critics", "[maximum]") {
  STATIC_REQUIRE_FALSE(Maximum::needs_temperature);
  CHECK_NOTHROW(check_fields(Maximum{}));
  FiniteRuleFixture parts;
  using Rule = Maximum::State<FiniteRuleFixture::P, testing::EmptyCritics<double, ActionIndices>>;
  CHECK_THROWS_WITH(Rule({}, parts.policy, {}, FiniteRuleFixture::sizes, parts.generator),
                    Contains("critics.size must be at least 1") && Contains("but is 0"));
}

}  // namespace maximum_test
