/// \file
/// Reads the lines of an input as settings KEY=VALUE: of a configuration, whose fields must then be in their ranges and
/// be read as they are written, and of the record of a policy.

#include "fuzz.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "support/setting.hpp"

namespace {

using Config = holdfast::Cql<>::Config;

/// Returns the lines of the input that are settings.
holdfast::PolicyRecord::Fields settings_of(std::string_view text) {
  holdfast::PolicyRecord::Fields all;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    fuzz::run([&] {
      const auto [key, value] = program::parse_setting(line);
      all.emplace_back(key, value);
    });
  }
  return all;
}

void set_fields(const holdfast::PolicyRecord::Fields& settings) {
  Config config;
  for (const auto& setting : settings) fuzz::run([&] { holdfast::set_field(config, setting.first, setting.second); });
  fuzz::run([&] {
    holdfast::check_fields(config);
    Config again;
    for (const auto& field : holdfast::list_fields(config)) holdfast::set_field(again, field.first, field.second);
    if (holdfast::list_fields(again) != holdfast::list_fields(config)) std::abort();
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto settings = settings_of({reinterpret_cast<const char*>(bytes), size});
  set_fields(settings);
  holdfast::PolicyRecord record{.type = "tanh_gaussian", .sizes = {2, 1}, .config = settings, .parameters = {}};
  record.parameters = holdfast::Vector<double>::Zero(static_cast<holdfast::Index>(size % 64));
  fuzz::run([&] { static_cast<void>(holdfast::make_policy(record)); }, false);
  record.type = "greedy";
  fuzz::run([&] { static_cast<void>(holdfast::make_policy<holdfast::ActionIndices>(record)); }, false);
  return 0;
}
