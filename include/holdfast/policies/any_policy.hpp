/// \file
/// One type that holds any policy for acting, so that programs need not be templates.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/policies/candidates.hpp"
#include "holdfast/policies/policy_record.hpp"

namespace holdfast {

/// A value that holds any policy of continuous actions: it proposes and has a mode, and does not learn. Calls share a
/// workspace inside, so each thread needs its own copy. A moved-from object can only be assigned to or destroyed.
template <class ScalarType = float>
class AnyPolicy {
 public:
  using Scalar = ScalarType;
  using Actions = Matrix<Scalar>;
  struct Tape {};  ///< the workspace is inside

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

  /// As the policy inside.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape&,
               Candidates<Scalar>& set) const {
    held_->propose(observations, per_state, generator, set);
  }

  /// As the policy inside.
  void mode(const Matrix<Scalar>& observations, Tape&, Actions& out) const { held_->mode(observations, out); }

  /// Everything about the policy inside (see policy_record.hpp). Throws ConfigError where it is of a type that cannot
  /// be recorded.
  [[nodiscard]] PolicyRecord record() const { return held_->record(); }

  /// The policy inside, or nullptr where it is of another type.
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
                         Candidates<Scalar>& set) = 0;
    virtual void mode(const Matrix<Scalar>& observations, Actions& out) = 0;
    [[nodiscard]] virtual PolicyRecord record() const = 0;
  };

  template <class Policy>
  struct Model final : Interface {
    explicit Model(Policy given) : policy(std::move(given)) {}

    std::unique_ptr<Interface> clone() const override { return std::make_unique<Model>(policy); }
    Index action_size() const override { return policy.action_size(); }
    void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator,
                 Candidates<Scalar>& set) override {
      policy.propose(observations, per_state, generator, tape, set);
    }
    void mode(const Matrix<Scalar>& observations, Actions& out) override { policy.mode(observations, tape, out); }
    PolicyRecord record() const override {
      if constexpr (Recordable<Policy>)
        return record_of(policy);
      else
        throw ConfigError(
            "this policy cannot be recorded: it is none of the library's, or acts with critics that are not of MlpQ");
    }

    Policy policy;
    typename Policy::Tape tape;
  };

  std::unique_ptr<Interface> held_;
};

/// As `record`.
template <class Scalar>
[[nodiscard]] PolicyRecord record_of(const AnyPolicy<Scalar>& policy) {
  return policy.record();
}

/// The policy that was recorded, in the given precision; the same bits where it is that of the record. Throws DataError
/// where the record contradicts itself or names a type that is not known.
template <class Scalar = float>
[[nodiscard]] AnyPolicy<Scalar> make_policy(const PolicyRecord& record) {
  std::optional<AnyPolicy<Scalar>> made;
  const auto make = [&]<class Policy>() {
    if (record.type != Policy::name()) return;
    auto policy = detail::restore<Policy>(record);
    if (!record.best_of) {
      made.emplace(std::move(policy));
      return;
    }
    using Critics = Ensemble<MlpQ<Scalar>>;
    std::vector<MlpQ<Scalar>> critic{restore_critic<Scalar>(record)};
    made.emplace(BestOf<Policy, Critics>(std::move(policy), Critics(std::move(critic)), record.best_of->samples,
                                         record.best_of->seed));
  };
  make.template operator()<TanhGaussian<Scalar>>();
  make.template operator()<Gaussian<Scalar>>();
  make.template operator()<Deterministic<Scalar>>();
  if (made) return *std::move(made);
  throw DataError(message("type: expected tanh_gaussian, gaussian or deterministic, found \"", record.type,
                          "\"; a newer version of the library may know it"));
}

}  // namespace holdfast
