/// \file
/// The order of the library's folders, and the includes that violate it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::testing {

/// The folders of include/holdfast, from the lowest to the highest: a file includes files of its own folder and of
/// those before it. Files in no folder, such as holdfast.hpp, include all and are included by none.
inline constexpr std::array<std::string_view, 14> folders{
    "core",   "kernels",   "data",         "bellman",  "networks",     "policies", "divergences",
    "values", "penalties", "improvements", "learners", "environments", "training", "evaluators"};

/// One `#include` of a library file by another, both named as in the library: "learners/actor_critic.hpp".
struct Arrow {
  std::string from;
  std::string to;
};

/// Returns the position of a file's folder in the order; past the end if the file is in no folder or in one that is not
/// listed.
inline std::size_t layer(std::string_view file) {
  const auto slash = file.find('/');
  const std::string_view folder = slash == std::string_view::npos ? std::string_view{} : file.substr(0, slash);
  return static_cast<std::size_t>(std::ranges::find(folders, folder) - folders.begin());
}

/// Returns the includes from a folder to a later one, or from a folder to a file in none.
inline std::vector<Arrow> backward(const std::vector<Arrow>& arrows) {
  std::vector<Arrow> found;
  std::ranges::copy_if(arrows, std::back_inserter(found),
                       [](const Arrow& arrow) { return layer(arrow.to) > layer(arrow.from); });
  return found;
}

/// Returns every include of one library file by another, in all headers below `root` (include/holdfast).
inline std::vector<Arrow> read_arrows(const std::filesystem::path& root) {
  const std::regex include(R"re(\s*#\s*include\s*["<]holdfast/([^">]+)[">].*)re");
  std::vector<Arrow> arrows;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    std::smatch match;
    for (std::string line; std::getline(file, line);)
      if (std::regex_match(line, match, include))
        arrows.push_back({std::filesystem::relative(entry.path(), root).generic_string(), match[1]});
  }
  return arrows;
}

}  // namespace holdfast::testing
