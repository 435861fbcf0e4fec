/// \file
/// Tests that a supervised program ends as it would alone, and in one line where it crashes.
#include "support/untrusted.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "support/run_program.hpp"

namespace untrusted_test {

namespace {

using program::ReadingLimits;

struct End {
  int status = 0;
  std::string error;

  [[nodiscard]] bool exited(int code) const { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
  [[nodiscard]] bool killed(int signal) const { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }
};

/// Runs `body` as a supervised program that is reading data.h5. Returns how that ends.
template <class Body>
End end_of(const ReadingLimits& limits, Body body) {
  const fixture::TemporaryDirectory directory;
  const std::string file = directory / "stderr";
  const pid_t child = fork();
  if (child == 0) {
    for (const int signal : {SIGSEGV, SIGABRT, SIGTERM, SIGINT, SIGPIPE, SIGFPE, SIGBUS, SIGILL})
      std::signal(signal, SIG_DFL);
    dup2(open(file.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    std::_Exit(program::guarded([&] {
      program::supervise(limits);
      program::begin_reading("data.h5");
      return body();
    }));
  }
  End end;
  REQUIRE(waitpid(child, &end.status, 0) == child);
  end.error = holdfast::testing::content(file);
  return end;
}

/// Uses this much processor time.
void compute(double seconds) {
  const std::clock_t start = std::clock();
  while (static_cast<double>(std::clock() - start) < seconds * CLOCKS_PER_SEC) {
  }
}

volatile std::sig_atomic_t received = 0;

/// Waits at most five seconds for a signal, and then a little for another. Returns how many came.
int signals_received() {
  for (int i = 0; i < 500 && received == 0; ++i) usleep(10000);
  usleep(200000);
  return received;
}

}  // namespace

TEST_CASE("A crash while a file is read is an error in one line") {
  const End crash = end_of({}, [] { return raise(SIGSEGV); });
  CHECK(crash.exited(2));
  CHECK(crash.error == "error: data.h5: HDF5 ended by a segmentation fault while reading it: the file is damaged\n");
  const End aborted = end_of({}, []() -> int { std::abort(); });
  CHECK(aborted.exited(2));
  CHECK(aborted.error == "error: data.h5: HDF5 ended by the signal Aborted while reading it: the file is damaged\n");
  const End later = end_of({}, [] {
    program::reading_is_over();
    return raise(SIGSEGV);
  });
  CHECK(later.exited(2));
  CHECK(later.error == "error: ended by a segmentation fault\n");
}

TEST_CASE("The time to read a file is limited, and no other") {
  const ReadingLimits limits{.seconds = 1};
  const End endless = end_of(limits, [] {
    compute(60);
    return 0;
  });
  CHECK(endless.exited(2));
  CHECK_THAT(endless.error, Contains("error: data.h5: reading it took more than 1 s of processor time"));
  const End sound = end_of(limits, [] {
    program::reading_is_over();
    compute(2.5);
    const program::Reading again("policy.h5");
    compute(0.1);
    return 0;
  });
  CHECK(sound.exited(0));
  CHECK(sound.error.empty());
}

TEST_CASE("The memory to read a file is limited, and no other") {
  const ReadingLimits limits{.bytes = std::size_t{1} << 30U};
  const auto take = [] { return std::vector<char>(std::size_t{2} << 30U)[1]; };
  const End bomb = end_of(limits, [&] { return int{take()}; });
  CHECK(bomb.exited(2));
  CHECK(bomb.error == "error: there is not enough memory for what was asked for\n");
  const End sound = end_of(limits, [&] {
    program::reading_is_over();
    return static_cast<void*>(std::calloc(std::size_t{2} << 30U, 1)) == nullptr ? 1 : 0;
  });
  CHECK(sound.exited(0));
}

TEST_CASE("A supervised program ends with its own exit code and error") {
  CHECK(end_of({}, [] { return 0; }).exited(0));
  CHECK(end_of({}, [] { return 130; }).exited(130));
  const End refused = end_of({}, []() -> int { throw holdfast::DataError("data.h5: expected an HDF5 file"); });
  CHECK(refused.exited(2));
  CHECK(refused.error == "error: data.h5: expected an HDF5 file\n");
}

TEST_CASE("Signals reach a supervised program once, and end it as they would alone") {
  const End interrupted = end_of({}, [] {
    std::signal(SIGINT, [](int) { received = received + 1; });
    kill(getppid(), SIGINT);
    return 100 + signals_received();
  });
  CHECK(interrupted.exited(101));
  const End terminated = end_of({}, [] {
    std::signal(SIGTERM, SIG_DFL);
    kill(getppid(), SIGTERM);
    return signals_received();
  });
  CHECK(terminated.killed(SIGTERM));
  CHECK(terminated.error.empty());
  const End unread = end_of({}, [] { return raise(SIGPIPE); });
  CHECK(unread.killed(SIGPIPE));
  CHECK(unread.error.empty());
}

}  // namespace untrusted_test
