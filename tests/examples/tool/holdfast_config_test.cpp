/// \file
/// Tests the values of `holdfast train`: from files, from --set and from options.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

namespace holdfast_config_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("A run's config.toml repeats it bit for bit, and options overrule it", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string options = "--steps 12 --log-every 4 --normalize --seed 9 --environment mass_chain --episodes 2";
  for (const char* algorithm : {"iql", "cql", "brac"}) {
    bench.ok(std::string("train --algorithm ") + algorithm + " --dataset data.hdf5 --out a --overwrite " + options +
             small);
    bench.ok("train --config a/config.toml --out b --overwrite");
    for (const char* name : {"metrics.csv", "config.toml", "policy.h5"})
      CHECK(content(bench.path(std::string("a/") + name)) == content(bench.path(std::string("b/") + name)));
    CHECK(lines_of(content(bench.path("a/metrics.csv"))).size() == 1 + 4);
  }
  bench.ok("train --config a/config.toml --out b --overwrite --set seed=3 discount=0.5 --log-every 12");
  const std::string overruled = content(bench.path("b/config.toml"));
  CHECK_THAT(overruled, Contains("\nseed = 3\n") && Contains("\ndiscount = 0.5\n") && Contains("\nlog_every = 12\n") &&
                            Contains("[critics.network]\nhidden = [8, 8]\n") && Contains("\nnormalize = true\n"));
  CHECK(content(bench.path("a/metrics.csv")) != content(bench.path("b/metrics.csv")));
}

TEST_CASE("Every value can come from a file, and IQL's schedule follows --steps unless set", "[tool]") {
  const ToolBench bench;
  bench.collect();
  std::ofstream(bench.path("c.toml")) << "algorithm = \"iql\"\ndataset = 'data.hdf5'\nsteps = 6 # few\n"
                                         "[policy]\nlog_std = -0.5\n[policy.network]\nhidden = [8,\n  4]\n";
  bench.ok("train --config c.toml --out a");
  CHECK_THAT(content(bench.path("a/config.toml")),
             Contains("hidden = [8, 4]\n") && Contains("log_std = -0.5\n") && Contains("decay_steps = 6\n"));
  bench.ok("train --config c.toml --out b --set policy_optimizer.decay_steps=0");
  CHECK_THAT(content(bench.path("b/config.toml")), !Contains("decay_steps = 6\n"));
}

TEST_CASE("What a saved run's steps implied follows --steps, what was chosen stays", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string data = "--algorithm iql --dataset data.hdf5 --environment mass_chain --episodes 1" + small;
  bench.ok("train --steps 100 --out derived " + data);
  CHECK_THAT(content(bench.path("derived/config.toml")),
             Contains("\nlog_every = 2\nevaluate_every = 10\n") && Contains("decay_steps = 100\n"));
  bench.ok("train --config derived/config.toml --steps 200 --out longer");
  CHECK_THAT(content(bench.path("longer/config.toml")),
             Contains("\nlog_every = 4\nevaluate_every = 20\n") && Contains("decay_steps = 200\n"));

  bench.ok("train --steps 100 --log-every 50 --evaluate-every 100 --out chosen " + data +
           "policy_optimizer.decay_steps=300");
  bench.ok("train --config chosen/config.toml --set steps=200 --out longer --overwrite");
  CHECK_THAT(content(bench.path("longer/config.toml")),
             Contains("\nlog_every = 50\nevaluate_every = 100\n") && Contains("decay_steps = 300\n"));
}

TEST_CASE("Settings without effect, and such that freeze something, are warned of in a line each", "[tool]") {
  const ToolBench bench;
  bench.collect();
  bench.ok("collect --environment chain --policy random --steps 200 --out chain.hdf5");
  const auto said = [&](const std::string& arguments) {
    const Outcome outcome = bench.run("train --steps 5 --out o --overwrite " + arguments);
    CHECK(outcome.exit_code == 0);
    return complaints(outcome.error);
  };
  const std::string dqn = "--algorithm dqn --dataset chain.hdf5 --batch-size 16 --set critics.network.hidden=8 ";
  CHECK_THAT(said(dqn + "target_rate=0.05 track_every=5"), !Contains("target"));
  CHECK_THAT(said(dqn + "target_rate=0.0001 track_every=5"),
             Contains("warning: target_rate = 0.0001 with track_every = 5: the targets need about 50000 updates"));
  CHECK_THAT(said(dqn), Contains("warning: track_every = 2000 is more than the 5 updates"));
  CHECK(said("--algorithm sac --dataset data.hdf5" + small +
             "improvement.learn_temperature=false improvement.target_entropy=-1") ==
        "warning: improvement.target_entropy = -1 has no effect: learn_temperature is false\n");
  CHECK_THAT(said(dqn + "track_every=5 discount=1"), Contains("discount = 1, but episodes end without a terminal (1)"));
  // Every episode ends in a terminal.
  bench.ok("collect --environment chain --policy scripted --steps 50 --out chain.hdf5");
  CHECK_THAT(said(dqn + "track_every=5 discount=1"), !Contains("values have no bound"));
  CHECK_THAT(said("--algorithm sac --dataset data.hdf5" + small + "discount=1"),
             Contains("warning: discount = 1, but no terminal is recorded: values have no bound"));
}

TEST_CASE("--set and an option of other values contradict each other", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc --dataset data.hdf5 --out o --steps 5 --set steps=";
  bench.refused(train + "6", "--set steps=6 contradicts the option --steps, which is 5");
  bench.ok(train + "5");
}

TEST_CASE("Bad configuration files are refused in one line that names what and where", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const auto refused = [&](const std::string& text, const std::string& expected) {
    std::ofstream(bench.path("c.toml")) << text;
    bench.refused("train --algorithm cql --dataset data.hdf5 --steps 5 --out o --config c.toml", expected);
  };
  refused("stepz = 5\n", "c.toml: there is no \"stepz\"; did you mean \"steps\"?");
  refused("[policy.network]\nhiden = [5, 5]\n", "did you mean \"policy.network.hidden\"?");
  refused("[value]\nexpectile = 0.7\n", "c.toml: there is no \"value.expectile\"");
  refused("batch_size = \"many\"\n", "c.toml: batch_size must be a whole number, but is \"many\"");
  refused("normalize = 1\n", "c.toml: normalize must be true or false");
  refused("seed = 1\nsteps = 5\nseed = 2\n", "c.toml: seed is given twice");
  refused("this is no TOML\n", "c.toml, line 1: expected KEY = VALUE, found \"this is no TOML\"");
  refused("batch_size = 0\n", "c.toml: batch_size must be in [1, 100000], but is 0");
  refused("[penalty]\nalpha = -1\n", "c.toml: penalty.alpha must be at least 0, but is -1");
  refused("action_count = \"many\"\n", "c.toml: action_count must be a whole number, but is \"many\"");
  refused("action_count = 2147483648\n", "c.toml: action_count must be in [0, 2147483647], but is 2147483648");
  refused("[policy.network]\nhidden = [[5], [5]]\n", "c.toml, line 2: expected a value that is no list");
  bench.refused("train --algorithm cql --dataset data.hdf5 --steps 5 --out o --action-count 1.5",
                "command line: action_count must be a whole number, but is \"1.5\"");
  bench.refused("train --config none.toml --out o", "none.toml");
  bench.refused("train --config data.hdf5 --out o", "data.hdf5: expected a configuration file, which is text");
  std::ofstream(bench.path("huge.toml")) << "seed = 1\n";
  std::filesystem::resize_file(bench.path("huge.toml"), std::uintmax_t{1} << 33);
  CHECK(bench.shell("ulimit -v 2000000; " + bench.program() + "train --config huge.toml --out o").error ==
        "error: huge.toml: expected a configuration file, which is text, found binary data\n");
  std::ofstream(bench.path("c.toml")) << "algoritm = \"cql\"\nsteps = 5\n";
  bench.refused("train --config c.toml --out o", "c.toml: there is no \"algoritm\"; did you mean \"algorithm\"?");
  std::ofstream(bench.path("c.toml")) << "steps = 5\n[penalty]\nalpha = 1\n";
  bench.refused("train --config c.toml --out o", "--algorithm is missing");
}

}  // namespace holdfast_config_test
