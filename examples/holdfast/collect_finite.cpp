/// \file
/// `holdfast collect` where actions are the numbers of a finite set: every behaviour has probabilities.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/collect_run.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

using Set = Candidates<float, ActionIndices>;

/// Proposes all actions for an observation (O×1), with their probabilities.
struct Proposer {
  std::function<void(const Matrix<float>&, Set&)> propose;
  std::string description;
};

void propose_one(Index action_count, Index action, Set& set) {
  every_action(action_count, 1, set);
  set.weights = Row<float>::Zero(action_count);
  set.weights(action) = 1;
  set.log_probs = set.weights.log();
}

Proposer scripted(const AnyEnvironment<ActionIndices>& environment) {
  Vector<double> observation(environment.observation_size());
  Index action = 0;
  environment.observe(observation);
  if (!environment.scripted(observation, action))
    throw ConfigError(message("--policy scripted: ", environment.name(), " has no scripted policy"));
  return {[&environment](const Matrix<float>& seen, Set& set) {
            Index chosen = 0;
            environment.scripted(seen.col(0).cast<double>(), chosen);
            propose_one(environment.action_size(), chosen, set);
          },
          "scripted"};
}

Proposer of_file(const CollectOptions& options, const AnyEnvironment<ActionIndices>& environment) {
  if (!std::filesystem::exists(options.policy))
    throw ConfigError(message("--policy must be random, scripted or the file of a policy, but there is no file \"",
                              options.policy, "\""));
  return {[policy = read_fitting_policy<ActionIndices>(options.policy, environment), mode = options.deterministic,
           unused = Generator(0),
           tape = AnyPolicy<float, ActionIndices>::Tape()](const Matrix<float>& seen, Set& set) mutable {
            Matrix<float> normalised = seen;
            policy.normalization().apply(normalised);
            if (!mode) return policy.policy().propose(normalised, 1, unused, tape, set);
            ActionIndices chosen;
            policy.policy().mode(normalised, tape, chosen);
            propose_one(policy.policy().action_size(), chosen(0), set);
          },
          message(options.policy, options.deterministic ? ", mode" : ", sampled")};
}

Proposer make_proposer(const CollectOptions& options, const AnyEnvironment<ActionIndices>& environment) {
  if (options.policy == "scripted") return scripted(environment);
  if (options.policy != "random") return of_file(options, environment);
  if (options.deterministic)
    throw ConfigError("--deterministic takes a policy's mode, which --policy random does not have");
  return {[count = environment.action_size()](const Matrix<float>&, Set& set) {
            every_action(count, 1, set);
            set.weights = Row<float>::Constant(count, 1.0F / static_cast<float>(count));
            set.log_probs = set.weights.log();
          },
          "uniform random"};
}

}  // namespace

void collect_finite(const CollectOptions& options) {
  const AnyEnvironment<ActionIndices> environment = make_environment<ActionIndices>(options.environment);
  Proposer proposer = make_proposer(options, environment);
  BehaviorOf<Index> behavior{.act = {}, .description = proposer.description, .why_no_density = ""};
  if (options.epsilon > 0) behavior.description += message(", ", options.epsilon, " of the actions random");
  behavior.act = [&options, propose = std::move(proposer.propose), set = Set(), chosen = Set(),
                  noise = Generator(options.seed, Stream::noise, 1)](const Matrix<float>& observation,
                                                                     Index& action) mutable -> std::optional<float> {
    propose(observation, set);
    mix_uniformly(options.epsilon, set);
    choose(set, noise, chosen);
    action = chosen.actions(0);
    return chosen.log_probs(0);
  };
  collect_with(options, environment, behavior);
}

}  // namespace tool
