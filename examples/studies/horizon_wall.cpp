/// \file
/// The exponential wall: the variance of importance sampling grows like (E ρ²)^T, and the data does not show it. Tests
/// every estimator and every interval on a machine that can be solved exactly, for several horizons.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "studies/horizon_wall/report.hpp"
#include "studies/support/plot.hpp"
#include "support/files.hpp"

namespace wall {

void run_study(Options options) {
  const auto table = options.out / "horizon_wall.csv";
  program::check_writable(table);
  std::vector<std::string> horizons;
  for (const Index horizon : options.horizons) horizons.push_back(message(horizon));
  program::refuse_repeats("--horizons", horizons);
  std::sort(options.horizons.begin(), options.horizons.end());

  std::vector<std::vector<Answers>> all(static_cast<std::size_t>(options.replications));
  ProgressBar progress(std::cerr, "datasets", options.replications, program::is_terminal(2));
  program::run_all(all.size(), options.threads, [&](std::size_t i) {
    const auto log = log_of(options.trajectories, options.horizons.back(), options.seed + std::uint64_t{i});
    const Trajectories ranges = trajectories(log);
    for (const Index horizon : options.horizons) all[i].push_back(answers(log, ranges, horizon, options));
    progress.advance(1);
  });
  if (program::interrupted) return;
  const std::vector<HorizonSummary> found = summaries(options, all);
  write_tables(options.out, found);
  print_report(options, found);
  std::printf("\ntables: %s, %s\n", table.c_str(), (options.out / "coverage.csv").c_str());
  std::printf("%s\n", program::plot(options.out, "horizon_wall", picture_script(options, found)).c_str());
}

}  // namespace wall

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "The exponential wall: shows how importance sampling and related estimators fail as the horizon grows, and "
        "which of them report it, on a machine whose true values can be computed exactly.");
    wall::Options options;
    wall::add_options(app, options);
    return program::run(app, argc, argv, [&] { wall::run_study(options); });
  });
}
