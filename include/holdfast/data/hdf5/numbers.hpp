/// \file
/// Reads columns of a D4RL file that hold numbers of a finite action or state set. Needs the HDF5 C library.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/hdf5/options.hpp"
#include "holdfast/data/hdf5/reader.hpp"

namespace holdfast::detail {

/// Returns whether the dataset is one column: N or N×1.
inline bool is_column(const hdf5::Reader& file, const std::string& name) {
  const auto shape = file.info(name).shape;
  return shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
}

/// Reads a column of whole numbers from 0, below D4rlOptions::most, in any numeric type, as 1×N. Throws DataError if
/// one is not; `otherwise` is the remedy that the message gives if a number is not whole.
inline ActionIndices read_numbers(const hdf5::Reader& file, const std::string& name, const std::string& otherwise) {
  constexpr auto most = static_cast<double>(D4rlOptions::most);
  const Row<double> found = file.read_row<double>(name);
  for (Index row = 0; row < found.size(); ++row) {
    if (std::trunc(found(row)) != found(row) || std::isnan(found(row)))
      file.fail(name, message("expected whole numbers, found ", found(row), " in row ", row, "; ", otherwise));
    if (found(row) < 0 || found(row) >= most)
      file.fail(name, message("expected numbers from 0, below 2147483647, found ", found(row), " in row ", row));
  }
  return found.cast<Index>().matrix();
}

/// Returns the highest number + 1; 0 if there are no numbers.
inline Index count_of(const ActionIndices& numbers) { return numbers.size() == 0 ? 0 : numbers.maxCoeff() + 1; }

/// Returns the largest size of an action or state set that a file of so many rows may state.
inline Index most_of_a_set(Index rows) { return 262144 + 64 * rows; }

/// Returns the number of rows of the actions; 0 if there are none.
inline Index rows_of_actions(const hdf5::Reader& file) {
  if (!file.contains("actions")) return 0;
  const auto shape = file.info("actions").shape;
  return shape.empty() ? 0 : static_cast<Index>(std::min<std::size_t>(shape[0], D4rlOptions::most));
}

/// Returns `asked` if it is positive; otherwise the number `name` in the file, or 0 if the file does not have it.
/// Throws DataError if the file's number is out of range, or so large for the file's rows that it is more likely
/// damaged than true: memory is taken by this number.
inline Index read_count(const hdf5::Reader& file, const std::string& name, Index asked) {
  if (asked > 0 || !file.contains(name)) return asked;
  const auto count = file.read_number<std::int64_t>(name);
  if (count < 1 || count > D4rlOptions::most)
    file.fail(name, message("expected a number from 1 to 2147483647, found ", count));
  const Index rows = rows_of_actions(file);
  if (count > most_of_a_set(rows))
    file.fail(name, message("expected at most ", most_of_a_set(rows), " for the ", rows, " rows of actions, found ",
                            count, "; correct it, or give it as ", name.substr(name.find('/') + 1)));
  return count;
}

}  // namespace holdfast::detail
