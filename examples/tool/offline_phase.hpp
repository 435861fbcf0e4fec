/// \file
/// OfflinePhase: a Run that learns from a dataset alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "holdfast/environments/any_environment.hpp"
#include "holdfast/training/offline.hpp"
#include "tool/run_identity.hpp"
#include "tool/train_data.hpp"
#include "tool/train_options.hpp"

namespace tool {

/// The plan of `holdfast train`.
struct OfflinePlan {
  TrainPlan train;
};

/// Learns from uniform batches of the data.
template <class ActionsType>
class OfflinePhase {
 public:
  using Actions = ActionsType;
  using Plan = OfflinePlan;

  static constexpr const char* kind = kind_of_training;
  static constexpr const char* verb = "train";
  static constexpr const char* unit = " updates";
  static constexpr bool has_offline_rows = false;
  static constexpr bool learns_from_data_alone = true;

  OfflinePhase(const Plan& plan, const TrainData<Actions>& data,
               const std::optional<holdfast::AnyEnvironment<Actions>>&, const holdfast::Normalization<float>&)
      : data_(data),
        updates_(plan.train.options.steps),
        seed_(plan.train.options.seed),
        training_({.steps = plan.train.options.steps,
                   .batch_size = plan.train.options.batch_size,
                   .seed = plan.train.options.seed}) {}

  [[nodiscard]] Index step() const { return training_.step(); }
  [[nodiscard]] bool has_learned() const { return step() > 0; }
  [[nodiscard]] Index updates() const { return updates_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

  template <class Learner, class Observe>
  void learn(Learner& learner, Observe&& observe) {
    training_.run(learner, data_.training, observe);
  }

  template <class Visit>
  void each_part(Visit&& visit) {
    visit("training", training_);
  }

  [[nodiscard]] static std::string configuration(const TrainOptions& options, const holdfast::Settings& learner,
                                                 const std::string& run) {
    return to_toml(options, learner, run);
  }

  template <class Learner>
  static void begin(Learner&) {}
  template <class Metrics>
  static bool copy_rows(Metrics&, const auto&) {
    return false;
  }

 private:
  const TrainData<Actions>& data_;
  Index updates_;
  std::uint64_t seed_;
  holdfast::OfflineTraining training_;
};

}  // namespace tool
