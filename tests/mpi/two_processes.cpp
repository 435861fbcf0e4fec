/// \file
/// Trains SAC in the processes of an MPI program, and checks that each ends with the bits of learners in the threads of
/// one process. Exits with 1 if not.

#include <cstdio>
#include <memory>

#include "holdfast/learners/sac.hpp"
#include "holdfast/training/mpi.hpp"
#include "support/random_data.hpp"
#include "support/replicas.hpp"

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this file is one program

constexpr Sizes sizes{.observation = 17, .action = 6};

void train(Sac<float>& learner, Index replica) {
  Generator generator(static_cast<std::uint64_t>(replica));
  for (int step = 0; step < 20; ++step) learner.update(testing::random_batch<float>(sizes, 64, generator));
}

bool same_bits(const Sac<float>& a, const Sac<float>& b) {
  return a.policy().parameters() == b.policy().parameters() && a.temperature() == b.temperature() &&
         a.critics().member(Net::target, 0).parameters() == b.critics().member(Net::target, 0).parameters() &&
         a.critics().member(Net::target, 1).parameters() == b.critics().member(Net::target, 1).parameters();
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const auto all_reduce = std::make_shared<MpiAllReduce>();
  const Index size = all_reduce->size();
  const Sac<float> start({}, sizes, /*seed=*/1);
  Sac<float> learner = start;
  share_gradients(learner, all_reduce);
  train(learner, rank);
  const Sac<float> expected = testing::train_replicas(start, size, train)[static_cast<std::size_t>(rank)];
  const bool passed = same_bits(learner, expected) && !same_bits(learner, start);
  std::printf("process %d of %d: %s\n", rank, static_cast<int>(size), passed ? "the same bits" : "OTHER BITS");
  MPI_Finalize();
  return passed ? 0 : 1;
}
