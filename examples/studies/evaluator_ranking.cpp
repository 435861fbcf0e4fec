/// \file
/// Measures how much data estimators need to tell which of five policies is the best without running them.

#include <cstddef>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/progress_bar.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/evaluators/atoms.hpp"
#include "studies/evaluator_ranking/evaluation.hpp"
#include "studies/evaluator_ranking/options.hpp"
#include "studies/evaluator_ranking/policies.hpp"
#include "studies/evaluator_ranking/report.hpp"
#include "studies/support/make_data.hpp"
#include "studies/support/plot.hpp"
#include "support/files.hpp"

namespace ranking {

/// Returns the study on broad data: a short task, and a behavior policy that tries nearly everything.
Study broad_study(const Options& options) {
  const AnyEnvironment<> longer(MassChain({.masses = 1}));
  const AnyEnvironment<> environment(MassChain({.masses = 1, .time_limit = options.horizon}));
  const Estimand estimand{options.discount, options.horizon};
  const Policy behavior = trained({"bc", 3000}, noisy_script(longer, 10000, 0.8, options.seed), 0, options.seed);
  const Transitions<> learned_from = draws_of(behavior, longer, 10000, options.seed + 1);
  Study study{estimand, candidates(options, broad_trainings, learned_from, environment, estimand), {}};
  if (program::interrupted) return study;

  const auto replications = static_cast<std::size_t>(options.replications);
  std::vector<Transitions<>> data(replications);
  program::run_all(replications, options.threads, [&](std::size_t r) {
    data[r] = draws_of(behavior, environment, options.trajectories * options.horizon, options.seed + 10 + r);
  });
  study.cells.resize(shares.size() * replications);
  ProgressBar bar(std::cerr, "evaluator ranking", static_cast<Index>(study.cells.size()), program::is_terminal(2));
  program::run_all(study.cells.size(), options.threads, [&](std::size_t i) {
    const std::size_t cell = study.cells.size() - 1 - i;  // the largest datasets first
    const std::size_t r = cell % replications;
    study.cells[cell] =
        evaluate(options, study.policies, first_share(data[r], shares[cell / replications], options.horizon), estimand,
                 options.seed + r);
    bar.advance(1);
  });
  return study;
}

/// Returns the study on narrow data: the data of offline_sac_failure, and draws of its clone, which have
/// log-probabilities.
NarrowStudy narrow_study(const Options& options) {
  program::ExperimentOptions making = options.narrow;
  making.seed = options.seed;
  const AnyEnvironment<> environment = make_environment("mass_chain");
  NarrowStudy study;
  if (!program::make_data(making, environment, options.out, {"expert"})) return study;
  const Transitions<> expert = read_d4rl((options.out / "expert.hdf5").string());
  const Estimand estimand{options.discount, recorded_horizon(expert)};
  study.narrow = {estimand, candidates(options, narrow_trainings, expert, environment, estimand), {}};
  if (program::interrupted) return study;
  try {
    refuse_atoms(expert);
    (void)recorded_log_probs(expert);
  } catch (const DataError& refusal) {
    study.refusal = refusal.what();
  }
  const Transitions<> draws =
      draws_of(study.narrow.policies.front().policy, environment, expert.size(), options.seed + 50);
  study.narrow.cells.push_back(
      evaluate(options, study.narrow.policies, within_horizon(draws, estimand).episodes, estimand, options.seed));
  return study;
}

void run(const Options& options) {
  program::check_writable(options.out / "estimates.csv");
  const Study broad = broad_study(options);
  if (program::interrupted) return;
  const NarrowStudy narrow = narrow_study(options);
  if (program::interrupted) return;
  write_tables(options, broad, narrow);
  print_report(options, broad, narrow);
  std::printf("\ntables: %s, %s\n", (options.out / "estimates.csv").c_str(), (options.out / "ranking.csv").c_str());
  std::printf("%s\n", program::plot(options.out, "evaluator_ranking", picture_script(options, broad)).c_str());
}

}  // namespace ranking

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Ranks five policies of different quality from data alone with every estimator, and runs them for their true "
        "values. Shows how much data a reliable ranking takes, and the same on narrow data, where no ranking should be "
        "trusted.");
    ranking::Options options;
    ranking::add_options(app, options);
    return program::run(app, argc, argv, [&] { ranking::run(options); });
  });
}
