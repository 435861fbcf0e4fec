/// \file
/// Counts the allocations of a test program.
#pragma once

namespace holdfast::testing {

/// Returns how often the program and its static libraries have allocated memory so far, on all threads: by malloc,
/// calloc and realloc, as Eigen does, or by operator new. Shared libraries are not counted.
[[nodiscard]] long allocations();

/// Returns how often `work()` allocates memory.
template <class Work>
[[nodiscard]] long allocations_of(Work&& work) {
  const long before = allocations();
  work();
  return allocations() - before;
}

}  // namespace holdfast::testing
