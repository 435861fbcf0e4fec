#include "holdfast/values/target_draws_value.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/improvements/cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "support/empty_critics.hpp"
#include "support/finite_difference.hpp"
#include "values/rule_fixture.hpp"

namespace target_draws_value_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Lines = std::vector<std::string>;

template <class Policy>
struct Parts : BasicRuleFixture<Policy, MlpQ<double>> {
  using Base = BasicRuleFixture<Policy, MlpQ<double>>;
  using P = Policy;
  using typename Base::C;
  using State = TargetDrawsValue::State<P, C>;

  // Returns a state whose target policy differs from the policy.
  [[nodiscard]] State state_of(const TargetDrawsValue& rule) {
    State made = this->state(rule);
    made.target_policy().parameters() *= 0.3;
    return made;
  }

  // Returns V of draws of `from` by its definition, draw by draw.
  [[nodiscard]] Row<double> value(const P& from, Side side, Net net, Index samples, bool maximum) const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Generator same = this->noise;
    typename P::Tape tape;
    Proposal<double> draws;
    const Matrix<double>& observations = this->context.observations(side);
    from.propose(observations, samples, same, tape, draws);
    Row<double> out(observations.cols());
    for (Index state = 0; state < out.size(); ++state) {
      double mean = 0;
      Vector<double> largest = Vector<double>::Constant(Base::members, -infinity);
      for (Index k = 0; k < samples; ++k) {
        const Vector<double> q = this->q(net, observations.col(state), draws.actions.col(state * samples + k));
        mean += q.minCoeff() / static_cast<double>(samples);
        largest = largest.cwiseMax(q);
      }
      out(state) = maximum ? largest.minCoeff() : mean;
    }
    return out;
  }
};

// A small diffusion policy, made as the other policies of the fixture are.
struct SmallDiffusion : Diffusion<Mlp<double>> {
  struct NetworkConfig {
    MlpConfig network;
  };
  static Config small(const NetworkConfig& given) {
    Config config;
    config.network = given.network;
    config.time = {.encoding = TimeEncoding::sinusoidal, .size = 4, .layers = {}};
    return config;
  }
  SmallDiffusion(const NetworkConfig& config, Sizes sizes, Generator& generator)
      : Diffusion<Mlp<double>>(small(config), sizes, generator) {}
};

using Squashed = Parts<TanhGaussian<double>>;
using Denoised = Parts<SmallDiffusion>;
using Learner = ActorCritic<TanhGaussian<double>, Ensemble<MlpQ<double>>, TargetDrawsValue, NoPenalty, Cloning>;

}  // namespace

TEMPLATE_TEST_CASE("The value of a state is the least target Q of the target policy's draws, their mean or their most",
                   "[target_draws_value]", Squashed, Denoised) {
  STATIC_REQUIRE_FALSE(TargetDrawsValue::needs_temperature);
  for (const Index samples : {1, 4})
    for (const bool maximum : {false, true})
      for (const Side side : {Side::current, Side::next}) {
        CAPTURE(samples, maximum, static_cast<int>(side));
        TestType parts;
        auto rule = parts.state_of({.samples = samples, .maximum = maximum});
        rule.prepare(parts.context);
        const Row<double> expected = parts.value(rule.target_policy(), side, Net::target, samples, maximum);
        CHECK(difference(expected, parts.value(parts.policy, side, Net::target, samples, maximum)) > 1e-3);
        Generator same = parts.noise;
        typename TestType::P::Tape tape;
        Proposal<double> draws;
        rule.target_policy().propose(parts.context.observations(side), samples, same, tape, draws);
        Row<double> out;
        rule.values(parts.context, side, Net::target, out);
        CHECK(difference(out, expected) < 1e-13);
        CHECK(parts.noise.state() == same.state());  // nothing but the draws

        const Row<double> online = parts.value(parts.policy, side, Net::online, samples, maximum);
        rule.values(parts.context, side, Net::online, out);
        CHECK(difference(out, online) < 1e-13);
      }
}

TEST_CASE("With the maximum each critic takes its own largest, and with one draw it has no effect",
          "[target_draws_value]") {
  Squashed parts;
  // Critics that disagree about which draw is best: the second is less the first one.
  const auto target = [&](Index i) -> Vector<double>& { return parts.critics.member(Net::target, i).parameters(); };
  target(1) = target(2) = target(0);
  target(1).tail(7) *= -1;  // the output layer
  auto rule = parts.state_of({.samples = 6, .maximum = true});
  Generator same = parts.noise;
  TanhGaussian<double>::Tape tape;
  Proposal<double> draws;
  rule.target_policy().propose(parts.batch.next_observations, 6, same, tape, draws);
  Row<double> of_least = Row<double>::Constant(5, -1e300);  // the largest minimum is another number, never more
  for (Index i = 0; i < 30; ++i)
    of_least(i / 6) =
        std::max(of_least(i / 6),
                 parts.q(Net::target, parts.batch.next_observations.col(i / 6), draws.actions.col(i)).minCoeff());
  Row<double> out;
  rule.values(parts.context, Side::next, Net::target, out);
  CHECK((out >= of_least - 1e-14).all());
  CHECK((out > of_least + 1e-3).any());

  Squashed left;
  Squashed right;
  Row<double> other;
  left.state_of({.maximum = true}).values(left.context, Side::next, Net::target, out);
  right.state_of({.maximum = false}).values(right.context, Side::next, Net::target, other);
  CHECK((out == other).all());
}

TEMPLATE_TEST_CASE("The advantage is by the online critics, over draws of the learner's own policy",
                   "[target_draws_value]", Squashed, Denoised) {
  for (const bool maximum : {false, true}) {
    TestType parts;
    auto rule = parts.state_of({.samples = 3, .maximum = maximum});
    Row<double> expected = -parts.value(parts.policy, Side::current, Net::online, 3, maximum);
    for (Index i = 0; i < expected.size(); ++i)
      expected(i) += parts.q(Net::online, parts.batch.observations.col(i), parts.batch.actions.col(i)).minCoeff();
    Row<double> out;
    rule.advantage(parts.context, out);
    CHECK(difference(out, expected) < 1e-13);
  }
}

TEST_CASE("The target policy moves at the multiples of its period from its first update on, by the target rate",
          "[target_draws_value]") {
  const auto moves = [](Index every, Index from) {
    Squashed parts;
    auto rule = parts.state(TargetDrawsValue{.policy_every = every, .policy_from = from});
    CHECK(rule.target_policy().parameters() == parts.policy.parameters());  // it begins as the policy
    std::vector<std::uint64_t> found;
    for (std::uint64_t step = 1; step <= 20; ++step) {
      parts.generator.fill_normal(parts.policy.parameters());
      const Vector<double> policy = parts.policy.parameters();
      const Vector<double> before = rule.target_policy().parameters();
      parts.context.step = step;
      const double rate = step % 2 == 0 ? 0.25 : 0.6;
      rule.track(parts.context, rate);
      CHECK(parts.policy.parameters() == policy);
      if (rule.target_policy().parameters() == before) continue;
      const Vector<double> expected = (1 - rate) * before + rate * policy;
      CHECK(difference(rule.target_policy().parameters(), expected) < 1e-14);
      found.push_back(step);
    }
    return found;
  };
  using Steps = std::vector<std::uint64_t>;
  CHECK(moves(3, 7) == Steps{9, 12, 15, 18});
  CHECK(moves(3, 9) == Steps{9, 12, 15, 18});
  CHECK(moves(3, 10) == Steps{12, 15, 18});
  CHECK(moves(5, 0) == Steps{5, 10, 15, 20});
  CHECK(moves(1, 18) == Steps{18, 19, 20});
  CHECK(moves(5, 21).empty());
  CHECK(moves(21, 0).empty());
}

TEST_CASE("A learner's target policy follows at its turns by the target rate", "[target_draws_value]") {
  Learner learner({.target_rate = 0.2,
                   .policy = {.network = {.hidden = {4}}},
                   .critics = {.network = {.hidden = {4}}},
                   .value = {.policy_every = 2, .policy_from = 4}},
                  {.observation = 3, .action = 2}, 1);
  Vector<double> expected = learner.policy().parameters();
  Generator generator(2);
  for (int step = 1; step <= 8; ++step) {
    learner.update(random_batch({.observation = 3, .action = 2}, 8, generator));
    if (step >= 4 && step % 2 == 0) expected = 0.8 * expected + 0.2 * learner.policy().parameters();
    CHECK(difference(learner.value().target_policy().parameters(), expected) < 1e-14);
  }
}

TEST_CASE("The target policy is saved and restored", "[target_draws_value]") {
  Squashed parts;
  auto rule = parts.state_of({.policy_from = 0});
  const SavedState saved = save_state(rule);
  REQUIRE(saved.size() == 1);
  CHECK(saved.front().path == "target_policy.parameters");
  auto other = parts.state(TargetDrawsValue{.policy_from = 0});
  CHECK(save_state(other) != saved);
  restore_state(other, saved);
  CHECK(other.target_policy().parameters() == rule.target_policy().parameters());
  CHECK(save_state(other) == saved);
}

TEST_CASE("A maximum of one draw and a target policy that never moves are warned of", "[target_draws_value]") {
  const auto warnings = [](const TargetDrawsValue& value, Index updates) {
    Learner::Config config;
    config.value = value;
    return config.warnings(updates);
  };
  CHECK(warnings({}, 0) == Lines{});
  CHECK(warnings({}, 1000) == Lines{});
  CHECK(warnings({}, 999) ==
        Lines{"value.policy_from = 1000 is more than the 999 updates: the target policy never moves"});
  CHECK(warnings({.policy_from = 100'000}, 0) == Lines{});
  CHECK(warnings({.maximum = true}, 1000) == Lines{"value.maximum = true has no effect: there is one draw"});
  CHECK(warnings({.samples = 2, .maximum = true}, 1000) == Lines{});
}

TEST_CASE("A value of target draws refuses what is out of range, and a lack of critics", "[target_draws_value]") {
  CHECK_NOTHROW(check_fields(TargetDrawsValue{}));
  CHECK_NOTHROW(check_fields(TargetDrawsValue{.policy_every = 1, .policy_from = 0}));
  CHECK_THROWS_WITH(check_fields(TargetDrawsValue{.samples = 0}), Contains("samples must be at least 1, but is 0"));
  CHECK_THROWS_WITH(check_fields(TargetDrawsValue{.policy_every = 0}), Contains("policy_every must be at least 1"));
  CHECK_THROWS_WITH(check_fields(TargetDrawsValue{.policy_from = -1}), Contains("policy_from must be at least 0"));
  Squashed parts;
  using State = TargetDrawsValue::State<Squashed::P, testing::EmptyCritics<double>>;
  CHECK_THROWS_WITH(State({}, parts.policy, {}, Squashed::sizes, parts.generator),
                    Contains("critics.size must be at least 1"));
}

}  // namespace target_draws_value_test
