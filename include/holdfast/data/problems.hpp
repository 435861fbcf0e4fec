/// \file
/// What is wrong, or will go wrong, with a dataset: in plain words, each with its remedy.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/summary.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

namespace detail {

/// "features 0, 3", where `noun` is "feature": those for which `holds`, the first eight of them; "" where there is
/// none.
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

/// A share as "12.5 %".
inline std::string percent(double share) { return message(std::round(share * 1e5) / 1e3, " %"); }

/// Copies of earlier transitions: equal in every bit of observation, action, reward and next observation.
template <class Scalar, class Actions>
Index count_duplicates(const Transitions<Scalar, Actions>& data) {
  std::vector<std::pair<std::uint64_t, Index>> hashed;  // FNV-1a, a number at a time
  hashed.reserve(static_cast<std::size_t>(data.size()));
  for (Index row = 0; row < data.size(); ++row) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&hash](auto number) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &number, sizeof number);
      hash = (hash ^ bits) * 0x100000001b3U;
      hash ^= hash >> 32U;
    };
    for (const Scalar number : data.observations.col(row)) add(number);
    for (const auto number : data.actions.col(row)) add(number);
    for (const Scalar number : data.next_observations.col(row)) add(number);
    add(data.rewards(row));
    hashed.emplace_back(hash, row);
  }
  std::sort(hashed.begin(), hashed.end());
  const auto equal = [&](Index a, Index b) {
    return data.observations.col(a) == data.observations.col(b) && data.actions.col(a) == data.actions.col(b) &&
           data.rewards(a) == data.rewards(b) && data.next_observations.col(a) == data.next_observations.col(b);
  };
  Index copies = 0;
  for (std::size_t i = 1; i < hashed.size(); ++i)
    copies += hashed[i].first == hashed[i - 1].first && equal(hashed[i].second, hashed[i - 1].second);
  return copies;
}

/// Transitions inside an episode whose step is not like the others'.
struct Jumps {
  Index count = 0;
  Index first = 0;  ///< row of the first one
};

/// The step of a transition is the median over features of |s′ − s| / deviation: one feature may jump, as an angle that
/// wraps does. It is a jump where it is above 0.25 (states at random are about 1 apart) and above ten times the median
/// step. The ends of episodes, and features that never change, are left out.
template <class Scalar, class Actions>
Jumps find_jumps(const Transitions<Scalar, Actions>& data, const std::vector<FeatureSummary>& features) {
  std::vector<Index> varying;
  for (Index i = 0; i < data.observation_size(); ++i)
    if (features[static_cast<std::size_t>(i)].lowest < features[static_cast<std::size_t>(i)].highest)
      varying.push_back(i);
  const auto median = [](std::vector<double>& numbers) {
    const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    return *middle;
  };
  std::vector<double> steps;
  std::vector<Index> rows;
  std::vector<double> changes(varying.size());
  for (Index row = 0; row < data.size() && !varying.empty(); ++row) {
    if (data.terminals(row) || data.timeouts(row)) continue;
    for (std::size_t i = 0; i < varying.size(); ++i) {
      const auto change = static_cast<double>(data.next_observations(varying[i], row)) -
                          static_cast<double>(data.observations(varying[i], row));
      changes[i] = std::abs(change) / features[static_cast<std::size_t>(varying[i])].deviation;
    }
    steps.push_back(median(changes));
    rows.push_back(row);
  }
  if (steps.empty()) return {};
  std::vector<double> sorted = steps;
  const double threshold = std::max(0.25, 10 * median(sorted));
  Jumps jumps;
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i] > threshold && jumps.count++ == 0) jumps.first = rows[i];
  return jumps;
}

inline void find_episode_problems(const DatasetSummary& summary, std::vector<std::string>& problems) {
  if (summary.terminals == 0 && summary.timeouts == 0)
    problems.emplace_back(
        "no terminal and no timeout is recorded: where episodes end is not known; give the number of steps an "
        "episode has (max_episode_steps), or record the flags");
  else if (summary.unfinished > 1)
    problems.push_back(message(summary.unfinished, " of ", summary.episodes,
                               " episodes end with neither terminal nor timeout, before a state that does not follow: "
                               "nothing bootstraps wrongly, but their returns are cut short; record timeouts"));
  if (summary.lengths.lowest <= 1 && summary.transitions > 1)
    problems.emplace_back(
        "there are episodes of a single transition: check that terminals and timeouts are not shifted or inverted");
  if (summary.rewards.lowest == summary.rewards.highest)
    problems.push_back(message("all rewards are ", summary.rewards.lowest,
                               ": there is nothing to learn from but what was done; check the column, or clone"));
}

template <class Scalar, class Actions>
void find_transition_problems(const Transitions<Scalar, Actions>& data, const DatasetSummary& summary,
                              std::vector<std::string>& problems) {
  if (const Jumps jumps = find_jumps(data, summary.observations); jumps.count > 0)
    problems.push_back(message("observations: ", jumps.count, " transitions jump inside an episode, the first in row ",
                               jumps.first,
                               ", as from one episode to the next: if a timeout is missing there, record timeouts or "
                               "next_observations, or give max_episode_steps"));
  if (const Index copies = count_duplicates(data); copies > 0)
    problems.push_back(message(copies, " transitions are copies of others (",
                               percent(static_cast<double>(copies) / static_cast<double>(data.size())),
                               "): they count double, and a share held out for validation is not independent; check "
                               "that no file was merged twice"));
}

inline void find_feature_problems(const DatasetSummary& summary, std::vector<std::string>& problems) {
  const auto constant = [](const FeatureSummary& feature) { return feature.lowest == feature.highest; };
  if (const std::string named = name_features(summary.observations, constant); !named.empty())
    problems.emplace_back("observations: always the same in " + named +
                          ": leave it out, or normalise with an epsilon, for the deviation is zero");
  double smallest = std::numeric_limits<double>::infinity();
  double largest = 0;
  for (const FeatureSummary& feature : summary.observations) {
    if (constant(feature)) continue;
    smallest = std::min(smallest, feature.deviation);
    largest = std::max(largest, feature.deviation);
  }
  if (largest >= 1000 * smallest)
    problems.push_back(message("observations: the deviations of the features go from ", smallest, " to ", largest,
                               ": normalise the observations, or networks see only the largest"));
}

inline void find_action_problems(const DatasetSummary& summary, std::vector<std::string>& problems) {
  const double limit = summary.action_limit;
  const auto outside = [](const ActionSummary& feature) { return feature.outside_share > 0; };
  if (const std::string named = name_features(summary.actions, outside); !named.empty()) {
    double largest = 0;
    for (const ActionSummary& feature : summary.actions)
      largest = std::max({largest, -feature.lowest, feature.highest});
    problems.push_back(message("actions: outside ±", limit, ", up to ", largest, ", in ", named,
                               ": scale the actions to ±1, or set action_limit to accept them"));
  }
  double on_border = 0;
  for (const ActionSummary& feature : summary.actions) on_border = std::max(on_border, feature.border_share);
  const auto on = [](const ActionSummary& feature) { return feature.border_share > 0; };
  if (const std::string named = name_features(summary.actions, on); !named.empty())
    problems.push_back(message("actions: on the border ±", limit, " in up to ", percent(on_border),
                               " of the transitions, in ", named,
                               ": a tanh-Gaussian has no density there; learners clamp such "
                               "actions, importance ratios do not exist for them"));
  const auto constant = [](const ActionSummary& feature) { return feature.lowest == feature.highest; };
  if (const std::string named = name_features(summary.actions, constant); !named.empty())
    problems.emplace_back("actions: always the same in " + named +
                          ": nothing can be told about other values; leave it out, or record more");
}

inline void find_finite_action_problems(const DatasetSummary& summary, std::vector<std::string>& problems) {
  const auto never = [](Index count) { return count == 0; };
  if (const std::string named = name_those("number", summary.action_counts, never); !named.empty())
    problems.push_back(message("actions: ", named, " of 0 to ", summary.action_size - 1,
                               " never taken: nothing can be told about what they lead to; record more, or check how "
                               "many actions there are (action_count)"));
}

/// What probabilities of A actions cannot be: ln p is at most 0, and its mean, the negative entropy, at least −ln A.
/// Five standard errors are allowed for, and the rounding of a log-softmax.
inline void find_finite_log_prob_problems(const DatasetSummary& summary, std::vector<std::string>& problems) {
  const Distribution& log_probs = summary.action_log_probs;
  if (log_probs.highest > 1e-4)
    problems.push_back(message("the actions' log-probabilities go up to ", log_probs.highest,
                               ", but no probability is above 1: record log π(a|s), of one action of the finite set"));
  const double bound = -std::log(static_cast<double>(summary.action_size));
  const double allowed = 1e-3 + 5 * log_probs.deviation / std::sqrt(static_cast<double>(summary.transitions));
  if (log_probs.mean < bound - allowed)
    problems.push_back(message("the actions' log-probabilities have the mean ", log_probs.mean,
                               ", but those of any policy over ", summary.action_size, " actions have at least ", bound,
                               ": they are of other actions; record log π(a|s) of the actions that are in the file"));
}

/// What a density on [−limit, limit]^A cannot be: its mean of −ln p, the entropy, is at most A ln(2 limit). Five
/// standard errors are allowed for. There is no such bound from the other side; 20 a dimension (a policy whose
/// deviation is below 1e-8) is no longer a policy that chooses.
inline void find_log_prob_problems(const DatasetSummary& summary, std::vector<std::string>& problems) {
  const Distribution& log_probs = summary.action_log_probs;
  const auto dimensions = static_cast<double>(summary.action_size);
  const double bound = -dimensions * std::log(2 * summary.action_limit);
  const double allowed =
      1e-3 * dimensions + 5 * log_probs.deviation / std::sqrt(static_cast<double>(summary.transitions));
  if (log_probs.mean < bound - allowed)
    problems.push_back(message("the actions' log-probabilities have the mean ", log_probs.mean,
                               ", but those of any density on ±", summary.action_limit, " have at least ", bound,
                               ": they are of other actions, or lack the Jacobian of the tanh; record log π(a|s) of "
                               "the actions that are in the file"));
  if (log_probs.highest > 20 * dimensions)
    problems.push_back(message("the actions' log-probabilities go up to ", log_probs.highest, ", more than ",
                               20 * dimensions,
                               " in this many dimensions: the policy was as good as deterministic, and ratios to it "
                               "mean nothing; check the column"));
}

}  // namespace detail

/// The problems of a dataset of dense observations and of its `summary`, each one sentence with what was found and what
/// to do; none where it is as learners and evaluators want it. Transitions among numbered states (DatasetSummary::
/// one_hot) jump, repeat and leave states out by nature: none of that is a problem there.
template <class Scalar, class Actions>
[[nodiscard]] std::vector<std::string> find_problems(const Transitions<Scalar, Actions>& data,
                                                     const DatasetSummary& summary) {
  std::vector<std::string> problems;
  detail::find_episode_problems(summary, problems);
  if (!summary.one_hot) {
    detail::find_transition_problems(data, summary, problems);
    detail::find_feature_problems(summary, problems);
  }
  if constexpr (FiniteActions<Actions>)
    detail::find_finite_action_problems(summary, problems);
  else
    detail::find_action_problems(summary, problems);
  if (!summary.has_action_log_probs)
    problems.emplace_back(
        "the log-probabilities of the actions are not recorded: importance sampling has to estimate the behaviour "
        "policy; learners do not need them");
  else if constexpr (FiniteActions<Actions>)
    detail::find_finite_log_prob_problems(summary, problems);
  else
    detail::find_log_prob_problems(summary, problems);
  return problems;
}

}  // namespace holdfast
