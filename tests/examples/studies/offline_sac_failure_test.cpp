/// \file
/// Tests the program as users run it: its files, its refusals, and that threads change nothing.
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"
#include "studies/offline_sac_failure/events.hpp"
#include "support/run_program.hpp"

namespace offline_sac_failure_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

const std::string small = "--seeds 1 --online-steps 2000 --transitions 300 --episodes 2 --hidden 16 ";

/// Returns a dataset with the sizes of mass_chain, at rest.
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
  const Bench bench(OFFLINE_SAC_FAILURE);
  const std::string file = bench.path("d.hdf5");
  const auto refused = [&](const std::string& expected) {
    const std::string error = bench.refused("--dataset d.hdf5 --out out", expected);
    CHECK_THAT(error, Contains("d.hdf5"));
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
    bench.refused("--dataset d.hdf5 --out out", "expected more than 10 transitions");
  }
}

TEST_CASE("The events of a run are the steps from which on they hold to the end") {
  failure::Run run{{.algorithm = "sac", .seed = 1, .has_critics = true}};
  const auto add = [&](Index step, double distance, double score, double predicted, double truth) {
    program::Point point;
    point.step = step;
    point.diagnostics.action_distance = distance;
    point.diagnostics.q_policy_mean = predicted;
    point.true_q = {truth, 1};
    point.score = score;
    run.curve.push_back(point);
  };
  add(0, 0.1, 50, 0, 10);
  add(10, 0.4, 90, 30, 10);  // away, too high, and back
  add(20, 0.2, 100, 11, 10);
  add(30, 0.4, 80, 12, 10);
  add(40, 0.5, 10, 13, 10);
  add(50, 0.5, 5, 50, 10);
  failure::find_events(run, DepartureDetector(0.1, 1, 1, 0), 100);
  CHECK(run.departure == 30);
  CHECK(run.collapse == 40);
  CHECK(run.overestimation == 40);

  run.curve.back().true_q.mean = 60;
  failure::find_events(run, DepartureDetector(0.1, 1, 1, 0), 100);
  CHECK_FALSE(run.overestimation);
  run.stopped = 55;
  failure::find_events(run, DepartureDetector(0.1, 1, 1, 0), 100);
  CHECK(run.overestimation == 55);
}

TEST_CASE("offline_sac_failure refuses bad arguments in one line") {
  const Bench bench(OFFLINE_SAC_FAILURE);
  std::ofstream(bench.path("file")) << "no folder\n";
  for (const auto& [arguments, expected] :
       {std::pair{"--environment moon", "moon"},
        {"--steps -3", "--steps: must be a whole number in [100, 100000000]"},
        {"--data none", "none"},
        {"--discount 1.5", "--discount: must be a number in [0, 0.9999]"},
        {"--discount nan", "--discount: must be a number"},
        {"--seed -1", "--seed: must be a whole number"},
        {"--no-such-option", "--no-such-option"},
        {"--out file/out", "file/out: the folder cannot be made"},
        {"--out /proc/nowhere/out", "/proc/nowhere/out: the folder cannot be made"}})
    bench.refused(arguments, expected);
}

TEST_CASE("offline_sac_failure writes what it promises, the same bits whatever the threads") {
  const Bench bench(OFFLINE_SAC_FAILURE);
  const std::string arguments = small + "--steps 200 --bc-steps 100 --measurements 5 ";
  const Outcome one = bench.run(arguments + "--threads 1 --out " + bench.path("one"));
  INFO(one.output << one.error);
  REQUIRE(one.exit_code == 0);
  REQUIRE(bench.run(arguments + "--threads 2 --out " + bench.path("two")).exit_code == 0);

  const std::string summary = content(bench.path("one/summary.csv"));
  CHECK(
      summary.rfind("seed,algorithm,return_mean,return_stderr,normalized_score,predicted_q,true_q,q_ratio,inflation,"
                    "behavior_q,q_bound,explosion_step,departure_step,collapse_step,warning_step,overestimation_step\n",
                    0) == 0);
  for (const char* algorithm : {"\n1,bc,", "\n1,sac,", "\n1,sac_no_entropy,", "\n1,sac_warm_start,"})
    CHECK_THAT(summary, Contains(algorithm));
  CHECK_THAT(content(bench.path("one/curves.csv")), Contains("\n1,sac,200,"));
  CHECK(summary == content(bench.path("two/summary.csv")));
  CHECK(content(bench.path("one/curves.csv")) == content(bench.path("two/curves.csv")));
  CHECK(content(bench.path("one/explosion.gp")) == content(bench.path("two/explosion.gp")));
  CHECK(read_d4rl(bench.path("one/expert.hdf5")).size() == 300);

  // The written data can be learned from.
  const Outcome again =
      bench.run(arguments + "--dataset " + bench.path("one/expert.hdf5") + " --out " + bench.path("three"));
  INFO(again.output << again.error);
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.output, Contains("expert.hdf5, 300 transitions, 3 episodes"));
}

TEST_CASE("offline_sac_failure makes every kind of data that it is asked for") {
  const Bench bench(OFFLINE_SAC_FAILURE);
  for (const char* kind : {"replay", "medium", "expert", "scripted", "random", "mixed"}) {
    const Outcome made =
        bench.run(small + "--steps 100 --bc-steps 100 --measurements 1 --algorithms sac --data " + kind);
    INFO(kind << made.output << made.error);
    REQUIRE(made.exit_code == 0);
    CHECK(read_d4rl(bench.path("out/" + std::string(kind) + ".hdf5")).size() >= 300);
  }
}

#ifdef HOLDFAST_WITH_MUJOCO
TEST_CASE("offline_sac_failure has the robots at full size, unless another is asked for") {
  const Bench bench(OFFLINE_SAC_FAILURE);
  bench.refused("--environment half_cheetah --data scripted", "half_cheetah has no scripted policy");
  const Outcome made = bench.run(
      "--environment half_cheetah --hidden 8 --transitions 1100 --online-steps 2000 --episodes 1 "
      "--steps 100 --bc-steps 100 --measurements 1 --seeds 1 --discount 0.5 --algorithms ddpg");
  INFO(made.output << made.error);
  REQUIRE(made.exit_code == 0);
  CHECK_THAT(made.output, Contains("out/medium.hdf5, 1100 transitions, 2 episodes"));
  CHECK_THAT(made.error, Contains("not 35; raise --online-steps"));
  CHECK_THAT(content(bench.path("out/summary.csv")), Contains("\n1,ddpg,"));
}
#endif

TEST_CASE("offline_sac_failure goes on where it was stopped, to the same bits, and trains no complete run again") {
  const Bench bench(OFFLINE_SAC_FAILURE);
  const std::string arguments =
      small + "--steps 4000 --bc-steps 200 --measurements 10 --algorithms sac,td3,sac_warm_start --threads 1 ";
  const Outcome whole = bench.run(arguments + "--out whole");
  INFO(whole.output << whole.error);
  REQUIRE(whole.exit_code == 0);
  // Interrupted within the online training that makes the data, then after the first offline run and within the next.
  for (const char* until : {"grep -q 'online SAC' stderr", "[ -e parts/runs/bc-1.h5 ] && sleep 0.1",
                            "[ -e parts/runs/sac_warm_start-1.h5 ] && sleep 0.2"}) {
    const Outcome part = bench.shell("{ " + bench.program() + arguments + "--out parts --resume & } && until " + until +
                                     "; do sleep 0.01; done; kill -INT $!; wait $!");
    INFO(until << part.output << part.error);
    CHECK(part.exit_code == 130);
    CHECK(std::filesystem::exists(bench.path("parts/online.h5")) !=
          std::filesystem::exists(bench.path("parts/expert.hdf5")));
  }
  CHECK_FALSE(std::filesystem::exists(bench.path("parts/runs/td3-1.h5")));
  const Outcome rest = bench.run(arguments + "--out parts --resume");
  INFO(rest.output << rest.error);
  REQUIRE(rest.exit_code == 0);
  CHECK(content(bench.path("parts/summary.csv")) == content(bench.path("whole/summary.csv")));
  CHECK(content(bench.path("parts/curves.csv")) == content(bench.path("whole/curves.csv")));
  const auto written = std::filesystem::last_write_time(bench.path("parts/runs/sac-1.h5"));
  CHECK_THAT(bench.run(arguments + "--out parts --resume").error, !Contains("online SAC"));
  CHECK(std::filesystem::last_write_time(bench.path("parts/runs/sac-1.h5")) == written);
  CHECK(content(bench.path("parts/curves.csv")) == content(bench.path("whole/curves.csv")));

  bench.refused(arguments + "--batch-size 32 --out parts --resume", "expert.hdf5: batch_size: expected 32");
  bench.refused(small + "--steps 4000 --bc-steps 300 --measurements 10 --algorithms sac --out parts --resume",
                "bc-1.h5: steps: expected 300, as asked for, found 200");
  bench.refused(
      "--dataset parts/expert.hdf5 --out parts --resume --seeds 1 --steps 4000 --bc-steps 200 --measurements 10 "
      "--episodes 2 --hidden 8 --algorithms sac --threads 1",
      "bc-1.h5: set policy.network.hidden: expected [8], as asked for, found [16]");
  std::ofstream(bench.path("parts/runs/bc-1.h5")) << "damaged";
  bench.refused(arguments + "--out parts --resume", "bc-1.h5: expected an HDF5 file");
}

}  // namespace offline_sac_failure_test
