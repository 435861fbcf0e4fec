/// \file
/// Marginalized importance sampling: one ratio per step and the frequencies of states, instead of products of ratios.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <functional>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/linear_systems.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/one_hot.hpp"
#include "holdfast/data/trajectories.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/evaluators/evaluation_log.hpp"
#include "holdfast/evaluators/log_ratios.hpp"
#include "holdfast/networks/products.hpp"

namespace holdfast {

/// Marginalized importance sampling, Ĵ = Σ_t γ^t E_b[w_t(s) ρ r]. Here w_t(s) = φ(s)ᵀ α_t is the ratio of the evaluated
/// policy's state frequencies at time t to those of the data. It is computed from step to step with the transitions of
/// the data, weighted by ρ:
///
///     μ_0 = mean φ(s_0),   μ_{t+1} = E_b[ρ (1 − d) φ(s′) φ(s)ᵀ] α_t,   α_t = E_b[φ φᵀ]⁺ μ_t.
///
/// Over one-hot states it is the estimator of Xie, Ma and Wang ("Towards optimal off-policy evaluation for
/// reinforcement learning with marginalized importance sampling", NeurIPS 2019), with counts pooled over time. Over
/// other observations it is its linear form with φ(s) = (s, 1), which is exact if V is linear in these features.
/// Without a horizon this is the linear case of Uehara, Huang and Jiang ("Minimax weight and Q-function learning for
/// off-policy evaluation", ICML 2020). The process must be Markov in the observation and must not depend on time; if it
/// does, time has to be a part of the observation. With D features it needs memory for a few D×D matrices and, with a
/// horizon, for one D×H matrix.
template <class Real>
class MarginalizedEvaluatorOf {
  static_assert(std::same_as<Real, double>, "holdfast: a MarginalizedEvaluator computes in double");

 public:
  /// The rows of `dataset` must be those that the log was made from, and its next observations must be known after
  /// time-outs too. `renormalize`, for one-hot observations, makes the probabilities of all states, ended ones
  /// included, sum to 1 at each time. Without a horizon it does this for the successors of each state, by weighting
  /// E_b[φ φᵀ] with ρ as well.
  ///
  /// Throws DataError if `dataset` and the log have different sizes, if `renormalize` is set and the observations are
  /// not one-hot, or if, without a horizon, the sum over time diverges because the sample mean of the weights exceeds
  /// 1/γ.
  template <class Scalar, class Actions, class Observations>
  MarginalizedEvaluatorOf(const Transitions<Scalar, Actions, Observations>& dataset, const EvaluationLog& log,
                          bool renormalize = false)
      : discount_(log.estimand.discount) {
    log.validate();
    if (dataset.size() != log.steps())
      throw DataError(
          message("expected a dataset of ", log.steps(), " transitions, as the log has steps, found ", dataset.size()));
    constant_ = !is_one_hot(dataset.observations);
    if (renormalize && constant_)
      throw DataError(
          "observations: expected one-hot states, whose chances sum to 1, found others; do not renormalize");
    weighs_all_ = renormalize && log.estimand.infinite();
    evaluate([&](const Visit& visit) { each_chunk(dataset, log, visit); }, log, renormalize);
  }

  [[nodiscard]] double value() const { return value_; }
  /// Returns the weight of each step's reward, 1×N: Σ_t γ^t w_t(s) ρ. The estimate is the mean of weight times reward.
  /// Linear ratios may be negative.
  [[nodiscard]] const Row<Real>& weights() const { return step_weights_; }
  /// Returns the estimate plus each trajectory's influence on it, 1×n. Their standard deviation over √n is the standard
  /// error of the estimate, to first order.
  [[nodiscard]] const Row<Real>& samples() const { return samples_; }
  /// Returns the estimate under the given resampling counts, to first order: computed from the samples.
  [[nodiscard]] double resampled(const Row<Real>& counts) const {
    return (counts * samples_).sum() / static_cast<double>(samples_.size());
  }

 private:
  // Features of some rows as dense matrices. Chunks are small, so that memory does not grow with the data.
  struct Chunk {
    Index begin = 0;
    Matrix<Real> now;
    Matrix<Real> next;
    Row<Real> ratios;
    Row<Real> going_on;  // 1 − d
    Row<Real> rewards;
  };
  using Visit = std::function<void(const Chunk&)>;
  using Chunks = std::function<void(const Visit&)>;  // calls its argument with one chunk after another

  template <class Data>
  void each_chunk(const Data& dataset, const EvaluationLog& log, const Visit& visit) const {
    constexpr Index most = 1024;
    Chunk chunk;
    for (chunk.begin = 0; chunk.begin < dataset.size(); chunk.begin += most) {
      const Index count = std::min(most, dataset.size() - chunk.begin);
      const auto features = [&](const auto& observations) {
        Matrix<Real> columns = detail::dense_columns<Real>(observations, chunk.begin, count);
        if (constant_) columns = detail::with_constant(std::move(columns));
        return columns;
      };
      chunk.now = features(dataset.observations);
      chunk.next = features(dataset.next_observations);
      chunk.ratios = log.ratios(chunk.begin, count);
      chunk.going_on = (dataset.terminals.segment(chunk.begin, count) == 0).template cast<double>();
      chunk.rewards = log.rewards.segment(chunk.begin, count);
      visit(chunk);
    }
  }

  // Calls visit(i, φ(s_0^i)) for the trajectories that begin in a chunk; `next` is the first that begins no earlier.
  template <class Each>
  static void each_beginning(const Chunk& chunk, const EvaluationLog& log, Index& next, Each&& visit) {
    const Index end = chunk.begin + chunk.ratios.size();
    for (; next < log.size() && log.trajectories[next].begin < end; ++next)
      visit(next, chunk.now.col(log.trajectories[next].begin - chunk.begin));
  }

  void evaluate(const Chunks& chunks, const EvaluationLog& log, bool renormalize) {
    average(chunks, log);
    if (log.estimand.infinite())
      solve();
    else
      iterate(log.estimand.horizon, renormalize);
    spread(chunks, log);
  }

  // Computes the averages over the data that the recursion needs.
  void average(const Chunks& chunks, const EvaluationLog& log) {
    Matrix<Real> gram;
    Matrix<Real> moves;
    Index trajectory = 0;
    chunks([&](const Chunk& chunk) {
      const Index size = chunk.now.rows();
      if (chunk.begin == 0) {
        gram.setZero(size, size);
        moves.setZero(size, size);
        rewards_.setZero(size);
        ends_.setZero(size);
        initial_.setZero(size);
      }
      const Matrix<Real> counted = weighs_all_ ? Matrix<Real>(chunk.now.array().rowwise() * chunk.ratios) : chunk.now;
      add_sparse_outer(counted, chunk.now, gram);
      const Matrix<Real> weighted = (chunk.next.array().rowwise() * (chunk.ratios * chunk.going_on)).matrix();
      add_sparse_outer(weighted, chunk.now, moves);
      rewards_.noalias() += chunk.now * (chunk.ratios * chunk.rewards).matrix().transpose();
      ends_.noalias() += chunk.now * (chunk.ratios * (1 - chunk.going_on)).matrix().transpose();
      each_beginning(chunk, log, trajectory, [&](Index, const auto& first) { initial_ += first; });
    });
    const auto steps = static_cast<double>(log.steps());
    inverse_ = solve_gram<Real>(gram / steps, Matrix<Real>::Identity(gram.rows(), gram.cols()));
    moves_ = moves / steps;
    rewards_ /= steps;
    ends_ /= steps;
    initial_ /= static_cast<double>(log.size());
  }

  // Returns whether the powers of a matrix vanish, so that their sum exists. Computed by repeated squaring.
  [[nodiscard]] static bool contracts(Matrix<Real> power) {
    for (int doubling = 0; doubling < 40; ++doubling) {
      const double size = power.norm();
      if (!std::isfinite(size) || size > 1e12) return false;
      if (size < 0.5) return true;
      power = (power * power).eval();
    }
    return false;
  }

  void solve() {
    const Index features = initial_.size();
    const Matrix<Real> steps = discount_ * moves_ * inverse_;
    if (!contracts(steps))
      throw DataError(
          "marginalized importance sampling: the visits have no sum: in this sample the weights carry more on than the "
          "discount takes away; ask for a horizon, a smaller discount, or record more");
    const Matrix<Real> resolvent = Matrix<Real>::Identity(features, features) - steps;
    weights_ = inverse_ * solve_square<Real>(resolvent, initial_);
    first_value_ = solve_square<Real>(resolvent.transpose(), inverse_ * rewards_);
    value_ = rewards_.dot(weights_);
    next_values_ = weights_ * first_value_.transpose();
    values_ = next_values_;
    ended_values_.setZero(features);
  }

  void iterate(Index horizon, bool renormalize) {
    const Index features = initial_.size();
    Matrix<Real> visits(features, horizon + 1);  // at each time
    Row<Real> ended = Row<Real>::Zero(horizon + 1);
    // Sums of all probabilities before they were renormalized.
    Row<Real> totals = Row<Real>::Ones(horizon);
    visits.col(0) = initial_;
    for (Index t = 0; t < horizon; ++t) {
      const Vector<Real> weights = inverse_ * visits.col(t);
      visits.col(t + 1) = moves_ * weights;
      ended(t + 1) = ended(t) + ends_.dot(weights);
      if (!renormalize) continue;
      if (const double total = visits.col(t + 1).sum() + ended(t + 1); total > 0) totals(t) = total;
      visits.col(t + 1) /= totals(t);
      ended(t + 1) /= totals(t);
    }

    weights_.setZero(features);
    next_values_.setZero(features, features);
    values_.setZero(features, features);
    ended_values_.setZero(features);
    Vector<Real> left = Vector<Real>::Zero(features);  // θ of V(s′), with the steps left at time t + 1
    double ended_value = 0;                            // value of having ended; 0 unless renormalization changes it
    value_ = 0;
    for (Index t = horizon - 1; t >= 0; --t) {
      const Vector<Real> weights = inverse_ * visits.col(t);
      const double discount = std::pow(discount_, static_cast<double>(t));
      if (renormalize) {
        const double mean = left.dot(visits.col(t + 1)) + ended_value * ended(t + 1);
        left = (left.array() - mean) / totals(t);
        ended_value = (ended_value - mean) / totals(t);
      }
      value_ += discount * rewards_.dot(weights);
      weights_ += discount * weights;
      next_values_ += discount * weights * left.transpose();
      ended_values_ += discount * ended_value * weights;
      left = inverse_ * (rewards_ + discount_ * (moves_.transpose() * left + ended_value * ends_));
      ended_value *= discount_;
      values_ += discount * weights * left.transpose();
    }
    first_value_ = left;
  }

  // Computes the step weights and the samples. The estimate solves E_b[w (ρ (r + γ V(s′)) − V(s))] = 0; each
  // trajectory's contribution to that mean is its influence.
  void spread(const Chunks& chunks, const EvaluationLog& log) {
    const double mean = first_value_.dot(initial_);
    Row<Real> influences(log.steps());
    step_weights_.resize(log.steps());
    samples_.resize(log.size());
    Index trajectory = 0;
    chunks([&](const Chunk& chunk) {
      const auto sum_of = [](const Matrix<Real>& a, const Matrix<Real>& b) {
        return Row<Real>(a.cwiseProduct(b).colwise().sum().array());
      };
      const Row<Real> visits = (weights_.transpose() * chunk.now).array();
      step_weights_.segment(chunk.begin, chunk.ratios.size()) = chunk.ratios * visits;
      const Row<Real> next = discount_ * (chunk.going_on * sum_of(chunk.now, next_values_ * chunk.next) +
                                          (1 - chunk.going_on) * (ended_values_.transpose() * chunk.now).array());
      influences.segment(chunk.begin, chunk.ratios.size()) =
          chunk.ratios * (chunk.rewards * visits + next) -
          (weighs_all_ ? chunk.ratios : Row<Real>::Ones(chunk.ratios.size()).eval()) *
              sum_of(chunk.now, values_ * chunk.now);
      each_beginning(chunk, log, trajectory,
                     [&](Index i, const auto& first) { samples_(i) = value_ + first.dot(first_value_) - mean; });
    });
    const double scale = static_cast<double>(log.size()) / static_cast<double>(log.steps());
    for (Index i = 0; i < log.size(); ++i) {
      const TrajectoryRange& range = log.trajectories[i];
      samples_(i) += scale * influences.segment(range.begin, range.size()).sum();
    }
  }

  double discount_;
  bool constant_ = false;      // true if φ ends with a 1
  bool weighs_all_ = false;    // true if E_b[φ φᵀ] is weighted with ρ
  Matrix<Real> inverse_;       // E_b[φ φᵀ]⁺
  Matrix<Real> moves_;         // E_b[ρ (1 − d) φ(s′) φ(s)ᵀ]
  Vector<Real> rewards_;       // E_b[ρ r φ]
  Vector<Real> ends_;          // E_b[ρ d φ]
  Vector<Real> initial_;       // μ_0
  Vector<Real> weights_;       // Σ_t γ^t α_t
  Matrix<Real> next_values_;   // Σ_t γ^t α_t θᵀ, V(s′) = φᵀ θ with the steps then left
  Vector<Real> ended_values_;  // the same for the value of having ended
  Matrix<Real> values_;        // the same for V(s)
  Vector<Real> first_value_;   // θ of V(s_0)
  double value_ = 0;
  Row<Real> step_weights_;
  Row<Real> samples_;
};

using MarginalizedEvaluator = MarginalizedEvaluatorOf<double>;

#ifdef HOLDFAST_EXTERN
extern template class MarginalizedEvaluatorOf<double>;
#endif

}  // namespace holdfast
