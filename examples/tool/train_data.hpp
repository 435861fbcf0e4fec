/// \file
/// Reads the data of a training run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/interval.hpp"
#include "holdfast/data/best_trajectories.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/hdf5/precision.hpp"
#include "holdfast/data/next_actions.hpp"
#include "holdfast/data/split.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "support/data_hash.hpp"
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
  std::uint64_t hash = 0;                 ///< the data_hash of both together, as the file has them
  double reward_factor = 1;               ///< the factor that the rewards were multiplied by
  double reward_shift = 0;                ///< the number that was then added to them
  std::vector<holdfast::DatasetProblem> row_problems;
  std::vector<std::string> storage_problems;

  /// Returns the range of the rewards that are learned from, given that of the task's.
  [[nodiscard]] holdfast::Interval learned(const holdfast::Interval& rewards) const {
    return {reward_factor * rewards.lowest + reward_shift, reward_factor * rewards.highest + reward_shift};
  }
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

/// Returns the difference between the largest and the smallest return of the trajectories. Throws DataError if all are
/// equal.
template <class Actions>
double return_range(const holdfast::Transitions<float, Actions>& data) {
  const std::vector<double> all = holdfast::returns(data);
  const auto [lowest, highest] = std::minmax_element(all.begin(), all.end());
  if (*lowest == *highest)
    throw holdfast::DataError(holdfast::message(
        "reward_scale = returns: expected trajectories of different returns, found ", all.size(), " of ", *lowest));
  return *highest - *lowest;
}

/// Scales and shifts the rewards, keeps the best trajectories and adds the optional columns, as asked for.
template <class Actions>
void prepare(const TrainPlan& plan, TrainData<Actions>& data) {
  const TrainOptions& options = plan.options;
  const auto factor = reward_factor(options.reward_scale);
  data.reward_factor = factor ? *factor : 1000 / return_range(data.training);
  data.reward_shift = options.reward_shift;
  const bool next_actions = needs_next_actions(plan);
  const bool returns_to_go = needs_returns_to_go(plan);
  const double discount = std::strtod(setting_of(plan, "discount").c_str(), nullptr);
  const auto prepared = [&](typename TrainData<Actions>::Transitions& rows, const char* purpose) {
    if (options.best_share < 1) rows = holdfast::best_trajectories(rows, options.best_share);
    rows.rewards = static_cast<float>(data.reward_factor) * rows.rewards + static_cast<float>(data.reward_shift);
    if (!rows.rewards.allFinite())
      throw holdfast::DataError(
          "rewards: expected finite ones after reward_scale and reward_shift, found one that is not");
    if (returns_to_go) rows.returns_to_go = holdfast::lowest_returns_to_go(rows, discount);
    if (next_actions) rows = holdfast::with_next_actions(rows);
    if (rows.size() < 2)
      throw holdfast::DataError(holdfast::message("expected at least 2 transitions ", purpose, ", found ", rows.size(),
                                                  " of the best trajectories, or with a next action"));
  };
  prepared(data.training, "to learn from");
  if (data.validation) prepared(*data.validation, "to validate on");
}

/// Returns the transitions of the file that can be learned from, and the problems of all its rows.
template <class Actions>
TrainData<Actions> read_data(const TrainPlan& plan,
                             const std::optional<holdfast::AnyEnvironment<Actions>>& environment) {
  const TrainOptions& options = plan.options;
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
  data.hash = program::data_hash(data.training);
  if (options.validation_share > 0) hold_out(options, data);
  try {
    prepare(plan, data);
  } catch (const holdfast::DataError& error) {
    throw holdfast::DataError(options.dataset + ": " + error.what());
  }
  return data;
}

}  // namespace tool
