/// \file
/// Solves the linear systems of estimators and exact solutions. Like the products of networks, the solvers are not
/// inlined.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Solves the square system A x = b for each column of `right`, by LU decomposition with pivoting. A must be
/// invertible; this is not checked.
template <class Scalar>
[[nodiscard]] HOLDFAST_OUT_OF_LINE Matrix<Scalar> solve_square(const Matrix<Scalar>& system,
                                                               const Matrix<Scalar>& right) {
  return system.partialPivLu().solve(right);
}

/// Solves the normal equations G x = b for each column of `right`, where G = Φ Φᵀ and b lies in the range of G. If G is
/// singular up to rounding, returns a basic solution: x is 0 for features that never occur and for features that are
/// linear combinations of the others, such as all but one of a collinear group. Uses LDLT with pivoting; a diagonal G,
/// as from one-hot features, is inverted entry by entry.
template <class Scalar>
[[nodiscard]] HOLDFAST_OUT_OF_LINE Matrix<Scalar> solve_gram(const Matrix<Scalar>& gram, const Matrix<Scalar>& right) {
  if (gram.isDiagonal(0)) {
    const Vector<Scalar> inverse =
        gram.diagonal().unaryExpr([](Scalar square) { return square > 0 ? 1 / square : Scalar{0}; });
    return inverse.asDiagonal() * right;
  }
  // A unit diagonal makes the rank decision independent of the features' scales.
  const Vector<Scalar> scales =
      gram.diagonal().unaryExpr([](Scalar square) { return square > 0 ? 1 / std::sqrt(square) : Scalar{0}; });
  const Matrix<Scalar> scaled = scales.asDiagonal() * gram * scales.asDiagonal();
  const Eigen::LDLT<Matrix<Scalar>> factors(scaled);
  Vector<Scalar> pivots = factors.vectorD();
  const Scalar smallest = static_cast<Scalar>(gram.rows()) * Scalar{10} * std::numeric_limits<Scalar>::epsilon();
  for (Scalar& pivot : pivots) pivot = pivot > smallest ? 1 / pivot : Scalar{0};
  Matrix<Scalar> solution = scales.asDiagonal() * right;
  solution = (factors.transpositionsP() * solution).eval();
  factors.matrixL().solveInPlace(solution);
  solution.array().colwise() *= pivots.array();
  factors.matrixU().solveInPlace(solution);
  solution = (factors.transpositionsP().transpose() * solution).eval();
  return scales.asDiagonal() * solution;
}

#ifdef HOLDFAST_EXTERN
extern template Matrix<double> solve_square<double>(const Matrix<double>&, const Matrix<double>&);
extern template Matrix<double> solve_gram<double>(const Matrix<double>&, const Matrix<double>&);
#endif

}  // namespace holdfast
