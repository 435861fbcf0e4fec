/// \file
/// A training that can be stopped at any moment: run it again, and it goes on from its checkpoint to the same bits.

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/holdfast.hpp"
#include "holdfast/training/checkpoint.hpp"

namespace {

volatile std::sig_atomic_t interrupted = 0;

void run(const std::string& file, const std::string& path, holdfast::Index steps) {
  // [files]
  using namespace holdfast;
  const Transitions<float> dataset = read_d4rl(file);
  Iql<> learner({.discount = 0.99}, {dataset.observation_size(), dataset.action_size()}, /*seed=*/1);
  OfflineTraining training({.steps = steps, .seed = 1});
  if (std::filesystem::exists(path)) {
    const Checkpoint checkpoint = read_checkpoint(path);
    checkpoint.restore("learner", learner);
    checkpoint.restore("training", training);
    std::printf("resumed from step %td\n", training.step());
  }
  training.run(learner, dataset, [&](const TrainingStep& now, const auto& seen) {
    const bool stop = interrupted != 0;
    if (now.step > 0 && (now.step % 1000 == 0 || now.step == now.steps || stop))
      write_checkpoint(path, {.about = {{"algorithm", "iql"}},
                              .parts = {{"learner", save_state(seen)}, {"training", save_state(training)}}});
    return !stop;  // ends the training, which goes on another time
  });
  // [files]
  std::printf("after %td updates the first parameter is %.9g\n", training.step(), learner.policy().parameters()(0));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: resume_training DATASET.hdf5 CHECKPOINT.h5 [STEPS]\n");
    return 2;
  }
  std::signal(SIGINT, [](int) { interrupted = 1; });
  try {
    holdfast::Index steps = 5000;
    if (argc > 3) holdfast::parse_field("STEPS", argv[3], steps);
    run(argv[1], argv[2], steps);
  } catch (const holdfast::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
