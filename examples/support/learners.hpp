/// \file
/// Settings of learners that programs share.
#pragma once

#include <string_view>
#include <vector>

#include "holdfast/training/any_learner.hpp"

namespace program {

/// The settings that give all hidden layers of the algorithm's networks these widths, those of behavior models only
/// where asked for.
[[nodiscard]] holdfast::Settings hidden_settings(std::string_view algorithm, const std::vector<holdfast::Index>& hidden,
                                                 bool behavior_models);

}  // namespace program
