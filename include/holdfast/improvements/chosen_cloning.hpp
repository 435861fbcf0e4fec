/// \file
/// ChosenCloning: cloning of the data by a policy that later acts by choosing among its draws, as in IDQL.
#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/improvements/cloning.hpp"
#include "holdfast/policies/best_of.hpp"

namespace holdfast {

/// The acting of IDQL: the best of 64 draws. For an algorithm with another number, pass a type with the same member.
struct IdqlActing {
  static constexpr Index acting_samples = 64;
};

/// Cloning of the data, max E_D[log π(a|s)] or the loss that the policy has in its place, whatever the critics say.
/// Acting draws N actions and chooses one by the minimum of the target critics (Hansen-Estruch et al. 2023, "IDQL"):
/// the policy proposes what the data does, and the critics decide. Critics and policy do not depend on each other, so N
/// and the choice can be changed after training. Acting online (ActorCritic::explore), the policy's own draws are
/// taken.
template <class Defaults = IdqlActing>
struct ChosenCloning {
  Index acting_samples = Defaults::acting_samples;  ///< N; 0: the policy acts itself
  DrawChoice acting_choice = DrawChoice::best;
  double acting_expectile = 0.7;  ///< τ of DrawChoice::expectile, (0, 1); usually the τ of the value rule

  static void fields(auto& self, auto&& visit) {
    visit("acting_samples", self.acting_samples, size_from(0));
    visit("acting_choice", self.acting_choice);
    visit("acting_expectile", self.acting_expectile, between(0, 1));
  }

  void warn(Warnings& warnings) const { warn_of_choice(warnings, acting_samples, acting_choice); }

  template <class Policy, class Critics>
  class State : public Cloning::State<Policy, Critics> {
    static_assert(!FiniteActions<typename Policy::Actions>,
                  "holdfast: ChosenCloning draws continuous actions; over finite actions use AdvantageWeighted");

   public:
    State(const ChosenCloning& config, const Policy& policy, const Critics& critics, Sizes sizes, Generator& generator)
        : Cloning::State<Policy, Critics>({}, policy, critics, sizes, generator), config_(config) {
      require_critics(critics);
    }

    /// Returns the policy that acts.
    [[nodiscard]] auto acting(const Policy& policy, const Critics& critics) const {
      return chosen_by_targets(
          policy, critics,
          {.samples = config_.acting_samples, .choice = config_.acting_choice, .expectile = config_.acting_expectile});
    }

   private:
    ChosenCloning config_;
  };
};

}  // namespace holdfast
