/// \file
/// Tests the study multimodal: its data and exact chains, and the program as users run it.
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"  // IWYU pragma: keep: without HDF5 there are no programs
#include "holdfast/data/trajectories.hpp"
#include "studies/multimodal/bandit.hpp"
#include "studies/multimodal/exact_body.hpp"
#include "studies/multimodal/obstacle_maze.hpp"
#include "studies/multimodal/report.hpp"
#include "support/run_program.hpp"

namespace multimodal_test {

using namespace holdfast;
using holdfast::testing::Bench;
using holdfast::testing::content;
using holdfast::testing::lines_of;
using multimodal::Bandit;
using multimodal::ObstacleMaze;

namespace {

double metric(const std::vector<program::Metric>& metrics, const std::string& name) {
  for (const program::Metric& each : metrics)
    if (each.name == name) return each.value;
  return std::nan("");
}

/// Counts the trajectories that reach the goal, and those of them that pass above the obstacle.
struct Arrivals {
  Index count = 0;
  Index above = 0;

  explicit Arrivals(const Transitions<>& data) {
    for (const TrajectoryRange& range : trajectories(data)) {
      if (!range.terminal) continue;
      ++count;
      for (Index row = range.begin; row < range.end; ++row)
        if (std::abs(data.observations(1, row) - 5) < 0.5F) {
          above += data.observations(0, row) < 2 ? 1 : 0;
          break;
        }
    }
  }
};

}  // namespace

TEST_CASE("The bandit's data are four clusters that earn what their paper says", "[multimodal]") {
  const Transitions<> data = Bandit::data(1);
  REQUIRE(data.size() == 10000);
  CHECK((data.terminals != 0).all());
  CHECK(data.actions.cwiseAbs().maxCoeff() <= 1);
  for (std::size_t i = 0; i < Bandit::clusters.size(); ++i) {
    const Bandit::Cluster& cluster = Bandit::clusters[i];
    const auto rewards = data.rewards.segment(static_cast<Index>(i) * 2500, 2500).cast<double>();
    // Within five standard errors: false once in 1.7 million for each cluster.
    CHECK(std::abs(rewards.mean() - cluster.reward) < 5 * 0.5 / 50);
    CHECK(Bandit::cluster_of(cluster.x, cluster.y) == static_cast<int>(i));
  }
  CHECK(Bandit::cluster_of(0, 0) == -1);
  CHECK(Bandit::cluster_of(0.8, 0.0) == -1);
}

TEST_CASE("The draws of the bandit are measured by hand", "[multimodal]") {
  Matrix<float> draws(2, 20);
  for (Index i = 0; i < 20; ++i) {
    draws(0, i) = i < 12 ? 0.8F : i < 16 ? -0.8F : 0.0F;  // twelve in the best cluster, four in the second best
    draws(1, i) = i < 12 ? -0.75F : i < 16 ? 0.8F : 0.0F;
  }
  const auto metrics = Bandit::measure(draws);
  CHECK(metric(metrics, "value") == Approx((12 * 5.0 + 4 * 3.0) / 20));
  CHECK(metric(metrics, "gap_share") == Approx(0.2));
  CHECK(metric(metrics, "best_share") == Approx(0.6));
  CHECK(metric(metrics, "modes") == 2);
}

TEST_CASE("Chains with the exact network leave the share in the gaps that their number of steps must", "[multimodal]") {
  // The expected shares are those of an independent implementation of the formulas, from 20,000 draws; here are as
  // many. Tolerance: five standard errors of the difference, false once in 1.7 million.
  const auto check = [](const auto& policy, double expected) {
    constexpr Index draws = 20000;
    const double share = metric(Bandit::measure(Bandit::draws_of(policy, draws, 3)), "gap_share");
    CHECK(std::abs(share - expected) < 5 * std::sqrt(2 * (expected + 1e-4) / static_cast<double>(draws)));
  };
  check(multimodal::exact_diffusion(2), 0.9964);
  check(multimodal::exact_diffusion(5), 0.4565);
  check(multimodal::exact_diffusion(10), 0.05425);
  check(multimodal::exact_diffusion(20), 0.0018);
  check(multimodal::exact_flow(2), 0.93915);
  check(multimodal::exact_flow(5), 0.0964);
  check(multimodal::exact_flow(10), 0.00235);
}

TEST_CASE("Two experts go around the obstacle, half of them on each side", "[multimodal]") {
  const Transitions<> data = ObstacleMaze::two_experts(1);
  CHECK(trajectories(data).size() == 200);
  const Arrivals arrivals(data);
  CHECK(arrivals.count == 200);
  CHECK(arrivals.above == 100);
}

TEST_CASE("Half of the other data are of random actions, which do not arrive", "[multimodal]") {
  const Transitions<> data = ObstacleMaze::half_random(1);
  CHECK(trajectories(data).size() == 200);
  const Arrivals arrivals(data);
  CHECK(arrivals.count == 100);
  CHECK(arrivals.above == 100);
}

TEST_CASE("multimodal writes the figures of each run, goes on where it was stopped, the same bits whatever the threads",
          "[multimodal]") {
  const Bench bench(MULTIMODAL);
  const std::string arguments = "--parts bandit --seeds 2 --updates 20 --algorithms diffusion_exact_5_steps iql idql ";
  bench.ok(arguments + "--threads 1 --out one");
  bench.ok(arguments + "--threads 2 --out two");
  const std::string table = content(bench.path("one/results.csv"));
  const auto lines = lines_of(table);
  CHECK(lines.front() == "part,dataset,algorithm,seed,metric,value");
  CHECK(lines.size() == 1 + 3 * 2 * 5);  // three learners, two seeds, five lines each
  CHECK(table == content(bench.path("two/results.csv")));

  std::filesystem::create_directory(bench.path("three"));
  std::ofstream half(bench.path("three/results.csv"));
  for (std::size_t i = 0; i < 12; ++i) half << lines[i] << '\n';  // two runs, and the first line of another
  half.close();
  bench.ok(arguments + "--resume --out three");
  CHECK(table == content(bench.path("three/results.csv")));

  bench.ok("--parts maze stitching --seeds 1 --updates 20 --algorithms iql --out mazes");
  // Two kinds of data with four lines, three with three.
  CHECK(lines_of(content(bench.path("mazes/results.csv"))).size() == 1 + 2 * 4 + 3 * 3);
  bench.refused("--parts bandit --algorithms bc --out four", "expected some learners of these parts, found none");
  bench.refused("--parts half_cheetah --robot-data none.hdf5 --out four", "none.hdf5");
}

TEST_CASE("The page on multimodal data shows the tables of the recorded runs", "[multimodal]") {
  const std::filesystem::path docs = HOLDFAST_DOCS;
  const program::MetricTable results(docs / "results/multimodal.csv");
  REQUIRE(results.finished().size() > 100);
  std::string tables;
  for (const std::string& line : multimodal::report(results.finished())) tables += line + '\n';
  CHECK_THAT(content((docs / "studies/multimodal.md").string()), Contains(tables));
}

}  // namespace multimodal_test
