#include "holdfast/improvements/cloning.hpp"

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "support/random_data.hpp"

namespace cloning_test {

using namespace holdfast;
using namespace holdfast::testing;

TEMPLATE_TEST_CASE("Cloning is the policy's own clone, with equal weights", "[cloning]", Gaussian<double>,
                   Deterministic<double>, MlpCategorical<double>) {
  using C = NoCritics<double, typename TestType::Actions>;
  constexpr Sizes sizes{.observation = 3, .action = 2};
  Generator generator(1);
  const TestType policy({.network = {.hidden = {4}}}, sizes, generator);
  const auto batch = random_batch<double, typename TestType::Actions>(sizes, 6, generator);
  C critics;
  Context<TestType, C> context{batch, policy, critics, generator, 0, 1};
  Cloning::State<TestType, C> cloning({}, policy, critics, sizes, generator);
  struct NoRule {
  } rule;
  typename TestType::Tape tape;
  Vector<double> gradient = Vector<double>::Ones(policy.parameters().size());
  Vector<double> expected = gradient;
  cloning.prepare(context);
  const double loss = cloning.improve(context, rule, gradient);
  CHECK(loss ==
        policy.cloning_loss(batch.observations, batch.actions, Row<double>::Ones(6), generator, tape, expected));
  CHECK(gradient == expected);
}

}  // namespace cloning_test
