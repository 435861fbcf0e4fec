#include "holdfast/policies/uniform.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/concepts.hpp"

namespace uniform_test {

using namespace holdfast;

static_assert(IsPolicy<Uniform<float>> && IsPolicy<Uniform<double>>);
static_assert(!requirements::scores_proposals<Uniform<double>>);

namespace {

const Uniform<double> policy(Sizes{.observation = 2, .action = 5});
const Matrix<double> observations = Matrix<double>::Ones(2, 3);

}  // namespace

TEST_CASE("A uniform policy proposes every action alike, and draws nothing", "[uniform]") {
  CHECK(policy.action_size() == 5);
  Generator generator(1);
  Uniform<double>::Tape tape;
  Proposal<double, ActionIndices> proposal;
  for (const Index asked : {1, 7}) {
    policy.propose(observations, asked, generator, tape, proposal);
    CHECK(proposal.per_state == 5);
    REQUIRE(proposal.states() == 3);
    for (Index i = 0; i < 15; ++i) CHECK(proposal.actions(i) == i % 5);
    CHECK((proposal.weights == 0.2).all());
    CHECK((proposal.log_probs == -std::log(5.0)).all());
  }
  CHECK(generator.state() == Generator(1).state());
}

TEST_CASE("A uniform policy has nothing to learn", "[uniform]") {
  Uniform<double> own = policy;
  CHECK(own.parameters().size() == 0);
  CHECK(policy.parameters().size() == 0);
  Uniform<double>::Tape tape;
  Vector<double> gradient(0);
  Generator generator(1);
  const double loss =
      policy.cloning_loss(observations, ActionIndices{{0, 4, 2}}, Row<double>{{1, 2, 6}}, generator, tape, gradient);
  CHECK(std::abs(loss - 3 * std::log(5)) < 1e-15);
  policy.backward(observations, tape, {}, {}, gradient);
  CHECK(gradient.size() == 0);
}

TEST_CASE("The mode of a uniform policy is the first of equals", "[uniform]") {
  Uniform<double>::Tape tape;
  ActionIndices actions{{7, 7}};
  policy.mode(observations, tape, actions);
  CHECK(actions == ActionIndices{{0, 0, 0}});
}

TEST_CASE("A uniform policy needs an action", "[uniform]") {
  Generator generator(1);
  CHECK_THROWS_WITH(Uniform<double>(Sizes{.observation = 2, .action = 0}),
                    Contains("sizes.action must be positive, but is 0"));
  CHECK_THROWS_AS(Uniform<double>({}, {.observation = 2, .action = -1}, generator), ConfigError);
}

}  // namespace uniform_test
