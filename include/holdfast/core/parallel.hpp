/// \file
/// Loops over independent work, spread over threads where the program is compiled with OpenMP.
#pragma once

#include <exception>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace holdfast {

/// Sets how many threads the calling thread's parallel loops use. Without OpenMP it does nothing. Results do not depend
/// on it. Where threads outnumber free cores, OpenMP's waiting threads steal the time of the working ones: set it to 1,
/// or the environment variable OMP_WAIT_POLICY to passive. Throws ConfigError where `count` is not positive.
inline void set_threads(int count) {
  require(count >= 1, "threads", "at least 1", count);
#ifdef _OPENMP
  omp_set_num_threads(count);
#endif
}

/// The operations of one piece of work from which on waking threads is worth it: about 0.1 ms.
inline constexpr Index worth_a_thread = Index{1} << 21;

/// Calls `work(0) … work(count − 1)`, at once where each call costs at least `worth_a_thread` operations. The calls
/// must not touch the same data: then the results are the same bits for every number of threads. Rethrows one of the
/// exceptions thrown, after all calls have ended.
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
