/// \file
/// The frame that all programs share: one line for an error, its exit code, and an interruption that loses nothing.
#pragma once

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <initializer_list>
#include <iostream>
#include <iterator>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/version.hpp"

namespace program {

inline std::atomic<bool> interrupted = false;

/// After the first Ctrl-C `interrupted` is set, and the program ends in order; a second one ends it at once. A file
/// that would exceed the size that the system allows makes the write fail instead of ending the program.
inline void catch_signals() {
  std::signal(SIGINT, [](int) {
    interrupted = true;
    std::signal(SIGINT, SIG_DFL);
  });
  std::signal(SIGXFSZ, SIG_IGN);
}

/// Whether a file descriptor (1 standard output, 2 standard error) is a terminal.
inline bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

/// Prints a warning, one line on standard error.
inline void warn(std::string_view text) { std::cerr << "warning: " << text << '\n'; }

/// Prints the one line of an error, without taking any memory, and returns the exit code.
inline int fail(std::string_view what, std::string_view more = "") {
  std::cerr << "error: " << what << more << '\n';
  return 2;
}

/// Whether all that was printed is where it was to go. A full disk shows here, if not before.
inline bool output_written() {
  std::cout.flush();
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
}

/// Numbers from `lowest` to `highest`, as an option's check; NaN is none of them.
template <class Number>
CLI::Validator range(Number lowest, Number highest) {
  const std::string interval = holdfast::message("[", lowest, ", ", highest, "]");
  const auto check = [=](const std::string& text) {
    Number value{};
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error == std::errc() && end == last && value >= lowest && value <= highest) return std::string();
    return holdfast::message("must be a ", std::is_integral_v<Number> ? "whole " : "", "number in ", interval,
                             ", but is \"", text, "\"");
  };
  return {check, "in " + interval};
}

/// One of these names, any range of texts, as an option's check.
template <class Names>
CLI::Validator one_of(const Names& names) {
  const std::vector<std::string> known(std::begin(names), std::end(names));
  const auto check = [=](const std::string& text) {
    return holdfast::is_among(known, text) ? std::string() : holdfast::must_be_one_of(known, text);
  };
  return {check, "{" + CLI::detail::join(known, ",") + "}"};
}
inline CLI::Validator one_of(std::initializer_list<const char*> names) {
  return one_of<std::initializer_list<const char*>>(names);
}

inline CLI::Option* add_seed_option(CLI::App& app, std::uint64_t& seed, const std::string& help) {
  CLI::Validator whole = range<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max());
  return app.add_option("--seed", seed, help)->check(whole.description(""))->capture_default_str();
}

/// --environment, one of the built-in ones.
inline CLI::Option* add_environment_option(CLI::App& app, std::string& name) {
  const auto names = holdfast::environment_names();
  return app.add_option("--environment", name, "Where to act")->check(one_of(names))->capture_default_str();
}

/// Adds the options of every program that makes updates: members of `options` of the same names.
template <class Options>
void add_update_options(CLI::App& app, Options& options) {
  app.add_option("--hidden", options.hidden, "Widths of the hidden layers")
      ->check(range(1, 4096))
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Transitions per update")
      ->check(range(1, 1000000))
      ->capture_default_str();
}

/// Adds the options of every program that trains and evaluates: members of `options` of the same names.
template <class Options>
void add_training_options(CLI::App& app, Options& options) {
  app.add_option("--episodes", options.episodes, "Episodes per evaluation")
      ->check(range(1, 100000))
      ->capture_default_str();
  add_update_options(app, options);
  app.add_option("--learning-rate", options.learning_rate, "Of Adam, for every network")
      ->check(range(1e-9, 1.0))
      ->capture_default_str();
}

/// Throws ConfigError where the option's values have one twice, which would be counted twice.
inline void refuse_repeats(const std::string& option, std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  const auto twice = std::adjacent_find(values.begin(), values.end());
  if (twice != values.end()) throw holdfast::ConfigError(holdfast::message(option, ": ", *twice, " is given twice"));
}

constexpr std::string_view no_memory = "there is not enough memory for what was asked for";

/// Ends the program at once, no destructors run, where memory ran out in a place that no exception can leave, such as a
/// thread: one line and exit code 2. All else that cannot be caught is left to `otherwise`.
[[noreturn]] inline void end_without_memory(std::terminate_handler otherwise) {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    fail(no_memory);
    std::_Exit(2);
  } catch (...) {  // told by the other handler
  }
  otherwise();
  std::abort();
}

/// Runs all that a program does and returns its exit code, 2 with one line on standard error where it throws: nothing
/// that needs memory may stand outside. To be called once, by main.
template <class Body>
int guarded(Body&& body) {
  static const std::terminate_handler inherited = std::get_terminate();
  std::set_terminate([] { end_without_memory(inherited); });
  try {
    return body();
  } catch (const holdfast::Error& error) {
    return fail(error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(error.path1().native(), ": " + error.code().message());
  } catch (const std::bad_alloc&) {
    return fail(no_memory);
  } catch (const std::length_error&) {
    return fail(no_memory);
  } catch (const std::exception& error) {
    return fail("unexpected: ", error.what());
  }
}

/// Parses the arguments, running the callbacks of the commands among them, and runs `body`, all within `guarded`. Exit
/// code 0 on success, 2 with one line on standard error for bad arguments and output that cannot be written, 130 when
/// interrupted. Throws what `body` throws.
template <class Body>
int run(CLI::App& app, int argc, char** argv, Body&& body) {
  app.set_version_flag("--version", std::string("holdfast ") + holdfast::version);
  catch_signals();
  try {
    app.parse(argc, argv);
    body();
  } catch (const CLI::Success& asked) {  // --help, --version
    app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(error.what(), " (--help lists the options)");
  }
  if (!output_written()) return fail("standard output cannot be written; is the disk full?");
  return interrupted ? 130 : 0;
}

}  // namespace program
