/// \file
/// Many runs on several datasets: the frame of a study.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/experiment.hpp"
#include "support/results.hpp"
#include "support/study_options.hpp"

namespace program {

/// One dataset, its probe, and where it is from.
struct Task {
  AnyEnvironment<> environment;
  std::string data;
  Transitions<> dataset;
  Probe<float> probe;
};

/// The tasks of all kinds of data in all environments. The datasets are in `options.out`/ENVIRONMENT, where they are
/// made unless `keep_data` finds them there; of those that it finds none is replaced. Throws DataError where one was
/// made with other options. Empty when interrupted.
[[nodiscard]] std::vector<Task> make_tasks(const StudyOptions& options, const std::vector<std::string>& environments);

/// One run to be done.
struct Job {
  const Task* task;
  std::string label;  ///< of its results
  std::string algorithm;
  Settings settings;
  std::uint64_t seed = 0;
};

/// Does the jobs, `options.threads` at a time, which no result depends on. An interruption keeps what is complete.
[[nodiscard]] std::vector<Result> run_jobs(const StudyOptions& options, const std::vector<Job>& jobs);

}  // namespace program
