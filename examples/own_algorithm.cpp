/// \file
/// Your own algorithm: one new policy improvement makes TD3+BC (Fujimoto and Gu 2021, but without a target policy).

#include <cmath>
#include <cstdio>
#include <optional>

#include "holdfast/holdfast.hpp"

using namespace holdfast;

/// min over π of −λ E[Q_1(s, π(s))] + E_D[(π(s) − a)²], where λ = alpha / mean |Q_1|.
struct GreedyWithCloning {
  double alpha = 2.5;  ///< the weight of Q
  static void fields(auto& self, auto&& visit) { visit("alpha", self.alpha, at_least(0)); }

  template <class Policy, class Critics>
  struct State {
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;
    State(const GreedyWithCloning& config, const Policy&, const Critics&, Sizes, Generator&) : alpha(config.alpha) {}
    void prepare(ContextType&) {}
    void penalize_value(ContextType&, Row<Scalar>&) {}
    Scalar improve(ContextType& context, auto&, typename ContextType::Gradient& gradient) {
      const Matrix<Scalar>& s = context.batch.observations;
      context.policy.propose(s, 1, context.generator, policy_tape, proposal);
      const Matrix<Scalar>& q = context.critics.values(Net::online, s, proposal.actions, critic_tape);
      const auto lambda = static_cast<Scalar>(alpha) / q.row(0).cwiseAbs().mean();
      const Scalar greedy_loss = -lambda * q.row(0).mean();
      q_adjoint.setZero(q.rows(), q.cols());
      q_adjoint.row(0).setConstant(-lambda / static_cast<Scalar>(q.cols()));
      context.critics.action_gradient(s, proposal.actions, critic_tape, q_adjoint, adjoint.actions);
      context.policy.backward(s, policy_tape, proposal, adjoint, gradient);
      weights.setOnes(s.cols());
      return greedy_loss +
             context.policy.cloning_loss(s, context.batch.actions, weights, context.generator, policy_tape, gradient);
    }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
    double alpha;
    typename Policy::Tape policy_tape;
    typename Critics::Tape critic_tape;
    Proposal<Scalar> proposal, adjoint;
    Matrix<Scalar> q_adjoint;
    Row<Scalar> weights;
  };
};
using MyTd3Bc = ActorCritic<Deterministic<>, Ensemble<MlpQ<>>, PolicyValue, NoPenalty, GreedyWithCloning>;

int main() {
  Generator noise(1);  // the behavior policy pushes the masses to the origin, with much noise
  const auto dataset = collect<float>(MassChain(), 5000, /*seed=*/2, [&](const auto& s, auto& a) {
    for (Index i = 0; i < 3; ++i) a(i, 0) = std::tanh(-s(i, 0) - s(i + 3, 0) + static_cast<float>(noise.normal()));
    return std::optional<float>();
  });
  MyTd3Bc learner({.policy = {.network = {.hidden = {64}}}, .critics = {.network = {.hidden = {64}}}}, {6, 3}, 1);
  train_offline(learner, dataset, {.steps = 3000});
  DeployedPolicy policy(learner.acting(), Normalization<float>::identity(6));
  std::printf("mean return of 100 episodes: %.1f\n", episode_returns(policy, MassChain(), 100, /*seed=*/3).mean());
}
