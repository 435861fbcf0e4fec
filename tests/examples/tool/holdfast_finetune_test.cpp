/// \file
/// Tests `holdfast finetune`: offline runs that go on in their environment.
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
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

TEST_CASE("The share decides what finetune learns from", "[tool]") {
  const OfflineRun bench("iql");
  const auto predicted = [&](const std::string& share) {
    bench.ok(OfflineRun::finetune("--steps 40 --overwrite --out online " + share));
    return bench.column("online", "q_data_mean").back();
  };
  const std::string mixed = predicted("");
  const std::string alone = predicted("--offline-share 0");
  CHECK(alone != mixed);
  CHECK(predicted("--offline-share 1") != alone);
  CHECK(predicted("--offline-share none") == mixed);
}

TEST_CASE("Learning rates that decayed are full online, unless that is asked for", "[tool]") {
  const OfflineRun bench("iql");
  const auto decays = [&](const std::string& run) {
    const std::string config = content(bench.path(run + "/config.toml"));
    return config.find("decay_steps = 40") != std::string::npos || config.find("decay_steps = 90") != std::string::npos;
  };
  CHECK(decays("offline"));
  bench.ok(OfflineRun::finetune("--steps 40 --out full"));
  CHECK_FALSE(decays("full"));
  bench.ok(OfflineRun::finetune("--steps 40 --out decaying --set policy_optimizer.decay_steps=90"));
  CHECK(decays("decaying"));
  bench.ok("finetune --resume --out decaying --steps 45");  // with the settings of the run
  CHECK(decays("decaying"));
}

TEST_CASE("Rewards and observations of the environment are prepared as the data were", "[tool]") {
  const auto predicted = [](const std::string& preparation) {
    const ToolBench bench;
    bench.collect();
    // Without a discount Q is the reward, here of the environment alone.
    bench.ok(
        "train --algorithm iql --dataset data.hdf5 --steps 1 --out offline --batch-size 32 " + preparation +
        " --set discount=0 policy.network.hidden=16 critics.network.hidden=16 critics.optimizer.learning_rate=0.01");
    bench.ok(
        "finetune --checkpoint offline/checkpoint.h5 --environment mass_chain --steps 1200 --offline-share 0 --out "
        "online");
    return std::stod(column_of(content(bench.path("online/metrics.csv")), "q_policy_mean").back());
  };
  // The task's rewards are in [−0.02, 1].
  const double plain = predicted("");
  CHECK(std::abs(plain) < 1.5);
  CHECK(std::abs(predicted("--reward-scale 0.5 --reward-shift 5 --normalize") - 5) < 1.5);
}

TEST_CASE("Only whole rows of the offline run, up to its checkpoint, are copied", "[tool]") {
  const OfflineRun bench("sac");
  const std::string file = bench.path("offline/metrics.csv");
  const std::string rows = content(file);
  const std::string last = lines_of(rows).back();
  std::ofstream(file) << rows << "60" << last.substr(2) << '\n'                    // later than the checkpoint
                      << last.substr(0, last.rfind(',')) << ",0123456789abcdef\n"  // of another run
                      << last.substr(0, last.size() / 2);                          // cut short
  bench.ok(OfflineRun::finetune("--steps 20 --out online"));
  CHECK(bench.column("online", "step") == std::vector<std::string>{"0", "20", "40", "0", "20"});
  // Without any, the online rows stand alone, and that is said.
  std::filesystem::remove(file);
  CHECK_THAT(bench.run(OfflineRun::finetune("--steps 20 --out alone")).error,
             Contains("warning: ") && Contains("expected rows of the offline run, to be copied, found none"));
  CHECK(bench.column("alone", "step") == std::vector<std::string>{"0", "20"});
}

TEST_CASE("Before it learns, a finetuned learner has no figures of its own, and its actions may leave the data",
          "[tool]") {
  const OfflineRun bench("sac");
  bench.ok(OfflineRun::finetune("--steps 80 --warmup-steps 30 --out online"));
  const auto losses = bench.column("online", "critic_loss");
  REQUIRE(losses.size() == 8);
  CHECK(losses[2] != "");
  CHECK(losses[3] == "");
  CHECK(losses[4] == "");
  CHECK(losses[5] != "");
  for (std::size_t row = 3; row < 8; ++row) CHECK(bench.column("online", "departure")[row] == "");
}

TEST_CASE("Learners over finite actions go on online too", "[tool]") {
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
                "bc has no critics, and would learn nothing from its own actions");
  bench.ok("train --algorithm rebrac --dataset data.hdf5 --steps 20 --out rebrac" + small);
  const std::string rebrac =
      "finetune --checkpoint rebrac/checkpoint.h5 --environment mass_chain --steps 40 --out online ";
  bench.refused(rebrac, "give --set value.distance_weight=0");
  bench.ok(rebrac + "--set value.distance_weight=0");
  bench.refused("finetune --checkpoint online/checkpoint.h5 --environment mass_chain --steps 40 --out again",
                "expected a checkpoint of holdfast train, found one of holdfast finetune");
  bench.refused("train --resume --out online", "expected a checkpoint of holdfast train");

  bench.refused(good + "--out online2 --set source=1", "source");
  bench.refused(good + "--out online2 --set offline.penalty.alpha=1", "offline.penalty.alpha");
  bench.refused(good + "--out online2 --set critics.network.hidden=9", "offline/checkpoint.h5: state/learner");
  CHECK_FALSE(std::filesystem::exists(bench.path("online2")));

  bench.collect("other.hdf5", 260);
  bench.refused(good + "--out third --dataset other.hdf5", "expected the data that the offline run learned from");
}

}  // namespace holdfast_finetune_test
