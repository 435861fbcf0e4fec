/// \file
/// GreedyLoss: the loss −E_π[Q(s, a)], shared by the greedy policy improvements.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/networks/member_tape.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The critic that a greedy improvement follows.
enum class GreedyCritic {
  minimum,  ///< min_i Q_i, as in SAC
  mean,     ///< (1/E) Σ_i Q_i, as in REDQ and RLPD
  first,    ///< Q_1 alone, as in TD3
  random    ///< one Q_i, drawn for each update, as in Diffusion-QL
};

constexpr auto enumerators(GreedyCritic) {
  return std::array{
      Enumerator<GreedyCritic>{"minimum", GreedyCritic::minimum}, Enumerator<GreedyCritic>{"mean", GreedyCritic::mean},
      Enumerator<GreedyCritic>{"first", GreedyCritic::first}, Enumerator<GreedyCritic>{"random", GreedyCritic::random}};
}

/// The greedy loss −E_π[Q(s, a)], averaged over the batch's states, and its gradient with respect to the policy's
/// proposal. Q is the least of the critics, their mean, the first one, or one that is drawn.
template <class Policy, class Critics>
class GreedyLoss {
 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;
  using ProposalType = Proposal<Scalar, typename Policy::Actions>;

  /// Throws ConfigError if there are no critics.
  explicit GreedyLoss(const Critics& critics, GreedyCritic critic = GreedyCritic::minimum) : critic_(critic) {
    require_critics(critics);
  }

  /// Returns the loss of `proposal`, proposed at the batch's observations. Sets `adjoint.weights`, and for continuous
  /// actions `adjoint.actions`.
  Scalar operator()(ContextType& context, const ProposalType& proposal, ProposalType& adjoint) {
    const Scalar share = Scalar{1} / static_cast<Scalar>(context.batch.size());
    value_adjoint_ = -share * proposal.weights;
    if (critic_ == GreedyCritic::first && detail::MemberTape<Critics>::exists)
      follow_member(context, proposal, adjoint);
    else
      follow_all(context, proposal, adjoint);
    adjoint.weights = -share * value_;
    return (value_adjoint_ * value_).sum();
  }

  /// Returns Q of the actions of the last proposal, 1×KB.
  [[nodiscard]] const Row<Scalar>& values() const { return value_; }

  /// Returns the factor of Q in a loss beside others: `weight`, or if `normalize`, `weight` / mean_size().
  [[nodiscard]] Scalar factor(double weight, bool normalize) const {
    const auto factor = static_cast<Scalar>(weight);
    if (!normalize) return factor;
    // Q may be 0 everywhere; the quotient stays finite.
    const Scalar smallest = std::numeric_limits<Scalar>::min() * std::max(factor, Scalar{1});
    return factor / std::max(mean_size(), smallest);
  }

  /// Returns the mean |Q| of the last proposal; if the critic is drawn, that of the one after it, as in Diffusion-QL.
  [[nodiscard]] Scalar mean_size() const { return critic_ == GreedyCritic::random ? other_size_ : value_.abs().mean(); }

 private:
  static constexpr bool finite = FiniteActions<typename Policy::Actions>;

  void follow_all(ContextType& context, const ProposalType& proposal, ProposalType& adjoint) {
    const Matrix<Scalar>& observations = context.batch.observations;
    const Matrix<Scalar>& q = context.critics.values(Net::online, observations, proposal.actions, tape_);
    switch (critic_) {
      case GreedyCritic::minimum: minimum(q, value_); break;
      case GreedyCritic::mean: value_ = q.colwise().mean(); break;
      case GreedyCritic::first: value_ = q.row(0).array(); break;
      case GreedyCritic::random:
        drawn_ = context.generator.index(q.rows());
        value_ = q.row(drawn_).array();
        other_size_ = q.row((drawn_ + 1) % q.rows()).cwiseAbs().mean();
        break;
    }
    if constexpr (!finite) {
      share_adjoint(q);
      context.critics.action_gradient(observations, proposal.actions, tape_, critic_adjoint_, adjoint.actions);
    }
  }

  // Sets the derivative of the loss with respect to each critic's values, E×KB.
  void share_adjoint(const Matrix<Scalar>& q) {
    switch (critic_) {
      case GreedyCritic::minimum: minimum_adjoint(q, value_adjoint_, critic_adjoint_); break;
      case GreedyCritic::mean:
        critic_adjoint_.resize(q.rows(), q.cols());
        for (Index i = 0; i < q.rows(); ++i)
          critic_adjoint_.row(i) = (value_adjoint_ / static_cast<Scalar>(q.rows())).matrix();
        break;
      case GreedyCritic::first:
      case GreedyCritic::random:
        critic_adjoint_.setZero(q.rows(), q.cols());
        critic_adjoint_.row(critic_ == GreedyCritic::first ? 0 : drawn_) = value_adjoint_.matrix();
        break;
    }
  }

  // Asks the first critic alone, which spares the work of the others.
  void follow_member(ContextType& context, const ProposalType& proposal, ProposalType& adjoint) {
    if constexpr (detail::MemberTape<Critics>::exists) {
      const Matrix<Scalar>& observations = context.batch.observations;
      const auto& first = std::as_const(context.critics).member(Net::online, 0);
      value_ = first.values(observations, proposal.actions, member_tape_);
      if constexpr (!finite)
        first.action_gradient(observations, proposal.actions, member_tape_, value_adjoint_, adjoint.actions);
    }
  }

  GreedyCritic critic_;
  Index drawn_ = 0;
  Scalar other_size_ = 0;
  typename Critics::Tape tape_;
  typename detail::MemberTape<Critics>::Type member_tape_;
  Row<Scalar> value_;
  Row<Scalar> value_adjoint_;
  Matrix<Scalar> critic_adjoint_;
};

}  // namespace holdfast
