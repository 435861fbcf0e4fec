/// \file
/// Estimates how often a policy that did not make the log would have been clicked on, from recommendations of a fashion
/// shop that were logged with their probabilities. A contextual bandit is a trajectory of one step, so that the
/// estimators of trajectories apply.

#include "studies/open_bandit/report.hpp"

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Reads a log of the Open Bandit Dataset (Saito et al. 2021; not part of this program) and estimates the click "
        "rate that another policy would have had.");
    bandit::Options options;
    bandit::add_options(app, options);
    return program::run(app, argc, argv, [&] { bandit::run(options); });
  });
}
