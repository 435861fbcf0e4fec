/// \file
/// Combines a policy with the observation normalization that it was trained with, for acting.
#pragma once

#include <cmath>
#include <concepts>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/normalization.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The way in which a policy selects an action from its distribution.
enum class Acting {
  mode,   ///< the policy's one action for a state, the default for deployment: the center of its distribution, or for
          ///< BestOf one choice among draws from a fixed seed
  sample  ///< a draw from `propose`, which estimators of a policy's value and the episodes that check them use
};

/// A trained policy that takes raw observations from the environment. It is a value: copy it to where it acts. Calls
/// share a workspace, so each thread needs its own copy. `act` allocates only if the number of observations changes.
template <class PolicyType>
class DeployedPolicy {
 public:
  using Scalar = typename PolicyType::Scalar;
  using Actions = typename PolicyType::Actions;

  /// The normalization must be that of the observations that the policy was trained on.
  DeployedPolicy(PolicyType policy, Normalization<Scalar> normalization)
      : policy_(std::move(policy)), normalization_(std::move(normalization)) {}

  [[nodiscard]] const PolicyType& policy() const { return policy_; }
  [[nodiscard]] const Normalization<Scalar>& normalization() const { return normalization_; }

  /// Computes actions (A×B) for raw observations (O×B). Only `Acting::sample` uses `generator`. Returns the
  /// log-probabilities of the actions (1×B): zero for the mode, NaN if unknown (BestOf). They are valid until the next
  /// call. Throws DataError if a size is wrong or an observation is not finite, because the action would not show it.
  const Row<Scalar>& act(const Matrix<Scalar>& observations, Acting acting, Generator& generator, Actions& actions) {
    normalize(observations);
    if (acting == Acting::sample) {
      policy_.propose(observations_, 1, generator, tape_, proposal_);
      choose(proposal_, generator, chosen_);
      actions = chosen_.actions;
    } else {
      policy_.mode(observations_, tape_, actions);
      chosen_.log_probs.setZero(observations.cols());
    }
    return chosen_.log_probs;
  }

  /// Returns the policy's proposals for raw observations (O×B): samples, or all actions of a finite action set. Valid
  /// until the next call. Throws as `act` does.
  const Proposal<Scalar, Actions>& propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator) {
    normalize(observations);
    policy_.propose(observations_, per_state, generator, tape_, proposal_);
    return proposal_;
  }

  /// Returns log π(a|s) of the given actions for raw observations (O×B), 1×B. For a finite action set these are
  /// log-probabilities, with −∞ for an action that is never taken; otherwise they are log-densities. Valid until the
  /// next call. Throws as `act` does. Also throws DataError if there is not one action per observation or an action is
  /// not in the finite action set, and ConfigError if the policy has no density.
  const Row<Scalar>& log_prob(const Matrix<Scalar>& observations,
                              const Actions& actions) requires FiniteActions<Actions> || HasDensity<PolicyType> {
    normalize(observations);
    detail::check_shape("actions", actions, FiniteActions<Actions> ? 1 : policy_.action_size(), observations.cols());
    if constexpr (FiniteActions<Actions>) {
      detail::check_numbers("actions", actions, policy_.action_size());  // actions are used as indices
      policy_.propose(observations_, 1, unused_, tape_, proposal_);
      chosen_.log_probs.resize(actions.size());
      for (Index i = 0; i < actions.size(); ++i)
        chosen_.log_probs(i) = proposal_.log_probs(i * proposal_.per_state + actions(i));
    } else {
      chosen_.log_probs = policy_.log_prob(observations_, actions, tape_);
    }
    return chosen_.log_probs;
  }

  /// Computes the mode for one observation (O) into `action` (A; for a finite action set the action's number), both in
  /// double, for use in a controller.
  void act(const Vector<double>& observation, Vector<double>& action) {
    single_observation_ = observation.cast<Scalar>();
    normalization_.apply(single_observation_);
    check_finite(single_observation_);
    policy_.mode(single_observation_, tape_, single_action_);
    action = single_action_.col(0).template cast<double>();
  }

 private:
  void normalize(const Matrix<Scalar>& observations) {
    observations_ = observations;
    normalization_.apply(observations_);
    check_finite(observations_);
  }
  static void check_finite(const Matrix<Scalar>& observations) {
    for (Index i = 0; i < observations.cols(); ++i)
      for (Index feature = 0; feature < observations.rows(); ++feature)
        if (!std::isfinite(observations(feature, i)))
          throw DataError(message("observation ", i, ": expected finite numbers, found ", observations(feature, i),
                                  " in feature ", feature));
  }

  PolicyType policy_;
  Generator unused_{0};  // finite actions are proposed without drawing
  Normalization<Scalar> normalization_;
  typename PolicyType::Tape tape_;
  Proposal<Scalar, Actions> proposal_;
  Proposal<Scalar, Actions> chosen_;
  Matrix<Scalar> observations_;
  Matrix<Scalar> single_observation_;
  Actions single_action_;
};

}  // namespace holdfast
