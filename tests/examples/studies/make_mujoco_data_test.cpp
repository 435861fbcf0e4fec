/// \file
/// Tests the program make_mujoco_data: D4RL's datasets, and runs that are stopped.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "support/run_program.hpp"

namespace make_mujoco_data_test {

using namespace holdfast;
using holdfast::testing::Bench;
using holdfast::testing::content;
using holdfast::testing::lines_of;

#ifdef HOLDFAST_WITH_MUJOCO

namespace {

// A training so short that its first evaluation reaches the medium score.
const std::string training =
    "--environment hopper --rows 1000 --online-steps 1000 --random-steps 700 --evaluate-every 250 --episodes 2 "
    "--threads 1 ";
const std::string brief = training + "--medium-score=-50 ";

const std::vector<std::string> files = {
    "hopper-expert-policy.h5",   "hopper-expert.hdf5", "hopper-medium-expert.hdf5", "hopper-medium-policy.h5",
    "hopper-medium-replay.hdf5", "hopper-medium.hdf5", "hopper-online.csv",         "hopper-random.hdf5"};

}  // namespace

TEST_CASE("The datasets are those of D4RL's recipe", "[make_mujoco_data]") {
  const Bench bench(MAKE_MUJOCO_DATA);
  bench.ok(brief + "--out a");
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(bench.path("a")))
    found.push_back(entry.path().filename().string());
  std::sort(found.begin(), found.end());
  CHECK(found == files);

  const auto data = [&](const std::string& kind) { return read_d4rl(bench.path("a/hopper-" + kind + ".hdf5")); };
  for (const char* kind : {"random", "medium", "expert"}) {
    CAPTURE(kind);
    CHECK(data(kind).size() == 1000);
    CHECK(data(kind).has_action_log_probs());
    CHECK((data(kind).terminals(999) == 1 || data(kind).timeouts(999) == 1));
  }
  CHECK(data("medium-replay").size() == 250);  // the first evaluation is after 250 steps
  CHECK(data("medium-expert").size() == 2000);
  CHECK(data("medium-expert").rewards.head(1000).isApprox(data("medium").rewards));
  CHECK(data("medium-expert").rewards.tail(1000).isApprox(data("expert").rewards));
  CHECK_FALSE(data("medium").rewards.isApprox(data("expert").rewards));

  CHECK(read_policy_metadata(bench.path("a/hopper-medium-policy.h5")).at("step") == "250");
  CHECK(read_policy_metadata(bench.path("a/hopper-expert-policy.h5")).at("step") == "1000");
  CHECK(lines_of(content(bench.path("a/hopper-online.csv"))).size() == 1 + 4);
}

TEST_CASE("A run that was stopped goes on to the same bytes, and one that is complete does nothing",
          "[make_mujoco_data]") {
  const Bench bench(MAKE_MUJOCO_DATA);
  bench.ok(brief + "--out whole");
  const holdfast::testing::Outcome stopped =
      bench.shell(bench.program() + brief + "--checkpoint-every 100 --out parts & " +
                  "until [ -e parts/hopper-checkpoint.h5 ]; do sleep 0.05; done; kill -9 $!; wait; ls parts");
  CHECK_THAT(stopped.output, Contains("hopper-checkpoint.h5"));
  bench.ok(brief + "--out parts");
  for (const std::string& name : files) {
    CAPTURE(name);
    CHECK(content(bench.path("parts/" + name)) == content(bench.path("whole/" + name)));
  }
  CHECK_FALSE(std::filesystem::exists(bench.path("parts/hopper-checkpoint.h5")));
  const auto before = std::filesystem::last_write_time(bench.path("whole/hopper-expert.hdf5"));
  bench.ok(brief + "--out whole");
  CHECK(std::filesystem::last_write_time(bench.path("whole/hopper-expert.hdf5")) == before);
}

TEST_CASE("Data of another recipe is not mixed in, and a score that is not reached is said", "[make_mujoco_data]") {
  const Bench bench(MAKE_MUJOCO_DATA);
  bench.ok("--environment hopper --data random --rows 1000 --out a");
  CHECK(std::filesystem::exists(bench.path("a/hopper-random.hdf5")));
  CHECK_FALSE(std::filesystem::exists(bench.path("a/hopper-online.csv")));  // random data need no training
  bench.refused("--environment hopper --data random --rows 2000 --out a",
                "a/hopper-random.hdf5: rows: expected 2000, as asked for, found 1000");
  bench.refused(training + "--medium-score 500 --data medium --out b",
                "hopper: expected a policy with a score of 500 within 1000 steps, found ");
  bench.ok(brief + "--data medium-replay --out c");
  bench.refused(training + "--data medium --out c --medium-score=-60",
                "c/hopper-medium-policy.h5: medium_score: expected -60, as asked for, found -50");
  bench.refused("--environment ant --out a", "ant");
  bench.refused(brief + "--checkpoint-every soon --out a", "checkpoint_every must be");
}

#else

TEST_CASE("Without MuJoCo the program says what is missing", "[make_mujoco_data]") {
  const Bench bench(MAKE_MUJOCO_DATA);
  bench.refused("--environment hopper --out a", "hopper: this program was built without MuJoCo");
}

#endif

}  // namespace make_mujoco_data_test
