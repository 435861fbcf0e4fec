/// \file
/// Tests what the tool `holdfast` refuses, and its error messages.
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

namespace holdfast_refusals_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("Bad arguments are refused in one line that names what and where", "[tool]") {
  const ToolBench bench;
  bench.collect();
  bench.refused("", "a command is missing");
  bench.refused("--no-such-option", "--no-such-option");
  bench.refused("learn", "there is no command \"learn\"");
  bench.refused("collct", "did you mean \"collect\"?");
  const std::string train = "train --dataset data.hdf5 --steps 5 --out o --algorithm cql ";
  bench.refused(train + "--no-such-option", "--no-such-option");
  bench.refused("train --dataset data.hdf5 --steps 5 --out o --algorithm cgl", "did you mean \"cql\"?");
  bench.refused("train --dataset data.hdf5 --steps 5 --out o", "--algorithm is missing");
  bench.refused("train --algorithm cql --steps 5 --out o", "--dataset is missing");
  bench.refused("train --algorithm cql --dataset data.hdf5 --out o", "--steps is missing");
  bench.refused("train --algorithm cql --dataset data.hdf5 --steps 5", "--out is missing");
  bench.refused(train + "--set pentaly.alpha=5", "did you mean \"penalty.alpha\"?");
  bench.refused(train + "--set alpha=3", "did you mean \"penalty.alpha\"?");
  bench.refused(train + "--set batch_sise=5", "did you mean \"batch_size\"?");
  bench.refused(train + "--set penalty.alpha", "--set must be KEY=VALUE");
  bench.refused(train + "--set penalty.alpha=much", "penalty.alpha must be a number, but is \"much\"");
  bench.refused(train + "--set penalty.alpha=-1", "penalty.alpha must be at least 0, but is -1");
  bench.refused(train + "--set critics.network.hidden=64,x", "critics.network.hidden must be a list of whole numbers");
  bench.refused(train + "--set critics.network.activation=rleu", "did you mean \"relu\"?");
  bench.refused(train + "--set discount=1.1", "--set: discount must be in [0, 1], but is 1.1");
  bench.refused("train --algorithm bc --dataset data.hdf5 --steps 5 --out o --set discount=0.9",
                "--set: there is no \"discount\": there are no critics (algorithm \"bc\")");
  bench.refused(train + "--batch-size 0", "batch_size must be in [1, 100000]");
  bench.refused(train + "--seed -1", "seed must be a whole number");
  bench.refused(train + "--evaluate-every 5", "--environment");
  bench.refused(train + "--environment moon", "environment must be one of");
  bench.refused(train + "--environment pendulum", "as pendulum has, found 6 and 3");
  bench.refused(train + "--markdown", "--algorithm list");
  bench.refused("train --dataset data.hdf5 --steps 5 --algorithm cql --out /proc/nowhere/out", "/proc/nowhere/out");
  bench.refused("collect --environment mass_chain --policy random --steps 0 --out d.hdf5", "--steps");
  bench.refused("collect --environment mass_chain --policy nobody --steps 5 --out d.hdf5", "no file \"nobody\"");
  bench.refused("collect --environment mass_chain --policy random --deterministic --steps 5 --out d.hdf5", "random");
  bench.refused("collect --environment mass_chain --policy random --steps 5 --out /proc/nowhere/d.hdf5",
                "/proc/nowhere");
  CHECK_FALSE(std::filesystem::exists(bench.path("o")));
}

TEST_CASE("Numbers that are none, and negative seeds, are refused", "[tool]") {
  const ToolBench bench;
  const std::string collect = "collect --environment mass_chain --policy random --steps 5 --out d.hdf5 ";
  bench.refused(collect + "--noise nan", "--noise: must be a number in [0, 10], but is \"nan\"");
  bench.refused(collect + "--seed -1", "--seed: must be a whole number");
  bench.refused(collect + "--seed 18446744073709551616", "--seed: must be a whole number");
  bench.ok(collect + "--seed 18446744073709551615");
  bench.refused("evaluate --environment mass_chain --policy none.h5 --seed -1", "--seed: must be a whole number");
}

TEST_CASE("A dataset that cannot be written is refused before the steps are done", "[tool]") {
  const ToolBench bench;
  std::filesystem::create_directory(bench.path("folder"));
  const auto refused = [&](const std::string& out, const std::string& expected) {
    bench.refused("collect --environment mass_chain --policy random --steps 1000 --out " + out, expected);
    CHECK(lines_of(content(bench.path("stderr"))).size() == 1);  // no progress was made
  };
  refused("folder", "\"folder\": expected the name of a file, found a folder");
  refused("folder/", "\"folder/\": expected the name of a file");
  refused("''", "expected the name of a file, found none");
  refused("/proc/x.hdf5", "/proc/x.hdf5: cannot be written");
  bench.collect();
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 1 --out run");
  const std::string policy = content(bench.path("run/policy.h5"));
  bench.refused("collect --environment mass_chain --steps 5 --policy run/policy.h5 --out run/../run/policy.h5",
                "is the file of --policy");
  CHECK(content(bench.path("run/policy.h5")) == policy);
  CHECK_FALSE(std::filesystem::exists(bench.path("run/policy.h5.tmp")));
}

TEST_CASE("Standard output that cannot be written is an error", "[tool]") {
  const ToolBench bench;
  bench.collect();
  for (const char* arguments : {"--help", "--version", "train --algorithm list", "inspect data.hdf5 --json",
                                "train --algorithm bc --dataset data.hdf5 --steps 1 --out run --overwrite"})
    CHECK(bench.shell(bench.program() + arguments + " >/dev/full").exit_code == 2);
  CHECK_THAT(content(bench.path("stderr")), Contains("standard output cannot be written"));
}

TEST_CASE("The products' instructions are chosen by HOLDFAST_PRODUCTS, and said", "[tool]") {
  const ToolBench bench;
  const auto version = [&](const std::string& wanted) {
    return bench.shell("HOLDFAST_PRODUCTS=" + wanted + " " + bench.program() + " --version");
  };
  CHECK_THAT(version("baseline").output, Contains(", products by baseline"));
  CHECK_THAT(version("eigen").output, Contains(", products by eigen"));
  CHECK(version("avx3").exit_code == 2);
  CHECK_THAT(content(bench.path("stderr")), Contains("HOLDFAST_PRODUCTS") && Contains("avx3"));
  CHECK(lines_of(content(bench.path("stderr"))).size() == 1);
  bench.collect();
  CHECK(bench
            .shell("HOLDFAST_PRODUCTS=baseline " + bench.program() +
                   " train --algorithm bc --dataset data.hdf5 --steps 1 --out run")
            .exit_code == 0);
  CHECK_THAT(content(bench.path("run/config.toml")), Contains("products by baseline"));
}

TEST_CASE("Bad files are refused in one line that names them", "[tool]") {
  const ToolBench bench;
  const std::string train = " --algorithm bc --steps 5 --out o --dataset ";
  bench.refused("train" + train + "none.hdf5", "none.hdf5: expected an HDF5 file, found no file");
  std::ofstream(bench.path("text.hdf5")) << "observations\n";
  bench.refused("train" + train + "text.hdf5", "text.hdf5: expected an HDF5 file, found another kind of file");
  bench.refused("evaluate --environment mass_chain --policy text.hdf5", "text.hdf5: expected an HDF5 file");
  bench.refused("collect --environment mass_chain --steps 5 --out d.hdf5 --policy text.hdf5", "text.hdf5: expected");
  bench.collect();
  bench.refused("evaluate --environment mass_chain --policy data.hdf5", "is it a policy file?");
  bench.ok("train" + train + "data.hdf5");
  bench.refused("evaluate --environment pendulum --policy o/policy.h5", "as pendulum has, found 6 and 3");
  bench.refused("collect --environment pendulum --policy o/policy.h5 --steps 5 --out d.hdf5", "as pendulum has");
  bench.collect("one.hdf5", 1);
  bench.refused("train --algorithm bc --steps 5 --out p --dataset one.hdf5", "expected at least 2 transitions");
  bench.collect("five.hdf5", 5);
  bench.ok("train --algorithm bc --steps 5 --out p --dataset five.hdf5");
}

}  // namespace holdfast_refusals_test
