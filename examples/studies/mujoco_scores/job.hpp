/// \file
/// Runs the tool for one job, as a process of its own.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "studies/mujoco_scores/table.hpp"

namespace mujoco_scores {

/// Returns the program `holdfast`, which stands beside this one.
inline fs::path tool() {
  fs::path file = fs::read_symlink("/proc/self/exe").replace_filename("holdfast");
  if (!fs::exists(file)) throw DataError(file.string() + ": expected the program holdfast, found none; build it too");
  return file;
}

/// Returns the arguments of the tool for a job, up to where its files go.
inline std::vector<std::string> arguments_of(const Options& options, const Job& job) {
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
  const std::string own = message(job.algorithm, '-', job.environment, '-', job.dataset);
  for (const std::string& name : {own, job.algorithm})
    if (const fs::path recipe = options.recipes / (name + ".toml"); fs::exists(recipe)) {
      arguments.insert(arguments.end(), {"--config", recipe.string()});
      break;
    }
  return arguments;
}

/// Returns the last row of a run's metrics by its columns' names; nothing if there is none yet.
inline std::optional<std::map<std::string, std::string>> last_row(const fs::path& metrics) {
  std::ifstream file(metrics);
  std::string header;
  std::string last;
  std::getline(file, header);
  for (std::string line; std::getline(file, line) && !file.eof();) last = line;
  if (last.empty()) return std::nullopt;
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells(1);
    for (const char c : line)
      if (c == ',')
        cells.emplace_back();
      else
        cells.back() += c;
    return cells;
  };
  const std::vector<std::string> names = split(header);
  const std::vector<std::string> cells = split(last);
  std::map<std::string, std::string> row;
  for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) row.emplace(names[i], cells[i]);
  return row;
}

/// A process that writes what it prints into a file.
class Process {
 public:
  /// Throws DataError if it cannot be started.
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
    if (error != 0) refuse_writing(command.front(), error);
  }

  /// Returns whether it has ended.
  [[nodiscard]] bool ended() { return waitpid(id_, &status_, WNOHANG) == id_; }
  /// Asks it to end in order.
  void interrupt() const { ::kill(id_, SIGTERM); }
  /// Returns its exit code; 128 and more if a signal ended it.
  [[nodiscard]] int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_); }

 private:
  pid_t id_ = 0;
  int status_ = 0;
};

/// Trains one run to its end, from where it was stopped if it was, and returns its row. Returns nothing if this program
/// was interrupted, or if the run failed before its first evaluation; then warns of it.
inline std::optional<Score> run_job(const Options& options, const Job& job, ProgressBar& bar) {
  const fs::path folder = options.out / job.name();
  const std::vector<std::string> arguments = arguments_of(options, job);
  std::vector<std::string> command = {tool().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--threads", "1", "--out", folder.string(), "--resume"});
  const fs::path log = options.out / (job.name() + ".log");
  Process process(command, log);

  Index shown = 0;
  const auto show = [&] {
    const auto row = last_row(folder / "metrics.csv");
    if (!row) return;
    const Index step = std::max<Index>(shown, std::stoll(row->at("step")));
    bar.note(job.name());
    bar.advance(step - std::exchange(shown, step));
  };
  bool asked = false;
  while (!process.ended()) {
    if (program::interrupted && !std::exchange(asked, true)) process.interrupt();
    std::this_thread::sleep_for(std::chrono::milliseconds(asked ? 50 : 500));
    show();
  }
  if (program::interrupted) return std::nullopt;
  show();
  const auto row = last_row(folder / "metrics.csv");
  if (process.exit_code() != 0)
    program::warn(message(job.name(), ": ended with exit code ", process.exit_code(), "; see ", log.string()));
  if (!row || row->at("normalized_score").empty()) return std::nullopt;
  std::string shown_command = "holdfast";
  for (const std::string& each : arguments) shown_command += ' ' + each;
  return Score{job, std::stoll(row->at("step")), std::stod(row->at("normalized_score")),
               std::stod(row->at("return_mean")), shown_command};
}

}  // namespace mujoco_scores
