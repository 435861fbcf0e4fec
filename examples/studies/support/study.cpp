#include "studies/support/study.hpp"

#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/training/any_learner.hpp"
#include "support/data_hash.hpp"
#include "support/program.hpp"
#include "support/work_queue.hpp"

namespace program {

std::vector<Task> make_tasks(const StudyOptions& options, const std::vector<std::string>& environments) {
  std::vector<Task> tasks;
  for (const std::string& name : environments) {
    const AnyEnvironment<> environment = program::make_environment<Matrix<float>>(name);
    const std::filesystem::path folder = options.out / name;
    if (!make_data(options, environment, folder, options.data)) return {};
    for (const std::string& kind : options.data) {
      Transitions<> dataset = read_d4rl((folder / (kind + ".hdf5")).string());
      Probe<float> probe(dataset, options.discount);
      const std::uint64_t hash = data_hash(dataset);
      tasks.push_back({environment, kind, std::move(dataset), std::move(probe), hash, folder / ("runs-" + kind)});
    }
  }
  return tasks;
}

std::vector<Result> run_jobs(const StudyOptions& options, const std::vector<Job>& jobs) {
  ProgressBar progress(std::cerr, "offline training", static_cast<Index>(jobs.size()) * options.steps, is_terminal(2));
  const Schedule schedule{
      .measurements = options.measurements, .episodes = 5, .last_episodes = options.episodes, .true_values = false};
  std::vector<std::optional<Result>> results(jobs.size());
  run_all(jobs.size(), options.threads, [&](std::size_t i) {
    const Job& job = jobs[i];
    const Task& task = *job.task;
    const Experiment x{options, task.environment, task.dataset, task.probe, task.hash, task.folder, progress};
    AnyLearner<float> learner =
        holdfast::make_learner(job.algorithm, job.settings, sizes_of(task.environment), job.seed);
    Run run = train(x, {job.label, job.seed, options.steps}, std::move(learner), schedule);
    if (run.curve.empty() || interrupted) return;
    results[i] = Result{std::string(task.environment.name()), task.data,
                        attainable_values(task.environment.reward_range(), options.discount), std::move(run)};
  });
  if (interrupted)
    warn("interrupted: what is written and said is of the runs that are complete; --resume goes on with the others");
  std::vector<Result> done;
  for (auto& result : results)
    if (result) done.push_back(*std::move(result));
  return done;
}

}  // namespace program
