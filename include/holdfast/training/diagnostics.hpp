/// \file
/// Probe: measures a learner's predictions at fixed states of its dataset.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <type_traits>
#include <vector>

#include "holdfast/bellman/backup.hpp"
#include "holdfast/bellman/net.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/normalization.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/proposal.hpp"
#include "holdfast/training/explosion.hpp"
#include "holdfast/training/neighbors.hpp"
#include "holdfast/training/value_estimates.hpp"

namespace holdfast {

namespace detail {

/// Returns whether a part of the learner lowers values on purpose, below what any policy earns. A part says so by
/// `lowers_values() const` of its configuration; a critic penalty without it does.
template <class Learner>
[[nodiscard]] bool lowers_values(const Learner& learner) {
  const auto says = [](const auto& part, bool otherwise) {
    if constexpr (requires { part.lowers_values(); })
      return part.lowers_values();
    else
      return otherwise;
  };
  constexpr bool penalized = !std::is_same_v<typename Learner::PenaltyType, NoPenalty>;
  if constexpr (requires { learner.config().penalty; }) {
    const auto& config = learner.config();
    return says(config.value, false) || says(config.improvement, false) || says(config.penalty, penalized);
  } else {
    return penalized;
  }
}

}  // namespace detail

/// One measurement by a Probe. Q is the minimum over critics; its mean and maximum are over the probe's states. All Q
/// are 0 for a learner without critics.
struct Diagnostics {
  double q_data_mean = 0;  ///< Q(s, a) of the dataset's actions
  double q_data_max = 0;
  double q_policy_mean = 0;  ///< Q(s, a ~ π); for finite actions its expectation
  double q_policy_max = 0;
  double bellman_error = 0;    ///< E[(Q_i(s, a) − y)²], mean over critics; y as the next update would compute it
  double action_distance = 0;  ///< mean distance from a ~ π to the nearest of the data's actions at nearby states
  double action_error = 0;     ///< mean distance from a ~ π to the data's action at the same state
  double entropy = 0;          ///< −E[log π], nats
  double temperature = 0;
  PredictedValues predicted;  ///< input of an ExplosionDetector
};

/// A fixed sample of a dataset, with the actions that the data took at nearby states.
///
/// The nearby states of a transition are those of the `neighbors` nearest other transitions, by standardized
/// observations. The distance between actions is Euclidean. For finite actions it is 1 between different actions: the
/// mean distance is then the probability of actions that were not taken at any nearby state.
template <class Scalar, class Actions = Matrix<Scalar>>
class Probe {
 public:
  /// Draws `states` transitions. Throws ConfigError if an argument is out of range. Throws DataError if the dataset is
  /// not valid or does not have more than `neighbors` transitions.
  Probe(const Transitions<Scalar, Actions>& dataset, double discount, Index states = 256, Index neighbors = 10,
        std::uint64_t seed = 0)
      : generator_(seed, Stream::probe, 1) {
    require(discount >= 0 && discount <= 1, "discount", "in [0, 1]", discount);
    require(states >= 1, "states of a Probe", "at least 1", states);
    require(neighbors >= 1, "neighbors of a Probe", "at least 1", neighbors);
    dataset.validate();
    if (dataset.size() <= neighbors)
      throw DataError(message("dataset: expected more than ", neighbors,
                              " transitions to measure the distance of "
                              "actions by, found ",
                              dataset.size()));
    Generator draw(seed, Stream::probe);
    std::vector<Index> chosen(static_cast<std::size_t>(states));
    for (Index& index : chosen) index = draw.index(dataset.size());
    dataset.gather(chosen, discount, batch_);
    action_size_ = dataset.action_size();
    const auto nearest =
        nearest_others(dataset.observations, Normalization<Scalar>::fit(dataset.observations), chosen, neighbors);
    detail::copy_columns(dataset.actions, nearest, neighbor_actions_);
    largest_reward_ = static_cast<double>(dataset.rewards.abs().maxCoeff());
    data_distance_ = mean_distance(batch_.actions, Row<Scalar>::Ones(batch_.size()), neighbor_actions_);
  }

  /// Returns the sampled transitions.
  [[nodiscard]] const Batch<Scalar, Actions>& batch() const { return batch_; }
  /// Returns the mean distance of the data's own actions from the nearest ones at nearby states, for comparison with
  /// `Diagnostics::action_distance`.
  [[nodiscard]] double data_distance() const { return data_distance_; }

  /// Measures `learner`, an ActorCritic. The random draws are the same in every call. π is the learner's policy, which
  /// its critics value and its updates move; for BEAR and BRAC this is not the best of its draws, by which they act.
  /// For finite actions π is the policy that acts, because the policy of DQN and similar learners does not learn.
  template <class Learner>
  [[nodiscard]] Diagnostics measure(const Learner& learner) const {
    if constexpr (FiniteActions<Actions>)
      return measure(learner, learner.acting());
    else
      return measure(learner, learner.policy());
  }

 private:
  template <class Learner, class Policy>
  [[nodiscard]] Diagnostics measure(const Learner& learner, const Policy& policy) const {
    typename Policy::Tape policy_tape;
    Proposal<Scalar, Actions> proposal;
    Generator generator = generator_;
    Row<Scalar> log_probs;
    policy.propose(batch_.observations, 1, generator, policy_tape, proposal);
    Diagnostics result;
    result.action_distance = mean_distance(proposal.actions, proposal.weights, neighbor_actions_);
    result.action_error = mean_distance(proposal.actions, proposal.weights, batch_.actions);
    expect(proposal, finite_log_probs(proposal), log_probs);
    result.entropy = 0 - static_cast<double>(log_probs.mean());  // never −0
    result.temperature = static_cast<double>(learner.temperature());
    if (learner.critics().size() > 0) measure_critics(learner, generator, proposal, result);
    return result;
  }

  // `proposal` holds the policy's actions at the batch's observations.
  template <class Learner>
  void measure_critics(const Learner& learner, Generator& generator, const Proposal<Scalar, Actions>& proposal,
                       Diagnostics& result) const {
    typename Learner::CriticsType::Tape tape;
    Row<Scalar> each;
    Row<Scalar> q;
    const Matrix<Scalar> data_q = learner.critics().values(Net::online, batch_.observations, batch_.actions, tape);
    const auto data_value = static_cast<double>(data_q.mean());
    minimum(data_q, q);
    result.q_data_mean = static_cast<double>(q.mean());
    result.q_data_max = static_cast<double>(q.maxCoeff());
    minimum(learner.critics().values(Net::online, batch_.observations, proposal.actions, tape), each);
    expect(proposal, each, q);
    result.q_policy_mean = static_cast<double>(q.mean());
    result.q_policy_max = static_cast<double>(q.maxCoeff());

    result.predicted = {
        .policy_value = result.q_policy_mean, .reward = largest_reward_, .lowered = detail::lowers_values(learner)};
    // Every critic is fitted to the target, so that the target is compared with their mean. Their minimum lies below
    // its own backup by as much as the critics disagree.
    const double temperature = Learner::ValueRuleType::needs_temperature ? result.temperature : 0;
    detail::backed_up_values(learner, batch_, Side::next, generator, q);
    const Row<Scalar> target = backup(batch_.rewards, batch_.continuation, q);
    result.bellman_error = static_cast<double>((data_q.array().rowwise() - target).square().mean());
    const auto continuation = static_cast<double>(batch_.continuation.mean());
    result.predicted.implied_value = implied_value(data_value, static_cast<double>(target.mean()), continuation);
    // The uniform distribution has the largest entropy: A ln 2 for actions in [−1, 1]^A, ln A for finite ones. An
    // unbounded policy may have more.
    const auto size = static_cast<double>(action_size_);
    const double of_uniform = FiniteActions<Actions> ? std::log(size) : size * std::numbers::ln2;
    const double most_entropy = std::max(of_uniform, result.entropy);
    if (temperature > 0)
      result.predicted.entropy_bonus = continuation * temperature * most_entropy / (1 - continuation);
  }

  // Returns the log-probabilities, with 0 in place of −∞ for actions of probability 0.
  static Row<Scalar> finite_log_probs(const Proposal<Scalar, Actions>& proposal) {
    return (proposal.weights > 0).select(proposal.log_probs, Scalar{0});
  }

  // Returns the mean distance over the states between weighted actions, as many for each, and the nearest of the
  // states' `others`, as many for each too.
  [[nodiscard]] double mean_distance(const Actions& actions, const Row<Scalar>& weights, const Actions& others) const {
    const Index per_state = actions.cols() / batch_.size();
    const Index others_per_state = others.cols() / batch_.size();
    double total = 0;
    for (Index i = 0; i < actions.cols(); ++i) {
      const auto nearby = others.middleCols(i / per_state * others_per_state, others_per_state);
      total += static_cast<double>(weights(i)) * distance(actions, i, nearby);
    }
    return total / static_cast<double>(batch_.size());
  }

  template <class Others>
  [[nodiscard]] static double distance(const Actions& actions, Index i, const Others& others) {
    if constexpr (FiniteActions<Actions>)
      return (others.array() == actions(i)).any() ? 0 : 1;
    else
      return static_cast<double>((others.colwise() - actions.col(i)).colwise().norm().minCoeff());
  }

  Generator generator_;
  Batch<Scalar, Actions> batch_;
  Actions neighbor_actions_;  // A×(states · neighbors)
  Index action_size_ = 0;
  double data_distance_ = 0;
  double largest_reward_ = 0;  // absolute value
};

}  // namespace holdfast
