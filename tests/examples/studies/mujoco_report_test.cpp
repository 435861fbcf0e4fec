/// \file
/// Tests the report of mujoco_scores, and that the page on the scores shows the tables of the recorded runs.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "studies/mujoco_scores/report.hpp"
#include "support/run_program.hpp"

namespace mujoco_report_test {

using namespace mujoco_scores;
using holdfast::testing::Bench;
using holdfast::testing::content;
using holdfast::testing::lines_of;

TEST_CASE("The interquartile mean leaves out a quarter of the values at each end", "[mujoco_scores]") {
  CHECK(interquartile_mean({5}) == 5);
  CHECK(interquartile_mean({1, 2, 9}) == 4);
  CHECK(interquartile_mean({100, 1, 2, -50}) == 1.5);
  CHECK(interquartile_mean({8, 7, 6, 5, 4, 3, 2, 1}) == 4.5);
}

TEST_CASE("The bootstrap draws within groups", "[mujoco_scores]") {
  const Interval none = interquartile_interval({{1, 1, 1}, {5, 5, 5}});
  CHECK(none.lowest == 3);
  CHECK(none.highest == 3);
  const Interval some = interquartile_interval({{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}});
  CHECK(some.lowest > 0);
  CHECK(some.lowest < 4);
  CHECK(some.highest > 5);
  CHECK(some.highest < 9);
}

TEST_CASE("The report shows each cell beside the published score, and algorithms that have run on all datasets",
          "[mujoco_scores]") {
  const std::vector<Score> rows = {
      {{"hopper", "medium", "bc", 1}, 1000, 50, 0, ""},  {{"hopper", "medium", "bc", 2}, 1000, 52, 0, ""},
      {{"hopper", "expert", "bc", 1}, 1000, 90, 0, ""},  {{"hopper", "medium", "sac", 1}, 1000, 1, 0, ""},
      {{"hopper", "expert", "sac", 1}, 1000, 2, 0, ""},  {{"hopper", "expert", "sac", 2}, 1000, 3, 0, ""},
      {{"hopper", "medium", "iql", 1}, 1000, 60, 0, ""}, {{"hopper", "medium", "iql", 2}, 400, 70.25, 0, ""}};
  const Report report(rows, {{"hopper", "medium", "iql", 67.5, 3.8}, {"hopper", "expert", "iql", 1, 1}});
  CHECK(report.cells() ==
        "| dataset | algorithm | updates | runs | score | published |\n|---|---|---:|---:|---:|---:|\n"
        "| hopper-medium | bc | 1000 | 2 | 51.0 ± 12.7 | – |\n"
        "| hopper-medium | sac | 1000 | 1 | 1.0 | – |\n"
        "| hopper-medium | iql | 400–1000 | 2 | 65.1 ± 65.1 | 67.5 ± 3.8 |\n"
        "| hopper-expert | bc | 1000 | 1 | 90.0 | – |\n"
        "| hopper-expert | sac | 1000 | 2 | 2.5 ± 6.4 | – |\n");
  CHECK_THAT(report.summary(),
             Contains("| bc | 2 | 3 | 64.0 | – |\n") && Contains("| sac | 2 | 3 | 2.0 | – |\n") && !Contains("iql"));
}

TEST_CASE("A table of published scores that is damaged is refused", "[mujoco_scores]") {
  const Bench bench(MUJOCO_SCORES);
  CHECK(read_published(bench.path("none.csv")).empty());
  std::ofstream(bench.path("p.csv")) << "environment,dataset,algorithm,score,deviation\nhopper,medium,bc,high,1\n";
  CHECK_THROWS_WITH(read_published(bench.path("p.csv")), Contains("line 2") && Contains("score"));
}

TEST_CASE("The page on the scores shows the tables of the recorded runs", "[mujoco_scores]") {
  const std::filesystem::path docs = HOLDFAST_DOCS;
  const mujoco_scores::Table table(docs / "results/scores.csv");
  REQUIRE_FALSE(table.rows().empty());
  const std::vector<Published> published = read_published(docs / "results/published.csv");
  CHECK(published.size() == 117);
  const Report report(table.rows(), published);
  const std::string page = content((docs / "studies/mujoco_scores.md").string());
  for (const std::string& text : {report.cells(), report.summary()})
    for (const std::string& line : lines_of(text)) CHECK_THAT(page, Contains(line + "\n"));
}

}  // namespace mujoco_report_test
