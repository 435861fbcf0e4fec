#include "holdfast/values/supported_maximum.hpp"

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = TanhGaussian<double>;
using C = Ensemble<MlpQ<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};
constexpr Index members = 3;

struct Parts {
  Generator generator{1, Stream::initialisation};
  P policy{{.network = {.hidden = {5}}}, sizes, generator};
  C critics{{.size = members, .network = {.hidden = {6}}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, 5, generator);
  Generator noise{2};
  Context<P, C> x{batch, policy, critics, noise, 0, 1};

  Parts() {  // targets of their own
    for (Index i = 0; i < members; ++i) generator.fill_normal(critics.member(Net::target, i).parameters());
  }

  [[nodiscard]] double q(Net net, Index i, const Matrix<double>& observation, const Matrix<double>& action) const {
    MlpQ<double>::Tape tape;
    return critics.member(net, i).values(observation, action, tape)(0);
  }
  // λ min_i Q_i + (1 − λ) max_i Q_i of the values of the critics.
  static double mix(const Vector<double>& values, double weight) {
    return weight * values.minCoeff() + (1 - weight) * values.maxCoeff();
  }

  // V by its definition, draw by draw, with the draws that the rule is about to make.
  [[nodiscard]] Row<double> value(Side side, Net net, const SupportedMaximum& config) const {
    Generator same = noise;
    P::Tape tape;
    Candidates<double> set;
    policy.propose(x.observations(side), config.samples, same, tape, set);
    Row<double> out(batch.size());
    for (Index state = 0; state < batch.size(); ++state) {
      Matrix<double> values(members, config.samples);
      for (Index i = 0; i < members; ++i)
        for (Index k = 0; k < config.samples; ++k)
          values(i, k) = q(net, i, x.observations(side).col(state), set.actions.col(state * config.samples + k));
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
        SupportedMaximum::State<P, C> rule(config, parts.policy, parts.critics, sizes, parts.generator);
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
  Generator generator(3);
  C critics({.size = members, .network = {.hidden = {}}}, sizes, generator);
  for (Index i = 0; i < members; ++i) critics.member(Net::target, i).parameters().setZero();
  critics.member(Net::target, 0).parameters()(3) = 1;
  critics.member(Net::target, 1).parameters()(3) = -1;
  Context<P, C> x{parts.batch, parts.policy, critics, parts.noise, 0, 1};
  for (const bool per_critic : {false, true}) {
    MaximumBackup::State<P, C> rule({.samples = 30, .per_critic = per_critic}, parts.policy, critics, sizes, generator);
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
  SupportedMaximum::State<P, C> rule(config, parts.policy, parts.critics, sizes, parts.generator);
  Row<double> expected = -parts.value(Side::current, Net::online, config);
  for (Index i = 0; i < parts.batch.size(); ++i) {
    Vector<double> values(members);
    for (Index k = 0; k < members; ++k)
      values(k) = parts.q(Net::online, k, parts.batch.observations.col(i), parts.batch.actions.col(i));
    expected(i) += Parts::mix(values, 0.75);
  }
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
  CHECK_NOTHROW(SupportedMaximum{}.validate());
  CHECK_THROWS_WITH(SupportedMaximum{.samples = 0}.validate(), Contains("samples must be at least 1, but is 0"));
  CHECK_THROWS_WITH(SupportedMaximum{.minimum_weight = 1.5}.validate(),
                    Contains("minimum_weight must be in [0, 1], but is 1.5"));
  CHECK_THROWS_WITH(MaximumBackup{.minimum_weight = -0.5}.validate(), Contains("minimum_weight must be in [0, 1]"));
}
