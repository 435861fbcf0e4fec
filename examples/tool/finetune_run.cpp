#include "tool/finetune_run.hpp"

#include <csignal>

#include "tool/online_phase.hpp"
#include "tool/run.hpp"

namespace tool {

void finetune(const FinetunePlan& plan, RunFolder& folder, const std::optional<Checkpoint>& resumed) {
  std::signal(SIGPIPE, SIG_IGN);  // as for train
  with_actions(plan.train.finite, [&]<class Actions>() { Run<OnlinePhase<Actions>>(plan, folder, resumed).train(); });
}

}  // namespace tool
