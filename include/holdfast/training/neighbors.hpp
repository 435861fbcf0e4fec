/// \file
/// nearest_others: finds the observations of a dataset that are nearest to some of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/normalization.hpp"

namespace holdfast {

namespace detail {

/// Keeps the `count` nearest of the columns that it is offered. Of columns at the same distance the first is nearer.
/// Distances that are not a number count as infinite.
template <class Scalar>
class NearestColumns {
 public:
  explicit NearestColumns(Index count) : count_(static_cast<std::size_t>(count)) {}

  /// Returns the largest distance at which a column may still be among the nearest.
  [[nodiscard]] Scalar farthest() const {
    return heap_.size() < count_ ? std::numeric_limits<Scalar>::infinity() : heap_.front().first;
  }

  void offer(Scalar distance, Index column) {
    const std::pair offered(std::isnan(distance) ? std::numeric_limits<Scalar>::infinity() : distance, column);
    if (heap_.size() == count_) {
      if (!(offered < heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    heap_.push_back(offered);
    std::push_heap(heap_.begin(), heap_.end());
  }

  /// Appends the columns to `out`, the nearest first.
  void append_to(std::vector<Index>& out) {
    std::sort_heap(heap_.begin(), heap_.end());
    for (const auto& [distance, column] : heap_) out.push_back(column);
  }

 private:
  std::size_t count_;
  std::vector<std::pair<Scalar, Index>> heap_;  // the farthest in front
};

/// Scans the columns of a matrix for those nearest to each of a few targets. The columns pass once, a group at a time:
/// all targets are compared with a group while it is in the cache. The distances from a target to a group's columns are
/// summed side by side. Their rounding differs from that of `distance`, which decides: the sums only tell, with a
/// margin for rounding, which columns cannot be among the nearest.
template <class Scalar>
class NeighborScan {
 public:
  /// The number of columns in a group: as many as fill four of the processor's registers.
  static constexpr Index together =
      4 * std::max<Index>(16, EIGEN_MAX_STATIC_ALIGN_BYTES) / static_cast<Index>(sizeof(Scalar));

  /// Prepares a search for the `count` columns nearest to each of `targets` (O×Q).
  NeighborScan(const Matrix<Scalar>& targets, Index count)
      : targets_(targets),
        nearest_(static_cast<std::size_t>(targets.cols()), NearestColumns<Scalar>(count)),
        limits_(static_cast<std::size_t>(targets.cols()), std::numeric_limits<Scalar>::infinity()),
        group_(together, targets.rows()) {}

  /// Visits up to `together` columns (O×n), numbered from `first` on, after all columns with lower numbers. Target i
  /// does not see the column `left_out[i]`.
  void visit(const Matrix<Scalar>& columns, Index first, const std::vector<Index>& left_out) {
    group_.topRows(columns.cols()) = columns.transpose().array();
    group_.bottomRows(together - columns.cols()).setConstant(std::numeric_limits<Scalar>::infinity());
    for (std::size_t i = 0; i < nearest_.size(); ++i) {
      const auto target = targets_.col(static_cast<Index>(i));
      Sums sums;
      if (!may_be_near(target, limits_[i], sums)) continue;
      for (Index column = 0; column < columns.cols(); ++column)
        if (!(sums(column) > limits_[i]) && first + column != left_out[i]) {
          nearest_[i].offer(distance(columns.col(column), target), first + column);
          limits_[i] = limit(nearest_[i].farthest());
        }
    }
  }

  /// Returns the nearest columns of each target, the nearest first, one target after the other.
  [[nodiscard]] std::vector<Index> nearest() && {
    std::vector<Index> all;
    for (NearestColumns<Scalar>& each : nearest_) each.append_to(all);
    return all;
  }

 private:
  using Sums = Eigen::Array<Scalar, together, 1>;
  using Column = Eigen::Ref<const Vector<Scalar>>;

  // Sums the squared differences of the target from each column of the group. Returns false, perhaps with incomplete
  // sums, if all are above `limit`.
  bool may_be_near(const Column& target, Scalar limit, Sums& sums) const {
    constexpr Index between_checks = 32;
    sums.setZero();
    for (Index feature = 0; feature < target.size();) {
      const Index end = std::min(target.size(), feature + between_checks);
      for (; feature < end; ++feature) sums += (group_.col(feature) - target(feature)).square();
      if ((sums - limit).min(Scalar{0}).sum() == 0) return false;  // unlike minCoeff, vectorized throughout
    }
    return true;
  }

  // Returns the squared distance of two columns.
  static Scalar distance(const Column& one, const Column& other) {
    Scalar sum = 0;
    for (Index feature = 0; feature < one.size(); ++feature) {
      const Scalar difference = one(feature) - other(feature);
      const Scalar square = difference * difference;
      sum += square;
    }
    return sum;
  }

  // Returns above which sum a column cannot be among the nearest: its number is higher than theirs, so that it would
  // have to be nearer than the farthest of them. At a distance of 0 it cannot.
  [[nodiscard]] Scalar limit(Scalar farthest) const {
    using Limits = std::numeric_limits<Scalar>;
    if (farthest == 0) return -1;
    return farthest * (1 + 4 * static_cast<Scalar>(targets_.rows() + 2) * Limits::epsilon()) + Limits::min();
  }

  const Matrix<Scalar>& targets_;
  std::vector<NearestColumns<Scalar>> nearest_;
  std::vector<Scalar> limits_;                            // of the sums, for each target
  Eigen::Array<Scalar, together, Eigen::Dynamic> group_;  // of O columns: a feature of all is contiguous
};

}  // namespace detail

/// Returns the `count` nearest other columns of each of the `chosen` columns of `observations` (O×N), by the Euclidean
/// distance of the observations normalized by `normalization`: those of the first chosen one, the nearest first, then
/// those of the second, and so on. Of columns at the same distance the first is nearer. If `count`, which is at least
/// 1, is N or more, they are all N − 1 other columns.
template <class Scalar>
[[nodiscard]] std::vector<Index> nearest_others(const Matrix<Scalar>& observations,
                                                const Normalization<Scalar>& normalization,
                                                const std::vector<Index>& chosen, Index count) {
  Matrix<Scalar> targets;
  detail::copy_columns(observations, chosen, targets);
  normalization.apply(targets);
  detail::NeighborScan<Scalar> scan(targets, count);
  Matrix<Scalar> columns;
  for (Index first = 0; first < observations.cols(); first += columns.cols()) {
    columns = observations.middleCols(first, std::min(scan.together, observations.cols() - first));
    normalization.apply(columns);
    scan.visit(columns, first, chosen);
  }
  return std::move(scan).nearest();
}

#ifdef HOLDFAST_EXTERN
extern template std::vector<Index> nearest_others<float>(const Matrix<float>&, const Normalization<float>&,
                                                         const std::vector<Index>&, Index);
#endif

}  // namespace holdfast
