/// \file
/// `holdfast ope`: what policies are worth, from data alone.

#include <memory>
#include <string>
#include <vector>

#include "holdfast/acting.hpp"
#include "holdfast/commands.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/ope_options.hpp"
#include "support/program.hpp"
#include "support/storage.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

/// "dm (direct method: …), is (…), …".
std::string estimators_text() {
  std::string text;
  for (const EstimatorRow& each : OpeEstimators::rows)
    text += message(text.empty() ? "" : ", ", each.name, " (", each.summary, ")");
  return text;
}

/// "dm and magic": the estimators that are such.
template <class Such>
std::string those(const Such& such) {
  return listed(OpeEstimators::names_of(such));
}

void add_what(CLI::App& command, OpeOptions& options) {
  command.add_option("--dataset", options.dataset, "The data's file")->type_name("FILE")->required();
  command.add_option("--policy", options.policies, "The policies' files; several are ranked")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--estimators", options.estimators,
                  "Some of " + estimators_text() + ", separated by commas. Default: all but " +
                      those([](const EstimatorRow& each) { return !each.by_default; }) + ", or " +
                      those([](const EstimatorRow& each) { return each.by_default && !each.needs_weights(); }) +
                      " alone where a policy or the data cannot be weighed")
      ->delimiter(',');
  command
      .add_option("--behavior", options.behavior,
                  "The behavior's probabilities: recorded in the data, estimate (by cloning, cross-fitted), or the "
                  "file of the policy that acted")
      ->capture_default_str();
  command.add_option("--discount", options.discount, "Of rewards")
      ->check(program::range(0.0, 1.0))
      ->capture_default_str();
  command
      .add_option("--horizon", options.horizon,
                  "Steps that count: recorded (where the data's time-outs cut), infinite, or a number; every "
                  "estimator estimates the value over these")
      ->capture_default_str();
  command
      .add_option("--max-episode-steps", options.max_episode_steps,
                  "Steps after which episodes were cut, for files that do not say")
      ->check(program::range(0, 1000000000));
  command.add_option("--action-limit", options.action_limit, "Actions lie within ± this")
      ->check(program::range(1e-9, 1e9))
      ->capture_default_str();
  program::add_action_count_option(command, options.action_count);
}

void add_how(CLI::App& command, OpeOptions& options) {
  command.add_option("--clip", options.clip, "Cap of the cumulative weights")->check(program::range(1e-9, 1e300));
  command
      .add_option("--interval", options.interval, "How intervals are made; the last two need --reward-range and --clip")
      ->check(program::one_of({"student_t", "percentile", "bca", "hoeffding", "bernstein"}))
      ->capture_default_str();
  command.add_option("--confidence", options.confidence, "Of the intervals")
      ->check(program::range(0.01, 0.9999))
      ->capture_default_str();
  command.add_option("--resamples", options.resamples, "Of the bootstrap; at least 5/(1 - confidence)")
      ->check(program::range(1, 10000000))
      ->capture_default_str();
  command.add_option("--reward-range", options.reward_range, "The lowest and the highest reward that the task has")
      ->expected(2);
  command
      .add_option("--q", options.q,
                  "The Q of " + those([](const EstimatorRow& each) { return each.needs_q; }) +
                      ": linear (tabular over one-hot states), neural, or auto: linear where states are one-hot")
      ->check(program::one_of({"auto", "linear", "neural"}))
      ->capture_default_str();
  command.add_option("--folds", options.folds, "Of the cross-fitting, by trajectories; 1: none")
      ->check(program::range(1, 1000))
      ->capture_default_str();
  command.add_option("--steps", options.steps, "Updates of each neural Q and of each cloned behavior")
      ->check(program::range(1, 100000000))
      ->capture_default_str();
  program::add_update_options(command, options);
  command.add_option("--learning-rate", options.learning_rate, "Of Adam")
      ->check(program::range(1e-9, 1.0))
      ->capture_default_str();
  command
      .add_option("--validate-episodes", options.validate_episodes,
                  "Run so many real episodes of each policy too, and combine both by their errors (but for " +
                      those([](const EstimatorRow& each) { return each.rests_on_q; }) +
                      ", whose error is that of Q, and where a warning is given)")
      ->check(program::range(2, 100000));
  add_environment_option(command, options.environment);
  program::add_seed_option(command, options.seed, "Of fits, folds, resamples and episodes");
  command.add_flag(
      "--json", options.json,
      "One JSON list of objects: estimand, policy, estimator, estimate, standard_error, lower, upper, "
      "effective_sample_size (of trajectories, of " +
          those([](const EstimatorRow& each) { return each.weighs == Weighs::steps; }) + " of steps; null of " +
          those([](const EstimatorRow& each) { return !each.needs_weights(); }) +
          "), largest_share and top_share (of the weights; null of " +
          those([](const EstimatorRow& each) { return !each.weighs_trajectories(); }) +
          "), trustworthy, warnings; and with --validate-episodes validated, validated_standard_error (null where "
          "the error is that of Q, or not trustworthy), episodes, episodes_standard_error");
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
      "ope", "Off-policy evaluation: what policies are worth, from data alone, and how far to trust that");
  const auto options = std::make_shared<OpeOptions>();
  add_what(*command, *options);
  add_how(*command, *options);
  command->callback([options] { ope(*options); });
}

}  // namespace tool
