/// \file
/// The tables and the picture of theorem_curves.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>

#include "holdfast/core/csv.hpp"
#include "studies/theorem_curves/bound.hpp"
#include "studies/theorem_curves/optimum.hpp"

namespace curves {

inline void write_tables(const std::filesystem::path& folder, const BoundResult& bound, const OptimumResult& optimum) {
  CsvWriter alphas(folder / "lower_bound.csv", {"share_of_sufficient", "alpha_mean", "held", "depth"});
  for (std::size_t i = 0; i < weights.size(); ++i)
    alphas.row({weights[i], bound[i].alpha, bound[i].held, bound[i].depth});
  CsvWriter taus(folder / "in_sample_optimum.csv",
                 {"expectile", "all_from_best", "some_from_best", "some_from_supported"});
  for (std::size_t i = 0; i < expectiles.size(); ++i)
    taus.row({expectiles[i], optimum[i].all, optimum[i].some, optimum[i].supported});
}

inline void print_report(const Options& options, const BoundResult& bound, const OptimumResult& optimum) {
  std::printf(
      "| α / the theorem's | mean α | bound holds in every state | depth below the value |\n|---|---|---|---|\n");
  for (std::size_t i = 0; i < weights.size(); ++i)
    std::printf("| %g | %.3g | %.0f %% | %.2f |\n", weights[i], bound[i].alpha, 100 * bound[i].held, bound[i].depth);
  const auto* const enough = std::find_if(bound.begin(), bound.end(),
                                          [&](const BoundPoint& point) { return point.held >= options.confidence; });
  if (enough != bound.end())
    std::printf(
        "\nThe theorem's α promises the bound in %.0f %% of the datasets; at %g of it the bound holds in %.0f %% of "
        "%td. No value is above %.3g.\n",
        100 * options.confidence, weights[static_cast<std::size_t>(enough - bound.begin())], 100 * enough->held,
        options.worlds, 1 / (1 - options.discount));
  std::printf(
      "\n| τ | all actions in the data: from V* | the best one missing in every other state: from V* | from the "
      "best of the data |\n|---|---|---|---|\n");
  for (std::size_t i = 0; i < expectiles.size(); ++i)
    std::printf("| %g | %.3f | %.3f | %.3f |\n", expectiles[i], optimum[i].all, optimum[i].some, optimum[i].supported);
  std::printf(
      "\nDistances of IQL's V in units of what uniformly random behavior misses of V*; means over %td "
      "processes.\n",
      options.worlds);
}

/// Returns a gnuplot script: the bound over α and IQL over τ, side by side.
inline std::string picture_script(const BoundResult& bound, const OptimumResult& optimum) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1150,430 font 'sans,11'\nset output 'theorem_curves.png'\n"
     << "set multiplot layout 1,2\nset grid\n$bound << EOD\n";
  for (std::size_t i = 1; i < weights.size(); ++i)  // a logarithmic axis has no 0
    gp << weights[i] << ' ' << 100 * bound[i].held << ' ' << bound[i].depth << '\n';
  gp << "EOD\n$optimum << EOD\n";
  for (std::size_t i = 0; i < expectiles.size(); ++i)
    gp << 1 - expectiles[i] << ' ' << optimum[i].all << ' ' << optimum[i].some << ' ' << optimum[i].supported << '\n';
  gp << "EOD\nset title 'CQL: how often the bound holds, and what it costs'\nset logscale x\n"
     << "set xlabel 'α / the α of the theorem'\nset ylabel 'datasets with the bound in every state, %'\n"
     << "set yrange [0:105]\nset y2tics\nset y2label 'depth of the bound'\nset logscale y2\nset key bottom right\n"
     << "plot $bound using 1:2 with linespoints linewidth 2 pointtype 7 linecolor rgb '#1b6ca8' title 'holds', "
     << "$bound using 1:3 axes x1y2 with linespoints linewidth 2 pointtype 5 linecolor rgb '#d95f02' title 'depth'\n"
     << "unset logscale y2\nunset y2tics\nunset y2label\nset title 'IQL from uniformly random behavior'\n"
     << "set xrange [1:0.0005]\nset xlabel '1 − τ'\nset ylabel 'distance, of what the behavior misses of V*'\n"
     << "set yrange [0:1.6]\nset key top right\n"
     << "plot $optimum using 1:2 with linespoints linewidth 2 pointtype 7 linecolor rgb '#1b6ca8' title 'every action "
        "in the data: from V*', $optimum using 1:3 with linespoints linewidth 2 pointtype 5 linecolor rgb '#d95f02' "
        "title 'best ones missing: from V*', $optimum using 1:4 with linespoints linewidth 2 pointtype 9 linecolor rgb "
        "'#444444' title 'best ones missing: from the best of the data'\nunset multiplot\n";
  return gp.str();
}

}  // namespace curves
