/// \file
/// Tests the study stitching: its data, which hold what their names say, and the program as users run it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"  // IWYU pragma: keep: without HDF5 there are no programs
#include "holdfast/data/trajectories.hpp"
#include "holdfast/environments/tabular/solutions.hpp"
#include "studies/stitching/grid_world.hpp"
#include "studies/stitching/maze_run.hpp"
#include "studies/stitching/maze_world.hpp"
#include "studies/stitching/report.hpp"
#include "support/run_program.hpp"

namespace stitching_test {

using namespace holdfast;
using holdfast::testing::Bench;
using holdfast::testing::column_of;
using holdfast::testing::content;
using holdfast::testing::lines_of;
using stitching::DataKind;
using stitching::Ending;
using stitching::GridWorld;
using stitching::Halves;
using stitching::MazeWorld;

namespace place = stitching::place;

namespace {

DataKind kind_named(const std::string& name, bool grid) {
  const std::vector<DataKind> kinds = stitching::data_kinds(grid);
  return *std::find_if(kinds.begin(), kinds.end(), [&](const DataKind& each) { return each.name == name; });
}

/// Returns whether a trajectory of the maze is at a place at any time.
bool passes(const Transitions<>& data, const TrajectoryRange& range, char place) {
  const Vector<double> middle = PointMaze::middle(stitching::Layout(stitching::maze_layout).at(place));
  const auto near = [&](const auto& observation) {
    return (observation.template cast<double>().head(2) - middle).norm() <= 0.5;
  };
  for (Index row = range.begin; row < range.end; ++row)
    if (near(data.observations.col(row)) || near(data.next_observations.col(row))) return true;
  return false;
}

}  // namespace

TEST_CASE("No trajectory of the grid goes from the start to the goal, except in the control", "[stitching]") {
  for (const DataKind& kind : stitching::data_kinds(true)) {
    CAPTURE(kind.name);
    const GridWorld world(kind);
    const stitching::GridData data = world.data(3);
    data.validate();
    const Index next_to_goal = world.state_at({5, 10});
    Index arrived = 0;
    for (const TrajectoryRange& range : trajectories(data)) {
      const Index last = range.end - 1;
      const bool at_goal =
          range.terminal && data.rewards(last) == static_cast<float>(kind.rewards.goal) &&
          (data.observations(next_to_goal, last) == 1 || data.observations(world.state_at({4, 11}), last) == 1);
      arrived += at_goal;
      if (kind.halves != Halves::navigate)
        CHECK_FALSE((at_goal && data.observations(world.state_at(place::start), range.begin) == 1));
    }
    CHECK(arrived > 0);
  }
}

TEST_CASE("No trajectory of the maze goes from the start to the goal, except in the control", "[stitching]") {
  for (const DataKind& kind : stitching::data_kinds(false)) {
    CAPTURE(kind.name);
    const Transitions<> data = MazeWorld(kind).data(3);
    data.validate();
    Index both = 0;
    Index crossed = 0;
    for (const TrajectoryRange& range : trajectories(data)) {
      both += passes(data, range, place::start) && passes(data, range, place::goal);
      crossed += passes(data, range, place::before) && passes(data, range, place::beyond);
    }
    if (kind.halves != Halves::navigate) CHECK(both == 0);
    if (kind.halves == Halves::navigate || kind.halves == Halves::crossing) CHECK(crossed > 0);
  }
}

TEST_CASE("The best pieces of the maze's data meet in the middle, or before it where the halves overlap",
          "[stitching]") {
  const auto best = [](const char* name) { return stitching::best_pieces(MazeWorld(kind_named(name, false)).data(2)); };
  // A half takes about twenty steps.
  const stitching::BestPieces cut = best("branch_time_out_10");
  CHECK(cut.middle == Approx(10 * std::pow(0.99, 17)).epsilon(0.05));
  CHECK(cut.start == Approx(10 * std::pow(0.99, 37)).epsilon(0.08));
  CHECK(best("posed_terminal").start == 0);
  CHECK(best("posed_terminal").middle > 0.7);
  CHECK(best("posed_lure").start == Approx(std::pow(0.99, 18)).epsilon(0.05));
  CHECK(best("branch_terminal").start == 0);
  CHECK(best("branch_overlap").start == Approx(cut.start).epsilon(0.05));
  CHECK(best("branch_gap").middle == -std::numeric_limits<double>::infinity());  // no second half begins there
}

TEST_CASE("First halves end in the middle as their kind says", "[stitching]") {
  for (const auto& [name, terminal, paid] :
       {std::tuple{"posed_time_out", false, 0.0F}, {"posed_terminal", true, 0.0F}, {"posed_lure", true, 1.0F}}) {
    CAPTURE(name);
    const DataKind kind = kind_named(name, true);
    const GridWorld world(kind);
    const stitching::GridData data = world.data(1);
    Index halves = 0;
    for (const TrajectoryRange& range : trajectories(data)) {
      if (data.observations(world.state_at(place::start), range.begin) != 1) continue;
      if (data.next_observations(world.state_at(place::middle), range.end - 1) != 1) continue;
      ++halves;
      CHECK(range.terminal == terminal);
      CHECK(range.timeout == !terminal);
      CHECK(data.rewards(range.end - 1) == paid);
    }
    CHECK(halves > 100);
  }
}

TEST_CASE("Second halves begin in the middle, before it if they overlap, beyond it after a gap", "[stitching]") {
  for (const auto& [name, from] : {std::pair{"branch_terminal", place::middle},
                                   {"branch_overlap", place::before},
                                   {"branch_gap", place::beyond}}) {
    CAPTURE(name);
    const GridWorld world(kind_named(name, true));
    const stitching::GridData data = world.data(1);
    Index begun = 0;
    Index others = 0;
    for (const TrajectoryRange& range : trajectories(data)) {
      const bool second = data.observations(world.state_at(from), range.begin) == 1;
      begun += second;
      others += !second && data.observations(world.state_at(place::start), range.begin) != 1;
    }
    CHECK(begun > 100);
    CHECK(others == 0);
  }
}

TEST_CASE("Of branching halves about 70 in 100 end in a pit", "[stitching]") {
  // 300 halves: the share is outside ±0.1 once in 6,000 seeds.
  const GridWorld world(kind_named("branch_time_out", true));
  const stitching::GridData data = world.data(1);
  double pits = 0;
  double all = 0;
  for (const TrajectoryRange& range : trajectories(data)) {
    pits += range.terminal && data.rewards(range.end - 1) == 0;
    ++all;
  }
  CHECK(std::abs(pits / all - 0.7) < 0.1);
}

TEST_CASE("The best values that the data allow are those of the way through the middle, unless a terminal cuts it",
          "[stitching]") {
  const auto best = [](const char* name, char place) {
    const GridWorld world(kind_named(name, true));
    return optimum(GridWorld::process_of(world.data(1)), stitching::discount).value(world.state_at(place));
  };
  CHECK(best("branch_time_out", place::start) == Approx(std::pow(0.99, 13)));  // the reward is that of the 14th step
  CHECK(best("branch_time_out", place::middle) == Approx(std::pow(0.99, 6)));
  CHECK(best("branch_terminal_clean", place::start) == 0);
  CHECK(best("branch_terminal_clean", place::middle) == Approx(std::pow(0.99, 6)));
}

TEST_CASE("The chance to arrive is exact: of the best policy 1, of a random one that of many episodes", "[stitching]") {
  const GridWorld world(kind_named("branch_time_out", true));
  CHECK(world.success(optimum(world.grid().mdp, stitching::discount).policy) == Approx(1));
  const Matrix<double> policy{{0.25}, {0.55}, {0.15}, {0.05}};
  const double chance = world.success(policy.replicate(1, world.states()));
  const TabularMdp& mdp = world.grid().mdp;
  Generator generator(5);
  Index arrived = 0;
  constexpr Index episodes = 20000;
  for (Index episode = 0; episode < episodes; ++episode) {
    Index state = world.state_at(place::start);
    for (Index step = 0; step < GridWorld::time_limit; ++step) {
      const Index action = detail::drawn(policy.col(0), generator.uniform());
      const auto next = detail::draw_successor(mdp, state, action, generator.uniform());
      if (!next) {
        arrived += mdp.rewards(action, state) > 0;
        break;
      }
      state = *next;
    }
  }
  // Within four standard errors: false once in 16,000 seeds.
  CHECK(chance > 0);
  CHECK(std::abs(static_cast<double>(arrived) / episodes - chance) < 4 * std::sqrt(chance * (1 - chance) / episodes));
}

TEST_CASE("The maze ends at the goal and at the dead ends of its data alone, and pays as they do", "[stitching]") {
  const auto arrive = [](const DataKind& kind, char place, bool success) {
    stitching::DeadEndMaze task(kind);
    if (success) task = task.success_only();
    Vector<double> state = Vector<double>::Zero(4);
    state.head(2) = PointMaze::middle(stitching::Layout(stitching::maze_layout).at(place));
    task.set_state(state);
    return task.step(Vector<double>::Zero(2));
  };
  const DataKind branch = kind_named("branch_time_out_steps", false);
  CHECK(arrive(branch, place::goal, false).reward == 0);
  CHECK(arrive(branch, place::goal, true).reward == 1);
  CHECK(arrive(branch, place::goal, false).terminal);
  CHECK(arrive(branch, place::first_end, false).reward == -100);
  CHECK(arrive(branch, place::second_end, true).reward == 0);
  CHECK(arrive(branch, place::second_end, true).terminal);
  CHECK(arrive(branch, place::middle, false).reward == -1);
  CHECK_FALSE(arrive(branch, place::middle, false).terminal);
  CHECK_FALSE(arrive(kind_named("crossing", false), place::first_end, false).terminal);
  CHECK(arrive(kind_named("crossing", false), place::second_end, false).terminal);
  CHECK_FALSE(arrive(kind_named("posed_terminal", false), place::second_end, false).terminal);
}

TEST_CASE("stitching writes a row for each run, goes on where it was stopped, the same bits whatever the threads",
          "[stitching]") {
  const Bench bench(STITCHING);
  const std::string arguments = "--seeds 2 --updates 40 --datasets posed_terminal branch_gap ";
  bench.ok(arguments + "--threads 1 --out one");
  bench.ok(arguments + "--threads 2 --out two");
  const std::string table = content(bench.path("one/results.csv"));
  const auto lines = lines_of(table);
  CHECK(lines.front() ==
        "maze,dataset,algorithm,setting,seed,success_rate,sampled_success_rate,value_start,value_middle,best_start,"
        "best_middle,updates,stopped_step");
  // Eight learners and four exact solutions in the grid, nine learners in the maze; two kinds of data, two seeds.
  CHECK(lines.size() == 1 + (12 + 9) * 4);
  CHECK(table == content(bench.path("two/results.csv")));
  for (const std::string& rate : column_of(table, "success_rate"))
    CHECK((std::stod(rate) >= 0 && std::stod(rate) <= 1));

  std::filesystem::create_directory(bench.path("three"));
  std::ofstream half(bench.path("three/results.csv"));
  for (std::size_t i = 0; i < 30; ++i) half << lines[i] << '\n';
  half.close();
  bench.ok(arguments + "--mazes grid --algorithms bc --resume --out three");  // rows of other runs stay
  CHECK(lines_of(content(bench.path("three/results.csv"))).size() >= 30);
  bench.ok(arguments + "--resume --out three");
  CHECK(table == content(bench.path("three/results.csv")));
  bench.refused("--mazes maze --algorithms dqn --out four", "expected some that these mazes have, found none");
  bench.refused("--datasets posed --out four", "posed_time_out");
}

TEST_CASE("The page on stitching shows the tables of the recorded runs", "[stitching]") {
  const std::filesystem::path docs = HOLDFAST_DOCS;
  const stitching::Results results(docs / "results/stitching.csv", true);
  REQUIRE(results.earlier_rows().size() > 500);
  std::string tables;
  for (const std::string& line : stitching::report(results.earlier_rows())) tables += line + '\n';
  CHECK_THAT(content((docs / "studies/stitching.md").string()), Contains(tables));
}

}  // namespace stitching_test
