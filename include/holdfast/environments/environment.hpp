/// \file
/// Types and functions that all environments share: steps, reference returns, normalized scores, rollouts and saved
/// states.
#pragma once

#include <cmath>
#include <string_view>
#include <type_traits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/concepts.hpp"

namespace holdfast {

/// The outcome of one step, apart from the next state.
struct StepResult {
  double reward = 0;
  bool terminal = false;  ///< true if the task ended: the next state has value 0
};

/// The undiscounted mean returns, within the time limit, that define the normalized score. NaN if not known.
struct References {
  double random;  ///< actions uniform on [-1, 1], or uniform over a finite set
  double good;    ///< scripted policy
};

/// Returns the normalized score: 0 for the random policy and 100 for the good one. NaN if a reference is.
[[nodiscard]] constexpr double normalized_score(const References& references, double mean_return) {
  return 100 * (mean_return - references.random) / (references.good - references.random);
}

/// Returns the undiscounted return of one episode from a new initial state, up to a terminal or the time limit.
///
/// `act(const Vector<double>& observation, Vector<double>& action)` fills the action, which already has the right size.
/// For finite actions `action` is an Index.
template <class E, class Act>
[[nodiscard]] double rollout_return(E& environment, Generator& generator, Act&& act) {
  static_assert(check_environment<E>());
  Vector<double> observation(environment.observation_size());
  std::conditional_t<IsFiniteEnvironment<E>, Index, Vector<double>> action{};
  if constexpr (!IsFiniteEnvironment<E>) action.resize(environment.action_size());
  environment.reset(generator);
  double total = 0;
  for (Index t = 0; t < environment.time_limit(); ++t) {
    environment.observe(observation);
    act(static_cast<const Vector<double>&>(observation), action);
    const StepResult result = environment.step(action);
    total += result.reward;
    if (result.terminal) break;
  }
  return total;
}

/// The parameter type of states, observations and actions. It binds to a Vector<double> or to a part of something
/// larger, without a copy.
using ConstVectorRef = const Eigen::Ref<const Vector<double>>&;

namespace detail {

/// Throws DataError unless `values` holds `size` finite numbers.
inline void check_vector(std::string_view environment, std::string_view what, ConstVectorRef values, Index size) {
  if (values.size() != size)
    throw DataError(message(environment, ": ", what, " must have size ", size, ", but has ", values.size()));
  for (Index i = 0; i < size; ++i)
    if (!std::isfinite(values[i]))
      throw DataError(message(environment, ": ", what, " must be finite, but entry ", i, " is ", values[i]));
}

struct EnvironmentState {
  Vector<double> numbers;
  static void state(auto& self, auto&& visit) { visit("state", self.numbers); }
};

}  // namespace detail

/// Returns everything that decides how an environment responds to actions: its `state()`. An environment that holds
/// more, such as a generator, has a member `saved_state()` for this and a member `restore_state(saved)`.
template <class E>
[[nodiscard]] SavedState save_environment(const E& environment) {
  if constexpr (requires { environment.saved_state(); })
    return environment.saved_state();
  else
    return save_state(detail::EnvironmentState{environment.state()});
}

/// Restores what `save_environment` returned for an environment of the same type and parameters; from here on the two
/// behave the same. Throws DataError if it does not fit, and leaves the environment unchanged.
template <class E>
void restore_environment(E& environment, const SavedState& saved) {
  if constexpr (requires { environment.restore_state(saved); }) {
    environment.restore_state(saved);
  } else {
    detail::EnvironmentState held{environment.state()};
    restore_state(held, saved);
    environment.set_state(held.numbers);
  }
}

}  // namespace holdfast
