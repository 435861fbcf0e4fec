/// \file
/// The study evaluator_ranking: what it writes and says.
#include <string>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"  // IWYU pragma: keep: where there is none there are no programs
#include "support/run_program.hpp"

namespace evaluator_ranking_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("evaluator_ranking writes its tables and says what the narrow data are refused for", "[studies][slow]") {
  const Bench bench(EVALUATOR_RANKING);
  const Outcome outcome = bench.run("--quick --out out");
  INFO(outcome.output << outcome.error);
  REQUIRE(outcome.exit_code == 0);
  const auto estimates = lines_of(content(bench.path("out/estimates.csv")));
  const auto ranks = lines_of(content(bench.path("out/ranking.csv")));
  // Eight estimators about five policies: five sizes of two datasets, and the narrow one.
  REQUIRE(estimates.size() == 1 + 8 * 5 * (5 * 2 + 1));
  CHECK(estimates[0] ==
        "data,trajectories,replication,policy,estimator,estimate,standard_error,lower,upper,effective_sample_size,"
        "warnings,truth,truth_error");
  REQUIRE(ranks.size() == 1 + 8 * 5);
  CHECK(ranks[0] == "trajectories,estimator,spearman,regret,error,trusted");
  CHECK_THAT(outcome.output,
             Contains("Broad data: estimated is the sum of rewards, discounted by 0.99, over 20 steps"));
  CHECK_THAT(outcome.output, Contains("The main job's own: actions: expected draws from a density") ||
                                 Contains("The main job's own: infos/action_log_probs: expected"));
  CHECK_THAT(outcome.output, Contains("| wdr |") && Contains("| magic |"));
}

}  // namespace evaluator_ranking_test
