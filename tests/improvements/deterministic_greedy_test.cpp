#include "holdfast/improvements/deterministic_greedy.hpp"

#include <Eigen/LU>
#include <cmath>

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/empty_critics.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/quadratic_q.hpp"
#include "support/random_data.hpp"

namespace deterministic_greedy_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = Deterministic<double>;
using C = Ensemble<MlpQ<double>>;
using Improvement = DeterministicGreedy<>;
constexpr Sizes sizes{.observation = 3, .action = 2};
constexpr Index batch_size = 5;
struct NoRule {};

struct Parts {
  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator};
  C critics{{.network = {.hidden = {6}, .activation = Activation::tanh}}, sizes, generator};
  Batch<double> batch = random_batch(sizes, batch_size, generator);
  Generator noise{2};
  NoRule rule;

  Parts() {
    policy.parameters() *= 2;
    for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(Net::online, i).parameters());
  }

  [[nodiscard]] Improvement::State<P, C> state(const Improvement& config) {
    return {config, policy, critics, sizes, generator};
  }

  double improve(Improvement::State<P, C>& state, Vector<double>& gradient) {
    Context<P, C> context{batch, policy, critics, noise, 0, 1};
    return state.improve(context, rule, gradient);
  }

  [[nodiscard]] Matrix<double> actions() const {
    P::Tape tape;
    Matrix<double> out;
    policy.mode(batch.observations, tape, out);
    return out;
  }

  [[nodiscard]] Matrix<double> q() const {
    C::Tape tape;
    return critics.values(Net::online, batch.observations, actions(), tape);
  }
};

// Returns Q(s, a) = 3 + c·a − ½ aᵀ H a, whose best action is known, for states of one feature.
QuadraticQ concave_q(const Vector<double>& slope, const Matrix<double>& curvature, Generator& generator) {
  QuadraticQ q({1, 2}, generator);
  Eigen::Map<Matrix<double>> form(q.parameters().data(), 4, 4);  // of [1; s; a]
  form.setZero();
  form(0, 0) = 3;
  form.block(0, 2, 1, 2) = slope.transpose();
  form.bottomRightCorner(2, 2) = -0.5 * curvature;
  return q;
}

}  // namespace

TEST_CASE("The deterministic improvement's gradient is that of its loss, λ held", "[deterministic_greedy]") {
  for (const GreedyCritic critic : {GreedyCritic::first, GreedyCritic::minimum, GreedyCritic::mean})
    for (const double cloning : {0.0, 0.8})
      for (const ActionDistance distance : {ActionDistance::sum, ActionDistance::mean}) {
        Parts parts;
        auto state = parts.state({.q_weight = 1.7, .critic = critic, .cloning_weight = cloning, .distance = distance});
        Vector<double> unused = Vector<double>::Zero(parts.policy.parameters().size());
        Vector<double> gradient = unused.array() + 1;
        parts.improve(state, gradient);
        const Vector<double> added = gradient.array() - 1;
        CHECK(added.norm() > 1e-2);
        CHECK(difference(added, numeric_gradient(parts.policy.parameters(),
                                                 [&] { return parts.improve(state, unused); })) < 1e-8);

        // With a normalized Q the gradient is the same as with a fixed λ of that size.
        const Matrix<double> q = parts.q();
        const Row<double> followed = critic == GreedyCritic::first     ? Row<double>(q.row(0).array())
                                     : critic == GreedyCritic::minimum ? Row<double>(q.colwise().minCoeff().array())
                                                                       : Row<double>(q.colwise().mean().array());
        auto normalized = parts.state({.q_weight = 1.7 * followed.abs().mean(),
                                       .normalize_q = true,
                                       .critic = critic,
                                       .cloning_weight = cloning,
                                       .distance = distance});
        Vector<double> same = Vector<double>::Ones(unused.size());
        parts.improve(normalized, same);
        CHECK(difference(same, gradient) < 1e-13);
        CHECK(std::abs(figure(normalized, "q_scale") - 1.7) < 1e-13);
      }
}

TEST_CASE("The loss is the distance from the data's actions less Q, and both are reported", "[deterministic_greedy]") {
  Parts parts;
  const Matrix<double> q = parts.q();
  const double squared = (parts.actions() - parts.batch.actions).squaredNorm() / batch_size;
  Vector<double> unused = Vector<double>::Zero(parts.policy.parameters().size());
  const auto loss = [&](const Improvement& config, double distance) {
    auto state = parts.state(config);
    const double found = parts.improve(state, unused);
    CHECK(std::abs(figure(state, "cloning_distance") - distance) < 1e-14);
    return found;
  };
  CHECK(q.row(0).minCoeff() < q.row(0).maxCoeff());
  CHECK(std::abs(loss({}, squared) + q.row(0).mean()) < 1e-14);
  CHECK(std::abs(loss({.critic = GreedyCritic::minimum}, squared) + q.colwise().minCoeff().mean()) < 1e-14);
  CHECK(std::abs(loss({.cloning_weight = 3}, squared) - (3 * squared - q.row(0).mean())) < 1e-14);
  CHECK(std::abs(loss({.cloning_weight = 3, .distance = ActionDistance::mean}, squared / 2) -
                 (3 * squared / 2 - q.row(0).mean())) < 1e-14);
  CHECK(parts.noise.state() == Generator(2).state());  // nothing is drawn
}

TEST_CASE("On a quadratic Q the improvement has the closed form of a ridge between Q's maximum and the data",
          "[deterministic_greedy]") {
  // A policy that is one action for all states, and data with the mean action m: the loss λ (½ aᵀHa − c·a) +
  // β E‖a − a_D‖² is least at a = (λH + 2βI)⁻¹ (λc + 2βm).
  using Critics = Ensemble<QuadraticQ>;
  Generator generator(3);
  P policy({.network = {.hidden = {}}}, {1, 2}, generator);
  const Vector<double> slope = Eigen::Vector2d(0.9, -0.4);
  const Matrix<double> curvature = (Eigen::Matrix2d() << 2.0, 0.5, 0.5, 1.0).finished();
  const QuadraticQ first = concave_q(slope, curvature, generator);
  Critics critics({first, first});
  Batch<double> batch = random_batch({1, 2}, 7, generator);
  batch.observations.setZero();
  const Vector<double> mean = batch.actions.rowwise().mean();
  for (const bool normalize : {false, true}) {
    constexpr double weight = 1.5;
    constexpr double cloning = 0.6;
    DeterministicGreedy<>::State<P, Critics> state(
        {.q_weight = weight, .normalize_q = normalize, .cloning_weight = cloning}, policy, critics, {1, 2}, generator);
    Trained<P> trained(policy, gradient_descent(0.2), "policy");
    NoRule rule;
    for (int i = 0; i < 2000; ++i) {
      Context<P, Critics> context{batch, trained.network(), critics, generator, 0, 1};
      state.improve(context, rule, trained.gradient());
      trained.step();
    }
    P::Tape tape;
    Matrix<double> action;
    trained.network().mode(batch.observations.leftCols(1), tape, action);
    QuadraticQ::Tape q_tape;
    const double q = first.values(batch.observations.leftCols(1), action, q_tape)(0);
    const double scale = normalize ? weight / std::abs(q) : weight;
    const Matrix<double> ridge = scale * curvature + 2 * cloning * Matrix<double>::Identity(2, 2);
    const Vector<double> expected = ridge.inverse() * (scale * slope + 2 * cloning * mean);
    CHECK((expected - mean).norm() > 0.1);
    CHECK(difference(action, expected) < 1e-9);
  }
}

TEST_CASE("A policy that draws its action may follow the first critic too", "[deterministic_greedy]") {
  using Gaussian = TanhGaussian<double>;
  Parts parts;
  Gaussian policy({.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, parts.generator);
  DeterministicGreedy<>::State<Gaussian, C> state({.cloning_weight = 0.8}, policy, parts.critics, sizes,
                                                  parts.generator);
  const auto loss = [&](Vector<double>& gradient) {
    Generator noise(4);
    Context<Gaussian, C> context{parts.batch, policy, parts.critics, noise, 0, 1};
    return state.improve(context, parts.rule, gradient);
  };
  Vector<double> gradient = Vector<double>::Zero(policy.parameters().size());
  Vector<double> unused = gradient;
  loss(gradient);
  CHECK(difference(gradient, numeric_gradient(policy.parameters(), [&] { return loss(unused); })) < 1e-8);
}

TEST_CASE("Exploration adds noise to the policy's action, clipped, of unknown density", "[deterministic_greedy]") {
  Parts parts;
  auto state = parts.state({.exploration_noise = 0.9});
  Generator generator(5);
  Generator same(5);
  Proposal<double> proposal;
  state.explore(parts.policy, parts.critics, parts.batch.observations, generator, proposal);
  Matrix<double> expected(2, batch_size);
  same.fill_normal(expected);
  expected = (parts.actions() + 0.9 * expected).cwiseMax(-1.0).cwiseMin(1.0);
  CHECK(expected.cwiseAbs().maxCoeff() == 1);
  CHECK(difference(proposal.actions, expected) < 1e-15);
  CHECK(proposal.log_probs.isNaN().all());

  auto silent = parts.state({.exploration_noise = 0});
  silent.explore(parts.policy, parts.critics, parts.batch.observations, generator, proposal);
  CHECK(proposal.actions == parts.actions());
  CHECK((proposal.log_probs == 0).all());
  CHECK(generator.state() == same.state());
}

TEST_CASE("A deterministic improvement refuses what is out of range, and a lack of critics", "[deterministic_greedy]") {
  CHECK_NOTHROW(check_fields(Improvement{}));
  CHECK_THROWS_WITH(check_fields(Improvement{.q_weight = 0}), Contains("q_weight must be positive"));
  CHECK_THROWS_WITH(check_fields(Improvement{.cloning_weight = -1}), Contains("cloning_weight must be at least 0"));
  CHECK_THROWS_WITH(check_fields(Improvement{.exploration_noise = -1}),
                    Contains("exploration_noise must be at least 0"));
  Parts parts;
  using State = Improvement::State<P, testing::EmptyCritics<double>>;
  CHECK_THROWS_WITH(State({}, parts.policy, {}, sizes, parts.generator), Contains("critics.size must be at least 1"));
}

}  // namespace deterministic_greedy_test
