/// \file
/// Reads the log of a campaign as a dataset whose trajectories have one step.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/data/one_hot.hpp"
#include "holdfast/data/transitions.hpp"
#include "studies/open_bandit/campaigns.hpp"
#include "studies/support/csv_reader.hpp"

namespace bandit {

/// A dataset of recommendations. Observations are one-hot positions, actions are items, rewards are clicks, and every
/// step ends its trajectory.
using Data = Transitions<double, ActionIndices>;

/// One line of a log.
struct Recommendation {
  Index item = 0;
  Index position = 0;     ///< from 0
  double click = 0;       ///< 0 or 1
  double propensity = 1;  ///< P(item | position) under the policy that made it
};

/// Returns the dataset of a log over `items` items.
[[nodiscard]] inline Data dataset(const std::vector<Recommendation>& log, Index items) {
  const auto size = static_cast<Index>(log.size());
  Data data;
  ActionIndices places(size);
  data.actions.resize(size);
  data.rewards.resize(size);
  data.action_log_probs.resize(size);
  for (Index i = 0; i < size; ++i) {
    const Recommendation& each = log[static_cast<std::size_t>(i)];
    places(i) = each.position;
    data.actions(i) = each.item;
    data.rewards(i) = each.click;
    data.action_log_probs(i) = std::log(each.propensity);
  }
  data.observations = one_hot<double>(places, positions);
  data.next_observations = data.observations;  // nothing follows
  data.terminals.setOnes(size);
  data.timeouts.setZero(size);
  data.action_count = items;
  return data;
}

/// Returns the item of the line, which must be below `items`. Throws DataError; if only the larger campaign has this
/// item, the error names that campaign.
[[nodiscard]] inline Index item_of(const program::CsvReader& csv, std::size_t column, Index items) {
  constexpr auto men = static_cast<Index>(men_alpha.size());
  constexpr auto women = static_cast<Index>(women_alpha.size());
  if (const auto item = csv.find_whole(column, 0, items - 1)) return *item;
  if (const auto item = csv.find_whole(column, men, women - 1); item && items == men)
    csv.refuse(message("an item of the campaign men, from 0 to ", men - 1),
               message(*item, ", which the campaign women has; is it a log of women? --campaign women"));
  return csv.whole(column, 0, items - 1);
}

/// Returns a warning if a long log that should be of women has none of the items that only this campaign has; empty
/// otherwise.
[[nodiscard]] inline std::string suspect_other_campaign(const Data& log) {
  constexpr auto men = static_cast<Index>(men_alpha.size());
  constexpr auto women = static_cast<Index>(women_alpha.size());
  constexpr Index many = 1000;
  if (log.action_count != women || log.size() < many || log.actions.maxCoeff() >= men) return "";
  return message("none of ", log.size(), " lines has an item above ", men - 1, ", of which the campaign women has ",
                 women - men, "; is it a log of men? --campaign men");
}

/// Reads a log of the Open Bandit Dataset, with the columns item_id, position (from 1), click and propensity_score.
/// Throws DataError that names file and line if a cell is invalid, or if the log is empty.
[[nodiscard]] inline Data read_log(const std::filesystem::path& file, Index items) {
  enum Column : std::size_t { item, position, click, propensity };
  constexpr Interval probability{.lowest = 0, .highest = 1, .open_below = true};
  program::CsvReader csv(file, {"item_id", "position", "click", "propensity_score"});
  std::vector<Recommendation> log;
  while (csv.next())
    log.push_back({.item = item_of(csv, item, items),
                   .position = csv.whole(position, 1, positions) - 1,
                   .click = static_cast<double>(csv.whole(click, 0, 1)),
                   .propensity = csv.number(propensity, probability)});
  if (log.empty()) throw DataError(file.string() + ": expected at least one line after the header, found none");
  return dataset(log, items);
}

}  // namespace bandit
