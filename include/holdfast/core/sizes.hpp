/// \file
/// Products of sizes that come from a user or a file.
#pragma once

#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// a · b, of sizes that are not negative. Throws ConfigError, naming `what` is counted, where an Index does not hold
/// it: so much fits into no memory, and an overflow would make a small number of it.
[[nodiscard]] inline Index size_product(const char* what, Index a, Index b) {
  if (a < 0 || b < 0 || (b > 0 && a > std::numeric_limits<Index>::max() / b))
    throw ConfigError(message(what, ": ", a, "×", b, " are more than fit into memory; choose smaller sizes"));
  return a * b;
}

}  // namespace holdfast
