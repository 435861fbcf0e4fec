/// \file
/// Finds problems of a dataset and describes each in plain words, with its remedy.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/summary.hpp"
#include "holdfast/data/suspicious_rows.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// Something that is wrong with a dataset, or that will cause trouble later.
struct DatasetProblem {
  /// The aspect of the data that is wrong, which determines what it affects.
  enum class Concern {
    rows,     ///< rows are not what happened: affects everything
    ends,     ///< ends of episodes are wrong: affects returns and evaluation
    rewards,  ///< rewards carry no information: affects learners with critics
    scales,   ///< features differ greatly in scale: affects networks unless observations are normalized
    coverage  ///< something is not in the data: affects only what needs it
  };

  std::string text;  ///< the finding and its remedy, in one sentence
  Concern concern = Concern::coverage;
};

namespace detail {

using DatasetProblems = std::vector<DatasetProblem>;

/// Returns "features 0, 3" if `noun` is "feature": the indices of the values for which `holds` is true, at most eight
/// of them. Returns "" if there are none.
template <class Values, class Holds>
std::string name_those(const std::string& noun, const Values& values, const Holds& holds) {
  std::size_t count = 0;
  std::string named;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!holds(values[i])) continue;
    constexpr std::size_t most = 8;
    if (++count <= most) named += (count > 1 ? ", " : "") + std::to_string(i);
    if (count == most + 1) named += ", …";
  }
  if (count == 0) return "";
  return noun + (count == 1 ? " " : "s ") + named;
}
template <class Summaries, class Holds>
std::string name_features(const Summaries& features, const Holds& holds) {
  return name_those("feature", features, holds);
}

/// Formats a share as "12.5 %".
inline std::string percent(double share) { return message(std::round(share * 1e5) / 1e3, " %"); }

inline void find_episode_problems(const DatasetSummary& summary, DatasetProblems& problems) {
  using Concern = DatasetProblem::Concern;
  if (summary.terminals == 0 && summary.timeouts == 0)
    problems.push_back(
        {message("no terminal and no timeout is recorded: where episodes end is not known",
                 summary.next_observations_recorded ? "" : ", and what leads from one to the next is learned as a step",
                 "; give the number of steps an episode has (max_episode_steps), or record the flags"),
         summary.next_observations_recorded ? Concern::ends : Concern::rows});
  else if (summary.breaks > 0 && summary.timeouts > 0)
    problems.push_back(
        {message("rows that do not lead to the following one though no flag ends the episode there: ", summary.breaks,
                 ", the first is row ", summary.first_break,
                 "; rows are missing or shuffled, flags are shifted, or files were joined whose last episode is not "
                 "finished (flag it as a timeout); single transitions stay right to learn from, "
                 "but returns and evaluation need whole episodes in the order they were recorded in"),
         Concern::ends});
  else if (summary.breaks > 0)
    problems.push_back({message(summary.unfinished, " of ", summary.episodes,
                                " episodes end with neither terminal nor timeout, before a state that does not follow: "
                                "nothing bootstraps wrongly, but their returns are cut short; record timeouts"),
                        Concern::ends});
  // If next observations are recorded, misplaced flags show up as breaks. If they are not, inverted flags make an
  // episode of each single transition, except the last of a true episode, which joins the first of the next one (length
  // 2).
  const Index ends = summary.terminals + summary.timeouts;
  if (!summary.next_observations_recorded && 5 * ends > 4 * summary.transitions && summary.lengths.highest == 2)
    problems.push_back({message(ends, " of ", summary.transitions,
                                " rows end an episode: check that terminals and timeouts are not inverted"),
                        Concern::rows});
  const bool length_matters = summary.terminals > 0 && summary.lengths.lowest < summary.lengths.highest;
  if (summary.rewards.lowest == summary.rewards.highest && !(length_matters && summary.rewards.lowest != 0))
    problems.push_back({message("all rewards are ", summary.rewards.lowest + 0.0,  // no -0
                                length_matters ? "" : ", and how long an episode takes makes no difference",
                                ": the data tells no policy from another; check the column, or clone what was done"),
                        Concern::rewards});
}

template <class Scalar, class Actions>
void find_row_problems(const Transitions<Scalar, Actions>& data, const DatasetSummary& summary,
                       DatasetProblems& problems) {
  using Concern = DatasetProblem::Concern;
  if (const Index unwritten = count_unwritten(data); unwritten > 0)
    problems.push_back(
        {message("the last ", unwritten, " rows are zero in every column, as if the file had never been ",
                 "filled to its end; cut them off"),
         Concern::rows});
  if (const Jumps jumps = find_jumps(data, summary.observations); jumps.count > 0)
    problems.push_back(
        {message("observations: ", jumps.count, " transitions jump inside an episode, the first in row ", jumps.first,
                 ", as from one episode to the next: check that every timeout is recorded, and that "
                 "next_observations are not taken from the next episode"),
         Concern::rows});
  if (const Index copies = count_duplicates(data, summary.observations); 100 * copies > data.size())
    problems.push_back({message(copies, " transitions are copies of others (",
                                percent(static_cast<double>(copies) / static_cast<double>(data.size())),
                                "): they count double, and a share held out for validation is not independent; check "
                                "that no file was merged twice"),
                        Concern::rows});
}

inline void find_feature_problems(const DatasetSummary& summary, DatasetProblems& problems) {
  const auto constant = [](const FeatureSummary& feature) { return feature.lowest == feature.highest; };
  if (const std::string named = name_features(summary.observations, constant); !named.empty())
    problems.push_back({"observations: always the same in " + named +
                        ": leave it out, or normalize with an epsilon, for the deviation is zero"});
  double smallest = std::numeric_limits<double>::infinity();
  double largest = 0;
  for (const FeatureSummary& feature : summary.observations) {
    if (constant(feature)) continue;
    smallest = std::min(smallest, feature.deviation);
    largest = std::max(largest, feature.deviation);
  }
  if (largest >= 1000 * smallest)
    problems.push_back({message("observations: the deviations of the features go from ", smallest, " to ", largest,
                                ": normalize the observations, or networks see only the largest"),
                        DatasetProblem::Concern::scales});
}

inline void find_action_problems(const DatasetSummary& summary, DatasetProblems& problems) {
  const double limit = summary.action_limit;
  const auto outside = [](const ActionSummary& feature) { return feature.outside_share > 0; };
  if (const std::string named = name_features(summary.actions, outside); !named.empty()) {
    double largest = 0;
    for (const ActionSummary& feature : summary.actions)
      largest = std::max({largest, -feature.lowest, feature.highest});
    problems.push_back({message("actions: outside ±", limit, ", up to ", largest, ", in ", named,
                                ": scale the actions to ±1, or set action_limit to accept them"),
                        DatasetProblem::Concern::rows});
  }
  double on_border = 0;
  for (const ActionSummary& feature : summary.actions) on_border = std::max(on_border, feature.border_share);
  const auto on = [](const ActionSummary& feature) { return feature.border_share > 0; };
  if (const std::string named = name_features(summary.actions, on); !named.empty())
    problems.push_back(
        {message("actions: on the border ±", limit, " in up to ", percent(on_border), " of the transitions, in ", named,
                 ": a tanh-Gaussian has no density there; learners clamp such "
                 "actions, importance ratios do not exist for them")});
  const auto constant = [](const ActionSummary& feature) { return feature.lowest == feature.highest; };
  if (const std::string named = name_features(summary.actions, constant); !named.empty())
    problems.push_back({"actions: always the same in " + named +
                        ": nothing can be told about other values; leave it out, or record more"});
}

inline void find_finite_action_problems(const DatasetSummary& summary, DatasetProblems& problems) {
  const auto never = [](Index count) { return count == 0; };
  if (const std::string named = name_those("number", summary.action_counts, never); !named.empty())
    problems.push_back({message("actions: ", named, " of 0 to ", summary.action_size - 1,
                                " never taken: nothing can be told about what they lead to; record more, or check how "
                                "many actions there are (action_count)")});
}

/// Reports log-probabilities that no policy over A actions can have: ln p is at most 0, and its mean (the negative
/// entropy) is at least −ln A. Allows for five standard errors and the rounding of a log-softmax.
inline void find_finite_log_prob_problems(const DatasetSummary& summary, DatasetProblems& problems) {
  const Distribution& log_probs = summary.action_log_probs;
  if (log_probs.highest > 1e-4)
    problems.push_back(
        {message("the actions' log-probabilities go up to ", log_probs.highest,
                 ", but no probability is above 1: record log π(a|s), of one action of the finite set")});
  const double bound = -std::log(static_cast<double>(summary.action_size));
  const double allowed = 1e-3 + 5 * log_probs.deviation / std::sqrt(static_cast<double>(summary.transitions));
  if (log_probs.mean < bound - allowed)
    problems.push_back(
        {message("the actions' log-probabilities have the mean ", log_probs.mean, ", but those of any policy over ",
                 summary.action_size, " actions have at least ", bound,
                 ": they are of other actions; record log π(a|s) of the actions that are in the file")});
}

/// Reports log-densities that no policy on [−limit, limit]^A can have: the mean of −ln p (the entropy) is at most
/// A ln(2 limit). Allows for five standard errors. The density itself has no upper bound, but a log-density above 20
/// per dimension (a standard deviation below 1e-8) means that the policy is practically deterministic.
inline void find_log_prob_problems(const DatasetSummary& summary, DatasetProblems& problems) {
  const Distribution& log_probs = summary.action_log_probs;
  const auto dimensions = static_cast<double>(summary.action_size);
  const double bound = -dimensions * std::log(2 * summary.action_limit);
  const double allowed =
      1e-3 * dimensions + 5 * log_probs.deviation / std::sqrt(static_cast<double>(summary.transitions));
  if (log_probs.mean < bound - allowed)
    problems.push_back({message("the actions' log-probabilities have the mean ", log_probs.mean,
                                ", but those of any density on ±", summary.action_limit, " have at least ", bound,
                                ": they are of other actions, lack the Jacobian of the tanh, or are of a "
                                "Gaussian's draws before clipping; record log π(a|s) of "
                                "the actions that are in the file")});
  if (log_probs.highest > 20 * dimensions)
    problems.push_back(
        {message("the actions' log-probabilities go up to ", log_probs.highest, ", more than ", 20 * dimensions,
                 " in this many dimensions: the policy was as good as deterministic, and ratios to it "
                 "mean nothing; check the column")});
}

}  // namespace detail

/// Returns the problems of a dataset with dense observations and the given `summary`; empty if the dataset suits
/// learners and evaluators. For one-hot states (DatasetSummary::one_hot) jumps, repeated rows and missing states are
/// normal and are not reported.
template <class Scalar, class Actions>
[[nodiscard]] std::vector<DatasetProblem> find_problems(const Transitions<Scalar, Actions>& data,
                                                        const DatasetSummary& summary) {
  std::vector<DatasetProblem> problems;
  detail::find_episode_problems(summary, problems);
  if (!summary.one_hot) {
    detail::find_row_problems(data, summary, problems);
    detail::find_feature_problems(summary, problems);
  }
  if constexpr (FiniteActions<Actions>)
    detail::find_finite_action_problems(summary, problems);
  else
    detail::find_action_problems(summary, problems);
  if (!summary.has_action_log_probs)
    problems.push_back(
        {"the log-probabilities of the actions are not recorded: importance sampling has to estimate the behavior "
         "policy; learners do not need them"});
  else if constexpr (FiniteActions<Actions>)
    detail::find_finite_log_prob_problems(summary, problems);
  else
    detail::find_log_prob_problems(summary, problems);
  return problems;
}

}  // namespace holdfast
