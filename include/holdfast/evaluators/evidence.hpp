/// \file
/// The input of an estimator for one policy.
#pragma once

#include <optional>

#include "holdfast/evaluators/estimate_options.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/importance_weights.hpp"

namespace holdfast {

/// The log of one policy and the quantities that are computed from it once, for all estimators. It holds references to
/// objects that must outlive the evaluators made from it.
template <class Data>
struct Evidence {
  const Data& dataset;               ///< transitions that the log was made from
  const EvaluationLog& log;          ///< N steps of n trajectories
  const ImportanceWeights& weights;  ///< cumulative weights of trajectories, capped by the options
  /// The values of Q along the log. They are there if the estimator's row says that it needs a Q, else possibly empty.
  const std::optional<ActionValues>& q;
  /// Q's value of the rest after trajectories that were cut without a horizon, else 0.
  const ActionValues& continued;
  const EstimateOptions& options;
};

}  // namespace holdfast
