/// \file
/// The learners by name, compiled once for all programs: of the library's tables, as float.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/training/any_learner.hpp"

namespace program {

/// holdfast::make_learner.
template <class Actions = holdfast::Matrix<float>>
[[nodiscard]] holdfast::AnyLearner<float, Actions> make_learner(std::string_view algorithm,
                                                                const holdfast::Settings& settings,
                                                                holdfast::Sizes sizes, std::uint64_t seed);

/// holdfast::default_settings.
template <class Actions = holdfast::Matrix<float>>
[[nodiscard]] holdfast::Settings default_settings(std::string_view algorithm);

/// holdfast::absent_setting.
template <class Actions = holdfast::Matrix<float>>
[[nodiscard]] std::string absent_setting(std::string_view algorithm, std::string_view field);

/// The settings that give all hidden layers of the algorithm's networks these widths, those of behaviour models only
/// where asked for.
[[nodiscard]] holdfast::Settings hidden_settings(std::string_view algorithm, const std::vector<holdfast::Index>& hidden,
                                                 bool behavior_models);

}  // namespace program
