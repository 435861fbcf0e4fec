#include "tool/collect_behavior.hpp"

#include <filesystem>
#include <type_traits>
#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/policies/proposal.hpp"
#include "tool/acting.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

using ProposalType = Proposal<float, ActionIndices>;

/// Proposes the actions of --policy alone: one action with its log-probability, or all actions of a finite set with
/// their probabilities, so that --epsilon can mix in random ones.
template <class Actions>
using ProposeFunction =
    std::conditional_t<FiniteActions<Actions>, std::function<void(const Matrix<float>&, ProposalType&)>,
                       std::function<std::optional<float>(const Matrix<float>&, Generator&, Matrix<float>&)>>;

template <class Actions>
struct Proposer {
  ProposeFunction<Actions> propose;
  std::string description;
  std::string why_no_density = {};
};

void propose_one(Index action_count, Index action, ProposalType& proposal) {
  propose_every_action(action_count, 1, proposal);
  proposal.weights = Row<float>::Zero(action_count);
  proposal.weights(action) = 1;
  proposal.log_probs = proposal.weights.log();
}

template <class Actions>
Proposer<Actions> random_actions(const CollectOptions& options, const AnyEnvironment<Actions>& environment) {
  if (options.deterministic)
    throw ConfigError("--deterministic takes a policy's mode, which --policy random does not have");
  if constexpr (FiniteActions<Actions>)
    return {[count = environment.action_size()](const Matrix<float>&, ProposalType& proposal) {
              propose_every_action(count, 1, proposal);
              proposal.weights = Row<float>::Constant(count, 1.0F / static_cast<float>(count));
              proposal.log_probs = proposal.weights.log();
            },
            "uniform random"};
  else
    return {[](const Matrix<float>&, Generator& draws, Matrix<float>& action) -> std::optional<float> {
              return act_uniformly(draws, action);
            },
            "uniform random"};
}

template <class Actions>
Proposer<Actions> scripted(const AnyEnvironment<Actions>& environment) {
  Vector<double> observation(environment.observation_size());
  using Action = std::conditional_t<FiniteActions<Actions>, Index, Vector<double>>;
  Action action{};
  if constexpr (!FiniteActions<Actions>) action.resize(environment.action_size());
  environment.observe(observation);
  if (!environment.scripted(observation, action))
    throw ConfigError(message("--policy scripted: ", environment.name(), " has no scripted policy"));
  auto next = [&environment, observation, action](const Matrix<float>& seen) mutable -> const Action& {
    observation = seen.col(0).cast<double>();
    environment.scripted(observation, action);
    return action;
  };
  if constexpr (FiniteActions<Actions>)
    return {[&environment, next](const Matrix<float>& seen, ProposalType& proposal) mutable {
              propose_one(environment.action_size(), next(seen), proposal);
            },
            "scripted"};
  else
    return {[next](const Matrix<float>& seen, Generator&, Matrix<float>& out) mutable -> std::optional<float> {
              out.col(0) = next(seen).template cast<float>();
              return std::nullopt;
            },
            "scripted", "the scripted policy is deterministic"};
}

/// Returns the reason why the policy's actions have no log-probabilities; empty if they have some.
std::string why_no_density(const PolicyRecord& record, bool deterministic) {
  if (deterministic) return "the policy's mode is deterministic";
  if (record.best_of) return "the policy takes the best of several draws by a critic, which has no known density";
  if (record.type == Gaussian<>::name()) return "a Gaussian's draws are clipped, which leaves atoms at the border";
  return record.type == TanhGaussian<>::name() ? "" : "the policy is deterministic";
}

template <class Actions>
Proposer<Actions> of_file(const CollectOptions& options, const AnyEnvironment<Actions>& environment) {
  if (!std::filesystem::exists(options.policy))
    throw ConfigError(message("--policy must be random, scripted or the file of a policy, but there is no file \"",
                              options.policy, "\""));
  auto policy = read_fitting_policy<Actions>(options.policy, environment);
  std::string description = message(options.policy, options.deterministic ? ", mode" : ", sampled");
  if constexpr (FiniteActions<Actions>) {
    return {
        [policy = std::move(policy), mode = options.deterministic, unused = Generator(0),
         tape = typename AnyPolicy<float, Actions>::Tape()](const Matrix<float>& seen, ProposalType& proposal) mutable {
          Matrix<float> normalized = seen;
          policy.normalization().apply(normalized);
          if (!mode) return policy.policy().propose(normalized, 1, unused, tape, proposal);
          ActionIndices chosen;
          policy.policy().mode(normalized, tape, chosen);
          propose_one(policy.policy().action_size(), chosen(0), proposal);
        },
        std::move(description)};
  } else {
    std::string why = why_no_density(policy.policy().record(), options.deterministic);
    return {
        [policy = std::move(policy), density = why.empty(),
         acting = options.deterministic ? Acting::mode : Acting::sample](
            const Matrix<float>& observation, Generator& draws, Matrix<float>& action) mutable -> std::optional<float> {
          const float log_prob = policy.act(observation, acting, draws, action)(0);
          return density ? std::optional(log_prob) : std::nullopt;
        },
        std::move(description), std::move(why)};
  }
}

/// Returns the behavior policy that adds N(0, noise²) to the proposed action, if asked for, and clips it to ±1, the
/// range of the data.
Behavior<Matrix<float>> finished(const CollectOptions& options, Proposer<Matrix<float>> proposer) {
  const bool noisy = options.noise > 0;
  if (noisy) {
    proposer.description += message(" plus N(0, ", options.noise, "^2)");
    proposer.why_no_density = "noisy actions are clipped, which leaves atoms at the border";
  }
  return {[propose = std::move(proposer.propose), noisy, scale = options.noise](
              const Matrix<float>& observation, Draws& draws, Matrix<float>& action) -> std::optional<float> {
            const std::optional<float> log_prob = propose(observation, draws.actions, action);
            if (noisy)
              for (Index j = 0; j < action.rows(); ++j)
                action(j, 0) += static_cast<float>(scale * draws.noise.normal());
            action = action.cwiseMax(-1.0F).cwiseMin(1.0F);
            return noisy ? std::nullopt : log_prob;
          },
          Draws(options.seed), std::move(proposer.description), std::move(proposer.why_no_density)};
}

/// Returns the behavior policy that draws one of the proposed actions, after mixing in uniform ones if asked for.
Behavior<ActionIndices> finished(const CollectOptions& options, Proposer<ActionIndices> proposer) {
  if (options.epsilon > 0) proposer.description += message(", ", options.epsilon, " of the actions random");
  return {[propose = std::move(proposer.propose), epsilon = options.epsilon, proposal = ProposalType(),
           chosen = ProposalType()](const Matrix<float>& observation, Draws& draws,
                                    Index& action) mutable -> std::optional<float> {
            propose(observation, proposal);
            mix_uniformly(epsilon, proposal);
            choose(proposal, draws.actions, chosen);
            action = chosen.actions(0);
            return chosen.log_probs(0);
          },
          Draws(options.seed), std::move(proposer.description), std::move(proposer.why_no_density)};
}

}  // namespace

template <class Actions>
Behavior<Actions> make_behavior(const CollectOptions& options, const AnyEnvironment<Actions>& environment) {
  return finished(options, options.policy == "random"     ? random_actions<Actions>(options, environment)
                           : options.policy == "scripted" ? scripted<Actions>(environment)
                                                          : of_file<Actions>(options, environment));
}

template Behavior<Matrix<float>> make_behavior<Matrix<float>>(const CollectOptions&, const AnyEnvironment<>&);
template Behavior<ActionIndices> make_behavior<ActionIndices>(const CollectOptions&,
                                                              const AnyEnvironment<ActionIndices>&);

}  // namespace tool
