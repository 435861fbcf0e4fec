/// `holdfast train --resume`: the same bits as a run that was never stopped, and what is refused.

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "holdfast/training/checkpoint.hpp"
#include "support/run_program.hpp"

using namespace holdfast;
using namespace holdfast::testing;
using Catch::Matchers::Contains;

namespace holdfast_resume_test {

const std::string narrow = "--batch-size 16 --set policy.network.hidden=8";
const std::string data = "--dataset data.hdf5 --log-every 20 ";

void run_shell(const ToolBench& bench, const std::string& command) { static_cast<void>(bench.shell(command)); }

/// Checks that two run folders hold the same bytes.
void check_same(const ToolBench& bench, const std::string& left, const std::string& right) {
  for (const char* file : {"policy.h5", "metrics.csv"}) {
    CAPTURE(left, right, file);
    CHECK(content(bench.path(left + "/" + file)) == content(bench.path(right + "/" + file)));
  }
  CHECK(read_checkpoint(bench.path(left + "/checkpoint.h5")).parts ==
        read_checkpoint(bench.path(right + "/checkpoint.h5")).parts);
}

/// Returns a command that starts another one, waits until `ready` holds, sends the signal and waits for the end.
std::string stopped(const std::string& command, const std::string& ready, const std::string& signal) {
  return command + " & for i in $(seq 600); do " + ready + " && break; sleep 0.02; done; kill -" + signal +
         " $! 2>/dev/null; wait $!";
}

TEST_CASE("A run that was killed goes on to the same bits", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm cql " + data + "--steps 130 --normalize --validation-share 0.2 " +
                            "--environment mass_chain --episodes 2 --keep-best --checkpoint-every 7" + small +
                            " actor_every=3 penalty.samples=2 --out ";
  bench.ok(train + "whole");
  int gone_on = 0;
  for (const int rows : {1, 2, 4, 6}) {
    CAPTURE(rows);
    std::filesystem::remove_all(bench.path("cut"));
    const std::string has_rows = "[ \"$(wc -l 2>/dev/null < cut/metrics.csv)\" -ge " + std::to_string(rows + 1) + " ]";
    run_shell(bench, stopped(bench.program() + train + "cut", has_rows, "KILL"));
    const std::string output = bench.ok(train + "cut --resume");
    gone_on +=
        output.find("resumed from step ") != std::string::npos && output.find("from step 0\n") == std::string::npos;
    check_same(bench, "whole", "cut");
    CHECK(content(bench.path("whole/best_policy.h5")) == content(bench.path("cut/best_policy.h5")));
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(bench.path("cut")))
      names.push_back(entry.path().filename().string());
    CHECK(names.size() == 5);  // nothing unfinished is left, nor a lock
  }
  CHECK(gone_on > 0);
}

TEST_CASE("A run can be given more steps, as if it had been asked for them at first", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc " + data + "--set policy.network.hidden=8 --out ";
  bench.ok(train + "whole --steps 90");
  bench.ok(train + "cut --steps 50");
  CHECK(lines_of(content(bench.path("cut/metrics.csv"))).back().starts_with("50,"));
  CHECK_THAT(bench.ok("train --resume --out cut"), Contains("nothing to do: the run has ended after 50 updates"));
  CHECK(lines_of(content(bench.path("cut/metrics.csv"))).back().starts_with("50,"));
  CHECK_THAT(bench.ok("train --resume --out cut --steps 90"), Contains("resumed from step 50"));
  check_same(bench, "whole", "cut");
  CHECK(content(bench.path("whole/config.toml")) == content(bench.path("cut/config.toml")));
  bench.refused("train --resume --out cut --steps 60", "steps must be at least 90");
}

TEST_CASE("An interrupted run goes on to the same bits", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = bench.program() + "train --algorithm bc " + data + "--steps 20000 " + narrow;
  for (const auto& [signal, code] : {std::pair{"INT", 130}, {"TERM", 143}, {"HUP", 129}}) {
    CAPTURE(signal);
    std::filesystem::remove_all(bench.path("cut"));
    const Outcome cut = bench.shell(stopped(train + " --out cut", "[ -s cut/policy.h5 ]", signal));
    INFO(cut.output << cut.error);
    CHECK(cut.exit_code == code);
    CHECK_THAT(cut.output, Contains("interrupted; kept are") && Contains("cut/checkpoint.h5 (to go on from step "));
  }
  bench.ok("train --resume --out cut");
  CHECK(bench.shell(train + " --out whole").exit_code == 0);
  check_same(bench, "whole", "cut");
}

TEST_CASE("--resume refuses another run, and names what differs", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string run = "--out run --resume ";
  const std::string train = "train --algorithm sac --dataset data.hdf5 --steps 20" + small;
  bench.ok(train + " --out run --resume");  // there is none yet: it begins
  const std::string before = content(bench.path("run/checkpoint.h5"));
  bench.refused("train --algorithm cql --steps 20 " + run, "run/checkpoint.h5: expected algorithm sac");
  bench.refused("train --seed 2 " + run, "expected seed = 1 to go on with this run, found 2");
  bench.refused("train --set discount=0.5 " + run, "expected discount = 0.99");
  bench.refused("train --set policy.network.hidden=[9] " + run, "expected policy.network.hidden = 8 ");
  bench.refused("train --environment mass_chain " + run, "expected environment = ");
  bench.refused("train --overwrite " + run, "--overwrite begins a new run and --resume goes on with one");
  bench.refused("train --steps 20 --checkpoint-every 5x " + run, "checkpoint_every must be a whole number of steps");
  auto other = read_d4rl(bench.path("data.hdf5"));
  other.rewards(3) += 1;
  write_d4rl(bench.path("other.hdf5"), other);
  bench.refused("train --dataset other.hdf5 " + run, "expected the data that it was trained on");
  run_shell(bench, bench.program() + "collect --environment cart_pole --policy random --steps 100 --out finite.hdf5");
  bench.refused("train --dataset finite.hdf5 " + run, "expected a dataset with actions that are continuous");
  CHECK(content(bench.path("run/checkpoint.h5")) == before);
  // The same data elsewhere, in another precision on the disk, and with other threads, are the same run.
  std::filesystem::rename(bench.path("data.hdf5"), bench.path("moved.hdf5"));
  bench.ok("train --dataset moved.hdf5 --threads 2 --steps 25 " + run);
  write_d4rl(bench.path("double.hdf5"), read_d4rl(bench.path("moved.hdf5")).cast<double>());
  bench.ok("train --dataset double.hdf5 --steps 30 " + run);
}

TEST_CASE("More steps are asked for once, also if the run is killed again before its first checkpoint",
          "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  bench.ok("train --algorithm bc " + data + "--steps 50 --checkpoint-every 0 --out run " + narrow);
  run_shell(bench, stopped(bench.program() + "train --resume --out run --steps 100000000",
                           "[ \"$(wc -l < run/metrics.csv)\" -ge 8 ]", "KILL"));
  CHECK_THAT(content(bench.path("run/config.toml")), Contains("steps = 100000000\n"));
  CHECK_THAT(bench.ok("train --resume --out run --steps 70"),
             Contains("resumed from step 50") && Contains("written: "));
}

TEST_CASE("The best policy is kept, and compared with when the run goes on", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc " + data + narrow + " --environment mass_chain --evaluate-every 20 " +
                            "--episodes 2 --keep-best --out ";
  bench.ok(train + "whole --steps 200");
  bench.ok(train + "cut --steps 100");
  bench.ok(train + "cut --steps 200 --resume");
  check_same(bench, "whole", "cut");
  CHECK(content(bench.path("whole/best_policy.h5")) == content(bench.path("cut/best_policy.h5")));
  double best = -1e9;
  std::string step;
  for (const std::string& line : lines_of(content(bench.path("whole/metrics.csv")))) {
    std::vector<std::string> cells(1);
    for (const char c : line)
      if (c == ',')
        cells.emplace_back();
      else
        cells.back() += c;
    const std::string& mean = cells[cells.size() - 4];
    if (cells[0] == "step" || mean.empty() || std::stod(mean) <= best) continue;
    best = std::stod(mean);
    step = cells[0];
  }
  CHECK(read_policy_metadata(bench.path("whole/best_policy.h5")).at("step") == step);
}

TEST_CASE("Files of several runs in one folder are recognized", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc --dataset data.hdf5 --steps 20 --set policy.network.hidden=8 --out ";
  bench.ok(train + "a --seed 1");
  bench.ok(train + "b --seed 2");
  const auto refused_with = [&](const char* file, const std::string& expected) {
    std::filesystem::remove_all(bench.path("mixed"));
    std::filesystem::copy(bench.path("a"), bench.path("mixed"));
    std::filesystem::copy_file(bench.path(std::string("b/") + file), bench.path(std::string("mixed/") + file),
                               std::filesystem::copy_options::overwrite_existing);
    bench.refused("train --resume --steps 40 --out mixed", expected);
  };
  refused_with("policy.h5", "mixed/policy.h5: expected a file of the run ");
  refused_with("config.toml", "mixed/config.toml: expected a file of the run ");
  refused_with("metrics.csv", "mixed/metrics.csv: its first ");
  std::filesystem::remove(bench.path("a/checkpoint.h5"));
  bench.refused("train --resume --out a", "a: holds a run (config.toml) without a checkpoint");
}

TEST_CASE("--overwrite leaves the old run whole until the new one is", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm iql " + data + small + " --out run --steps ";
  bench.ok(train + "30");
  const auto files = [&] {
    std::string all;
    for (const char* name : {"checkpoint.h5", "config.toml", "metrics.csv", "policy.h5"})
      all += content(bench.path(std::string("run/") + name));
    return all;
  };
  const std::string old = files();
  run_shell(bench,
            bench.program() + train + "1000000 --seed 2 --checkpoint-every 20 --overwrite & " +
                "for i in $(seq 600); do [ $(cat run/.holdfast-unfinished/metrics.csv 2>/dev/null | wc -l) -gt 3 "
                "] && break; sleep 0.05; done; kill -KILL $!; " +
                "wait $! || true");
  CHECK(files() == old);
  bench.refused("train --resume --out run --steps 1", "run/.holdfast-unfinished/checkpoint.h5");
  bench.ok(train + "40 --seed 2 --overwrite");
  CHECK(files() != old);
  CHECK_FALSE(std::filesystem::exists(bench.path("run/.holdfast-unfinished")));
  CHECK_FALSE(std::filesystem::exists(bench.path("run/.holdfast-finished")));
  CHECK_THAT(content(bench.path("run/config.toml")), Contains("seed = 2\n"));
}

TEST_CASE("A run that is being put in place when the power is cut is put in place later", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc " + data + narrow + " --steps 30 ";
  bench.ok(train + "--out run --environment mass_chain --episodes 1 --keep-best");
  bench.ok(train + "--out new --seed 2");
  const auto move = [&](const std::string& from, const std::string& to) {
    std::filesystem::rename(bench.path(from), bench.path(to));
  };
  std::filesystem::remove(bench.path("run/best_policy.h5"));  // the new run has none
  move("new/checkpoint.h5", "run/checkpoint.h5");
  move("new/config.toml", "run/config.toml");
  const std::string policy = content(bench.path("new/policy.h5"));
  move("new", "run/.holdfast-finished");
  std::ofstream(bench.path("run/notes")) << "mine";
  CHECK_THAT(bench.ok("train --resume --out run"), Contains("nothing to do: the run has ended after 30 updates"));
  CHECK(content(bench.path("run/policy.h5")) == policy);
  CHECK_FALSE(std::filesystem::exists(bench.path("run/.holdfast-finished")));
  CHECK(content(bench.path("run/notes")) == "mine");
}

TEST_CASE("An unfinished run is not thrown away unasked", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc " + data + narrow + " --out run --steps ";
  bench.ok(train + "30");
  run_shell(bench, stopped(bench.program() + train + "100000000 --overwrite --checkpoint-every 20",
                           "[ -s run/.holdfast-unfinished/policy.h5 ]", "KILL"));
  for (const char* name : {"checkpoint.h5", "config.toml", "metrics.csv", "policy.h5"})
    std::filesystem::remove(bench.path(std::string("run/") + name));
  bench.refused(train + "40", "run: holds an unfinished run (.holdfast-unfinished)");
  std::ofstream(bench.path("run/.holdfast-unfinished/notes")) << "mine";
  bench.refused(train + "40 --overwrite", "cannot be removed: Directory not empty");
  std::filesystem::remove(bench.path("run/.holdfast-unfinished/notes"));
  bench.ok(train + "40 --overwrite");
}

TEST_CASE("A second run into a folder is refused while the first one goes on", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train =
      bench.program() + "train --algorithm bc " + data + "--set policy.network.hidden=8 --out run ";
  const Outcome second = bench.shell(
      train + "--steps 1000000000 >/dev/null 2>&1 & for i in $(seq 600); do [ -s run/policy.h5 ] && break; " +
      "sleep 0.05; done; " + train + "--steps 5 --resume; code=$?; kill -KILL $!; wait $! || true; exit $code");
  CHECK(second.exit_code == 2);
  CHECK_THAT(second.error, Contains("error: run: another process (") && Contains(") is writing here"));
}

TEST_CASE("A configuration that was cut short is refused", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 3 --set policy.network.hidden=8 --out run");
  const std::string whole = content(bench.path("run/config.toml"));
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    std::ofstream(bench.path("cut.toml")) << whole.substr(0, size);
    CAPTURE(size);
    CHECK(bench.run("train --config cut.toml --out other").exit_code == 2);
  }
  CHECK_FALSE(std::filesystem::exists(bench.path("other")));
  std::ofstream(bench.path("own.toml")) << whole.substr(whole.find('\n') + 1);  // without the tool's first line
  bench.ok("train --config own.toml --out other");
}

TEST_CASE("A run ends early without progress, or when it diverges", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc " + data + "--set policy.network.hidden=8 ";
  bench.refused(train + "--steps 20 --out a --patience 2", "patience needs something to judge progress by");
  bench.refused(train + "--steps 20 --out a --keep-best", "keep_best needs an environment");
  bench.refused("train --algorithm sac --steps 20 --out a --validation-share 0.3 --patience 2 " + data + small,
                "patience needs an environment");
  CHECK_THAT(bench.ok(train + "--steps 100000 --out a --patience 2 --validation-share 0.3"),
             Contains("ended early after ") && Contains("no validation_action_error was below that of step "));
  CHECK_THAT(bench.ok("train --resume --out a"), Contains("nothing to do: the run has ended after "));
  const auto rows = lines_of(content(bench.path("a/metrics.csv")));
  CHECK_THAT(bench.ok("train --resume --out a --patience 4"),
             Contains("resumed from step ") && !Contains("nothing to"));
  CHECK(lines_of(content(bench.path("a/metrics.csv"))).size() > rows.size());
  CHECK_THAT(bench.ok(train + "--steps 100000 --out b --patience 2 --environment mass_chain --episodes 1"),
             Contains("no evaluation was better than that of step "));
  const Outcome sick =
      bench.run(train + "--steps 100000 --out c --stop-on-divergence --set " + "policy_optimizer.learning_rate=1000");
  CHECK(sick.exit_code == 0);
  CHECK_THAT(sick.output, Contains("ended early after ") && Contains("weights of policy"));
}

TEST_CASE("A closed standard output does not change a run's files", "[tool][resume]") {
  const ToolBench bench;
  bench.collect();
  const std::string train =
      bench.program() + "train --algorithm bc " + data + "--steps 40 --set policy.network.hidden=8 ";
  CHECK(bench.shell(train + "--out open").exit_code == 0);
  CHECK(bench.shell(train + "--out closed >&- 2>&-").exit_code == 0);
  CHECK(content(bench.path("open/metrics.csv")) == content(bench.path("closed/metrics.csv")));
  run_shell(bench, train + "--out piped 2>&1 | head -c 1");
  for (int i = 0; i < 100 && !std::filesystem::exists(bench.path("piped/policy.h5")); ++i)
    run_shell(bench, "sleep 0.1");
  run_shell(bench, "sleep 0.2");
  CHECK(content(bench.path("open/metrics.csv")) == content(bench.path("piped/metrics.csv")));
}

}  // namespace holdfast_resume_test
