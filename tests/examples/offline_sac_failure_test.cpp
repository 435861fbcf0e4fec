/// \file
/// The program as its users meet it: what it writes, how it refuses, and that threads change nothing.
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/hdf5.hpp"

using namespace holdfast;
using fixture::TemporaryDirectory;

namespace {

struct Outcome {
  int exit_code;
  std::string output;  ///< standard output and error
};

Outcome run(const std::string& arguments) {
  const std::string command = std::string("'") + OFFLINE_SAC_FAILURE + "' " + arguments + " 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  return {WEXITSTATUS(pclose(pipe)), output};
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A dataset of mass_chain's sizes, at rest.
Transitions<float> at_rest(Index size) {
  Transitions<float> data;
  data.observations = Matrix<float>::Zero(6, size);
  data.actions = Matrix<float>::Zero(3, size);
  data.rewards = Row<float>::Ones(size);
  data.next_observations = data.observations;
  data.terminals = Flags::Zero(size);
  data.timeouts = Flags::Zero(size);
  return data;
}

/// Writes the fields without the checks of write_d4rl.
void write_unchecked(const std::string& path, const Transitions<float>& data, const std::string& without = "") {
  hdf5::Writer file(path);
  if (without != "observations") file.write("observations", data.observations);
  file.write("actions", data.actions);
  file.write("rewards", data.rewards);
  file.write_flags("terminals", data.terminals);
  file.write_flags("timeouts", data.timeouts);
  file.commit();
}

}  // namespace

TEST_CASE("offline_sac_failure answers every bad dataset with one line and exit code 2") {
  const TemporaryDirectory directory;
  const std::string file = directory / "d.hdf5";
  const auto refused = [&](const std::string& expected) {
    const Outcome outcome = run("--dataset " + file + " --out " + (directory / "out"));
    INFO(outcome.output);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.output.rfind("error: ", 0) == 0);
    CHECK(outcome.output.find('\n') == outcome.output.size() - 1);
    CHECK_THAT(outcome.output, Contains(file));
    CHECK_THAT(outcome.output, Contains(expected));
  };

  SECTION("missing file") { refused("found no file"); }
  SECTION("not HDF5") {
    std::ofstream(file) << "observations,actions\n1,2\n";
    refused("HDF5");
  }
  SECTION("missing key") {
    write_unchecked(file, at_rest(20), "observations");
    refused("observations");
  }
  SECTION("wrong rank") {
    hdf5::Writer writer(file);
    const auto data = at_rest(20);
    writer.write("observations", data.rewards);
    writer.write("actions", data.actions);
    writer.write("rewards", data.rewards);
    writer.write_flags("terminals", data.terminals);
    writer.commit();
    refused("observations");
  }
  SECTION("lengths that differ") {
    auto data = at_rest(20);
    data.rewards = Row<float>::Ones(19);
    write_unchecked(file, data);
    refused("19");
  }
  SECTION("NaN") {
    auto data = at_rest(20);
    data.observations(2, 7) = std::numeric_limits<float>::quiet_NaN();
    write_unchecked(file, data);
    refused("row 7");
  }
  SECTION("empty") {
    write_unchecked(file, at_rest(0));
    refused("observations");
  }
  SECTION("actions outside the range") {
    auto data = at_rest(20);
    data.actions(1, 4) = 1.5F;
    write_unchecked(file, data);
    refused("1.5");
  }
  SECTION("another environment's sizes") {
    auto data = at_rest(20);
    data.observations = Matrix<float>::Zero(5, 20);
    write_unchecked(file, data);
    refused("expected 6 observation and 3 action features");
  }
  SECTION("too little") {
    write_d4rl(file, at_rest(5));
    const Outcome outcome = run("--dataset " + file + " --out " + (directory / "out"));
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.output, Contains("expected more than 10 transitions"));
  }
}

TEST_CASE("offline_sac_failure refuses bad arguments in one line") {
  for (const char* arguments : {"--environment moon", "--steps -3", "--data none", "--discount 1.5", "--no-such-option",
                                "--out /proc/nowhere/out"}) {
    const Outcome outcome = run(arguments);
    INFO(arguments << ": " << outcome.output);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.output.rfind("error: ", 0) == 0);
    CHECK(outcome.output.find('\n') == outcome.output.size() - 1);
  }
}

TEST_CASE("offline_sac_failure writes what it promises, the same bits whatever the threads") {
  const TemporaryDirectory directory;
  const std::string small =
      "--seeds 1 --steps 200 --bc-steps 100 --online-steps 2000 --transitions 300 --episodes 2 --hidden 16 ";
  const Outcome one = run(small + "--threads 1 --out " + (directory / "one"));
  INFO(one.output);
  REQUIRE(one.exit_code == 0);
  REQUIRE(run(small + "--threads 2 --out " + (directory / "two")).exit_code == 0);

  const std::string summary = content(directory / "one/summary.csv");
  CHECK(summary.rfind("seed,algorithm,return_mean,return_stderr,normalized_score,predicted_q,true_q,q_ratio,inflation,"
                      "behavior_q,q_bound,divergence_step,departure_step,collapse_step",
                      0) == 0);
  for (const char* algorithm : {"\n1,bc,", "\n1,sac,", "\n1,sac_no_entropy,", "\n1,sac_warm_start,"})
    CHECK_THAT(summary, Contains(algorithm));
  CHECK_THAT(content(directory / "one/curves.csv"), Contains("\n1,sac,200,"));
  CHECK(summary == content(directory / "two/summary.csv"));
  CHECK(content(directory / "one/curves.csv") == content(directory / "two/curves.csv"));
  CHECK(content(directory / "one/divergence.gp") == content(directory / "two/divergence.gp"));
  for (const char* name : {"replay", "medium", "expert", "scripted"})
    CHECK(read_d4rl<float>(directory / ("one/" + std::string(name) + ".hdf5")).size() >= 300);

  // What was written can be learnt from in turn.
  const Outcome again = run(small + "--dataset " + (directory / "one/medium.hdf5") + " --out " + (directory / "three"));
  INFO(again.output);
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.output, Contains("medium.hdf5, 300 transitions, 3 episodes"));
}
