/// \file
/// Offline reinforcement learning from the command line: collect data, look into it, train, evaluate with episodes and
/// without.

#include <algorithm>
#include <string>
#include <vector>

#include "holdfast/commands.hpp"
#include "holdfast/core/nearest.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app(
        "Offline reinforcement learning from the command line: data is collected or brought along (HDF5 in D4RL's "
        "layout), a policy is trained on it, and evaluated, in the environment or from data alone. Each command "
        "describes itself: holdfast COMMAND --help.");
    app.require_subcommand(0, 1);  // where it is missing or misspelt, a sentence of our own says so
    tool::add_collect(app);
    tool::add_inspect(app);
    tool::add_train(app);
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
            "a command is missing: collect, inspect, train, evaluate or ope (--help describes them)");
    });
  });
}
