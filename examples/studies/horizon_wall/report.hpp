/// \file
/// The printed tables and the picture of horizon_wall.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "studies/horizon_wall/summary.hpp"
#include "studies/support/estimator_looks.hpp"

namespace wall {

/// Returns a number with three digits, without an exponent up to a million.
inline std::string digits(double number) {
  char text[32];
  if (std::abs(number) >= 999.5 && std::abs(number) < 1e6)
    std::snprintf(text, sizeof text, "%.0f", number);
  else
    std::snprintf(text, sizeof text, "%.3g", number);
  return text;
}

inline void print_head(const std::string& first, const std::vector<HorizonSummary>& all, const std::string& last = "") {
  std::printf("| %s |", first.c_str());
  for (const HorizonSummary& at : all) std::printf(" %td |", at.horizon);
  std::printf("%s\n|---|", last.c_str());
  for (std::size_t i = 0; i < all.size(); ++i) std::printf("---|");
  std::printf("%s\n", last.empty() ? "" : "---|");
}

/// Prints one line of a table: `cell(at)` for each horizon.
template <class Cell>
void print_line(const std::string& first, const std::vector<HorizonSummary>& all, Cell&& cell) {
  std::printf("| %s |", first.c_str());
  for (const HorizonSummary& at : all) std::printf(" %s |", cell(at).c_str());
}

inline void print_wall(const Options& options, const std::vector<HorizonSummary>& all) {
  const auto line = [&](const char* first, auto&& number) {
    print_line(first, all, [&](const HorizonSummary& at) { return digits(number(at)); });
    std::printf("\n");
  };
  const auto count = static_cast<double>(options.trajectories);
  print_head("horizon", all);
  line("true value J", [](const HorizonSummary& at) { return at.truth.value; });
  line("n / E[W²]", [&](const HorizonSummary& at) { return count / at.truth.weight_square; });
  line("effective sample size", [](const HorizonSummary& at) { return at.effective; });
  for (const Estimator estimator : {is, pdis, dr}) {
    const std::string name(estimator_names[estimator]);
    line((name + ": true standard error").c_str(), [&](const HorizonSummary& at) { return at.of[estimator].exact; });
    line((name + ": claimed, median").c_str(), [&](const HorizonSummary& at) { return at.of[estimator].claimed; });
  }
}

inline void print_errors(const std::vector<HorizonSummary>& all) {
  print_head("error, % of J", all);
  for (std::size_t e = 0; e < estimator_count; ++e) {
    print_line(std::string(estimator_names[e]), all,
               [&](const HorizonSummary& at) { return digits(100 * at.of[e].rmse / std::abs(at.truth.value)); });
    std::printf("\n");
  }
}

inline void print_claims(const std::vector<HorizonSummary>& all) {
  print_head("claimed / true error", all);
  for (std::size_t e = 0; e < estimator_count; ++e) {
    print_line(std::string(estimator_names[e]), all,
               [&](const HorizonSummary& at) { return digits(at.of[e].claimed / at.of[e].error()); });
    std::printf("\n");
  }
}

/// Prints the coverage of each interval.
inline void print_coverage(const std::vector<HorizonSummary>& all) {
  const HorizonSummary& longest = all.back();
  print_head("covered, %", all, message(" half-width at ", longest.horizon, ", % of J |"));
  for (std::size_t e = 0; e < estimator_count; ++e)
    for (std::size_t m = 0; m < method_count; ++m) {
      if (!has(static_cast<Estimator>(e), static_cast<Method>(m))) continue;
      print_line(message(estimator_names[e], ", ", method_names[m]), all,
                 [&](const HorizonSummary& at) { return message(std::round(100 * at.of[e].covered[m])); });
      std::printf(" %s |\n", digits(100 * longest.of[e].half_width[m] / std::abs(longest.truth.value)).c_str());
    }
}

inline void print_report(const Options& options, const std::vector<HorizonSummary>& all) {
  print_wall(options, all);
  std::printf("\n");
  print_errors(all);
  const HorizonSummary& longest = all.back();
  std::printf(
      "\nAt %td steps %.0f %% of the estimates of is are below a tenth of J. Half of those of dr are within %s %% of "
      "J, "
      "and the worst misses it by %s %%.\n\n",
      longest.horizon, 100 * longest.of[is].lost, digits(100 * longest.of[dr].typical / longest.truth.value).c_str(),
      digits(100 * longest.of[dr].largest / longest.truth.value).c_str());
  print_claims(all);
  std::printf("\n");
  print_coverage(all);
  std::printf("\n%td datasets of %td trajectories; E[ρ²] = %g in every state; intervals of %g %%.\n",
              options.replications, options.trajectories, growth, 100 * confidence);
}

/// The estimators in the picture, in the order of its key.
constexpr std::array<Estimator, 8> drawn = {is, pdis, wis, wpdis, dr, wdr, dm, normal_mis};

/// Returns a gnuplot script: errors over the horizon, and the share of them that estimators claim.
inline std::string picture_script(const Options& options, const std::vector<HorizonSummary>& all) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1200,520 font 'sans,11'\nset output 'horizon_wall.png'\n";
  for (std::size_t e = 0; e < estimator_count; ++e) {
    gp << "$e" << e << " << EOD\n";
    for (const HorizonSummary& at : all) {
      const double value = std::abs(at.truth.value);
      const Summary& s = at.of[e];
      gp << at.horizon << ' ' << s.rmse / value << ' ' << s.exact / value << ' ' << s.claimed / s.error() << '\n';
    }
    gp << "EOD\n";
  }
  const auto curve = [&](Estimator estimator, int column) {
    const program::Look look = program::look_of(estimator_names[estimator]);
    gp << "$e" << estimator << " using 1:" << column << " with linespoints linewidth 2 pointtype " << look.point
       << " linecolor rgb '" << look.color << "' title '" << estimator_names[estimator] << "', \\\n";
  };
  const double top = all.back().truth.is_error / all.back().truth.value;  // largest value drawn; the key is above it
  gp << "set multiplot layout 1,2\nset grid\nset logscale y\nset format y '10^{%T}'\nset xlabel 'horizon T'\n"
     << "set xrange [0:" << all.back().horizon << "]\nset key top left Left reverse samplen 2\n"
     << "set title 'Error of the estimates'\n"
     << "set ylabel 'root mean squared error / J'\nset yrange [*:" << 100 * top << "]\nplot ";
  for (const Estimator each : drawn) {
    if (!std::isnan(all.front().of[each].exact))
      gp << "$e" << each << " using 1:3 with lines linewidth 2 dashtype 2 linecolor rgb '"
         << program::look_of(estimator_names[each]).color << "' notitle, \\\n";
    curve(each, 2);
  }
  gp << growth << "**(x/2)/sqrt(" << options.trajectories
     << ") with lines linewidth 1.5 dashtype 3 linecolor 'black' title '(E ρ²)^{T/2} / √n', NaN with lines linewidth 2 "
     << "dashtype 2 linecolor 'gray40' title 'dashed: true standard error'\n"
     << "set title 'What they claim of it'\nset ylabel 'claimed standard error, median / true error'\n"
     << "set yrange [*:10]\nset key bottom left Left reverse\nplot ";
  for (const Estimator each : drawn) curve(each, 4);
  gp << "1 with lines linewidth 1.5 dashtype 3 linecolor 'black' title 'the truth'\nunset multiplot\n";
  return gp.str();
}

}  // namespace wall
