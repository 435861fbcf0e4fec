/// \file
/// GridWorld: the exact world of the study, with its data, its best values and the chance that a policy arrives.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "holdfast/core/random.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/environments/tabular/empirical_mdp.hpp"
#include "holdfast/environments/tabular/grid.hpp"
#include "studies/stitching/journeys.hpp"

namespace stitching {

/// The data of the grid: finite actions, states one-hot.
using GridData = Transitions<float, ActionIndices>;

/// Two rooms, in which every move is certain. The data's controller takes a random action with a probability of 0.1.
class GridWorld {
 public:
  static constexpr Index time_limit = 21;  ///< longest episode: half as long again as the way to the goal
  static constexpr Index trajectories = 300;

  explicit GridWorld(const DataKind& kind)
      : kind_(kind),
        layout_(grid_layout),
        maze_(layout_.towards(layout_.at(place::goal))),
        grid_(grid_mdp(
            text(),
            {.goal_reward = kind.rewards.goal, .pit_reward = kind.rewards.pit, .step_reward = kind.rewards.step})) {}

  [[nodiscard]] Index states() const { return grid_.mdp.states(); }
  [[nodiscard]] const Grid& grid() const { return grid_; }
  /// Returns the number of the state at a place; −1 where an episode ends.
  [[nodiscard]] Index state_at(char place) const { return state_at(layout_.at(place)); }
  [[nodiscard]] Index state_at(MazeCell cell) const { return grid_.states_at(cell.row, cell.column); }

  /// Records a dataset.
  [[nodiscard]] GridData data(std::uint64_t seed) const {
    ReplayBuffer<float, ActionIndices> buffer({states(), 4}, 1000000);
    Generator generator(seed, Stream::environment);
    const auto count = static_cast<Index>(kind_.share * trajectories);
    for (Index i = 0; i < count; ++i) record(draw_journey(kind_, layout_, maze_, generator), generator, buffer);
    return buffer.transitions();
  }

  /// Returns the probability that a policy, A×S, arrives at the goal from the start within the time limit. Every move
  /// is certain, so that it is exact.
  [[nodiscard]] double success(const Matrix<double>& policy) const {
    Row<double> chance = Row<double>::Zero(states());
    chance(state_at(place::start)) = 1;
    double arrived = 0;
    for (Index step = 0; step < time_limit; ++step) {
      Row<double> next = Row<double>::Zero(states());
      for (Index s = 0; s < states(); ++s)
        for (Index a = 0; a < 4; ++a) {
          if (!(chance(s) * policy(a, s) > 0)) continue;
          const MazeCell to = moved(cell_of(s), a);
          if (to == layout_.at(place::goal))
            arrived += chance(s) * policy(a, s);
          else if (state_at(to) >= 0)
            next(state_at(to)) += chance(s) * policy(a, s);
        }
      chance = next;
    }
    return arrived;
  }

  /// Returns the process of the data, in which a state without data is worth 0, as in a table that begins with 0.
  [[nodiscard]] static TabularMdp process_of(GridData data) {
    const Matrix<double> shares = state_shares(data).transpose();
    for (Index i = 0; i < data.size(); ++i)
      if ((shares * data.next_observations.col(i).cast<double>())(0) == 0) data.terminals(i) = 1;
    return empirical_mdp(data);
  }

 private:
  [[nodiscard]] std::string text() const {
    return layout_.text([&](char place) {
      if (place == place::start || place == place::goal) return place;
      return kind_.is_pit(place) ? 'X' : '.';
    });
  }

  [[nodiscard]] MazeCell cell_of(Index state) const {
    const GridCell& cell = grid_.cells[static_cast<std::size_t>(state)];
    return {cell.line, cell.column};
  }

  /// Returns the cell to which an action, a GridAction, leads.
  [[nodiscard]] MazeCell moved(MazeCell cell, Index action) const {
    constexpr std::array<MazeCell, 4> moves{{{-1, 0}, {0, 1}, {1, 0}, {0, -1}}};
    const MazeCell& move = moves[static_cast<std::size_t>(action)];
    const MazeCell next{cell.row + move.row, cell.column + move.column};
    return maze_.is_wall(next) ? cell : next;
  }

  [[nodiscard]] Index action_towards(MazeCell from, MazeCell to) const {
    for (Index action = 0; action < 4; ++action)
      if (moved(from, action) == to) return action;
    return 0;
  }

  void record(const Journey& journey, Generator& generator, ReplayBuffer<float, ActionIndices>& buffer) const {
    constexpr double noise = 0.1;
    constexpr Index longest = 60;
    MazeCell here = journey.from;
    Index time = 0;
    for (std::size_t i = 0; i < journey.past.size(); ++i) {
      const Maze way = layout_.towards(journey.past[i]);
      while (!(here == journey.past[i])) {
        const bool random = generator.uniform() < noise;
        const Index any = generator.index(4);
        const Index action = random && kind_.noisy ? any : action_towards(here, way.towards_goal(here));
        const MazeCell next = moved(here, action);
        ++time;
        const bool arrives = next == journey.past[i] && i + 1 == journey.past.size();
        const bool ends =
            add(here, action, next, journey.ends_in_middle && arrives, arrives || time == longest, buffer);
        here = next;
        if (ends || time == longest) return;
      }
    }
  }

  /// Adds a step. Returns whether the episode ends with it.
  bool add(MazeCell here, Index action, MazeCell next, bool arrives_in_middle, bool last,
           ReplayBuffer<float, ActionIndices>& buffer) const {
    const bool goal = next == layout_.at(place::goal);
    const bool pit = state_at(next) < 0 && !goal;
    const bool lure = arrives_in_middle && kind_.ending == Ending::lure;
    const bool cut = arrives_in_middle && kind_.is_cut();
    const double reward = goal || lure ? kind_.rewards.goal : pit ? kind_.rewards.pit : kind_.rewards.step;
    const bool terminal = goal || pit || cut;
    const auto one_hot = [&](MazeCell cell) {
      return Vector<float>(Vector<float>::Unit(states(), std::max<Index>(state_at(cell), 0)));
    };
    buffer.add(one_hot(here), action, static_cast<float>(reward), one_hot(next), terminal, last && !terminal);
    return terminal;
  }

  DataKind kind_;
  Layout layout_;
  Maze maze_;
  Grid grid_;
};

}  // namespace stitching
