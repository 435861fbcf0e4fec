#include "holdfast/policies/any_policy.hpp"

#include <utility>

#include "catch.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/random_data.hpp"

namespace any_policy_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

template <class Policy>
Policy drawn(std::uint64_t seed) {
  Generator generator(seed, Stream::initialization);
  return Policy({.network = {.hidden = {5}}}, sizes, generator);
}

template <class Policy>
Matrix<double> mode(const Policy& policy, const Matrix<double>& observations) {
  typename Policy::Tape tape;
  Matrix<double> out;
  policy.mode(observations, tape, out);
  return out;
}

const Matrix<double>& observations() {
  static const Matrix<double> some = [] {
    Generator generator(1);
    return normal_matrix(3, 4, generator);
  }();
  return some;
}

}  // namespace

TEMPLATE_TEST_CASE("Any policy acts as the one inside", "[any_policy]", TanhGaussian<double>, Gaussian<double>,
                   Deterministic<double>) {
  const auto policy = drawn<TestType>(2);
  const AnyPolicy<double> any(policy);
  CHECK(any.action_size() == 2);
  CHECK(mode(any, observations()) == mode(policy, observations()));
  Generator noise(3);
  Generator same(3);
  AnyPolicy<double>::Tape tape;
  typename TestType::Tape own_tape;
  Proposal<double> proposal;
  Proposal<double> expected;
  any.propose(observations(), 3, noise, tape, proposal);
  policy.propose(observations(), 3, same, own_tape, expected);
  CHECK(proposal.per_state == 3);
  CHECK(proposal.actions == expected.actions);
  CHECK((proposal.log_probs == expected.log_probs).all());
  CHECK((proposal.weights == expected.weights).all());
  CHECK(noise.state() == same.state());
  if constexpr (HasDensity<TestType>)
    CHECK((any.log_prob(observations(), proposal.actions.leftCols(4), tape) ==
           policy.log_prob(observations(), proposal.actions.leftCols(4), own_tape))
              .all());
  else
    CHECK_THROWS_WITH(any.log_prob(observations(), proposal.actions.leftCols(4), tape),
                      Contains("no density") && Contains("direct method"));
}

TEST_CASE("The policy inside is found by its type only", "[any_policy]") {
  const auto policy = drawn<Gaussian<double>>(2);
  const AnyPolicy<double> any(policy);
  REQUIRE(any.get<Gaussian<double>>() != nullptr);
  CHECK(any.get<Gaussian<double>>()->parameters() == policy.parameters());
  CHECK(any.get<TanhGaussian<double>>() == nullptr);
  CHECK(any.get<Deterministic<double>>() == nullptr);
}

TEST_CASE("A copy of any policy is a policy of its own", "[any_policy]") {
  AnyPolicy<double> first(drawn<TanhGaussian<double>>(2));
  const Matrix<double> of_first = mode(first, observations());
  const AnyPolicy<double> copy = first;
  CHECK(copy.get<TanhGaussian<double>>() != first.get<TanhGaussian<double>>());
  first = AnyPolicy<double>(drawn<Deterministic<double>>(3));  // of another type
  CHECK(mode(copy, observations()) == of_first);
  CHECK(mode(first, observations()) == mode(drawn<Deterministic<double>>(3), observations()));
  first = copy;
  CHECK(mode(first, observations()) == of_first);
  const AnyPolicy<double> moved = std::move(first);
  CHECK(mode(moved, observations()) == of_first);
}

TEST_CASE("Any policy is deployed as the one inside", "[any_policy]") {
  const auto policy = drawn<TanhGaussian<double>>(2);
  DeployedPolicy deployed(AnyPolicy<double>(policy), Normalization<double>::identity(3));
  Vector<double> action(2);
  deployed.act(Vector<double>(observations().col(0)), action);
  CHECK(action == mode(policy, observations()).col(0));
}

}  // namespace any_policy_test
