/// \file
/// Shows why off-policy reinforcement learning fails offline: SAC destroys itself on a fixed dataset on which plain
/// cloning works. Reports when this begins.

#include <cmath>
#include <filesystem>
#include <optional>

#include "holdfast/data/hdf5.hpp"
#include "studies/offline_sac_failure/picture.hpp"
#include "support/data_hash.hpp"
#include "support/file_lock.hpp"

namespace failure {

/// Reads the dataset. Throws DataError unless it fits the environment.
Transitions<> read_dataset(const std::string& file, const AnyEnvironment<>& environment) {
  Transitions<> dataset = read_d4rl(file, {.max_episode_steps = environment.time_limit()});
  const Sizes sizes = program::sizes_of(environment);
  if (dataset.observation_size() != sizes.observation || dataset.action_size() != sizes.action)
    throw DataError(message(file, ": expected ", sizes.observation, " observation and ", sizes.action,
                            " action features, as ", environment.name(), " has, found ", dataset.observation_size(),
                            " and ", dataset.action_size(), "; choose another with --environment"));
  const Interval allowed = environment.reward_range();
  const Interval found = dataset.reward_range();
  const double slack = 1e-4 * (1 + std::abs(found.lowest));  // files may hold float32
  if (found.lowest < allowed.lowest - slack || found.highest > allowed.highest + slack)
    throw DataError(message(file, ": rewards: expected [", allowed.lowest, ", ", allowed.highest, "], as ",
                            environment.name(), " gives, found [", found.lowest, ", ", found.highest,
                            "]; choose another with --environment"));
  return dataset;
}

/// Returns the algorithms and seeds to train. The clones come early, so that an interrupted run still has something to
/// compare with.
std::vector<std::pair<std::string, std::uint64_t>> plan(const Options& options) {
  const auto asked = [&](const char* name) { return is_among(options.algorithms, name); };
  std::vector<std::pair<std::string, std::uint64_t>> jobs = {{"bc", options.seed}};
  if (asked("sac_warm_start")) jobs.emplace_back("sac_warm_start", options.seed);
  for (Index i = 1; i < options.seeds; ++i) jobs.emplace_back("bc", options.seed + static_cast<std::uint64_t>(i));
  for (Index i = 0; i < options.seeds; ++i)
    for (const char* algorithm : off_policy)
      if (asked(algorithm) && algorithm != std::string("sac_warm_start"))
        jobs.emplace_back(algorithm, options.seed + static_cast<std::uint64_t>(i));
  return jobs;
}

/// Trains everything, `options.threads` runs at a time; results do not depend on this number. If interrupted, keeps the
/// runs that have begun.
std::vector<Run> train_all(const Options& options, const AnyEnvironment<>& environment, const Transitions<>& dataset,
                           const Probe<float>& probe) {
  const auto jobs = plan(options);
  Index work = 0;
  for (const auto& job : jobs) work += job.first == "bc" ? options.bc_steps : options.steps;
  ProgressBar progress(std::cerr, "offline training", work, program::is_terminal(2));
  const std::filesystem::path folder = options.out / "runs";
  const Experiment experiment{options, environment, dataset, probe, program::data_hash(dataset), folder, progress};

  std::vector<std::optional<Run>> runs(jobs.size());
  program::run_all(jobs.size(), options.threads,
                   [&](std::size_t i) { runs[i] = train(experiment, options, jobs[i].first, jobs[i].second); });

  std::vector<Run> done;
  const auto keep = [&](const char* algorithm) {
    for (auto& run : runs)
      if (run && !run->curve.empty() && run->algorithm == algorithm) done.push_back(std::move(*run));
  };
  keep("bc");
  for (const char* algorithm : off_policy) keep(algorithm);
  return done;
}

void run(const Options& options) {
  const AnyEnvironment<> environment = program::make_environment<Matrix<float>>(options.environment);
  const program::FileLock lock = program::make_locked_folder(options.out);

  Yardsticks yardsticks{attainable_values(environment.reward_range(), options.discount), environment.reward_range(),
                        options.discount};
  std::string file = options.dataset;
  if (file.empty()) {
    const std::optional<double> score = program::make_data(options, environment, options.out, {options.data});
    if (!score) return;  // interrupted
    if (!std::isnan(*score)) yardsticks.online_score = score;
    file = (options.out / (options.data + ".hdf5")).string();
  }
  const Transitions<> dataset = read_dataset(file, environment);
  const Trajectories ranges = trajectories(dataset);
  std::printf("data: %s, %td transitions, %td episodes\n", file.c_str(), dataset.size(), ranges.size());
  std::fflush(stdout);

  const Probe<float> probe(dataset, options.discount);
  yardsticks.behavior_value = behavior_value(dataset, ranges, options.discount);
  yardsticks.data_distance = probe.data_distance();
  std::vector<Run> runs = train_all(options, environment, dataset, probe);
  yardsticks.clone_score = mean_score(runs, "bc");
  const DepartureDetector departure(probe.data_distance(), environment.action_size(), /*patience=*/1, /*settling=*/0);
  for (Run& done : runs) find_events(done, departure, yardsticks.clone_score);

  write_summary(options.out / "summary.csv", runs, yardsticks);
  write_curves(options.out / "curves.csv", runs, yardsticks);
  print_table(runs, yardsticks);
  print_verdict(runs, yardsticks);
  std::printf("\ntables: %s, %s\n", (options.out / "summary.csv").c_str(), (options.out / "curves.csv").c_str());
  if (!runs.empty())
    std::printf("%s\n",
                program::plot(options.out, "explosion",
                              picture_script(runs, yardsticks,
                                             message("Offline SAC on ", std::filesystem::path(file).stem().string(),
                                                     " data, ", environment.name())))
                    .c_str());
}

}  // namespace failure

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Shows why off-policy reinforcement learning fails offline: trains behavior cloning and off-policy algorithms "
        "on the same fixed dataset, and reports the steps at which the actions left the data, the return fell, and Q "
        "passed its true value and left the attainable range.");
    failure::Options options;
    failure::add_options(app, options);
    return program::run(app, argc, argv, [&] { failure::run(options); });
  });
}
