#include "holdfast/divergences/behavior_clone.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/categorical.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace behavior_clone_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using C = NoCritics<double, ActionIndices>;

// Exposes the members of the base that a divergence uses.
template <class P>
struct Exposed : BehaviorClone<P, C> {
  using BehaviorClone<P, C>::BehaviorClone;
  using BehaviorClone<P, C>::log_probs;
};

constexpr Sizes sizes{.observation = 3, .action = 4};

struct Parts {
  using P = MlpCategorical<double>;
  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator};
  C critics;
  Batch<double, ActionIndices> batch = random_batch<double, ActionIndices>(sizes, 6, generator);
  Context<P, C> context{batch, policy, critics, generator, 0, 1};
  Exposed<P> clone{policy, {.learning_rate = 1e-2}};
};

}  // namespace

TEST_CASE("The behavior begins as a copy of the policy, and then goes its own way", "[behavior_clone]") {
  Parts parts;
  const Vector<double> before = parts.policy.parameters();
  parts.policy.parameters().setZero();
  CHECK(parts.clone.behavior().parameters() == before);
  CHECK(figure(parts.clone, "behavior_loss") == 0);
}

TEST_CASE("Each update is a step of Adam on the likelihood of the data's actions", "[behavior_clone]") {
  Parts parts;
  Parts::P same = parts.policy;
  Parts::P::Tape tape;
  const auto loss = [&] { return -same.log_prob(parts.batch.observations, parts.batch.actions, tape).mean(); };
  const double expected = loss();
  Vector<double> gradient = numeric_gradient(same.parameters(), loss);
  // Adam's first step is the learning rate against the sign of the gradient, if the gradient is not 0.
  const Vector<double> signs = (gradient.array().abs() > 1e-4).select(gradient.cwiseSign(), 0);
  CHECK(signs.cwiseAbs().sum() > 10);
  parts.clone.prepare(parts.context);
  CHECK(std::abs(figure(parts.clone, "behavior_loss") - expected) < 1e-14);
  CHECK(parts.clone.optimizer().steps() == 1);
  const Vector<double> moved = parts.clone.behavior().parameters() - same.parameters();
  for (Index i = 0; i < signs.size(); ++i)
    if (signs(i) != 0) CHECK(std::abs(moved(i) + 1e-2 * signs(i)) < 1e-5);
}

TEST_CASE("A table that clones ends at the frequencies of the data", "[behavior_clone]") {
  using P = TabularCategorical<double>;
  constexpr Sizes two{.observation = 2, .action = 3};
  Generator generator(2);
  const P policy({}, two, generator);
  C critics;
  Batch<double, ActionIndices> batch = random_batch<double, ActionIndices>(two, 9, generator);
  batch.observations = Matrix<double>{{1, 1, 1, 1, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 1, 1, 1, 1}};
  batch.actions = ActionIndices{{0, 2, 0, 1, 2, 2, 0, 1, 2}};
  Context<P, C> context{batch, policy, critics, generator, 0, 1};
  Exposed<P> clone(policy, gradient_descent(5));
  for (int i = 0; i < 300; ++i) clone.prepare(context);
  Proposal<double, ActionIndices> all;
  propose_every_action(3, 2, all);
  const Row<double> found = clone.log_probs(Matrix<double>::Identity(2, 2), all).exp();
  CHECK(difference(found, Row<double>{{1. / 2, 1. / 4, 1. / 4, 1. / 5, 1. / 5, 3. / 5}}) < 1e-13);
}

TEST_CASE("Data that is not finite stops the clone before it has learned from it", "[behavior_clone]") {
  Parts parts;
  parts.batch.observations(1, 2) = std::nan("");
  const Vector<double> before = parts.clone.behavior().parameters();
  CHECK_THROWS_WITH(parts.clone.prepare(parts.context),
                    Contains("update 1: the behavior model's loss is ") && Contains("nan"));
  CHECK(parts.clone.behavior().parameters() == before);
  CHECK(parts.clone.optimizer().steps() == 0);
}

}  // namespace behavior_clone_test
