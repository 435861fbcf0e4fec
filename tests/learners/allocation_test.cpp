#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include "catch.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/sac.hpp"
#include "support/no_allocation.hpp"
#include "support/random_data.hpp"

namespace {
std::atomic<long> allocations = 0;
}

// What Eigen allocates does not pass through operator new: NoAllocation watches that. Not inlined, because g++ would
// warn of the pairing of malloc with delete.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* const memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 17, .action = 6};

template <class Learner>
void check_updates(typename Learner::Config config) {
  Learner learner(config, sizes, 1);
  Generator generator(2);
  const Batch<float> batch = random_batch<float>(sizes, 256, generator);
  learner.update(batch);
  const long before = allocations;
  {
    const NoAllocation guard;
    for (int i = 0; i < 3; ++i) learner.update(batch);
  }
  CHECK(allocations == before);
}

}  // namespace

TEST_CASE("The count of allocations counts", "[allocation]") {
  const long before = allocations;
  const auto pointer = std::make_unique<int>(3);
  CHECK(allocations > before);
  CHECK(*pointer == 3);
}

TEST_CASE("After the first, an update allocates nothing", "[allocation]") {
  for (const Index width : {64, 256}) {
    const MlpConfig network{.hidden = {width, width}};
    Bc<>::Config cloning;
    cloning.policy.network = network;
    check_updates<Bc<>>(cloning);
    Bc<Deterministic<>>::Config regression;
    regression.policy.network = network;
    check_updates<Bc<Deterministic<>>>(regression);
    Sac<>::Config sac;
    sac.policy.network = network;
    sac.critics.network = network;
    sac.critic_loss = width == 64 ? CriticLoss::squared : CriticLoss::huber;
    check_updates<Sac<>>(sac);
  }
}
