/// \file
/// What would another policy have earned? Recommendations of a fashion shop, logged with their probabilities, and the
/// estimators of whole trajectories: a contextual bandit is a trajectory of one step.

#include "open_bandit/report.hpp"

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Reads a log of the Open Bandit Dataset (Saito et al. 2021; not part of this program) and estimates how often "
        "a policy that did not make it would have been clicked on.");
    bandit::Options options;
    bandit::add_options(app, options);
    return program::run(app, argc, argv, [&] { bandit::run(options); });
  });
}
