/// \file
/// Warnings about problems in the data that a program reads.
#pragma once

#include <string>
#include <vector>

#include "holdfast/data/problems.hpp"
#include "holdfast/data/summary.hpp"
#include "holdfast/data/trajectories.hpp"
#include "support/program.hpp"

namespace program {

/// Returns the problems of the rows of a file, as returned by read_recording, with the trajectories `ranges`.
template <class Recording>
[[nodiscard]] std::vector<holdfast::DatasetProblem> problems_of(const Recording& recording,
                                                                const holdfast::Trajectories& ranges,
                                                                double action_limit) {
  return holdfast::find_problems(recording.rows,
                                 holdfast::summarize(recording.rows, ranges,
                                                     {.action_limit = action_limit,
                                                      .next_observations_recorded = recording.has_next_observations}));
}

/// Returns the same, with the trajectories of the rows.
template <class Recording>
[[nodiscard]] std::vector<holdfast::DatasetProblem> problems_of(const Recording& recording, double action_limit) {
  return problems_of(recording, holdfast::trajectories(recording.rows), action_limit);
}

/// Warns about the problems of a file for which `concerns(problem)` is true.
template <class Concerns>
void warn_of(const std::string& file, const std::vector<holdfast::DatasetProblem>& problems, Concerns&& concerns) {
  for (const holdfast::DatasetProblem& problem : problems)
    if (concerns(problem)) warn(file + ": " + problem.text);
}

}  // namespace program
