/// \file
/// Fitted Q evaluation with a network, for observations that a table or a linear function cannot represent.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/normalization.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/learners/fqe.hpp"
#include "holdfast/training/offline.hpp"

namespace holdfast {

/// Settings of NeuralFqe.
struct NeuralFqeOptions {
  Index steps = 20000;                            ///< number of updates
  Index batch_size = 256;                         ///< transitions per update
  std::vector<Index> hidden = {256, 256};         ///< widths of the hidden layers
  double learning_rate = 3e-4;                    ///< Adam learning rate
  double target_rate = FqeDefaults::target_rate;  ///< rate of the target networks, τ, in (0, 1]
  Index samples = 16;                             ///< draws of a continuous policy per state when values are computed
  std::uint64_t seed = 0;
};

/// Fitted Q evaluation (Fqe) on episodes as returned by `within_horizon`. With a horizon, the remaining share of it is
/// one more feature of the critic's observations, and the last step does not bootstrap. Without a horizon, time-outs
/// bootstrap.
template <class PolicyType>
class NeuralFqe {
 public:
  using Scalar = typename PolicyType::Scalar;
  using Actions = typename PolicyType::Actions;
  using Learner = Fqe<PolicyType>;

  /// Trains the critic. Takes the callbacks of train_offline. Throws ConfigError if an option is out of range,
  /// DataError if the policy and the dataset have different sizes, NonFiniteError if the critic diverges.
  template <class Data, class... Callbacks>
  NeuralFqe(const Episodes<Data>& episodes, const DeployedPolicy<PolicyType>& policy, const Estimand& estimand,
            const NeuralFqeOptions& options, Callbacks&&... callbacks)
      : estimand_((estimand.validate(), estimand)),
        options_(options),
        normalization_((check_fits(policy, episodes.data), fit(episodes.data))),
        policy_(policy, normalization_),
        learner_(make_learner(episodes.data)) {
    require(options.samples >= 1, "samples", "at least 1", options.samples);
    const auto data = with_steps_left(episodes);
    train_offline(learner_, data, {.steps = options.steps, .batch_size = options.batch_size, .seed = options.seed},
                  std::forward<Callbacks>(callbacks)...);
  }

  [[nodiscard]] const Learner& learner() const { return learner_; }

  /// Returns the values of Q along episodes as returned by `within_horizon`, of the same sizes. V is a mean over
  /// `samples` draws, or exact for a finite action set. Throws DataError if a trajectory is longer than the horizon. A
  /// diverged Q gives values that are not finite, which check_values refuses.
  template <class Data>
  [[nodiscard]] ActionValues values(const Episodes<Data>& episodes) const {
    const auto data = with_steps_left(episodes);
    const Trajectories& ranges = episodes.trajectories;
    ActionValues values{Row<double>(data.size()), Row<double>(data.size()), Row<double>(ranges.size()), estimand_};
    Generator generator(options_.seed, Stream::fitted_values, 1);
    typename Learner::CriticsType::Tape tape;
    for (Index begin = 0; begin < data.size(); begin += detail::asked_at_once) {
      const Index count = std::min(detail::asked_at_once, data.size() - begin);
      const Matrix<Scalar> observations = data.observations.middleCols(begin, count);
      const Actions actions = data.actions.middleCols(begin, count);
      values.q.segment(begin, count) = learner_.critics()
                                           .values(Net::online, observations, actions, tape)
                                           .colwise()
                                           .mean()
                                           .array()
                                           .template cast<double>();
      values.next.segment(begin, count) = state_values(data.next_observations.middleCols(begin, count), generator);
    }
    values.next = (data.terminals != 0).select(0.0, values.next);
    Matrix<Scalar> first(data.observation_size(), values.initial.size());
    for (Index i = 0; i < ranges.size(); ++i) first.col(i) = data.observations.col(ranges[i].begin);
    values.initial = state_values(first, generator);
    return values;
  }

 private:
  template <class Data>
  static Normalization<Scalar> fit(const Data& dataset) {
    return Normalization<Scalar>::fit(detail::dense_columns<Scalar>(dataset.observations, 0, dataset.size()));
  }

  template <class Data>
  Learner make_learner(const Data& dataset) const {
    typename Learner::Config config;
    config.discount = estimand_.discount;
    config.target_rate = options_.target_rate;
    config.critics.network.hidden = options_.hidden;
    config.critics.optimizer.learning_rate = options_.learning_rate;
    const Sizes sizes{dataset.observation_size() + (estimand_.infinite() ? 0 : 1), dataset.action_size()};
    Generator initialization(options_.seed, Stream::initialization);
    return Learner(config, policy_, typename Learner::CriticsType(config.critics, sizes, initialization), sizes,
                   options_.seed);
  }

  // Returns the data as the critic sees it: normalized and, with a horizon, with the remaining share of it as the last
  // feature.
  template <class Data>
  Transitions<Scalar, Actions> with_steps_left(const Episodes<Data>& episodes) const {
    auto data = episodes.data.template cast<Scalar>();
    normalization_.normalize(data);
    if (estimand_.infinite()) return data;
    for (auto* observations : {&data.observations, &data.next_observations})
      observations->conservativeResize(observations->rows() + 1, Eigen::NoChange);
    const Row<Index> left = detail::steps_left(episodes.trajectories, estimand_);
    const auto horizon = static_cast<Scalar>(estimand_.horizon);
    data.observations.bottomRows(1) = left.template cast<Scalar>() / horizon;
    data.next_observations.bottomRows(1) = (left - 1).template cast<Scalar>() / horizon;
    data.terminals = (left == 1).select(Flags::Ones(left.size()), data.terminals);
    return data;
  }

  [[nodiscard]] Row<double> state_values(const Matrix<Scalar>& observations, Generator& generator) const {
    typename FixedPolicy<PolicyType>::Tape policy_tape;
    typename Learner::CriticsType::Tape critic_tape;
    Proposal<Scalar, Actions> proposal;
    Row<double> values(observations.cols());
    Row<Scalar> q;
    Row<Scalar> expected;
    for (Index begin = 0; begin < observations.cols(); begin += detail::asked_at_once) {
      const Index count = std::min(detail::asked_at_once, observations.cols() - begin);
      const Matrix<Scalar> some = observations.middleCols(begin, count);
      policy_.propose(some, options_.samples, generator, policy_tape, proposal);
      q = learner_.critics().values(Net::online, some, proposal.actions, critic_tape).colwise().mean().array();
      expect(proposal, q, expected);
      values.segment(begin, count) = expected.template cast<double>();
    }
    return values;
  }

  Estimand estimand_;
  NeuralFqeOptions options_;
  Normalization<Scalar> normalization_;
  FixedPolicy<PolicyType> policy_;
  Learner learner_;
};

}  // namespace holdfast
