/// \file
/// Tests that online training goes on to the same bits from a checkpoint file.
#include <cstdint>
#include <string>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/training/checkpoint.hpp"
#include "holdfast/training/online.hpp"

namespace online_checkpoint_test {

using namespace holdfast;

namespace {

using Learner = Dqn<Mlp<float>>;
using Environment = AnyEnvironment<ActionIndices>;

/// All that a process needs to train online in the chain, which is stochastic.
struct Process {
  explicit Process(std::uint64_t seed)
      : learner({.critics = {.network = {.hidden = {8}}}}, sizes(), seed), training(environment(), options(seed)) {}

  static Environment environment() { return make_environment<ActionIndices>("chain"); }
  static Sizes sizes() { return {environment().observation_size(), environment().action_size()}; }
  static OnlineOptions options(std::uint64_t seed) {
    return {.steps = 90, .random_steps = 20, .batch_size = 8, .epsilon = 0.3, .seed = seed};
  }

  [[nodiscard]] Checkpoint checkpoint() const {
    return {{}, {{"learner", save_state(learner)}, {"buffer", save_state(buffer)}, {"training", save_state(training)}}};
  }
  void restore(const Checkpoint& saved) {
    saved.restore("learner", learner);
    saved.restore("buffer", buffer);
    saved.restore("training", training);
  }

  Learner learner;
  ReplayBuffer<float, ActionIndices> buffer{sizes(), 60};
  OnlineTraining<Learner, Environment> training;
};

}  // namespace

TEST_CASE("Online training goes on to the same bits from a checkpoint file", "[checkpoint]") {
  const fixture::TemporaryDirectory folder;
  const auto file = [&](Index step) { return folder / (std::to_string(step) + ".h5"); };
  Process process(1);
  process.training.run(process.learner, process.buffer, [&](const TrainingStep& now, const Learner&) {
    write_checkpoint(file(now.step), process.checkpoint());
  });
  for (const Index step : {0, 1, 2, 20, 21, 59, 60, 61, 90}) {  // the buffer is full after step 60
    CAPTURE(step);
    Process resumed(2);
    resumed.restore(read_checkpoint(file(step)));
    CHECK(resumed.training.step() == step);
    resumed.training.run(resumed.learner, resumed.buffer);
    CHECK(resumed.checkpoint().parts == process.checkpoint().parts);
  }
}

}  // namespace online_checkpoint_test
