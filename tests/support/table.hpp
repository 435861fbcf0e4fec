/// \file
/// The algorithms of the table by name, with networks of a given width.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/training/any_learner.hpp"

namespace holdfast::testing {

/// Sets the hidden layers of every network of the algorithm.
template <class Table = Algorithms>
[[nodiscard]] Settings layers(std::string_view algorithm, const std::string& hidden) {
  Settings settings;
  for (const auto& [name, value] : default_settings<Table>(algorithm))
    if (name.ends_with(".hidden")) settings.emplace_back(name, hidden);
  return settings;
}

/// The modes of what acts for some observations (O×B).
template <class Scalar, class Actions>
[[nodiscard]] Actions mode(const AnyPolicy<Scalar, Actions>& policy, const Matrix<Scalar>& observations) {
  typename AnyPolicy<Scalar, Actions>::Tape tape;
  Actions out;
  policy.mode(observations, tape, out);
  return out;
}

/// The figures of the last update, by name.
template <class Learner>
[[nodiscard]] std::vector<std::pair<std::string, double>> figures(const Learner& learner) {
  std::vector<std::pair<std::string, double>> all;
  learner.report([&](std::string_view name, double value) { all.emplace_back(name, value); });
  return all;
}

}  // namespace holdfast::testing
