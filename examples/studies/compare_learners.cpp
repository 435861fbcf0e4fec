/// \file
/// Compares every learner on every kind of data, with paired seeds and confidence intervals.

#include <cstdio>

#include "holdfast/training/any_learner.hpp"
#include "studies/compare_learners/report.hpp"
#include "studies/support/study.hpp"
#include "support/file_lock.hpp"

namespace compare {

/// Returns the settings of one algorithm: those of the experiment, then those particular to this program, then the
/// user's.
Settings settings_of(const Options& options, std::string_view environment, const std::string& algorithm) {
  Settings settings = program::experiment_settings(options, algorithm);
  for (const auto& setting : scheduled_settings(algorithm, options.steps)) settings.push_back(setting);
  for (const Particular& particular : particulars)
    if (particular.setting.algorithm == algorithm &&
        (particular.environment.empty() || particular.environment == environment))
      settings.emplace_back(particular.setting.field, particular.setting.value);
  for (const Setting& setting : options.set)
    if (setting.algorithm == algorithm) settings.emplace_back(setting.field, setting.value);
  return settings;
}

/// Throws ConfigError that names the first bad setting, so that it is found before hours of work and not after.
void check_settings(const Options& options) {
  for (const std::string& algorithm : options.algorithms) {
    const Sizes sizes = program::sizes_of(make_environment(options.environments.front()));
    Options so_far = options;
    so_far.set.clear();
    for (const Setting& setting : options.set) {
      if (setting.algorithm != algorithm) continue;
      so_far.set.push_back(setting);
      try {
        static_cast<void>(holdfast::make_learner(
            algorithm, settings_of(so_far, options.environments.front(), algorithm), sizes, options.seed));
      } catch (const ConfigError& error) {
        throw ConfigError(message("--set ", algorithm, ".", setting.field, "=", setting.value, ": ", error.what()));
      }
    }
  }
}

void run(const Options& options) {
  check(options);
  check_settings(options);
  const program::FileLock lock = program::make_locked_folder(options.out);
  const auto tasks = program::make_tasks(options, options.environments);
  if (program::interrupted) return;
  std::vector<program::Job> jobs;
  for (Index i = 0; i < options.seeds; ++i)
    for (const program::Task& task : tasks)
      for (const std::string& algorithm : options.algorithms)
        jobs.push_back({&task, algorithm, algorithm, settings_of(options, task.environment.name(), algorithm),
                        options.seed + static_cast<std::uint64_t>(i)});
  const std::vector<program::Result> results = program::run_jobs(options, jobs);
  if (results.empty()) return;
  program::write_results(options.out / "results.csv", results);
  print_report(options, results);
  std::printf("\ntable: %s\n", (options.out / "results.csv").c_str());
  std::printf("%s\n", program::plot(options.out, "scores", picture_script(options, results)).c_str());
}

}  // namespace compare

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Trains every learner on every kind of data with paired seeds. Reports scores with 95 % intervals, which of "
        "them exceed cloning, and whether the predicted Q stayed inside the attainable range.");
    compare::Options options;
    compare::add_options(app, options);
    return program::run(app, argc, argv, [&] { compare::run(options); });
  });
}
