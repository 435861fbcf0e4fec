/// \file
/// Provides one type that holds any policy for acting, so that programs need not be templates.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/policy_record.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// A value that holds any policy with this type of actions, continuous or from a finite action set. It proposes actions
/// and has a mode, but does not learn. Calls share an internal workspace, so each thread needs its own copy. A
/// moved-from object can only be assigned to or destroyed.
template <class ScalarType = float, class ActionsType = Matrix<ScalarType>>
class AnyPolicy {
 public:
  using Scalar = ScalarType;
  using Actions = ActionsType;
  struct Tape {};  ///< empty: the workspace is inside

  template <class Policy>
  requires(!std::same_as<Policy, AnyPolicy>) explicit AnyPolicy(Policy policy)
      : held_(std::make_unique<Model<Policy>>(std::move(policy))) {}

  AnyPolicy(const AnyPolicy& other) : held_(other.held_->clone()) {}
  AnyPolicy(AnyPolicy&&) noexcept = default;
  AnyPolicy& operator=(AnyPolicy other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~AnyPolicy() = default;

  [[nodiscard]] Index action_size() const { return held_->action_size(); }

  /// Proposes actions as the policy inside does.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape&,
               Proposal<Scalar, Actions>& proposal) const {
    held_->propose(observations, per_state, generator, proposal);
  }

  /// Computes the mode of the policy inside.
  void mode(const Matrix<Scalar>& observations, Tape&, Actions& out) const { held_->mode(observations, out); }

  /// Returns log π(a|s) of the given actions under the policy inside, 1×B. Throws ConfigError if that policy has no
  /// density: a deterministic policy, or one that chooses by critics. (A policy for a finite action set proposes all
  /// actions with their log-probabilities.)
  const Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions& actions, Tape&) const
      requires(!FiniteActions<Actions>) {
    return held_->log_prob(observations, actions);
  }

  /// Returns a record of the policy inside (policy_record.hpp). Throws ConfigError if its type cannot be recorded.
  [[nodiscard]] PolicyRecord record() const { return held_->record(); }

  /// Returns the policy inside, or nullptr if it is of another type.
  template <class Policy>
  [[nodiscard]] const Policy* get() const {
    const auto* model = dynamic_cast<const Model<Policy>*>(held_.get());
    return model == nullptr ? nullptr : &model->policy;
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::unique_ptr<Interface> clone() const = 0;
    [[nodiscard]] virtual Index action_size() const = 0;
    virtual void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator,
                         Proposal<Scalar, Actions>& proposal) = 0;
    virtual void mode(const Matrix<Scalar>& observations, Actions& out) = 0;
    virtual const Row<Scalar>& log_prob(const Matrix<Scalar>& observations, const Actions& actions) = 0;
    [[nodiscard]] virtual PolicyRecord record() const = 0;
  };

  template <class Policy>
  struct Model final : Interface {
    explicit Model(Policy given) : policy(std::move(given)) {}

    std::unique_ptr<Interface> clone() const override { return std::make_unique<Model>(policy); }
    Index action_size() const override { return policy.action_size(); }
    void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator,
                 Proposal<Scalar, Actions>& proposal) override {
      policy.propose(observations, per_state, generator, tape, proposal);
    }
    void mode(const Matrix<Scalar>& observations, Actions& out) override { policy.mode(observations, tape, out); }
    const Row<Scalar>& log_prob([[maybe_unused]] const Matrix<Scalar>& observations,
                                [[maybe_unused]] const Actions& actions) override {
      if constexpr (!FiniteActions<Actions> && HasDensity<Policy>)
        return policy.log_prob(observations, actions, tape);
      else
        throw ConfigError(
            "this policy has no density: it takes one action for certain, or chooses by critics; it cannot be weighed "
            "against another, only evaluated by a Q (the direct method)");
    }
    PolicyRecord record() const override {
      if constexpr (Recordable<Policy>)
        return record_of(policy);
      else
        throw ConfigError("this policy cannot be recorded: it is none of the library's, or its networks are not MLPs");
    }

    Policy policy;
    typename Policy::Tape tape;
  };

  std::unique_ptr<Interface> held_;
};

/// Returns a record of the policy inside; see AnyPolicy::record.
template <class Scalar, class Actions>
[[nodiscard]] PolicyRecord record_of(const AnyPolicy<Scalar, Actions>& policy) {
  return policy.record();
}

namespace detail {

[[noreturn]] inline void refuse_type(std::string_view expected, const std::string& found, std::string_view remedy) {
  throw DataError(message("type: expected ", expected, ", found \"", found, "\"", remedy));
}
inline constexpr std::string_view newer_type = "; a newer version of the library may know it";

/// Returns whether a record of this type is for a policy with continuous actions.
[[nodiscard]] inline bool is_continuous_type(std::string_view type) {
  bool found = false;
  ContinuousPolicies<float>::for_each([&]<class Policy>() { found = found || Policy::name() == type; });
  return found;
}

template <class Scalar>
AnyPolicy<Scalar> restore_continuous(const PolicyRecord& record) {
  std::optional<AnyPolicy<Scalar>> made;
  ContinuousPolicies<Scalar>::for_each([&]<class Policy>() {
    if (record.type == Policy::name()) made.emplace(restore<Policy>(record));
  });
  if (!made)
    refuse_type("tanh_gaussian, gaussian, deterministic, diffusion_residual, diffusion_mlp, flow_mlp or distilled_flow",
                record.type,
                is_finite_type(record.type)
                    ? ", which is over a finite set of actions; read it with read_policy<ActionIndices>"
                    : newer_type);
  if (!record.best_of || record.best_of->choice.samples == 0) return *std::move(made);
  using Critics = Ensemble<MlpQ<Scalar>>;
  return AnyPolicy<Scalar>(BestOf<AnyPolicy<Scalar>, Critics>(
      *std::move(made), Critics(restore_critics<Scalar>(record)), record.best_of->choice));
}

template <class Scalar>
AnyPolicy<Scalar, ActionIndices> restore_finite(const PolicyRecord& record) {
  using Any = AnyPolicy<Scalar, ActionIndices>;
  if (record.best_of && is_finite_type(record.type))
    throw DataError("best_of: expected none, of a policy over finite actions, found one");
  if (record.type == MlpCategorical<>::name()) return Any(restore<MlpCategorical<Scalar>>(record));
  if (record.type == MlpGreedy<>::name()) return Any(restore_greedy<Scalar>(record));
  refuse_type("categorical or greedy", record.type,
              is_continuous_type(record.type)
                  ? ", which is of continuous actions; read it with read_policy<Matrix<float>>"
                  : newer_type);
}

}  // namespace detail

/// Restores a recorded policy with the given type of actions and precision; bit-identical if that is the recorded
/// precision. Throws DataError if the record contradicts itself, has the other kind of actions or names an unknown
/// type.
template <class Actions = Matrix<float>, class Scalar = ScalarOf<Actions>>
[[nodiscard]] AnyPolicy<Scalar, Actions> make_policy(const PolicyRecord& record) {
  if constexpr (FiniteActions<Actions>)
    return detail::restore_finite<Scalar>(record);
  else
    return detail::restore_continuous<Scalar>(record);
}

}  // namespace holdfast
