/// \file
/// What the tool `holdfast` refuses, and how it says so.
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "examples/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("Bad arguments are refused in one line that names what and where", "[tool]") {
  const ToolBench bench;
  bench.collect();
  bench.refused("", "a command is missing");
  bench.refused("--no-such-option", "--no-such-option");
  bench.refused("learn", "learn");
  const std::string train = "train --dataset data.hdf5 --steps 5 --out o --algorithm cql ";
  bench.refused(train + "--no-such-option", "--no-such-option");
  bench.refused("train --dataset data.hdf5 --steps 5 --out o --algorithm cgl", "did you mean cql?");
  bench.refused("train --dataset data.hdf5 --steps 5 --out o", "--algorithm is missing");
  bench.refused("train --algorithm cql --steps 5 --out o", "--dataset is missing");
  bench.refused("train --algorithm cql --dataset data.hdf5 --out o", "--steps is missing");
  bench.refused("train --algorithm cql --dataset data.hdf5 --steps 5", "--out is missing");
  bench.refused(train + "--set pentaly.alpha=5", "did you mean \"penalty.alpha\"?");
  bench.refused(train + "--set batch_sise=5", "did you mean \"batch_size\"?");
  bench.refused(train + "--set penalty.alpha", "expected key=value");
  bench.refused(train + "--set penalty.alpha=much", "penalty.alpha must be a number, but is \"much\"");
  bench.refused(train + "--set penalty.alpha=-1", "penalty.alpha must be at least 0, but is -1");
  bench.refused(train + "--set critics.network.hidden=64,x", "critics.network.hidden must be a list of whole numbers");
  bench.refused(train + "--set critics.network.activation=rleu", "did you mean relu?");
  bench.refused(train + "--set discount=1", "discount must be in [0, 1)");
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
