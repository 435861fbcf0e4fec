/// \file
/// Tests `holdfast finetune`: offline runs that go on in their environment.
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

namespace holdfast_finetune_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

/// A bench with an offline run in the folder `offline`.
class OfflineRun : public ToolBench {
 public:
  explicit OfflineRun(const std::string& algorithm, const std::string& more = "") {
    collect();
    ok("train --algorithm " + algorithm + " --dataset data.hdf5 --steps 40 --log-every 20 --out offline" + small +
       more);
  }

  [[nodiscard]] static std::string finetune(const std::string& more) {
    return "finetune --checkpoint offline/checkpoint.h5 --environment mass_chain --log-every 20 --evaluate-every 40 "
           "--episodes 2 " +
           more;
  }

  [[nodiscard]] std::vector<std::string> column(const std::string& run, const std::string& name) const {
    return column_of(content(path(run + "/metrics.csv")), name);
  }

  [[nodiscard]] bool same(const std::string& run, const std::string& other) const {
    bool all = true;
    for (const char* name : {"/metrics.csv", "/policy.h5"})
      all = all && content(path(run + name)) == content(path(other + name));
    return all;
  }
};

}  // namespace

TEST_CASE("finetune goes on with a learner, and its metrics tell which rows are offline", "[tool]") {
  const OfflineRun bench("cal_ql", " penalty.samples=2");
  bench.ok(OfflineRun::finetune("--steps 80 --out online"));
  CHECK(bench.column("online", "phase") ==
        std::vector<std::string>{"offline", "offline", "offline", "online", "online", "online", "online", "online"});
  CHECK(bench.column("online", "step") == std::vector<std::string>{"0", "20", "40", "0", "20", "40", "60", "80"});
  const auto q = bench.column("online", "q_data_mean");
  CHECK(q[3] == q[2]);  // it begins where the offline run ended
  CHECK(q[4] != q[3]);
  CHECK(bench.column("online", "return_mean")[5] != "");
  // A policy of the online run acts.
  bench.ok("evaluate --policy online/policy.h5 --environment mass_chain --episodes 1");
}

TEST_CASE("A run of finetune that is killed goes on to the same bits", "[tool]") {
  const OfflineRun bench("sac");
  const std::string all =
      "--steps 3000 --offline-share 0.5 --updates-per-step 2 --warmup-steps 30 --checkpoint-every 100 ";
  bench.ok(OfflineRun::finetune(all + "--out whole"));
  const Outcome killed =
      bench.shell(bench.program() + OfflineRun::finetune(all + "--out killed") +
                  "& for i in $(seq 600); do [ $(cat killed/metrics.csv 2>/dev/null | wc -l) -gt 30 ] "
                  "&& break; sleep 0.02; done; kill -KILL $!; wait $! || true");
  REQUIRE(killed.exit_code == 0);
  REQUIRE_FALSE(bench.same("whole", "killed"));
  bench.ok("finetune --resume --out killed");
  CHECK(bench.same("whole", "killed"));
  // More steps are allowed, other values are not.
  bench.refused("finetune --resume --out killed --updates-per-step 3",
                "expected updates_per_step = 2 to go on with this run, found 3");
  bench.ok("finetune --resume --out killed --steps 3040");
  CHECK(bench.column("killed", "step").back() == "3040");
}

TEST_CASE("With a share of 0, and at the same seed, finetune learns from the environment alone", "[tool]") {
  const OfflineRun bench("iql");
  bench.ok(OfflineRun::finetune("--steps 40 --offline-share 0 --out alone"));
  bench.ok(OfflineRun::finetune("--steps 40 --offline-share 1 --out data"));
  bench.ok(OfflineRun::finetune("--steps 40 --out mixed"));
  CHECK_FALSE(bench.same("alone", "data"));
  CHECK_FALSE(bench.same("alone", "mixed"));
  // The learning rate of IQL's policy had decayed to nothing; it does not stay there.
  CHECK_THAT(content(bench.path("offline/config.toml")), Contains("decay_steps = 40"));
  CHECK_THAT(content(bench.path("mixed/config.toml")), !Contains("decay_steps = 40"));
}

TEST_CASE("Learners over finite actions go on online too, and so do data with other rewards and scales", "[tool]") {
  const ToolBench bench;
  bench.ok("collect --environment cart_pole --policy random --steps 300 --out data.hdf5");
  bench.ok(
      "train --algorithm dqn --dataset data.hdf5 --steps 40 --out offline --normalize --reward-scale 0.5 --batch-size "
      "16 "
      "--set critics.network.hidden=8 track_every=1 target_rate=0.05");
  bench.ok("finetune --checkpoint offline/checkpoint.h5 --environment cart_pole --steps 40 --epsilon 0.1 --out online");
  bench.ok("evaluate --policy online/policy.h5 --environment cart_pole --episodes 1");
  bench.refused("finetune --checkpoint offline/checkpoint.h5 --environment pendulum --steps 40 --out other",
                "offline/checkpoint.h5: expected continuous actions, as pendulum has, found actions of a finite set");
}

TEST_CASE("finetune says in one line what it cannot go on with", "[tool]") {
  const OfflineRun bench("sac");
  const std::string good = "finetune --checkpoint offline/checkpoint.h5 --environment mass_chain --steps 40 ";
  bench.refused("finetune --environment mass_chain --steps 40 --out online", "--checkpoint is missing");
  bench.refused("finetune --checkpoint offline/checkpoint.h5 --steps 40 --out online", "--environment is missing");
  bench.refused("finetune --checkpoint offline/checkpoint.h5 --environment mass_chain --out online",
                "--steps is missing");
  bench.refused("finetune --checkpoint none.h5 --environment mass_chain --steps 40 --out online", "none.h5");
  bench.refused("finetune --checkpoint offline/policy.h5 --environment mass_chain --steps 40 --out online",
                "policy.h5");
  bench.refused("finetune --checkpoint offline/checkpoint.h5 --environment pendulum --steps 40 --out online",
                "expected 3 observation and 1 action features");
  bench.refused(good + "--out online --offline-share 1.5", "offline_share must be");
  bench.refused(good + "--out online --epsilon 0.1", "epsilon must be 0 for continuous actions");
  bench.refused(good + "--out online --set penalty.alpha=1", "penalty");
  bench.refused(good + "--out online --set reward_shift=1", "reward_shift is the offline run's and cannot be changed");
  bench.ok(
      "train --algorithm bc --dataset data.hdf5 --steps 20 --out clone --batch-size 16 --set policy.network.hidden=8");
  bench.refused("finetune --checkpoint clone/checkpoint.h5 --environment mass_chain --steps 40 --out online",
                "bc has no critics, and does not learn from what it does");
  bench.ok("train --algorithm rebrac --dataset data.hdf5 --steps 20 --out rebrac" + small);
  const std::string rebrac =
      "finetune --checkpoint rebrac/checkpoint.h5 --environment mass_chain --steps 40 --out online ";
  bench.refused(rebrac, "give --set value.distance_weight=0");
  bench.ok(rebrac + "--set value.distance_weight=0");
  bench.refused("finetune --checkpoint online/checkpoint.h5 --environment mass_chain --steps 40 --out again",
                "expected a checkpoint of holdfast train, found one of holdfast finetune");
  bench.refused("train --resume --out online", "expected a checkpoint of holdfast train");

  bench.collect("other.hdf5", 260);
  bench.refused(good + "--out third --dataset other.hdf5", "expected the data that the offline run learned from");
}

}  // namespace holdfast_finetune_test
