/// \file
/// The program of the README: SAC on an HDF5 dataset, with diagnostics, and with an observation normalization that is
/// part of the policy.

#include <cstdio>
#include <string>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/holdfast.hpp"

void run(const std::string& file, holdfast::Index steps) {
  // [README]
  using namespace holdfast;
  Transitions<float> dataset = read_d4rl(file);
  const auto normalization = Normalization<float>::fit(dataset.observations);
  normalization.normalize(dataset);

  Sac<float> learner({.discount = 0.99, .critics = {.size = 2}},  // or Cql<>, Iql<>, …, or your own composition
                     {dataset.observation_size(), dataset.action_size()}, /*seed=*/1);
  const Probe<float> probe(dataset, learner.discount());
  ExplosionDetector detector(attainable_values({-0.02, 1}, learner.discount()));  // the task's rewards
  train_offline(learner, dataset, {.steps = steps, .batch_size = 256},
                every(500, [&](const TrainingStep& now, const auto& seen) {
                  const Diagnostics d = probe.measure(seen);
                  detector.observe(now.step, d.predicted);
                  std::printf("step %5td: Q(data) %6.2f  Q(policy) %6.2f  distance of actions from data %.2f%s\n",
                              now.step, d.q_data_mean, d.q_policy_mean, d.action_distance,
                              detector.warning_step() ? "  <- heading out of what is attainable" : "");
                }));

  DeployedPolicy policy(learner.acting(), normalization);  // a value that acts on the machine, without Python
  Vector<double> observation = Vector<double>::Zero(dataset.observation_size());
  Vector<double> action(dataset.action_size());
  policy.act(observation, action);
  // [README]
  std::printf("action at the origin:");
  for (const double value : action) std::printf(" %.3f", value);
  std::printf("\n");
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: quick_start DATASET.hdf5 [STEPS]\n");
    return 2;
  }
  try {
    holdfast::Index steps = 5000;
    if (argc > 2) holdfast::parse_field("STEPS", argv[2], steps);
    run(argv[1], steps);
  } catch (const holdfast::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
