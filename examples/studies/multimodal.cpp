/// \file
/// Multimodal: data in which good actions lie apart. Shows what policies that can represent several modes are worth,
/// with and without Q: in a bandit whose optimum is known, around an obstacle, on data that must be stitched, and on a
/// robot.

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "studies/multimodal/options.hpp"
#include "studies/multimodal/picture.hpp"
#include "studies/multimodal/report.hpp"
#include "studies/multimodal/runs.hpp"
#include "studies/support/metric_table.hpp"
#include "studies/support/plot.hpp"
#include "support/file_lock.hpp"
#include "support/files.hpp"

namespace multimodal {

/// Returns the kinds of data of the study `stitching` that are learned from here: halves that nothing leads astray, and
/// such that most lead to a dead end.
std::vector<stitching::DataKind> stitching_kinds() {
  std::vector<stitching::DataKind> kinds;
  for (const stitching::DataKind& kind : stitching::data_kinds(false))
    if (kind.name == "posed_time_out" || kind.name == "branch_time_out_10" || kind.name == "crossing")
      kinds.push_back(kind);
  return kinds;
}

/// Returns the number of updates of the runs of a part.
Index usual_updates(const std::string& part) {
  if (part == "bandit") return 20000;
  if (part == "maze") return 10000;
  return part == "stitching" ? 12000 : 100000;
}

/// Returns all runs, in the order of the table. Throws ConfigError if there is none.
std::vector<Run> all_runs(const Options& options) {
  program::refuse_repeats("--parts", options.parts);
  program::refuse_repeats("--algorithms", options.algorithms);
  std::vector<Run> runs;
  const auto add = [&](const std::string& part, const std::string& dataset, const std::vector<Method>& methods) {
    const Index updates = options.updates > 0 ? options.updates : usual_updates(part);
    for (const Method& method : methods)
      for (Index i = 0; options.trains(method.name) && i < options.seeds; ++i)
        runs.push_back({{part, dataset, method.name, static_cast<Index>(options.seed) + i, updates}, method, i == 0});
  };
  for (const std::string& part : options.parts) {
    if (part == "bandit") add(part, "clusters", bandit_methods());
    if (part == "maze")
      for (const char* dataset : {"two_experts", "half_random"})
        add(part, dataset, control_methods({0.1, 1, 0.3, 0.1}));
    if (part == "stitching")
      for (const stitching::DataKind& kind : stitching_kinds())
        add(part, kind.name, control_methods({0.03 * kind.rewards.scale(), 0.01 * kind.rewards.scale(), 1, 0.1}));
    if (part == "half_cheetah") add(part, "medium_expert", control_methods({1.0 / 3, 5, 1, 1}));
  }
  if (runs.empty()) throw ConfigError("--parts, --algorithms: expected some learners of these parts, found none");
  return runs;
}

/// Does one run.
std::vector<Metric> do_run(const Options& options, const Run& run, const Transitions<>& robot_data) {
  if (run.name.part == "bandit") return run_bandit(run, options.out / draws_file(run.name.algorithm));
  if (run.name.part == "maze") return run_maze(run);
  if (run.name.part == "half_cheetah") return run_robot(run, robot_data);
  for (const stitching::DataKind& kind : stitching_kinds())
    if (kind.name == run.name.dataset) return run_stitching(run, kind);
  throw Error("there is no part " + run.name.part);
}

void run_study(const Options& options) {
  const auto file = options.out / "results.csv";
  const std::vector<Run> runs = all_runs(options);
  const Transitions<> robot_data =
      is_among(options.parts, "half_cheetah") ? read_d4rl(options.robot_data.string()) : Transitions<>{};
  const program::FileLock lock = program::make_locked_folder(options.out);
  program::MetricTable table(file, options.resume);
  program::check_writable(file);
  if (is_among(options.parts, "bandit")) {
    const Transitions<> data = Bandit::data(options.seed);
    Matrix<float> shown(2, 1000);
    for (Index i = 0; i < shown.cols(); ++i) shown.col(i) = data.actions.col(i * (data.size() / shown.cols()));
    write_draws(options.out / draws_file("data"), shown);
  }
  std::vector<program::RunName> names;
  names.reserve(runs.size());
  for (const Run& run : runs) names.push_back(run.name);
  const std::vector<std::size_t> open = table.plan(names);
  ProgressBar progress(std::cerr, "multimodal", static_cast<Index>(runs.size()), program::is_terminal(2));
  progress.skip(static_cast<Index>(runs.size() - open.size()));
  program::run_all(open.size(), options.threads, [&](std::size_t i) {
    auto metrics = do_run(options, runs[open[i]], robot_data);
    if (program::interrupted) return;
    table.finish(open[i], std::move(metrics));
    progress.advance(1);
  });
  if (program::interrupted)
    program::warn("interrupted: what is written and said is of the runs that are complete; --resume goes on");
  for (const std::string& line : report(table.finished())) std::printf("%s\n", line.c_str());
  std::printf("\ntable: %s\n", file.c_str());
  if (is_among(options.parts, "bandit"))
    std::printf("%s\n", program::plot(options.out, "multimodal", picture_script(options.out)).c_str());
}

}  // namespace multimodal

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Multimodal: data in which good actions lie apart. Shows what diffusion and flow policies are worth beside "
        "Gaussians, with and without Q: in a bandit whose optimum is known, around an obstacle, on data that must be "
        "stitched, and on a robot.");
    multimodal::Options options;
    multimodal::add_options(app, options, multimodal::all_names());
    return program::run(app, argc, argv, [&] { multimodal::run_study(options); });
  });
}
