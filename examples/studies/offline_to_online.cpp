/// \file
/// Offline to online: learners that were trained on fixed data go on in the environment. Shows how deep the score dips
/// at the first online steps, how long, what level is reached, and what the data save compared with none.

#include <cstddef>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/nearest.hpp"
#include "holdfast/core/progress_bar.hpp"
#include "studies/offline_to_online/report.hpp"
#include "studies/offline_to_online/run.hpp"
#include "studies/support/plot.hpp"
#include "support/file_lock.hpp"
#include "support/files.hpp"

namespace offline_to_online {

/// A run to do.
struct Job {
  const Task* task;
  const Method* method;
  std::uint64_t seed;
};

void run_study(const Options& options) {
  program::refuse_repeats("--environments", options.environments);
  program::refuse_repeats("--algorithms", options.algorithms);
  const program::FileLock lock = program::make_locked_folder(options.out);
  program::check_writable(options.out / "results.csv");
  std::vector<Task> tasks;
  for (const std::string& environment : options.environments) {
    std::optional<Task> task = make_task(options, environment);
    if (!task) return;
    tasks.push_back(*std::move(task));
  }
  std::vector<Job> jobs;
  Index length = 0;
  for (Index i = 0; i < options.seeds; ++i)
    for (const Task& task : tasks)
      for (const Method& method : methods)
        if (is_among(options.algorithms, std::string_view(method.name))) {
          jobs.push_back({&task, &method, options.seed + static_cast<std::uint64_t>(i)});
          length += Run::length(task, method);
        }
  ProgressBar progress(std::cerr, "offline to online", length, program::is_terminal(2));
  std::vector<std::optional<Result>> found(jobs.size());
  program::run_all(jobs.size(), options.threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    Curve curve = Run(*job.task, *job.method, job.seed, progress).train(options.resume);
    if (!program::interrupted)
      found[i] = Result{job.task->name, job.method->name, static_cast<Index>(job.seed), std::move(curve)};
  });
  if (program::interrupted)
    program::warn("interrupted: what is written and said is of the runs that are complete; --resume goes on");
  std::vector<Result> results;
  for (const auto& result : found)
    if (result) results.push_back(*result);
  write_results(options.out / "results.csv", results);
  for (const std::string& line : report(results, options.environments)) std::printf("%s\n", line.c_str());
  for (const Result& result : results)
    if (result.curve.stopped > 0)
      program::warn(holdfast::message(result.environment, ", ", result.method, ", seed ", result.seed,
                                      ": diverged to infinity after ", result.curve.stopped,
                                      " updates and steps; its curve ends there"));
  std::printf("\ntable: %s\n", (options.out / "results.csv").c_str());
  if (!results.empty())
    std::printf("%s\n",
                program::plot(options.out, "offline_to_online", picture_script(results, options.environments)).c_str());
}

}  // namespace offline_to_online

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Offline to online: learners that were trained on fixed data go on in the environment. Compares their scores "
        "over the online steps with those of SAC that begins there, with the data and without.");
    offline_to_online::Options options;
    offline_to_online::add_options(app, options);
    return program::run(app, argc, argv, [&] { offline_to_online::run_study(options); });
  });
}
