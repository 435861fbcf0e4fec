#include "holdfast/values/supported_maximum.hpp"

#include "catch.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

struct Parts : RuleFixture {
  // λ min_i Q_i + (1 − λ) max_i Q_i of the values of the critics.
  static double mix(const Vector<double>& values, double weight) {
    return weight * values.minCoeff() + (1 - weight) * values.maxCoeff();
  }

  // V by its definition, draw by draw.
  [[nodiscard]] Row<double> value(Side side, Net net, const SupportedMaximum& config) const {
    const Candidates<double> set = draws(side, config.samples);
    Row<double> out(batch.size());
    for (Index state = 0; state < batch.size(); ++state) {
      Matrix<double> values(members, config.samples);
      for (Index k = 0; k < config.samples; ++k)
        values.col(k) = q(net, x.observations(side).col(state), set.actions.col(state * config.samples + k));
      double best = -1e300;
      for (Index k = 0; k < config.samples; ++k) best = std::max(best, mix(values.col(k), config.minimum_weight));
      out(state) = config.per_critic ? mix(values.rowwise().maxCoeff(), config.minimum_weight) : best;
    }
    return out;
  }
};

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
        rule.prepare(parts.x);
        rule.values(parts.x, side, net, out);
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
  Context<P, C> x{parts.batch, parts.policy, critics, parts.noise, 0, 1};
  for (const bool per_critic : {false, true}) {
    MaximumBackup::State<P, C> rule({.samples = 30, .per_critic = per_critic}, parts.policy, critics, Parts::sizes,
                                    parts.generator);
    Row<double> out;
    rule.values(x, Side::next, Net::target, out);
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
  rule.advantage(parts.x, out);
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
