/// \file
/// Tests that programs end with one line if memory runs out, and report what else ends them.
#include "support/program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "support/run_program.hpp"

namespace program_test {

namespace {

/// Runs `body` guarded in a process of its own. Returns its status and its standard error.
template <class Body>
std::pair<int, std::string> end_of(Body body) {
  const fixture::TemporaryDirectory directory;
  const std::string file = directory / "stderr";
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    dup2(open(file.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    std::_Exit(program::guarded(body));
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {status, holdfast::testing::content(file)};
}

/// Throws in a thread, which the exception cannot leave.
template <class Error>
int throw_in_thread(Error error) {
  std::thread([&] { throw error; }).join();
  return 0;
}

}  // namespace

TEST_CASE("What no exception can leave ends in one line for memory, and as ever for all else") {
  const std::string line = "error: there is not enough memory for what was asked for\n";
  const auto [caught, told] = end_of([]() -> int { throw std::bad_alloc(); });
  CHECK((WIFEXITED(caught) && WEXITSTATUS(caught) == 2));
  CHECK(told == line);
  const auto [no_memory, said] = end_of([] { return throw_in_thread(std::bad_alloc()); });
  CHECK((WIFEXITED(no_memory) && WEXITSTATUS(no_memory) == 2));
  CHECK(said == line);
  const auto [lost, diagnosis] = end_of([] { return throw_in_thread(std::runtime_error("told by the library")); });
  CHECK((WIFSIGNALED(lost) && WTERMSIG(lost) == SIGABRT));
  CHECK_THAT(diagnosis, Contains("told by the library"));
}

}  // namespace program_test
