/// \file
/// A disease with five severities and two treatments, and the data of a ward that hardly ever uses one of them.
#pragma once

#include <cstdint>
#include <optional>

#include "holdfast/environments/tabular/tabular_environment.hpp"
#include "holdfast/training/recorder.hpp"
#include "studies/rare_treatment/options.hpp"

namespace treatment {

enum Treatment : Index { standard, aggressive };
constexpr Index treatments = 2;

/// The severities, the mildest first. The state after them is that of recovered patients.
constexpr Index severities = 5;
constexpr Index states = severities + 1;

/// Severities below this one are mild: there the aggressive treatment is dangerous in every world.
constexpr Index severe = 2;

/// The effect of the aggressive treatment in the severe states.
enum class World {
  harmful,  ///< worse than the standard treatment, and often deadly
  better    ///< better than the standard treatment
};

/// The effect of one treatment on a patient: the probabilities to be one severity better or worse next, or dead.
struct Effect {
  double better;
  double worse;
  double death;
};

/// Returns the effect of a treatment. A patient who gets worse in the worst severity dies.
inline Effect effect(World world, Index severity, Treatment treatment) {
  if (treatment == standard) return {0.35, 0.25, 0.02};
  if (severity < severe) return {0.5, 0, 0.2};
  return world == World::better ? Effect{0.8, 0.05, 0.05} : Effect{0.35, 0.05, 0.25};
}

/// Returns the disease as an undiscounted process. A patient who leaves recovered gives a reward of 1, so that the
/// value of a state is the probability to recover from it. New patients are equally likely in all severities.
inline TabularMdp disease(World world) {
  TabularMdp mdp = TabularMdp::zeros(states, treatments);
  mdp.initial.head(severities).setConstant(1.0 / static_cast<double>(severities));
  for (Index s = 0; s < severities; ++s)
    for (const Treatment t : {standard, aggressive}) {
      const Effect effects = effect(world, s, t);
      auto next = mdp.transitions.col(mdp.column(s, t));
      next(s == 0 ? severities : s - 1) += effects.better;
      next(s) += 1 - effects.better - effects.worse - effects.death;
      mdp.terminations(t, s) = effects.death;
      (s + 1 < severities ? next(s + 1) : mdp.terminations(t, s)) += effects.worse;
    }
  mdp.terminations(standard, severities) = 1;
  mdp.rewards(standard, severities) = 1;
  mdp.available(aggressive, severities) = false;
  return mdp;
}

/// Returns `count` treatments of one patient after another, each aggressive with the given chance.
inline Transitions<double, ActionIndices> records(World world, Index count, double chance, std::uint64_t seed) {
  Generator choices(seed, Stream::noise);
  return collect<double>(TabularEnvironment(disease(world)), count, seed,
                         [&](const Matrix<double>& observation, Index& action) -> std::optional<double> {
                           const bool rare = choices.uniform() < chance && observation(severities, 0) == 0;
                           action = rare ? aggressive : standard;
                           return std::nullopt;
                         });
}

}  // namespace treatment
