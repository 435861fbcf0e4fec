/// \file
/// Tests learners that share their gradients against one learner with the whole batch.
#include "holdfast/training/data_parallel.hpp"

#include <array>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "holdfast/learners/iql.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/networks/dual_variable.hpp"
#include "support/random_data.hpp"
#include "support/replicas.hpp"

namespace data_parallel_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};
constexpr Index half = 12;

// Returns the given columns of a batch.
template <class Scalar>
Batch<Scalar> part_of(const Batch<Scalar>& batch, Index begin, Index count) {
  Batch<Scalar> part;
  part.observations = batch.observations.middleCols(begin, count);
  part.actions = batch.actions.middleCols(begin, count);
  part.rewards = batch.rewards.segment(begin, count);
  part.continuation = batch.continuation.segment(begin, count);
  part.next_observations = batch.next_observations.middleCols(begin, count);
  return part;
}

template <class Learner>
typename Learner::Config small() {
  typename Learner::Config config;
  config.policy.network.hidden = {16, 16};
  config.critics.network.hidden = {16, 16};
  return config;
}

// A network that keeps its parameters elsewhere.
struct Elsewhere {
  using Scalar = double;
  struct Gradient {};
  void step(Gradient&, double) {}
  void discard(Gradient&) {}
  static void state(auto&, auto&&) {}
};

// A learner with one network of each kind.
struct PartlyElsewhere {
  Trained<LogMultiplier> first{LogMultiplier(1), {}, "first"};
  Trained<Elsewhere> second{Elsewhere(), {}, "second"};
  static void state(auto& self, auto&& visit) {
    visit("first", self.first);
    visit("second", self.second);
  }
};

}  // namespace

TEST_CASE("Two learners with half of every batch are one learner with all of it", "[data_parallel]") {
  const Iql<double> start(small<Iql<double>>(), sizes, 4);
  Iql<double> alone = start;
  Generator generator(1);
  std::vector<Batch<double>> batches;
  for (int i = 0; i < 5; ++i) batches.push_back(random_batch<double>(sizes, 2 * half, generator));
  for (const auto& batch : batches) alone.update(batch);
  const auto replicas = train_replicas(start, 2, [&](Iql<double>& replica, Index i) {
    for (const auto& batch : batches) replica.update(part_of(batch, i * half, half));
  });
  const Vector<double>& policy = replicas[0].policy().parameters();
  CHECK(policy != start.policy().parameters());
  CHECK((policy - alone.policy().parameters()).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(policy == replicas[1].policy().parameters());
  for (Index i = 0; i < 2; ++i) {
    const auto& critic = replicas[0].critics().member(Net::target, i).parameters();
    CHECK((critic - alone.critics().member(Net::target, i).parameters()).cwiseAbs().maxCoeff() < 1e-12);
    CHECK(critic == replicas[1].critics().member(Net::target, i).parameters());
  }
}

TEST_CASE("A dual variable whose gradient is not finite in one process stays in tune with the others",
          "[data_parallel]") {
  const auto replicas = train_replicas(DualVariable(2, {}), 2, [](DualVariable& replica, Index i) {
    replica.descend(i == 0 ? std::nan("") : 1.0);
    if (replica.value() == DualVariable(2, {}).value()) replica.descend(i == 0 ? 3.0 : 1.0);
  });
  DualVariable alone(2, {});
  alone.descend(2);  // the mean of both
  CHECK(replicas[0].value() == alone.value());
  CHECK(replicas[1].value() == alone.value());
}

TEST_CASE("A gradient that is not finite in one process ends the update of all, and they go on alike",
          "[data_parallel]") {
  const Sac<float> start(small<Sac<float>>(), sizes, 4);
  std::array<int, 2> refused{};
  const auto replicas = train_replicas(start, 2, [&](Sac<float>& replica, Index i) {
    Generator generator(1);
    for (int step = 0; step < 3; ++step) {
      auto batch = random_batch<float>(sizes, half, generator);
      if (step == 1 && i == 0) batch.observations *= 1e13F;  // a finite loss, whose gradient has no finite norm
      try {
        replica.update(batch);
      } catch (const NonFiniteError&) {
        ++refused[static_cast<std::size_t>(i)];
      }
    }
  });
  CHECK(refused == std::array{1, 1});
  CHECK(replicas[0].policy().parameters() == replicas[1].policy().parameters());
  CHECK(replicas[0].policy().parameters() != start.policy().parameters());
}

TEST_CASE("A network that keeps its parameters elsewhere does not share its gradient", "[data_parallel]") {
  PartlyElsewhere learner;
  ThreadAllReduce all_reduce(2);
  CHECK_THROWS_AS(share_gradients(learner, all_reduce.member(0)), ConfigError);
  CHECK_FALSE(learner.first.shares());
  Sac<float> sound(small<Sac<float>>(), sizes, 4);
  share_gradients(sound, all_reduce.member(0));
  int sharing = 0;
  for_each_trained(sound, [&](auto& trained) { sharing += trained.shares(); });
  CHECK(sharing == 4);  // the policy, two critics and the temperature
}

TEST_CASE("Learners that share gradients hold the same bits, their dual variables too, also with many threads",
          "[data_parallel]") {
  const Sac<float> start(small<Sac<float>>(), sizes, 4);
  const auto train = [&](int inner_threads) {
    return train_replicas(start, 3, [&](Sac<float>& replica, Index i) {
      set_threads(inner_threads);
      Generator generator(static_cast<std::uint64_t>(i));
      for (int step = 0; step < 5; ++step) replica.update(random_batch<float>(sizes, half, generator));
    });
  };
  const auto replicas = train(1);
  const auto same = [](const Sac<float>& a, const Sac<float>& b) {
    return a.policy().parameters() == b.policy().parameters() && a.temperature() == b.temperature() &&
           a.critics().member(Net::online, 1).parameters() == b.critics().member(Net::online, 1).parameters();
  };
  CHECK(same(replicas[0], replicas[1]));
  CHECK(same(replicas[0], replicas[2]));
  CHECK(same(replicas[0], train(2)[0]));
  CHECK(replicas[0].temperature() != start.temperature());
}

}  // namespace data_parallel_test
