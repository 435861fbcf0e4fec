/// \file
/// AlgorithmRow: one row of the table of algorithms.
#pragma once

#include <string_view>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// The part of an algorithm's published recipe that is not the learner's: how its authors prepare the data and train.
struct AlgorithmTraining {
  /// True if the published learning rate of the policy decays to 0 over the whole training.
  /// `policy_optimizer.decay_steps` should then be the number of updates, which the default, 0, cannot know.
  bool policy_decays = false;
  Index batch_size = 256;            ///< transitions per update
  bool normalizes = false;           ///< observations are normalized by the data's moments (Normalization::fit)
  bool needs_next_actions = false;   ///< batches hold the data's next actions (with_next_actions)
  bool needs_returns_to_go = false;  ///< batches hold what the data earned from each state on (lowest_returns_to_go)
  double best_share = 1;             ///< share of the trajectories that is used, the best ones (best_trajectories)
};

/// One row of the table.
struct AlgorithmRow {
  static constexpr std::string_view kind = "algorithm";

  std::string_view name;         ///< name in programs, such as "cql_maximum"
  std::string_view type;         ///< C++ name of the learner, without its template argument
  std::string_view value;        ///< the value rule V(s)
  std::string_view penalty;      ///< the critic penalty
  std::string_view improvement;  ///< the policy improvement
  std::string_view paper;
  AlgorithmTraining training = {};
};

}  // namespace holdfast
