/// \file
/// Tests the warnings about a dataset's problems that commands print before they work on it.
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

namespace data_warnings_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr const char* train_bc =
    "train --algorithm bc --steps 3 --batch-size 8 --set policy.network.hidden=4 --overwrite --out run --dataset ";
const std::string train_iql = "train --algorithm iql --steps 3 --overwrite --out run" + small + "--dataset ";

/// Checks that a command succeeds with exactly these lines on standard error, each a warning about the file.
void warns(const Bench& bench, const std::string& arguments, const std::vector<std::string>& expected) {
  const Outcome outcome = bench.run(arguments);
  INFO(arguments << ": " << outcome.output << outcome.error);
  CHECK(outcome.exit_code == 0);
  const std::vector<std::string> found = lines_of(complaints(outcome.error));
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK_THAT(found[i], Contains("warning: ") && Contains("data.hdf5: " + expected[i]));
}

}  // namespace

TEST_CASE("train warns of data that teaches something wrong, or nothing", "[tool]") {
  const ToolBench bench;
  bench.collect("sound.hdf5", 300);
  const auto sound = read_d4rl(bench.path("sound.hdf5"));
  auto data = sound;
  const auto write = [&] { write_d4rl(bench.path("data.hdf5"), data); };

  data.rewards.setZero();
  write();
  warns(bench, train_bc + std::string("data.hdf5"), {});  // cloning needs no rewards
  const Outcome outcome = bench.run(train_iql + "data.hdf5");
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.error, Contains("data.hdf5: all rewards are 0"));

  data = sound;
  data.resize(320);
  for (auto* columns : {&data.observations, &data.next_observations, &data.actions}) columns->rightCols(20).setZero();
  data.rewards.tail(20).setZero();
  data.terminals.tail(20).setZero();
  data.timeouts.tail(20).setZero();
  write();
  warns(bench, train_bc + std::string("data.hdf5"),
        {"the last 20 rows are zero in every column, as if the file had never been filled to its end"});
}

TEST_CASE("train warns of ends that are not recorded", "[tool]") {
  const ToolBench bench;
  hdf5::Writer file(bench.path("data.hdf5"));
  const auto data = fixture::chain<float>(std::vector<int>(60), std::vector<int>(60));
  file.write("observations", data.observations);
  file.write("actions", data.actions);
  file.write("rewards", data.rewards);
  file.write_flags("terminals", data.terminals);
  file.commit();
  warns(bench, train_bc + std::string("data.hdf5"),
        {"no terminal and no timeout is recorded: where episodes end is not known, and what leads from one to the next "
         "is learned as a step; give the number of steps an episode has (max_episode_steps), or record the flags"});
  warns(bench, train_bc + std::string("data.hdf5 --max-episode-steps 20"), {});
}

TEST_CASE("ope counts the time-outs it is told of before it warns, and warns of nothing that it refuses", "[tool]") {
  const ToolBench bench;
  bench.collect("sound.hdf5", 300);
  auto data = read_d4rl(bench.path("sound.hdf5"));
  data.timeouts.setZero();
  write_d4rl(bench.path("data.hdf5"), data);
  bench.ok(train_bc + std::string("sound.hdf5"));
  const std::string ope = "ope --estimators dm --q linear --dataset data.hdf5 --policy run/policy.h5 ";
  warns(bench, ope + "--max-episode-steps 100", {});
  CHECK_THAT(bench.run("inspect data.hdf5 --max-episode-steps 100").output,
             Contains("timeouts 3") && !Contains("no terminal and no timeout"));
  data.rewards.setZero();
  write_d4rl(bench.path("data.hdf5"), data);
  warns(bench, ope + "--max-episode-steps 100", {"all rewards are 0"});
  bench.refused(ope + "--max-episode-steps 100 --policy missing.h5", "missing.h5");
}

TEST_CASE("ope warns of a gap in an episode, leaves it out, and refuses shuffled rows", "[tool]") {
  const ToolBench bench;
  bench.ok("collect --environment chain --policy random --steps 3000 --seed 3 --out sound.hdf5");
  bench.ok(train_bc + std::string("sound.hdf5"));
  const std::string ope = "ope --policy run/policy.h5 --estimators wis,dm --horizon 30 --dataset ";
  bench.ok(ope + "sound.hdf5");
  const auto sound = read_d4rl<ActionIndices>(bench.path("sound.hdf5"));
  std::vector<Index> rows;
  for (Index row = 0; row < sound.size(); ++row)
    if (row != 3) rows.push_back(row);
  write_d4rl(bench.path("data.hdf5"), sound.select(rows));
  warns(bench, ope + "data.hdf5",
        {"rows that do not lead to the following one though no flag ends the episode there: 1, the first is row 2;"});
  CHECK_THAT(
      bench.run(ope + "data.hdf5").output,
      Contains("that broke off, left out)") && Contains("transitions that may begin inside an episode, behind a gap"));
  std::vector<Index> shuffled;
  for (Index row = 0; row < sound.size(); ++row) shuffled.push_back(row * 7 % sound.size());
  write_d4rl(bench.path("shuffled.hdf5"), sound.select(shuffled));
  bench.refused(ope + "shuffled.hdf5", "rows are shuffled or missing");
  warns(bench, train_bc + std::string("shuffled.hdf5"), {});  // each transition is complete
}

}  // namespace data_warnings_test
