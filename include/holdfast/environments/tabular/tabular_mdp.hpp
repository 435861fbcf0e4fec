/// \file
/// TabularMdp: a finite Markov decision process with known probabilities and rewards.
#pragma once

#include <cmath>
#include <optional>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The available actions of each state, A×S.
using ActionMask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

/// A finite Markov decision process with S states and A actions, both numbered from 0.
///
/// A step from state s with action a **ends** the process with probability `terminations(a, s)`; no value follows.
/// Otherwise it goes on in state s′ with probability `transitions(s′, s·A + a)`. The terminal state itself is not one
/// of the S states. The numbers of an action that is not available must be finite, but have no meaning.
struct TabularMdp {
  Matrix<double> transitions;   ///< S×(A·S), column s·A + a: probability of going on in each state
  Matrix<double> terminations;  ///< A×S, probability that the step ends the process
  Matrix<double> rewards;       ///< A×S, expected reward of the step
  ActionMask available;         ///< A×S, true if the action can be taken in the state
  Vector<double> initial;       ///< S, probabilities of the initial states

  /// Returns a process of the given sizes to fill in: every action is available, and all numbers are 0.
  [[nodiscard]] static TabularMdp zeros(Index states, Index actions) {
    return {Matrix<double>::Zero(states, actions * states), Matrix<double>::Zero(actions, states),
            Matrix<double>::Zero(actions, states), ActionMask::Constant(actions, states, true),
            Vector<double>::Zero(states)};
  }

  [[nodiscard]] Index states() const { return terminations.cols(); }
  [[nodiscard]] Index actions() const { return terminations.rows(); }

  /// Returns the column of `transitions` that belongs to an action in a state.
  [[nodiscard]] Index column(Index state, Index action) const { return state * actions() + action; }

  /// Throws DataError, naming the state and the action, unless
  /// - the shapes agree and every number is finite;
  /// - the probabilities of every available action sum to 1 within 1e-9 and none is negative;
  /// - every state has an available action;
  /// - `initial` is a distribution.
  void validate() const;

 private:
  void validate_shapes() const;
  void validate_action(Index state, Index action) const;
};

namespace detail {

/// Largest difference from 1 of a sum of probabilities.
inline constexpr double chance_tolerance = 1e-9;

}  // namespace detail

inline void TabularMdp::validate_shapes() const {
  const Index s = states();
  const Index a = actions();
  if (s < 1 || a < 1)
    throw DataError(message("tabular MDP: expected at least one state and one action, found ", s, " and ", a));
  const auto check = [](const char* field, const auto& values, Index rows, Index columns) {
    if (values.rows() != rows || values.cols() != columns)
      throw DataError(message("tabular MDP: ", field, " must be ", rows, "×", columns, " as terminations are, but is ",
                              values.rows(), "×", values.cols()));
  };
  check("transitions", transitions, s, a * s);
  check("rewards", rewards, a, s);
  check("available", available, a, s);
  check("initial", initial, s, 1);
}

inline void TabularMdp::validate_action(Index state, Index action) const {
  const auto successors = transitions.col(column(state, action));
  const double end = terminations(action, state);
  const auto refuse = [&](const auto&... parts) {
    throw DataError(message("tabular MDP: state ", state, ", action ", action, ": ", parts...));
  };
  if (!std::isfinite(rewards(action, state))) refuse("the reward must be finite, but is ", rewards(action, state));
  if (!std::isfinite(end)) refuse("the chance to end must be finite, but is ", end);
  for (Index next = 0; next < states(); ++next)
    if (!std::isfinite(successors[next]))
      refuse("the chance of state ", next, " must be finite, but is ", successors[next]);
  if (!available(action, state)) return;

  if (end < 0) refuse("the chance to end must not be negative, but is ", end);
  for (Index next = 0; next < states(); ++next)
    if (successors[next] < 0) refuse("the chance of state ", next, " must not be negative, but is ", successors[next]);
  const double total = successors.sum() + end;
  if (std::abs(total - 1) > detail::chance_tolerance)
    refuse("the chances of the next states and of the end must sum to 1, but sum to ", total);
}

inline void TabularMdp::validate() const {
  validate_shapes();
  for (Index state = 0; state < states(); ++state) {
    for (Index action = 0; action < actions(); ++action) validate_action(state, action);
    if (!available.col(state).any())
      throw DataError(message("tabular MDP: state ", state, ": at least one action must be available, but none is; ",
                              "give it one that ends the process"));
  }
  for (Index state = 0; state < states(); ++state)
    if (!(initial[state] >= 0) || !std::isfinite(initial[state]))
      throw DataError(message("tabular MDP: initial: the chance of state ", state,
                              " must be finite and not negative, but is ", initial[state]));
  if (std::abs(initial.sum() - 1) > detail::chance_tolerance)
    throw DataError(message("tabular MDP: initial: the chances must sum to 1, but sum to ", initial.sum()));
}

namespace detail {

/// Returns the first index up to which the probabilities sum to more than `point`. If rounding leaves none, returns the
/// last index with a positive probability.
template <class Chances>
Index drawn(const Chances& chances, double point) {
  Index last = 0;
  for (Index i = 0; i < chances.size(); ++i) {
    if (!(chances[i] > 0)) continue;
    last = i;
    point -= chances[i];
    if (point < 0) break;
  }
  return last;
}

/// Returns the outcome of an action for a uniform number in [0, 1): the next state, or nothing if the process ends.
inline std::optional<Index> draw_successor(const TabularMdp& mdp, Index state, Index action, double uniform) {
  const auto successors = mdp.transitions.col(mdp.column(state, action));
  const double end = mdp.terminations(action, state);
  const double on = successors.sum();
  const double point = uniform * (end + on);
  if (point < end || on == 0) return std::nullopt;
  return drawn(successors, point - end);
}

}  // namespace detail
}  // namespace holdfast
