/// \file
/// The learners by name, compiled once for all programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/training/any_learner.hpp"

namespace program {

/// holdfast::make_learner for the library's table.
[[nodiscard]] holdfast::AnyLearner<float> make_learner(std::string_view algorithm, const holdfast::Settings& settings,
                                                       holdfast::Sizes sizes, std::uint64_t seed);

/// holdfast::default_settings for the library's table.
[[nodiscard]] holdfast::Settings default_settings(std::string_view algorithm);

/// The same for the table over finite actions.
[[nodiscard]] holdfast::AnyFiniteLearner<float> make_finite_learner(std::string_view algorithm,
                                                                    const holdfast::Settings& settings,
                                                                    holdfast::Sizes sizes, std::uint64_t seed);
[[nodiscard]] holdfast::Settings default_finite_settings(std::string_view algorithm);

/// holdfast::absent_setting for the table over continuous or over finite actions.
[[nodiscard]] std::string absent_setting(std::string_view algorithm, bool finite, std::string_view field);

/// The settings that give all hidden layers of the algorithm's networks these widths, those of behaviour models only
/// where asked for.
[[nodiscard]] holdfast::Settings hidden_settings(std::string_view algorithm, const std::vector<holdfast::Index>& hidden,
                                                 bool behavior_models);

}  // namespace program
