/// \file
/// One row of an estimator table: the name of an estimator and what it needs.
#pragma once

#include <string_view>

namespace holdfast {

/// The kind of importance weights that an estimator uses.
enum class Weighs {
  nothing,       ///< none: it does not use the behavior policy's probabilities
  trajectories,  ///< weights of trajectories: products of the ratios of all steps so far, or of the whole trajectory
  steps          ///< weights of single steps: a step's own ratio times how often its state is visited
};

/// One row of an estimator table: the name of an estimator and what it needs. These fields decide what its results are
/// warned about, when it is refused, and whether it is left out by default.
struct EstimatorRow {
  static constexpr std::string_view kind = "estimator";

  std::string_view name;          ///< name to request it by; not empty
  std::string_view summary = {};  ///< short description
  bool needs_q = false;           ///< true if it uses a Q along the log
  /// True if an error of Q is an error of the estimate, which its standard error leaves out. Implies needs_q.
  bool rests_on_q = false;
  Weighs weighs = Weighs::nothing;
  /// True if a trajectory's contribution depends only on weights and rewards. It is then bounded if weights are capped,
  /// there is a horizon, and the range of rewards is known.
  bool bounded = false;
  bool needs_successors = false;  ///< true if it also uses the observations that follow time-outs
  bool by_default = true;         ///< true if it is used if no estimator is named

  /// Returns whether it uses the behavior policy's probabilities.
  [[nodiscard]] constexpr bool needs_weights() const { return weighs != Weighs::nothing; }
  [[nodiscard]] constexpr bool weighs_trajectories() const { return weighs == Weighs::trajectories; }
  /// Returns whether it uses a Q. `cut` tells whether trajectories were cut without a horizon: an estimator that
  /// weights trajectories then uses Q for the rest.
  [[nodiscard]] constexpr bool asks_q(bool cut) const { return needs_q || (cut && weighs_trajectories()); }
};

}  // namespace holdfast
