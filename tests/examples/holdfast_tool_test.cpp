/// \file
/// The tool `holdfast` as its users and their scripts meet it.
#include <sys/wait.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "holdfast/policies/policy_file.hpp"

using namespace holdfast;
using fixture::TemporaryDirectory;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct Outcome {
  int exit_code;
  std::string output;
  std::string error;
};

/// A folder with the tool in it.
struct Bench {
  TemporaryDirectory directory;

  [[nodiscard]] std::string path(const std::string& name) const { return directory / name; }

  [[nodiscard]] Outcome shell(const std::string& command) const {
    const std::string streams = " >'" + path("stdout") + "' 2>'" + path("stderr") + "'";
    const int status = std::system(("cd '" + path("") + "' && { " + command + "; }" + streams).c_str());
    return {WEXITSTATUS(status), content(path("stdout")), content(path("stderr"))};
  }
  [[nodiscard]] Outcome run(const std::string& arguments) const {
    return shell(std::string("'") + HOLDFAST_TOOL + "' " + arguments);
  }
  /// Runs what must succeed without a word on standard error; returns what it says.
  std::string ok(const std::string& arguments) const {
    const Outcome outcome = run(arguments);
    INFO(arguments << ": " << outcome.output << outcome.error);
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.error.empty());
    return outcome.output;
  }
  /// Runs what must be refused, in one line.
  void refused(const std::string& arguments, const std::string& expected) const {
    const Outcome outcome = run(arguments);
    INFO(arguments << ": " << outcome.output << outcome.error);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.error.rfind("error: ", 0) == 0);
    CHECK(lines_of(outcome.error).size() == 1);
    CHECK_THAT(outcome.error, Contains(expected));
  }
};

const std::string small = " --batch-size 16 --set policy.network.hidden=8 critics.network.hidden=[8,8] ";

void collect_data(const Bench& bench, const std::string& name = "data.hdf5", int steps = 250) {
  bench.ok("collect --environment mass_chain --policy scripted --noise 0.1 --out " + name + " --steps " +
           std::to_string(steps));
}

/// The number that stands behind "key": in a JSON object.
double number(const std::string& json, const std::string& key) {
  const auto at = json.find("\"" + key + "\": ");
  REQUIRE(at != std::string::npos);
  return std::stod(json.substr(at + key.size() + 4));
}

}  // namespace

TEST_CASE("From collecting to evaluating, the tool does what it promises", "[tool]") {
  const Bench bench;
  collect_data(bench);
  const std::string inspected = bench.ok("inspect data.hdf5 --json");
  CHECK(number(inspected, "transitions") == 250);
  CHECK(number(inspected, "timeouts") == 2);
  CHECK(number(inspected, "action_size") == 3);

  bench.ok(
      "train --algorithm sac --dataset data.hdf5 --steps 25 --out run --log-every 10 --environment mass_chain "
      "--evaluate-every 10 --episodes 2" +
      small);
  const auto rows = lines_of(content(bench.path("run/metrics.csv")));
  REQUIRE(rows.size() == 1 + 4);
  CHECK(rows[0] ==
        "step,policy_loss,critic_loss,penalty,temperature,batch_entropy,q_data_mean,q_data_max,q_policy_mean,"
        "q_policy_max,action_distance,entropy,warning,divergence,return_mean,return_stderr,normalized_score");
  CHECK(rows[1].rfind("0,,,,,,", 0) == 0);
  for (std::size_t i = 0; const char* step : {"0,", "10,", "20,", "25,"}) {
    CHECK(rows[++i].rfind(step, 0) == 0);
    CHECK(rows[i].back() != ',');
  }
  CHECK(std::filesystem::exists(bench.path("run/policy.h5")));
  CHECK(read_policy_metadata(bench.path("run/policy.h5")).at("step") == "25");

  const std::string json = bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 7 --json");
  CHECK(json.front() == '{');
  CHECK(lines_of(json).size() == 1);
  const double mean = number(json, "return_mean");
  CHECK(number(json, "return_stderr") > 0);
  CHECK(number(json, "episodes") == 7);
  const double score = normalized_score(make_environment("mass_chain").references(), mean);
  CHECK(std::abs(number(json, "normalized_score") - score) < 1e-9);
  CHECK(json == bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 7 --json"));
  CHECK(json != bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 7 --json --stochastic"));
  CHECK_THAT(bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 7"),
             Contains("return: ") && Contains("normalized score: "));
}

TEST_CASE("The evaluation of a run is that of its policy file", "[tool]") {
  const Bench bench;
  collect_data(bench);
  for (const char* normalize : {"--normalize", "--no-normalize"}) {
    bench.ok(std::string("train --algorithm bear --dataset data.hdf5 --steps 5 --out run --overwrite --environment "
                         "mass_chain --episodes 3 --seed 4 ") +
             normalize + small);
    const std::string last = lines_of(content(bench.path("run/metrics.csv"))).back();
    const std::string json =
        bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 3 --seed 4 --json");
    char expected[64];
    std::snprintf(expected, sizeof expected, ",%.8g,%.8g,%.8g", number(json, "return_mean"),
                  number(json, "return_stderr"), number(json, "normalized_score"));
    CHECK_THAT(last, Contains(expected));
  }
}

TEST_CASE("A run's config.toml repeats it bit for bit, and options overrule it", "[tool]") {
  const Bench bench;
  collect_data(bench);
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
  const Bench bench;
  collect_data(bench);
  std::ofstream(bench.path("c.toml")) << "algorithm = \"iql\"\ndataset = 'data.hdf5'\nsteps = 6 # few\n"
                                         "[policy]\nlog_std = -0.5\n[policy.network]\nhidden = [8,\n  4]\n";
  bench.ok("train --config c.toml --out a");
  CHECK_THAT(content(bench.path("a/config.toml")),
             Contains("hidden = [8, 4]\n") && Contains("log_std = -0.5\n") && Contains("policy_decay_steps = 6\n"));
  bench.ok("train --config c.toml --out b --set policy_decay_steps=0");
  CHECK_THAT(content(bench.path("b/config.toml")), Contains("policy_decay_steps = 0\n"));
}

TEST_CASE("Every algorithm of the table trains, and its policy acts", "[tool]") {
  const Bench bench;
  collect_data(bench);
  for (const std::string_view name : Algorithms::names) {
    const std::string run(name);
    bench.ok("train --algorithm " + run + " --dataset data.hdf5 --steps 3 --batch-size 16 --out " + run);
    CHECK(number(bench.ok("evaluate --policy " + run + "/policy.h5 --environment mass_chain --episodes 1 --json"),
                 "episodes") == 1);
    CHECK(lines_of(content(bench.path(run + "/metrics.csv"))).size() == 1 + 4);
  }
}

TEST_CASE("The list shows every algorithm with its parts and defaults, and the README has it", "[tool]") {
  const Bench bench;
  const std::string list = bench.ok("train --algorithm list");
  for (const AlgorithmRow& row : Algorithms::rows) {
    CHECK_THAT(list, Contains(message(row.name, ": ", row.type, " (", row.paper, ")\n")));
    for (const std::string_view part : {row.value, row.penalty, row.improvement}) {
      std::string plain(part);
      for (auto at = plain.find("\\|"); at != std::string::npos; at = plain.find("\\|")) plain.erase(at, 1);
      CHECK_THAT(list, Contains(": " + plain + "\n"));
    }
  }
  CHECK_THAT(list, Contains("    penalty.alpha = 5\n") && Contains("    value.expectile = 0.7\n"));
  CHECK(bench.ok("train --algorithm list --markdown") == markdown_table());

  const std::string readme = content(HOLDFAST_README);
  const std::string mark = "<!-- algorithms -->\n";
  const auto begin = readme.find(mark);
  REQUIRE(begin != std::string::npos);
  const auto end = readme.find(mark, begin + 1);
  REQUIRE(end != std::string::npos);
  std::string table = readme.substr(begin + mark.size(), end - begin - mark.size());
  table.erase(0, table.find_first_not_of('\n'));
  table.erase(table.find_last_not_of('\n') + 1);
  CHECK(table + "\n" == markdown_table());
}

TEST_CASE("Log-probabilities are recorded where there is a density, and only there", "[tool]") {
  const Bench bench;
  collect_data(bench);
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 3 --out bc" +
           std::string(" --set policy.network.hidden=8"));
  bench.ok("train --algorithm iql --dataset data.hdf5 --steps 3 --out iql" + small);
  const auto collected = [&](const std::string& arguments, const std::string& said) {
    CHECK_THAT(bench.ok("collect --environment mass_chain --steps 30 --out d.hdf5 --policy " + arguments),
               Contains(said));
    return read_d4rl<float>(bench.path("d.hdf5"));
  };
  const auto random = collected("random", "recorded as infos/action_log_probs");
  REQUIRE(random.has_action_log_probs());
  CHECK((random.action_log_probs == static_cast<float>(-3 * std::numbers::ln2)).all());

  const auto drawn = collected("bc/policy.h5", "recorded as infos/action_log_probs");
  REQUIRE(drawn.has_action_log_probs());
  const auto deployed = read_policy<float>(bench.path("bc/policy.h5"));
  const auto* const policy = deployed.policy().get<TanhGaussian<float>>();
  REQUIRE(policy != nullptr);
  TanhGaussian<float>::Tape tape;
  CHECK((policy->log_prob(drawn.observations, drawn.actions, tape) - drawn.action_log_probs).abs().maxCoeff() < 1e-2F);

  CHECK_FALSE(collected("iql/policy.h5", "a Gaussian's draws are clipped").has_action_log_probs());
  CHECK_FALSE(collected("bc/policy.h5 --deterministic", "mode is deterministic").has_action_log_probs());
  CHECK_FALSE(collected("bc/policy.h5 --noise 0.2", "noisy actions are clipped").has_action_log_probs());
  CHECK_FALSE(collected("random --noise 0.2", "noisy actions are clipped").has_action_log_probs());
  CHECK_FALSE(collected("scripted", "scripted policy is deterministic").has_action_log_probs());
  CHECK(read_metadata(bench.path("d.hdf5")) ==
        std::map<std::string, std::string>{
            {"environment", "mass_chain"}, {"noise", "0"}, {"policy", "scripted"}, {"seed", "1"}});
  const auto noisy = collected("scripted --noise 10", "noisy actions are clipped");
  CHECK((noisy.actions.array().abs() == 1.0F).any());
}

TEST_CASE("Bad arguments are refused in one line that names what and where", "[tool]") {
  const Bench bench;
  collect_data(bench);
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

TEST_CASE("Bad configuration files are refused in one line that names what and where", "[tool]") {
  const Bench bench;
  collect_data(bench);
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

TEST_CASE("Bad files are refused in one line that names them", "[tool]") {
  const Bench bench;
  const std::string train = " --algorithm bc --steps 5 --out o --dataset ";
  bench.refused("train" + train + "none.hdf5", "none.hdf5: expected an HDF5 file, found no file");
  std::ofstream(bench.path("text.hdf5")) << "observations\n";
  bench.refused("train" + train + "text.hdf5", "text.hdf5: expected an HDF5 file, found another kind of file");
  bench.refused("evaluate --environment mass_chain --policy text.hdf5", "text.hdf5: expected an HDF5 file");
  bench.refused("collect --environment mass_chain --steps 5 --out d.hdf5 --policy text.hdf5", "text.hdf5: expected");
  collect_data(bench);
  bench.refused("evaluate --environment mass_chain --policy data.hdf5", "is it a policy file?");
  bench.ok("train" + train + "data.hdf5");
  bench.refused("evaluate --environment pendulum --policy o/policy.h5", "as pendulum has, found 6 and 3");
  bench.refused("collect --environment pendulum --policy o/policy.h5 --steps 5 --out d.hdf5", "as pendulum has");
  collect_data(bench, "one.hdf5", 1);
  bench.refused("train --algorithm bc --steps 5 --out p --dataset one.hdf5", "expected at least 2 transitions");
  collect_data(bench, "five.hdf5", 5);
  bench.ok("train --algorithm bc --steps 5 --out p --dataset five.hdf5");
}

TEST_CASE("A folder that holds a run is not overwritten unasked", "[tool]") {
  const Bench bench;
  collect_data(bench);
  const std::string train = "train --algorithm bc --dataset data.hdf5 --steps 3 --out run --seed ";
  bench.ok(train + "1");
  const std::string before = content(bench.path("run/metrics.csv"));
  bench.refused(train + "2", "run: holds a run already");
  CHECK(content(bench.path("run/metrics.csv")) == before);
  bench.ok(train + "2 --overwrite");
  CHECK(content(bench.path("run/metrics.csv")) != before);
}

TEST_CASE("Divergence ends training with one line, and what was written stays readable", "[tool]") {
  const Bench bench;
  collect_data(bench);
  bench.refused("train --algorithm sac --dataset data.hdf5 --steps 2000 --log-every 2 --out run" + small +
                    " critics.optimizer.learning_rate=1e7 policy_optimizer.learning_rate=1",
                "run/policy.h5 (the policy of step ");
  const std::string error = content(bench.path("stderr"));
  CHECK_THAT(error, Contains("update ") && Contains("diverged") && Contains("run/metrics.csv (up to step "));
  const auto rows = lines_of(content(bench.path("run/metrics.csv")));
  REQUIRE(rows.size() >= 2);
  CHECK_THAT(error, Contains("(up to step " + rows.back().substr(0, rows.back().find(',')) + ")"));
  bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 1");
}

TEST_CASE("An interruption ends a run in order", "[tool]") {
  const Bench bench;
  collect_data(bench);
  const std::string tool = std::string("'") + HOLDFAST_TOOL + "' ";
  const auto interrupt_when = [](const std::string& ready) {
    return " & for i in $(seq 600); do " + ready + " && break; sleep 0.1; done; kill -INT $!; wait $!";
  };
  const Outcome trained =
      bench.shell(tool + "train --algorithm sac --dataset data.hdf5 --steps 100000000 --log-every 100 --out run" +
                  small + interrupt_when("[ \"$(wc -l < run/metrics.csv)\" -ge 3 ] 2>/dev/null"));
  INFO(trained.output << trained.error);
  CHECK(trained.exit_code == 130);
  CHECK_THAT(trained.output, Contains("interrupted; kept are"));
  const auto rows = lines_of(content(bench.path("run/metrics.csv")));
  CHECK(read_policy_metadata(bench.path("run/policy.h5")).at("step") + "," ==
        rows.back().substr(0, rows.back().find(',') + 1));
  bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 1");

  const Outcome collected =
      bench.shell(tool + "collect --environment mass_chain --policy random --steps 100000000 --out cut.hdf5" +
                  interrupt_when("grep -q collect stdout"));
  INFO(collected.output << collected.error);
  CHECK(collected.exit_code == 130);
  CHECK(read_d4rl<float>(bench.path("cut.hdf5")).size() >= 1);
}
