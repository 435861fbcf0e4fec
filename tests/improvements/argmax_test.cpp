#include "holdfast/improvements/argmax.hpp"

#include <concepts>

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "support/empty_critics.hpp"
#include "support/figures.hpp"
#include "values/rule_fixture.hpp"

namespace argmax_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

struct NoRule {};

}  // namespace

TEMPLATE_TEST_CASE("Neither no improvement nor an argmax moves the policy, or penalizes the value", "[argmax]",
                   NoImprovement, Argmax) {
  FiniteRuleFixture parts;
  auto state = parts.state(TestType{});
  NoRule rule;
  state.prepare(parts.context);
  Vector<double> gradient = Vector<double>::Ones(parts.policy.parameters().size());
  CHECK(state.improve(parts.context, rule, gradient) == 0);
  CHECK((gradient.array() == 1).all());
  Row<double> value = Row<double>::LinSpaced(5, 0, 1);
  state.penalize_value(parts.context, value);
  CHECK((value == Row<double>::LinSpaced(5, 0, 1)).all());
  CHECK(parts.noise.state() == Generator(2).state());
  int reported = 0;
  state.report([&](auto, double) { ++reported; });
  CHECK(reported == 0);
}

TEST_CASE("What acts is the action of the largest minimum of the online critics, whatever the policy", "[argmax]") {
  FiniteRuleFixture parts;
  const auto state = parts.state(Argmax{});
  const auto acting = state.acting(parts.policy, parts.critics);
  STATIC_REQUIRE(std::same_as<decltype(acting), const Greedy<FiniteRuleFixture::C>>);
  CHECK(acting.epsilon() == 0);
  ActionIndices expected(5);
  for (Index b = 0; b < 5; ++b) {
    double best = -1e300;
    for (Index action = 0; action < 4; ++action) {
      const ActionIndices one = ActionIndices::Constant(1, action);
      const double value = parts.q(Net::online, parts.batch.observations.col(b), one).minCoeff();
      if (value > best) expected(b) = action;
      best = std::max(best, value);
    }
  }
  // The policy is a copy: later changes of the critics do not affect it.
  for (Index i = 0; i < FiniteRuleFixture::members; ++i) parts.critics.member(Net::online, i).parameters().setZero();
  Greedy<FiniteRuleFixture::C>::Tape tape;
  ActionIndices actions;
  acting.mode(parts.batch.observations, tape, actions);
  CHECK(actions == expected);
  CHECK(actions.maxCoeff() > 0);
}

TEST_CASE("An argmax needs critics", "[argmax]") {
  FiniteRuleFixture parts;
  using State = Argmax::State<FiniteRuleFixture::P, testing::EmptyCritics<double, ActionIndices>>;
  CHECK_THROWS_WITH(State({}, parts.policy, {}, FiniteRuleFixture::sizes, parts.generator),
                    Contains("critics.size must be at least 1") && Contains("but is 0"));
}

}  // namespace argmax_test
