/// \file
/// Batches in which a finite process and a behaviour policy are present exactly, so that a gradient step on them is one
/// on the expected loss.
#pragma once

#include <cmath>

#include "holdfast/core/errors.hpp"
#include "holdfast/data/batch.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast::testing {

/// Transitions with one-hot states, in which action a of state s occurs `counts(a, s)` times `resolution`, and is
/// followed by each successor and by the end as often as their chances say, multiples of one by that number.
[[nodiscard]] inline Batch<double, ActionIndices> full_batch(const TabularMdp& mdp,
                                                             const Eigen::Array<Index, -1, -1>& counts,
                                                             Index resolution, double discount) {
  const Index size = counts.sum() * resolution;
  Batch<double, ActionIndices> batch;
  batch.observations.setZero(mdp.states(), size);
  batch.next_observations.setZero(mdp.states(), size);
  batch.actions.resize(size);
  batch.rewards.resize(size);
  batch.continuation.setConstant(size, discount);
  Index column = 0;
  for (Index s = 0; s < mdp.states(); ++s)
    for (Index a = 0; a < mdp.actions(); ++a) {
      const auto add = [&](Index next, double chance) {
        const Index times = std::lround(chance * static_cast<double>(counts(a, s) * resolution));
        for (Index i = 0; i < times; ++i, ++column) {
          batch.observations(s, column) = 1;
          batch.actions(column) = a;
          batch.rewards(column) = mdp.rewards(a, s);
          if (next < 0)
            batch.continuation(column) = 0;
          else
            batch.next_observations(next, column) = 1;
        }
      };
      for (Index next = 0; next < mdp.states(); ++next) add(next, mdp.transitions(next, mdp.column(s, a)));
      add(-1, mdp.terminations(a, s));
    }
  if (column != size) throw DataError(message("full_batch: expected chances that are multiples of 1/", resolution, " or finer"));
  return batch;
}

/// π(a|s) as such counts have it, A×S.
[[nodiscard]] inline Matrix<double> shares(const Eigen::Array<Index, -1, -1>& counts) {
  Matrix<double> policy = counts.cast<double>();
  for (Index s = 0; s < policy.cols(); ++s) policy.col(s) /= policy.col(s).sum();
  return policy;
}

/// Σ of the continuing probabilities times `value` (S), for every action and state, A×S.
[[nodiscard]] inline Matrix<double> expected_next(const TabularMdp& mdp, const Vector<double>& value) {
  const Vector<double> all = mdp.transitions.transpose() * value;
  return all.reshaped(mdp.actions(), mdp.states());
}

}  // namespace holdfast::testing
