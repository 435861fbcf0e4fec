/// \file
/// Everything that an estimator is told of one policy.
#pragma once

#include <optional>

#include "holdfast/evaluators/estimate_options.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/importance_weights.hpp"

namespace holdfast {

/// The log of one policy and what is computed of it once, for all estimators. It refers to what outlives the evaluators
/// that are made of it.
template <class Data>
struct Evidence {
  const Data& dataset;               ///< the transitions that the log was made of
  const EvaluationLog& log;          ///< N steps of n trajectories
  const ImportanceWeights& weights;  ///< of whole trajectories, capped as the options say
  /// The values of Q along the log. An estimator whose row says that it needs one finds one; others may find none.
  const std::optional<ActionValues>& q;
  /// Q's value of the rest, after trajectories that were cut where there is no horizon, and else 0.
  const ActionValues& continued;
  const EstimateOptions& options;
};

}  // namespace holdfast
