/// \file
/// The frame of a study: many runs on several datasets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "studies/support/experiment.hpp"
#include "studies/support/results.hpp"
#include "studies/support/study_options.hpp"

namespace program {

/// One dataset, its probe, and its origin.
struct Task {
  AnyEnvironment<> environment;
  std::string data;
  Transitions<> dataset;
  Probe<float> probe;
  std::uint64_t hash = 0;        ///< the dataset's
  std::filesystem::path folder;  ///< has its runs' checkpoints
};

/// Returns the tasks of all kinds of data in all environments. The datasets are in `options.out`/ENVIRONMENT, see
/// `make_data`. Returns nothing if interrupted.
[[nodiscard]] std::vector<Task> make_tasks(const StudyOptions& options, const std::vector<std::string>& environments);

/// One run to do.
struct Job {
  const Task* task;
  std::string label;  ///< name in the results
  std::string algorithm;
  Settings settings;
  std::uint64_t seed = 0;
};

/// Does the jobs, `options.threads` at a time; results do not depend on this number. If interrupted, returns the
/// complete ones.
[[nodiscard]] std::vector<Result> run_jobs(const StudyOptions& options, const std::vector<Job>& jobs);

}  // namespace program
