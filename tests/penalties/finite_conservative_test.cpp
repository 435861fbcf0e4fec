/// \file
/// Tests the conservative penalty over finite actions, where its log-sum-exp is exact.
#include <cmath>
#include <utility>

#include "catch.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/penalties/conservative.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/uniform.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"
#include "support/recording_critics.hpp"

namespace finite_conservative_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 4};
using P = Uniform<double>;

// A penalty on two critics of four actions, in the states of a batch of five.
template <class Network>
struct Parts {
  using C = RecordingEnsemble<Network>;

  Generator generator{1, Stream::initialization};
  P policy{sizes};
  C critics;
  Batch<double, ActionIndices> batch = random_batch<double, ActionIndices>(sizes, 5, generator);

  explicit Parts(typename Network::Config config = {}) : critics({.network = config}, sizes, generator) {
    for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::online, i).parameters());
  }

  // Returns the penalty of a new state. The gradient with respect to the values of the data's actions is added to
  // `adjoint`, and the other one to what the critics record.
  double penalty(const Conservative& config, Matrix<double>& adjoint) {
    Conservative::State<P, C> state(config, policy, critics, sizes, generator);
    return penalty(state, adjoint);
  }
  double penalty(Conservative::State<P, C>& state, Matrix<double>& adjoint) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, 0, 1};
    typename C::Tape tape;
    const Matrix<double> q = critics.values(Net::online, batch.observations, batch.actions, tape);
    adjoint.setConstant(2, batch.size(), 1);  // to check that it is added to
    state.prepare(context);
    const double value = state.add(context, q, adjoint);
    CHECK(noise.state() == Generator(2).state());  // nothing is drawn
    return value;
  }
  double penalty(const Conservative& config) {
    Matrix<double> unused;
    return penalty(config, unused);
  }

  // Returns Q_i of one action in the state of transition b.
  [[nodiscard]] double q(Index i, Index b, Index action) const {
    typename Network::Tape tape;
    return critics.member(Net::online, i)
        .values(batch.observations.col(b), ActionIndices::Constant(1, action), tape)(0);
  }

  // Returns T log Σ_a exp(Q_i(s, a) / T) − Q_i(s, a_data), 2×B.
  [[nodiscard]] Matrix<double> gaps(double temperature) const {
    Matrix<double> all(2, batch.size());
    for (Index i = 0; i < 2; ++i)
      for (Index b = 0; b < batch.size(); ++b) {
        double sum = 0;
        for (Index action = 0; action < sizes.action; ++action) sum += std::exp(q(i, b, action) / temperature);
        all(i, b) = temperature * std::log(sum) - q(i, b, batch.actions(b));
      }
    return all;
  }

  // Returns the gradient of the whole penalty with respect to the parameters of critic i.
  Vector<double> whole_gradient(const Conservative& config, Index i) {
    Matrix<double> adjoint;
    critics.gradients.clear();
    penalty(config, adjoint);
    adjoint.array() -= 1;
    typename C::Tape tape;
    critics.values(Net::online, batch.observations, batch.actions, tape);
    critics.backward(batch.observations, batch.actions, tape, adjoint);
    return critics.gradients[static_cast<std::size_t>(i)];
  }

  double gradient_error(const Conservative& config) {
    double worst = 0;
    for (Index i = 0; i < 2; ++i) {
      const Vector<double> gradient = whole_gradient(config, i);
      const auto loss = [&] { return penalty(config); };
      worst =
          std::max(worst, difference(gradient, numeric_gradient(critics.member(Net::online, i).parameters(), loss)));
    }
    return worst;
  }
};

const MlpConfig small{.hidden = {6}, .activation = Activation::tanh};
using Networks = Parts<MlpFiniteQ<double>>;
using Tables = Parts<TabularQ<double>>;

}  // namespace

TEST_CASE("Over finite actions the penalty is the exact log-sum-exp above the data, and nothing is drawn",
          "[conservative]") {
  for (const double temperature : {1.0, 0.5, 3.0}) {
    CAPTURE(temperature);
    Networks parts(small);
    const double expected = 2.5 * parts.gaps(temperature).rowwise().mean().sum();
    CHECK(std::abs(parts.penalty({.alpha = 2.5, .temperature = temperature}) - expected) < 1e-13);
    // The number of draws and their weights have no effect, because nothing is drawn.
    CHECK(
        std::abs(parts.penalty({.alpha = 2.5, .samples = 1, .temperature = temperature, .importance_sampling = false}) -
                 expected) < 1e-13);
  }
}

TEST_CASE("The gradient of the finite penalty is that of finite differences", "[conservative]") {
  for (const double temperature : {1.0, 0.5, 3.0}) {
    CAPTURE(temperature);
    Networks parts(small);
    const Conservative config{.alpha = 2.5, .temperature = temperature};
    CHECK(parts.whole_gradient(config, 0).norm() > 0.1);
    CHECK(parts.gradient_error(config) < 1e-8);
  }
}

TEST_CASE("Of a table every action is pushed down by its softmax, and the data's is pushed up", "[conservative]") {
  Tables parts;
  parts.batch.observations = Matrix<double>{{1, 0, 1, 0, 1}, {0, 1, 0, 0, 0}, {0, 0, 0, 1, 0}};
  parts.batch.actions = ActionIndices{{2, 0, 2, 3, 1}};
  for (Index i = 0; i < 2; ++i) {
    Matrix<double> expected = Matrix<double>::Zero(4, 3);
    for (Index b = 0; b < 5; ++b) {
      Index state = 0;
      parts.batch.observations.col(b).maxCoeff(&state);
      double sum = 0;
      for (Index action = 0; action < 4; ++action) sum += std::exp(parts.q(i, b, action));
      for (Index action = 0; action < 4; ++action) expected(action, state) += std::exp(parts.q(i, b, action)) / sum;
      expected(parts.batch.actions(b), state) -= 1;
    }
    expected *= 3.0 / 5;
    CHECK(difference(parts.whole_gradient({.alpha = 3}, i), Vector<double>(expected.reshaped())) < 1e-14);
  }
}

TEST_CASE("Whatever the policy, all the actions of the penalty are the same", "[conservative]") {
  using Pi = MlpCategorical<double>;
  using C = Networks::C;
  Networks parts(small);
  Pi policy({.network = small}, sizes, parts.generator);
  policy.parameters() *= 10;
  Conservative::State<Pi, C> state({}, policy, parts.critics, sizes, parts.generator);
  Context<Pi, C> context{parts.batch, policy, parts.critics, parts.generator, 0, 1};
  C::Tape tape;
  const Matrix<double> q = parts.critics.values(Net::online, parts.batch.observations, parts.batch.actions, tape);
  Matrix<double> adjoint = Matrix<double>::Zero(2, 5);
  CHECK(state.add(context, q, adjoint) == parts.penalty({}));
}

TEST_CASE("Given the values of every action, the penalty is the same, and so is its gradient", "[conservative]") {
  Networks parts(small);
  for (const Conservative& config :
       {Conservative{.alpha = 2, .temperature = 0.5}, Conservative{.alpha = 2, .gap_max = 1.2, .threshold = 0.3}}) {
    Matrix<double> data_adjoint;
    parts.critics.gradients.clear();
    const double expected = parts.penalty(config, data_adjoint);
    const auto gradients = std::exchange(parts.critics.gradients, {});

    Conservative::State<P, Networks::C> state(config, parts.policy, parts.critics, sizes, parts.generator);
    Context<P, Networks::C> context{parts.batch, parts.policy, parts.critics, parts.generator, 0, 1};
    Proposal<double, ActionIndices> every;
    propose_every_action(sizes.action, parts.batch.size(), every);
    Networks::C::Tape tape;
    const Matrix<double> data = parts.critics.values(Net::online, parts.batch.observations, parts.batch.actions, tape);
    const Matrix<double> q = parts.critics.values(Net::online, parts.batch.observations, every.actions, tape);
    Matrix<double> adjoint = Matrix<double>::Ones(2, parts.batch.size());
    Matrix<double> every_adjoint;
    CHECK(std::abs(state.add_of_every_action(context, q, data, adjoint, every_adjoint) - expected) < 1e-13);
    CHECK(difference(adjoint, data_adjoint) < 1e-14);
    parts.critics.backward(parts.batch.observations, every.actions, tape, every_adjoint);
    for (std::size_t i = 0; i < 2; ++i) CHECK(difference(parts.critics.gradients[i], gradients[i]) < 1e-14);
  }
}

TEST_CASE("The gap of a constant Q is the logarithm of how many actions there are, however large it is",
          "[conservative]") {
  for (const double value : {0.0, -3.0, 1e6}) {
    CAPTURE(value);
    Tables parts;
    parts.batch.observations = Matrix<double>::Identity(3, 5);
    parts.batch.observations.rightCols(2).row(0).setOnes();
    for (Index i = 0; i < 2; ++i) parts.critics.member(Net::online, i).parameters().setConstant(value);
    for (const double temperature : {1.0, 2.0}) {
      const double sum = 7 * temperature * 2 * std::log(4);  // of two critics
      CHECK(std::abs(parts.penalty({.alpha = 7, .temperature = temperature}) - sum) < 1e-8);
    }
  }
}

TEST_CASE("A finite gap beyond its bounds is clipped and has no gradient", "[conservative]") {
  Networks parts(small);
  const Matrix<double> gaps = parts.gaps(1);
  const double range = gaps.maxCoeff() - gaps.minCoeff();
  Conservative config{.gap_min = gaps.minCoeff() + 0.3 * range, .gap_max = gaps.minCoeff() + 0.7 * range};
  const Matrix<double> clipped = gaps.cwiseMax(config.gap_min).cwiseMin(config.gap_max);
  REQUIRE((clipped.array() == gaps.array()).any());
  REQUIRE((clipped.array() != gaps.array()).any());
  CHECK(std::abs(parts.penalty(config) - 5 * clipped.rowwise().mean().sum()) < 1e-13);
  CHECK(parts.gradient_error(config) < 1e-8);
  config.gap_min = gaps.maxCoeff() + 1;
  config.gap_max = gaps.maxCoeff() + 2;
  for (Index i = 0; i < 2; ++i) CHECK(parts.whole_gradient(config, i).isZero(0));
}

TEST_CASE("The multiplier of a finite penalty weighs its exact gap, and follows it", "[conservative]") {
  Networks parts(small);
  const double gap = parts.gaps(1).mean();
  // Adam's first step moves the logarithm by the learning rate, within ε/|g| = 1e-7.
  for (const double threshold : {gap - 0.5, gap + 0.5}) {
    const Conservative config{
        .alpha = 2, .threshold = threshold, .initial_multiplier = 0.7, .multiplier_optimizer = {.learning_rate = 0.1}};
    CHECK(std::abs(parts.penalty(config) - 2 * 0.7 * 2 * (gap - threshold)) < 1e-13);
    CHECK(parts.gradient_error(config) < 1e-8);
    Conservative::State<P, Networks::C> state(config, parts.policy, parts.critics, sizes, parts.generator);
    Matrix<double> unused;
    parts.penalty(state, unused);
    CHECK(std::abs(figure(state, "conservative_gap") - gap) < 1e-14);
    CHECK(std::abs(std::log(state.multiplier() / 0.7) - (threshold < gap ? 0.1 : -0.1)) < 1e-7);
  }
}

TEST_CASE("Over finite actions CQL's weight is one by default, and otherwise five", "[conservative]") {
  CHECK(FiniteCql<>::Config{}.penalty.alpha == 1);
  CHECK(Cql<>::Config{}.penalty.alpha == 5);
  CHECK(FiniteCql<>::Config{}.penalty.temperature == 1);
}

}  // namespace finite_conservative_test
