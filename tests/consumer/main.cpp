/// \file
/// Uses the installed library as another project would.
#include <holdfast/holdfast.hpp>
#include <iostream>

#ifdef CONSUMER_USES_HDF5
#include <hdf5.h>
#endif

#ifdef CONSUMER_USES_MPI
#include <holdfast/training/mpi.hpp>
static_assert(sizeof(holdfast::MpiAllReduce) > 0);
#endif

#ifdef CONSUMER_USES_MUJOCO
#include <holdfast/environments/mujoco/environments.hpp>
#endif

int main() {
#ifdef CONSUMER_USES_HDF5
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  if (H5get_libversion(&major, &minor, &release) < 0) return 1;
#endif
#ifdef CONSUMER_USES_COMPILED
#ifndef HOLDFAST_EXTERN
#error "holdfast::compiled must define HOLDFAST_EXTERN"
#endif
  holdfast::Batch<float> batch;
  batch.observations.setOnes(3, 300);
  batch.actions.setZero(1, 300);
  batch.rewards.setZero(300);
  batch.next_observations.setOnes(3, 300);
  batch.continuation.setOnes(300);
  holdfast::Sac<float> learner({}, {3, 1}, /*seed=*/1);
  learner.update(batch);
  if (learner.step() != 1) return 1;
#endif
#ifdef CONSUMER_USES_MUJOCO
  if (holdfast::MujocoEnvironments::make("hopper").observation_size() != 11) return 1;
#endif
  std::cout << "holdfast " << holdfast::version << '\n';
  return 0;
}
