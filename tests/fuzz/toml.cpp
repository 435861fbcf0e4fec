/// \file
/// Reads inputs as configuration files, and as strings that must be read as they were written.

#include "tool/toml.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  fuzz::run([&] { static_cast<void>(program::TomlReader::read("input", text)); });
  const auto all = program::TomlReader::read("input", "key = " + program::toml_string(text) + "\n");
  if (all.size() != 1 || all[0].first != "key" || all[0].second != text) std::abort();
  return 0;
}
