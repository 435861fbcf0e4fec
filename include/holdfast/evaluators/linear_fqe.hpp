/// \file
/// Fitted Q evaluation with a Q that is linear in features, in closed form; tabular if the features are one-hot.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/linear_systems.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/linear_features.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/networks/products.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// Settings of LinearFqe.
struct LinearFqeConfig {
  Index samples = 16;  ///< draws of a continuous policy per state; finite action sets are summed over
  /// Factor of the squared coefficients in each regression, where the squared errors are a mean; at least 0.
  double ridge = 0;
  /// True if next observations are known after time-outs too. If they are not, a step that was cut by a time-out is
  /// used for its reward alone.
  bool known_after_timeouts = true;
  std::uint64_t seed = 0;  ///< random seed of the draws

  /// Throws ConfigError if a setting is out of range.
  void validate() const {
    require(samples >= 1, "samples", "at least 1", samples);
    require(ridge >= 0 && std::isfinite(ridge), "ridge", "at least 0 and finite", ridge);
  }
};

/// Fitted Q evaluation with Q(s, a) = w_hᵀ φ(s, a) if h steps are left. w_h is the regression of r + γ (1 − d)
/// E_π[Q_{h−1}(s′, ·)] on φ over all transitions, computed h times from Q = 0. Without a horizon Q is the fixed point
/// of this recursion (LSTDQ: Lagoudakis and Parr, "Least-squares policy iteration", JMLR 2003). Fitted Q evaluation
/// (Le, Voloshin and Yue, "Batch policy learning under constraints", ICML 2019) converges to it, if it converges.
/// Coefficients that the data does not determine are 0.
///
/// With D features it needs memory for a few D×D matrices and, with a horizon, for one D×H matrix. Products with the
/// zeros of one-hot states are skipped.
///
/// A stochastic policy is evaluated as such: E_π is a sum over a finite action set, or a mean over draws of continuous
/// actions. `Features` are LinearFeatures of the dataset's actions: ActionBlocks, AffineActionBlocks,
/// QuadraticFeatures, or others.
template <class Features>
class LinearFqe {
 public:
  /// Fits to transitions as returned by `within_horizon`, in any order. Throws ConfigError if an argument is out of
  /// range. Throws DataError if the policy and the dataset have different sizes or, without a horizon, there is no
  /// fixed point.
  template <class Data, class Policy>
  LinearFqe(const Data& dataset, DeployedPolicy<Policy>& policy, const Estimand& estimand,
            const LinearFqeConfig& config = {})
      : estimand_(estimand), config_((config.validate(), config)) {
    using Actions = std::conditional_t<FiniteActions<typename Data::Actions>, ActionIndices, Matrix<double>>;
    static_assert(check_linear_features<Features, Actions>());
    estimand.validate();
    check_fits(policy, dataset);
    const Index size = Features::size({dataset.observation_size(), dataset.action_size()});
    Matrix<double> gram = Matrix<double>::Zero(size, size);
    Matrix<double> followed = gram;  // from the transitions whose successor is known
    Matrix<double> moves = gram;
    Vector<double> rewards = Vector<double>::Zero(size);
    Generator generator(config_.seed, Stream::fitted_values);
    for_each_chunk(dataset, [&](Index begin, Index count) {
      Matrix<double> taken = features(dataset, begin, count);
      Matrix<double> next = expected(policy, dataset.next_observations, begin, count, size, generator);
      add_sparse_outer(taken, taken, gram);
      rewards.noalias() += taken * dataset.rewards.segment(begin, count).matrix().transpose().template cast<double>();
      for (Index i = 0; i < count; ++i)
        if (dataset.terminals(begin + i))
          next.col(i).setZero();
        else if (!config_.known_after_timeouts && dataset.timeouts(begin + i))
          taken.col(i).setZero();
      if (!config_.known_after_timeouts) add_sparse_outer(taken, taken, followed);
      add_sparse_outer(taken, next, moves);
    });
    const auto regression = [&](const Matrix<double>& products, const auto& targets) {
      Matrix<double> mean = products / static_cast<double>(dataset.size());
      mean.diagonal().array() += config_.ridge;
      return solve_gram<double>(mean, targets / static_cast<double>(dataset.size()));
    };
    solve(regression(config_.known_after_timeouts ? gram : followed, moves), regression(gram, rewards));
  }

  /// Fits to the transitions of episodes.
  template <class Data, class Policy>
  LinearFqe(const Episodes<Data>& episodes, DeployedPolicy<Policy>& policy, const Estimand& estimand,
            const LinearFqeConfig& config = {})
      : LinearFqe(episodes.data, policy, estimand, config) {}

  /// Returns w: D×1, or with a horizon D×H, whose column h − 1 is for h steps left.
  [[nodiscard]] const Matrix<double>& weights() const { return weights_; }

  /// Returns the values of Q along episodes as returned by `within_horizon`. Throws DataError if they have other sizes
  /// than the data that was fitted, or a trajectory is longer than the horizon.
  template <class Data, class Policy>
  [[nodiscard]] ActionValues values(const Episodes<Data>& episodes, DeployedPolicy<Policy>& policy) const {
    const Data& dataset = episodes.data;
    const Trajectories& ranges = episodes.trajectories;
    check_fits(policy, dataset);
    const Index size = Features::size({dataset.observation_size(), dataset.action_size()});
    if (size != weights_.rows())
      throw DataError(
          message("dataset: expected as many features as were fitted, ", weights_.rows(), ", found ", size));
    const Row<Index> left = detail::steps_left(ranges, estimand_);
    ActionValues values{Row<double>(dataset.size()), Row<double>(dataset.size()), Row<double>(ranges.size()),
                        estimand_};
    Generator generator(config_.seed, Stream::fitted_values, 1);
    Row<double> now(dataset.size());
    for_each_chunk(dataset, [&](Index begin, Index count) {
      const Matrix<double> taken = features(dataset, begin, count);
      const Matrix<double> here = expected(policy, dataset.observations, begin, count, size, generator);
      for (Index i = 0; i < count; ++i) {
        values.q(begin + i) = value_of(taken.col(i), left(begin + i));
        now(begin + i) = value_of(here.col(i), left(begin + i));
      }
    });
    values.next.head(dataset.size() - 1) = now.tail(dataset.size() - 1);
    for (Index i = 0; i < ranges.size(); ++i) {
      values.initial(i) = now(ranges[i].begin);
      const Index last = ranges[i].end - 1;
      const bool over = ranges[i].terminal || (!estimand_.infinite() && left(last) == 1);
      values.next(last) =
          over ? 0
               : value_of(expected(policy, dataset.next_observations, last, 1, size, generator).col(0), left(last) - 1);
    }
    return values;
  }

 private:
  template <class Data, class Visit>
  static void for_each_chunk(const Data& dataset, Visit&& visit) {
    for (Index begin = 0; begin < dataset.size(); begin += detail::asked_at_once)
      visit(begin, std::min(detail::asked_at_once, dataset.size() - begin));
  }

  template <class Data>
  [[nodiscard]] static Matrix<double> features(const Data& dataset, Index begin, Index count) {
    const Matrix<double> observations = detail::dense_columns<double>(dataset.observations, begin, count);
    Matrix<double> out =
        Matrix<double>::Zero(Features::size({dataset.observation_size(), dataset.action_size()}), count);
    if constexpr (FiniteActions<typename Data::Actions>)
      Features::features(observations, dataset.actions.middleCols(begin, count), out);
    else
      Features::features(observations, dataset.actions.middleCols(begin, count).template cast<double>(), out);
    return out;
  }

  template <class Policy, class Observations>
  [[nodiscard]] Matrix<double> expected(DeployedPolicy<Policy>& policy, const Observations& all, Index begin,
                                        Index count, Index size, Generator& generator) const {
    Matrix<double> out = Matrix<double>::Zero(size, count);
    const auto& proposal =
        policy.propose(detail::dense_columns<typename Policy::Scalar>(all, begin, count), config_.samples, generator);
    Features::expected(detail::dense_columns<double>(all, begin, count), proposal, out);
    return out;
  }

  void solve(const Matrix<double>& moves, const Vector<double>& rewards) {
    const Index size = rewards.size();
    if (estimand_.infinite()) {
      const Matrix<double> resolvent = Matrix<double>::Identity(size, size) - estimand_.discount * moves;
      weights_ = solve_square<double>(resolvent, rewards);
      const double error = (resolvent * weights_ - rewards).norm();
      if (!weights_.allFinite() || error > 1e-6 * (1 + rewards.norm()))
        throw DataError(
            "linear FQE: there is no fixed point: with discount 1 every episode must end, and with features that are "
            "not one-hot the data may not allow one; give a horizon, a smaller discount, or a ridge");
    } else {
      weights_.resize(size, estimand_.horizon);
      weights_.col(0) = rewards;
      for (Index h = 1; h < estimand_.horizon; ++h)
        weights_.col(h) = rewards + estimand_.discount * (moves * weights_.col(h - 1));
    }
  }

  template <class Column>
  [[nodiscard]] double value_of(const Column& column, Index left) const {
    return column.dot(weights_.col(estimand_.infinite() ? 0 : left - 1));
  }

  Estimand estimand_;
  LinearFqeConfig config_;
  Matrix<double> weights_;
};

}  // namespace holdfast
