/// \file
/// state_values and critic_values: what a learner believes that states and actions are worth.
#pragma once

#include <cstdint>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"

namespace holdfast {

namespace detail {

/// Sets `values` (1×B) to the V of one side of a batch, by the online critics and less what the improvement subtracts,
/// as in the learner's backup. Computing them changes the parts as in an update, so that copies are used.
template <class Learner>
void backed_up_values(const Learner& learner, const typename Learner::BatchType& batch, Side side, Generator& generator,
                      Row<typename Learner::Scalar>& values) {
  auto value = learner.value();
  auto critics = learner.critics();
  Context<typename Learner::PolicyType, typename Learner::CriticsType> context{
      batch, learner.policy(), critics, generator, learner.temperature(), learner.step()};
  value.values(context, side, Net::online, values);
  if (side == Side::current) return;  // the improvement's price is that of the next state
  auto improvement = learner.improvement();
  improvement.penalize_value(context, values);
}

/// Throws DataError unless the learner has critics.
template <class Learner>
void require_values(const Learner& learner) {
  if (learner.critics().size() == 0)
    throw DataError("values of a learner: expected one with critics, found one without, such as behavior cloning");
}

}  // namespace detail

/// Returns V(s) of states, 1×B, for observations O×B: the value rule's, by the online critics. Where the rule draws
/// actions of the policy, the draws are those of `seed`. Throws DataError if the learner has no critics.
template <class Learner>
[[nodiscard]] Row<typename Learner::Scalar> state_values(const Learner& learner,
                                                         const Matrix<typename Learner::Scalar>& observations,
                                                         std::uint64_t seed = 0) {
  detail::require_values(learner);
  typename Learner::BatchType batch;
  batch.observations = observations;
  Generator generator(seed, Stream::evaluation);
  Row<typename Learner::Scalar> values;
  detail::backed_up_values(learner, batch, Side::current, generator, values);
  return values;
}

/// Returns the online critics' values of actions, E×KB, for observations O×B and K actions of each (A×KB, or 1×KB
/// numbers of finite ones): column b·K + k belongs to state b. Throws DataError if the learner has no critics, or if an
/// action is not in the finite set.
template <class Learner>
[[nodiscard]] Matrix<typename Learner::Scalar> critic_values(const Learner& learner,
                                                             const Matrix<typename Learner::Scalar>& observations,
                                                             const typename Learner::PolicyType::Actions& actions) {
  detail::require_values(learner);
  if constexpr (FiniteActions<typename Learner::PolicyType::Actions>)
    detail::check_numbers("actions", actions, learner.policy().action_size());
  typename Learner::CriticsType::Tape tape;
  return learner.critics().values(Net::online, observations, actions, tape);
}

}  // namespace holdfast
