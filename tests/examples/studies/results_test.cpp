#include "studies/support/results.hpp"

#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "studies/conservatism_sweep/report.hpp"

namespace results_test {

using program::Interval95;
using program::Result;

namespace {

/// Returns a run with two evaluations, at 0 and 1000; the attainable range is [-10, 10].
Result result(const std::string& algorithm, std::uint64_t seed, double score, double q = 0) {
  Result made{"pendulum", "random", {-10, 10}, {.algorithm = algorithm, .seed = seed, .has_critics = true}};
  made.run.curve.resize(2);
  made.run.curve[1].step = 1000;
  made.run.curve[1].score = score;
  made.run.curve[1].diagnostics.q_policy_mean = q;
  return made;
}

Result stopped(Result diverged, program::Index step) {
  diverged.run.stopped = step;
  return diverged;
}

std::vector<const Result*> cell(const std::vector<Result>& results, const std::string& algorithm) {
  return program::cell(results, "pendulum", "random", algorithm);
}

}  // namespace

TEST_CASE("a run has left the range where Q was outside after the first tenth, or was no longer finite") {
  CHECK_FALSE(result("sac", 1, 0, 9.9).left_range());
  CHECK(result("sac", 1, 0, 10.1).left_range());
  CHECK(result("sac", 1, 0, -10.1).left_range());
  CHECK(stopped(result("sac", 1, 0, 9.9), 1100).left_range());

  Result untrained = result("sac", 1, 0, 0);
  untrained.run.curve[0].diagnostics.q_policy_mean = 11;
  CHECK_FALSE(untrained.left_range());
  untrained.run.curve[0].step = 100;
  CHECK(untrained.left_range());

  Result clone = stopped(result("bc", 1, 0, 11), 1100);
  clone.run.has_critics = false;
  CHECK_FALSE(clone.left_range());
}

TEST_CASE("intervals are written without what they do not have") {
  CHECK(program::text_of(Interval95({1, 2, 3, 6})) == "3 ± 3");
  CHECK(program::text_of(Interval95({7})) == "7");
  CHECK(program::text_of(Interval95({1, std::nan("")})) == "–");
}

TEST_CASE("differences are of the same seeds, or there are none") {
  const std::vector<Result> results = {result("bc", 1, 10),  result("bc", 2, 20), result("cql", 1, 15),
                                       result("cql", 2, 27), result("iql", 1, 0), result("iql", 3, 0)};
  CHECK(program::paired_differences(cell(results, "cql"), cell(results, "bc")) == std::vector<double>{5, 7});
  CHECK(program::paired_differences(cell(results, "iql"), cell(results, "bc")).empty());
  CHECK(program::paired_differences(cell(results, "cql"), {}).empty());
}

TEST_CASE("a cell exceeds another by more than the interval of the differences, and never with a run that diverged") {
  std::vector<Result> results = {result("bc", 1, 10), result("bc", 2, 50), result("cql", 1, 40), result("cql", 2, 81)};
  CHECK(program::exceeds(cell(results, "cql"), cell(results, "bc")));  // 30.5 ± 6.4
  CHECK_FALSE(program::exceeds(cell(results, "bc"), cell(results, "cql")));
  CHECK_FALSE(program::exceeds(cell(results, "cql"), cell(results, "cql")));
  CHECK_FALSE(program::exceeds({&results[2]}, {&results[0]}));  // one seed has no interval
  CHECK(program::stopped_mark(cell(results, "cql")).empty());
  CHECK_FALSE(program::any_stopped(results));

  results[3] = stopped(results[3], 1100);
  CHECK_FALSE(program::exceeds(cell(results, "cql"), cell(results, "bc")));
  CHECK_FALSE(program::exceeds(cell(results, "bc"), cell(results, "cql")));
  CHECK(program::stopped_mark(cell(results, "cql")) == " ‡1");
  CHECK(program::any_stopped(results));
}

TEST_CASE("the table of a run that diverged to infinity says at which step") {
  const fixture::TemporaryDirectory directory;
  program::write_results(directory / "results.csv", {stopped(result("sac", 1, 0), 1234), result("sac", 2, 0)});
  std::ifstream file(directory / "results.csv");
  std::string line;
  std::getline(file, line);
  CHECK_THAT(line, Catch::Matchers::EndsWith(",stopped_step"));
  std::vector<std::string> rows;
  while (std::getline(file, line)) rows.push_back(line);
  REQUIRE(rows.size() == 4);
  CHECK_THAT(rows[0], Catch::Matchers::EndsWith(",1234"));
  CHECK_THAT(rows[1], Catch::Matchers::EndsWith(",1234"));
  CHECK_THAT(rows[2], Catch::Matchers::EndsWith(","));
}

TEST_CASE("the sweep names no weight as the best that diverged to infinity") {
  sweep::Options options;
  options.environment = "pendulum";
  options.alphas = {10, 0.1, 1, 0.1};
  sweep::prepare(options);
  CHECK(options.alphas == std::vector<double>{0.1, 1, 10});
  const std::vector<Result> results = {
      result("bc", 1, 0),       result("bc", 2, 0),     stopped(result("cql 0.1", 1, 90), 1100),
      result("cql 0.1", 2, 90), result("cql 1", 1, 50), result("cql 1", 2, 51),
      result("cql 10", 1, 20),  result("cql 10", 2, 22)};
  const sweep::Verdict verdict = sweep::judge(options, results, "random");
  CHECK(verdict.better == std::vector<double>{1, 10});
  CHECK(verdict.best == 1.0);
  CHECK(verdict.first_costly == 10.0);
  CHECK(sweep::sentence(verdict, "random") ==
        "On random data CQL exceeds cloning at α = 1, 10; its best α is 1; from α = 10 on conservatism costs more than "
        "the interval.");
  CHECK_FALSE(sweep::judge(options, {}, "random").best);
}

TEST_CASE("weights that differ in the seventh digit have labels of their own") {
  CHECK(sweep::label_of(0.1) == "cql 0.1");
  CHECK(sweep::label_of(1.0000001) != sweep::label_of(1.0000002));
}

}  // namespace results_test
