/// \file
/// Defines the loss between the critics and the Bellman target.
#pragma once

#include "holdfast/core/fields.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The loss of one Bellman error e = Q − y.
enum class CriticLoss {
  squared,  ///< e²
  huber     ///< ½ e² for |e| ≤ 1, |e| − ½ beyond, so the gradient of an outlier is bounded
};

constexpr auto enumerators(CriticLoss) {
  return std::array{Enumerator<CriticLoss>{"squared", CriticLoss::squared},
                    Enumerator<CriticLoss>{"huber", CriticLoss::huber}};
}

/// Returns Σ_i (1/B) Σ_b loss(Q_i − y), the sum over critics of their batch means. Sets `adjoint` (E×B) to its gradient
/// with respect to `q` (E×B). `target` is y, 1×B, treated as a constant.
template <class Scalar>
Scalar bellman_error(CriticLoss loss, const Matrix<Scalar>& q, const Row<Scalar>& target, Matrix<Scalar>& adjoint) {
  const Scalar share = Scalar{1} / static_cast<Scalar>(q.cols());
  adjoint = q.rowwise() - target.matrix();
  if (loss == CriticLoss::squared) {
    const Scalar total = adjoint.squaredNorm() * share;
    adjoint *= 2 * share;
    return total;
  }
  const auto clipped = adjoint.array().max(Scalar{-1}).min(Scalar{1});
  const Scalar total = share * (clipped * (adjoint.array() - Scalar{0.5} * clipped)).sum();
  adjoint.array() = share * clipped;
  return total;
}

}  // namespace holdfast
