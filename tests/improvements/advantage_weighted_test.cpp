#include "holdfast/improvements/advantage_weighted.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace advantage_weighted_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

template <class Policy>
using NoneOf = NoCritics<double, typename Policy::Actions>;
using C = NoneOf<Gaussian<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};

// A value rule with given advantages.
struct Given {
  Row<double> advantages;
  void advantage(auto&, Row<double>& out) const { out = advantages; }
};

template <class Scalar>
Row<Scalar> weighed(const AdvantageWeighted& config, std::initializer_list<double> advantages) {
  Row<Scalar> row(static_cast<Index>(advantages.size()));
  Index i = 0;
  for (const double advantage : advantages) row(i++) = static_cast<Scalar>(advantage);
  config.weigh(row);
  return row;
}

}  // namespace

TEST_CASE("A weight is the exponential of the advantage over the temperature, up to the cap", "[advantage_weighted]") {
  const Row<double> weights = weighed<double>({.temperature = 0.5}, {0, 1, -1, 0.5 * std::log(100), 100, -1000});
  CHECK(weights(0) == 1);
  CHECK(std::abs(weights(1) - std::exp(2)) < 1e-14);
  CHECK(std::abs(weights(2) - std::exp(-2)) < 1e-16);
  CHECK(std::abs(weights(3) - 100) < 1e-11);
  CHECK(std::abs(weights(4) - 100) < 1e-11);
  CHECK(weights(5) < 1e-300);  // a vectorized exponential does not go below the smallest normal number
  // The cap begins at ln 100 = 4.605170.
  CHECK(weighed<double>({.temperature = 1}, {4.60517})(0) < 100);
  CHECK(std::abs(weighed<double>({.temperature = 1}, {10})(0) - 100) < 1e-11);
  CHECK(std::abs(weighed<double>({.temperature = 1, .max_weight = 20}, {10})(0) - 20) < 1e-12);
}

TEST_CASE("Weights that are normalized over the batch have mean one, and the ratios of exponentials",
          "[advantage_weighted]") {
  const AdvantageWeighted config{.temperature = 0.5, .limit = WeightLimit::batch};
  const Row<double> weights = weighed<double>(config, {0.3, -1, 2, 0.3});
  CHECK(std::abs(weights.mean() - 1) < 1e-15);
  CHECK(std::abs(weights(2) / weights(1) - std::exp(6)) < 1e-10);
  CHECK(weights(0) == weights(3));
  CHECK(weights.maxCoeff() > 3);
  // Neither a cap nor a constant added to the advantages matters.
  CHECK(difference(weighed<double>(config, {1000.3, 999, 1002, 1000.3}), weights) < 1e-12);
  CHECK((weighed<double>(config, {7, 7, 7}) == 1).all());
}

TEST_CASE("No weight overflows, whatever the advantages", "[advantage_weighted]") {
  const Row<float> capped = weighed<float>({}, {1e30, -1e30, 0, 300});
  CHECK(capped.isFinite().all());
  CHECK(std::abs(capped(0) - 100) < 1e-3);
  CHECK(capped(1) < 1e-37F);
  CHECK(capped(2) == 1);
  const Row<float> normalized = weighed<float>({.limit = WeightLimit::batch}, {1e30, -1e30, 0, 300});
  CHECK(normalized.isFinite().all());
  CHECK(std::abs(normalized(0) - 4) < 1e-6F);
  CHECK((normalized.tail(3) < 1e-36F).all());
}

TEMPLATE_TEST_CASE("The improvement's gradient is that of the weighted cloning loss, the weights constant",
                   "[advantage_weighted]", Gaussian<double>, TanhGaussian<double>, Deterministic<double>,
                   MlpCategorical<double>) {
  using None = NoneOf<TestType>;
  for (const WeightLimit limit : {WeightLimit::cap, WeightLimit::batch}) {
    Generator generator(1);
    TestType policy({.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator);
    None critics;
    const auto batch = random_batch<double, typename TestType::Actions>(sizes, 6, generator);
    Context<TestType, None> context{batch, policy, critics, generator, 0, 1};
    const AdvantageWeighted config{.temperature = 0.4, .limit = limit};
    AdvantageWeighted::State<TestType, None> state(config, policy, critics, sizes, generator);
    Given rule{normal_row(6, generator)};
    Row<double> weights = rule.advantages;
    config.weigh(weights);

    state.prepare(context);
    Vector<double> gradient = Vector<double>::Ones(policy.parameters().size());
    const double loss = state.improve(context, rule, gradient);
    const Vector<double> added = gradient.array() - 1;
    Vector<double> unused = gradient;
    typename TestType::Tape tape;
    const auto cloning = [&] {
      return policy.cloning_loss(batch.observations, batch.actions, weights, generator, tape, unused);
    };
    CHECK(loss == cloning());
    CHECK(added.norm() > 1e-2);
    CHECK(difference(added, numeric_gradient(policy.parameters(), cloning)) < 1e-7);
    if constexpr (requires { policy.log_prob(batch.observations, batch.actions, tape); })
      CHECK(std::abs(loss + (weights * policy.log_prob(batch.observations, batch.actions, tape)).mean()) < 1e-13);

    CHECK(std::abs(figure(state, "advantage_mean") - rule.advantages.mean()) < 1e-15);
    CHECK(std::abs(figure(state, "weight_mean") - weights.mean()) < 1e-14);
    CHECK(figure(state, "weight_max") == weights.maxCoeff());
  }
}

TEST_CASE("Without advantages it is plain cloning, and what the next state is worth is left alone",
          "[advantage_weighted]") {
  Generator generator(2);
  Gaussian<double> policy({.network = {.hidden = {5}}}, sizes, generator);
  C critics;
  const Batch<double> batch = random_batch(sizes, 6, generator);
  Context<Gaussian<double>, C> context{batch, policy, critics, generator, 0, 1};
  Given rule{Row<double>::Zero(6)};
  Gaussian<double>::Tape tape;
  Vector<double> expected = Vector<double>::Zero(policy.parameters().size());
  policy.cloning_loss(batch.observations, batch.actions, Row<double>::Ones(6), generator, tape, expected);
  for (const WeightLimit limit : {WeightLimit::cap, WeightLimit::batch}) {
    AdvantageWeighted::State<Gaussian<double>, C> state({.limit = limit}, policy, critics, sizes, generator);
    CHECK(figure(state, "weight_max") == 0);  // before the first update
    Vector<double> gradient = Vector<double>::Zero(policy.parameters().size());
    state.improve(context, rule, gradient);
    CHECK(gradient == expected);
    Row<double> value = Row<double>::LinSpaced(6, 0, 1);
    state.penalize_value(context, value);
    CHECK((value == Row<double>::LinSpaced(6, 0, 1)).all());
  }
}

TEST_CASE("Acting takes the best of as many draws as configured, and with none the policy's own",
          "[advantage_weighted]") {
  Generator generator(3);
  Gaussian<double> policy({.network = {.hidden = {5}}}, sizes, generator);
  const Ensemble<MlpQ<double>> critics({.network = {.hidden = {4}}}, sizes, generator);
  Matrix<double> observations(sizes.observation, 3);
  generator.fill_normal(observations);
  const auto actions = [&](Index samples) {
    using State = AdvantageWeighted::State<Gaussian<double>, Ensemble<MlpQ<double>>>;
    State state({.acting_samples = samples}, policy, critics, sizes, generator);
    const auto acting = state.acting(policy, critics);
    CHECK(acting.samples() == samples);
    return mode(acting, observations);
  };
  CHECK(actions(0) == mode(policy, observations));
  Ensemble<MlpQ<double>>::Tape tape;
  const auto worth = [&](const Matrix<double>& of) {
    return critics.values(Net::online, observations, of, tape).row(0).sum();
  };
  CHECK(worth(actions(50)) > worth(actions(0)));
}

TEST_CASE("Advantage weighting refuses hyper-parameters out of range, by name", "[advantage_weighted]") {
  CHECK_NOTHROW(check_fields(AdvantageWeighted{}));
  CHECK_THROWS_WITH(check_fields(AdvantageWeighted{.temperature = 0}),
                    Contains("temperature must be positive, but is 0"));
  CHECK_THROWS_WITH(check_fields(AdvantageWeighted{.max_weight = 0}), Contains("max_weight must be positive"));
  CHECK_THROWS_WITH(check_fields(AdvantageWeighted{.acting_samples = -1}),
                    Contains("acting_samples must be at least 0"));
}

}  // namespace advantage_weighted_test
