/// \file
/// The kinds of data: which halves there are, how they end at the middle, and what is paid.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "studies/stitching/layout.hpp"

namespace stitching {

/// The trajectories of a dataset. None goes from the start to the goal, except in `navigate`.
enum class Halves {
  posed,     ///< start → middle, and middle → goal
  branch,    ///< 70 % of each half go to a dead end instead, which ends the episode
  crossing,  ///< start → middle → a dead end, and another start → middle → goal
  navigate   ///< from any cell to any other: the control
};

/// The end of a first half that arrives at the middle.
enum class Ending {
  time_out,  ///< the recording ends; the episode would go on
  terminal,  ///< the episode ends
  overlap,   ///< as terminal, but second halves begin a few steps before the middle
  lure,      ///< as terminal, and the goal's reward is paid
  gap        ///< as time_out, but second halves begin a few steps beyond the middle
};

constexpr double discount = 0.99;  ///< γ of every learner and solution

/// The rewards of the steps.
struct Rewards {
  double goal = 1;  ///< for the step into the goal
  double step = 0;  ///< for any other step
  double pit = 0;   ///< for the step into a dead end

  /// Returns the size of the values that these rewards make, by which λ and α are scaled.
  [[nodiscard]] double scale() const { return std::max(std::abs(goal), std::abs(pit)); }
};

/// A kind of data.
struct DataKind {
  std::string name;
  Halves halves = Halves::posed;
  Ending ending = Ending::time_out;
  Rewards rewards = {};
  double share = 1;    ///< share of the usual number of trajectories
  bool noisy = true;   ///< the controller's actions have noise
  bool swept = false;  ///< learned from with every setting, not only the main ones

  /// Returns whether the data say that the episode ends where a first half arrives at the middle.
  [[nodiscard]] bool is_cut() const { return ending != Ending::time_out && ending != Ending::gap; }

  /// Returns whether the episode ends at a place, other than the goal.
  [[nodiscard]] bool is_pit(char place) const {
    return (place == place::first_end && halves == Halves::branch) ||
           (place == place::second_end && (halves == Halves::branch || halves == Halves::crossing));
  }
};

/// Returns the kinds of data, in the order of the report. In the grid, where a table tells all states apart, `swept`
/// data have a goal of 1; in the maze one of 10, since networks need the differences.
inline std::vector<DataKind> data_kinds(bool grid) {
  constexpr Rewards ten{.goal = 10};
  constexpr Rewards hundred{.goal = 100};
  constexpr Rewards steps{.goal = 0, .step = -1, .pit = -100};  // a dead end is worth −1/(1 − γ)
  std::vector<DataKind> kinds = {
      {.name = "posed_time_out"},
      {.name = "posed_terminal", .ending = Ending::terminal},
      {.name = "posed_lure", .ending = Ending::lure},
      {.name = "branch_time_out", .halves = Halves::branch, .swept = grid},
      {.name = "branch_time_out_10", .halves = Halves::branch, .rewards = ten, .swept = !grid},
      {.name = "branch_time_out_100", .halves = Halves::branch, .rewards = hundred},
      {.name = "branch_time_out_steps", .halves = Halves::branch, .rewards = steps},
      {.name = "branch_terminal", .halves = Halves::branch, .ending = Ending::terminal},
      {.name = "branch_overlap", .halves = Halves::branch, .ending = Ending::overlap},
      {.name = "branch_lure", .halves = Halves::branch, .ending = Ending::lure},
      {.name = "branch_gap", .halves = Halves::branch, .ending = Ending::gap},
      {.name = "crossing", .halves = Halves::crossing},
      {.name = "crossing_few", .halves = Halves::crossing, .share = 0.1},
      {.name = "navigate", .halves = Halves::navigate}};
  if (grid)
    kinds.insert(
        std::find_if(kinds.begin(), kinds.end(), [](const DataKind& each) { return each.name == "branch_overlap"; }),
        {.name = "branch_terminal_clean", .halves = Halves::branch, .ending = Ending::terminal, .noisy = false});
  else
    for (DataKind& kind : kinds)  // networks do not tell values of a goal of 1 apart: the endings are compared at 10
      if (kind.halves != Halves::posed && kind.rewards.scale() == 1 && kind.name != "branch_time_out")
        kind.rewards = ten;
  return kinds;
}

}  // namespace stitching
