/// \file
/// One row of a table of estimators.
#pragma once

#include <string_view>

namespace holdfast {

/// The things that an estimator weighs by how much more likely the evaluated policy is to do them.
enum class Weighs {
  nothing,       ///< it does not ask the behavior's probabilities
  trajectories,  ///< each step, or the whole, by all that came before
  steps          ///< each step by itself, and by how often its state is visited
};

/// One row of the table: the name of an estimator, and what it needs. Where the row says so, its answers are warned
/// about, refused and left out.
struct EstimatorRow {
  static constexpr std::string_view kind = "estimator";

  std::string_view name;          ///< as it is asked by; not empty
  std::string_view summary = {};  ///< in a few words
  bool needs_q = false;           ///< it asks a Q along the log
  bool rests_on_q = false;        ///< it is as wrong as Q is, which its standard error does not know; it needs one then
  Weighs weighs = Weighs::nothing;
  /// Nothing but weights and rewards goes into what it says of a trajectory, so that with a cap on the weights, a
  /// horizon and a known range of rewards that has a range.
  bool bounded = false;
  bool needs_successors = false;  ///< it asks the observations that follow the time-outs too
  bool by_default = true;         ///< whether it is asked where no estimator is named

  /// Whether it asks the behavior's probabilities.
  [[nodiscard]] constexpr bool needs_weights() const { return weighs != Weighs::nothing; }
  [[nodiscard]] constexpr bool weighs_trajectories() const { return weighs == Weighs::trajectories; }
  /// Whether it asks a Q where trajectories were, or were not, cut without a horizon: after those an estimator that
  /// weighs trajectories goes on by Q.
  [[nodiscard]] constexpr bool asks_q(bool cut) const { return needs_q || (cut && weighs_trajectories()); }
};

}  // namespace holdfast
