/// \file
/// The methods of the study: what is learned offline, and how each batch is drawn online.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace offline_to_online {

/// A method.
struct Method {
  const char* name = "";       ///< as in the results
  const char* algorithm = "";  ///< algorithm of the learner
  const char* label = "";      ///< in the report
  bool offline = true;         ///< learns from the data alone first; false: begins online, with random actions
  bool with_data = true;       ///< half of each batch online is of the data
  bool layer_norm = false;
};

/// All methods, in the order of the report.
inline constexpr std::array<Method, 7> methods{{
    {"awac", "awac", "AWAC"},
    {"iql", "iql", "IQL"},
    {"cql", "cql", "CQL"},
    {"cal_ql", "cal_ql", "Cal-QL"},
    {.name = "sac_with_data", .algorithm = "sac", .label = "SAC with the data", .offline = false},
    {.name = "sac_layer_norm",
     .algorithm = "sac",
     .label = "SAC with the data, LayerNorm",
     .offline = false,
     .layer_norm = true},
    {.name = "sac", .algorithm = "sac", .label = "SAC without data", .offline = false, .with_data = false},
}};

/// Returns the names of all methods.
inline std::vector<std::string> method_names() {
  std::vector<std::string> names;
  names.reserve(methods.size());
  for (const Method& method : methods) names.emplace_back(method.name);
  return names;
}

}  // namespace offline_to_online
