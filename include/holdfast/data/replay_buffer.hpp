/// \file
/// Provides a dataset that grows while the learner acts, and overwrites its oldest transitions when it is full.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/transitions.hpp"

namespace holdfast {

/// A ring buffer of up to `capacity` transitions. Its storage doubles as transitions arrive, so a large capacity costs
/// nothing at first. Actions are vectors or, with ActionIndices, numbers of a finite action set.
template <class ScalarType = float, class ActionsType = Matrix<ScalarType>>
class ReplayBuffer {
 public:
  using Scalar = ScalarType;
  using Actions = ActionsType;
  using BatchType = Batch<Scalar, Actions>;
  using Column = Eigen::Ref<const Vector<Scalar>>;
  using Action = std::conditional_t<FiniteActions<Actions>, Index, const Column&>;  ///< one action, as `add` takes it

  /// Creates an empty buffer. Throws ConfigError if a size or the capacity is not positive.
  ReplayBuffer(Sizes sizes, Index capacity) : capacity_(capacity) {
    require(sizes.observation > 0, "ReplayBuffer observation size", "positive", sizes.observation);
    require(sizes.action > 0, "ReplayBuffer action size", "positive", sizes.action);
    require(capacity > 0, "ReplayBuffer capacity", "positive", capacity);
    storage_.observations.resize(sizes.observation, 0);
    if constexpr (FiniteActions<Actions>)
      storage_.action_count = sizes.action;
    else
      storage_.actions.resize(sizes.action, 0);
    storage_.next_observations.resize(sizes.observation, 0);
  }

  /// Returns the number of stored transitions, at most `capacity()`.
  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] Index capacity() const { return capacity_; }
  [[nodiscard]] Index observation_size() const { return storage_.observation_size(); }
  [[nodiscard]] Index action_size() const { return storage_.action_size(); }

  /// Adds one transition, and overwrites the oldest if the buffer is full. See Transitions for terminal and timeout.
  ///
  /// `log_prob` is log π(a|s) of the policy that acted; it must be given with every transition or with none. Throws
  /// DataError if it is not, if a shape is wrong, if a number is not finite, or if an action of a finite action set is
  /// not in [0, action_size()). The buffer is then unchanged.
  void add(const Column& observation, Action action, Scalar reward, const Column& next_observation, bool terminal,
           bool timeout, std::optional<Scalar> log_prob = std::nullopt);

  /// Fills `batch` as Transitions::gather does; each index must be in [0, size()).
  void gather(std::span<const Index> indices, double discount, BatchType& batch) const {
    storage_.gather(indices, discount, batch);
  }

  /// Returns the stored transitions, oldest first.
  [[nodiscard]] Transitions<Scalar, Actions> transitions() const {
    std::vector<Index> order(static_cast<std::size_t>(size_));
    std::iota(order.begin(), order.end(), Index{0});
    if (size_ == capacity_) std::rotate(order.begin(), order.begin() + next_, order.end());
    return storage_.select(order);
  }

 private:
  static constexpr Index smallest_storage = 1024;

  void check(const char* field, const Column& values, Index features) const {
    if (values.size() != features || !values.allFinite())
      throw DataError(message("ReplayBuffer::add: ", field, " must be ", features, " finite numbers, but is [",
                              values.transpose(), "]"));
  }

  void check_action(Action action) const {
    if constexpr (!FiniteActions<Actions>)
      check("action", action, action_size());
    else if (action < 0 || action >= action_size())
      throw DataError(message("ReplayBuffer::add: action must be from 0 to ", action_size() - 1, ", but is ", action));
  }

  void check_log_prob(const std::optional<Scalar>& log_prob) const {
    if (log_prob && !std::isfinite(*log_prob))
      throw DataError(message("ReplayBuffer::add: log_prob must be finite, but is ", *log_prob));
    if (size_ > 0 && log_prob.has_value() != storage_.has_action_log_probs())
      throw DataError("ReplayBuffer::add: log_prob must be given with every transition or with none");
  }

  Transitions<Scalar, Actions> storage_;  ///< its size is the allocated number of transitions
  Index capacity_;
  Index size_ = 0;
  Index next_ = 0;  ///< where the next transition goes: the oldest one if the buffer is full
};

template <class Scalar, class Actions>
void ReplayBuffer<Scalar, Actions>::add(const Column& observation, Action action, Scalar reward,
                                        const Column& next_observation, bool terminal, bool timeout,
                                        std::optional<Scalar> log_prob) {
  check("observation", observation, observation_size());
  check_action(action);
  check("next_observation", next_observation, observation_size());
  if (!std::isfinite(reward)) throw DataError(message("ReplayBuffer::add: reward must be finite, but is ", reward));
  check_log_prob(log_prob);

  if (next_ == storage_.size()) storage_.resize(std::min(capacity_, std::max(smallest_storage, 2 * next_)));
  if (log_prob) {
    storage_.action_log_probs.conservativeResize(storage_.size());
    storage_.action_log_probs(next_) = *log_prob;
  }
  storage_.observations.col(next_) = observation;
  if constexpr (FiniteActions<Actions>)
    storage_.actions(next_) = action;
  else
    storage_.actions.col(next_) = action;
  storage_.rewards(next_) = reward;
  storage_.next_observations.col(next_) = next_observation;
  storage_.terminals(next_) = terminal;
  storage_.timeouts(next_) = timeout;
  size_ = std::max(size_, ++next_);
  if (next_ == capacity_) next_ = 0;
}

}  // namespace holdfast
