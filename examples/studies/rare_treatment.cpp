/// \file
/// Conservative behavior in a medical case: a treatment that the data hardly ever used. Shows which learner recommends
/// it without having seen it work, and what caution costs if it is the better one.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "studies/rare_treatment/report.hpp"
#include "studies/support/plot.hpp"
#include "support/files.hpp"

namespace treatment {

void run(const Options& options) {
  const auto table = options.out / "rare_treatment.csv";
  program::check_writable(table);
  std::vector<std::string> chances;
  for (const double chance : options.chances) chances.push_back(message(chance));
  program::refuse_repeats("--chances", chances);
  std::vector<Run> runs;
  for (const World world : worlds)
    for (const double chance : options.chances)
      for (Index i = 0; i < options.datasets; ++i)
        runs.push_back({.world = world, .chance = chance, .seed = options.seed + static_cast<std::uint64_t>(i)});
  program::run_all(runs.size(), options.threads, [&](std::size_t i) { learn(options, runs[i]); });
  if (program::interrupted) return;
  write_table(table, runs);
  print_report(options, runs);
  std::printf("\ntable: %s\n", table.c_str());
  std::printf("%s\n", program::plot(options.out, "rare_treatment", picture_script(options, runs)).c_str());
}

}  // namespace treatment

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "A disease with a standard treatment and an aggressive one that the data hardly ever used. Shows which learner "
        "recommends it without having seen it work, and what caution costs if it is the better one.");
    treatment::Options options;
    treatment::add_options(app, options);
    return program::run(app, argc, argv, [&] { treatment::run(options); });
  });
}
