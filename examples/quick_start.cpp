/// \file
/// The program of the README: SAC on an HDF5 dataset, with diagnostics, and with an observation normalization that is
/// part of the policy.

#include <cstdio>
#include <string>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/holdfast.hpp"
#include "support/program.hpp"

namespace {

void run(const std::string& file) {
  // [README]
  using namespace holdfast;
  Transitions<float> dataset = read_d4rl(file);
  const auto normalization = Normalization<float>::fit(dataset.observations);
  normalization.normalize(dataset);

  Sac<float> learner({.discount = 0.99, .critics = {.size = 2}},  // or Cql<>, Iql<>, …, or your own composition
                     {dataset.observation_size(), dataset.action_size()}, /*seed=*/1);
  const Probe<float> probe(dataset, learner.discount());
  DivergenceDetector detector(attainable_values({-0.02, 1}, learner.discount()));  // the task's rewards
  train_offline(learner, dataset, {.steps = 5000, .batch_size = 256},
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

}  // namespace

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app("Trains SAC on a dataset of the mass chain and prints diagnostics of its critics.");
    std::string file;
    app.add_option("dataset", file, "HDF5 file in D4RL's layout, such as those of offline_sac_failure")->required();
    return program::run(app, argc, argv, [&] { run(file); });
  });
}
