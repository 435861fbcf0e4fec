/// \file
/// Trains algorithms on the datasets of MuJoCo's robots with several seeds and keeps the final score of each run. Goes
/// on where it was stopped.

#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "studies/mujoco_scores/job.hpp"
#include "studies/mujoco_scores/report.hpp"
#include "support/file_lock.hpp"
#include "support/files.hpp"

namespace mujoco_scores {

void run(const Options& options) {
  program::make_folder(options.out);
  program::check_writable(options.results_file());
  const program::FileLock lock(options.results_file().string() + ".lock", options.results_file().string());
  if (!fs::is_directory(options.recipes))
    throw ConfigError(options.recipes.string() + ": expected a folder of recipes, found none; give it by --recipes");
  const Recipes recipes = read_recipes(options.recipes);
  const std::vector<Published> published = read_published(options.published);
  Table table(options.results_file());
  std::vector<Task> left;
  for (const Job& job : jobs_of(options)) {
    const fs::path file = options.data / (job.environment + "-" + job.dataset + ".hdf5");
    if (!fs::exists(file))
      throw DataError(file.string() + ": expected a dataset, found none; make_mujoco_data makes it");
    Task task = task_of(options, recipes, job);
    if (!table.has(job, task.command)) left.push_back(std::move(task));
  }
  {
    ProgressBar bar(std::cerr, "MuJoCo scores", static_cast<Index>(left.size()) * options.updates,
                    program::is_terminal(2));
    program::run_all(left.size(), options.jobs, [&](std::size_t i) {
      if (auto score = run_task(options, left[i], bar)) table.add(*std::move(score));
    });
  }
  const Report report(table.rows(), published);
  std::printf("\n%s\n%s", report.cells().c_str(), report.summary().c_str());
  std::printf("\ntable: %s\n", options.results_file().c_str());
  if (program::interrupted) std::printf("interrupted; the same command goes on\n");
  for (const Task& task : left)
    if (!program::interrupted && !table.has(task.job, task.command))
      throw DataError(task.job.name() + ": expected a final score, found none; see its log");
}

}  // namespace mujoco_scores

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Trains algorithms on the datasets of MuJoCo's robots, each run by the program holdfast. Keeps the score of "
        "the "
        "last evaluation, never the best. A run that has a row in the table is not run again; stopped at any moment, "
        "the same command goes on.");
    mujoco_scores::Options options;
    mujoco_scores::add_options(app, options);
    return program::run(app, argc, argv, [&] { mujoco_scores::run(options); });
  });
}
