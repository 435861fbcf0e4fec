/// \file
/// What every environment speaks in: steps, reward ranges, reference returns, and the rollout that uses them.
///
/// Environments compute in double and take actions as given, clipping inside where the task says so. They do not count
/// steps: whoever runs one stops after `time_limit()` and records a timeout, which is not a terminal.
#pragma once

#include <cmath>
#include <string_view>
#include <type_traits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/concepts.hpp"

namespace holdfast {

/// What one step yields besides the next state.
struct StepResult {
  double reward = 0;
  bool terminal = false;  ///< the task ended, so the next state is worth nothing
};

/// Undiscounted mean returns over the time limit, the ends of the normalized score. NaN where not known.
struct References {
  double random;  ///< of actions uniform on [-1, 1], or of the numbers of a finite set alike
  double good;    ///< of the scripted policy
};

/// The return on the scale where the random policy has 0 and the good one 100; NaN if a reference is.
[[nodiscard]] constexpr double normalized_score(const References& references, double mean_return) {
  return 100 * (mean_return - references.random) / (references.good - references.random);
}

/// The undiscounted return of one episode from a fresh initial state, up to a terminal or the time limit.
///
/// `act(const Vector<double>& observation, Vector<double>& action)` fills the action, already of the right size; of a
/// finite set, an Index, its number.
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

/// A state, an observation or an action as environments take it: a Vector<double>, or a part of something larger,
/// without a copy.
using ConstVectorRef = const Eigen::Ref<const Vector<double>>&;

namespace detail {

/// Throws DataError unless `values` is `size` finite numbers.
inline void check_vector(std::string_view environment, std::string_view what, ConstVectorRef values, Index size) {
  if (values.size() != size)
    throw DataError(message(environment, ": ", what, " must have size ", size, ", but has ", values.size()));
  for (Index i = 0; i < size; ++i)
    if (!std::isfinite(values[i]))
      throw DataError(message(environment, ": ", what, " must be finite, but entry ", i, " is ", values[i]));
}

}  // namespace detail
}  // namespace holdfast
