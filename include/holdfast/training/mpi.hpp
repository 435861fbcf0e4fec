/// \file
/// Shares gradients over the processes of an MPI program. Opt-in: needs an MPI library (holdfast::mpi).
#pragma once

#include <mpi.h>

#include <limits>

#include "holdfast/core/errors.hpp"
#include "holdfast/networks/all_reduce.hpp"

namespace holdfast {

/// The learners of the processes of a communicator, one in each. The sum has the bits that MPI_Allreduce gives: with
/// two processes those of a + b.
class MpiAllReduce : public AllReduce {
 public:
  /// MPI must have been initialized (if updates use several threads, by MPI_Init_thread with at least
  /// MPI_THREAD_FUNNELED), and must not be finalized before the last use.
  explicit MpiAllReduce(MPI_Comm communicator = MPI_COMM_WORLD) : communicator_(communicator) {}

  [[nodiscard]] Index size() const override {
    int count = 0;
    MPI_Comm_size(communicator_, &count);
    return count;
  }

  /// Sums by MPI_Allreduce. Throws Error if MPI fails and its error handler returns.
  void sum(float* numbers, Index count) override { sum(numbers, count, MPI_FLOAT); }
  void sum(double* numbers, Index count) override { sum(numbers, count, MPI_DOUBLE); }

 private:
  void sum(void* numbers, Index count, MPI_Datatype type) {
    require(count <= std::numeric_limits<int>::max(), "numbers of MPI_Allreduce", "countable by an int", count);
    if (MPI_Allreduce(MPI_IN_PLACE, numbers, static_cast<int>(count), type, MPI_SUM, communicator_) != MPI_SUCCESS)
      throw Error("MPI_Allreduce failed");
  }

  MPI_Comm communicator_;
};

}  // namespace holdfast
