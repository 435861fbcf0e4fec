/// \file
/// Reads the observations of a D4RL file with a finite action set, in each of their three forms (hdf5.hpp). Needs the
/// HDF5 C library.
#pragma once

#include <algorithm>
#include <new>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/columns.hpp"
#include "holdfast/data/hdf5/numbers.hpp"
#include "holdfast/data/hdf5/reader.hpp"
#include "holdfast/data/hdf5/sparse.hpp"
#include "holdfast/data/one_hot.hpp"

namespace holdfast::detail {

/// Reads observations in any of the three forms into the type Observations.
template <class Observations>
class ObservationReader {
 public:
  using Scalar = typename Observations::Scalar;

  ObservationReader(const hdf5::Reader& file, Index asked)
      : file_(file), state_count_(read_count(file, "metadata/state_count", asked)), counted_(state_count_ > 0) {
    if (counted_) return;
    for (const char* name : {"observations", "next_observations"})
      if (file.contains(name) && holds_states(name)) state_count_ = std::max(state_count_, count_of(states(name)));
  }

  /// Reads the observations `name`. Throws DataError if they are not valid or do not fit into memory.
  [[nodiscard]] Observations read(const std::string& name) const {
    try {
      return convert(name);
    } catch (const std::bad_alloc&) {
      file_.fail(name, "does not fit into memory; read it sparse, into a SparseMatrix");
    }
  }

 private:
  [[nodiscard]] bool holds_states(const std::string& name) const {
    if (hdf5::is_sparse(file_, name)) return false;
    return file_.info(name).shape.size() == 1 || (counted_ && is_column(file_, name));
  }
  [[nodiscard]] ActionIndices states(const std::string& name) const {
    return read_numbers(file_, name, "give features as a matrix, rows×features");
  }
  [[nodiscard]] Observations convert(const std::string& name) const {
    constexpr bool sparse = SparseObservations<Observations>;
    if (file_.contains(name) && holds_states(name)) return one_hot_states(name);
    if (hdf5::is_sparse(file_, name)) return Observations(hdf5::read_sparse<Scalar>(file_, name));
    if constexpr (sparse)
      return file_.read_matrix<Scalar>(name).sparseView();
    else
      return file_.read_matrix<Scalar>(name);
  }
  [[nodiscard]] Observations one_hot_states(const std::string& name) const {
    const ActionIndices numbers = states(name);
    for (Index row = 0; row < numbers.size(); ++row)
      if (numbers(row) >= state_count_)
        file_.fail(name, message("expected states from 0 to ", state_count_ - 1, ", found ", numbers(row), " in row ",
                                 row, "; correct it, or state_count"));
    if constexpr (SparseObservations<Observations>)
      return sparse_one_hot<Scalar>(numbers, std::max<Index>(1, state_count_));
    else
      return one_hot<Scalar>(numbers, std::max<Index>(1, state_count_));
  }

  const hdf5::Reader& file_;
  Index state_count_;
  bool counted_;  ///< true if the option or the file states how many states there are
};

}  // namespace holdfast::detail
