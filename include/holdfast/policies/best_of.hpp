/// \file
/// BestOf: a policy that draws several actions and chooses one of them by the values of critics.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The rule by which one of several draws is chosen, given their values Q.
enum class DrawChoice {
  best,      ///< the draw with the largest Q
  softmax,   ///< at random, with probabilities proportional to exp(Q), as in Diffusion-QL
  expectile  ///< at random, with weight τ for draws whose Q is above their τ-expectile, and 1 − τ for others (IDQL)
};

constexpr auto enumerators(DrawChoice) {
  using enum DrawChoice;
  return std::array{Enumerator<DrawChoice>{"best", best}, Enumerator<DrawChoice>{"softmax", softmax},
                    Enumerator<DrawChoice>{"expectile", expectile}};
}

/// Configuration of BestOf.
struct BestOfConfig {
  Index samples = 0;  ///< N, draws for each action; 0: the inner policy acts
  DrawChoice choice = DrawChoice::best;
  double expectile = 0.7;  ///< τ of DrawChoice::expectile, (0, 1)
  Index critics = 1;       ///< the value of a draw is the minimum of so many critics, the first ones
  std::uint64_t seed = 0;  ///< seed of the mode's draws

  static void fields(auto& self, auto&& visit) {
    visit("acting_samples", self.samples, size_from(0));
    visit("choice", self.choice);
    visit("expectile", self.expectile, between(0, 1));
    visit("critics", self.critics, size_from(1));
  }
};

/// Tells which settings of a choice among draws have no effect.
inline void warn_of_choice(Warnings& warnings, Index samples, DrawChoice choice) {
  if (samples <= 1)
    for (const char* field : {"acting_choice", "acting_expectile"})
      warnings.idle(field, message("acting_samples is ", samples));
  else if (choice != DrawChoice::expectile)
    warnings.idle("acting_expectile", "acting_choice is not expectile");
}

/// Returns the τ-expectile v of equally likely `values`: Σ_i |τ − 1[value_i < v]| (value_i − v) = 0. There must be at
/// least one value.
template <class Values>
[[nodiscard]] double expectile_of(const Values& values, double tau) {
  auto v = static_cast<double>(values.mean());
  for (int i = 0; i < 100; ++i) {  // Newton's method on a function that is linear between the values: a few steps
    double weights = 0;
    double sum = 0;
    for (Index k = 0; k < values.size(); ++k) {
      const auto value = static_cast<double>(values(k));
      const double weight = value < v ? 1 - tau : tau;
      weights += weight;
      sum += weight * value;
    }
    if (sum / weights == v) break;
    v = sum / weights;
  }
  return v;
}

/// A policy that draws N actions from an inner policy and chooses one by the values of critics, as published: the
/// largest, or at random with weights that rise with the value. BEAR, BRAC, IDQL and Diffusion-QL act this way, and
/// AWAC and IQL can; their updates and backups use the inner policy.
///
/// DrawChoice::expectile is IDQL's implicit policy, π(a|s) ∝ μ(a|s) |τ − 1[Q ≤ V]| (Hansen-Estruch et al. 2023, "IDQL",
/// equation 8), where V is the τ-expectile of the draws' own values and needs no network.
///
/// It has no density, so importance sampling cannot evaluate it; fitted Q evaluation and episodes with sampled actions
/// can. Its mode is one such choice among draws from a fixed seed, so that an observation always gets the same action.
/// Episodes with the mode earn about as much as episodes with sampled actions, but not exactly as much.
template <class Policy, class Critics>
class BestOf {
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: BestOf draws continuous actions; over a finite set act by Greedy or by the policy itself");

 public:
  using Scalar = typename Policy::Scalar;
  using Actions = typename Policy::Actions;

  /// The workspaces of the two networks and of the choice.
  struct Tape {
    typename Policy::Tape policy;
    typename Critics::Tape critics;
    Proposal<Scalar, Actions> proposal;
    Row<Scalar> values;   ///< 1×NB, of the draws
    Row<Scalar> weights;  ///< 1×N, of the draws of one state
    Actions chosen;
    Matrix<Scalar> observation;
  };

  /// With 0 samples, proposals and mode are those of the inner policy. Throws ConfigError that names the invalid field,
  /// or if samples are positive and there are fewer critics than are asked for.
  BestOf(Policy policy, Critics critics, const BestOfConfig& config)
      : policy_(std::move(policy)), critics_(std::move(critics)), config_(config) {
    check_fields(config);
    if (config.samples > 0)
      require(critics_.size() >= config.critics, "critics.size", "as many as the choice asks, at least 1",
              critics_.size());
  }

  /// Takes the best of `samples` draws by the first critic. Throws the same errors.
  BestOf(Policy policy, Critics critics, Index samples, std::uint64_t seed = 0)
      : BestOf(std::move(policy), std::move(critics), BestOfConfig{.samples = samples, .seed = seed}) {}

  [[nodiscard]] const Policy& policy() const { return policy_; }
  [[nodiscard]] const Critics& critics() const { return critics_; }
  [[nodiscard]] const BestOfConfig& config() const { return config_; }
  [[nodiscard]] Index samples() const { return config_.samples; }
  [[nodiscard]] std::uint64_t seed() const { return config_.seed; }
  [[nodiscard]] Index action_size() const { return policy_.action_size(); }

  /// Proposes K choices for each observation (O×B), each among N draws, with weight 1/K. Their log-probabilities are
  /// unknown: NaN.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<Scalar, Actions>& proposal) const {
    if (samples() == 0) return policy_.propose(observations, per_state, generator, tape.policy, proposal);
    set_unknown_densities(per_state, observations.cols(), proposal);
    proposal.actions.resize(action_size(), proposal.weights.size());
    proposal.unsquashed.resize(action_size(), 0);
    // One choice at a time needs memory for N actions per state instead of K·N.
    for (Index k = 0; k < per_state; ++k) {
      choose_among_draws(observations, generator, tape);
      for (Index i = 0; i < observations.cols(); ++i) proposal.actions.col(i * per_state + k) = tape.chosen.col(i);
    }
  }

  /// Sets `out` (A×B) to the choice among N draws for each observation (O×B).
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    if (samples() == 0) return policy_.mode(observations, tape.policy, out);
    out.resize(action_size(), observations.cols());
    // One state at a time: its draws must not depend on the other states of the batch.
    for (Index i = 0; i < observations.cols(); ++i) {
      Generator generator(seed(), Stream::evaluation);
      tape.observation = observations.col(i);
      choose_among_draws(tape.observation, generator, tape);
      out.col(i) = tape.chosen;
    }
  }

 private:
  // Writes the choices to tape.chosen, A×B.
  void choose_among_draws(const Matrix<Scalar>& observations, Generator& generator, Tape& tape) const {
    policy_.propose(observations, samples(), generator, tape.policy, tape.proposal);
    const auto& values = critics_.values(Net::online, observations, tape.proposal.actions, tape.critics);
    tape.values = values.topRows(config_.critics).colwise().minCoeff();
    for (Index i = 0; i < tape.values.size(); ++i)  // a minimum may overlook a NaN
      if (values.col(i).head(config_.critics).hasNaN()) tape.values(i) = std::numeric_limits<Scalar>::quiet_NaN();
    tape.chosen.resize(action_size(), observations.cols());
    for (Index i = 0; i < observations.cols(); ++i) {
      const Index begin = i * samples();
      const Index chosen = choose_draw(tape.values.segment(begin, samples()), generator, tape.weights);
      tape.chosen.col(i) = tape.proposal.actions.col(begin + chosen);
    }
  }

  // Returns the number of the chosen draw of one state.
  template <class Values>
  Index choose_draw(const Values& values, Generator& generator, Row<Scalar>& weights) const {
    const Index best = first_largest(values);
    if (config_.choice == DrawChoice::best || !std::isfinite(values(best))) return best;
    if (config_.choice == DrawChoice::softmax) {
      weights = (values - values(best)).exp();
    } else {
      const double middle = expectile_of(values, config_.expectile);
      weights.resize(values.size());
      for (Index k = 0; k < values.size(); ++k)
        weights(k) =
            static_cast<Scalar>(static_cast<double>(values(k)) > middle ? config_.expectile : 1 - config_.expectile);
    }
    double left = generator.uniform() * static_cast<double>(weights.sum());
    Index chosen = 0;
    for (; chosen + 1 < weights.size() && left >= static_cast<double>(weights(chosen)); ++chosen)
      left -= static_cast<double>(weights(chosen));
    return weights(chosen) > 0 ? chosen : best;  // rounding may have gone past the last draw with positive weight
  }

  Policy policy_;
  Critics critics_;
  BestOfConfig config_;
};

/// Returns the policy that takes the best of `samples` draws by the first of `critics`, or for finite actions, which
/// the policy compares itself, a copy of the policy. Only the first critic is copied if Critics can be made of a single
/// member, otherwise all are.
template <class Policy, class Critics>
[[nodiscard]] auto best_of_draws(const Policy& policy, [[maybe_unused]] const Critics& critics,
                                 [[maybe_unused]] Index samples) {
  if constexpr (FiniteActions<typename Policy::Actions>)
    return policy;
  else if constexpr (requires { Critics({critics.member(Net::online, 0)}); })
    return BestOf<Policy, Critics>(policy, Critics({critics.member(Net::online, 0)}), samples);
  else
    return BestOf<Policy, Critics>(policy, critics, samples);
}

/// Returns the policy that chooses among draws by the minimum of all target critics; of critics that do not give away
/// their targets, by the minimum of the online ones.
template <class Policy, class Critics>
[[nodiscard]] auto chosen_by_targets(const Policy& policy, const Critics& critics, BestOfConfig config) {
  config.critics = config.samples > 0 ? critics.size() : 1;
  if constexpr (requires { Critics({critics.member(Net::target, 0)}); }) {
    std::vector<std::remove_cvref_t<decltype(critics.member(Net::target, 0))>> targets;
    for (Index i = 0; i < config.critics; ++i) targets.push_back(critics.member(Net::target, i));
    return BestOf<Policy, Critics>(policy, Critics(std::move(targets)), config);
  } else {
    return BestOf<Policy, Critics>(policy, critics, config);
  }
}

}  // namespace holdfast
