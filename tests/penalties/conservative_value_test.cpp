#include "holdfast/penalties/conservative_value.hpp"

#include <cmath>
#include <string_view>

#include "catch.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/empty_critics.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"
#include "support/recording_critics.hpp"

namespace conservative_value_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

const MlpConfig small{.hidden = {6}, .activation = Activation::tanh};

template <class Policy, class Network>
struct Parts {
  using P = Policy;
  using C = RecordingEnsemble<Network>;
  using Actions = typename P::Actions;
  static constexpr Sizes sizes{.observation = 3, .action = FiniteActions<Actions> ? 4 : 2};

  Generator generator{1, Stream::initialization};
  P policy{{.network = small}, sizes, generator};
  C critics{{.network = small}, sizes, generator};
  Batch<double, Actions> batch = random_batch<double, Actions>(sizes, 5, generator);

  Parts() {
    policy.parameters() *= 3;  // not nearly uniform
    for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::online, i).parameters());
  }

  // Returns the penalty of a new state with the same draws. The gradient with respect to the values of the data's
  // actions is added to `adjoint`, and the other one to what the critics record.
  double penalty(ConservativeValue::State<P, C>& state, Matrix<double>& adjoint) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, 0, 1};
    typename C::Tape tape;
    const Matrix<double> q = critics.values(Net::online, batch.observations, batch.actions, tape);
    adjoint.setConstant(2, batch.size(), 1);  // to check that it is added to
    state.prepare(context);
    return state.add(context, q, adjoint);
  }
  double penalty(const ConservativeValue& config, Matrix<double>& adjoint) {
    ConservativeValue::State<P, C> state(config, policy, critics, sizes, generator);
    return penalty(state, adjoint);
  }

  // Returns the mean of E_π[Q_i(s, a)] − Q_i(s, a_data) over the batch and the critics, action by action.
  [[nodiscard]] double gap(Index samples) const {
    Generator noise(2);
    typename P::Tape tape;
    typename Network::Tape own;
    Proposal<double, Actions> proposal;
    policy.propose(batch.observations, samples, noise, tape, proposal);
    double sum = 0;
    for (Index i = 0; i < 2; ++i) {
      const Network& network = critics.member(Net::online, i);
      for (Index b = 0; b < batch.size(); ++b) {
        const Matrix<double> observation = batch.observations.col(b);
        sum -= network.values(observation, batch.actions.col(b), own)(0);
        for (Index k = b * proposal.per_state; k < (b + 1) * proposal.per_state; ++k)
          sum += std::exp(FiniteActions<Actions> ? proposal.log_probs(k) : -std::log(samples)) *
                 network.values(observation, proposal.actions.col(k), own)(0);
      }
    }
    return sum / 10;
  }
};

using Finite = Parts<MlpCategorical<double>, MlpFiniteQ<double>>;
using Continuous = Parts<TanhGaussian<double>, MlpQ<double>>;

}  // namespace

TEMPLATE_TEST_CASE("The penalty is what the policy is promised above what the data is, summed over the critics",
                   "[conservative_value]", Finite, Continuous) {
  for (const Index samples : {1, 3}) {
    TestType parts;
    const double gap = parts.gap(samples);
    CHECK(std::abs(gap) > 0.01);
    ConservativeValue::State<typename TestType::P, typename TestType::C> state(
        {.alpha = 2.5, .samples = samples}, parts.policy, parts.critics, TestType::sizes, parts.generator);
    Matrix<double> adjoint;
    CHECK(std::abs(parts.penalty(state, adjoint) - 2.5 * 2 * gap) < 1e-13);
    CHECK(std::abs(figure(state, "conservative_gap") - gap) < 1e-14);
  }
}

TEMPLATE_TEST_CASE("The gradient of the whole penalty is that of finite differences, the draws held",
                   "[conservative_value]", Finite, Continuous) {
  for (const Index samples : {1, 3}) {
    TestType parts;
    const ConservativeValue config{.alpha = 2.5, .samples = samples};
    Matrix<double> adjoint;
    parts.penalty(config, adjoint);
    const Matrix<double> data = adjoint.array() - 1;
    CHECK((data.array() + 2.5 / 5).abs().maxCoeff() < 1e-15);
    typename TestType::C::Tape tape;
    parts.critics.values(Net::online, parts.batch.observations, parts.batch.actions, tape);
    parts.critics.backward(parts.batch.observations, parts.batch.actions, tape, data);
    const auto gradients = parts.critics.gradients;
    for (Index i = 0; i < 2; ++i) {
      const Vector<double>& gradient = gradients[static_cast<std::size_t>(i)];
      CHECK(gradient.norm() > 0.1);
      CHECK(difference(gradient, numeric_gradient(parts.critics.member(Net::online, i).parameters(),
                                                  [&] { return parts.penalty(config, adjoint); })) < 1e-8);
    }
  }
}

TEST_CASE("Over finite actions the policy's expectation is exact, and nothing is drawn", "[conservative_value]") {
  Finite parts;
  Matrix<double> adjoint;
  CHECK(parts.penalty({.samples = 1}, adjoint) == parts.penalty({.samples = 9}, adjoint));
  ConservativeValue::State<Finite::P, Finite::C> state({}, parts.policy, parts.critics, Finite::sizes, parts.generator);
  Generator noise(7);
  Context<Finite::P, Finite::C> context{parts.batch, parts.policy, parts.critics, noise, 0, 1};
  state.add(context, Matrix<double>::Zero(2, 5), adjoint);
  CHECK(noise.state() == Generator(7).state());
}

TEST_CASE("Where the policy is the data there is nothing to penalize", "[conservative_value]") {
  // The policy is uniform over both actions, and so is the data in either state.
  using P = TabularCategorical<double>;
  using C = RecordingEnsemble<TabularQ<double>>;
  constexpr Sizes two{.observation = 2, .action = 2};
  Generator generator(3);
  const P policy({}, two, generator);
  C critics({}, two, generator);
  for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::online, i).parameters());
  auto batch = random_batch<double, ActionIndices>(two, 4, generator);
  batch.observations = Matrix<double>{{1, 1, 0, 0}, {0, 0, 1, 1}};
  batch.actions = ActionIndices{{0, 1, 0, 1}};
  Context<P, C> context{batch, policy, critics, generator, 0, 1};
  C::Tape tape;
  const Matrix<double> q = critics.values(Net::online, batch.observations, batch.actions, tape);
  Matrix<double> adjoint = Matrix<double>::Zero(2, 4);
  ConservativeValue::State<P, C> state({.alpha = 3}, policy, critics, two, generator);
  CHECK(std::abs(state.add(context, q, adjoint)) < 1e-15);
  critics.values(Net::online, batch.observations, batch.actions, tape);
  critics.backward(batch.observations, batch.actions, tape, adjoint);
  for (const Vector<double>& gradient : critics.gradients) CHECK(gradient.norm() < 1e-15);
}

TEST_CASE("The gap that is reported does not depend on the weight, which may be none", "[conservative_value]") {
  const auto gap = [](double alpha) {
    Finite parts;
    Matrix<double> adjoint;
    ConservativeValue::State<Finite::P, Finite::C> state({.alpha = alpha}, parts.policy, parts.critics, Finite::sizes,
                                                         parts.generator);
    parts.penalty(state, adjoint);
    double reported = 0;
    state.report([&](std::string_view, double value) { reported = value; });
    return reported;
  };
  CHECK(std::abs(gap(0) - Finite().gap(1)) < 1e-12);
  CHECK(std::abs(gap(0)) > 1e-3);
  CHECK(gap(0) == gap(5));
}

TEST_CASE("A conservative value needs a weight, a sample, and critics", "[conservative_value]") {
  CHECK_NOTHROW(check_fields(ConservativeValue{.alpha = 0}));
  CHECK_THROWS_WITH(check_fields(ConservativeValue{.alpha = -1}), Contains("alpha must be at least 0, but is -1"));
  CHECK_THROWS_WITH(check_fields(ConservativeValue{.samples = 0}), Contains("samples must be at least 1, but is 0"));
  Finite parts;
  using State = ConservativeValue::State<Finite::P, testing::EmptyCritics<double, ActionIndices>>;
  CHECK_THROWS_WITH(State({}, parts.policy, {}, Finite::sizes, parts.generator),
                    Contains("critics.size must be at least 1") && Contains("but is 0"));
  Matrix<double> adjoint;
  CHECK(parts.penalty({.alpha = 0}, adjoint) == 0);
  CHECK((adjoint.array() == 1).all());

  parts.critics.member(Net::online, 1).parameters()(0) = std::nan("");
  CHECK_THROWS_WITH(parts.penalty({}, adjoint), Contains("update 1: the critic penalty is ") && Contains("nan"));
}

}  // namespace conservative_value_test
