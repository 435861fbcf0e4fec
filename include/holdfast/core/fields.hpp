/// \file
/// Lets a configuration list its fields once: the list of names and ranges is used to check, print and set them by
/// name.
///
/// A configuration is a plain aggregate with a static member
///
///     static void fields(auto& self, auto&& visit) {
///       visit("alpha", self.alpha, at_least(0));
///       visit("optimizer", self.optimizer);  // a nested configuration: its fields are "optimizer.learning_rate", …
///     }
///
/// A field is one of: a number with the interval it must lie in, a bool, an enumeration with `enumerators(E)`, an
/// optional number ("none" if empty), a list of whole numbers, or a nested configuration.
///
/// A configuration may hide members that have no effect in this type. To do so it has a static member
/// `void absent(auto&& visit)` that calls visit(path, why), for example visit("discount", "there are no critics").
/// Hidden members are not listed and cannot be set by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/field.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/nearest.hpp"

namespace holdfast {

namespace detail {

struct AnyVisitor {
  void operator()(std::string_view, auto&, const Interval& = {}) const {}
};

}  // namespace detail

/// A configuration that lists its fields.
template <class T>
concept HasFields = requires(T& config) {
  T::fields(config, detail::AnyVisitor{});
};

namespace detail {

/// Paths of fields or configurations, each with the reason why it has no effect.
using Reasons = std::vector<std::pair<std::string, std::string>>;

/// Returns the reason listed for the field at `path` or for a configuration that contains it; empty if there is none.
[[nodiscard]] inline std::string_view reason(const Reasons& reasons, std::string_view path) {
  for (const auto& [field, why] : reasons)
    if (path.starts_with(field) && (path.size() == field.size() || path[field.size()] == '.')) return why;
  return {};
}

template <class Config>
[[nodiscard]] Reasons absent_fields() {
  Reasons all;
  const auto add = [&all](std::string_view path, std::string_view why) { all.emplace_back(path, why); };
  if constexpr (requires { Config::absent(add); }) Config::absent(add);
  return all;
}

/// Collects the fields of a configuration, in order, and the calls of `validate()` between them. It is the only visitor
/// of `fields`, so that a configuration's list is compiled once for all uses.
class FieldCollector {
 public:
  struct Validation {
    std::size_t place;  ///< the number of fields before it
    const void* part;
    void (*validate)(const void* part);
  };

  explicit FieldCollector(std::string prefix = "") : prefix_(std::move(prefix)) {}

  template <class T>
  void operator()(std::string_view name, T& value, const Interval& interval = {}) {
    if constexpr (HasFields<T>) {
      const std::size_t outer = prefix_.size();
      prefix_.append(name).append(".");
      T::fields(value, *this);
      prefix_.resize(outer);
    } else {
      fields.emplace_back(prefix_ + std::string(name), value, interval);
    }
    if constexpr (requires { value.validate(); })
      validations.push_back({fields.size(), &value, [](const void* part) { static_cast<const T*>(part)->validate(); }});
  }

  std::vector<Field> fields;
  std::vector<Validation> validations;

 private:
  std::string prefix_;
};

template <class Config>
[[nodiscard]] FieldCollector collect_fields(Config& config, const std::string& prefix = "") {
  FieldCollector all(prefix);
  std::remove_const_t<Config>::fields(const_cast<std::remove_const_t<Config>&>(config), all);
  return all;
}

inline void remove_absent(std::vector<Field>& fields, const Reasons& absent) {
  std::erase_if(fields, [&](const Field& field) { return !reason(absent, field.path()).empty(); });
}

inline void check_all(const FieldCollector& all) {
  auto validation = all.validations.begin();
  for (std::size_t i = 0; i <= all.fields.size(); ++i) {
    for (; validation != all.validations.end() && validation->place == i; ++validation)
      validation->validate(validation->part);
    if (i < all.fields.size()) all.fields[i].check();
  }
}

}  // namespace detail

/// Returns all members in order that are not configurations themselves, including those that `Config::absent` names. A
/// user-defined part without `fields` counts as one field.
template <HasFields Config>
[[nodiscard]] std::vector<Field> members_of(Config& config) {
  return std::move(detail::collect_fields(config).fields);
}
/// Returns the same of a constant configuration.
template <HasFields Config>
[[nodiscard]] std::vector<ConstField> members_of(const Config& config) {
  const detail::FieldCollector all = detail::collect_fields(config);
  return {all.fields.begin(), all.fields.end()};
}

/// Returns the fields in order: `members_of` without those that `Config::absent` names. `absent` of nested
/// configurations is not consulted.
template <HasFields Config>
[[nodiscard]] std::vector<Field> fields_of(Config& config) {
  std::vector<Field> fields = members_of(config);
  detail::remove_absent(fields, detail::absent_fields<Config>());
  return fields;
}
/// Returns the same of a constant configuration.
template <HasFields Config>
[[nodiscard]] std::vector<ConstField> fields_of(const Config& config) {
  std::vector<Field> fields = std::move(detail::collect_fields(config).fields);
  detail::remove_absent(fields, detail::absent_fields<Config>());
  return {fields.begin(), fields.end()};
}

/// The members and fields of a temporary would refer to what is gone.
template <HasFields Config>
void members_of(const Config&& config) = delete;
template <HasFields Config>
void fields_of(const Config&& config) = delete;

/// Throws ConfigError for the first field outside its interval: "penalty.alpha must be at least 0, but is -1". Also
/// calls `validate()` of each field that has it: a nested configuration uses it to check several fields together, and a
/// part without `fields` to check its members.
template <HasFields Config>
void check_fields(const Config& config, const std::string& prefix = "") {
  detail::check_all(detail::collect_fields(config, prefix));
}

/// Returns all fields in order with their values as TOML. Parts without `fields` are left out.
template <HasFields Config>
[[nodiscard]] std::vector<std::pair<std::string, std::string>> list_fields(const Config& config) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const ConstField& field : fields_of(config))
    if (std::string text = field.text(); !text.empty()) all.emplace_back(field.path(), std::move(text));
  return all;
}

/// Explains why a configuration of type Config does not have a field: `there is no "discount": there are no critics`.
/// Returns an empty text if `Config::absent` does not name the field.
template <HasFields Config>
[[nodiscard]] std::string absence(std::string_view path) {
  const detail::Reasons absent = detail::absent_fields<Config>();
  const std::string_view why = detail::reason(absent, path);
  return why.empty() ? "" : message("there is no \"", path, "\": ", why);
}

/// Sets the field at `path` from text: a number, true or false, an enumerator's name, "none", or a list "64, 64" with
/// or without brackets. Throws ConfigError if there is no such field, with the reason or similar names, and if the text
/// does not match the field's type. Does not check that the value lies in its interval; `check_fields` does.
template <HasFields Config>
void set_field(Config& config, std::string_view path, std::string_view text) {
  std::vector<std::string> known;
  for (const Field& field : fields_of(config)) {
    if (field.path() == path) return field.set(text);
    known.push_back(field.path());
  }
  if (const std::string why = absence<Config>(path); !why.empty()) throw ConfigError(why);
  throw ConfigError(there_is_no("", path, known));
}

}  // namespace holdfast
