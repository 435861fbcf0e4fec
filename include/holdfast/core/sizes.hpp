/// \file
/// Multiplies sizes that come from a user or a file, with a check for overflow.
#pragma once

#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Returns a · b for non-negative sizes. Throws ConfigError, naming `what` is counted, if a size is negative or an
/// Index cannot hold the product. Such a size does not fit into memory, and an overflow could give a small number.
[[nodiscard]] inline Index size_product(const char* what, Index a, Index b) {
  if (a < 0 || b < 0 || (b > 0 && a > std::numeric_limits<Index>::max() / b))
    throw ConfigError(message(what, ": ", a, "×", b, " are more than fit into memory; choose smaller sizes"));
  return a * b;
}

}  // namespace holdfast
