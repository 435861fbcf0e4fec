/// \file
/// Computes the mean and standard deviation of each feature of a dataset.
#pragma once

#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"

namespace holdfast {

/// The mean and the standard deviation of each feature, O entries each. The deviation is that of the population
/// (divided by N).
struct FeatureMoments {
  Vector<double> mean;
  Vector<double> deviation;
};

/// Returns the moments of the columns of `matrix` (O×N, at least one column), summed in double.
template <class Scalar>
[[nodiscard]] FeatureMoments feature_moments(const Matrix<Scalar>& matrix) {
  const auto size = static_cast<double>(matrix.cols());
  Vector<double> sum = Vector<double>::Zero(matrix.rows());
  for (const auto& sample : matrix.colwise()) sum += sample.template cast<double>();
  const Vector<double> mean = sum / size;
  sum.setZero();
  for (const auto& sample : matrix.colwise()) sum += (sample.template cast<double>() - mean).cwiseAbs2();
  return {mean, (sum / size).cwiseSqrt()};
}

/// Returns the moments of a sparse matrix, visiting only its stored numbers.
template <class Scalar>
[[nodiscard]] FeatureMoments feature_moments(const SparseMatrix<Scalar>& matrix) {
  const auto size = static_cast<double>(matrix.cols());
  const auto visit_stored = [&](auto&& visit) {
    for (Index column = 0; column < matrix.cols(); ++column)
      for (typename SparseMatrix<Scalar>::InnerIterator entry(matrix, column); entry; ++entry)
        visit(entry.index(), static_cast<double>(entry.value()));
  };
  Vector<double> sum = Vector<double>::Zero(matrix.rows());
  visit_stored([&](Index feature, double value) { sum(feature) += value; });
  const Vector<double> mean = sum / size;
  Vector<double> squares = size * mean.cwiseAbs2();  // the sum if every number were zero
  visit_stored([&](Index feature, double value) { squares(feature) += value * (value - 2 * mean(feature)); });
  return {mean, (squares.cwiseMax(0.0) / size).cwiseSqrt()};
}

}  // namespace holdfast
