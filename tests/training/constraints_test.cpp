/// \file
/// Tests that a constraint that does not hold at the end of training is reported, and one that holds is not.
#include "holdfast/training/constraints.hpp"

#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/brac.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/training/any_learner.hpp"
#include "support/random_data.hpp"

namespace constraints_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

// A learner with one constraint.
struct Told {
  Constraint constraint;

  template <class Visitor>
  void constraints(Visitor&& visit) const {
    visit(constraint);
  }
};

// Returns the warnings after 100 steps with this constraint, with `before` until the last tenth and `value` after it.
std::vector<std::string> said(Constraint constraint, double before, double value) {
  ConstraintMonitor monitor;
  for (Index step = 0; step <= 100; ++step) {
    constraint.value = step < 90 ? before : value;
    monitor(TrainingStep{step, 100}, Told{constraint});
  }
  return monitor.violated();
}

// Returns the warnings after `steps` updates on random batches.
template <class Learner>
std::vector<std::string> violated(Learner learner, Index steps = 60) {
  ConstraintMonitor monitor;
  Generator generator(1);
  using Actions = decltype(typename Learner::BatchType{}.actions);
  for (Index step = 0; step <= steps; ++step) {
    if (step > 0) learner.update(random_batch<float, Actions>(sizes, 32, generator));
    monitor(TrainingStep{step, steps}, learner);
  }
  return monitor.violated();
}

template <class Learner>
typename Learner::Config narrow() {
  typename Learner::Config config;
  config.policy.network.hidden = {16};
  config.critics.network.hidden = {16};
  return config;
}

}  // namespace

TEST_CASE("The last tenth of the updates counts, and a tenth of the bound is no violation", "[constraints]") {
  const Constraint most{.quantity = "quantity", .field = "part.bound", .bound = 2, .multiplier = 3, .remedy = "pray"};
  CHECK(said(most, 100, 2.19).empty());
  CHECK(said(most, 100, -5).empty());
  const auto lines = said(most, 0, 2.25);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "over the last updates the quantity was 2.25 on average, above 2 (part.bound), with a multiplier of 3: pray");

  const Constraint least{.quantity = "quantity", .field = "part.bound", .bound = -3, .at_most = false};
  CHECK(said(least, -100, -3.2).empty());
  CHECK(said(least, -100, 5).empty());
  const auto below = said(least, 0, -3.5);
  REQUIRE(below.size() == 1);
  CHECK_THAT(below[0], Contains("-3.5 on average, below -3 "));

  const Constraint none{.bound = 0};
  CHECK(said(none, 1, 0.0009).empty());
  CHECK(said(none, 0, 0.0011).size() == 1);
}

TEST_CASE("A run that was ended early says nothing of its constraints", "[constraints]") {
  ConstraintMonitor monitor;
  const Told learner{{.value = 5, .bound = 1}};
  for (Index step = 0; step < 80; ++step) monitor(TrainingStep{step, 100}, learner);
  CHECK(monitor.violated().empty());
}

TEST_CASE("Every learned multiplier tells of its constraint, and a fixed one has none", "[constraints]") {
  auto bear = narrow<Bear<>>();
  bear.improvement.divergence.behavior.network.hidden = {16};
  bear.improvement.threshold = 10;
  CHECK(violated(Bear<>(bear, sizes, 1)).empty());
  bear.improvement.threshold = 0.01;
  const auto far = violated(Bear<>(bear, sizes, 1));
  REQUIRE(far.size() == 1);
  CHECK_THAT(far[0], Contains("the policy's divergence from the data was ") &&
                         Contains("above 0.01 (improvement.thr") && Contains("raise improvement.initial_multiplier"));
  bear.improvement.log_multiplier_max = 1;
  bear.improvement.initial_multiplier = 2.7;
  bear.improvement.multiplier_optimizer.learning_rate = 0.1;
  CHECK_THAT(violated(Bear<>(bear, sizes, 1)).at(0), Contains("raise improvement.threshold"));
  bear.improvement.learn_multiplier = false;
  CHECK(violated(Bear<>(bear, sizes, 1)).empty());

  auto finite = narrow<FiniteBear<>>();
  finite.improvement.threshold = 0.05;
  CHECK(violated(FiniteBear<>(finite, sizes, 1)).empty());  // of two actions, both taken
  finite.improvement.divergence.threshold = 0.6;
  CHECK_THAT(violated(FiniteBear<>(finite, sizes, 1)).at(0), Contains("divergence from the data"));

  auto sac = narrow<Sac<>>();
  CHECK(violated(Sac<>(sac, sizes, 1)).empty());
  sac.improvement.target_entropy = 2;  // more than the uniform policy has
  CHECK_THAT(violated(Sac<>(sac, sizes, 1)).at(0),
             Contains("the policy's entropy was ") && Contains("below 2 (improvement.target_entropy)"));
  sac.improvement.learn_temperature = false;
  CHECK(violated(Sac<>(sac, sizes, 1)).empty());

  auto cql = narrow<Cql<>>();
  CHECK(violated(Cql<>(cql, sizes, 1)).empty());
  cql.penalty.threshold = 100;
  CHECK(violated(Cql<>(cql, sizes, 1)).empty());
  cql.penalty.threshold = -100;
  CHECK_THAT(violated(Cql<>(cql, sizes, 1)).at(0), Contains("the conservative gap was ") && Contains("above -100"));
  cql.penalty.bounded_gap = BoundedGap::weighted;
  CHECK_THAT(violated(Cql<>(cql, sizes, 1)).at(0), Contains("the weighted conservative gap was "));
  cql.penalty.alpha = 0;  // there is no penalty to bound
  CHECK(violated(Cql<>(cql, sizes, 1)).empty());

  CHECK(violated(Brac<>(narrow<Brac<>>(), sizes, 1)).empty());
}

TEST_CASE("A monitor of constraints goes on from its saved state", "[constraints]") {
  const auto observe = [](ConstraintMonitor& monitor, Index from, Index to, Index steps) {
    Told learner{.constraint = {.quantity = "sum", .field = "a.bound", .bound = 1, .remedy = "raise it"}};
    for (Index step = from; step <= to; ++step) {
      learner.constraint.value = static_cast<double>(step);
      monitor(TrainingStep{step, steps}, learner);
    }
  };
  ConstraintMonitor whole;
  observe(whole, 0, 100, 100);
  REQUIRE(whole.violated().size() == 1);
  for (const Index stop : {0, 50, 89, 90, 95, 99}) {
    ConstraintMonitor first;
    observe(first, 0, stop, 100);
    ConstraintMonitor second;
    restore_state(second, save_state(first));
    CHECK(second.violated().empty());
    observe(second, stop + 1, 100, 100);
    CHECK(second.violated() == whole.violated());
  }
  observe(whole, 101, 200, 200);  // more steps: the average is over the last tenth of all
  ConstraintMonitor longer;
  observe(longer, 0, 200, 200);
  CHECK(whole.violated() == longer.violated());
  CHECK_THROWS_WITH(restore_state(whole, {state_entry("other", 1.0)}), Contains("expected \"first\", found none"));
}

TEST_CASE("Behind its name a learner tells of the same constraints", "[constraints]") {
  const auto config = narrow<Sac<>>();
  auto sac = config;
  sac.improvement.target_entropy = 2;
  CHECK(violated(AnyLearner<float>(Sac<>(sac, sizes, 1))) == violated(Sac<>(sac, sizes, 1)));
}

}  // namespace constraints_test
