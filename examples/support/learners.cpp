#include "support/learners.hpp"

namespace program {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

template <class Actions>
AnyLearner<float, Actions> make_learner(std::string_view algorithm, const Settings& settings, Sizes sizes,
                                        std::uint64_t seed) {
  return holdfast::make_learner<Actions>(algorithm, settings, sizes, seed);
}

template <class Actions>
Settings default_settings(std::string_view algorithm) {
  return holdfast::default_settings<Actions>(algorithm);
}

template <class Actions>
std::string absent_setting(std::string_view algorithm, std::string_view field) {
  return holdfast::absent_setting<Actions>(algorithm, field);
}

template AnyLearner<> make_learner<Matrix<float>>(std::string_view, const Settings&, Sizes, std::uint64_t);
template Settings default_settings<Matrix<float>>(std::string_view);
template std::string absent_setting<Matrix<float>>(std::string_view, std::string_view);
template AnyLearner<float, ActionIndices> make_learner<ActionIndices>(std::string_view, const Settings&, Sizes,
                                                                      std::uint64_t);
template Settings default_settings<ActionIndices>(std::string_view);
template std::string absent_setting<ActionIndices>(std::string_view, std::string_view);

Settings hidden_settings(std::string_view algorithm, const std::vector<Index>& hidden, bool behavior_models) {
  Settings settings;
  for (const auto& [name, value] : program::default_settings(algorithm))
    if (name.ends_with("network.hidden") && (behavior_models || name.find("behavior") == std::string::npos))
      settings.emplace_back(name, format_field(hidden));
  return settings;
}

}  // namespace program
