/// \file
/// The pages of the documentation, for tests that read them.
#pragma once

#include <filesystem>
#include <vector>

namespace holdfast::testing {

/// Returns the paths of all pages: README, changelog and docs/.
inline std::vector<std::filesystem::path> pages() {
  const std::filesystem::path source = HOLDFAST_SOURCE;
  std::vector<std::filesystem::path> found{source / "README.md", source / "CHANGELOG.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source / "docs"))
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  return found;
}

}  // namespace holdfast::testing
