/// \file
/// The linear systems that estimators and exact solutions solve, out of line as the products of networks are.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "holdfast/core/compiled_once.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// The x of the square system A x = b, for each column of `right`: LU with pivoting. Of no use where A is singular.
template <class Scalar>
[[nodiscard]] HOLDFAST_OUT_OF_LINE Matrix<Scalar> solve_square(const Matrix<Scalar>& system,
                                                               const Matrix<Scalar>& right) {
  return system.partialPivLu().solve(right);
}

/// The x of the normal equations G x = b, G = Φ Φᵀ and b in its range, for each column of `right`. Of what G does not
/// determine, up to rounding, x is 0: unknowns that no row of Φ speaks of, and of those that always go together the
/// rest. LDLT with pivoting; a diagonal G, as of one-hot features, is divided by.
template <class Scalar>
[[nodiscard]] HOLDFAST_OUT_OF_LINE Matrix<Scalar> solve_gram(const Matrix<Scalar>& gram, const Matrix<Scalar>& right) {
  if (gram.isDiagonal(0)) {
    const Vector<Scalar> inverse =
        gram.diagonal().unaryExpr([](Scalar square) { return square > 0 ? 1 / square : Scalar{0}; });
    return inverse.asDiagonal() * right;
  }
  // Features of any scale count alike.
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
