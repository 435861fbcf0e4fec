#include "support/learners.hpp"

namespace program {

holdfast::AnyLearner<float> make_learner(std::string_view algorithm, const holdfast::Settings& settings,
                                         holdfast::Sizes sizes, std::uint64_t seed) {
  return holdfast::make_learner<float>(algorithm, settings, sizes, seed);
}

holdfast::Settings default_settings(std::string_view algorithm) { return holdfast::default_settings(algorithm); }

holdfast::AnyFiniteLearner<float> make_finite_learner(std::string_view algorithm, const holdfast::Settings& settings,
                                                      holdfast::Sizes sizes, std::uint64_t seed) {
  return holdfast::make_finite_learner<float>(algorithm, settings, sizes, seed);
}

holdfast::Settings default_finite_settings(std::string_view algorithm) {
  return holdfast::default_settings<holdfast::FiniteAlgorithms>(algorithm);
}

std::string absent_setting(std::string_view algorithm, bool finite, std::string_view field) {
  return finite ? holdfast::absent_setting<holdfast::FiniteAlgorithms>(algorithm, field)
                : holdfast::absent_setting(algorithm, field);
}

holdfast::Settings hidden_settings(std::string_view algorithm, const std::vector<holdfast::Index>& hidden,
                                   bool behavior_models) {
  holdfast::Settings settings;
  for (const auto& [name, value] : default_settings(algorithm))
    if (name.ends_with("network.hidden") && (behavior_models || name.find("behavior") == std::string::npos))
      settings.emplace_back(name, holdfast::detail::format_field(hidden));
  return settings;
}

}  // namespace program
