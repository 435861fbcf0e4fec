/// \file
/// Sweeps CQL's penalty weight α over narrow and mixed data, compared with cloning and with SAC; SAC without entropy in
/// the backup is CQL with α = 0.

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "studies/conservatism_sweep/report.hpp"
#include "studies/support/plot.hpp"
#include "studies/support/study.hpp"
#include "support/file_lock.hpp"

namespace sweep {

std::vector<program::Job> plan(const Options& options, const std::vector<program::Task>& tasks) {
  std::vector<program::Job> jobs;
  const auto add = [&](const program::Task& task, const std::string& label, const std::string& algorithm,
                       const Settings& more, Index i) {
    Settings settings = program::experiment_settings(options, algorithm);
    if (algorithm != "bc") settings.emplace_back("target_rate", format_number(options.target_rate));
    settings.insert(settings.end(), more.begin(), more.end());
    jobs.push_back({&task, label, algorithm, settings, options.seed + static_cast<std::uint64_t>(i)});
  };
  for (Index i = 0; i < options.seeds; ++i)
    for (const program::Task& task : tasks) {
      add(task, "bc", "bc", {}, i);
      add(task, "sac", "sac", {}, i);
      add(task, "sac_no_entropy", "sac_no_entropy", {}, i);
      for (const double alpha : options.alphas)
        add(task, label_of(alpha), "cql", {{"penalty.alpha", format_number(alpha)}}, i);
    }
  return jobs;
}

void run(Options options) {
  prepare(options);
  const program::FileLock lock = program::make_locked_folder(options.out);
  const auto tasks = program::make_tasks(options, {options.environment});
  if (program::interrupted) return;
  const auto results = program::run_jobs(options, plan(options, tasks));
  if (results.empty()) return;
  program::write_results(options.out / "conservatism.csv", results);
  print_report(options, results);
  std::printf("\ntable: %s\n", (options.out / "conservatism.csv").c_str());
  std::printf("%s\n", program::plot(options.out, "conservatism", picture_script(options, results)).c_str());
}

}  // namespace sweep

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Sweeps the weight α of CQL's penalty over narrow and mixed data. Shows at which α CQL exceeds cloning, and "
        "from which α on conservatism lowers the score.");
    sweep::Options options;
    sweep::add_options(app, options);
    return program::run(app, argc, argv, [&] { sweep::run(options); });
  });
}
