/// \file
/// Data from memory: a log that your program holds becomes a dataset, and a learner learns from it.

#include <cmath>
#include <cstdio>
#include <vector>

#include "holdfast/holdfast.hpp"

using namespace holdfast;

/// One row of a machine's log, as your program may hold it: a cart is pushed along a track.
struct LogRow {
  float position, velocity, force, reward, next_position, next_velocity;
  bool fell_off;    ///< the process ended: nothing follows, and no value is backed up
  bool log_closed;  ///< only the recording ended: the process would have gone on
};

std::vector<LogRow> machine_log() {
  std::vector<LogRow> log;
  Generator generator(1);
  for (int episode = 0; episode < 100; ++episode) {
    double p = generator.uniform(-1, 1), v = 0;
    for (int t = 0; t < 50; ++t) {
      const double force = generator.uniform(-1, 1);
      const double next_v = v + 0.1 * force, next_p = p + 0.1 * next_v;
      const bool fell = std::abs(next_p) > 1.5;
      log.push_back({float(p), float(v), float(force), float(1 - p * p), float(next_p), float(next_v), fell, t == 49});
      if (fell) break;
      p = next_p, v = next_v;
    }
  }
  return log;
}

int main() {
  const std::vector<LogRow> log = machine_log();
  Transitions<float> dataset;  // one column for each row of the log
  dataset.observations.resize(2, 0);
  dataset.actions.resize(1, 0);
  dataset.next_observations.resize(2, 0);
  dataset.resize(static_cast<Index>(log.size()));
  for (Index i = 0; i < dataset.size(); ++i) {
    const LogRow& row = log[static_cast<std::size_t>(i)];
    dataset.observations.col(i) << row.position, row.velocity;
    dataset.actions.col(i) << row.force;
    dataset.rewards(i) = row.reward;
    dataset.next_observations.col(i) << row.next_position, row.next_velocity;
    dataset.terminals(i) = row.fell_off;
    dataset.timeouts(i) = row.log_closed && !row.fell_off;
  }
  dataset.validate();  // throws DataError that names the column and the row
  Awac<> learner({.policy = {.network = {.hidden = {32, 32}}}, .critics = {.network = {.hidden = {32, 32}}}}, {2, 1},
                 1);
  train_offline(learner, dataset, {.steps = 2000});
  DeployedPolicy policy(learner.acting(), Normalization<float>::identity(2));
  Vector<double> action(1);
  policy.act(Vector<double>{{1.0, 0.5}}, action);
  std::printf("%td transitions; force at position 1, moving away from the origin: %.2f\n", dataset.size(), action(0));
}
