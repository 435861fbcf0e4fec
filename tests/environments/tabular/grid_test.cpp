#include "holdfast/environments/tabular/grid.hpp"

#include <cmath>
#include <cstdlib>

#include "catch.hpp"
#include "holdfast/environments/tabular/solutions.hpp"

namespace grid_test {

using namespace holdfast;

namespace {

constexpr Index up = static_cast<Index>(GridAction::up);
constexpr Index right = static_cast<Index>(GridAction::right);
constexpr Index down = static_cast<Index>(GridAction::down);
constexpr Index left = static_cast<Index>(GridAction::left);

constexpr const char* small = R"(
S.G
.#X
S..
)";

}  // namespace

TEST_CASE("The states of a grid are its free cells in reading order", "[grid]") {
  const Grid grid = grid_mdp(small);
  CHECK_NOTHROW(grid.mdp.validate());
  CHECK(grid.height() == 3);
  CHECK(grid.width() == 3);
  CHECK(grid.lines[1] == ".#X");
  CHECK(grid.mdp.states() == 6);
  CHECK(grid.mdp.actions() == 4);
  CHECK(grid.cells[2] == GridCell{1, 0});
  CHECK(grid.cells[5] == GridCell{2, 2});
  Eigen::Matrix<Index, 3, 3> expected;
  expected << 0, 1, -1,  //
      2, -1, -1,         //
      3, 4, 5;
  CHECK(grid.states_at == expected);
  Vector<double> initial(6);
  initial << 0.5, 0, 0, 0.5, 0, 0;
  CHECK(grid.mdp.initial == initial);
}

TEST_CASE("Steps in a grid go where they point, stay at walls and borders, and end in goals and pits", "[grid]") {
  const TabularMdp mdp = grid_mdp(small, {.goal_reward = 5, .pit_reward = -7, .step_reward = -0.5}).mdp;
  const auto next = [&](Index state, Index action) {
    Index found = -1;
    return mdp.transitions.col(mdp.column(state, action)).maxCoeff(&found) == 1 ? found : -1;
  };
  CHECK(next(0, up) == 0);
  CHECK(next(0, right) == 1);
  CHECK(next(0, down) == 2);
  CHECK(next(0, left) == 0);
  CHECK(next(2, right) == 2);
  CHECK(next(4, up) == 4);
  CHECK(next(5, down) == 5);
  CHECK(next(1, right) == -1);
  CHECK(mdp.terminations(right, 1) == 1);
  CHECK(mdp.rewards(right, 1) == 5);
  CHECK(mdp.terminations(up, 5) == 1);
  CHECK(mdp.rewards(up, 5) == -7);
  CHECK(mdp.terminations.sum() == 2);
  CHECK(mdp.rewards(up, 0) == -0.5);
}

TEST_CASE("Slips go sideways, half to each side, and rewards are expected ones", "[grid]") {
  const Grid grid = grid_mdp("S.G\n.#X\nS..", {.goal_reward = 5, .pit_reward = -7, .step_reward = -0.5, .slip = 0.25});
  const TabularMdp& mdp = grid.mdp;
  CHECK_NOTHROW(mdp.validate());
  // Up from the corner: a bump, or to the right into the border, or to the left.
  Vector<double> expected(6);
  expected << 0, 0, 0, 0, 0.125, 0.125;
  CHECK(mdp.transitions.col(mdp.column(5, up)) == expected);
  CHECK(mdp.terminations(up, 5) == 0.75);
  CHECK(mdp.rewards(up, 5) == 0.75 * -7 + 0.25 * -0.5);
  // Up from beside the goal: a bump, or the goal, or the start.
  expected << 0.125, 0.75, 0, 0, 0, 0;
  CHECK(mdp.transitions.col(mdp.column(1, up)) == expected);
  CHECK(mdp.terminations(up, 1) == 0.125);
  CHECK(mdp.rewards(up, 1) == 0.125 * 5 + 0.875 * -0.5);
  CHECK(grid_mdp(small, {.slip = 1}).mdp.terminations(right, 1) == 0);
}

TEST_CASE("The optimum of a grid is the distance to the goal", "[grid]") {
  const Grid grid = grid_mdp(".....\n..#..\nS..#G\n.....", {.step_reward = -1});
  // With γ = 0.9 and k steps to go: −(1 − 0.9ᵏ⁻¹) / 0.1 + 0.9ᵏ⁻¹.
  const TabularSolution best = optimum(grid.mdp, 0.9);
  for (Index state = 0; state < grid.mdp.states(); ++state) {
    const GridCell cell = grid.cells[static_cast<std::size_t>(state)];
    Index steps = std::abs(cell.line - 2) + 4 - cell.column;
    if (cell.column < 3 && (cell.line == 1 || cell.line == 2)) steps += 2;  // around the walls
    const double factor = std::pow(0.9, static_cast<double>(steps - 1));
    CAPTURE(cell.line, cell.column);
    CHECK(std::abs(best.value[state] - (11 * factor - 10)) < 1e-13);
  }
}

TEST_CASE("A text that is no grid is refused by line and column", "[grid]") {
  CHECK_THROWS_AS(grid_mdp("S.\n.?"), DataError);
  CHECK_THROWS_WITH(grid_mdp("S.\n.?"), Contains("line 2, column 2") && Contains("'?'"));
  CHECK_THROWS_WITH(grid_mdp("\nS.G\n.\n"), Contains("line 2 must have 3") && Contains("has 1"));
  CHECK_THROWS_WITH(grid_mdp("S.G\n\n..."), Contains("line 2 must have 3") && Contains("has 0"));
  CHECK_THROWS_WITH(grid_mdp("..G\n..."), Contains("start") && Contains("lines 1 to 2"));
  CHECK_THROWS_WITH(grid_mdp(""), Contains("start"));
  CHECK_THROWS_WITH(grid_mdp("S.G", {.slip = -0.1}), Contains("grid.slip") && Contains("-0.1"));
  CHECK_THROWS_AS(grid_mdp("S.G", {.goal_reward = std::nan("")}), ConfigError);
  CHECK_THROWS_WITH(grid_mdp("S.G", {.goal_reward = std::nan("")}), Contains("grid.goal_reward") && Contains("finite"));
  CHECK_THROWS_WITH(grid_mdp("S.G", {.pit_reward = -INFINITY}), Contains("grid.pit_reward") && Contains("-inf"));
  CHECK_THROWS_WITH(grid_mdp("S.G", {.step_reward = INFINITY}), Contains("grid.step_reward") && Contains("inf"));
}

}  // namespace grid_test
