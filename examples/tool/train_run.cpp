#include "tool/train_run.hpp"

#include <csignal>
#include <string>

#include "tool/acting.hpp"
#include "tool/run.hpp"

namespace tool {

void train(const OfflinePlan& plan, RunFolder& folder, const std::optional<Checkpoint>& resumed) {
  const TrainOptions& options = plan.train.options;
  if (!options.environment.empty())
    check_kind(options.dataset, plan.train.finite, options.environment,
               program::has_finite_actions(options.environment));
  // Progress must not end with the reader of what is printed.
  std::signal(SIGPIPE, SIG_IGN);
  with_actions(plan.train.finite, [&]<class Actions>() { Run<OfflinePhase<Actions>>(plan, folder, resumed).train(); });
}

}  // namespace tool
