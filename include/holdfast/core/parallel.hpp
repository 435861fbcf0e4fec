/// \file
/// Loops over independent work, spread over threads where the program is compiled with OpenMP.
#pragma once

#include <exception>

#include "holdfast/core/types.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace holdfast {

/// Sets how many threads the calling thread's parallel loops use (at least 1). Without OpenMP it does nothing. Results
/// do not depend on it.
inline void set_threads([[maybe_unused]] int count) {
#ifdef _OPENMP
  omp_set_num_threads(count);
#endif
}

/// Calls `work(0) … work(count − 1)`, possibly at once. The calls must not touch the same data: then the results are
/// the same bits for every number of threads. Rethrows one of the exceptions thrown, after all calls have ended.
template <class Work>
void parallel_for(Index count, Work&& work) {
#ifdef _OPENMP
  if (count > 1 && omp_get_max_threads() > 1) {
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
