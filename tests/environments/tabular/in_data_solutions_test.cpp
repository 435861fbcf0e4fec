#include "holdfast/environments/tabular/in_data_solutions.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/environments/tabular/exact_batch.hpp"
#include "holdfast/environments/tabular/random_mdp.hpp"

namespace in_data_solutions_test {

using namespace holdfast;

namespace {

constexpr double discount = 0.9;

/// A random process and a behavior policy that leaves out an action in every other state.
struct World {
  explicit World(std::uint64_t seed) {
    Generator generator(seed);
    mdp = random_mdp({.states = 6, .actions = 4, .branching = 2, .resolution = 4, .rewards = RewardLaw::uniform},
                     generator);
    behavior.resize(4, 6);
    for (Index s = 0; s < 6; ++s)
      for (Index a = 0; a < 4; ++a) behavior(a, s) = a == 2 && s % 2 == 0 ? 0 : generator.uniform(0.05, 1);
    for (Index s = 0; s < 6; ++s) behavior.col(s) /= behavior.col(s).sum();
  }

  [[nodiscard]] TabularMdp in_data() const {
    TabularMdp only = mdp;
    only.available = behavior.array() > 0;
    return only;
  }

  TabularMdp mdp;
  Matrix<double> behavior;
};

/// Returns r + discount · P V of an action.
double target(const World& world, const Vector<double>& value, Index s, Index a) {
  return world.mdp.rewards(a, s) + discount * value.dot(world.mdp.transitions.col(world.mdp.column(s, a)));
}

}  // namespace

TEST_CASE("The expectile of two values is where their weighted distances are equal") {
  const Vector<double> q{{1.0, 5.0, 100.0}};
  const Vector<double> chances{{0.5, 0.5, 0.0}};
  CHECK(detail::expectile_of(q, chances, 0.5) == Approx(3));
  CHECK(detail::expectile_of(q, chances, 0.75) == Approx(4));
  CHECK(detail::expectile_of(q, chances, 0.25) == Approx(2));
}

TEST_CASE("Expectile values are stationary, and move from the behavior's own to the best within the data") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const World world(seed);
    double last = -std::numeric_limits<double>::infinity();
    for (const double expectile : {0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
      CAPTURE(seed, expectile);
      const InDataSolution found = expectile_solution(world.mdp, world.behavior, discount, expectile);
      for (Index s = 0; s < 6; ++s) {
        double slope = 0;
        for (Index a = 0; a < 4; ++a) {
          if (world.behavior(a, s) == 0) {
            CHECK(found.q(a, s) == -std::numeric_limits<double>::infinity());
            continue;
          }
          CHECK(found.q(a, s) == Approx(target(world, found.value, s, a)).epsilon(1e-11));
          const double u = found.q(a, s) - found.value(s);
          slope += world.behavior(a, s) * (u < 0 ? 1 - expectile : expectile) * u;
        }
        CHECK(std::abs(slope) < 1e-11);
      }
      CHECK(found.value.sum() > last);
      last = found.value.sum();
    }
    const Vector<double> own = evaluate_policy(world.mdp, world.behavior, discount).value;
    CHECK((expectile_solution(world.mdp, world.behavior, discount, 0.5).value - own).cwiseAbs().maxCoeff() < 1e-11);
    const Vector<double> best = optimum(world.in_data(), discount).value;
    CHECK((expectile_solution(world.mdp, world.behavior, discount, 1 - 1e-9).value - best).cwiseAbs().maxCoeff() <
          1e-6);
  }
}

TEST_CASE("Conservative values are stationary, and without a penalty the best within the data") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const World world(seed);
    for (const double alpha : {0.01, 1.0, 30.0}) {
      CAPTURE(seed, alpha);
      const InDataSolution found = conservative_solution(world.mdp, world.behavior, discount, alpha);
      for (Index s = 0; s < 6; ++s) {
        CHECK(found.value(s) == found.q.col(s).maxCoeff());
        const double sum = (found.q.col(s).array() - found.value(s)).exp().sum();
        for (Index a = 0; a < 4; ++a) {
          const double chance = world.behavior(a, s);
          if (chance == 0) {
            CHECK(found.q(a, s) == -std::numeric_limits<double>::infinity());
            continue;
          }
          const double softmax = std::exp(found.q(a, s) - found.value(s)) / sum;
          const double error = found.q(a, s) - target(world, found.value, s, a);
          CHECK(std::abs(2 * chance * error + alpha * (softmax - chance)) < 1e-9 * (1 + alpha));
        }
      }
    }
    const Vector<double> best = optimum(world.in_data(), discount).value;
    CHECK((conservative_solution(world.mdp, world.behavior, discount, 0).value - best).cwiseAbs().maxCoeff() < 1e-11);
  }
}

TEST_CASE("Solutions within the data refuse what has none") {
  const World world(1);
  CHECK_THROWS_WITH(expectile_solution(world.mdp, world.behavior, discount, 1), Contains("expectile"));
  CHECK_THROWS_WITH(expectile_solution(world.mdp, world.behavior, 1, 0.7), Contains("discount"));
  CHECK_THROWS_WITH(conservative_solution(world.mdp, world.behavior, discount, -1), Contains("alpha"));
  CHECK_THROWS_WITH(conservative_solution(world.mdp, 2 * world.behavior, discount, 1), Contains("behavior"));
}

}  // namespace in_data_solutions_test
