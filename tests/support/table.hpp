/// \file
/// Access to the algorithms of the table by name, with networks of a given width.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/training/any_learner.hpp"

namespace holdfast::testing {

/// Returns the settings for the hidden layers of every network of the algorithm; those of residual blocks and time
/// features become small.
template <class Actions = Matrix<float>>
[[nodiscard]] Settings layers(std::string_view algorithm, const std::string& hidden) {
  Settings settings;
  for (const auto& [name, value] : default_settings<Actions>(algorithm))
    if (name.ends_with(".hidden"))
      settings.emplace_back(name, hidden);
    else if (name.ends_with("network.width"))
      settings.emplace_back(name, "8");
    else if (name.ends_with("time.layers") && value != "[]")
      settings.emplace_back(name, "[8]");
  return settings;
}

/// Returns whether the algorithm clones, without critics.
[[nodiscard]] inline bool only_clones(std::string_view algorithm) {
  return algorithm == "bc" || algorithm == "percentile_bc" || algorithm == "diffusion_bc" || algorithm == "flow_bc";
}

/// Returns the typed learner of a row, with its defaults except for `settings`.
template <class Learner>
[[nodiscard]] Learner typed(const Settings& settings, Sizes sizes, std::uint64_t seed) {
  typename Learner::Config config;
  for (const auto& [name, value] : settings) set_field(config, name, value);
  return Learner(config, sizes, seed);
}

/// Returns the modes of a policy for some observations (O×B).
template <class Policy>
[[nodiscard]] typename Policy::Actions mode(const Policy& policy, const Matrix<typename Policy::Scalar>& observations) {
  typename Policy::Tape tape;
  typename Policy::Actions out;
  policy.mode(observations, tape, out);
  return out;
}

/// Returns the figures of the last update, by name.
template <class Learner>
[[nodiscard]] std::vector<std::pair<std::string, double>> figures(const Learner& learner) {
  std::vector<std::pair<std::string, double>> all;
  learner.report([&](std::string_view name, double value) { all.emplace_back(name, value); });
  return all;
}

}  // namespace holdfast::testing
