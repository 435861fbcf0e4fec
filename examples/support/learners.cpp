#include "support/learners.hpp"

namespace program {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

Settings hidden_settings(const Settings& defaults, const std::vector<Index>& hidden, bool behavior_models) {
  Settings settings;
  for (const auto& [name, value] : defaults)
    if (name.ends_with("network.hidden") && (behavior_models || name.find("behavior") == std::string::npos))
      settings.emplace_back(name, format_field(hidden));
    else if (name.ends_with("network.width") && !hidden.empty())
      settings.emplace_back(name, format_field(hidden.front()));
  return settings;
}

template <class Actions>
Settings hidden_settings(std::string_view algorithm, const std::vector<Index>& hidden, bool behavior_models) {
  return hidden_settings(default_settings<Actions>(algorithm), hidden, behavior_models);
}

Settings rate_settings(const Settings& defaults, double rate) {
  Settings settings;
  for (const auto& [name, value] : defaults)
    if (name.ends_with("learning_rate") && name.find("multiplier") == std::string::npos)
      settings.emplace_back(name, format_field(rate));
  return settings;
}

template Settings hidden_settings<Matrix<float>>(std::string_view, const std::vector<Index>&, bool);
template Settings hidden_settings<ActionIndices>(std::string_view, const std::vector<Index>&, bool);

}  // namespace program
