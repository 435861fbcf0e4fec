/// \file
/// The values of `holdfast train`: from files, from --set and from options.
#include <fstream>
#include <string>

#include "catch.hpp"
#include "examples/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

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
             Contains("hidden = [8, 4]\n") && Contains("log_std = -0.5\n") && Contains("policy_decay_steps = 6\n"));
  bench.ok("train --config c.toml --out b --set policy_decay_steps=0");
  CHECK_THAT(content(bench.path("b/config.toml")), Contains("policy_decay_steps = 0\n"));
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
  refused("this is no TOML\n", "c.toml: there is no \"this is no TOML\"");
  bench.refused("train --config none.toml --out o", "none.toml");
}
