/// \file
/// Theorem (Kumar et al. 2020, "Conservative Q-learning", equation 4 and appendix F). The derivative of CQL's penalty
/// log Σ_k exp(Q(s, a_k) − log p_k) − Q(s, a_data) with respect to the values is a softmax. Every drawn action is
/// pushed down, more the larger its Q − log p is, and the data's action is pushed up by the same total. Raising Q
/// everywhere by a constant changes nothing: only differences between actions are penalized.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/penalties/conservative.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace conservative_gradient_test {

using namespace holdfast;

namespace {

constexpr Sizes sizes{3, 2};
constexpr Index states = 6;

/// Critics that record how the penalty pushes their values.
class PushedCritics : public Ensemble<MlpQ<double>> {
 public:
  using Ensemble<MlpQ<double>>::Ensemble;

  void backward(const Matrix<double>&, const Matrix<double>& actions, Tape& tape, const Matrix<double>& adjoint) {
    pushed = actions;
    q = tape.values;
    pushes = adjoint;
  }
  void step() {}

  Matrix<double> pushed;
  Matrix<double> q;
  Matrix<double> pushes;
};

struct Pushes {
  double penalty;
  Matrix<double> q;       ///< E×3NB, of the drawn actions
  Matrix<double> q_data;  ///< E×B
  Matrix<double> drawn;   ///< E×3NB, ∂penalty/∂Q of the drawn actions, for each state's share
  Matrix<double> data;    ///< E×B, of the data's actions
  Row<double> log_densities;
};

/// Returns the pushes of critics raised by `shift`, always with the same draws.
Pushes pushes(const Conservative& config, double shift = 0) {
  Generator generator(51);
  const Batch<double> batch = testing::random_batch(sizes, states, generator);
  const TanhGaussian<double> policy({.network = {.hidden = {8}}}, sizes, generator);
  PushedCritics critics({.size = 2, .network = {.hidden = {16}}}, sizes, generator);
  for (Index i = 0; i < critics.size(); ++i) {
    critics.member(Net::online, i).parameters() *= 2;
    critics.member(Net::online, i).parameters().tail(1).array() += shift;  // the output's bias
  }
  Conservative::State<TanhGaussian<double>, PushedCritics> state(config, policy, critics, sizes, generator);
  Context<TanhGaussian<double>, PushedCritics> context{batch, policy, critics, generator, 0};
  PushedCritics::Tape tape;
  Pushes result;
  result.q_data = critics.values(Net::online, batch.observations, batch.actions, tape);
  result.data.setZero(2, states);
  result.penalty = state.add(context, result.q_data, result.data);
  result.q = critics.q;
  result.drawn = critics.pushes * static_cast<double>(states) / config.alpha;
  result.data *= static_cast<double>(states) / config.alpha;

  // N uniform on [−1, 1]², N of π(s), N of π(s′).
  const Index n = config.samples;
  result.log_densities.setConstant(3 * n * states, -2 * std::log(2.0));
  TanhGaussian<double>::Tape policy_tape;
  for (Index i = 0; i < 3 * n * states; ++i) {
    const Index kind = i % (3 * n) / n;
    const Matrix<double>& side = kind == 1 ? batch.observations : batch.next_observations;
    if (kind > 0)
      result.log_densities(i) = policy.log_prob(side.col(i / (3 * n)), critics.pushed.col(i), policy_tape)(0);
  }
  if (!config.importance_sampling) result.log_densities.setZero();
  return result;
}

std::vector<Conservative> variants() {
  return {{.alpha = 3, .samples = 4},
          {.alpha = 3, .samples = 4, .temperature = 0.5},
          {.alpha = 3, .samples = 4, .importance_sampling = false}};
}

}  // namespace

TEST_CASE("The derivative of CQL's penalty is the softmax of Q less the log density", "[theorems]") {
  for (const Conservative& config : variants()) {
    CAPTURE(config.temperature, config.importance_sampling);
    const Pushes found = pushes(config);
    const Index per_state = 3 * config.samples;
    for (Index i = 0; i < 2; ++i)
      for (Index state = 0; state < states; ++state) {
        const Index first = per_state * state;
        const Row<double> scores =
            (found.q.row(i).segment(first, per_state).array() - found.log_densities.segment(first, per_state)) /
            config.temperature;
        const double own = config.importance_sampling ? 0 : std::exp(found.q_data(i, state) / config.temperature);
        const Row<double> softmax = scores.exp() / (scores.exp().sum() + own);
        const Row<double> drawn = found.drawn.row(i).segment(first, per_state).array();
        CHECK(testing::difference(drawn, softmax) < 1e-9);

        std::vector<Index> order(static_cast<std::size_t>(per_state));
        std::iota(order.begin(), order.end(), Index{0});
        std::ranges::sort(order, {}, [&](Index k) { return scores(k); });
        CHECK(std::ranges::is_sorted(order, std::ranges::less_equal{}, [&](Index k) { return drawn(k); }));
        CHECK(drawn(order.back()) == drawn.maxCoeff());
        CHECK(std::abs(drawn.sum() + found.data(i, state)) < 1e-12);
        CHECK(found.data(i, state) < 0);
      }
  }
}

TEST_CASE("A constant added to Q leaves CQL's penalty and its derivative unchanged", "[theorems]") {
  for (const Conservative& config : variants()) {
    CAPTURE(config.temperature, config.importance_sampling);
    const Pushes found = pushes(config);
    for (const double shift : {-300.0, 3.7, 1e4}) {
      const Pushes shifted = pushes(config, shift);
      CHECK((shifted.q - found.q).array().isApproxToConstant(shift, 1e-9));
      CHECK(std::abs(shifted.penalty - found.penalty) < 1e-9 * std::abs(shift));
      CHECK(testing::difference(shifted.drawn, found.drawn) < 1e-9);
      CHECK(testing::difference(shifted.data, found.data) < 1e-9);
    }
  }
}

}  // namespace conservative_gradient_test
