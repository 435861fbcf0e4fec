/// \file
/// Reads and writes sparse matrices in HDF5 files, in SciPy's compressed sparse row format (CSR): a group of `data`,
/// `indices`, `indptr` and `shape`, as in scipy.sparse.csr_matrix. Needs the HDF5 C library.
///
/// A row in the file is a sample and becomes a column in memory: an F×N matrix has the `shape` N×F in the file, with
/// the same arrays.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/hdf5/file.hpp"

namespace holdfast::hdf5 {

/// Returns whether `name` is a group with any part of a sparse matrix, complete or not.
inline bool is_sparse(const Reader& file, const std::string& name) {
  for (const char* part : {"/data", "/indices", "/indptr", "/shape"})
    if (file.contains(name + part)) return true;
  return false;
}

namespace detail {

/// The arrays of a sparse matrix as they are in the file.
template <class Scalar>
struct SparseParts {
  Row<Scalar> values;              ///< data
  Row<std::int64_t> features;      ///< indices
  Row<std::int64_t> begins;        ///< indptr
  std::int64_t rows = 0;           ///< shape[0], N
  std::int64_t feature_count = 0;  ///< shape[1], F
};

/// Throws DataError, naming the array, unless the arrays form one matrix that SparseMatrix can hold.
template <class Scalar>
void check_parts(const Reader& file, const std::string& name, const SparseParts<Scalar>& parts) {
  constexpr std::int64_t most = std::numeric_limits<int>::max();  // SparseMatrix numbers its entries with int
  if (parts.rows < 0 || parts.feature_count < 0 || parts.rows >= most || parts.feature_count > most)
    file.fail(name + "/shape", message("expected rows from 0 to ", most - 1, " and features from 0 to ", most,
                                       ", found ", parts.rows, " and ", parts.feature_count));
  if (parts.values.size() > most)
    file.fail(name + "/data", message("expected at most ", most, " numbers, found ", parts.values.size()));
  if (parts.features.size() != parts.values.size())
    file.fail(name + "/indices",
              message("expected ", parts.values.size(), ", one for each of data, found ", parts.features.size()));
  if (parts.begins.size() != parts.rows + 1)
    file.fail(name + "/indptr", message("expected ", parts.rows + 1,
                                        " numbers, one more than the rows of shape, found ", parts.begins.size()));
  if (parts.begins(0) != 0) file.fail(name + "/indptr", message("expected 0 first, found ", parts.begins(0)));
  for (Index row = 0; row < parts.rows; ++row)
    if (parts.begins(row + 1) < parts.begins(row))
      file.fail(name + "/indptr", message("expected numbers that never fall, found ", parts.begins(row + 1), " after ",
                                          parts.begins(row), " in row ", row));
  if (parts.begins(parts.rows) != parts.values.size())
    file.fail(name + "/indptr", message("expected ", parts.values.size(), ", the length of data, last, found ",
                                        parts.begins(parts.rows)));
  for (Index row = 0; row < parts.rows; ++row)
    for (Index entry = parts.begins(row); entry < parts.begins(row + 1); ++entry)
      if (parts.features(entry) < 0 || parts.features(entry) >= parts.feature_count)
        file.fail(name + "/indices", message("expected numbers from 0 to ", parts.feature_count - 1, ", found ",
                                             parts.features(entry), " in row ", row));
}

}  // namespace detail

/// Reads the sparse matrix `name` (N×F in the file) as F×N. The features of a row may be in any order, but each may
/// occur only once. Stored zeros are kept as stored entries.
///
/// Throws DataError that names the array that is missing or does not fit the others.
template <class Scalar>
[[nodiscard]] SparseMatrix<Scalar> read_sparse(const Reader& file, const std::string& name) {
  const auto shape = file.read_row<std::int64_t>(name + "/shape");
  if (shape.size() != 2)
    file.fail(name + "/shape", message("expected rows and features, found ", shape.size(), " numbers"));
  const detail::SparseParts<Scalar> parts{file.read_row<Scalar>(name + "/data"),
                                          file.read_row<std::int64_t>(name + "/indices"),
                                          file.read_row<std::int64_t>(name + "/indptr"), shape(0), shape(1)};
  detail::check_parts(file, name, parts);
  SparseMatrix<Scalar> matrix(parts.feature_count, parts.rows);
  matrix.reserve(parts.values.size());
  std::vector<std::pair<std::int64_t, Scalar>> entries;
  for (Index row = 0; row < parts.rows; ++row) {
    entries.clear();
    for (Index entry = parts.begins(row); entry < parts.begins(row + 1); ++entry)
      entries.emplace_back(parts.features(entry), parts.values(entry));
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    matrix.startVec(row);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0 && entries[i].first == entries[i - 1].first)
        file.fail(name + "/indices", message("expected each feature once in a row, found ", entries[i].first,
                                             " twice in row ", row, "; call sum_duplicates() before writing"));
      matrix.insertBack(entries[i].first, row) = entries[i].second;
    }
  }
  matrix.finalize();
  return matrix;
}

/// Writes a sparse matrix F×N as the group `name`, with shape N×F.
template <class Scalar>
void write_sparse(Writer& file, const std::string& name, const SparseMatrix<Scalar>& matrix,
                  Storage storage = Storage::plain) {
  if (!matrix.isCompressed()) {
    SparseMatrix<Scalar> compressed = matrix;
    compressed.makeCompressed();
    return write_sparse(file, name, compressed, storage);
  }
  using Numbers = Eigen::Map<const Row<int>>;
  file.write(name + "/data", Eigen::Map<const Row<Scalar>>(matrix.valuePtr(), matrix.nonZeros()), storage);
  file.write(name + "/indices", Numbers(matrix.innerIndexPtr(), matrix.nonZeros()), storage);
  file.write(name + "/indptr", Numbers(matrix.outerIndexPtr(), matrix.cols() + 1), storage);
  file.write(name + "/shape", Row<std::int64_t>{{matrix.cols(), matrix.rows()}});
}

}  // namespace holdfast::hdf5
