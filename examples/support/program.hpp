/// \file
/// The frame of all programs: errors in one line, exit codes, interruptions that lose nothing, and common options.
#pragma once

#include <fcntl.h>
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
#include <thread>
#include <type_traits>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/printable.hpp"
#include "holdfast/kernels/instruction_set.hpp"
#include "holdfast/version.hpp"

namespace program {

inline std::atomic<bool> interrupted = false;
inline std::atomic<int> interrupting_signal = SIGINT;
inline std::atomic<bool> ends_at_once = false;

/// While an object of this class lives, an interruption ends the program at once: there is nothing to lose, as while a
/// file is read.
class EndsAtOnce {
 public:
  EndsAtOnce() : before_(ends_at_once.exchange(true)) {}
  ~EndsAtOnce() { ends_at_once = before_; }
  EndsAtOnce(const EndsAtOnce&) = delete;
  EndsAtOnce& operator=(const EndsAtOnce&) = delete;

 private:
  bool before_;
};

/// Installs the signal handlers. The first Ctrl-C, SIGTERM or SIGHUP sets `interrupted`, and the program ends in order;
/// a second one ends it at once. A SIGHUP that is ignored, as nohup does, stays so. If a file would exceed the system's
/// size limit, the write fails, and the program goes on.
inline void catch_signals() {
  constexpr auto interrupt = [](int number) {
    if (ends_at_once) std::_Exit(128 + number);
    interrupting_signal = number;
    interrupted = true;
    std::signal(number, SIG_DFL);
  };
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, interrupt);
  if (std::signal(SIGHUP, interrupt) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

/// Opens /dev/null in place of each standard stream that is closed: otherwise the next file that the program opens
/// would take its number, and what is printed would be written into it.
inline void open_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (fcntl(descriptor, F_GETFD) == -1 && open("/dev/null", O_RDWR) != descriptor) std::_Exit(2);
}

/// Returns whether a file descriptor (1 standard output, 2 standard error) is a terminal.
inline bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

/// Prints a warning, one line on standard error.
inline void warn(std::string_view text) {
  std::cerr << "warning: ";
  holdfast::print(std::cerr, text);
  std::cerr << '\n';
}

/// Prints an error in one line, without allocating memory, and returns the exit code.
inline int fail(std::string_view what, std::string_view more = "") {
  std::cerr << "error: ";
  holdfast::print(std::cerr, what);
  holdfast::print(std::cerr, more);
  std::cerr << '\n';
  return 2;
}

/// Returns whether all output was written. A full disk is detected here, if not before.
inline bool output_written() {
  std::cout.flush();
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
}

/// Returns an option's check for numbers from `lowest` to `highest`; NaN is refused.
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

/// Returns an option's check for one of these names, any range of strings.
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

/// Adds the options of every program that makes updates. They set the members of `options` with the same names.
template <class Options>
void add_update_options(CLI::App& app, Options& options) {
  app.add_option("--hidden", options.hidden, "Widths of the hidden layers")
      ->check(range(1, 4096))
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Transitions per update")
      ->check(range(1, 1000000))
      ->capture_default_str();
}

/// Adds the options of every program that trains and evaluates. They set the members of `options` with the same names.
template <class Options>
void add_training_options(CLI::App& app, Options& options) {
  app.add_option("--episodes", options.episodes, "Episodes per evaluation")
      ->check(range(1, 100000))
      ->capture_default_str();
  add_update_options(app, options);
  app.add_option("--learning-rate", options.learning_rate, "Adam learning rate of every network")
      ->check(range(1e-9, 1.0))
      ->capture_default_str();
}

/// Throws ConfigError if a value of the option is given twice, since it would be counted twice.
inline void refuse_repeats(const std::string& option, std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  const auto twice = std::adjacent_find(values.begin(), values.end());
  if (twice != values.end()) throw holdfast::ConfigError(holdfast::message(option, ": ", *twice, " is given twice"));
}

constexpr std::string_view no_memory = "there is not enough memory for what was asked for";

/// Ends the program at once, without destructors, if memory ran out in a place that no exception can leave, such as a
/// thread. Prints one line; the exit code is 2. Everything else that cannot be caught is left to `otherwise`.
[[noreturn]] inline void end_without_memory(std::terminate_handler otherwise) {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    fail(no_memory);
    std::_Exit(2);
  } catch (...) {  // reported by the other handler
  }
  otherwise();
  std::abort();
}

inline bool running = false;

/// Runs all that a program does and returns its exit code. If it throws, prints one line on standard error and returns
/// 2. Nothing that needs memory may be outside. Call it once, from main.
template <class Body>
int guarded(Body&& body) {
  open_standard_streams();
  catch_signals();
  static const std::terminate_handler inherited = std::get_terminate();
  std::set_terminate([] { end_without_memory(inherited); });
  // Where memory runs out, HDF5 may call exit(-1) without a word.
  std::atexit([] {
    if (running) std::_Exit(fail(no_memory));
  });
  const struct Running {
    Running() { running = true; }
    ~Running() { running = false; }
  } mark;
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

/// Returns the library's version, and the instructions of its matrix products.
inline std::string build() {
  return holdfast::message("holdfast ", holdfast::version, ", products by ",
                           holdfast::name_of(holdfast::product_instructions()));
}

/// Returns the number of cores of the machine.
inline int default_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

/// Returns how many threads share an update usefully: the machine's cores, but no more than there is work for.
inline int useful_threads() { return std::min(default_threads(), 4); }

/// Parses the arguments, which runs the callbacks of commands, then runs `body`; all this within `guarded`. Returns
/// exit code 0 on success, 2 with one line on standard error for bad arguments and for output that cannot be written,
/// and 128 + the signal's number if interrupted: 130 for Ctrl-C. Throws what `body` throws.
template <class Body>
int run(CLI::App& app, int argc, char** argv, Body&& body) {
  app.set_version_flag("--version", build());
  holdfast::set_threads(useful_threads());
  try {
    app.parse(argc, argv);
    body();
  } catch (const CLI::Success& asked) {  // --help, --version
    app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(error.what(), " (--help lists the options)");
  }
  if (!output_written()) return fail("standard output cannot be written; is the disk full?");
  return interrupted ? 128 + interrupting_signal : 0;
}

}  // namespace program
