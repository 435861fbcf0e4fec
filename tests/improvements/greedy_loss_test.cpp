#include "holdfast/improvements/greedy_loss.hpp"

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "support/empty_critics.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

namespace greedy_loss_test {

using namespace holdfast;
using namespace holdfast::testing;

TEMPLATE_TEST_CASE("The greedy loss is less the policy's expectation of the least online Q, and linear in its weights",
                   "[greedy_loss]", RuleFixture, FiniteRuleFixture) {
  TestType parts;
  auto proposal = parts.draws(Side::current, 3);
  double expected = 0;
  Row<double> slope(proposal.weights.size());
  for (Index i = 0; i < slope.size(); ++i) {
    const Matrix<double> observation = parts.batch.observations.col(i / proposal.per_state);
    slope(i) = -parts.q(Net::online, observation, proposal.actions.col(i)).minCoeff() / 5;
    expected += proposal.weights(i) * slope(i);
  }
  GreedyLoss<typename TestType::P, typename TestType::C> greedy(parts.critics);
  typename decltype(greedy)::ProposalType adjoint;
  adjoint.weights.setOnes(slope.size());  // it is set, not added to
  CHECK(std::abs(greedy(parts.context, proposal, adjoint) - expected) < 1e-14);
  CHECK(difference(adjoint.weights, slope) < 1e-14);
}

TEST_CASE("The greedy loss has the gradient of its actions where there is one, and none of finite ones",
          "[greedy_loss]") {
  RuleFixture parts;
  auto proposal = parts.draws(Side::current, 3);
  GreedyLoss<RuleFixture::P, RuleFixture::C> greedy(parts.critics);
  Proposal<double> adjoint;
  Proposal<double> unused;
  greedy(parts.context, proposal, adjoint);
  const Vector<double> numeric =
      numeric_gradient(proposal.actions, [&] { return greedy(parts.context, proposal, unused); });
  CHECK(adjoint.actions.norm() > 1e-2);
  CHECK(difference(adjoint.actions, numeric) < 1e-8);

  FiniteRuleFixture finite;
  GreedyLoss<FiniteRuleFixture::P, FiniteRuleFixture::C> exact(finite.critics);
  Proposal<double, ActionIndices> none;
  exact(finite.context, finite.draws(Side::current, 1), none);
  CHECK(none.actions.size() == 0);
}

TEST_CASE("A greedy loss needs critics", "[greedy_loss]") {
  using Loss = GreedyLoss<FiniteRuleFixture::P, testing::EmptyCritics<double, ActionIndices>>;
  CHECK_THROWS_WITH(Loss({}), Contains("critics.size must be at least 1") && Contains("but is 0"));
}

}  // namespace greedy_loss_test
