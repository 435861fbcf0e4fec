/// \file
/// Standardizes observations. A normalization is fitted once to a dataset and then kept together with the policy.
#pragma once

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/moments.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// The map s ↦ (s − mean) / scale, feature by feature. A policy trained on normalized observations needs it wherever it
/// acts.
template <class ScalarType>
struct Normalization {
  using Scalar = ScalarType;

  Vector<Scalar> mean;   ///< O entries
  Vector<Scalar> scale;  ///< O entries, positive

  /// Fits a normalization to the columns of `observations` (O×N): the mean, and scale = std + epsilon, computed in
  /// double. std is that of the population (divided by N). The default epsilon = 1e-3 is that of TD3+BC (Fujimoto and
  /// Gu, 2021). Throws DataError if there is no column and ConfigError if epsilon is not positive.
  [[nodiscard]] static Normalization fit(const Matrix<Scalar>& observations, double epsilon = 1e-3) {
    require(epsilon > 0, "Normalization epsilon", "positive", epsilon);
    if (observations.cols() == 0) throw DataError("observations: expected at least one to normalize by, found none");
    const auto [mean, deviation] = feature_moments(observations);
    return {mean.template cast<Scalar>(), (deviation.array() + epsilon).matrix().template cast<Scalar>()};
  }

  /// Returns the normalization of `size` features that changes nothing.
  [[nodiscard]] static Normalization identity(Index size) {
    return {Vector<Scalar>::Zero(size), Vector<Scalar>::Ones(size)};
  }

  /// Returns O, the number of features.
  [[nodiscard]] Index size() const { return mean.size(); }

  /// Normalizes observations (O×B) in place. Throws DataError if their number of features differs.
  void apply(Eigen::Ref<Matrix<Scalar>> observations) const {
    check(observations.rows());
    observations = ((observations.colwise() - mean).array().colwise() / scale.array()).matrix();
  }

  /// Inverts `apply` in place, up to rounding. Throws the same errors.
  void invert(Eigen::Ref<Matrix<Scalar>> observations) const {
    check(observations.rows());
    observations = (observations.array().colwise() * scale.array()).matrix().colwise() + mean;
  }

  /// Normalizes the observations and next observations of a dataset with dense observations in place.
  template <class Actions>
  void normalize(Transitions<Scalar, Actions>& dataset) const {
    apply(dataset.observations);
    apply(dataset.next_observations);
  }

  static void state(auto& self, auto&& visit) {
    visit("mean", self.mean);
    visit("scale", self.scale);
  }

 private:
  void check(Index features) const {
    if (features != size())
      throw DataError(message("observations: expected ", size(), " features, as normalized by, found ", features));
  }
};

}  // namespace holdfast
