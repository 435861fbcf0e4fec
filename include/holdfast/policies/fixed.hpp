/// \file
/// Wraps a given policy so that a learner can evaluate it. The policy has no parameters and never changes.
#pragma once

#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/normalization.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// A deployed policy without parameters that satisfies IsPolicy. The learner's observations may be normalized
/// differently from the policy's, and may have extra features after the policy's, such as the time. They are converted
/// to the observations that the policy was trained on.
template <class PolicyType>
class FixedPolicy {
 public:
  using Scalar = typename PolicyType::Scalar;
  using Actions = typename PolicyType::Actions;
  using ProposalType = Proposal<Scalar, Actions>;
  struct Tape {
    typename PolicyType::Tape policy;
    Matrix<Scalar> observations;  ///< as the policy sees them
  };

  /// `seen` is the normalization of the learner's observations, for the features that the policy uses.
  FixedPolicy(const DeployedPolicy<PolicyType>& policy, Normalization<Scalar> seen)
      : policy_(policy.policy()), own_(policy.normalization()), seen_(std::move(seen)) {
    if (own_.size() != seen_.size())
      throw DataError(
          message("policy: expected ", seen_.size(), " observation features, as the data has, found ", own_.size()));
  }

  /// Returns an empty vector.
  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] Index action_size() const { return policy_.action_size(); }

  /// Proposes actions as the given policy does.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               ProposalType& proposal) const {
    policy_.propose(translate(observations, tape), per_state, generator, tape.policy, proposal);
  }
  /// Computes the mode of the given policy.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    policy_.mode(translate(observations, tape), tape.policy, out);
  }

  /// Does nothing, because there are no parameters.
  void backward(const Matrix<Scalar>&, Tape&, const ProposalType&, const ProposalType&, Vector<Scalar>&) const {}
  /// Returns 0, because there is nothing to learn.
  Scalar cloning_loss(const Matrix<Scalar>&, const Actions&, const Row<Scalar>&, Generator&, Tape&,
                      Vector<Scalar>&) const {
    return 0;
  }

 private:
  const Matrix<Scalar>& translate(const Matrix<Scalar>& observations, Tape& tape) const {
    tape.observations = observations.topRows(seen_.size());
    seen_.invert(tape.observations);
    own_.apply(tape.observations);
    return tape.observations;
  }

  PolicyType policy_;
  Normalization<Scalar> own_;
  Normalization<Scalar> seen_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
