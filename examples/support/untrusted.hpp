/// \file
/// Runs a program under supervision while it reads untrusted files: HDF5 can crash on damaged ones, or never end.
#pragma once

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "holdfast/core/errors.hpp"
#include "support/program.hpp"

#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace program {

/// The limits on reading a file.
struct ReadingLimits {
  rlim_t seconds = 20;              ///< processor time
  rlim_t seconds_per_mebibyte = 1;  ///< additional time for each MiB of the file
  rlim_t bytes = static_cast<rlim_t>(sysconf(_SC_PHYS_PAGES)) / 2 * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
};

namespace detail {

/// The messages of a supervised process to its supervisor, in memory that both share.
struct Told {
  bool reading = false;
  rlim_t seconds = 0;  ///< the limit
  char file[4096] = "";
};

inline Told* told = nullptr;  // none: the process is not supervised
inline ReadingLimits reading_limits;
inline volatile pid_t supervised = 0;

/// Limits the processor time and the address space of this process, at most to those that it was started with.
inline void limit(rlim_t seconds, rlim_t bytes) {
  const auto set = [](int resource, rlim_t first, rlim_t value) {
    rlimit both{};
    getrlimit(resource, &both);
    both.rlim_cur = std::min(value, first);
    setrlimit(resource, &both);
  };
  const auto soft = [](int resource) {
    rlimit both{};
    getrlimit(resource, &both);
    return both.rlim_cur;
  };
  static const rlim_t first_seconds = soft(RLIMIT_CPU);
  static const rlim_t first_bytes = soft(RLIMIT_AS);
  set(RLIMIT_CPU, first_seconds, seconds);
  set(RLIMIT_AS, first_bytes, bytes);
}

inline std::string signal_text(int signal) {
  if (signal == SIGSEGV) return "a segmentation fault";
  return std::string("the signal ") + strsignal(signal);
}

/// Returns whether a signal ends a process that crashed or reached a limit, and not one that was asked to end.
inline bool is_crash(int signal, const Told& said) {
  if (signal == SIGKILL) return said.reading;  // by the system, for want of memory
  for (const int each : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU})
    if (signal == each) return true;
  return false;
}

/// Returns how a process that a signal ended is described to the user.
inline std::string end_text(int signal, const Told& said) {
  if (!said.reading) return "ended by " + signal_text(signal);
  const std::string file(said.file, strnlen(said.file, sizeof said.file));
  if (signal == SIGXCPU)
    return holdfast::message(file, ": reading it took more than ", said.seconds,
                             " s of processor time: the file is damaged, or too much for --untrusted");
  if (signal == SIGKILL) return file + ": reading it was ended from outside, as when memory runs out";
  return holdfast::message(file, ": HDF5 ended by ", signal_text(signal), " while reading it: the file is damaged");
}

/// Passes signals on to the supervised process, which is in a group of its own, so that each arrives once.
inline void pass_on_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    std::signal(signal, [](int received) { kill(supervised, received); });
  std::signal(SIGTSTP, [](int) {
    kill(supervised, SIGSTOP);
    raise(SIGSTOP);
    kill(supervised, SIGCONT);
  });
}

/// Waits for the supervised process and ends as it does; a crash becomes one line and the exit code 2.
[[noreturn]] inline void wait_and_end() {
  int status = 0;
  while (waitpid(supervised, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) std::_Exit(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  if (is_crash(signal, *told)) std::_Exit(fail(end_text(signal, *told)));
  std::signal(signal, SIG_DFL);
  raise(signal);
  std::_Exit(2);
}

}  // namespace detail

/// Goes on in a child process, which is limited while it reads (begin_reading). This process only waits for it and
/// passes signals on; if the child crashes, it prints one line and ends with exit code 2, otherwise it ends as the
/// child does. Call it before anything is read and before any thread starts. Throws Error if there can be no other
/// process.
inline void supervise(const ReadingLimits& limits = {}) {
  void* const shared = mmap(nullptr, sizeof(detail::Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw holdfast::Error("--untrusted: memory cannot be shared with another process");
  detail::told = new (shared) detail::Told;
  detail::reading_limits = limits;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);  // until signals can be passed on
  [[maybe_unused]] const pid_t parent = getpid();
  detail::supervised = fork();
  if (detail::supervised == 0) {
    setpgid(0, 0);
    std::signal(SIGTTOU, SIG_IGN);  // or the terminal may stop what a process of another group prints
  }
  if (detail::supervised > 0) detail::pass_on_signals();
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (detail::supervised < 0) throw holdfast::Error("--untrusted: another process cannot be started");
  if (detail::supervised > 0) detail::wait_and_end();
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) std::_Exit(2);
#endif
}

/// Tells the supervisor that this file is being read, and sets the limits. Without a supervisor, does nothing.
inline void begin_reading(const std::string& file) {
  if (detail::told == nullptr) return;
  file.copy(detail::told->file, sizeof detail::told->file - 1);
  detail::told->file[std::min(file.size(), sizeof detail::told->file - 1)] = '\0';
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(file, ignored);
  const rlim_t mebibytes = ignored ? 0 : bytes >> 20U;
  const ReadingLimits& limits = detail::reading_limits;
  detail::told->seconds = limits.seconds + limits.seconds_per_mebibyte * mebibytes;
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto so_far = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 2);  // rounded up
  detail::limit(so_far + detail::told->seconds, limits.bytes);
  detail::told->reading = true;
}

/// Lifts the limits: what follows, such as training, may take as long as it takes. Without a supervisor, does nothing.
inline void reading_is_over() {
  if (detail::told == nullptr) return;
  detail::told->reading = false;
  detail::limit(RLIM_INFINITY, RLIM_INFINITY);
}

/// A scope in which a file is being read. An interruption then ends the program at once.
class Reading {
 public:
  explicit Reading(const std::string& file) { begin_reading(file); }
  ~Reading() { reading_is_over(); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  EndsAtOnce ends_at_once_;
};

}  // namespace program
