/// \file
/// Tests the report of mujoco_scores, and that the page on the scores shows the tables of the recorded runs.
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/training/any_learner.hpp"
#include "studies/mujoco_scores/recipes.hpp"
#include "studies/mujoco_scores/report.hpp"
#include "support/run_program.hpp"
#include "support/setting.hpp"

namespace mujoco_report_test {

using namespace mujoco_scores;
using holdfast::testing::Bench;
using holdfast::testing::content;

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

TEST_CASE("The recipes and the published scores are of algorithms and environments that there are", "[mujoco_scores]") {
  const std::filesystem::path docs = HOLDFAST_DOCS;
  const std::vector<Published> published = read_published(docs / "results/published.csv");
  REQUIRE(published.size() > 100);
  for (const Published& row : published) {
    INFO(row.environment << ' ' << row.dataset << ' ' << row.algorithm);
    CHECK(is_among(Algorithms<>::names, row.algorithm));
    CHECK(is_among(program::robots, row.environment));
    CHECK(row.deviation >= 0);
  }
  const Recipes recipes = read_recipes(docs / "../examples/studies/mujoco_scores/recipes");
  REQUIRE(recipes.size() > 30);
  for (const auto& [key, words] : recipes) {
    Settings settings;
    for (const std::string& word : words) {
      const auto [name, value] = program::parse_setting(word);
      settings.emplace_back(name, value);
    }
    for (const char* network : {"policy.network.hidden", "critics.network.hidden"}) settings.emplace_back(network, "1");
    INFO(key[0] << ' ' << key[1] << ' ' << key[2]);
    CHECK_NOTHROW(make_learner(key[2], settings, {2, 1}, 1));
  }
  const Bench bench(MUJOCO_SCORES);
  for (const auto& [row, expected] : {std::pair{"halfcheetah,medium,edac,a=1", "expected an environment"},
                                      {"hopper,medium,edca,a=1", "expected an algorithm"},
                                      {"hopper,medium,edac,a=1\nhopper,medium,edac,a=2", "line 3: expected one row"}}) {
    std::ofstream(bench.path("by_dataset.csv")) << "environment,dataset,algorithm,settings\n" << row << '\n';
    CHECK_THROWS_WITH(read_recipes(bench.path("")), Contains(expected));
  }
}

TEST_CASE("The page on the scores shows the tables of the recorded runs", "[mujoco_scores]") {
  const std::filesystem::path docs = HOLDFAST_DOCS;
  const mujoco_scores::Table table(docs / "results/scores.csv");
  REQUIRE_FALSE(table.rows().empty());
  const std::vector<Published> published = read_published(docs / "results/published.csv");
  const Report report(table.rows(), published);
  const std::string page = content((docs / "studies/mujoco_scores.md").string());
  CHECK_THAT(page, Contains("\n\n" + report.cells() + "\n" + report.summary() + "\n"));
}

}  // namespace mujoco_report_test
