/// \file
/// `holdfast inspect`: shows the contents and the problems of a dataset.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/printable.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/hdf5/precision.hpp"
#include "holdfast/data/problems.hpp"
#include "holdfast/data/summary.hpp"
#include "support/program.hpp"
#include "tool/commands.hpp"
#include "tool/json.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program
using program::JsonList;
using program::JsonObject;

struct InspectOptions {
  std::string path;
  bool json = false;
  Index max_episode_steps = 0;
  double action_limit = 1;
  Index action_count = 0;
};

/// A file's contents and what was found in them.
struct Inspection {
  std::string path;
  std::vector<std::pair<std::string, hdf5::DatasetInfo>> datasets;
  std::map<std::string, std::string> metadata;
  bool has_next_observations = true;
  bool has_timeouts = true;
  DatasetSummary summary;                ///< summary of all rows
  std::vector<DatasetProblem> problems;  ///< problems of all rows
  Index transitions = 0;                 ///< number of rows whose successor is known; others cannot be learned from
};

/// Fills in what was found in the rows.
template <class Recording>
void examine(Recording recording, const InspectOptions& options, Inspection& found) {
  found.has_next_observations = recording.has_next_observations;
  found.has_timeouts = recording.has_timeouts;
  recording.mark_timeouts(options.max_episode_steps);
  found.summary = summarize(recording.rows, {.action_limit = options.action_limit,
                                             .next_observations_recorded = recording.has_next_observations});
  found.problems = find_problems(recording.rows, found.summary);
  found.transitions = std::move(recording).transitions().size();
  if (found.transitions == 0)
    found.problems.push_back(
        {"no row has a known successor: there is nothing to learn from; record next_observations"});
}

Inspection inspect(const InspectOptions& options) {
  const program::Reading limits(options.path);
  Inspection found;
  found.path = options.path;
  with_actions(has_finite_actions(options.path, options.action_count), [&]<class Actions>() {
    const D4rlOptions reading{.max_episode_steps = options.max_episode_steps,
                              // Actions beyond the limit are one of the problems.
                              .action_limit = std::numeric_limits<double>::infinity(),
                              .action_count = options.action_count};
    examine(read_recording<Actions>(options.path, reading), options, found);
  });
  for (const std::string& problem : find_storage_problems(options.path, options.action_count))
    found.problems.push_back({problem});
  const hdf5::Reader file(options.path);
  for (const std::string& name : file.names()) found.datasets.emplace_back(name, file.info(name));
  found.metadata = read_metadata(options.path);
  return found;
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text;
  for (const std::size_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

/// Prints one line of a table: a name, then numbers in columns.
void print_line(const std::string& name, const std::vector<double>& numbers) {
  std::printf("  %-20s", name.c_str());
  for (const double number : numbers) std::printf(" %10.4g", number);
  std::printf("\n");
}

void print_header(const std::string& title, const std::vector<const char*>& columns) {
  std::printf("\n%-22s", title.c_str());
  for (const char* column : columns) std::printf(" %10s", column);
  std::printf("\n");
}

void print_distribution(const std::string& name, const Distribution& d) {
  std::vector<double> numbers = {d.mean, d.deviation, d.lowest};
  numbers.insert(numbers.end(), d.quantiles.begin(), d.quantiles.end());
  numbers.push_back(d.highest);
  print_line(name, numbers);
}

/// Prints a line for each feature or action; only for the first ones if there are many.
template <class Summaries, class Numbers>
void print_features(const Summaries& features, const Numbers& numbers) {
  constexpr std::size_t most = 40;
  for (std::size_t i = 0; i < std::min(most, features.size()); ++i) print_line(std::to_string(i), numbers(features[i]));
  if (features.size() > most) std::printf("  and %zu more (--json has all)\n", features.size() - most);
}

/// Returns whether the actions are the numbers of a finite set.
bool is_finite(const DatasetSummary& summary) { return !summary.action_counts.empty(); }

void print_actions(const DatasetSummary& s) {
  if (is_finite(s)) {
    print_header("actions", {"taken", "share %"});
    print_features(s.action_counts, [&](Index taken) {
      const auto count = static_cast<double>(taken);
      return std::vector<double>{count, 100 * count / static_cast<double>(s.transitions)};
    });
    return;
  }
  print_header("actions", {"mean", "std", "min", "max", "covered %", "border %"});
  print_features(s.actions, [](const ActionSummary& f) {
    return std::vector<double>{f.mean, f.deviation, f.lowest, f.highest, 100 * f.coverage, 100 * f.border_share};
  });
}

void print_file(const Inspection& found) {
  std::printf("%s\n", printable(found.path).c_str());
  std::size_t width = 20;
  for (const auto& [name, info] : found.datasets) width = std::max(width, printable(name).size());
  for (const auto& [name, info] : found.datasets)
    std::printf("  %-*s  %-10s %s\n", static_cast<int>(width), printable(name).c_str(), info.type.c_str(),
                shape_text(info.shape).c_str());
  if (!found.metadata.empty()) std::printf("\nmetadata\n");
  for (const auto& [key, text] : found.metadata)
    std::printf("  %-20s  %s\n", printable(key).c_str(), printable(text).c_str());
}

void print_report(const Inspection& found) {
  const DatasetSummary& s = found.summary;
  print_file(found);
  std::printf("\ntransitions %td", found.transitions);
  if (found.transitions != s.transitions)
    std::printf(" of %td rows: the file has no next_observations, and rows whose successor is not known are not used",
                s.transitions);
  std::printf("\nepisodes %td: terminals %td, timeouts %td%s, unfinished %td\n", s.episodes, s.terminals, s.timeouts,
              found.has_timeouts ? "" : " (not in the file)", s.unfinished);
  std::printf(is_finite(s) ? "observation size %td, actions %td\n" : "observation size %td, action size %td\n",
              s.observation_size, s.action_size);

  print_header("", {"mean", "std", "min", "5 %", "25 %", "median", "75 %", "95 %", "max"});
  print_distribution("return", s.returns);
  print_distribution("episode length", s.lengths);
  print_distribution("reward", s.rewards);
  if (s.has_action_log_probs) print_distribution("action log-prob", s.action_log_probs);

  print_header("observations", {"mean", "std", "min", "max"});
  print_features(s.observations, [](const FeatureSummary& f) {
    return std::vector<double>{f.mean, f.deviation, f.lowest, f.highest};
  });
  print_actions(s);

  std::printf("\nproblems%s\n", found.problems.empty() ? ": none found" : "");
  for (const DatasetProblem& problem : found.problems) std::printf("  - %s\n", printable(problem.text).c_str());
}

void add_distribution(JsonObject& object, const std::string& name, const Distribution& d) {
  JsonList quantiles;
  for (const double quantile : d.quantiles) quantiles.add(quantile);
  object.add(name + "_mean", d.mean)
      .add(name + "_std", d.deviation)
      .add(name + "_min", d.lowest)
      .add(name + "_max", d.highest)
      .add(name + "_quantiles", quantiles);
}

template <class Summary>
JsonObject feature_object(const Summary& feature) {
  JsonObject object;
  object.add("mean", feature.mean).add("std", feature.deviation).add("min", feature.lowest).add("max", feature.highest);
  return object;
}

void add_content(JsonObject& object, const Inspection& found) {
  JsonList datasets;
  for (const auto& [name, info] : found.datasets) {
    JsonList shape;
    for (const std::size_t extent : info.shape) shape.add(extent);
    datasets.add(JsonObject().add("name", name).add("type", info.type).add("shape", shape));
  }
  JsonObject metadata;
  for (const auto& [key, text] : found.metadata) metadata.add(key, text);
  object.add("datasets", datasets).add("metadata", metadata);
}

void print_json(const Inspection& found) {
  const DatasetSummary& s = found.summary;
  JsonObject object;
  object.add("file", found.path)
      .add("transitions", found.transitions)
      .add("rows", s.transitions)
      .add("episodes", s.episodes)
      .add("terminals", s.terminals)
      .add("timeouts", s.timeouts)
      .add("unfinished", s.unfinished)
      .add("breaks", s.breaks)
      .add("observation_size", s.observation_size)
      .add("action_size", is_finite(s) ? 1 : s.action_size)  // columns in the file; a finite action is one number
      .add("has_next_observations", found.has_next_observations)
      .add("has_timeouts", found.has_timeouts)
      .add("has_action_log_probs", s.has_action_log_probs);
  if (is_finite(s)) object.add("action_count", s.action_size);
  add_distribution(object, "return", s.returns);
  add_distribution(object, "length", s.lengths);
  add_distribution(object, "reward", s.rewards);
  if (s.has_action_log_probs) add_distribution(object, "action_log_prob", s.action_log_probs);
  JsonList quantile_levels;
  for (const double level : Distribution::quantile_levels) quantile_levels.add(level);
  JsonList observations;
  for (const FeatureSummary& feature : s.observations) observations.add(feature_object(feature));
  JsonList actions;
  for (const ActionSummary& feature : s.actions)
    actions.add(feature_object(feature)
                    .add("coverage", feature.coverage)
                    .add("border_share", feature.border_share)
                    .add("outside_share", feature.outside_share));
  if (is_finite(s)) {
    JsonList counts;
    for (const Index taken : s.action_counts) counts.add(taken);
    object.add("action_counts", counts);
  }
  object.add("quantile_levels", quantile_levels)
      .add("action_limit", s.action_limit)
      .add("observations", observations)
      .add("actions", actions);
  add_content(object, found);
  JsonList problems;
  for (const DatasetProblem& problem : found.problems) problems.add(problem.text);
  std::cout << object.add("problems", problems).text() << '\n';
}

}  // namespace

void add_inspect(CLI::App& program) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = program.add_subcommand("inspect", "Shows the contents and the problems of a dataset");
  command->add_option("dataset", options->path, "HDF5 file in D4RL's layout")->required();
  command->add_flag("--json", options->json, "Print one JSON object");
  command
      ->add_option("--max-episode-steps", options->max_episode_steps,
                   "Steps after which episodes were cut, for files without timeouts (0: never)")
      ->check(program::range(Index{0}, Index{1000000000}))
      ->capture_default_str();
  command->add_option("--action-limit", options->action_limit, "Continuous actions are expected within ± this limit")
      ->check(program::range(1e-9, 1e9))
      ->capture_default_str();
  program::add_action_count_option(*command, options->action_count);
  program::add_reading_options(*command);
  command->callback([options] {
    const Inspection found = inspect(*options);
    options->json ? print_json(found) : print_report(found);
  });
}

}  // namespace tool
