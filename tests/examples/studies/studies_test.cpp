/// \file
/// Tests the studies as users run them: the files that they write and keep, their refusals, and that threads change
/// nothing.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "holdfast/data/hdf5.hpp"
#include "support/run_program.hpp"

namespace studies_test {

using namespace holdfast;
using holdfast::testing::Bench;
using holdfast::testing::content;
using holdfast::testing::lines_of;
using holdfast::testing::Outcome;

namespace {

const std::string small = "--online-steps 2000 --transitions 500 --steps 100 --hidden 8 --episodes 2 ";
const std::string header =
    "environment,data,algorithm,seed,step,return_mean,return_stderr,normalized_score,q_policy_mean,q_policy_max,"
    "q_data_mean,true_q,q_lowest,q_highest,action_distance,temperature,stopped_step\n";

/// Checks that the program succeeds; it shows its progress on standard error. Returns its outcome.
Outcome succeed(const Bench& bench, const std::string& arguments) {
  Outcome outcome = bench.run(arguments);
  INFO(arguments << ": " << outcome.output << outcome.error);
  CHECK(outcome.exit_code == 0);
  return outcome;
}

/// Returns the number of cells in a line of Markdown.
std::ptrdiff_t cells(const std::string& line) { return std::count(line.begin(), line.end(), '|') - 1; }

}  // namespace

TEST_CASE("compare_learners writes a line of its table for each dataset, the same bits whatever the threads") {
  const Bench bench(COMPARE_LEARNERS);
  const std::string arguments =
      small + "--seeds 2 --environments pendulum --data random mixed --algorithms bc sac cql iql ";
  const auto lines = lines_of(succeed(bench, arguments + "--threads 1 --out one").output);
  succeed(bench, arguments + "--threads 2 --out two");
  const std::string results = content(bench.path("one/results.csv"));
  CHECK(results.starts_with(header));
  CHECK(results == content(bench.path("two/results.csv")));
  CHECK(content(bench.path("one/scores.gp")) == content(bench.path("two/scores.gp")));

  REQUIRE(lines.size() > 5);
  CHECK(lines[1] == "| environment | data | bc | sac | cql | iql |");
  CHECK(lines[3].starts_with("| pendulum | random | "));
  CHECK(lines[4].starts_with("| pendulum | mixed | "));
  for (int i = 1; i < 5; ++i) CHECK(cells(lines[static_cast<std::size_t>(i)]) == 6);
}

TEST_CASE("mixed data are the first halves of expert and random data, cut off by a time-out between them") {
  const Bench bench(COMPARE_LEARNERS);
  succeed(bench, small + "--seeds 1 --environments pendulum --data random expert mixed --algorithms bc --out .");
  const auto read = [&](const char* kind) { return read_d4rl(bench.path("pendulum/" + std::string(kind))); };
  const Transitions<float> expert = read("expert.hdf5");
  const Transitions<float> random = read("random.hdf5");
  const Transitions<float> mixed = read("mixed.hdf5");
  REQUIRE(mixed.size() == 500);
  CHECK(mixed.observations.leftCols(250) == expert.observations.leftCols(250));
  CHECK(mixed.observations.rightCols(250) == random.observations.leftCols(250));
  CHECK(mixed.actions.leftCols(250) == expert.actions.leftCols(250));
  CHECK(mixed.actions.rightCols(250) == random.actions.leftCols(250));
  CHECK((mixed.rewards.tail(250) == random.rewards.head(250)).all());
  CHECK(mixed.next_observations.rightCols(250) == random.next_observations.leftCols(250));
  CHECK(expert.timeouts(249) == 0);
  CHECK(mixed.timeouts(249) == 1);
  CHECK_FALSE(mixed.has_action_log_probs());
}

TEST_CASE("--keep-data uses what is there, makes only what is missing, and refuses what was made otherwise") {
  namespace fs = std::filesystem;
  const Bench bench(COMPARE_LEARNERS);
  const std::string arguments = small + "--seeds 1 --environments pendulum --algorithms bc --data random expert ";
  succeed(bench, arguments);
  const std::string random = bench.path("out/pendulum/random.hdf5");
  const std::string expert = bench.path("out/pendulum/expert.hdf5");
  const std::string results = content(bench.path("out/results.csv"));
  const auto written = fs::last_write_time(random);

  CHECK_THAT(succeed(bench, arguments + "--keep-data").error, !Contains("online SAC"));
  CHECK(content(bench.path("out/results.csv")) == results);

  fs::remove(expert);
  CHECK_THAT(succeed(bench, arguments + "--keep-data").error, Contains("online SAC"));
  CHECK(fs::exists(expert));
  CHECK(fs::last_write_time(random) == written);
  CHECK(content(bench.path("out/results.csv")) == results);

  bench.refused(arguments + "--keep-data --noise 0.2", "noise: expected 0.2, as asked for, found 0.1");
  bench.refused(arguments + "--keep-data --seed 2", "seed: expected 2, as asked for, found 1");
  bench.refused(arguments + "--keep-data --discount 0.9", "discount: expected 0.9, as asked for, found 0.99");
  write_d4rl(random, read_d4rl(random));
  bench.refused(arguments + "--keep-data", random.substr(random.find("out/")) + ": batch_size: expected ");
}

TEST_CASE("an interruption while data are made leaves none behind") {
  const Bench bench(COMPARE_LEARNERS);
  const Outcome outcome = bench.shell("timeout --preserve-status --signal INT 1 " + bench.program() +
                                      "--online-steps 1000000 --online-score 1000 --episodes 1 --hidden 8");
  INFO(outcome.output << outcome.error);
  CHECK(outcome.exit_code == 130);
  CHECK(outcome.output.empty());
  CHECK_THAT(outcome.error, !Contains("error") && !Contains("warning"));
  CHECK_FALSE(std::filesystem::exists(bench.path("out/mass_chain/replay.hdf5")));
  CHECK_FALSE(std::filesystem::exists(bench.path("out/results.csv")));
}

TEST_CASE("the studies name what is wrong before any data are made") {
  const Bench compare(COMPARE_LEARNERS);
  compare.refused("--set cpl.penalty.alpha=1", "there is no algorithm \"cpl\"; did you mean \"cql\"?");
  compare.refused("--set alpha=1", "ALGORITHM.FIELD=VALUE");
  compare.refused("--algorithms bc sac --set cql.penalty.alpha=1", "cql is not among --algorithms");
  compare.refused("--set cql.penalty.alpa=1", "--set cql.penalty.alpa=1: ");
  compare.refused("--set cql.penalty.alpha=-1", "--set cql.penalty.alpha=-1: ");
  compare.refused("--data random expert random", "--data: random is given twice");
  compare.refused("--algorithms bc bc", "--algorithms: bc is given twice");
  compare.refused("--out /proc/nowhere", "/proc/nowhere");
  CHECK_FALSE(std::filesystem::exists(compare.path("out")));
  const Bench sweep(CONSERVATISM_SWEEP);
  sweep.refused("--data random random", "--data: random is given twice");
  sweep.refused("--alphas 1 nan", "nan");
}

TEST_CASE("conservatism_sweep writes a line for each weight, in order, the same bits whatever the threads") {
  const Bench bench(CONSERVATISM_SWEEP);
  const std::string arguments = small + "--seeds 2 --environment pendulum --data random --alphas 1 0.1 1 ";
  const auto lines = lines_of(succeed(bench, arguments + "--threads 1 --out one").output);
  succeed(bench, arguments + "--threads 2 --out two");
  const std::string results = content(bench.path("one/conservatism.csv"));
  CHECK(results.starts_with(header));
  CHECK(results == content(bench.path("two/conservatism.csv")));

  REQUIRE(lines.size() > 9);
  CHECK(lines[1].starts_with("| pendulum, random | score | "));
  CHECK(lines[3].starts_with("| bc | "));
  CHECK(lines[4].starts_with("| sac | "));
  CHECK(lines[5].starts_with("| sac_no_entropy | "));
  CHECK(lines[6].starts_with("| cql 0.1 | "));
  CHECK(lines[7].starts_with("| cql 1 | "));
  for (std::size_t i = 1; i < 8; ++i) CHECK(cells(lines[i]) == 5);
  CHECK(lines[8].empty());
  CHECK(lines[9].starts_with("On random data CQL "));
}

TEST_CASE("error_propagation writes the error of each state after each backup: powers of the discount") {
  const Bench bench(ERROR_PROPAGATION);
  const auto lines = lines_of(bench.ok("--states 5 --backups 8 --collect-at 6 --discount 0.5 --out out"));
  REQUIRE(lines.size() > 8);
  CHECK(cells(lines[0]) == 7);
  CHECK(lines[2] == "| dqn | 0.500 | 1 upstream | 1 to 8 | 0.500 | 0.062 | 1.000 |");
  CHECK(lines[6] == "| iql | 0.000 | – | – | 0.000 | 0.000 | 1.000 |");
  CHECK_THAT(lines[8], Contains("is 1 γ^k after k backups, and stays: 0.062 at 4 upstream."));
  const auto rows = lines_of(content(bench.path("out/error_propagation.csv")));
  CHECK(rows.size() == 1 + 5 * 9 * 5);  // learners, backups from 0 on, states
  CHECK(rows[0] == "learner,backup,state,error,untried");
  double expected = 1;
  for (std::size_t backup = 1; backup < 5; ++backup) {
    const std::string& row = rows[1 + backup * 5 + 4 - backup];  // `backup` states upstream of the last one
    CAPTURE(row);
    expected /= 2;
    REQUIRE(row.starts_with("dqn," + std::to_string(backup) + "," + std::to_string(4 - backup) + ","));
    CHECK(std::abs(std::stod(row.substr(row.find(',', 6) + 1)) - expected) < 1e-6);
  }
  const std::string short_run = bench.ok("--states 9 --backups 3 --collect-at 3 --discount 0.5 --error 4 --out short");
  CHECK_THAT(short_run, Contains("is 4 γ^k after k backups, and stays: 0.500 at 3 upstream."));
  CHECK_THAT(short_run, Contains("| dqn | 2.000 | 1 upstream | 1 to 3 | 2.000 | 0.000 | 4.000 |\n"));
  CHECK_THAT(bench.ok("--quick --out quick"), Contains("| dqn | 0.950 | 1 upstream | 1 to 20 | 0.950 | "));
  bench.refused("--discount 1.5", "--discount");
  bench.refused("--error 0", "--error");
  bench.refused("--backups 20", "--collect-at must be at most --backups, 20, but is 30");
  for (const char* const set : {"--states 5", "--backups 5", "--collect-at 5"})
    bench.refused(set + std::string(" --quick"), "--quick");
  bench.refused("--out /proc/nowhere", "/proc/nowhere");
}

TEST_CASE("docs/studies shows the table of error_propagation as the program prints it") {
  const Bench bench(ERROR_PROPAGATION);
  const std::string said = bench.ok("");
  const std::string table = said.substr(0, said.find("\n\n") + 1);
  REQUIRE(lines_of(table).size() == 7);
  CHECK_THAT(content(HOLDFAST_DOCS "/studies/error_propagation.md"), Contains("\n\n" + table + "\n"));
}

TEST_CASE("open_bandit says what a policy would have earned, and compares it with a log of its own") {
  const Bench bench(OPEN_BANDIT);
  std::string log = "item_id,position,click,propensity_score\n";
  for (int i = 0; i < 340; ++i)  // nearly every item at each position, every tenth clicked
    log += std::to_string(i % 34) + "," + std::to_string(1 + i % 3) + "," + (i % 10 == 0 ? "1" : "0") +
           ",0.029411764705882353\n";
  std::ofstream(bench.path("log.csv")) << log;
  std::ofstream(bench.path("own.csv")) << "item_id,position,click,propensity_score\n0,1,1,0.5\n3,2,0,0.5\n";
  const std::string arguments = "--log log.csv --resamples 200 ";
  const auto lines = lines_of(bench.ok(arguments + "--policy uniform --truth own.csv"));
  REQUIRE(lines.size() == 13);
  CHECK(lines[0] == "log log.csv: 340 recommendations, 34 clicks: 100.000 ± 16.294 of 1000");
  CHECK(lines[1] == "policy uniform of the campaign men, 34 items; weights: mean 1.000 ± 0.000");
  for (std::size_t i = 3; i < 10; ++i) CHECK(cells(lines[i]) == 5);
  CHECK(lines[5].starts_with("| is | 100.000 | 16.294 | "));
  CHECK(lines[5].ends_with(" | 340 |"));
  CHECK(lines[7].starts_with("| dm | "));
  CHECK(lines[7].ends_with(" | – |"));
  CHECK(lines[11] == "truth own.csv: 2 recommendations, 1 clicks: 500.000 ± 500.000 of 1000");

  const std::string bts = bench.ok(arguments + "--seed 2");
  CHECK(bts == bench.ok(arguments + "--seed 2 --policy bts --campaign men --folds 5"));
  CHECK(bts != bench.ok(arguments + "--seed 2 --clip 1"));
  bench.refused("", "--log is required");
  bench.refused("--log none.csv", "none.csv: expected a file, found none that can be read");
  bench.refused("--log log.csv --truth none.csv", "none.csv: expected a file, found none that can be read");
  bench.refused("--log log.csv --folds 341", "folds must be at most the number of trajectories");
  bench.refused("--log log.csv --policy greedy", "--policy");
  bench.refused("--log log.csv --clip 0", "--clip");
  std::ofstream(bench.path("cut.csv")) << log << "33,1";
  CHECK(bench.refused("--log cut.csv", "cut.csv") ==
        "error: cut.csv, line 342: expected as many cells as the header has, 4, found 2; is the file complete?\n");
}

TEST_CASE("docs/studies shows the tables of open_bandit as the program prints them", "[slow]") {
  const char* const folder = std::getenv("HOLDFAST_OPEN_BANDIT");  // NOLINT(concurrency-mt-unsafe)
  if (folder == nullptr || !std::filesystem::exists(std::filesystem::path(folder) / "random" / "men.csv")) {
    WARN("skipped: HOLDFAST_OPEN_BANDIT names no folder with random/men.csv of the Open Bandit Dataset");
    return;
  }
  const Bench bench(OPEN_BANDIT);
  for (const char* const arguments : {"--log random/men.csv --policy bts --truth bts/men.csv",
                                      "--log bts/men.csv --policy uniform --truth random/men.csv"}) {
    CAPTURE(arguments);
    const Outcome outcome =
        bench.shell("cd '" + std::filesystem::absolute(folder).string() + "' && " + bench.program() + arguments);
    CHECK(outcome.exit_code == 0);
    const auto begin = outcome.output.find("\n\n");
    const std::string table = outcome.output.substr(begin, outcome.output.rfind("\n\n") + 2 - begin);
    REQUIRE(lines_of(table).size() == 10);
    CHECK_THAT(content(HOLDFAST_DOCS "/studies/open_bandit.md"), Contains(arguments) && Contains(table));
  }
}

TEST_CASE("theorem_curves writes a line for each weight and expectile, the same bits whatever the threads") {
  const Bench bench(THEOREM_CURVES);
  const std::string arguments = "--worlds 3 --draws 10 ";
  const auto lines = lines_of(bench.ok(arguments + "--threads 1 --out one"));
  bench.ok(arguments + "--threads 2 --out two");
  for (const char* const name : {"lower_bound.csv", "in_sample_optimum.csv", "theorem_curves.gp"}) {
    CAPTURE(name);
    CHECK_FALSE(content(bench.path("one/") + name).empty());
    CHECK(content(bench.path("one/") + name) == content(bench.path("two/") + name));
  }
  REQUIRE(lines.size() > 22);
  CHECK(lines[2].starts_with("| 0 | 0 | "));
  CHECK(lines[9].starts_with("| 1 | "));
  CHECK_THAT(lines[9], Contains("| 100 % |"));
  CHECK_THAT(bench.ok("--quick --out quick"), Contains("means over 10 processes."));
  bench.refused("--confidence 1", "--confidence");
  bench.refused("--worlds 5 --quick", "--quick");
  bench.refused("--out /proc/nowhere", "/proc/nowhere");
}

TEST_CASE("rare_treatment writes a line for each learner, world and dataset, the same bits whatever the threads") {
  const Bench bench(RARE_TREATMENT);
  const std::string arguments = "--datasets 2 --chances 0.02 0.2 --records 50 --updates 20 ";
  const auto lines = lines_of(bench.ok(arguments + "--threads 1 --out one"));
  bench.ok(arguments + "--threads 2 --out two");
  for (const char* const name : {"rare_treatment.csv", "rare_treatment.gp"})
    CHECK(content(bench.path("one/") + name) == content(bench.path("two/") + name));
  const auto rows = lines_of(content(bench.path("one/rare_treatment.csv")));
  CHECK(rows.size() == 1 + 2 * 2 * 2 * 8 * 5);  // worlds, chances, datasets, learners, severities
  REQUIRE(lines.size() > 11);
  CHECK(cells(lines[0]) == 5);
  CHECK(lines[2].starts_with("| bc | 0 % | 0 % | 55.5 ± 0.0 | 55.5 ± 0.0 |"));
  CHECK(lines[9].starts_with("| iql | "));
  CHECK_THAT(content(bench.path("one/rare_treatment.gp")), Contains("set key") && !Contains("unset key"));
  CHECK_THAT(bench.ok("--quick --records 20 --updates 2 --out quick"), Contains("| 0.3 %: recovered |"));
  bench.refused("--chances 1.5", "--chances");
  bench.refused("--chances 0", "--chances");
  bench.refused("--chances 0.1 0.2 0.1", "--chances: 0.1 is given twice");
  bench.refused("--datasets 5 --quick", "--quick");
  bench.refused("--out /proc/nowhere", "/proc/nowhere");
}

}  // namespace studies_test
