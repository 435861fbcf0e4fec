/// \file
/// Tests the study evaluator_ranking: its files and its output.
#include <regex>
#include <string>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"  // IWYU pragma: keep: without HDF5 there are no programs
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
  // Eight estimators for five policies: five sizes of two datasets, and the narrow one.
  REQUIRE(estimates.size() == 1 + 8 * 5 * (5 * 2 + 1));
  CHECK(estimates[0] ==
        "data,trajectories,replication,policy,estimator,estimate,standard_error,lower,upper,effective_sample_size,"
        "warnings,truth,truth_error");
  // On the narrow data, estimators with weights get a warning for every policy except the one that acted.
  const std::regex narrow("narrow,[^,]*,[^,]*,([^,]*),([^,]*),[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,([0-9]+),.*");
  int seen = 0;
  for (const std::string& line : estimates) {
    std::smatch fields;
    if (!std::regex_match(line, fields, narrow) || fields[2] == "dm") continue;
    ++seen;
    INFO(line);
    CHECK((std::stoi(fields[3]) > 0) == (fields[1] != "bc"));
  }
  CHECK(seen == 7 * 5);
  REQUIRE(ranks.size() == 1 + 8 * 5);
  CHECK(ranks[0] == "trajectories,estimator,spearman,regret,error,trusted");
  CHECK_THAT(outcome.output,
             Contains("Broad data: estimated is the sum of rewards, discounted by 0.99, over 20 steps"));
  CHECK_THAT(outcome.output, Contains("The main job's own: actions: expected draws from a density") ||
                                 Contains("The main job's own: infos/action_log_probs: expected"));
  CHECK_THAT(outcome.output, Contains("| wdr |") && Contains("| magic |"));
}

}  // namespace evaluator_ranking_test
