/// \file
/// Tests the tool `holdfast` with unusual files, paths, sizes and streams.
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

namespace holdfast_files_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

const std::string cloning = " --algorithm bc --batch-size 16 --set policy.network.hidden=8 ";

/// Writes a D4RL file of `rows` steps with these observations and actions.
template <class Observations, class Actions>
void write(const std::string& path, const Observations& observations, const Actions& actions, Index rows = 60) {
  hdf5::Writer file(path);
  file.write("observations", observations);
  file.write("actions", actions);
  file.write("rewards", Row<float>(Row<float>::LinSpaced(rows, 0, 1)));
  Flags timeouts = Flags::Zero(rows);
  for (Index i = 19; i < rows; i += 20) timeouts(i) = 1;
  file.write_flags("terminals", Flags::Zero(rows));
  file.write_flags("timeouts", timeouts);
  file.commit();
}

Matrix<double> waves(Index rows, Index size) {
  Matrix<double> numbers(rows, size);
  for (Index i = 0; i < size; ++i)
    for (Index j = 0; j < rows; ++j) numbers(j, i) = std::sin(static_cast<double>((i + 1) * (j + 2)));
  return numbers;
}

}  // namespace

TEST_CASE("Sizes beyond all memory are refused in one line", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --dataset data.hdf5 --steps 2 --batch-size 8 --out o --algorithm ";
  bench.refused(train + "bc --set policy.network.hidden=[9000000000000000000]",
                "--set: each of policy.network.hidden must be at most 1000000, to fit into memory");
  for (const char* each : {"cql --set penalty.samples=", "brac --set improvement.samples=", "brac --set critics.size=",
                           "bear --set improvement.acting_samples="})
    bench.refused(train + each + "4611686018427387904", "must be at most 1000000, to fit into memory");
  const Outcome little =
      bench.shell("ulimit -v 2000000; " + bench.program() + train + "bc --set policy.network.hidden=[100000,100000]");
  CHECK(little.exit_code == 2);
  CHECK(little.error == "error: there is not enough memory for what was asked for\n");
  CHECK_FALSE(std::filesystem::exists(bench.path("o")));
}

TEST_CASE("A limit on the size of files is an error that leaves nothing unfinished", "[tool]") {
  const ToolBench bench;
  const Outcome collected = bench.shell("ulimit -f 2; " + bench.program() +
                                        "collect --environment mass_chain --policy random --steps 500 --out d.hdf5");
  CHECK(collected.exit_code == 2);
  CHECK(complaints(collected.error) == "error: d.hdf5: cannot be written: File too large\n");
  CHECK_FALSE(std::filesystem::exists(bench.path("d.hdf5.tmp")));
  CHECK_FALSE(std::filesystem::exists(bench.path("d.hdf5")));
}

TEST_CASE("A dataset of any name can be trained on, and the run repeated from its config.toml", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string name = "a # b \"c\" \\d\t'e' = [f]\n.hdf5";
  std::filesystem::rename(bench.path("data.hdf5"), bench.path(name));
  std::filesystem::copy_file(bench.path(name), bench.path("plain.hdf5"));
  bench.ok("train --steps 4 --out a --dataset \"$(printf 'a # b \"c\" \\\\d\\t\\047e\\047 = [f]\\n.hdf5')\"" + cloning);
  bench.ok("train --config a/config.toml --out b");
  for (const char* file : {"config.toml", "policy.h5", "metrics.csv"})
    CHECK(content(bench.path(std::string("a/") + file)) == content(bench.path(std::string("b/") + file)));
  CHECK_THAT(content(bench.path("a/config.toml")), Contains("a # b \\\"c\\\" \\\\d\\u0009'e' = [f]\\u000A.hdf5\"\n"));
}

TEST_CASE("Pipes are refused at once, whatever they are given as", "[tool]") {
  const ToolBench bench;
  bench.collect();
  REQUIRE(mkfifo(bench.path("pipe").c_str(), 0600) == 0);
  bench.refused("inspect pipe", "pipe: expected an HDF5 file, found a pipe or a device");
  bench.refused("train --algorithm bc --steps 5 --out o --dataset pipe", "found a pipe or a device");
  bench.refused("train --config pipe --out o", "pipe: expected a configuration file, found a pipe or a device");
  bench.refused("evaluate --environment mass_chain --policy pipe", "found a pipe or a device");
}

TEST_CASE("Progress is on standard error, results on standard output", "[tool]") {
  const ToolBench bench;
  const Outcome collected = bench.run("collect --environment mass_chain --policy random --steps 500 --out data.hdf5");
  CHECK_THAT(collected.output, Contains("data.hdf5: 500 transitions") && !Contains("%"));
  CHECK_THAT(collected.error, Contains("collect: 100%"));
  const Outcome trained = bench.run("train --dataset data.hdf5 --steps 20 --out o" + cloning);
  CHECK_THAT(trained.output, Contains("written: ") && !Contains("%"));
  CHECK_THAT(trained.error, Contains("train bc: 100%"));
  CHECK(complaints(trained.error).empty());
  const Outcome evaluated = bench.run("evaluate --environment mass_chain --policy o/policy.h5 --episodes 1001 --json");
  CHECK_THAT(evaluated.output, Contains("\"return_mean\"") && !Contains("%"));
  CHECK_THAT(evaluated.error, Contains("evaluate: 100%"));
}

TEST_CASE("Numbers of actions stored as floats are warned of, and read with --action-count", "[tool]") {
  const ToolBench bench;
  Matrix<float> actions(1, 60);
  for (Index i = 0; i < 60; ++i) actions(0, i) = static_cast<float>(i % 2);
  const Matrix<float> observations = waves(2, 60).cast<float>();
  write(bench.path("matrix.hdf5"), observations, actions);
  write(bench.path("row.hdf5"), observations, Row<float>(actions.row(0).array()));
  const std::string hint = "actions: whole numbers from 0 to 1 look like those of a finite set";
  CHECK_THAT(bench.ok("inspect matrix.hdf5"),
             Contains(hint) && Contains("action_count 2") && Contains("action size 1"));
  CHECK_THAT(bench.ok("inspect matrix.hdf5 --action-count 2"), !Contains(hint) && Contains("actions 2"));
  const std::string train = "train --algorithm iql --steps 5" + small + "--overwrite --out o --dataset ";
  const Outcome warned = bench.run(train + "matrix.hdf5");
  CHECK(warned.exit_code == 0);
  CHECK_THAT(warned.error, Contains("warning: ") && Contains(hint));
  CHECK_THAT(bench.ok(train + "matrix.hdf5 --action-count 2"), Contains("and 2 actions"));
  CHECK_THAT(content(bench.path("o/config.toml")), Contains("action_count = 2\n"));
  bench.refused(train + "row.hdf5", "store a continuous action of one feature as 60×1");
  bench.ok(train + "row.hdf5 --action-count 2");
}

TEST_CASE("Time stamps are warned of, and numbers beyond float named", "[tool]") {
  const ToolBench bench;
  Matrix<double> observations = waves(2, 60);
  for (Index i = 0; i < 60; ++i) observations(1, i) = 1.7e9 + static_cast<double>(i);
  const Matrix<float> actions = waves(1, 60).cast<float>();
  write(bench.path("stamps.hdf5"), observations, actions);
  CHECK_THAT(bench.ok("inspect stamps.hdf5"), Contains("observations, feature 1: the digits of float64 are lost"));
  const Outcome warned = bench.run("train --steps 2 --out o --dataset stamps.hdf5 --normalize" + cloning);
  CHECK(warned.exit_code == 0);
  CHECK_THAT(warned.error, Contains("warning: ") && Contains("feature 1: the digits of float64 are lost in float32"));
  observations(1, 4) = 1e300;
  write(bench.path("huge.hdf5"), observations, actions);
  bench.refused("inspect huge.hdf5", "the largest of float32, found 1e+300 in row 4, feature 1");
}

TEST_CASE("Other layouts, final observations and files that are being written are told by name", "[tool]") {
  const ToolBench bench;
  {
    hdf5::Writer file(bench.path("minari.hdf5"));
    file.write("episode_0/observations", Matrix<float>::Zero(2, 6).eval());
    file.commit();
  }
  bench.refused("inspect minari.hdf5", "expected D4RL's layout, a row for each transition, found Minari's");
  bench.refused("train --algorithm bc --steps 2 --out o --dataset minari.hdf5", "found Minari's");
  write(bench.path("more.hdf5"), waves(2, 61), waves(1, 60));
  bench.refused("inspect more.hdf5",
                "more.hdf5: observations: expected 60 rows, as actions, rewards and terminals have, "
                "found 61; the final observation of an episode has no row of its own");
  write(bench.path("open.hdf5"), waves(2, 60), waves(1, 60));
  const hdf5::Handle writer(H5Fopen(bench.path("open.hdf5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  bench.refused("inspect open.hdf5", "open.hdf5: cannot be opened as HDF5: another program has it open for writing");
}

}  // namespace holdfast_files_test
