/// \file
/// Columns of a D4RL file that hold the numbers of a finite set, of actions or of states. Needs the HDF5 C library.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/hdf5/options.hpp"
#include "holdfast/data/hdf5/reader.hpp"

namespace holdfast::detail {

/// Whether the dataset is one column: N, or N×1.
inline bool is_column(const hdf5::Reader& file, const std::string& name) {
  const auto shape = file.info(name).shape;
  return shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
}

/// A column of whole numbers from 0, in any numeric type, as 1×N; each below D4rlOptions::most. `otherwise` says
/// what to do where they are none.
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

/// The highest number + 1; 0 where there is none.
inline Index count_of(const ActionIndices& numbers) { return numbers.size() == 0 ? 0 : numbers.maxCoeff() + 1; }

/// `asked` where it is positive, else the number `name` in the file, 0 where it is absent.
inline Index read_count(const hdf5::Reader& file, const std::string& name, Index asked) {
  if (asked > 0 || !file.contains(name)) return asked;
  const auto count = file.read_number<std::int64_t>(name);
  if (count < 1 || count > D4rlOptions::most)
    file.fail(name, message("expected a number from 1 to 2147483647, found ", count));
  return count;
}

}  // namespace holdfast::detail
