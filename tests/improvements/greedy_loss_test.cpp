#include "holdfast/improvements/greedy_loss.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "support/empty_critics.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

namespace greedy_loss_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// Returns Q of each online critic at the proposed actions, E×KB.
template <class Fixture, class ProposalType>
Matrix<double> values_at(const Fixture& parts, const ProposalType& proposal) {
  Matrix<double> q(Fixture::members, proposal.weights.size());
  for (Index i = 0; i < q.cols(); ++i)
    q.col(i) = parts.q(Net::online, parts.batch.observations.col(i / proposal.per_state), proposal.actions.col(i));
  return q;
}

// Returns the critic whose values these are, −1 if there is none.
Index follower(const Matrix<double>& q, const Row<double>& values) {
  for (Index i = 0; i < q.rows(); ++i)
    if (difference(values, Row<double>(q.row(i))) < 1e-14) return i;
  return -1;
}

}  // namespace

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

TEMPLATE_TEST_CASE("A critic that is drawn is each of them about equally often", "[greedy_loss]", RuleFixture,
                   FiniteRuleFixture) {
  TestType parts;
  const auto proposal = parts.draws(Side::current, 1);
  const Matrix<double> q = values_at(parts, proposal);
  GreedyLoss<typename TestType::P, typename TestType::C> greedy(parts.critics, GreedyCritic::random);
  typename decltype(greedy)::ProposalType adjoint;
  std::vector<int> counts(TestType::members);
  std::vector<int> pairs(TestType::members * TestType::members);  // of a draw and the next one
  constexpr int updates = 3000;
  Index before = 0;
  for (int i = 0; i < updates; ++i) {
    Generator same = parts.noise;
    const double loss = greedy(parts.context, proposal, adjoint);
    const Index drawn = follower(q, greedy.values());
    REQUIRE(drawn >= 0);
    REQUIRE(drawn == same.index(TestType::members));  // one number, and nothing else, is drawn
    REQUIRE(parts.noise.state() == same.state());
    REQUIRE(std::abs(loss + (proposal.weights * q.row(drawn).array()).sum() / 5) < 1e-14);
    ++counts[static_cast<std::size_t>(drawn)];
    ++pairs[static_cast<std::size_t>(TestType::members * before + drawn)];
    before = drawn;
  }
  // Each count is binomial and within five standard deviations: all twelve are for all but one in 140,000 seeds.
  const auto fits = [](int count, double share) {
    return std::abs(count - updates * share) < 5 * std::sqrt(updates * share * (1 - share));
  };
  for (const int count : counts) CHECK(fits(count, 1.0 / 3));
  for (const int count : pairs) CHECK(fits(count, 1.0 / 9));
}

TEST_CASE("The gradient is that of the critic that is followed", "[greedy_loss]") {
  std::vector<int> counts(RuleFixture::members);
  RuleFixture parts;
  auto proposal = parts.draws(Side::current, 3);
  const Matrix<double> q = values_at(parts, proposal);
  GreedyLoss<RuleFixture::P, RuleFixture::C> greedy(parts.critics, GreedyCritic::random);
  Proposal<double> adjoint;
  for (int i = 0; i < 12; ++i) {
    adjoint.weights.setOnes(proposal.weights.size());  // it is set, not added to
    greedy(parts.context, proposal, adjoint);
    const Index drawn = follower(q, greedy.values());
    REQUIRE(drawn >= 0);
    ++counts[static_cast<std::size_t>(drawn)];
    const Vector<double> numeric = numeric_gradient(proposal.actions, [&] {
      return -(proposal.weights * values_at(parts, proposal).row(drawn).array()).sum() / 5;
    });
    CHECK(numeric.norm() > 1e-2);
    CHECK(difference(adjoint.actions, numeric) < 1e-8);
    CHECK(difference(adjoint.weights, Row<double>(q.row(drawn).array() / -5)) < 1e-14);
  }
  for (const int count : counts) CHECK(count > 0);
}

TEMPLATE_TEST_CASE("The mean size is that of the followed values, or of the critic after the drawn one",
                   "[greedy_loss]", RuleFixture, FiniteRuleFixture) {
  for (const Index members : {3, 2, 1}) {
    CAPTURE(members);
    TestType parts;
    typename TestType::C critics({.size = members, .network = {.hidden = {6}}}, TestType::sizes, parts.generator);
    Context<typename TestType::P, typename TestType::C> context{parts.batch, parts.policy, critics, parts.noise, 0, 1};
    const auto proposal = parts.draws(Side::current, 3);
    typename TestType::C::Tape tape;
    const Matrix<double> q = critics.values(Net::online, parts.batch.observations, proposal.actions, tape);
    GreedyLoss<typename TestType::P, typename TestType::C> random(critics, GreedyCritic::random);
    typename decltype(random)::ProposalType adjoint;
    std::vector<int> counts(static_cast<std::size_t>(members));
    for (int i = 0; i < 12; ++i) {
      random(context, proposal, adjoint);
      const Index drawn = follower(q, random.values());
      REQUIRE(drawn >= 0);
      ++counts[static_cast<std::size_t>(drawn)];
      const Index other = drawn + 1 == members ? 0 : drawn + 1;
      CHECK(std::abs(random.mean_size() - q.row(other).cwiseAbs().mean()) < 1e-14);
    }
    for (const int count : counts) CHECK(count > 0);

    for (const GreedyCritic critic : {GreedyCritic::minimum, GreedyCritic::mean, GreedyCritic::first}) {
      GreedyLoss<typename TestType::P, typename TestType::C> greedy(critics, critic);
      greedy(context, proposal, adjoint);
      const Row<double> followed = critic == GreedyCritic::minimum ? Row<double>(q.colwise().minCoeff())
                                   : critic == GreedyCritic::mean  ? Row<double>(q.colwise().mean())
                                                                   : Row<double>(q.row(0));
      CHECK(difference(greedy.values(), followed) < 1e-14);
      CHECK(std::abs(greedy.mean_size() - followed.abs().mean()) < 1e-14);
    }
  }
}

TEST_CASE("A greedy loss needs critics", "[greedy_loss]") {
  using Loss = GreedyLoss<FiniteRuleFixture::P, testing::EmptyCritics<double, ActionIndices>>;
  CHECK_THROWS_WITH(Loss({}), Contains("critics.size must be at least 1") && Contains("but is 0"));
}

}  // namespace greedy_loss_test
