/// \file
/// Learners in the threads of one process that share their gradients.
#pragma once

#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include "holdfast/training/data_parallel.hpp"

namespace holdfast::testing {

/// Sums over threads, in their order.
class ThreadAllReduce {
 public:
  explicit ThreadAllReduce(Index size) : size_(size), barrier_(size) {}

  /// Returns what the learner of one thread shares with the others.
  [[nodiscard]] std::shared_ptr<AllReduce> member(Index thread) { return std::make_shared<Member>(*this, thread); }

 private:
  class Member : public AllReduce {
   public:
    Member(ThreadAllReduce& all, Index thread) : all_(all), thread_(static_cast<std::size_t>(thread)) {}
    [[nodiscard]] Index size() const override { return all_.size_; }
    void sum(float* numbers, Index count) override { sum(all_.floats_, numbers, count); }
    void sum(double* numbers, Index count) override { sum(all_.doubles_, numbers, count); }

   private:
    template <class Scalar>
    void sum(std::vector<std::vector<Scalar>>& all, Scalar* numbers, Index count) {
      all[thread_].assign(numbers, numbers + count);
      all_.barrier_.arrive_and_wait();
      for (Index i = 0; i < count; ++i) {
        numbers[i] = all[0][static_cast<std::size_t>(i)];
        for (std::size_t other = 1; other < all.size(); ++other) numbers[i] += all[other][static_cast<std::size_t>(i)];
      }
      all_.barrier_.arrive_and_wait();
    }

    ThreadAllReduce& all_;
    std::size_t thread_;
  };

  Index size_;
  std::barrier<> barrier_;
  std::vector<std::vector<float>> floats_ = std::vector<std::vector<float>>(static_cast<std::size_t>(size_));
  std::vector<std::vector<double>> doubles_ = std::vector<std::vector<double>>(static_cast<std::size_t>(size_));
};

/// Calls train(learner, replica) for copies of a learner that share their gradients, each in a thread of its own, and
/// returns them.
template <class Learner, class Train>
std::vector<Learner> train_replicas(const Learner& learner, Index count, Train train) {
  ThreadAllReduce all_reduce(count);
  std::vector<Learner> replicas(static_cast<std::size_t>(count), learner);
  std::vector<std::thread> threads;
  for (Index i = 0; i < count; ++i) {
    Learner& replica = replicas[static_cast<std::size_t>(i)];
    share_gradients(replica, all_reduce.member(i));
    threads.emplace_back([&replica, &train, i] { train(replica, i); });
  }
  for (std::thread& thread : threads) thread.join();
  for (Learner& replica : replicas) share_gradients(replica, nullptr);
  return replicas;
}

}  // namespace holdfast::testing
