/// \file
/// `holdfast ope`: estimates the values of policies from data alone.

#include <memory>
#include <string>
#include <vector>

#include "holdfast/core/nearest.hpp"
#include "support/program.hpp"
#include "tool/acting.hpp"
#include "tool/commands.hpp"
#include "tool/ope_options.hpp"
#include "tool/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

/// Returns "dm (direct method: …), is (…), …".
std::string estimators_text() {
  std::string text;
  for (const EstimatorRow& each : OpeEstimators::rows)
    text += message(text.empty() ? "" : ", ", each.name, " (", each.summary, ")");
  return text;
}

/// Returns the names of the estimators for which `such` is true, in the form "dm and magic".
template <class Such>
std::string those(const Such& such) {
  return listed(OpeEstimators::names_of(such));
}

void add_what(CLI::App& command, OpeOptions& options) {
  command.add_option("--dataset", options.dataset, "File of the dataset")->type_name("FILE")->required();
  command.add_option("--policy", options.policies, "Files of the policies; several policies are also ranked")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--estimators", options.estimators,
                  "Estimators, separated by commas: " + estimators_text() + ". Default: all except " +
                      those([](const EstimatorRow& each) { return !each.by_default; }) + ", or only " +
                      those([](const EstimatorRow& each) { return each.by_default && !each.needs_weights(); }) +
                      " if the policy or the data allows no importance weights")
      ->delimiter(',');
  command
      .add_option("--behavior", options.behavior,
                  "Source of the behavior policy's probabilities: recorded (in the data), estimate (by cross-fitted "
                  "cloning), or the file of the policy that acted")
      ->capture_default_str();
  command.add_option("--discount", options.discount, "Discount factor")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  command
      .add_option("--horizon", options.horizon,
                  "Number of steps that count, for every estimator: recorded (where time-outs cut the data's "
                  "episodes), infinite, or a number")
      ->capture_default_str();
  command
      .add_option("--max-episode-steps", options.max_episode_steps,
                  "Steps after which episodes were cut, for files without timeouts")
      ->check(program::range(0, 1000000000));
  command.add_option("--action-limit", options.action_limit, "Continuous actions beyond ± this are refused")
      ->check(program::range(1e-9, 1e9))
      ->capture_default_str();
  program::add_action_count_option(command, options.action_count);
  program::add_reading_options(command);
}

void add_how(CLI::App& command, OpeOptions& options) {
  command.add_option("--clip", options.clip, "Cap on the cumulative importance weights")
      ->check(program::range(1e-9, 1e300));
  command
      .add_option("--interval", options.interval,
                  "Kind of confidence interval; the last two need --reward-range and --clip")
      ->check(program::one_of({"student_t", "percentile", "bca", "hoeffding", "bernstein"}))
      ->capture_default_str();
  command.add_option("--confidence", options.confidence, "Confidence level")
      ->check(program::range(0.01, 0.9999))
      ->capture_default_str();
  command.add_option("--resamples", options.resamples, "Number of bootstrap resamples, at least 5/(1 - confidence)")
      ->check(program::range(1, 10000000))
      ->capture_default_str();
  command.add_option("--reward-range", options.reward_range, "Lowest and highest reward of the task")->expected(2);
  command
      .add_option("--q", options.q,
                  "Kind of Q for " + those([](const EstimatorRow& each) { return each.needs_q; }) +
                      ": linear (tabular for one-hot states), neural, or auto (linear for one-hot states, else neural)")
      ->check(program::one_of({"auto", "linear", "neural"}))
      ->capture_default_str();
  command.add_option("--folds", options.folds, "Number of cross-fitting folds of trajectories; 1: no cross-fitting")
      ->check(program::range(1, 1000))
      ->capture_default_str();
  command.add_option("--steps", options.steps, "Updates per neural Q and per cloned behavior policy")
      ->check(program::range(1, 100000000))
      ->capture_default_str();
  program::add_update_options(command, options);
  command.add_option("--learning-rate", options.learning_rate, "Adam learning rate")
      ->check(program::range(1e-9, 1.0))
      ->capture_default_str();
  command
      .add_option("--validate-episodes", options.validate_episodes,
                  "Number of real episodes to run for each policy and combine with its estimates by standard errors "
                  "(not for " +
                      those([](const EstimatorRow& each) { return each.rests_on_q; }) +
                      ", whose error is that of Q, or for an estimate with a warning)")
      ->check(program::range(2, 100000));
  add_environment_option(command, options.environment);
  program::add_seed_option(command, options.seed, "Random seed");
  command.add_flag(
      "--json", options.json,
      "Print one JSON list of objects: estimand, policy, estimator, estimate, standard_error, lower, upper, "
      "effective_sample_size (of trajectories; for " +
          those([](const EstimatorRow& each) { return each.weighs == Weighs::steps; }) + ", of steps; null for " +
          those([](const EstimatorRow& each) { return !each.needs_weights(); }) +
          "), largest_share and top_share (of the weights; null for " +
          those([](const EstimatorRow& each) { return !each.weighs_trajectories(); }) +
          "), trustworthy, warnings; with --validate-episodes also validated, validated_standard_error (null if the "
          "error is that of Q, or not trustworthy), episodes, episodes_standard_error");
}

void ope(const OpeOptions& options) {
  if ((options.validate_episodes > 0) != !options.environment.empty())
    throw ConfigError("--validate-episodes and --environment go together: how many episodes, and where");
  program::refuse_repeats("--estimators", options.estimators);
  for (const std::string& name : options.estimators) (void)OpeEstimators::find(name);
  const OpeResults results = run_ope(options);
  if (!results.policies.empty()) report_ope(options, results);
}

}  // namespace

void add_ope(CLI::App& program) {
  CLI::App* const command = program.add_subcommand(
      "ope", "Off-policy evaluation: estimates the values of policies from data alone, and how far to trust them");
  const auto options = std::make_shared<OpeOptions>();
  add_what(*command, *options);
  add_how(*command, *options);
  command->callback([options] { ope(*options); });
}

}  // namespace tool
