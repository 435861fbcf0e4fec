/// \file
/// Tests the study offline_to_online: the figures of a curve, and the program as users run it.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"  // IWYU pragma: keep: without HDF5 there are no programs
#include "studies/offline_to_online/curves.hpp"
#include "studies/offline_to_online/report.hpp"
#include "support/run_program.hpp"

namespace offline_to_online_test {

using holdfast::testing::Bench;
using holdfast::testing::column_of;
using holdfast::testing::content;
using holdfast::testing::lines_of;
using namespace offline_to_online;

TEST_CASE("A dip lasts as long as the score is below the offline one, and regret is the mean of what is missing",
          "[offline_to_online]") {
  const Figures dipped = figures_of({{0, 10, 20, 30, 40}, {50, 30, 20, 60, 80}});
  CHECK(dipped.offline == 50);
  CHECK(dipped.dip == 30);
  CHECK(dipped.dip_steps == 20);
  CHECK(dipped.level == Approx(160.0 / 3));
  CHECK(dipped.regret == Approx(1 - 1.9 / 4));
  const Figures risen = figures_of({{0, 10, 20}, {50, 60, 70}});
  CHECK(risen.dip == 0);
  CHECK(risen.dip_steps == 0);
  CHECK(risen.level == 65);
  const Figures lost = figures_of({{0, 10, 20}, {50, 40, 10}});
  CHECK(lost.dip == 40);
  CHECK(lost.dip_steps == 20);
}

TEST_CASE("offline_to_online writes a row for each measurement, the same bits whatever the threads, and goes on",
          "[offline_to_online]") {
  const Bench bench(OFFLINE_TO_ONLINE);
  const std::string arguments = "--environments maze --seeds 1 --offline-steps 30 --online-steps 700 ";
  bench.ok(arguments + "--threads 1 --out one");
  bench.ok(arguments + "--threads 2 --out two");
  const std::string table = content(bench.path("one/results.csv"));
  CHECK(lines_of(table).front() == "environment,algorithm,seed,online_steps,score");
  CHECK(lines_of(table).size() == 1 + methods.size() * 21);
  CHECK(table == content(bench.path("two/results.csv")));
  CHECK(column_of(table, "online_steps").front() == "0");
  for (const std::string& score : column_of(table, "score")) CHECK((std::stod(score) >= 0 && std::stod(score) <= 100));

  std::filesystem::remove(bench.path("one/maze/iql-1.h5"));  // complete runs are not trained again, this one is
  bench.ok(arguments + "--resume --out one");
  CHECK(table == content(bench.path("one/results.csv")));
  bench.refused("--environments maze --seeds 1 --offline-steps 30 --online-steps 701 --resume --out one", "701");
}

TEST_CASE("The page on going online shows the tables of the recorded runs", "[offline_to_online]") {
  const std::filesystem::path docs = HOLDFAST_DOCS;
  const std::vector<Result> results = read_results(docs / "results/offline_to_online.csv");
  REQUIRE(results.size() >= methods.size());
  std::vector<std::string> environments;
  for (const Result& each : results)
    if (std::find(environments.begin(), environments.end(), each.environment) == environments.end())
      environments.push_back(each.environment);
  std::string tables;
  for (const std::string& line : report(results, environments)) tables += line + '\n';
  CHECK_THAT(content((docs / "studies/offline_to_online.md").string()), Contains(tables));
}

}  // namespace offline_to_online_test
