/// \file
/// Provides a policy that draws several actions and takes the one with the highest critic value.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// A policy that draws N actions from an inner policy and takes the one with the largest value under the first critic.
/// BEAR and BRAC act this way, and AWAC and IQL can; their updates and backups use the inner policy.
///
/// It has no density, so importance sampling cannot evaluate it; fitted Q evaluation and episodes with sampled actions
/// can. Its mode is one such choice among draws from a fixed seed, so that an observation always gets the same action.
/// Episodes with the mode earn about as much as episodes with sampled actions, but not exactly as much.
template <class Policy, class Critics>
class BestOf {
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: BestOf draws continuous actions; over a finite set act by Greedy or by the policy itself");

 public:
  using Scalar = typename Policy::Scalar;
  using Actions = typename Policy::Actions;

  /// The workspaces of the two networks and of the choice.
  struct Tape {
    typename Policy::Tape policy;
    typename Critics::Tape critics;
    Proposal<Scalar, Actions> proposal;
    Actions chosen;
    Matrix<Scalar> observation;
  };

  /// `samples` is N. With 0, proposals and mode are those of the inner policy. Throws ConfigError if `samples` is
  /// negative or too large, or if it is positive and there are no critics.
  BestOf(Policy policy, Critics critics, Index samples, std::uint64_t seed = 0)
      : policy_(std::move(policy)), critics_(std::move(critics)), samples_(samples), seed_(seed) {
    check_field("acting_samples", samples, size_from(0));
    if (samples > 0) require(critics_.size() > 0, "critics.size", "at least 1, to choose by", critics_.size());
  }

  [[nodiscard]] const Policy& policy() const { return policy_; }
  [[nodiscard]] const Critics& critics() const { return critics_; }
  [[nodiscard]] Index samples() const { return samples_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] Index action_size() const { return policy_.action_size(); }

  /// Proposes K choices for each observation (O×B), each among N draws, with weight 1/K. Their log-probabilities are
  /// unknown: NaN.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<Scalar, Actions>& proposal) const {
    if (samples_ == 0) return policy_.propose(observations, per_state, generator, tape.policy, proposal);
    const Index count = per_state * observations.cols();
    proposal.per_state = per_state;
    proposal.actions.resize(action_size(), count);
    proposal.unsquashed.resize(action_size(), 0);
    proposal.log_probs.setConstant(count, std::numeric_limits<Scalar>::quiet_NaN());
    proposal.weights.setConstant(count, Scalar{1} / static_cast<Scalar>(per_state));
    // One choice at a time needs memory for N actions per state instead of K·N.
    for (Index k = 0; k < per_state; ++k) {
      choose_best(observations, generator, tape);
      for (Index i = 0; i < observations.cols(); ++i) proposal.actions.col(i * per_state + k) = tape.chosen.col(i);
    }
  }

  /// Sets `out` (A×B) to the best of N draws for each observation (O×B).
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    if (samples_ == 0) return policy_.mode(observations, tape.policy, out);
    out.resize(action_size(), observations.cols());
    // One state at a time: its draws must not depend on the other states of the batch.
    for (Index i = 0; i < observations.cols(); ++i) {
      Generator generator(seed_, Stream::evaluation);
      tape.observation = observations.col(i);
      choose_best(tape.observation, generator, tape);
      out.col(i) = tape.chosen;
    }
  }

 private:
  // Writes the choices to tape.chosen, A×B.
  void choose_best(const Matrix<Scalar>& observations, Generator& generator, Tape& tape) const {
    policy_.propose(observations, samples_, generator, tape.policy, tape.proposal);
    const auto& values = critics_.values(Net::online, observations, tape.proposal.actions, tape.critics);
    tape.chosen.resize(action_size(), observations.cols());
    for (Index i = 0; i < observations.cols(); ++i) {
      const Index begin = i * samples_;
      const Index best = first_largest(values.row(0).segment(begin, samples_));
      tape.chosen.col(i) = tape.proposal.actions.col(begin + best);
    }
  }

  Policy policy_;
  Critics critics_;
  Index samples_;
  std::uint64_t seed_;
};

/// Returns the policy that takes the best of `samples` draws by the first of `critics`, or for finite actions, which
/// the policy compares itself, a copy of the policy. Only the first critic is copied if Critics can be made of a single
/// member, otherwise all are.
template <class Policy, class Critics>
[[nodiscard]] auto best_of_draws(const Policy& policy, [[maybe_unused]] const Critics& critics,
                                 [[maybe_unused]] Index samples) {
  if constexpr (FiniteActions<typename Policy::Actions>)
    return policy;
  else if constexpr (requires { Critics({critics.member(Net::online, 0)}); })
    return BestOf<Policy, Critics>(policy, Critics({critics.member(Net::online, 0)}), samples);
  else
    return BestOf<Policy, Critics>(policy, critics, samples);
}

}  // namespace holdfast
