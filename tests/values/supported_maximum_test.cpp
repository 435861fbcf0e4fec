#include "holdfast/values/supported_maximum.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

namespace supported_maximum_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

struct Parts : RuleFixture {
  // Returns λ min_i Q_i + (1 − λ) max_i Q_i of the values of the critics.
  static double mix(const Vector<double>& values, double weight) {
    return weight * values.minCoeff() + (1 - weight) * values.maxCoeff();
  }

  // Returns V by its definition, draw by draw.
  [[nodiscard]] Row<double> value(Side side, Net net, const SupportedMaximum& config) const {
    const Proposal<double> proposal = draws(side, config.samples);
    Row<double> out(batch.size());
    for (Index state = 0; state < batch.size(); ++state) {
      Matrix<double> values(members, config.samples);
      for (Index k = 0; k < config.samples; ++k)
        values.col(k) = q(net, context.observations(side).col(state), proposal.actions.col(state * config.samples + k));
      double best = -1e300;
      for (Index k = 0; k < config.samples; ++k) best = std::max(best, mix(values.col(k), config.minimum_weight));
      out(state) = config.per_critic ? mix(values.rowwise().maxCoeff(), config.minimum_weight) : best;
    }
    return out;
  }
};

// Returns Σ over all n-tuples of actions of their probability times `of` them: the expectation for independent
// draws.
template <class Of>
double enumerate(const Vector<double>& weights, Index draws, Of&& of) {
  std::vector<Index> tuple(static_cast<std::size_t>(draws), 0);
  double sum = 0;
  while (true) {
    double probability = 1;
    for (const Index k : tuple) probability *= weights(k);
    sum += probability * of(tuple);
    std::size_t place = 0;
    while (place < tuple.size() && ++tuple[place] == weights.size()) tuple[place++] = 0;
    if (place == tuple.size()) return sum;
  }
}

double best_of(const Vector<double>& values, const std::vector<Index>& tuple) {
  double best = -1e300;
  for (const Index k : tuple) best = std::max(best, values(k));
  return best;
}

}  // namespace

TEST_CASE("The value is the best of the policy's draws, of a mix of the least and the largest Q",
          "[supported_maximum]") {
  for (const SupportedMaximum& config :
       {SupportedMaximum{}, SupportedMaximum{.samples = 1}, SupportedMaximum{.samples = 4, .minimum_weight = 1},
        SupportedMaximum{.samples = 4, .minimum_weight = 0}, SupportedMaximum{.samples = 6, .per_critic = true},
        SupportedMaximum{.samples = 6, .minimum_weight = 1, .per_critic = true}})
    for (const Side side : {Side::current, Side::next})
      for (const Net net : {Net::online, Net::target}) {
        CAPTURE(config.samples, config.minimum_weight, config.per_critic);
        Parts parts;
        auto rule = parts.state(config);
        const Row<double> expected = parts.value(side, net, config);
        Row<double> out;
        rule.prepare(parts.context);
        rule.values(parts.context, side, net, out);
        CHECK(difference(out, expected) < 1e-13);
      }
}

TEST_CASE("Critics that disagree are each promised their best where the maximum comes first", "[supported_maximum]") {
  Parts parts;
  // Q₁ = a₁, Q₂ = −a₁, Q₃ = 0: their minimum is never positive, the minimum of their maxima is that of Q₃.
  using P = Parts::P;
  using C = Parts::C;
  C critics({.size = Parts::members, .network = {.hidden = {}}}, Parts::sizes, parts.generator);
  for (Index i = 0; i < Parts::members; ++i) critics.member(Net::target, i).parameters().setZero();
  critics.member(Net::target, 0).parameters()(3) = 1;
  critics.member(Net::target, 1).parameters()(3) = -1;
  Context<P, C> context{parts.batch, parts.policy, critics, parts.noise, 0, 1};
  for (const bool per_critic : {false, true}) {
    MaximumBackup::State<P, C> rule({.samples = 30, .per_critic = per_critic}, parts.policy, critics, Parts::sizes,
                                    parts.generator);
    Row<double> out;
    rule.values(context, Side::next, Net::target, out);
    if (per_critic)
      CHECK((out == 0).all());
    else
      CHECK((out < 0).all());
  }
}

TEST_CASE("The advantage is the mix of the batch's actions above the value", "[supported_maximum]") {
  Parts parts;
  const SupportedMaximum config{.samples = 3};
  auto rule = parts.state(config);
  Row<double> expected = -parts.value(Side::current, Net::online, config);
  for (Index i = 0; i < parts.batch.size(); ++i)
    expected(i) += Parts::mix(parts.q(Net::online, parts.batch.observations.col(i), parts.batch.actions.col(i)), 0.75);
  Row<double> out;
  rule.advantage(parts.context, out);
  CHECK(difference(out, expected) < 1e-13);
}

TEST_CASE("BEAR's maximum mixes, CQL's is all pessimism", "[supported_maximum]") {
  CHECK(SupportedMaximum{}.minimum_weight == 0.75);
  CHECK(SupportedMaximum{}.samples == 10);
  CHECK(MaximumBackup{}.minimum_weight == 1);
  CHECK_FALSE(MaximumBackup{}.per_critic);
}

TEST_CASE("A supported maximum refuses hyper-parameters out of range, by name", "[supported_maximum]") {
  CHECK_NOTHROW(check_fields(SupportedMaximum{}));
  CHECK_THROWS_WITH(check_fields(SupportedMaximum{.samples = 0}), Contains("samples must be at least 1, but is 0"));
  CHECK_THROWS_WITH(check_fields(SupportedMaximum{.minimum_weight = 1.5}),
                    Contains("minimum_weight must be in [0, 1], but is 1.5"));
  CHECK_THROWS_WITH(check_fields(MaximumBackup{.minimum_weight = -0.5}), Contains("minimum_weight must be in [0, 1]"));
}

TEST_CASE("The expected maximum of draws is that of all their tuples", "[supported_maximum]") {
  std::vector<Index> order;
  const Vector<double> weights = Eigen::Vector4d(0.1, 0.4, 0.3, 0.2);
  for (const Vector<double>& values :
       {Vector<double>(Eigen::Vector4d(2, -1, 0.5, 7)), Vector<double>(Eigen::Vector4d(1, 3, 3, -2)),  // ties
        Vector<double>(Eigen::Vector4d(-4, -4, -4, -4))})
    for (const Index draws : {1, 2, 3, 5}) {
      const double expected = enumerate(weights, draws, [&](const auto& tuple) { return best_of(values, tuple); });
      CHECK(std::abs(expected_maximum(values, weights, draws, order) - expected) < 1e-14);
      // Weights whose sum is not exactly one because of rounding.
      const Vector<double> rounded = weights * (1 + 1e-12);
      CHECK(std::abs(expected_maximum(values, rounded, draws, order) - expected) < 1e-11);
    }
}

TEST_CASE("One draw has the mean for its maximum, many have the largest value of any weight", "[supported_maximum]") {
  std::vector<Index> order;
  const Vector<double> values = Eigen::Vector4d(2, 9, 0.5, 7);
  const Vector<double> weights = Eigen::Vector4d(0.5, 0, 0.4999, 1e-4);
  CHECK(std::abs(expected_maximum(values, weights, 1, order) - values.dot(weights)) < 1e-14);
  CHECK(std::abs(expected_maximum(values, weights, 1000000, order) - 7) < 1e-12);
  CHECK(expected_maximum(values, Vector<double>(Eigen::Vector4d(0, 0, 1, 0)), 10, order) == 0.5);
  double last = -1e300;
  for (const Index draws : {1, 2, 10, 100, 1000, 10000, 100000}) {
    const double value = expected_maximum(values, weights, draws, order);
    CHECK(value > last);
    CHECK(value <= 7);
    last = value;
  }
}

TEST_CASE("Over finite actions the value is the expectation of the best of the draws, by enumeration",
          "[supported_maximum]") {
  for (const SupportedMaximum& config : {SupportedMaximum{.samples = 3}, SupportedMaximum{.samples = 1},
                                         SupportedMaximum{.samples = 3, .per_critic = true},
                                         SupportedMaximum{.samples = 2, .minimum_weight = 1, .per_critic = true},
                                         SupportedMaximum{.samples = 4, .minimum_weight = 0}})
    for (const Net net : {Net::online, Net::target}) {
      CAPTURE(config.samples, config.minimum_weight, config.per_critic);
      FiniteRuleFixture parts;
      const auto proposal = parts.draws(Side::next, config.samples);
      const Generator::State before = parts.noise.state();
      auto rule = parts.state(config);
      Row<double> out;
      rule.prepare(parts.context);
      rule.values(parts.context, Side::next, net, out);
      REQUIRE(out.size() == 5);
      CHECK(parts.noise.state() == before);
      for (Index state = 0; state < 5; ++state) {
        Matrix<double> q(FiniteRuleFixture::members, 4);
        Vector<double> mixed(4);
        for (Index action = 0; action < 4; ++action) {
          q.col(action) = parts.q(net, parts.batch.next_observations.col(state), ActionIndices::Constant(1, action));
          mixed(action) = Parts::mix(q.col(action), config.minimum_weight);
        }
        const Vector<double> weights = proposal.weights.segment(4 * state, 4).matrix().transpose();
        Vector<double> best(FiniteRuleFixture::members);
        for (Index i = 0; i < best.size(); ++i)
          best(i) = enumerate(weights, config.samples,
                              [&](const auto& tuple) { return best_of(q.row(i).transpose(), tuple); });
        const double expected = config.per_critic ? Parts::mix(best, config.minimum_weight)
                                                  : enumerate(weights, config.samples,
                                                              [&](const auto& tuple) { return best_of(mixed, tuple); });
        CHECK(std::abs(out(state) - expected) < 1e-13);
      }
    }
}

TEST_CASE("Values that are not finite have no finite maximum", "[supported_maximum]") {
  std::vector<Index> order;
  Generator generator(5);
  Vector<double> values = normal_matrix(100, 1, generator);
  for (Index i = 0; i < 100; i += 3) values(i) = std::nan("");
  CHECK(std::isnan(expected_maximum(values, Vector<double>(Vector<double>::Constant(100, 0.01)), 10, order)));
}

}  // namespace supported_maximum_test
