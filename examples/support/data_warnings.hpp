/// \file
/// Warns of what is wrong with the data a program reads.
#pragma once

#include <string>
#include <vector>

#include "holdfast/data/problems.hpp"
#include "holdfast/data/summary.hpp"
#include "holdfast/data/trajectories.hpp"
#include "support/program.hpp"

namespace program {

/// The problems of the rows of a file, as read_recording returns them, whose trajectories are `ranges`.
template <class Recording>
[[nodiscard]] std::vector<holdfast::DatasetProblem> problems_of(const Recording& recording,
                                                                const holdfast::Trajectories& ranges,
                                                                double action_limit) {
  return holdfast::find_problems(recording.rows,
                                 holdfast::summarize(recording.rows, ranges,
                                                     {.action_limit = action_limit,
                                                      .next_observations_recorded = recording.has_next_observations}));
}

/// The same of the trajectories that the rows have.
template <class Recording>
[[nodiscard]] std::vector<holdfast::DatasetProblem> problems_of(const Recording& recording, double action_limit) {
  return problems_of(recording, holdfast::trajectories(recording.rows), action_limit);
}

/// Warns of the problems of a file for which `concerns(problem)` holds.
template <class Concerns>
void warn_of(const std::string& file, const std::vector<holdfast::DatasetProblem>& problems, Concerns&& concerns) {
  for (const holdfast::DatasetProblem& problem : problems)
    if (concerns(problem)) warn(file + ": " + problem.text);
}

}  // namespace program
