/// \file
/// Acting with the critics' help: the best of a few draws of the policy.
#pragma once

#include <cstdint>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/net.hpp"
#include "holdfast/policies/candidates.hpp"

namespace holdfast {

/// A policy whose mode is the best, by the first critic, of N draws of the policy inside; how BEAR and BRAC act. The
/// draws come from a fixed seed, so that an observation always gets the same action. What it proposes is what the
/// policy inside proposes.
template <class Policy, class Critics>
class BestOf {
 public:
  using Scalar = typename Policy::Scalar;
  using Actions = typename Policy::Actions;

  /// Workspaces of the two networks.
  struct Tape {
    typename Policy::Tape policy;
    typename Critics::Tape critics;
    Candidates<Scalar, Actions> candidates;
    Matrix<Scalar> observation;
  };

  /// `samples` is N; 0 takes the mode of the policy inside.
  /// Throws ConfigError where it is negative, or where there are draws and no critics to choose by.
  BestOf(Policy policy, Critics critics, Index samples, std::uint64_t seed = 0)
      : policy_(std::move(policy)), critics_(std::move(critics)), samples_(samples), seed_(seed) {
    detail::check_field("acting_samples", samples, size_from(0));
    if (samples > 0) require(critics_.size() > 0, "critics.size", "at least 1, to choose by", critics_.size());
  }

  [[nodiscard]] const Policy& policy() const { return policy_; }
  [[nodiscard]] const Critics& critics() const { return critics_; }
  [[nodiscard]] Index samples() const { return samples_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] Index action_size() const { return policy_.action_size(); }

  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Candidates<Scalar, Actions>& set) const {
    policy_.propose(observations, per_state, generator, tape.policy, set);
  }

  /// The best of N draws for each observation (O×B), A×B.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    if (samples_ == 0) return policy_.mode(observations, tape.policy, out);
    out.resize(action_size(), observations.cols());
    // One by one: the draws of a state may not depend on which others it is asked about with.
    for (Index i = 0; i < observations.cols(); ++i) {
      Generator generator(seed_, Stream::evaluation);
      tape.observation = observations.col(i);
      policy_.propose(tape.observation, samples_, generator, tape.policy, tape.candidates);
      Index best = 0;
      critics_.values(Net::online, tape.observation, tape.candidates.actions, tape.critics).row(0).maxCoeff(&best);
      out.col(i) = tape.candidates.actions.col(best);
    }
  }

 private:
  Policy policy_;
  Critics critics_;
  Index samples_;
  std::uint64_t seed_;
};

}  // namespace holdfast
