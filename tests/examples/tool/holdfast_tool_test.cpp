/// \file
/// Tests what the tool `holdfast` does for users and scripts.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "holdfast/policies/files/policy_file.hpp"

namespace holdfast_tool_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

/// Returns the text between two marks.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const auto to = text.find(end, from + begin.size());
  REQUIRE(to != std::string::npos);
  return text.substr(from + begin.size(), to - from - begin.size());
}

}  // namespace

TEST_CASE("From collecting to evaluating, the tool does what it promises", "[tool]") {
  const ToolBench bench;
  bench.collect();
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
  CHECK(
      rows[0] ==
      "step,policy_loss,critic_loss,penalty,temperature,batch_entropy,q_data_mean,q_data_max,q_policy_mean,"
      "q_policy_max,bellman_error,action_distance,action_error,entropy,validation_bellman_error,"
      "validation_action_error,departure,warning,explosion,instability,return_mean,return_stderr,normalized_score,run");
  CHECK(rows[1].rfind("0,,,,,,", 0) == 0);
  for (std::size_t i = 0; const char* step : {"0,", "10,", "20,", "25,"}) {
    CHECK(rows[++i].rfind(step, 0) == 0);
    CHECK_THAT(rows[i], !Contains(",," + rows[i].substr(rows[i].rfind(',') + 1)));  // every row has an evaluation
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
  const ToolBench bench;
  bench.collect();
  for (const char* normalize : {"--normalize", "--no-normalize"}) {
    bench.ok(std::string("train --algorithm bear --dataset data.hdf5 --steps 5 --out run --overwrite --environment "
                         "mass_chain --episodes 3 --seed 4 ") +
             normalize + small + "improvement.threshold=10");
    const std::string last = lines_of(content(bench.path("run/metrics.csv"))).back();
    const std::string json =
        bench.ok("evaluate --policy run/policy.h5 --environment mass_chain --episodes 3 --seed 4 --json");
    char expected[64];
    std::snprintf(expected, sizeof expected, ",%.8g,%.8g,%.8g", number(json, "return_mean"),
                  number(json, "return_stderr"), number(json, "normalized_score"));
    CHECK_THAT(last, Contains(expected));
  }
}

TEST_CASE("Without an environment, rewards of one sign do not make untrained critics diverge", "[tool]") {
  const ToolBench bench;
  bench.collect();
  auto data = read_d4rl(bench.path("data.hdf5"));
  for (const float sign : {1.0F, -1.0F}) {
    data.rewards = sign * (1 + data.rewards.abs());
    write_d4rl(bench.path("signed.hdf5"), data);
    bench.ok("train --algorithm sac --dataset signed.hdf5 --steps 3 --log-every 1 --out run --overwrite" + small);
    const auto rows = lines_of(content(bench.path("run/metrics.csv")));
    REQUIRE(rows.size() == 1 + 4);
    for (std::size_t i = 2; i < rows.size(); ++i) CHECK_THAT(rows[i], Contains(",0,0,,,"));
  }
  const Outcome diverged =
      bench.run("train --algorithm sac --dataset signed.hdf5 --steps 40 --log-every 5 --out run --overwrite" + small +
                " critics.optimizer.learning_rate=10 discount=0.5");
  CHECK_THAT(diverged.error, Contains("what the data's rewards allow"));
}

TEST_CASE("What a file leaves open is told on the command line, as the errors say", "[tool]") {
  const ToolBench bench;
  bench.collect();
  auto data = read_d4rl(bench.path("data.hdf5"));
  data.actions *= 2;
  write_d4rl(bench.path("wide.hdf5"), data);
  const std::string train = "train --algorithm bc --steps 3 --out run --overwrite --set policy.network.hidden=8 ";
  bench.refused(train + "--dataset wide.hdf5", "set action_limit");
  bench.ok(train + "--dataset wide.hdf5 --action-limit 2");

  bench.ok(train + "--dataset data.hdf5");
  CHECK_THAT(content(bench.path("run/config.toml")), Contains("max_episode_steps = 0\n"));
  bench.ok(train + "--dataset data.hdf5 --environment mass_chain");
  CHECK_THAT(content(bench.path("run/config.toml")), Contains("max_episode_steps = 100\n"));
  bench.ok(train + "--dataset data.hdf5 --environment mass_chain --max-episode-steps 7");
  CHECK_THAT(content(bench.path("run/config.toml")), Contains("max_episode_steps = 7\n"));
}

TEST_CASE("A single episode has no standard error", "[tool]") {
  const ToolBench bench;
  bench.collect();
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 1 --out run --environment mass_chain --episodes 1");
  const std::string last = lines_of(content(bench.path("run/metrics.csv"))).back();
  CHECK_THAT(last, Contains(",,") && !Contains("nan"));
  CHECK(last[last.rfind(',', last.rfind(',') - 1) - 1] == ',');  // before the score, which is before the run's id
  const std::string evaluate = "evaluate --policy run/policy.h5 --environment mass_chain --episodes 1";
  CHECK_THAT(bench.ok(evaluate + " --json"), Contains("\"return_stderr\": null"));
  CHECK_THAT(bench.ok(evaluate), Contains("(mean of 1 episode of mass_chain") && !Contains("nan"));
}

TEST_CASE("Every algorithm of the table trains, and its policy acts", "[tool]") {
  const ToolBench bench;
  bench.collect();
  for (const std::string_view name : Algorithms<>::names) {
    const std::string run(name);
    // Settings that fit three updates, of which others would be warned.
    std::string settings;
    if (name == "bear") settings = " --set improvement.threshold=10";
    if (name == "diffusion_bc" || name == "idql" || name == "iql_diffusion") settings = " --set policy_average_rate=1";
    if (name == "diffusion_ql") settings = " --set value.policy_from=0";
    bench.ok("train --algorithm " + run + " --dataset data.hdf5 --steps 3 --batch-size 16 --out " + run + settings);
    CHECK(number(bench.ok("evaluate --policy " + run + "/policy.h5 --environment mass_chain --episodes 1 --json"),
                 "episodes") == 1);
    CHECK(lines_of(content(bench.path(run + "/metrics.csv"))).size() == 1 + 4);
  }
}

TEST_CASE("The list shows every algorithm with its parts and defaults, and the README has it", "[tool]") {
  const ToolBench bench;
  const std::string list = bench.ok("train --algorithm list");
  std::vector<AlgorithmRow> all(Algorithms<>::rows.begin(), Algorithms<>::rows.end());
  all.insert(all.end(), Algorithms<ActionIndices>::rows.begin(), Algorithms<ActionIndices>::rows.end());
  for (const AlgorithmRow& row : all) {
    CHECK_THAT(list, Contains(message(row.name, ": ", row.type, " (", row.paper, ")\n")));
    for (const std::string_view part : {row.value, row.penalty, row.improvement})
      CHECK_THAT(list, Contains(message(": ", part, "\n")));
  }
  CHECK_THAT(list, Contains("    penalty.alpha = 5\n") && Contains("    value.expectile = 0.7\n"));
  CHECK(bench.ok("train --algorithm list --markdown") ==
        markdown_table() + "\n" + markdown_table<Algorithms<ActionIndices>>());

  const auto table = [readme = content(HOLDFAST_README)](const std::string& marker) {
    std::string text = between(readme, marker, marker);
    text.erase(0, text.find_first_not_of('\n'));
    text.erase(text.find_last_not_of('\n') + 1);
    return text + "\n";
  };
  CHECK(table("<!-- algorithms -->\n") == markdown_table());
  CHECK(table("<!-- finite algorithms -->\n") == markdown_table<Algorithms<ActionIndices>>());
}

TEST_CASE("Log-probabilities are recorded where there is a density, and only there", "[tool]") {
  const ToolBench bench;
  bench.collect();
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 3 --out bc" +
           std::string(" --set policy.network.hidden=8"));
  bench.ok("train --algorithm iql --dataset data.hdf5 --steps 3 --out iql" + small);
  bench.ok("train --algorithm brac --dataset data.hdf5 --steps 3 --out brac" + small);
  const auto collected = [&](const std::string& arguments, const std::string& said) {
    CHECK_THAT(bench.ok("collect --environment mass_chain --steps 30 --out d.hdf5 --policy " + arguments),
               Contains(said));
    return read_d4rl(bench.path("d.hdf5"));
  };
  const auto random = collected("random", "recorded as infos/action_log_probs");
  REQUIRE(random.has_action_log_probs());
  CHECK((random.action_log_probs == static_cast<float>(-3 * std::numbers::ln2)).all());

  const auto drawn = collected("bc/policy.h5", "recorded as infos/action_log_probs");
  auto cut = drawn;
  cut.timeouts.tail(1).setOnes();
  write_d4rl(bench.path("drawn.hdf5"), cut);
  REQUIRE(drawn.has_action_log_probs());
  const auto deployed = read_policy(bench.path("bc/policy.h5"));
  const auto* const policy = deployed.policy().get<TanhGaussian<float>>();
  REQUIRE(policy != nullptr);
  TanhGaussian<float>::Tape tape;
  CHECK((policy->log_prob(drawn.observations, drawn.actions, tape) - drawn.action_log_probs).abs().maxCoeff() < 1e-2F);

  CHECK_FALSE(collected("iql/policy.h5", "a Gaussian's draws are clipped").has_action_log_probs());
  CHECK_FALSE(collected("brac/policy.h5", "the best of several draws by a critic").has_action_log_probs());
  CHECK_THAT(bench.refused("ope --dataset drawn.hdf5 --policy brac/policy.h5 --estimators is --horizon 30", ""),
             Contains("brac/policy.h5: this policy has no density"));
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

TEST_CASE("A folder that holds a run is not overwritten unasked", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc --dataset data.hdf5 --steps 3 --out run --seed ";
  bench.ok(train + "1");
  const std::string before = content(bench.path("run/metrics.csv"));
  bench.refused(train + "2", "run: holds a run already");
  CHECK(content(bench.path("run/metrics.csv")) == before);
  bench.ok(train + "2 --overwrite");
  CHECK(content(bench.path("run/metrics.csv")) != before);
}

TEST_CASE("Divergence ends training with one line, and what was written stays readable", "[tool]") {
  const ToolBench bench;
  bench.collect();
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

TEST_CASE("Divergence that stays finite ends with a warning, and a sound run without one", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bc --dataset data.hdf5 --steps 100 --out ";
  const std::string narrow = " --batch-size 16 --set policy.network.hidden=8 ";
  bench.ok(train + "sound" + narrow);
  CHECK_THAT(bench.run(train + "sick" + narrow + "policy_optimizer.learning_rate=1000").error,
             Contains("warning: at update ") && Contains("weights of policy") && Contains(" rose to "));
  const auto last = [&](const std::string& run) { return lines_of(content(bench.path(run + "/metrics.csv"))).back(); };
  CHECK_THAT(last("sound"), Contains(",0,,,"));  // instability, and no evaluation
  CHECK_THAT(last("sick"), Contains(",1,,,"));
}

TEST_CASE("Actions that left the data are warned of, a clone's and those of a run that has just begun are not",
          "[tool]") {
  const ToolBench bench;
  bench.ok("collect --environment mass_chain --policy scripted --noise 0.1 --steps 1000 --out data.hdf5");
  const auto train = [&](const std::string& algorithm) {
    return bench
        .run("train --dataset data.hdf5 --steps 400 --log-every 50 --overwrite --batch-size 32 --out " + algorithm +
             " --algorithm " + algorithm + " --set policy.network.hidden=32 policy_optimizer.learning_rate=1e-3" +
             (algorithm == "bc" ? "" : " critics.network.hidden=32 critics.optimizer.learning_rate=1e-3"))
        .error;
  };
  const auto departures = [&](const std::string& run) {
    std::string all;
    for (const std::string& cell : column_of(content(bench.path(run + "/metrics.csv")), "departure")) all += cell;
    return all;
  };
  CHECK_THAT(train("ddpg"), Contains("warning: from step 50 on the policy's actions were not within 0.3"));
  CHECK(departures("ddpg") == "000111111");
  for (const std::string sound : {"bc", "sac"}) {  // SAC's actions begin far away
    CHECK_THAT(train(sound), !Contains("warning"));
    CHECK(departures(sound) == "000000000");
  }
}

TEST_CASE("A constraint that does not hold at the end is warned of", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm bear --dataset data.hdf5 --steps 30 --out ";
  const std::string fields = small + " improvement.divergence.behavior.network.hidden=8 improvement.threshold=";
  bench.ok(train + "near" + fields + "10");
  CHECK_THAT(bench.run(train + "far" + fields + "0.001").error,
             Contains("warning: over the last updates the policy's divergence from the data was ") &&
                 Contains("(improvement.threshold)"));
}

TEST_CASE("An interruption ends a run in order", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string tool = bench.program();
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
                  interrupt_when("grep -q collect stderr"));
  INFO(collected.output << collected.error);
  CHECK(collected.exit_code == 130);
  CHECK(read_d4rl(bench.path("cut.hdf5")).size() >= 1);

  const Outcome evaluated =
      bench.shell(tool + "evaluate --policy run/policy.h5 --environment mass_chain --episodes 100000" +
                  interrupt_when("grep -q evaluate stderr"));
  INFO(evaluated.output << evaluated.error);
  CHECK(evaluated.exit_code == 130);
  CHECK_THAT(evaluated.output, Contains("interrupted: no result"));
}

}  // namespace holdfast_tool_test
