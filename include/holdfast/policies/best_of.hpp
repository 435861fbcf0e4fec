/// \file
/// Acting with the critics' help: the best of a few draws of the policy.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// The policy that draws N actions of the policy inside and takes the one whose value by the first critic is largest:
/// how BEAR and BRAC act, whose updates and backups are about the policy inside.
///
/// It has no density: importance sampling cannot weigh it, fitted Q evaluation and episodes of its draws can evaluate
/// it. Its mode is one such choice whose draws come from a fixed seed, so that an observation always gets the same
/// action; episodes of the mode earn about what episodes of draws earn, and not exactly.
template <class Policy, class Critics>
class BestOf {
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: BestOf draws continuous actions; over a finite set act by Greedy or by the policy itself");

 public:
  using Scalar = typename Policy::Scalar;
  using Actions = typename Policy::Actions;

  /// Workspaces of the two networks and of the choice.
  struct Tape {
    typename Policy::Tape policy;
    typename Critics::Tape critics;
    Candidates<Scalar, Actions> candidates;
    Actions chosen;
    Matrix<Scalar> observation;
  };

  /// `samples` is N; 0 is the policy inside as it is, proposals and mode.
  /// Throws ConfigError where it is negative, or where there are draws and no critics to choose by.
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

  /// K choices among N draws each, of weight 1/K, for each observation (O×B); log-probabilities are NaN, not known.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Candidates<Scalar, Actions>& set) const {
    if (samples_ == 0) return policy_.propose(observations, per_state, generator, tape.policy, set);
    const Index count = per_state * observations.cols();
    set.per_state = per_state;
    set.actions.resize(action_size(), count);
    set.unsquashed.resize(action_size(), 0);
    set.log_probs.setConstant(count, std::numeric_limits<Scalar>::quiet_NaN());
    set.weights.setConstant(count, Scalar{1} / static_cast<Scalar>(per_state));
    // One choice after the other, which needs room for N actions of each state and not for K N.
    for (Index k = 0; k < per_state; ++k) {
      choose_best(observations, generator, tape);
      for (Index i = 0; i < observations.cols(); ++i) set.actions.col(i * per_state + k) = tape.chosen.col(i);
    }
  }

  /// The best of N draws for each observation (O×B), A×B.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    if (samples_ == 0) return policy_.mode(observations, tape.policy, out);
    out.resize(action_size(), observations.cols());
    // One by one: the draws of a state may not depend on which others it is asked about with.
    for (Index i = 0; i < observations.cols(); ++i) {
      Generator generator(seed_, Stream::evaluation);
      tape.observation = observations.col(i);
      choose_best(tape.observation, generator, tape);
      out.col(i) = tape.chosen;
    }
  }

 private:
  // Into tape.chosen, A×B.
  void choose_best(const Matrix<Scalar>& observations, Generator& generator, Tape& tape) const {
    policy_.propose(observations, samples_, generator, tape.policy, tape.candidates);
    const auto& values = critics_.values(Net::online, observations, tape.candidates.actions, tape.critics);
    tape.chosen.resize(action_size(), observations.cols());
    for (Index i = 0; i < observations.cols(); ++i) {
      const Index begin = i * samples_;
      const Index best = first_largest(values.row(0).segment(begin, samples_));
      tape.chosen.col(i) = tape.candidates.actions.col(begin + best);
    }
  }

  Policy policy_;
  Critics critics_;
  Index samples_;
  std::uint64_t seed_;
};

}  // namespace holdfast
