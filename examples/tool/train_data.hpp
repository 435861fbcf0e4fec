/// \file
/// Reads the data of a training run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/hdf5/precision.hpp"
#include "holdfast/data/split.hpp"
#include "holdfast/environments/registry.hpp"
#include "support/untrusted.hpp"
#include "tool/acting.hpp"
#include "tool/data_warnings.hpp"
#include "tool/run_identity.hpp"
#include "tool/train_options.hpp"

namespace tool {

/// The data of a training run.
template <class Actions>
struct TrainData {
  using Transitions = holdfast::Transitions<float, Actions>;

  Transitions training;
  std::optional<Transitions> validation;  ///< held out, if that is asked for
  std::uint64_t hash = 0;                 ///< the data_hash of both together
  std::vector<holdfast::DatasetProblem> row_problems;
  std::vector<std::string> storage_problems;
};

/// Holds out a share of the data for validation, as whole episodes.
template <class Actions>
void hold_out(const TrainOptions& options, TrainData<Actions>& data) {
  auto split = [&] {
    try {
      return holdfast::split_episodes(data.training, options.validation_share, options.seed);
    } catch (const holdfast::DataError& error) {
      throw holdfast::DataError(options.dataset + ": " + error.what());
    }
  }();
  if (split.training.size() < 2 || split.validation.size() < 2)
    throw holdfast::DataError(holdfast::message(
        options.dataset, ": expected at least 2 transitions to learn from and 2 to validate on, found ",
        split.training.size(), " and ", split.validation.size(), "; choose another validation_share"));
  data.training = std::move(split.training);
  data.validation = std::move(split.validation);
}

/// Returns the transitions of the file that can be learned from, and the problems of all its rows.
template <class Actions>
TrainData<Actions> read_data(const TrainOptions& options,
                             const std::optional<holdfast::AnyEnvironment<Actions>>& environment) {
  const program::Reading reading(options.dataset);
  auto recording = holdfast::read_recording<Actions>(options.dataset, {.max_episode_steps = options.max_episode_steps,
                                                                       .action_limit = options.action_limit,
                                                                       .action_count = options.action_count});
  TrainData<Actions> data;
  data.row_problems = program::problems_of(recording, options.action_limit);
  if constexpr (holdfast::FiniteActions<Actions>)
    data.storage_problems = holdfast::find_lost_digits(options.dataset);
  else
    data.storage_problems = holdfast::find_storage_problems(options.dataset, recording.rows.actions);
  const bool has_rows = recording.rows.size() > 1;
  data.training = std::move(recording).transitions();
  if (data.training.size() < 2)
    throw holdfast::DataError(
        holdfast::message(options.dataset, ": expected at least 2 transitions to train and measure on, found ",
                          data.training.size(), has_rows ? " whose successor is known; record next_observations" : ""));
  if (environment)
    check_sizes(options.dataset, {data.training.observation_size(), data.training.action_size()}, *environment);
  data.hash = data_hash(data.training);
  if (options.validation_share > 0) hold_out(options, data);
  return data;
}

}  // namespace tool
