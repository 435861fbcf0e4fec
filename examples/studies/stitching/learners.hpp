/// \file
/// The learners of the study with their settings.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/networks/table.hpp"
#include "holdfast/training/any_learner.hpp"
#include "studies/stitching/data_kinds.hpp"
#include "support/learners.hpp"

namespace stitching {

/// One learner with its settings.
struct Setting {
  std::string algorithm;   ///< as in the results
  std::string text;        ///< the settings that are compared
  double expectile = 0.5;  ///< τ of IQL
  double lambda = 0;       ///< λ of IQL and AWAC
  double alpha = 0;        ///< α of CQL
  Settings fields = {};
  bool exact = false;  ///< is solved, not trained: the truth in the grid
  double share = 1;    ///< share of the trajectories that is learned from, the best ones
};

namespace detail {

inline std::string digits(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", number);
  return text;
}

}  // namespace detail

/// Returns IQL's setting with λ, given in units of the values' size.
inline Setting iql(double expectile, double lambda, const DataKind& kind) {
  const double temperature = lambda * kind.rewards.scale();
  return {
      .algorithm = "iql",
      .text = "tau=" + detail::digits(expectile) + " lambda=" + detail::digits(temperature),
      .expectile = expectile,
      .lambda = temperature,
      .fields = {{"value.expectile", format_field(expectile)}, {"improvement.temperature", format_field(temperature)}}};
}

/// Returns AWAC's setting with λ, given in units of the values' size.
inline Setting awac(double lambda, const DataKind& kind) {
  const double temperature = lambda * kind.rewards.scale();
  return {.algorithm = "awac",
          .text = "lambda=" + detail::digits(temperature),
          .lambda = temperature,
          .fields = {{"improvement.temperature", format_field(temperature)}}};
}

/// Returns CQL's setting with α, given in units of the values' size.
inline Setting cql(double alpha, const DataKind& kind) {
  const double weight = alpha * kind.rewards.scale();
  return {.algorithm = "cql",
          .text = "alpha=" + detail::digits(weight),
          .alpha = weight,
          .fields = {{"penalty.alpha", format_field(weight)}}};
}

/// Adds a setting, unless it is there.
inline void add_new(std::vector<Setting>& all, const Setting& more) {
  const auto same = [&](const Setting& each) { return each.algorithm == more.algorithm && each.text == more.text; };
  if (std::none_of(all.begin(), all.end(), same)) all.push_back(more);
}

/// Adds the settings of a sweep over τ, λ and α.
inline void add_sweep(std::vector<Setting>& all, const DataKind& kind, bool grid) {
  const double published = 1 / (3 * kind.rewards.scale());
  for (const double expectile : {0.7, 0.9, 0.99})
    for (const double lambda : {published, 0.1, 0.03, 0.01}) add_new(all, iql(expectile, lambda, kind));
  const std::vector<double> alphas =
      grid ? std::vector{0.02, 0.05, 0.1, 0.2, 0.5, 1.0} : std::vector{0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
  for (const double alpha : alphas) add_new(all, cql(alpha, kind));
  Setting other = grid ? cql(1, kind) : iql(0.9, 0.03, kind);
  if (grid) {
    other.text += " huber";
    other.fields.emplace_back("critic_loss", "huber");
  } else {
    other.text += " best_of=20";
    other.fields.emplace_back("improvement.acting_samples", "20");
  }
  all.push_back(other);
}

/// A setting with its title in the overview.
struct TitledSetting {
  const char* title;
  Setting setting;
};

/// Returns the settings with which every kind of data is learned from: the published λ and α as they are, and others
/// that are scaled with the values, R.
inline std::vector<TitledSetting> main_settings(const DataKind& kind, bool grid) {
  const double scale = kind.rewards.scale();
  const char* const greedy = grid ? "dqn" : "sac";
  std::vector<TitledSetting> all = {{"bc", {"bc", ""}},
                                    {"best 10 %", {.algorithm = "percentile_bc", .text = "", .share = 0.1}},
                                    {greedy, {greedy, ""}},
                                    {"awac λ 0.03 R", awac(0.03, kind)}};
  if (!grid) all.push_back({"td3_bc", {"td3_bc", ""}});
  all.push_back({"iql λ ⅓", iql(0.9, 1 / (3 * scale), kind)});
  all.push_back({"iql λ 0.03 R", iql(0.9, 0.03, kind)});
  all.push_back({"cql α 5", cql(5 / scale, kind)});
  all.push_back({"cql α 0.1 R", cql(0.1, kind)});
  return all;
}

/// Returns the settings of a kind of data: the main ones, and of swept data many more. In the grid those of IQL and CQL
/// are solved exactly too.
inline std::vector<Setting> settings_for(const DataKind& kind, bool grid) {
  std::vector<Setting> all;
  for (const TitledSetting& each : main_settings(kind, grid)) add_new(all, each.setting);
  if (kind.swept) add_sweep(all, kind, grid);
  const std::vector<Setting> trained = all;
  for (Setting each : trained) {
    if (!grid || !(each.algorithm == "iql" || each.algorithm == "cql") || each.text.ends_with("huber")) continue;
    each.exact = true;
    each.algorithm += "_exact";
    all.push_back(each);
  }
  return all;
}

/// A row of the table of algorithms with its learner over tables.
template <class Row, template <class> class OverTables>
struct Tabular {
  static constexpr AlgorithmRow row = Row::row;
  template <class Scalar>
  using Learner = OverTables<Table<Scalar>>;
};

/// The learners of the grid.
using TabularAlgorithms =
    AlgorithmTable<Tabular<finite_algorithms::BcRow, FiniteBc>, Tabular<finite_algorithms::DqnRow, Dqn>,
                   Tabular<finite_algorithms::AwacRow, FiniteAwac>, Tabular<finite_algorithms::CqlRow, FiniteCql>,
                   Tabular<finite_algorithms::IqlRow, FiniteIql>>;

/// Returns the settings that all learners of a world share, as far as the algorithm has them, and then `fields`.
inline Settings with_common(const Settings& defaults, const Settings& common, const Settings& fields, double rate) {
  Settings settings = program::rate_settings(defaults, rate);
  for (const auto& each : common)
    if (std::any_of(defaults.begin(), defaults.end(), [&](const auto& one) { return one.first == each.first; }))
      settings.push_back(each);
  settings.insert(settings.end(), fields.begin(), fields.end());
  return settings;
}

/// Returns a learner of the grid: tables, the squared loss, and a rate that lets entries reach the values' size.
inline AnyLearner<float, ActionIndices> tabular_learner(const Setting& setting, const DataKind& kind, Sizes sizes,
                                                        std::uint64_t seed) {
  const std::string algorithm = setting.algorithm == "percentile_bc" ? "bc" : setting.algorithm;
  const double rate = 2e-3 * std::max(1.0, kind.rewards.scale());
  Settings settings = with_common(default_settings<ActionIndices, TabularAlgorithms>(algorithm),
                                  {{"discount", "0.99"},
                                   {"target_rate", "0.05"},
                                   {"track_every", "1"},
                                   {"critic_loss", "squared"},
                                   {"policy_optimizer.learning_rate", "0.002"}},
                                  setting.fields, rate);
  return make_learner<ActionIndices, TabularAlgorithms>(algorithm, settings, sizes, seed);
}

/// Returns a learner of the maze: networks of 64-64, three draws of each kind for CQL.
inline AnyLearner<float> maze_learner(const Setting& setting, Sizes sizes, std::uint64_t seed) {
  Settings common = program::hidden_settings(setting.algorithm, {64, 64}, true);
  for (const auto& each : Settings{{"discount", "0.99"}, {"target_rate", "0.02"}, {"penalty.samples", "3"}})
    common.push_back(each);
  return make_learner(setting.algorithm, with_common(default_settings(setting.algorithm), common, setting.fields, 1e-3),
                      sizes, seed);
}

}  // namespace stitching
