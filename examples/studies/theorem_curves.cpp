/// \file
/// Shows two theorems of offline reinforcement learning on random processes that can be solved exactly: CQL's lower
/// bound over α, and IQL's optimum from uniformly random behavior over τ.

#include <cstddef>
#include <cstdio>
#include <vector>

#include "studies/support/plot.hpp"
#include "studies/theorem_curves/report.hpp"
#include "support/files.hpp"

namespace curves {

void run(const Options& options) {
  program::check_writable(options.out / "lower_bound.csv");
  const auto count = static_cast<std::size_t>(options.worlds);
  std::vector<BoundResult> bounds(count);
  std::vector<OptimumResult> optima(count);
  program::run_all(count, options.threads, [&](std::size_t world) {
    bounds[world] = bound_in(options, world);
    optima[world] = optimum_in(options, world);
  });
  if (program::interrupted) return;
  const BoundResult bound = mean_of(bounds);
  const OptimumResult best = mean_of(optima);
  write_tables(options.out, bound, best);
  print_report(options, bound, best);
  std::printf("\ntables: %s, %s\n", (options.out / "lower_bound.csv").c_str(),
              (options.out / "in_sample_optimum.csv").c_str());
  std::printf("%s\n", program::plot(options.out, "theorem_curves", picture_script(bound, best)).c_str());
}

}  // namespace curves

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Shows two theorems on random processes that are solved exactly: CQL's lower bound as a function of alpha, and "
        "IQL's optimum from uniformly random behavior as a function of its expectile.");
    curves::Options options;
    curves::add_options(app, options);
    return program::run(app, argc, argv, [&] { curves::run(options); });
  });
}
