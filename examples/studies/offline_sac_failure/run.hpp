/// \file
/// The training runs of this program.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "holdfast/learners/bc.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/offline.hpp"
#include "studies/offline_sac_failure/options.hpp"
#include "studies/support/experiment.hpp"

namespace failure {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program
using program::Experiment;
using program::Point;

/// A run and its events: the first step at which each holds (see find_events), if it happened.
struct Run : program::Run {
  std::optional<Index> departure{};       ///< the actions left the data, for good
  std::optional<Index> collapse{};        ///< the return fell, for good
  std::optional<Index> overestimation{};  ///< Q passed its true value, for good
};

/// Returns SAC with the policy parameters of a clone. Trains no clone for a run that goes on from its checkpoint.
inline AnyLearner<float> warm_start(const Experiment& x, const program::Plan& plan, Index bc_steps) {
  const Sizes sizes = program::sizes_of(x.environment);
  const std::uint64_t seed = plan.seed;
  const Sac<>::Config config = program::sac_config(x.options);
  Sac<> learner(config, sizes, seed);
  if (x.options.resume && std::filesystem::exists(plan.file(x))) return AnyLearner<float>(learner);
  Bc<> teacher({.policy_optimizer = config.policy_optimizer, .policy = config.policy}, sizes, seed);
  train_offline(teacher, x.dataset, {.steps = bc_steps, .batch_size = x.options.batch_size, .seed = seed},
                [](const TrainingStep&, const Bc<>&) { return !program::interrupted; });
  learner.policy() = teacher.policy();
  return AnyLearner<float>(learner);
}

/// Trains one algorithm of this program with one seed.
inline Run train(const Experiment& x, const Options& options, const std::string& algorithm, std::uint64_t seed) {
  const program::Schedule schedule{
      .measurements = options.measurements, .episodes = options.episodes, .last_episodes = options.episodes};
  program::Plan plan{algorithm, seed, algorithm == "bc" ? options.bc_steps : options.steps};
  if (algorithm != "sac_warm_start")
    return {program::train(x, plan,
                           holdfast::make_learner(algorithm, program::experiment_settings(options, algorithm),
                                                  program::sizes_of(x.environment), seed),
                           schedule)};
  plan.beginning = message("the policy of bc after ", options.bc_steps, " updates");
  return {program::train(x, plan, warm_start(x, plan, options.bc_steps), schedule)};
}

}  // namespace failure
