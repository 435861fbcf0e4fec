#pragma once

#include "holdfast/learners/context.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/random_data.hpp"

namespace holdfast::testing {

/// What a value rule is asked with: a policy, three critics with targets of their own, a batch, and known noise.
struct RuleFixture {
  using P = TanhGaussian<double>;
  using C = Ensemble<MlpQ<double>>;
  static constexpr Sizes sizes{.observation = 3, .action = 2};
  static constexpr Index members = 3;
  static constexpr double temperature = 0.7;

  Generator generator{1, Stream::initialisation};
  P policy{{.network = {.hidden = {5}}}, sizes, generator};
  C critics{{.size = members, .network = {.hidden = {6}}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, 5, generator);
  Generator noise{2};
  Context<P, C> x{batch, policy, critics, noise, temperature, 1};

  RuleFixture() {
    for (Index i = 0; i < members; ++i) generator.fill_normal(critics.member(Net::target, i).parameters());
  }

  template <class Rule>
  [[nodiscard]] auto state(const Rule& rule) {
    return typename Rule::template State<P, C>(rule, policy, critics, sizes, generator);
  }

  /// The draws that a rule is about to make.
  [[nodiscard]] Candidates<double> draws(Side side, Index samples) const {
    Generator same = noise;
    P::Tape tape;
    Candidates<double> set;
    policy.propose(x.observations(side), samples, same, tape, set);
    return set;
  }

  /// Q_i of one state and action (columns), one for each critic.
  [[nodiscard]] Vector<double> q(Net net, const Matrix<double>& observation, const Matrix<double>& action) const {
    Vector<double> values(members);
    MlpQ<double>::Tape tape;
    for (Index i = 0; i < members; ++i) values(i) = critics.member(net, i).values(observation, action, tape)(0);
    return values;
  }
};

}  // namespace holdfast::testing
