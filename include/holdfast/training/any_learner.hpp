/// \file
/// AnyLearner: one type that holds any learner, so that programs can choose it by name and need not be templates.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/bellman/constraint.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/training/diagnostics.hpp"
#include "holdfast/training/value_estimates.hpp"

namespace holdfast {

/// Fields by name with their values as text, in the order in which they are set.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// Holds any ActorCritic over actions of the given type, continuous or finite. It satisfies IsLearner. `policy` and
/// `acting` copy networks; every other member costs one virtual call. A moved-from object can only be assigned to or
/// destroyed.
template <class ScalarType = float, class ActionsType = Matrix<ScalarType>>
class AnyLearner {
 public:
  using Scalar = ScalarType;
  using Actions = ActionsType;
  using BatchType = Batch<Scalar, Actions>;
  using PolicyType = AnyPolicy<Scalar, Actions>;

  template <class Learner>
  requires(!std::same_as<Learner, AnyLearner>) explicit AnyLearner(Learner learner)
      : held_(std::make_unique<Model<Learner>>(std::move(learner))) {}

  AnyLearner(const AnyLearner& other) : held_(other.held_->clone()) {}
  AnyLearner(AnyLearner&&) noexcept = default;
  AnyLearner& operator=(AnyLearner other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~AnyLearner() = default;

  /// See ActorCritic::update.
  void update(const BatchType& batch) { held_->update(batch); }
  [[nodiscard]] double discount() const { return held_->discount(); }
  [[nodiscard]] std::uint64_t step() const { return held_->step(); }
  [[nodiscard]] bool has_critics() const { return held_->has_critics(); }

  /// Returns a copy of the learner's policy.
  [[nodiscard]] PolicyType policy() const { return held_->policy(); }
  /// Returns a copy of the policy that acts, for evaluation and deployment (ActorCritic::acting).
  [[nodiscard]] PolicyType acting() const { return held_->acting(); }

  /// See ActorCritic::explore.
  void explore(const Matrix<Scalar>& observations, Generator& generator, Proposal<Scalar, Actions>& proposal) {
    held_->explore(observations, generator, proposal);
  }

  /// Returns the temperature of the entropy in the backup, 0 if the entropy is not backed up.
  [[nodiscard]] double backed_up_temperature() const { return held_->backed_up_temperature(); }

  /// Calls visit(name, value) with the learner's statistics (ActorCritic::report).
  template <class Visitor>
  void report(Visitor&& visit) const {
    held_->report([&visit](std::string_view name, double value) { visit(name, value); });
  }

  /// See ActorCritic::networks.
  template <class Visitor>
  void networks(Visitor&& visit) const {
    held_->networks(
        [&visit](const Vector<Scalar>& parameters, const Adam<Scalar>& optimizer) { visit(parameters, optimizer); });
  }

  /// Returns a copy of everything that determines future updates. `restore_state` continues from it (core/state.hpp).
  [[nodiscard]] SavedState saved_state() const { return held_->saved_state(); }
  void restore_state(const SavedState& saved) { held_->restore_state(saved); }

  /// See ActorCritic::constraints.
  template <class Visitor>
  void constraints(Visitor&& visit) const {
    held_->constraints([&visit](const Constraint& constraint) { visit(constraint); });
  }

  /// Measures the learner's predictions at the probe's states (Probe::measure).
  [[nodiscard]] Diagnostics measure(const Probe<Scalar, Actions>& probe) const { return held_->measure(probe); }

  /// Returns V(s) of states (state_values). Throws DataError if there are no critics.
  [[nodiscard]] Row<Scalar> state_values(const Matrix<Scalar>& observations, std::uint64_t seed = 0) const {
    return held_->state_values(observations, seed);
  }
  /// Returns the critics' values of states and actions (critic_values). Throws DataError if there are no critics.
  [[nodiscard]] Matrix<Scalar> critic_values(const Matrix<Scalar>& observations, const Actions& actions) const {
    return held_->critic_values(observations, actions);
  }

  /// Returns all fields of the configuration, with values as in TOML.
  [[nodiscard]] Settings settings() const { return held_->settings(); }

  /// Returns warnings about the configuration, given the number of planned updates (ActorCriticConfig::warnings).
  [[nodiscard]] std::vector<std::string> warnings(Index updates = 0) const { return held_->warnings(updates); }

 private:
  using Visit = std::function<void(std::string_view, double)>;
  using ConstraintVisit = std::function<void(const Constraint&)>;
  using NetworkVisit = std::function<void(const Vector<Scalar>&, const Adam<Scalar>&)>;

  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::unique_ptr<Interface> clone() const = 0;
    virtual void update(const BatchType& batch) = 0;
    [[nodiscard]] virtual double discount() const = 0;
    [[nodiscard]] virtual std::uint64_t step() const = 0;
    [[nodiscard]] virtual bool has_critics() const = 0;
    [[nodiscard]] virtual PolicyType policy() const = 0;
    [[nodiscard]] virtual PolicyType acting() const = 0;
    virtual void explore(const Matrix<Scalar>& observations, Generator& generator,
                         Proposal<Scalar, Actions>& proposal) = 0;
    [[nodiscard]] virtual double backed_up_temperature() const = 0;
    virtual void report(const Visit& visit) const = 0;
    virtual void networks(const NetworkVisit& visit) const = 0;
    virtual void constraints(const ConstraintVisit& visit) const = 0;
    [[nodiscard]] virtual SavedState saved_state() const = 0;
    virtual void restore_state(const SavedState& saved) = 0;
    [[nodiscard]] virtual Diagnostics measure(const Probe<Scalar, Actions>& probe) const = 0;
    [[nodiscard]] virtual Row<Scalar> state_values(const Matrix<Scalar>& observations, std::uint64_t seed) const = 0;
    [[nodiscard]] virtual Matrix<Scalar> critic_values(const Matrix<Scalar>& observations,
                                                       const Actions& actions) const = 0;
    [[nodiscard]] virtual Settings settings() const = 0;
    [[nodiscard]] virtual std::vector<std::string> warnings(Index updates) const = 0;
  };

  template <class Learner>
  struct Model final : Interface {
    explicit Model(Learner given) : learner(std::move(given)) {}

    std::unique_ptr<Interface> clone() const override { return std::make_unique<Model>(learner); }
    void update(const BatchType& batch) override { learner.update(batch); }
    double discount() const override { return learner.discount(); }
    std::uint64_t step() const override { return learner.step(); }
    bool has_critics() const override { return learner.critics().size() > 0; }
    PolicyType policy() const override { return PolicyType(learner.policy()); }
    PolicyType acting() const override { return PolicyType(learner.acting()); }
    void explore(const Matrix<Scalar>& observations, Generator& generator,
                 Proposal<Scalar, Actions>& proposal) override {
      learner.explore(observations, generator, proposal);
    }
    double backed_up_temperature() const override {
      return Learner::ValueRuleType::needs_temperature ? static_cast<double>(learner.temperature()) : 0.0;
    }
    void report(const Visit& visit) const override { learner.report(visit); }
    void networks(const NetworkVisit& visit) const override { learner.networks(visit); }
    void constraints(const ConstraintVisit& visit) const override { learner.constraints(visit); }
    SavedState saved_state() const override { return save_state(learner); }
    void restore_state(const SavedState& saved) override { holdfast::restore_state(learner, saved); }
    Diagnostics measure(const Probe<Scalar, Actions>& probe) const override { return probe.measure(learner); }
    Row<Scalar> state_values(const Matrix<Scalar>& observations, std::uint64_t seed) const override {
      return holdfast::state_values(learner, observations, seed);
    }
    Matrix<Scalar> critic_values(const Matrix<Scalar>& observations, const Actions& actions) const override {
      return holdfast::critic_values(learner, observations, actions);
    }
    Settings settings() const override { return list_fields(learner.config()); }
    std::vector<std::string> warnings(Index updates) const override { return learner.config().warnings(updates); }

    Learner learner;
  };

  std::unique_ptr<Interface> held_;
};

/// Returns the learner of that name in the table, with its defaults except for `settings`. Over continuous actions,
/// `make_learner("cql", …)` computes in float and `make_learner<Matrix<double>>("cql", …)` in double. Over finite
/// actions, use `make_learner<ActionIndices>("cql", …)`. The second template argument can be a table of your own.
/// Throws ConfigError if there is no such algorithm or field (the message names a similar one), or if a value is not of
/// its type or range.
template <class Actions = Matrix<float>, class Table = Algorithms<Actions>, class Scalar = ScalarOf<Actions>>
[[nodiscard]] AnyLearner<Scalar, Actions> make_learner(std::string_view algorithm, const Settings& settings,
                                                       Sizes sizes, std::uint64_t seed) {
  constexpr bool finite = FiniteActions<Actions>;
  using Others = Algorithms<std::conditional_t<finite, Matrix<float>, ActionIndices>>;
  if (!is_among(Table::names, algorithm) && is_among(Others::names, algorithm))
    throw ConfigError(message("algorithm \"", algorithm, "\" is one ",
                              finite ? "of continuous actions: use make_learner<Matrix<float>>"
                                     : "over finite actions: use make_learner<ActionIndices>"));
  std::optional<AnyLearner<Scalar, Actions>> made;
  Table::with(algorithm, [&]<class Entry>() {
    using Learner = typename Entry::template Learner<Scalar>;
    typename Learner::Config config;
    for (const auto& [name, value] : settings) set_field(config, name, value);
    made.emplace(Learner(config, sizes, seed));
  });
  return *std::move(made);
}

/// Returns the fields of an algorithm and their defaults, in the form of `settings`. Throws ConfigError if there is no
/// such algorithm.
template <class Actions = Matrix<float>, class Table = Algorithms<Actions>>
[[nodiscard]] Settings default_settings(std::string_view algorithm) {
  Settings defaults;
  Table::with(algorithm,
              [&]<class Entry>() { defaults = list_fields(typename Entry::template Learner<float>::Config{}); });
  return defaults;
}

/// Returns the published settings of an algorithm that depend on the number of planned updates
/// (AlgorithmTraining::policy_decays). Most algorithms have none. Throws ConfigError if there is no such algorithm.
template <class Actions = Matrix<float>, class Table = Algorithms<Actions>>
[[nodiscard]] Settings scheduled_settings(std::string_view algorithm, Index updates) {
  Settings settings;
  Table::with(algorithm, [&]<class Entry>() {
    if (Entry::row.training.policy_decays)
      settings.emplace_back("policy_optimizer.decay_steps", std::to_string(updates));
  });
  return settings;
}

/// Returns the reason why an algorithm lacks a field that others have, such as `there is no "discount": there are no
/// critics`. Returns an empty string if it has the field or if no algorithm does. Throws ConfigError if there is no
/// such algorithm.
template <class Actions = Matrix<float>, class Table = Algorithms<Actions>>
[[nodiscard]] std::string absent_setting(std::string_view algorithm, std::string_view field) {
  std::string why;
  Table::with(algorithm, [&]<class Entry>() { why = absence<typename Entry::template Learner<float>::Config>(field); });
  return why;
}

#ifdef HOLDFAST_EXTERN
extern template AnyLearner<float> make_learner<Matrix<float>>(std::string_view, const Settings&, Sizes, std::uint64_t);
extern template AnyLearner<float, ActionIndices> make_learner<ActionIndices>(std::string_view, const Settings&, Sizes,
                                                                             std::uint64_t);
extern template Settings default_settings<Matrix<float>>(std::string_view);
extern template Settings default_settings<ActionIndices>(std::string_view);
extern template std::string absent_setting<Matrix<float>>(std::string_view, std::string_view);
extern template std::string absent_setting<ActionIndices>(std::string_view, std::string_view);
#endif

}  // namespace holdfast
