/// \file
/// Offline reinforcement learning from the command line: collect data, look into it, train, evaluate.

#include "holdfast/commands.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  CLI::App app(
      "Offline reinforcement learning from the command line: data is collected or brought along (HDF5 in D4RL's "
      "layout), "
      "a policy is trained on it, and evaluated. Each command describes itself: holdfast COMMAND --help.");
  app.require_subcommand(0, 1);  // where it is missing or misspelt, a sentence of our own says so
  tool::add_collect(app);
  tool::add_inspect(app);
  tool::add_train(app);
  tool::add_evaluate(app);
  return program::run(app, argc, argv, [&] {
    if (app.get_subcommands().empty())
      throw holdfast::ConfigError("a command is missing: collect, inspect, train or evaluate (--help describes them)");
  });
}
