#include "tool/option_set.hpp"

#include <algorithm>
#include <utility>

#include "support/program.hpp"

namespace tool {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

std::string configuration_text(const Settings& settings, const std::string& run, const std::string& how) {
  std::string text = message("# ", program::build(), run_mark, run, ": ", how, "\n");
  // Keys outside tables must come before the first table.
  std::vector<std::pair<std::string, std::string>> tables = {{"", ""}};
  for (const auto& [path, value] : settings) {
    const auto dot = path.rfind('.');
    const std::string table = dot == std::string::npos ? "" : path.substr(0, dot);
    const std::string line = message(dot == std::string::npos ? path : path.substr(dot + 1), " = ", value, "\n");
    const auto found =
        std::find_if(tables.begin(), tables.end(), [&](const auto& each) { return each.first == table; });
    if (found == tables.end())
      tables.emplace_back(table, line);
    else
      found->second += line;
  }
  for (const auto& [table, lines] : tables) text += table.empty() ? lines : message("\n[", table, "]\n", lines);
  return text += config_end;
}

}  // namespace tool
