/// \file
/// What every program shares: one line for an error, its exit code, and an interruption that loses nothing.
#pragma once

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/version.hpp"

namespace program {

inline std::atomic<bool> interrupted = false;

/// After the first Ctrl-C `interrupted` is set, and the program ends in order; a second one ends it at once.
inline void catch_interrupts() {
  std::signal(SIGINT, [](int) {
    interrupted = true;
    std::signal(SIGINT, SIG_DFL);
  });
}

/// Whether a file descriptor (1 standard output, 2 standard error) is a terminal.
inline bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

inline int fail(const std::string& what) {
  std::cerr << "error: " << what << '\n';
  return 2;
}

/// --environment, one of the built-in ones.
inline CLI::Option* add_environment_option(CLI::App& app, std::string& name) {
  const auto names = holdfast::environment_names();
  return app.add_option("--environment", name, "Where to act")
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
      ->capture_default_str();
}

/// What every program that trains and evaluates lets its user choose: members of `options` of the same names.
template <class Options>
void add_training_options(CLI::App& app, Options& options) {
  app.add_option("--episodes", options.episodes, "Episodes per evaluation")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--hidden", options.hidden, "Widths of the hidden layers")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Transitions per update")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--learning-rate", options.learning_rate, "Of Adam, for every network")
      ->check(CLI::Range(1e-9, 1.0))
      ->capture_default_str();
}

/// Parses the arguments, running the callbacks of the commands among them, and runs `body`. Exit code 0 on success, 2
/// with one line on standard error for bad arguments or bad input, 130 when interrupted.
template <class Body>
int run(CLI::App& app, int argc, char** argv, Body&& body) {
  app.set_version_flag("--version", std::string("holdfast ") + holdfast::version);
  catch_interrupts();
  try {
    app.parse(argc, argv);
    body();
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(std::string(error.what()) + " (--help lists the options)");
  } catch (const holdfast::Error& error) {
    return fail(error.what());
  } catch (const std::exception& error) {
    return fail(std::string("unexpected: ") + error.what());
  }
  return interrupted ? 130 : 0;
}

}  // namespace program
