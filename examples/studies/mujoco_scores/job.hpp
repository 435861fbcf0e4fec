/// \file
/// Runs the tool for one job, as a process of its own.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "studies/mujoco_scores/recipes.hpp"
#include "studies/mujoco_scores/table.hpp"

namespace mujoco_scores {

/// Returns the program `holdfast`, which stands beside this one.
inline fs::path tool() {
  fs::path file = fs::read_symlink("/proc/self/exe").replace_filename("holdfast");
  if (!fs::exists(file)) throw DataError(file.string() + ": expected the program holdfast, found none; build it too");
  return file;
}

/// Returns the arguments of the tool for a job, up to where its files go.
inline std::vector<std::string> arguments_of(const Options& options, const Recipes& recipes, const Job& job) {
  const fs::path dataset = options.data / (job.environment + "-" + job.dataset + ".hdf5");
  std::vector<std::string> arguments = {"train",
                                        "--algorithm",
                                        job.algorithm,
                                        "--dataset",
                                        dataset.string(),
                                        "--environment",
                                        job.environment,
                                        "--steps",
                                        std::to_string(options.updates),
                                        "--seed",
                                        std::to_string(job.seed),
                                        "--evaluate-every",
                                        std::to_string(options.evaluate_every),
                                        "--episodes",
                                        std::to_string(options.episodes),
                                        "--log-every",
                                        std::to_string(std::min(options.evaluate_every, options.updates))};
  if (const fs::path recipe = options.recipes / (job.algorithm + ".toml"); fs::exists(recipe))
    arguments.insert(arguments.end(), {"--config", recipe.string()});
  if (const auto own = recipes.find(job.key()); own != recipes.end()) {
    arguments.emplace_back("--set");
    arguments.insert(arguments.end(), own->second.begin(), own->second.end());
  }
  return arguments;
}

/// A job, as it is to be run.
struct Task {
  Job job;
  std::vector<std::string> arguments;  ///< those of the tool, up to where its files go
  std::string command;                 ///< makes the job's row, but for where its files go
};

/// Returns how a job is to be run. Throws ConfigError if its command cannot be written into a table.
inline Task task_of(const Options& options, const Recipes& recipes, const Job& job) {
  std::vector<std::string> arguments = arguments_of(options, recipes, job);
  std::string command = "holdfast";
  for (const std::string& each : arguments) {
    if (each.find_first_of(", \"'") != std::string::npos)
      throw ConfigError(message("expected paths without commas, quotes and spaces, found \"", each, '"'));
    command += ' ' + each;
  }
  return {job, std::move(arguments), std::move(command)};
}

using Row = std::map<std::string, std::string>;

/// Returns the last row of a run's metrics that has a score, by its columns' names; nothing if there is none yet. Sets
/// `step` to that of the last row.
inline std::optional<Row> last_score(const fs::path& metrics, Index& step) {
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells(1);
    for (const char c : line)
      if (c == ',')
        cells.emplace_back();
      else
        cells.back() += c;
    return cells;
  };
  std::ifstream file(metrics);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = split(line);
  std::optional<Row> found;
  while (std::getline(file, line) && !file.eof()) {
    const std::vector<std::string> cells = split(line);
    Row row;
    for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) row.emplace(names[i], cells[i]);
    step = std::strtoll(row["step"].c_str(), nullptr, 10);
    if (!row["normalized_score"].empty()) found = std::move(row);
  }
  return found;
}

/// Returns the error that a run ended with, from its log; empty if there is none.
inline std::string last_error(const fs::path& log) {
  std::ifstream file(log);
  std::string error;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("error: ")) error = line.substr(7);
  return error;
}

/// A process that writes what it prints into a file.
class Process {
 public:
  /// Throws DataError if it cannot be started, or if `log` cannot be written.
  Process(std::vector<std::string> command, const fs::path& log) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    constexpr mode_t usual_mode = 0666;
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, usual_mode);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (std::string& each : command) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    const int error = posix_spawn(&id_, arguments.front(), &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0)
      throw DataError(message(command.front(), ": cannot be started with its output in ", log.string(), ": ",
                              std::generic_category().message(error)));
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    while (!ended()) {
      interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  /// Returns whether it has ended.
  [[nodiscard]] bool ended() { return ended_ = ended_ || waitpid(id_, &status_, WNOHANG) != 0; }
  /// Asks it to end in order.
  void interrupt() const { ::kill(id_, SIGTERM); }
  /// Returns its exit code; 128 and more if a signal ended it.
  [[nodiscard]] int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_); }

 private:
  pid_t id_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

/// Trains one run to its end, from where it was stopped if it was, and returns its row. A run that diverges has the
/// score of its last evaluation, and fewer updates than asked for. Returns nothing if this program was interrupted, or
/// if the run failed; then warns of it.
inline std::optional<Score> run_task(const Options& options, const Task& task, ProgressBar& bar) {
  const Job& job = task.job;
  const fs::path folder = options.out / job.name();
  std::vector<std::string> command = {tool().string()};
  command.insert(command.end(), task.arguments.begin(), task.arguments.end());
  command.insert(command.end(), {"--threads", "1", "--out", folder.string(), "--resume"});
  const fs::path log = options.out / (job.name() + ".log");
  Process process(command, log);

  Index shown = 0;
  const auto show = [&] {
    Index step = shown;
    auto row = last_score(folder / "metrics.csv", step);
    bar.note(job.name());
    bar.advance(step - std::exchange(shown, step));
    return row;
  };
  bool asked = false;
  while (!process.ended()) {
    if (program::interrupted && !std::exchange(asked, true)) process.interrupt();
    std::this_thread::sleep_for(std::chrono::milliseconds(asked ? 50 : 500));
    show();
  }
  if (program::interrupted) return std::nullopt;
  auto row = show();
  const std::string error = last_error(log);
  const bool diverged = process.exit_code() == 2 && error.starts_with("update ");
  if (!row || (!diverged && (process.exit_code() != 0 || shown != options.updates))) {
    program::warn(
        message(job.name(), ": ended with exit code ", process.exit_code(), ": ", error, "; see ", log.string()));
    return std::nullopt;
  }
  return Score{job, std::stoll((*row)["step"]), std::stod((*row)["normalized_score"]), std::stod((*row)["return_mean"]),
               task.command};
}

}  // namespace mujoco_scores
