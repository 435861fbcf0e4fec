#include "studies/support/study.hpp"

#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/training/any_learner.hpp"
#include "support/work_queue.hpp"

namespace program {

std::vector<Task> make_tasks(const StudyOptions& options, const std::vector<std::string>& environments) {
  std::vector<Task> tasks;
  for (const std::string& name : environments) {
    const AnyEnvironment<> environment = make_environment(name);
    const std::filesystem::path folder = options.out / name;
    const auto file = [&](const std::string& kind) { return (folder / (kind + ".hdf5")).string(); };
    bool complete = options.keep_data;
    for (const std::string& kind : options.data) {
      const bool found = std::filesystem::exists(file(kind));
      complete = complete && found;
      if (options.keep_data && found) check_kept_data(options, environment, file(kind));
    }
    if (!complete && !make_data(options, environment, folder, options.keep_data)) return {};
    for (const std::string& kind : options.data) {
      Transitions<> dataset = read_d4rl(file(kind));
      Probe<float> probe(dataset, options.discount);
      tasks.push_back({environment, kind, std::move(dataset), std::move(probe)});
    }
  }
  return tasks;
}

std::vector<Result> run_jobs(const StudyOptions& options, const std::vector<Job>& jobs) {
  ProgressBar progress(std::cerr, "offline training", static_cast<Index>(jobs.size()) * options.steps, is_terminal(2));
  const Schedule schedule{.measurements = 20, .episodes = 5, .last_episodes = options.episodes, .true_values = false};
  std::vector<std::optional<Result>> results(jobs.size());
  run_all(jobs.size(), options.threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    const Experiment x{options, job.task->environment, job.task->dataset, job.task->probe, progress};
    AnyLearner<float> learner =
        holdfast::make_learner(job.algorithm, job.settings, sizes_of(job.task->environment), job.seed);
    Run run = train(x, job.label, job.seed, options.steps, std::move(learner), schedule);
    if (run.curve.empty() || interrupted) return;
    results[i] = Result{std::string(job.task->environment.name()), job.task->data,
                        attainable_values(job.task->environment.reward_range(), options.discount), std::move(run)};
  });
  std::vector<Result> done;
  for (auto& result : results)
    if (result) done.push_back(*std::move(result));
  return done;
}

}  // namespace program
