/// \file
/// Collects warnings about a valid configuration: fields that are set but have no effect, and values that together
/// prevent something from changing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"

namespace holdfast {

/// Collects the warnings of a configuration and of its parts. Each of them may have a member
///
///     void warn(Warnings& warnings) const {
///       if (!learn_temperature) warnings.idle("target_entropy", "learn_temperature is false");
///     }
class Warnings {
 public:
  /// `updates` is the planned number of updates, 0 if unknown; `critics` is the number of critics.
  explicit Warnings(Index updates = 0, Index critics = 0) : updates_(updates), critics_(critics) {}

  [[nodiscard]] Index updates() const { return updates_; }
  [[nodiscard]] Index critics() const { return critics_; }

  /// Records that the field, or every field of the configuration with that name, has no effect. It causes a warning
  /// only if its value differs from the default.
  void idle(std::string_view field, std::string_view why) { idle_.emplace_back(prefix_ + std::string(field), why); }

  /// Adds the warning `text`, with the field's path in front.
  void say(std::string_view field, std::string_view text) { said_.push_back(message(prefix_, field, text)); }

  /// Collects the warnings of a nested configuration, whose fields are named `name`.….
  template <class Part>
  void ask(std::string_view name, const Part& part) {
    if constexpr (requires { part.warn(*this); }) {
      const std::string outer = std::exchange(prefix_, message(prefix_, name, '.'));
      part.warn(*this);
      prefix_ = outer;
    }
  }

  /// Returns all warnings about `config`: "improvement.max_weight = 20 has no effect: limit is batch".
  template <HasFields Config>
  [[nodiscard]] std::vector<std::string> all(const Config& config) const {
    detail::Reasons reasons = detail::absent_fields<Config>();
    reasons.insert(reasons.end(), idle_.begin(), idle_.end());
    const Config fresh{};
    std::vector<std::string> found = idle_values(members_of(config), members_of(fresh), reasons);
    found.insert(found.end(), said_.begin(), said_.end());
    return found;
  }

 private:
  static std::vector<std::string> idle_values(const std::vector<ConstField>& members,
                                              const std::vector<ConstField>& defaults, const detail::Reasons& reasons) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string text = members[i].text();
      const std::string_view why = detail::reason(reasons, members[i].path());
      if (!why.empty() && text != defaults[i].text())
        found.push_back(message(members[i].path(), " = ", text, " has no effect: ", why));
    }
    return found;
  }

  Index updates_;
  Index critics_;
  std::string prefix_;
  detail::Reasons idle_;
  std::vector<std::string> said_;
};

}  // namespace holdfast
