/// \file
/// AnyEnvironment: one type that holds any environment, so that programs are not compiled once per environment.
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "holdfast/core/interval.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/concepts.hpp"
#include "holdfast/environments/environment.hpp"

namespace holdfast {

/// Holds any environment whose actions are vectors (Action = Vector<double>) or indices of a finite set
/// (Action = Index).
///
/// A copy includes the environment and its state. The members are those of every environment; each is one virtual call.
/// A moved-from object can only be assigned to or destroyed.
template <class Action>
class AnyEnvironmentOf {
 public:
  static constexpr bool finite = std::same_as<Action, Index>;
  using Given = std::conditional_t<finite, Index, ConstVectorRef>;  ///< parameter type of an action

  /// Holds the given environment. Its member `scripted` is optional.
  template <class E>
  requires(!std::same_as<E, AnyEnvironmentOf> && IsEnvironment<E> && IsFiniteEnvironment<E> == finite)
      AnyEnvironmentOf(E environment)
      : held_(std::make_unique<Model<E>>(std::move(environment))) {}

  AnyEnvironmentOf(const AnyEnvironmentOf& other) : held_(other.held_->clone()) {}
  AnyEnvironmentOf(AnyEnvironmentOf&&) noexcept = default;
  AnyEnvironmentOf& operator=(AnyEnvironmentOf other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~AnyEnvironmentOf() = default;

  [[nodiscard]] std::string_view name() const { return held_->name(); }
  [[nodiscard]] Index observation_size() const { return held_->observation_size(); }
  [[nodiscard]] Index action_size() const { return held_->action_size(); }
  [[nodiscard]] Index time_limit() const { return held_->time_limit(); }
  [[nodiscard]] Interval reward_range() const { return held_->reward_range(); }
  [[nodiscard]] References references() const { return held_->references(); }

  /// Draws a new initial state.
  void reset(Generator& generator) { held_->reset(generator); }

  /// Sets `out` to the observation, of size `observation_size()`.
  void observe(Eigen::Ref<Vector<double>> out) const { held_->observe(out); }

  /// Takes one step. Throws DataError if the action is not `action_size()` finite numbers, or not an index below
  /// `action_size()`.
  StepResult step(Given action) { return held_->step(action); }

  [[nodiscard]] Vector<double> state() const { return held_->state(); }

  /// Throws DataError if the state is of the wrong size or not finite.
  void set_state(ConstVectorRef state) { held_->set_state(state); }

  /// See save_environment and restore_environment.
  [[nodiscard]] SavedState saved_state() const { return held_->saved_state(); }
  void restore_state(const SavedState& saved) { held_->restore_state(saved); }

  /// Returns the state behind an observation. Throws DataError like `set_state`.
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const { return held_->state_of(observation); }

  /// Fills the action of the environment's own good policy. Returns false if it has none.
  bool scripted(const Vector<double>& observation, Action& action) const {
    return held_->scripted(observation, action);
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::unique_ptr<Interface> clone() const = 0;
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Index observation_size() const = 0;
    [[nodiscard]] virtual Index action_size() const = 0;
    [[nodiscard]] virtual Index time_limit() const = 0;
    [[nodiscard]] virtual Interval reward_range() const = 0;
    [[nodiscard]] virtual References references() const = 0;
    virtual void reset(Generator& generator) = 0;
    virtual void observe(Eigen::Ref<Vector<double>> out) const = 0;
    virtual StepResult step(Given action) = 0;
    [[nodiscard]] virtual Vector<double> state() const = 0;
    virtual void set_state(ConstVectorRef state) = 0;
    [[nodiscard]] virtual SavedState saved_state() const = 0;
    virtual void restore_state(const SavedState& saved) = 0;
    [[nodiscard]] virtual Vector<double> state_of(ConstVectorRef observation) const = 0;
    virtual bool scripted(const Vector<double>& observation, Action& action) const = 0;
  };

  template <class E>
  struct Model final : Interface {
    explicit Model(E given) : environment(std::move(given)) {}

    std::unique_ptr<Interface> clone() const override { return std::make_unique<Model>(environment); }
    std::string_view name() const override { return environment.name(); }
    Index observation_size() const override { return environment.observation_size(); }
    Index action_size() const override { return environment.action_size(); }
    Index time_limit() const override { return environment.time_limit(); }
    Interval reward_range() const override {
      return {environment.reward_range().lowest, environment.reward_range().highest};
    }
    References references() const override { return {environment.references().random, environment.references().good}; }
    void reset(Generator& generator) override { environment.reset(generator); }
    void observe(Eigen::Ref<Vector<double>> out) const override { environment.observe(out); }
    StepResult step(Given action) override {
      const auto result = environment.step(action);
      return {result.reward, result.terminal};
    }
    Vector<double> state() const override { return environment.state(); }
    void set_state(ConstVectorRef state) override { environment.set_state(state); }
    SavedState saved_state() const override { return save_environment(environment); }
    void restore_state(const SavedState& saved) override { restore_environment(environment, saved); }
    Vector<double> state_of(ConstVectorRef observation) const override { return environment.state_of(observation); }
    bool scripted(const Vector<double>& observation, Action& action) const override {
      if constexpr (requires { environment.scripted(observation, action); })
        return environment.scripted(observation, action);
      else
        return false;
    }

    E environment;
  };

  std::unique_ptr<Interface> held_;
};

/// The AnyEnvironment for an action type: continuous actions (a Matrix of any Scalar) or ActionIndices.
template <class Actions = Matrix<double>>
using AnyEnvironment = AnyEnvironmentOf<std::conditional_t<FiniteActions<Actions>, Index, Vector<double>>>;

}  // namespace holdfast
