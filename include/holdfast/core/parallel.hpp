/// \file
/// Runs independent loop iterations in parallel if the program is compiled with OpenMP.
#pragma once

#include <exception>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace holdfast {

/// Sets how many threads the calling thread's parallel loops use. Does nothing without OpenMP. Results do not depend on
/// it. If there are more threads than free cores, waiting OpenMP threads take time from the working ones. In that case
/// set the count to 1, or set the environment variable OMP_WAIT_POLICY to passive. Throws ConfigError if `count` is not
/// positive.
inline void set_threads(int count) {
  require(count >= 1, "threads", "at least 1", count);
#ifdef _OPENMP
  omp_set_num_threads(count);
#endif
}

/// The smallest number of operations per call for which waking threads pays off: about 0.1 ms of work.
inline constexpr Index worth_a_thread = Index{1} << 21;

/// Calls `work(0)` to `work(count − 1)`, in parallel if each call costs at least `worth_a_thread` operations. No
/// call may write data that another call uses; then the results are bit-identical for every number of threads. If calls
/// throw, rethrows one of the exceptions after all calls have ended.
template <class Work>
void parallel_for(Index count, [[maybe_unused]] Index operations, Work&& work) {
#ifdef _OPENMP
  if (count > 1 && operations >= worth_a_thread && omp_get_max_threads() > 1) {
    std::exception_ptr failure;
#pragma omp parallel for schedule(static)
    for (Index i = 0; i < count; ++i) {
      try {
        work(i);
      } catch (...) {
#pragma omp critical(holdfast_parallel_for)
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  for (Index i = 0; i < count; ++i) work(i);
}

}  // namespace holdfast
