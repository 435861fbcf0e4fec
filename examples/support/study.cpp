#include "support/study.hpp"

#include <algorithm>
#include <iostream>
#include <optional>

#include "holdfast/data/hdf5.hpp"
#include "support/learners.hpp"
#include "support/work_queue.hpp"

namespace program {

std::vector<Task> make_tasks(const ExperimentOptions& options, const std::vector<std::string>& environments,
                             const std::vector<std::string>& data, bool keep_data) {
  std::vector<Task> tasks;
  for (const std::string& name : environments) {
    const AnyEnvironment environment = make_environment(name);
    const std::filesystem::path folder = options.out / name;
    const auto file = [&](const std::string& kind) { return (folder / (kind + ".hdf5")).string(); };
    const auto missing = [&](const std::string& kind) { return !std::filesystem::exists(file(kind)); };
    if (!keep_data || std::any_of(data.begin(), data.end(), missing)) make_data(options, environment, folder);
    for (const std::string& kind : data) {
      Transitions<> dataset = read_d4rl<float>(file(kind));
      Probe<float> probe(dataset, options.discount);
      tasks.push_back({environment, kind, std::move(dataset), std::move(probe)});
    }
  }
  return tasks;
}

std::vector<Result> run_jobs(const ExperimentOptions& options, const std::vector<Job>& jobs, Index steps) {
  const auto learner_of = [](const Job& job) {
    return make_learner(job.algorithm, job.settings, sizes_of(job.task->environment), job.seed);
  };
  for (const Job& job : jobs)
    if (job.seed == options.seed) (void)learner_of(job);
  ProgressBar progress(std::cerr, "offline training", static_cast<Index>(jobs.size()) * steps, is_terminal(2));
  const Schedule schedule{.measurements = 20, .episodes = 5, .last_episodes = options.episodes, .true_values = false};
  std::vector<std::optional<Result>> results(jobs.size());
  run_all(jobs.size(), options.threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    const Experiment x{options, job.task->environment, job.task->dataset, job.task->probe, progress};
    Run run = train(x, job.label, job.seed, steps, learner_of(job), schedule);
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
