#include "holdfast/values/policy_value.hpp"

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/values/none.hpp"
#include "support/empty_critics.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

namespace policy_value_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

struct Parts : RuleFixture {
  // Returns V by its definition, sample by sample.
  [[nodiscard]] Row<double> value(Side side, Net net, Index samples, double alpha,
                                  BackupCritic critic = BackupCritic::minimum) const {
    const Proposal<double> proposal = draws(side, samples);
    Row<double> out = Row<double>::Zero(batch.size());
    for (Index i = 0; i < proposal.actions.cols(); ++i) {
      const Vector<double> all = q(net, context.observations(side).col(i / samples), proposal.actions.col(i));
      const double together = critic == BackupCritic::mean ? all.mean() : all.minCoeff();
      out(i / samples) += (together - alpha * proposal.log_probs(i)) / static_cast<double>(samples);
    }
    return out;
  }
};

/// Critics whose members cannot be asked alone.
struct WholeCritics {
  using Scalar = double;
  using Actions = ActionIndices;
  using Tape = FiniteRuleFixture::C::Tape;

  [[nodiscard]] Index size() const { return inner.size(); }
  const Matrix<double>& values(Net net, const Matrix<double>& observations, const Actions& actions, Tape& tape) const {
    return inner.values(net, observations, actions, tape);
  }

  FiniteRuleFixture::C inner;
};

}  // namespace

TEMPLATE_TEST_CASE("The value of a state is the policy's expectation of the least Q, and of the entropy where soft",
                   "[policy_value]", PolicyValue, SoftPolicyValue) {
  STATIC_REQUIRE(TestType::needs_temperature == std::is_same_v<TestType, SoftPolicyValue>);
  const double alpha = TestType::needs_temperature ? Parts::temperature : 0;
  for (const Index samples : {1, 3})
    for (const Side side : {Side::current, Side::next})
      for (const Net net : {Net::online, Net::target}) {
        Parts parts;
        auto rule = parts.state(TestType{.samples = samples});
        rule.prepare(parts.context);
        const Row<double> expected = parts.value(side, net, samples, alpha);
        Row<double> out;
        rule.values(parts.context, side, net, out);
        CHECK(difference(out, expected) < 1e-13);
      }
}

TEST_CASE("With a subset the backup takes the minimum of target critics drawn at random, each pair as often",
          "[policy_value]") {
  // Over finite actions nothing else is drawn, so that each backup is one of the three pairs'.
  FiniteRuleFixture parts;
  const auto value_of = [&](const std::vector<Index>& members) {
    const Matrix<double>& observations = parts.batch.next_observations;
    FiniteRuleFixture::P::Tape tape;
    Row<double> value = Row<double>::Zero(observations.cols());
    for (Index state = 0; state < observations.cols(); ++state)
      for (Index action = 0; action < 4; ++action) {
        const ActionIndices one = ActionIndices::Constant(1, action);
        const Vector<double> q = parts.q(Net::target, observations.col(state), one);
        value(state) += std::exp(parts.policy.log_prob(observations.col(state), one, tape)(0)) * q(members).minCoeff();
      }
    return value;
  };
  const std::vector<std::vector<Index>> pairs = {{0, 1}, {0, 2}, {1, 2}};
  std::vector<Row<double>> values;
  for (const auto& pair : pairs) values.push_back(value_of(pair));
  std::vector<int> counts(pairs.size());
  auto rule = parts.state(PolicyValue{.subset = 2});
  Row<double> out;
  constexpr int backups = 3000;
  for (int i = 0; i < backups; ++i) {
    rule.values(parts.context, Side::next, Net::target, out);
    for (std::size_t pair = 0; pair < pairs.size(); ++pair) counts[pair] += difference(out, values[pair]) < 1e-13;
  }
  // Each count is within four standard deviations of a third: false once in 5,000 seeds.
  int all = 0;
  for (const int count : counts) {
    CHECK(std::abs(count - backups / 3) < 4 * std::sqrt(backups * 2.0 / 9));
    all += count;
  }
  CHECK(all == backups);

  rule.values(parts.context, Side::next, Net::online, out);  // the advantage and measurements are by all critics
  Row<double> plain;
  parts.state(PolicyValue{}).values(parts.context, Side::next, Net::online, plain);
  CHECK((out == plain).all());
  CHECK_THROWS_WITH(parts.state(PolicyValue{.subset = 4}), Contains("value.subset must be at most critics.size"));
}

TEST_CASE("A subset of critics that cannot be asked alone is drawn in the same way", "[policy_value]") {
  FiniteRuleFixture parts;
  WholeCritics whole{parts.critics};
  Generator same = parts.noise;
  Context<FiniteRuleFixture::P, WholeCritics> context{parts.batch, parts.policy, whole, same, 0.7, 1};
  PolicyValue::State<FiniteRuleFixture::P, WholeCritics> rule({.subset = 2}, parts.policy, whole,
                                                              FiniteRuleFixture::sizes, parts.generator);
  auto expected_rule = parts.state(PolicyValue{.subset = 2});
  Row<double> out;
  Row<double> expected;
  for (int i = 0; i < 10; ++i) {
    rule.values(context, Side::next, Net::target, out);
    expected_rule.values(parts.context, Side::next, Net::target, expected);
    CHECK(difference(out, expected) < 1e-13);
  }
}

TEST_CASE("A subset of all critics gives the minimum of all", "[policy_value]") {
  Parts parts;
  const Row<double> expected = parts.value(Side::next, Net::target, 2, Parts::temperature);
  Row<double> out;
  parts.state(SoftPolicyValue{.samples = 2, .subset = 3}).values(parts.context, Side::next, Net::target, out);
  CHECK(difference(out, expected) < 1e-13);
}

TEMPLATE_TEST_CASE("Over finite actions the expectation is exact: the sum over all of them, and nothing is drawn",
                   "[policy_value]", PolicyValue, SoftPolicyValue) {
  for (const Index samples : {1, 7})
    for (const Side side : {Side::current, Side::next})
      for (const Net net : {Net::online, Net::target}) {
        FiniteRuleFixture parts;
        const double alpha = TestType::needs_temperature ? FiniteRuleFixture::temperature : 0;
        const Matrix<double>& observations = parts.context.observations(side);
        Row<double> expected = Row<double>::Zero(5);
        FiniteRuleFixture::P::Tape tape;
        for (Index state = 0; state < 5; ++state)
          for (Index action = 0; action < 4; ++action) {
            const ActionIndices one = ActionIndices::Constant(1, action);
            const double log_prob = parts.policy.log_prob(observations.col(state), one, tape)(0);
            const double least = parts.q(net, observations.col(state), one).minCoeff();
            expected(state) += std::exp(log_prob) * (least - alpha * log_prob);
          }
        const Generator::State before = parts.noise.state();
        auto rule = parts.state(TestType{.samples = samples});
        Row<double> out;
        rule.values(parts.context, side, net, out);
        CHECK(difference(out, expected) < 1e-13);
        CHECK(parts.noise.state() == before);
        if (side == Side::next || net == Net::target) continue;

        for (Index i = 0; i < 5; ++i)
          expected(i) =
              parts.q(net, parts.batch.observations.col(i), parts.batch.actions.col(i)).minCoeff() - expected(i);
        rule.advantage(parts.context, out);
        CHECK(difference(out, expected) < 1e-13);
      }
}

TEMPLATE_TEST_CASE("The advantage is the least Q of the batch's action above the value", "[policy_value]", PolicyValue,
                   SoftPolicyValue) {
  Parts parts;
  const double alpha = TestType::needs_temperature ? Parts::temperature : 0;
  auto rule = parts.state(TestType{.samples = 2});
  Row<double> expected = -parts.value(Side::current, Net::online, 2, alpha);
  for (Index i = 0; i < parts.batch.size(); ++i)
    expected(i) += parts.q(Net::online, parts.batch.observations.col(i), parts.batch.actions.col(i)).minCoeff();
  Row<double> out;
  rule.advantage(parts.context, out);
  CHECK(difference(out, expected) < 1e-13);
}

TEMPLATE_TEST_CASE("With the critics' mean, it takes the place of their minimum in values and advantage",
                   "[policy_value]", PolicyValue, SoftPolicyValue, MeanPolicyValue) {
  CHECK((TestType{}.critic == BackupCritic::mean) == std::is_same_v<TestType, MeanPolicyValue>);
  const double alpha = TestType::needs_temperature ? Parts::temperature : 0;
  Row<double> out;
  for (const Index samples : {1, 3})
    for (const Side side : {Side::current, Side::next})
      for (const Net net : {Net::online, Net::target}) {
        Parts parts;
        auto rule = parts.state(TestType{.samples = samples, .critic = BackupCritic::mean});
        const Row<double> expected = parts.value(side, net, samples, alpha, BackupCritic::mean);
        CHECK(difference(expected, parts.value(side, net, samples, alpha)) > 1e-3);
        rule.values(parts.context, side, net, out);
        CHECK(difference(out, expected) < 1e-13);
      }

  // All of the advantage is by the mean, also with a subset in the backup.
  for (const Index subset : {0, 2}) {
    Parts parts;
    auto rule = parts.state(TestType{.samples = 2, .subset = subset, .critic = BackupCritic::mean});
    Row<double> expected = -parts.value(Side::current, Net::online, 2, alpha, BackupCritic::mean);
    for (Index i = 0; i < parts.batch.size(); ++i)
      expected(i) += parts.q(Net::online, parts.batch.observations.col(i), parts.batch.actions.col(i)).mean();
    rule.advantage(parts.context, out);
    CHECK(difference(out, expected) < 1e-13);
  }
}

TEST_CASE("The mean over a subset is that of the critics that are drawn", "[policy_value]") {
  // Over finite actions nothing but the subset is drawn. V is linear in the critics' mean: that of a subset is the mean
  // of its critics' own values.
  for (const Index subset : {1, 2, 3}) {
    CAPTURE(subset);
    FiniteRuleFixture parts;
    auto rule = parts.state(MeanPolicyValue{.subset = subset});
    std::vector<Row<double>> own;
    for (Index i = 0; i < 3; ++i) {
      FiniteRuleFixture::C alone({parts.critics.member(Net::target, i)});
      Context<FiniteRuleFixture::P, FiniteRuleFixture::C> context{parts.batch, parts.policy, alone, parts.noise, 0, 1};
      parts.state(PolicyValue{}).values(context, Side::next, Net::target, own.emplace_back());
    }
    for (int i = 0; i < 20; ++i) {
      Generator same = parts.noise;
      std::vector<std::size_t> order{0, 1, 2};
      Row<double> expected = Row<double>::Zero(5);
      for (Index k = 0; k < subset; ++k) {
        const auto drawn = static_cast<std::size_t>(k + same.index(3 - k));
        std::swap(order[static_cast<std::size_t>(k)], order[drawn]);
        expected += own[order[static_cast<std::size_t>(k)]] / static_cast<double>(subset);
      }
      Row<double> out;
      rule.values(parts.context, Side::next, Net::target, out);
      CHECK(difference(out, expected) < 1e-13);
      CHECK(parts.noise.state() == same.state());
    }
    Row<double> all;
    Row<double> out;
    rule.values(parts.context, Side::next, Net::online, out);  // measurements are by all critics
    parts.state(MeanPolicyValue{}).values(parts.context, Side::next, Net::online, all);
    CHECK((out == all).all());
  }
}

TEST_CASE("A policy value needs a sample, and critics", "[policy_value]") {
  CHECK_THROWS_WITH(check_fields(PolicyValue{.samples = 0}), Contains("samples must be at least 1, but is 0"));
  CHECK_NOTHROW(check_fields(SoftPolicyValue{}));
  Parts parts;
  using Rule = PolicyValue::State<Parts::P, testing::EmptyCritics<double>>;
  CHECK_THROWS_WITH(Rule({}, parts.policy, {}, Parts::sizes, parts.generator),
                    Contains("critics.size must be at least 1") && Contains("but is 0"));
}

TEST_CASE("No value is zero", "[policy_value]") {
  Parts parts;
  auto rule = parts.state(NoValue{});
  Row<double> out;
  rule.values(parts.context, Side::next, Net::target, out);
  CHECK((out == Row<double>::Zero(5)).all());
}

}  // namespace policy_value_test
