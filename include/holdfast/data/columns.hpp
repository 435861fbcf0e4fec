/// \file
/// Copies, checks and compares the columns of a dataset, dense or sparse. Each transition has one entry in each column.
#pragma once

#include <Eigen/SparseCore>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// A sparse matrix, features × batch, column-major: one sparse column per sample.
template <class Scalar>
using SparseMatrix = Eigen::SparseMatrix<Scalar>;

/// A sparse type of observations.
template <class Observations>
concept SparseObservations = std::derived_from<Observations, Eigen::SparseMatrixBase<Observations>>;

/// The kinds of columns of a dataset, by the entry that each transition has.
enum class ColumnKind {
  observation,  ///< O numbers
  action,       ///< A numbers, or the number of one action of a finite action set
  number,       ///< one number
  flag          ///< 0 or 1
};

/// Describes one column of a dataset: its name and the members that hold it, in a dataset and (if a batch has it) in a
/// batch.
template <ColumnKind kind_of, class Stored, class Gathered>
struct Column {
  static constexpr ColumnKind kind = kind_of;
  static constexpr bool is_gathered = !std::same_as<Gathered, std::nullptr_t>;

  const char* name = nullptr;   ///< in error messages
  const char* path = nullptr;   ///< in files; null if it is not written
  Stored stored = nullptr;      ///< the member of the dataset
  Gathered gathered = nullptr;  ///< the member of the batch that it is copied to
  bool is_optional = false;     ///< may be empty, which means that the dataset does not have it
  bool is_inferred = false;     ///< every dataset has it, but not every file

  /// Returns the column marked as optional. `in_files` is its path in files, null if it is not written.
  [[nodiscard]] constexpr Column optional(const char* in_files = nullptr) const {
    return {name, in_files, stored, gathered, true, false};
  }

  /// Returns the column marked as inferred if a file does not have it.
  [[nodiscard]] constexpr Column inferred() const { return {name, path, stored, gathered, false, true}; }
};

/// Returns a column that every dataset has. Its path in files is its name.
template <ColumnKind kind, class Stored, class Gathered = std::nullptr_t>
[[nodiscard]] constexpr Column<kind, Stored, Gathered> column(const char* name, Stored stored,
                                                              Gathered gathered = nullptr) {
  return {name, name, stored, gathered};
}

namespace detail {

/// Asks the processor for a column of a matrix that is read soon.
template <class Dense>
void fetch_column(const Dense& source, Index column) {
  constexpr Index line = 64 / static_cast<Index>(sizeof(typename Dense::Scalar));  // numbers in a cache line
  const auto* const begin = source.data() + column * source.rows();
  for (Index row = 0; row < source.rows(); row += line) __builtin_prefetch(begin + row);
  __builtin_prefetch(begin + source.rows() - 1);
}

/// Copies the columns with the given indices, in the given order. Allocates only if the size of `out` changes. The
/// threads share the work if `source` is too large for the cache, so that each column is waited for.
template <class Dense>
void copy_columns(const Dense& source, std::span<const Index> indices, Dense& out) {
  constexpr std::size_t ahead = 16;  // columns on their way from memory at the same time
  constexpr std::size_t together = 64;
  constexpr Index fits_the_cache = Index{1} << 20;  // numbers
  out.resize(source.rows(), static_cast<Index>(indices.size()));
  const auto blocks = static_cast<Index>((indices.size() + together - 1) / together);
  parallel_for(blocks, source.size() > fits_the_cache ? worth_a_thread : 0, [&](Index block) {
    const std::size_t begin = static_cast<std::size_t>(block) * together;
    const std::size_t end = std::min(indices.size(), begin + together);
    for (std::size_t i = begin; i < end; ++i) {
      if (i + ahead < end) fetch_column(source, indices[i + ahead]);
      out.col(static_cast<Index>(i)) = source.col(indices[i]);
    }
  });
}

/// Copies sparse columns into a dense matrix.
template <class Scalar>
void copy_columns(const SparseMatrix<Scalar>& source, std::span<const Index> indices, Matrix<Scalar>& out) {
  out.setZero(source.rows(), static_cast<Index>(indices.size()));
  for (Index column = 0; column < out.cols(); ++column)
    for (typename SparseMatrix<Scalar>::InnerIterator entry(source, indices[static_cast<std::size_t>(column)]); entry;
         ++entry)
      out(entry.index(), column) = entry.value();
}

/// Copies sparse columns into a sparse matrix. Allocates.
template <class Scalar>
void copy_columns(const SparseMatrix<Scalar>& source, std::span<const Index> indices, SparseMatrix<Scalar>& out) {
  out.resize(source.rows(), static_cast<Index>(indices.size()));
  for (Index column = 0; column < out.cols(); ++column) {
    out.startVec(column);
    for (typename SparseMatrix<Scalar>::InnerIterator entry(source, indices[static_cast<std::size_t>(column)]); entry;
         ++entry)
      out.insertBack(entry.index(), column) = entry.value();
  }
  out.finalize();
}

/// Returns the columns [begin, begin + count) as a dense matrix of Scalar.
template <class Scalar, class Columns>
[[nodiscard]] Matrix<Scalar> dense_columns(const Columns& all, Index begin, Index count) {
  return Matrix<Scalar>(all.middleCols(begin, count).template cast<Scalar>());
}

/// Returns the columns with one more feature, which is 1 in every column.
template <class = void>
[[nodiscard]] inline Matrix<double> with_constant(Matrix<double> columns) {
  columns.conservativeResize(columns.rows() + 1, Eigen::NoChange);
  columns.bottomRows(1).setOnes();
  return columns;
}

/// Changes the number of columns to `size` and keeps the first columns.
template <class Dense>
void resize_columns(Dense& columns, Index size) {
  columns.conservativeResize(Eigen::NoChange, size);
}
template <class Scalar>
void resize_columns(SparseMatrix<Scalar>& columns, Index size) {
  columns.conservativeResize(columns.rows(), size);
}

/// Throws DataError unless `values` has the given shape. In the message a "row" is a transition, as in files.
template <class Values>
void check_shape(const char* field, const Values& values, Index features, Index size) {
  if (values.rows() != features || values.cols() != size)
    throw DataError(
        message(field, ": expected ", size, " rows of ", features, ", found ", values.cols(), " of ", values.rows()));
}

template <class Scalar>
[[noreturn]] void fail_as_not_finite(const char* field, Scalar value, Index row, Index feature) {
  throw DataError(message(field, ": expected finite numbers, found ", value, " in row ", row, ", feature ", feature));
}

/// Throws DataError unless `values` has the given shape and all its numbers are finite.
template <class Derived>
void check_column(const char* field, const Eigen::DenseBase<Derived>& values, Index features, Index size) {
  check_shape(field, values, features, size);
  if (values.derived().allFinite()) return;
  for (Index row = 0; row < size; ++row)
    for (Index feature = 0; feature < features; ++feature)
      if (const auto value = values.derived()(feature, row); !std::isfinite(value))
        fail_as_not_finite(field, value, row, feature);
}
template <class Scalar>
void check_column(const char* field, const SparseMatrix<Scalar>& values, Index features, Index size) {
  check_shape(field, values, features, size);
  for (Index row = 0; row < size; ++row)
    for (typename SparseMatrix<Scalar>::InnerIterator entry(values, row); entry; ++entry)
      if (!std::isfinite(entry.value())) fail_as_not_finite(field, entry.value(), row, entry.index());
}

/// Throws DataError unless `flags` has `size` entries, each 0 or 1.
inline void check_flags(const char* field, const Flags& flags, Index size) {
  if (flags.size() != size) throw DataError(message(field, ": expected ", size, " rows, found ", flags.size()));
  for (Index row = 0; row < size; ++row)
    if (flags(row) > 1)
      throw DataError(message(field, ": expected 0 or 1, found ", static_cast<int>(flags(row)), " in row ", row));
}

/// Throws DataError unless each of `numbers` (1×N) lies in [0, count).
inline void check_numbers(const char* field, const ActionIndices& numbers, Index count) {
  for (Index row = 0; row < numbers.size(); ++row)
    if (numbers(row) < 0 || numbers(row) >= count)
      throw DataError(message(field, ": expected numbers from 0 to ", count - 1, ", found ", numbers(row), " in row ",
                              row, "; correct it, or the count of ", count));
}

/// Throws DataError unless `count` is at least 1 and `actions` (1×`size`) holds numbers in [0, count).
inline void check_actions(const char* field, const ActionIndices& actions, Index count, Index size) {
  if (count < 1)
    throw DataError(
        message("action_count: expected at least one action, found ", count, "; set it to how many there are"));
  check_shape(field, actions, 1, size);
  check_numbers(field, actions, count);
}

/// Calls `visit(feature, one, other)` for the features of two columns until it returns true. Returns whether it did.
/// For sparse columns, visits the features that are stored in either column.
template <class Scalar, class Visit>
bool any_feature(const Matrix<Scalar>& left, Index left_column, const Matrix<Scalar>& right, Index right_column,
                 Visit&& visit) {
  for (Index feature = 0; feature < left.rows(); ++feature)
    if (visit(feature, left(feature, left_column), right(feature, right_column))) return true;
  return false;
}
template <class Scalar, class Visit>
bool any_feature(const SparseMatrix<Scalar>& left, Index left_column, const SparseMatrix<Scalar>& right,
                 Index right_column, Visit&& visit) {
  typename SparseMatrix<Scalar>::InnerIterator one(left, left_column);
  typename SparseMatrix<Scalar>::InnerIterator other(right, right_column);
  while (one || other) {
    const bool from_one = one && (!other || one.index() <= other.index());
    const bool from_other = other && (!one || other.index() <= one.index());
    const Index feature = from_one ? one.index() : other.index();
    if (visit(feature, from_one ? one.value() : Scalar{0}, from_other ? other.value() : Scalar{0})) return true;
    if (from_one) ++one;
    if (from_other) ++other;
  }
  return false;
}

}  // namespace detail
}  // namespace holdfast
