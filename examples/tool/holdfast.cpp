/// \file
/// The command-line tool: collects data, inspects it, trains policies, and evaluates them with and without episodes.

#include <hdf5.h>

#include <algorithm>
#include <string>
#include <vector>

#include "holdfast/core/nearest.hpp"
#include "support/program.hpp"
#include "tool/commands.hpp"

int main(int argc, char** argv) {
  H5dont_atexit();  // all files are closed by then; after a fault HDF5 could print or crash there
  return program::guarded([&] {
    CLI::App app(
        "Offline reinforcement learning from the command line. Collects a dataset or reads yours (HDF5 in D4RL's "
        "layout), trains a policy on it, and evaluates policies in the environment or from data alone. For the options "
        "of a command: holdfast COMMAND --help.");
    app.require_subcommand(0, 1);  // if it is missing or misspelled, the program prints its own message
    tool::add_collect(app);
    tool::add_inspect(app);
    tool::add_train(app);
    tool::add_finetune(app);
    tool::add_evaluate(app);
    tool::add_ope(app);
    std::vector<std::string> commands;
    for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
    app.preparse_callback([&](std::size_t arguments) {
      if (arguments == 0 || argv[1][0] == '-') return;
      if (std::find(commands.begin(), commands.end(), argv[1]) == commands.end())
        throw holdfast::ConfigError(holdfast::there_is_no("command", argv[1], commands) +
                                    " (--help lists the commands)");
    });
    return program::run(app, argc, argv, [&] {
      if (app.get_subcommands().empty())
        throw holdfast::ConfigError(
            "a command is missing: collect, inspect, train, finetune, evaluate or ope (--help describes them)");
    });
  });
}
