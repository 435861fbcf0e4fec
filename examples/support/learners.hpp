/// \file
/// Learner settings that programs share.
#pragma once

#include <string_view>
#include <vector>

#include "holdfast/training/any_learner.hpp"

namespace program {

/// Returns the settings that give all hidden layers of a learner's networks these widths, given its default settings;
/// residual networks get the first of them. Those of behavior models are included only if `behavior_models` is true.
[[nodiscard]] holdfast::Settings hidden_settings(const holdfast::Settings& defaults,
                                                 const std::vector<holdfast::Index>& hidden, bool behavior_models);

/// Returns the same settings for an algorithm of the table.
template <class Actions = holdfast::Matrix<float>>
[[nodiscard]] holdfast::Settings hidden_settings(std::string_view algorithm, const std::vector<holdfast::Index>& hidden,
                                                 bool behavior_models);

/// Returns the settings that set all learning rates of networks and temperatures among `defaults`, which are those of
/// an algorithm, but not those of multipliers.
[[nodiscard]] holdfast::Settings rate_settings(const holdfast::Settings& defaults, double rate);

}  // namespace program
