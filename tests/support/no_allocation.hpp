/// \file
/// A scope in which Eigen may not allocate.
#pragma once

#include <Eigen/Core>

#if !defined(EIGEN_RUNTIME_NO_MALLOC) || defined(NDEBUG)
#error "Eigen checks for allocations only with EIGEN_RUNTIME_NO_MALLOC and with assertions (without NDEBUG)"
#endif

namespace holdfast::testing {

/// While one lives, an allocation by Eigen, on any thread, fails an assertion.
class NoAllocation {
 public:
  NoAllocation() { Eigen::internal::set_is_malloc_allowed(false); }
  ~NoAllocation() { Eigen::internal::set_is_malloc_allowed(true); }
  NoAllocation(const NoAllocation&) = delete;
  NoAllocation& operator=(const NoAllocation&) = delete;
};

}  // namespace holdfast::testing
