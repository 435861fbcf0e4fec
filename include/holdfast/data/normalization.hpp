/// \file
/// Standardized observations: fitted once to a dataset, then carried along with the policy.
#pragma once

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/moments.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// s ↦ (s − mean) / scale, by feature. A policy trained on normalized observations needs it wherever it acts.
template <class ScalarType>
struct Normalization {
  using Scalar = ScalarType;

  Vector<Scalar> mean;   ///< O
  Vector<Scalar> scale;  ///< O, positive

  /// mean and scale = std + epsilon of the columns of `observations` (O×N), std being that of the population (divided
  /// by N), computed in double. epsilon = 1e-3 is that of TD3+BC (Fujimoto and Gu, 2021). Throws DataError where there
  /// is no column, ConfigError where epsilon is not positive.
  [[nodiscard]] static Normalization fit(const Matrix<Scalar>& observations, double epsilon = 1e-3) {
    require(epsilon > 0, "Normalization epsilon", "positive", epsilon);
    if (observations.cols() == 0) throw DataError("observations: expected at least one to normalize by, found none");
    const auto [mean, deviation] = feature_moments(observations);
    return {mean.template cast<Scalar>(), (deviation.array() + epsilon).matrix().template cast<Scalar>()};
  }

  /// The normalization of `size` features that changes nothing.
  [[nodiscard]] static Normalization identity(Index size) {
    return {Vector<Scalar>::Zero(size), Vector<Scalar>::Ones(size)};
  }

  /// O, the number of features.
  [[nodiscard]] Index size() const { return mean.size(); }

  /// Normalizes observations (O×B) in place. Throws DataError where they have another number of features.
  void apply(Eigen::Ref<Matrix<Scalar>> observations) const {
    check(observations.rows());
    observations = ((observations.colwise() - mean).array().colwise() / scale.array()).matrix();
  }

  /// Undoes `apply`, but for rounding.
  void invert(Eigen::Ref<Matrix<Scalar>> observations) const {
    check(observations.rows());
    observations = (observations.array().colwise() * scale.array()).matrix().colwise() + mean;
  }

  /// Normalizes the observations and next observations, dense, of a dataset.
  template <class Actions>
  void normalize(Transitions<Scalar, Actions>& dataset) const {
    apply(dataset.observations);
    apply(dataset.next_observations);
  }

 private:
  void check(Index features) const {
    if (features != size())
      throw DataError(message("observations: expected ", size(), " features, as normalized by, found ", features));
  }
};

}  // namespace holdfast
