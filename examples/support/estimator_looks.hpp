/// \file
/// How estimators are drawn, the same in every picture.
#pragma once

#include <array>
#include <string_view>

namespace program {

/// Color and point type of gnuplot.
struct Look {
  std::string_view estimator;
  const char* color;
  int point;
};

/// That of an estimator; those that are not named, of which a picture has one, share the last.
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
