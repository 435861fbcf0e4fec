/// \file
/// Shows how one error spreads with each learner's backups: a chain of states without rewards, and one action that the
/// data never took, whose value starts too high.

#include <cstdio>

#include "studies/error_propagation/report.hpp"
#include "studies/support/plot.hpp"
#include "support/files.hpp"

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "A chain of states without rewards, and one untried action whose initial value is too high. Shows how the "
        "error spreads with each backup, and how CQL, BEAR and IQL handle it.");
    chain::Options options;
    chain::add_options(app, options);
    return program::run(app, argc, argv, [&] {
      chain::check(options);
      const auto table = options.out / "error_propagation.csv";
      program::check_writable(table);
      const auto runs = chain::run_all(options);
      chain::write_table(table, runs);
      chain::print_report(options, runs);
      std::printf("\ntable: %s\n", table.c_str());
      std::printf("%s\n",
                  program::plot(options.out, "error_propagation", chain::picture_script(options, runs)).c_str());
    });
  });
}
