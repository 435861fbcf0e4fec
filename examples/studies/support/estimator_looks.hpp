/// \file
/// The colors and points of estimators, the same in every picture.
#pragma once

#include <array>
#include <string_view>

namespace program {

/// The gnuplot color and point type of an estimator.
struct Look {
  std::string_view estimator;
  const char* color;
  int point;
};

/// Returns the look of an estimator. Estimators without an entry, of which a picture has at most one, share the last
/// look.
constexpr Look look_of(std::string_view estimator) {
  constexpr std::array<Look, 7> looks = {{{"dm", "#444444", 6},
                                          {"is", "#a50026", 7},
                                          {"wis", "#b8860b", 9},
                                          {"pdis", "#f46d43", 5},
                                          {"wpdis", "#8c6bb1", 11},
                                          {"dr", "#1b6ca8", 13},
                                          {"wdr", "#41b6c4", 4}}};
  for (const Look& each : looks)
    if (each.estimator == estimator) return each;
  return {estimator, "#1a9850", 15};
}

}  // namespace program
