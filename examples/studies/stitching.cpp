/// \file
/// Stitching: half of the data's trajectories go from the start to the middle, half from the middle to the goal. Shows
/// which learners go from the start to the goal, and what decides it, in a grid that is solved exactly and in a maze.

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "studies/stitching/grid_run.hpp"
#include "studies/stitching/maze_run.hpp"
#include "studies/stitching/options.hpp"
#include "studies/stitching/picture.hpp"
#include "studies/stitching/report.hpp"
#include "studies/support/plot.hpp"
#include "support/file_lock.hpp"
#include "support/files.hpp"

namespace stitching {

/// A run to do.
struct Run {
  const DataKind* kind;
  Setting setting;
  Result job;
};

/// Returns the number of updates of a run: that asked for, or the usual one. An exact solution has none.
Index updates_of(const Options& options, const Setting& setting, bool grid) {
  if (setting.exact) return 0;
  if (options.updates > 0) return options.updates;
  if (grid) return 15000;
  return setting.algorithm == "cql" || setting.algorithm == "sac" ? 12000 : 6000;
}

/// Returns the prefix of the map of a run, or nothing if it has none.
std::string map_of(const Run& run, const Options& options) {
  if (!run.kind->swept || run.job.seed != static_cast<Index>(options.seed)) return "";
  if (run.job.setting == iql(0.9, 0.03, *run.kind).text && run.job.algorithm == "iql") return run.job.maze + "-iql";
  if (run.job.setting == cql(0.1, *run.kind).text && run.job.algorithm == "cql") return run.job.maze + "-cql";
  return "";
}

std::vector<Run> runs_of(const Options& options, const std::vector<DataKind>& kinds, bool grid) {
  std::vector<Run> runs;
  for (const DataKind& kind : kinds) {
    if (!options.has(kind.name)) continue;
    for (const Setting& setting : settings_for(kind, grid))
      for (Index i = 0; options.trains(setting.algorithm) && i < options.seeds; ++i)
        runs.push_back({&kind,
                        setting,
                        {.maze = grid ? "grid" : "maze",
                         .dataset = kind.name,
                         .algorithm = setting.algorithm,
                         .setting = setting.text,
                         .seed = static_cast<Index>(options.seed) + i,
                         .updates = updates_of(options, setting, grid)}});
  }
  return runs;
}

/// Writes the map of the best values that the grid's data allow, and the ways of the maze's data.
void write_maps_of_data(const Options& options, const std::vector<DataKind>& kinds, bool grid) {
  for (const DataKind& kind : kinds) {
    if (!kind.swept || !options.has(kind.name)) continue;
    if (grid) {
      const GridWorld world(kind);
      const Vector<double> best = optimum(GridWorld::process_of(world.data(options.seed)), discount).value;
      ValueMap(world, best).write(options.out / "grid-best");
    } else {
      write_points(options.out / "maze-data-ways.csv", recorded_ways(MazeWorld(kind).data(options.seed), 60));
    }
  }
}

/// Returns all runs, in the order of the table. Throws ConfigError if there is none.
std::vector<Run> all_runs(const Options& options, const std::vector<DataKind>& grid_kinds,
                          const std::vector<DataKind>& maze_kinds) {
  program::refuse_repeats("--mazes", options.mazes);
  program::refuse_repeats("--datasets", options.datasets);
  program::refuse_repeats("--algorithms", options.algorithms);
  std::vector<Run> runs;
  for (const std::string& maze : options.mazes) {
    const bool grid = maze == "grid";
    const std::vector<Run> more = runs_of(options, grid ? grid_kinds : maze_kinds, grid);
    runs.insert(runs.end(), more.begin(), more.end());
  }
  if (runs.empty()) throw ConfigError("--datasets, --algorithms: expected some that these mazes have, found none");
  return runs;
}

/// Does the runs that have no row yet, and those whose map is missing.
void do_runs(const Options& options, const std::vector<Run>& runs, Results& results) {
  std::vector<Result> rows;
  rows.reserve(runs.size());
  for (const Run& run : runs) rows.push_back(run.job);
  const auto lacks_map = [&](std::size_t i) {
    const std::string name = map_of(runs[i], options);
    return !name.empty() && !std::filesystem::exists(options.out / (name + "-values.csv"));
  };
  const std::vector<std::size_t> open = results.plan(std::move(rows), lacks_map);
  ProgressBar progress(std::cerr, "stitching", static_cast<Index>(runs.size()), program::is_terminal(2));
  progress.skip(static_cast<Index>(runs.size() - open.size()));
  program::run_all(open.size(), options.threads, [&](std::size_t i) {
    const Run& run = runs[open[i]];
    const std::string name = map_of(run, options);
    ValueMap map;
    ValueMap* const wanted = name.empty() ? nullptr : &map;
    const bool grid = run.job.maze == "grid";
    const Result result = grid ? run_in_grid(*run.kind, run.setting, run.job, wanted)
                               : run_in_maze(*run.kind, run.setting, run.job, wanted);
    if (program::interrupted) return;
    if (!map.values.empty()) map.write(options.out / name);  // before the row: a run without its map is done again
    results.finish(open[i], result);
    progress.advance(1);
  });
}

void run_study(const Options& options) {
  const auto file = options.out / "results.csv";
  const std::vector<DataKind> grid_kinds = data_kinds(true);
  const std::vector<DataKind> maze_kinds = data_kinds(false);
  const std::vector<Run> runs = all_runs(options, grid_kinds, maze_kinds);
  const program::FileLock lock = program::make_locked_folder(options.out);
  Results results(file, options.resume);
  program::check_writable(file);
  for (const std::string& maze : options.mazes)
    write_maps_of_data(options, maze == "grid" ? grid_kinds : maze_kinds, maze == "grid");
  do_runs(options, runs, results);
  if (program::interrupted)
    program::warn("interrupted: what is written and said is of the runs that are complete; --resume goes on");
  for (const std::string& line : report(results.finished())) std::printf("%s\n", line.c_str());
  std::printf("\ntable: %s\n", file.c_str());
  if (has_maps(options.out)) std::printf("%s\n", program::plot(options.out, "stitching", picture_script()).c_str());
}

}  // namespace stitching

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Stitching: no trajectory of the data goes from the start to the goal. Shows which learners put the halves "
        "together, and what decides it: how the halves end, the rewards, and the scale of λ and α.");
    stitching::Options options;
    stitching::add_options(app, options);
    return program::run(app, argc, argv, [&] { stitching::run_study(options); });
  });
}
