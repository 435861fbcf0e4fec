/// \file
/// Computes the pessimistic value of twin critics: the minimum over an ensemble, and its gradient.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast {

/// Sets out = min_i Q_i, 1×N from E×N.
template <class Scalar>
void minimum(const Matrix<Scalar>& q, Row<Scalar>& out) {
  out = q.row(0).array();
  for (Index i = 1; i < q.rows(); ++i) out = out.min(q.row(i).array());
}

/// Computes the gradient of min_i Q_i with respect to every Q_i: each column of `out` (E×N) holds that sample's
/// `adjoint` (1×N) at the smallest Q_i (the first one of equals) and zero elsewhere.
template <class Scalar>
void minimum_adjoint(const Matrix<Scalar>& q, const Row<Scalar>& adjoint, Matrix<Scalar>& out) {
  out.setZero(q.rows(), q.cols());
  for (Index sample = 0; sample < q.cols(); ++sample) {
    Index smallest = 0;
    for (Index i = 1; i < q.rows(); ++i)
      if (q(i, sample) < q(smallest, sample)) smallest = i;
    out(smallest, sample) = adjoint(sample);
  }
}

}  // namespace holdfast
