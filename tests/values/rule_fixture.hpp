#pragma once

#include "holdfast/bellman/context.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/random_data.hpp"

namespace holdfast::testing {

/// The inputs of a value rule: a policy, three critics with targets of their own, a batch, and known noise.
template <class Policy, class Network>
struct BasicRuleFixture {
  using P = Policy;
  using C = Ensemble<Network>;
  using Actions = typename P::Actions;
  static constexpr Sizes sizes{.observation = 3, .action = FiniteActions<Actions> ? 4 : 2};
  static constexpr Index members = 3;
  static constexpr double temperature = 0.7;

  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}}}, sizes, generator};
  C critics{{.size = members, .network = {.hidden = {6}}}, sizes, generator};
  Batch<double, Actions> batch = random_batch<double, Actions>(sizes, 5, generator);
  Generator noise{2};
  Context<P, C> context{batch, policy, critics, noise, temperature, 1};

  BasicRuleFixture() {
    for (Index i = 0; i < members; ++i) generator.fill_normal(critics.member(Net::target, i).parameters());
    if (FiniteActions<Actions>) policy.parameters() *= 3;  // not nearly uniform
  }

  template <class Rule>
  [[nodiscard]] auto state(const Rule& rule) {
    return typename Rule::template State<P, C>(rule, policy, critics, sizes, generator);
  }

  /// Returns the draws that a rule is about to make, or all actions.
  [[nodiscard]] Proposal<double, Actions> draws(Side side, Index samples) const {
    Generator same = noise;
    typename P::Tape tape;
    Proposal<double, Actions> proposal;
    policy.propose(context.observations(side), samples, same, tape, proposal);
    return proposal;
  }

  /// Returns Q_i of one state and action (columns), one for each critic.
  [[nodiscard]] Vector<double> q(Net net, const Matrix<double>& observation, const Actions& action) const {
    Vector<double> values(members);
    typename Network::Tape tape;
    for (Index i = 0; i < members; ++i) values(i) = critics.member(net, i).values(observation, action, tape)(0);
    return values;
  }
};

using RuleFixture = BasicRuleFixture<TanhGaussian<double>, MlpQ<double>>;

/// The fixture with four finite actions.
using FiniteRuleFixture = BasicRuleFixture<MlpCategorical<double>, MlpFiniteQ<double>>;

}  // namespace holdfast::testing
