/// \file
/// OnlinePhase: a Run that goes on with an offline run in an environment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/checkpoint.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/prepared_environment.hpp"
#include "support/program.hpp"
#include "tool/finetune_options.hpp"
#include "tool/run_identity.hpp"
#include "tool/train_data.hpp"

namespace tool {

/// Acts in the environment with an offline run's learner, and learns from its data and from what it records.
template <class ActionsType>
class OnlinePhase {
 public:
  using Actions = ActionsType;
  using Plan = FinetunePlan;
  using Learner = holdfast::AnyLearner<float, Actions>;
  using Environment = holdfast::PreparedEnvironment<holdfast::AnyEnvironment<Actions>>;

  static constexpr const char* kind = kind_of_finetuning;
  static constexpr const char* verb = "finetune";
  static constexpr const char* unit = " steps";
  static constexpr bool has_offline_rows = true;
  static constexpr bool learns_from_data_alone = false;
  static constexpr Index most_transitions = 1'000'000'000;  ///< in the buffer: fixed, since a resumed run may have more

  OnlinePhase(const Plan& plan, const TrainData<Actions>& data,
              const std::optional<holdfast::AnyEnvironment<Actions>>& environment,
              const holdfast::Normalization<float>& normalization)
      : plan_(plan),
        data_(data),
        buffer_({environment->observation_size(), environment->action_size()}, most_transitions),
        training_(Environment(*environment, {.normalization = {normalization.mean.template cast<double>(),
                                                               normalization.scale.template cast<double>()},
                                             .reward_factor = data.reward_factor,
                                             .reward_shift = data.reward_shift}),
                  {.steps = plan.options.steps,
                   .random_steps = 0,
                   .warmup_steps = plan.options.warmup_steps,
                   .updates_per_step = plan.options.updates_per_step,
                   .batch_size = plan.train.options.batch_size,
                   .epsilon = plan.options.epsilon,
                   .seed = plan.options.seed}) {}

  [[nodiscard]] Index step() const { return training_.step(); }
  [[nodiscard]] bool has_learned() const { return step() > plan_.options.warmup_steps; }
  [[nodiscard]] Index updates() const {
    const Index learning = std::max<Index>(0, plan_.options.steps - plan_.options.warmup_steps);
    return plan_.source_step + learning * plan_.options.updates_per_step;
  }
  [[nodiscard]] std::uint64_t seed() const { return plan_.options.seed; }

  template <class Observe>
  void learn(Learner& learner, Observe&& observe) {
    const holdfast::OfflineData offline(data_.training, plan_.options.offline_share);
    training_.run_with(offline, learner, buffer_, observe);
  }

  template <class Visit>
  void each_part(Visit&& visit) {
    visit("training", training_);
    visit("buffer", buffer_);
  }

  [[nodiscard]] std::string configuration(const TrainOptions&, const holdfast::Settings& learner,
                                          const std::string& run) const {
    return finetune_configuration(plan_, learner, run);
  }

  /// Begins with the learner as the offline run left it.
  void begin(Learner& learner) const {
    const std::string& data = plan_.beginning->text("data");
    if (const std::string found = holdfast::hash_text(data_.hash); found != data)
      throw holdfast::DataError(holdfast::message(plan_.train.options.dataset,
                                                  ": expected the data that the offline run learned from, with hash ",
                                                  data, ", found data with hash ", found));
    try {
      plan_.beginning->restore("learner", learner);
    } catch (const holdfast::DataError& error) {
      throw holdfast::DataError(plan_.options.checkpoint + ": " + error.what());
    }
  }

  /// Copies the rows of the offline run, so that its curve and that of the online one are in one file.
  template <class Metrics>
  bool copy_rows(Metrics& metrics, const Learner& learner) const {
    const auto file = std::filesystem::path(plan_.options.checkpoint).parent_path() / "metrics.csv";
    if (metrics.copy_offline(file, learner, plan_.source, plan_.source_step)) return true;
    program::warn(holdfast::message(file.string(),
                                    ": expected rows of the offline run, to be copied, found none; the new "
                                    "metrics.csv has the online rows alone"));
    return false;
  }

 private:
  const Plan& plan_;
  const TrainData<Actions>& data_;
  holdfast::ReplayBuffer<float, Actions> buffer_;
  holdfast::OnlineTraining<Learner, Environment> training_;
};

}  // namespace tool
