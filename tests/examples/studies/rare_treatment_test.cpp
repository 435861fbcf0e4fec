/// \file
/// Tests the disease of the study rare_treatment, and the recommendations of learners that never saw the rare
/// treatment.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "catch.hpp"
#include "studies/rare_treatment/run.hpp"

namespace rare_treatment_test {

using namespace treatment;

namespace {

Matrix<double> always(Treatment treatment) {
  Matrix<double> policy = Matrix<double>::Zero(treatments, states);
  policy.row(treatment).setOnes();
  policy.col(severities) = Vector<double>::Unit(treatments, standard);
  return policy;
}

/// Returns the index of a learner in a Run.
std::size_t place(std::string_view learner) {
  const auto* const found = std::find(learners.begin(), learners.end(), learner);
  REQUIRE(found != learners.end());
  return static_cast<std::size_t>(found - learners.begin());
}

}  // namespace

TEST_CASE("The chance to recover by the standard treatment is that of a random walk with two ends") {
  // h(s) (0.35 + 0.25 + 0.02) = 0.35 h(s − 1) + 0.25 h(s + 1), h = 1 for the recovered and 0 beyond the worst.
  const Vector<double> h = evaluate_policy(disease(World::better), always(standard), 1).value;
  CHECK(h(severities) == 1);
  for (Index s = 0; s < severities; ++s) {
    const double better = s == 0 ? 1 : h(s - 1);
    const double worse = s + 1 == severities ? 0 : h(s + 1);
    CHECK(std::abs(0.62 * h(s) - 0.35 * better - 0.25 * worse) < 1e-12);
  }
}

TEST_CASE(
    "The aggressive treatment is worse in every severity of the one world, and better in the severe of the other") {
  const TabularMdp harmful = disease(World::harmful);
  const TabularMdp better = disease(World::better);
  CHECK(optimum(harmful, 1).policy == always(standard));
  const Matrix<double> best = optimum(better, 1).policy;
  for (Index s = 0; s < severities; ++s) CHECK(best(aggressive, s) == (s < severe ? 0 : 1));
  CHECK(policy_return(harmful, always(aggressive), 1) < policy_return(harmful, always(standard), 1));
}

TEST_CASE("A treatment never tried is recommended by DQN and SAC, by BRAC where little else helps, and by no other") {
  Options options;
  options.records = 200;
  Run run{.world = World::harmful, .chance = 0, .seed = 3};
  learn(options, run);
  for (const Index tried : run.tried) CHECK(tried == 0);
  const double cautious = policy_return(disease(World::harmful), always(standard), 1);
  for (const char* const eager : {"dqn", "sac"}) {
    CAPTURE(eager);
    CHECK(run.advice[place(eager)].recovered < cautious - 0.1);
    CHECK(run.advice[place(eager)].aggressive.back());
  }
  CHECK(run.advice[place("brac")].aggressive.back());
  CHECK_FALSE(run.advice[place("brac")].aggressive.front());
  for (const char* const name : {"bc", "bear", "awac", "cql", "iql"}) {
    CAPTURE(name);
    CHECK(run.advice[place(name)].recovered == cautious);
  }
}

TEST_CASE("What is tried often enough is found by every learner but the clone, where it matters most") {
  Options options;
  options.records = 4000;
  Run run{.world = World::better, .chance = 0.4, .seed = 3};
  learn(options, run);
  const double cautious = policy_return(disease(World::better), always(standard), 1);
  for (std::size_t l = 0; l < learners.size(); ++l) {
    CAPTURE(learners[l]);
    const bool clone = learners[l] == "bc";
    CHECK(run.advice[l].aggressive.back() == !clone);
    CHECK((clone ? run.advice[l].recovered == cautious : run.advice[l].recovered > cautious + 0.1));
  }
}

}  // namespace rare_treatment_test
