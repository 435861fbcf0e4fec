/// \file
/// Provides a dataset that grows while the learner acts, and overwrites its oldest transitions when it is full.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/state.hpp"
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

  /// Returns the transitions in use and where the next one goes. `restore_state` continues from them (core/state.hpp).
  [[nodiscard]] SavedState saved_state() const;

  /// Restores the state of a buffer of the same sizes and capacity. Throws DataError that names the first difference,
  /// or the first entry that no buffer can hold; this buffer is then unchanged.
  void restore_state(const SavedState& saved);

 private:
  static constexpr Index smallest_storage = 1024;

  /// The numbers that precede the columns in a saved state.
  struct Extent {
    Index capacity;
    Index action_size;
    Index size;
    Index next;
    bool has_log_probs;
    static void state(auto& self, auto&& visit) {
      visit("extent.capacity", self.capacity);
      visit("extent.action_size", self.action_size);
      visit("extent.size", self.size);
      visit("extent.next", self.next);
      visit("extent.has_action_log_probs", self.has_log_probs);
    }
  };

  [[nodiscard]] Extent extent() const {
    return {capacity_, action_size(), size_, next_, storage_.has_action_log_probs()};
  }

  /// Returns views of the columns' parts in use. The caller changes nothing through those of a constant buffer.
  [[nodiscard]] std::vector<detail::StateView> views_in_use() const;

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

template <class Scalar, class Actions>
std::vector<detail::StateView> ReplayBuffer<Scalar, Actions>::views_in_use() const {
  std::vector<detail::StateView> views;
  auto& storage = const_cast<Transitions<Scalar, Actions>&>(storage_);
  storage.for_each_column([&](auto column) {
    if (!storage.has(column)) return;
    auto& values = storage.*column.stored;
    const std::span numbers(values.data(), static_cast<std::size_t>(values.rows() * size_));
    views.push_back({column.name, detail::number_type<typename std::decay_t<decltype(values)>::Scalar>(), values.rows(),
                     size_, std::as_writable_bytes(numbers)});
  });
  return views;
}

template <class Scalar, class Actions>
SavedState ReplayBuffer<Scalar, Actions>::saved_state() const {
  SavedState saved = save_state(extent());
  for (StateEntry& entry : detail::copy_of(views_in_use())) saved.push_back(std::move(entry));
  return saved;
}

template <class Scalar, class Actions>
void ReplayBuffer<Scalar, Actions>::restore_state(const SavedState& saved) {
  constexpr auto is_number = [](const StateEntry& entry) { return entry.path.starts_with("extent."); };
  SavedState numbers;
  std::ranges::copy_if(saved, std::back_inserter(numbers), is_number);
  Extent found = extent();
  std::vector<detail::StateView> views = detail::state_views(found);
  detail::restore_views(views, numbers);
  const auto check = [](const char* what, Index expected, Index is) {
    if (is != expected)
      throw DataError(message("saved state: expected a replay buffer of ", what, ' ', expected, ", found ", is));
  };
  check("capacity", capacity_, found.capacity);
  check("action size", action_size(), found.action_size);
  check("size", std::clamp<Index>(found.size, 0, capacity_), found.size);
  // Where the next transition goes is free only in a full buffer.
  check("next place", found.size < capacity_ ? found.size : std::clamp<Index>(found.next, 0, capacity_ - 1),
        found.next);
  // Nothing is allocated for columns that are not there.
  for (const StateEntry& entry : saved)
    if (!is_number(entry) && (entry.cols != found.size || static_cast<Index>(entry.bytes.size()) < found.size))
      throw DataError(message("saved state: \"", entry.path, "\": expected ", found.size, " columns, found ",
                              std::min(entry.cols, static_cast<Index>(entry.bytes.size()))));
  if (numbers.size() == saved.size()) throw DataError("saved state: expected columns of a replay buffer, found none");

  ReplayBuffer restored({observation_size(), action_size()}, capacity_);
  restored.storage_.resize(found.size);
  if (found.has_log_probs) restored.storage_.action_log_probs.resize(found.size);
  restored.size_ = found.size;
  restored.next_ = found.next;
  std::ranges::copy(restored.views_in_use(), std::back_inserter(views));
  detail::restore_views(views, saved);
  if (restored.size_ > 0) restored.storage_.validate();
  *this = std::move(restored);
}

}  // namespace holdfast
