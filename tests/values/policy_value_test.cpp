#include "holdfast/values/policy_value.hpp"

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/values/none.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = TanhGaussian<double>;
using C = Ensemble<MlpQ<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};
constexpr double temperature = 0.7;

struct Parts {
  Generator generator{1, Stream::initialisation};
  P policy{{.network = {.hidden = {5}}}, sizes, generator};
  C critics{{.size = 3, .network = {.hidden = {6}}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, 4, generator);
  Generator noise{2};
  Context<P, C> x{batch, policy, critics, noise, temperature, 1};

  Parts() {  // targets of their own
    for (Index i = 0; i < 3; ++i) generator.fill_normal(critics.member(Net::target, i).parameters());
  }

  [[nodiscard]] double least(Net net, const Matrix<double>& observation, const Matrix<double>& action) const {
    double smallest = 1e300;
    MlpQ<double>::Tape tape;
    for (Index i = 0; i < 3; ++i)
      smallest = std::min(smallest, critics.member(net, i).values(observation, action, tape)(0));
    return smallest;
  }

  // V by its definition, sample by sample, with the draws that the rule is about to make.
  [[nodiscard]] Row<double> value(Side side, Net net, Index samples, double alpha) const {
    Generator same = noise;
    P::Tape tape;
    Candidates<double> set;
    policy.propose(x.observations(side), samples, same, tape, set);
    Row<double> out = Row<double>::Zero(batch.size());
    for (Index i = 0; i < set.actions.cols(); ++i)
      out(i / samples) +=
          (least(net, x.observations(side).col(i / samples), set.actions.col(i)) - alpha * set.log_probs(i)) /
          static_cast<double>(samples);
    return out;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("The value of a state is the policy's expectation of the least Q, and of the entropy where soft",
                   "[policy_value]", PolicyValue, SoftPolicyValue) {
  STATIC_REQUIRE(TestType::needs_temperature == std::is_same_v<TestType, SoftPolicyValue>);
  const double alpha = TestType::needs_temperature ? temperature : 0;
  for (const Index samples : {1, 3})
    for (const Side side : {Side::current, Side::next})
      for (const Net net : {Net::online, Net::target}) {
        Parts parts;
        typename TestType::template State<P, C> rule({.samples = samples}, parts.policy, parts.critics, sizes,
                                                     parts.generator);
        rule.prepare(parts.x);
        const Row<double> expected = parts.value(side, net, samples, alpha);
        Row<double> out;
        rule.values(parts.x, side, net, out);
        CHECK(difference(out, expected) < 1e-13);
      }
}

TEMPLATE_TEST_CASE("The advantage is the least Q of the batch's action above the value", "[policy_value]", PolicyValue,
                   SoftPolicyValue) {
  Parts parts;
  const double alpha = TestType::needs_temperature ? temperature : 0;
  typename TestType::template State<P, C> rule({.samples = 2}, parts.policy, parts.critics, sizes, parts.generator);
  Row<double> expected = -parts.value(Side::current, Net::online, 2, alpha);
  for (Index i = 0; i < parts.batch.size(); ++i)
    expected(i) += parts.least(Net::online, parts.batch.observations.col(i), parts.batch.actions.col(i));
  Row<double> out;
  rule.advantage(parts.x, out);
  CHECK(difference(out, expected) < 1e-13);
}

TEST_CASE("A policy value needs a sample", "[policy_value]") {
  CHECK_THROWS_WITH(PolicyValue{.samples = 0}.validate(), Contains("samples must be at least 1, but is 0"));
  CHECK_NOTHROW(SoftPolicyValue{}.validate());
}

TEST_CASE("No value is zero", "[policy_value]") {
  Parts parts;
  NoValue::State<P, C> rule({}, parts.policy, parts.critics, sizes, parts.generator);
  Row<double> out;
  rule.values(parts.x, Side::next, Net::target, out);
  CHECK((out == Row<double>::Zero(4)).all());
  out.setOnes();
  rule.advantage(parts.x, out);
  CHECK((out == Row<double>::Zero(4)).all());
}
