/// \file
/// Reads the settings that the authors of algorithms choose by dataset.
#pragma once

#include <array>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "holdfast/core/nearest.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "studies/mujoco_scores/options.hpp"
#include "studies/support/csv_reader.hpp"
#include "support/environments.hpp"

namespace mujoco_scores {

/// Settings by environment, dataset and algorithm, each in the form "critics.size=10".
using Recipes = std::map<std::array<std::string, 3>, std::vector<std::string>>;

/// Reads by_dataset.csv in a folder of recipes; returns none if there is no such file. Throws DataError, which names
/// the line, if it cannot be read, has a row twice, or names an algorithm or an environment that there is not.
[[nodiscard]] inline Recipes read_recipes(const fs::path& folder) {
  Recipes recipes;
  const fs::path file = folder / "by_dataset.csv";
  if (!fs::exists(file)) return recipes;
  program::CsvReader csv(file, {"environment", "dataset", "algorithm", "settings"});
  while (csv.next()) {
    const std::array<std::string, 3> key{std::string(csv.text(0)), std::string(csv.text(1)), std::string(csv.text(2))};
    if (!is_among(program::robots, key[0]) && !is_among(program::environment_names(), key[0]))
      csv.refuse("an environment", '"' + key[0] + '"');
    if (!is_among(Algorithms<>::names, key[2])) csv.refuse("an algorithm", '"' + key[2] + '"');
    if (recipes.contains(key)) csv.refuse("one row for each dataset and algorithm", "another");
    std::istringstream words{std::string(csv.text(3))};
    for (std::string word; words >> word;) recipes[key].push_back(word);
  }
  return recipes;
}

}  // namespace mujoco_scores
