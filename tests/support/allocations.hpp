/// \file
/// Counts the allocations of a test program.
#pragma once

namespace holdfast::testing {

/// Returns how often the program and the static libraries in it have asked for memory so far, on all threads: by malloc
/// and its kin, as Eigen does, or by operator new. Shared libraries are not counted.
[[nodiscard]] long allocations();

/// Returns how often `work()` asks for memory.
template <class Work>
[[nodiscard]] long allocations_of(Work&& work) {
  const long before = allocations();
  work();
  return allocations() - before;
}

}  // namespace holdfast::testing
