/// \file
/// RunWatch: the monitors of a training run, and what they tell at its end.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/training/constraints.hpp"
#include "holdfast/training/departure.hpp"
#include "holdfast/training/diagnostics.hpp"
#include "holdfast/training/explosion.hpp"
#include "holdfast/training/stability.hpp"
#include "tool/train_metrics.hpp"

namespace tool {

/// Watches a run: do its actions leave the data, do its predicted values leave their range, do losses, weights or
/// gradients grow without bound, do its constraints hold?
class RunWatch {
 public:
  /// Watches losses and networks every `interval` updates. `values` is the range of possible values, nothing if it is
  /// not known or there are no critics; `possible` completes "what …" in warnings: "any policy can earn", "the data's
  /// rewards allow". Whether actions leave the data is watched if `data_alone`, the data are all that is learned from,
  /// and if actions can be so far away.
  template <class Probe>
  RunWatch(holdfast::Index interval, const Probe& probe, const std::optional<holdfast::Interval>& values,
           std::string possible, bool data_alone)
      : data_distance_(probe.data_distance()), possible_(std::move(possible)), stability_(interval) {
    if (values) explosion_.emplace(*values);
    const auto& actions = probe.batch().actions;
    constexpr bool finite = holdfast::FiniteActions<std::decay_t<decltype(actions)>>;
    const double largest = finite ? 1 : 2 * std::sqrt(static_cast<double>(actions.rows()));
    const holdfast::DepartureDetector departure(data_distance_, actions.rows());
    if (data_alone && departure.limit() < largest) departure_ = departure;
  }

  /// Observes an update.
  template <class Learner>
  void operator()(const holdfast::TrainingStep& now, const Learner& learner) {
    if (stability_.is_scheduled(now.step)) stability_.observe(now.step, learner);
    constraints_(now, learner);
  }

  /// Observes the last update of a run that ends there, unless it has been observed in full.
  template <class Learner>
  void observe_last(holdfast::Index step, const Learner& learner) {
    if (!stability_.is_scheduled(step)) stability_.observe(step, learner);
  }

  /// Observes the measurements of a row, and completes it.
  void observe(MetricsRow& row) {
    if (departure_) {
      departure_->observe(row.step, row.training.action_distance);
      row.departure = departure_->departure_step().has_value();
    }
    if (explosion_) {
      // The predictions of an untrained critic mean nothing.
      if (row.step > 0) explosion_->observe(row.step, row.training.predicted);
      row.warning = explosion_->warning_step().has_value();
      row.explosion = explosion_->explosion_step().has_value();
    }
    row.instability = !stability_.found().empty();
  }

  /// Returns how the run has diverged; empty if it has not.
  [[nodiscard]] std::string divergence() const {
    if (explosion_ && explosion_->explosion_step()) return "the predicted Q left what is attainable";
    return stability_.found().empty() ? "" : text_of(stability_.found().front());
  }

  /// Returns a line for each thing that its user should know of.
  [[nodiscard]] std::vector<std::string> warnings() const {
    using holdfast::message;
    std::vector<std::string> lines;
    if (const auto step = departure_ ? departure_->departure_step() : std::nullopt) {
      const std::string within =
          message(" within ", departure_->limit(), " of the data's, which are ", data_distance_, " from each other: ");
      lines.push_back(departure_->was_near()
                          ? message("from step ", *step, " on the policy's actions were not", within,
                                    "the data do not tell what they are worth")
                          : "the policy's actions were never" + within +
                                "the data do not tell what they are worth, or it needs more updates");
    }
    if (explosion_ && explosion_->warning_step())
      lines.push_back(
          message("from step ", *explosion_->warning_step(), " on the critics were heading out of what ", possible_));
    if (explosion_ && explosion_->explosion_step())
      lines.push_back(message("at step ", *explosion_->explosion_step(), " the predicted Q left [",
                              explosion_->attainable().lowest, ", ", explosion_->attainable().highest, "], what ",
                              possible_));
    if (!stability_.found().empty()) lines.push_back(text_of(stability_.found()));
    for (std::string& line : constraints_.violated()) lines.push_back(std::move(line));
    return lines;
  }

  /// Calls visit(name, part) for everything that a checkpoint holds.
  template <class Visit>
  void each_part(Visit&& visit) {
    visit("stability", stability_);
    visit("constraints", constraints_);
    if (departure_) visit("departure", *departure_);
    if (explosion_) visit("explosion", *explosion_);
  }

 private:
  double data_distance_;
  std::string possible_;
  holdfast::StabilityMonitor stability_;
  holdfast::ConstraintMonitor constraints_;
  std::optional<holdfast::DepartureDetector> departure_;
  std::optional<holdfast::ExplosionDetector> explosion_;
};

}  // namespace tool
