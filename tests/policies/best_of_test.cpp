#include "holdfast/policies/best_of.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/random_data.hpp"

namespace best_of_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = TanhGaussian<double>;
using C = Ensemble<MlpQ<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};

struct Parts {
  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}}}, sizes, generator};
  C critics{{.network = {.hidden = {6}}}, sizes, generator};
  Matrix<double> observations = normal_matrix(3, 6, generator);

  [[nodiscard]] double first_q(const Matrix<double>& observation, const Matrix<double>& action) const {
    MlpQ<double>::Tape tape;
    return critics.member(Net::online, 0).values(observation, action, tape)(0);
  }
};

Matrix<double> mode(const BestOf<P, C>& acting, const Matrix<double>& observations) {
  BestOf<P, C>::Tape tape;
  Matrix<double> out;
  acting.mode(observations, tape, out);
  return out;
}

}  // namespace

TEST_CASE("Acting takes the draw that the first critic values most", "[best_of]") {
  Parts parts;
  // The second critic and the targets must not matter.
  parts.generator.fill_normal(parts.critics.member(Net::online, 1).parameters());
  parts.generator.fill_normal(parts.critics.member(Net::target, 0).parameters());
  const BestOf<P, C> acting(parts.policy, parts.critics, 20, 7);
  const Matrix<double> actions = mode(acting, parts.observations);
  REQUIRE(actions.cols() == 6);
  for (Index i = 0; i < 6; ++i) {
    const Matrix<double> observation = parts.observations.col(i);
    Generator same(7, Stream::evaluation);
    P::Tape tape;
    Proposal<double> proposal;
    parts.policy.propose(observation, 20, same, tape, proposal);
    double best = -1e300;
    for (Index k = 0; k < 20; ++k) best = std::max(best, parts.first_q(observation, proposal.actions.col(k)));
    CHECK(parts.first_q(observation, actions.col(i)) == best);
  }
}

TEST_CASE("More draws act better by the critic, and one draw is a draw", "[best_of]") {
  Parts parts;
  const auto worth = [&](Index samples) {
    const Matrix<double> actions = mode(BestOf<P, C>(parts.policy, parts.critics, samples), parts.observations);
    double sum = 0;
    for (Index i = 0; i < 6; ++i) sum += parts.first_q(parts.observations.col(i), actions.col(i));
    return sum;
  };
  // The draws of one seed begin in the same way, so that more of them are never worse.
  CHECK(worth(1) < worth(5));
  CHECK(worth(5) < worth(200));
}

TEST_CASE("An observation always gets the same action, alone or among others", "[best_of]") {
  Parts parts;
  const BestOf<P, C> acting(parts.policy, parts.critics, 10, 3);
  const Matrix<double> together = mode(acting, parts.observations);
  CHECK(mode(acting, parts.observations) == together);
  CHECK(mode(acting, parts.observations.col(4)) == together.col(4));
  CHECK(mode(acting, parts.observations.rowwise().reverse()) == together.rowwise().reverse());
  CHECK(mode(BestOf<P, C>(parts.policy, parts.critics, 10, 4), parts.observations) != together);
}

TEST_CASE("Of no draws it is the mode of the policy inside", "[best_of]") {
  Parts parts;
  P::Tape tape;
  Matrix<double> own;
  parts.policy.mode(parts.observations, tape, own);
  CHECK(mode(BestOf<P, C>(parts.policy, parts.critics, 0), parts.observations) == own);
  CHECK(mode(BestOf<P, C>(parts.policy, parts.critics, 1), parts.observations) != own);
}

TEST_CASE("Each of its proposals is the best of N draws, without a density", "[best_of]") {
  Parts parts;
  const BestOf<P, C> acting(parts.policy, parts.critics, 10, 3);
  Generator noise(5);
  Generator same(5);
  BestOf<P, C>::Tape tape;
  P::Tape policy_tape;
  Proposal<double> proposal;
  Proposal<double> draws;
  acting.propose(parts.observations, 2, noise, tape, proposal);
  REQUIRE(proposal.per_state == 2);
  REQUIRE(proposal.actions.cols() == 12);
  for (Index k = 0; k < 2; ++k) {
    parts.policy.propose(parts.observations, 10, same, policy_tape, draws);
    for (Index i = 0; i < 6; ++i) {
      double best = -1e300;
      for (Index j = 0; j < 10; ++j)
        best = std::max(best, parts.first_q(parts.observations.col(i), draws.actions.col(10 * i + j)));
      CHECK(parts.first_q(parts.observations.col(i), proposal.actions.col(2 * i + k)) == best);
    }
  }
  CHECK((proposal.weights == 0.5).all());
  CHECK(proposal.log_probs.isNaN().all());
  CHECK(noise.state() == same.state());
  static_assert(!HasDensity<BestOf<P, C>>);

  CHECK(acting.action_size() == 2);
  CHECK(acting.samples() == 10);
  CHECK(acting.seed() == 3);
  CHECK(acting.policy().parameters() == parts.policy.parameters());
}

TEST_CASE("Of no draws it proposes what the policy inside proposes", "[best_of]") {
  Parts parts;
  const BestOf<P, C> acting(parts.policy, parts.critics, 0);
  Generator noise(5);
  Generator same(5);
  BestOf<P, C>::Tape tape;
  P::Tape policy_tape;
  Proposal<double> proposal;
  Proposal<double> expected;
  acting.propose(parts.observations, 2, noise, tape, proposal);
  parts.policy.propose(parts.observations, 2, same, policy_tape, expected);
  CHECK(proposal.actions == expected.actions);
  CHECK((proposal.log_probs == expected.log_probs).all());
}

TEST_CASE("What it proposes is what it does: sampled actions, proposals and modes of many seeds agree", "[best_of]") {
  Parts parts;
  static constexpr Index draws = 4000;
  const Matrix<double> observation = parts.observations.col(2);
  DeployedPolicy deployed(BestOf<P, C>(parts.policy, parts.critics, 10), Normalization<double>::identity(3));
  DeployedPolicy inside(parts.policy, Normalization<double>::identity(3));
  Generator noise(6);
  Matrix<double> acted;
  deployed.act(observation.replicate(1, draws), Acting::sample, noise, acted);
  const Matrix<double> proposed = deployed.propose(observation, draws, noise).actions;
  const Matrix<double> inner = inside.propose(observation, draws, noise).actions;
  Matrix<double> modes(2, draws);
  for (Index seed = 0; seed < draws; ++seed)
    modes.col(seed) =
        mode(BestOf<P, C>(parts.policy, parts.critics, 10, static_cast<std::uint64_t>(seed) + 100), observation);
  const auto distance = [](const Matrix<double>& left, const Matrix<double>& right) {  // in standard errors
    const Eigen::Array2d means = left.rowwise().mean() - right.rowwise().mean();
    const auto square = [](const Matrix<double>& all) -> Eigen::Array2d {
      return (all.colwise() - all.rowwise().mean()).array().square().rowwise().mean() / static_cast<double>(draws);
    };
    return (means / (square(left) + square(right)).sqrt()).abs().maxCoeff();
  };
  // Each exceeds 5 in two features by chance once in 900,000.
  CHECK(distance(acted, proposed) < 5);
  CHECK(distance(acted, modes) < 5);
  CHECK(distance(acted, inner) > 20);
}

TEST_CASE("It is deployed as any policy is", "[best_of]") {
  Parts parts;
  const BestOf<P, C> acting(parts.policy, parts.critics, 10, 3);
  DeployedPolicy deployed(acting, Normalization<double>::identity(3));
  Vector<double> action(2);
  deployed.act(Vector<double>(parts.observations.col(1)), action);
  CHECK(action == mode(acting, parts.observations).col(1));
}

namespace {

// A policy whose draws for every state are the numbers 0, 1, 2, …, a user's own.
struct Numbered {
  using Scalar = double;
  using Actions = Matrix<double>;
  struct Tape {};
  static void propose(const Matrix<double>& observations, Index per_state, Generator&, Tape&,
                      Proposal<double>& proposal) {
    proposal.per_state = per_state;
    proposal.actions.resize(1, per_state * observations.cols());
    for (Index i = 0; i < proposal.actions.size(); ++i) proposal.actions(i) = static_cast<double>(i % per_state);
  }
  static void mode(const Matrix<double>& observations, Tape&, Matrix<double>& out) {
    out.setZero(1, observations.cols());
  }
  static Index action_size() { return 1; }
};

// Critics that read the value of a draw from a list, each from its own; for a state −1, from its other end.
struct Listed {
  struct Tape {
    Matrix<double> values;
  };
  std::vector<std::vector<double>> lists;

  [[nodiscard]] Index size() const { return static_cast<Index>(lists.size()); }
  const Matrix<double>& values(Net, const Matrix<double>& observations, const Matrix<double>& actions,
                               Tape& tape) const {
    tape.values.resize(size(), actions.cols());
    const Index per_state = actions.cols() / observations.cols();
    for (Index i = 0; i < actions.cols(); ++i)
      for (Index critic = 0; critic < size(); ++critic) {
        const auto& list = lists[static_cast<std::size_t>(critic)];
        const auto number = static_cast<std::size_t>(actions(i));
        tape.values(critic, i) = observations(0, i / per_state) < 0 ? list[list.size() - 1 - number] : list[number];
      }
    return tape.values;
  }
};

using Choosing = BestOf<Numbered, Listed>;

Choosing choosing(std::vector<std::vector<double>> lists, BestOfConfig config) {
  config.samples = static_cast<Index>(lists.front().size());
  return {Numbered{}, Listed{std::move(lists)}, config};
}

// Returns the number of the draw that the policy of draws with these values chooses.
double chosen(std::vector<std::vector<double>> lists, const BestOfConfig& config) {
  Choosing::Tape tape;
  Matrix<double> out;
  choosing(std::move(lists), config).mode(Matrix<double>::Zero(1, 1), tape, out);
  return out(0);
}

// Returns Σ (found − expected)² / expected over the draws of 30,000 choices in the state, among two states.
double chi_square(const std::vector<double>& values, const BestOfConfig& config, double state, Row<double> expected) {
  constexpr Index count = 30000;
  Choosing::Tape tape;
  Proposal<double> proposal;
  Generator generator(8);
  const Matrix<double> observations = (Matrix<double>(1, 2) << state, -state).finished();
  choosing({values}, config).propose(observations, count, generator, tape, proposal);
  if (state < 0) expected.reverseInPlace();
  expected *= static_cast<double>(count) / expected.sum();
  Row<double> found = Row<double>::Zero(expected.size());
  for (Index i = 0; i < count; ++i) ++found(static_cast<Index>(proposal.actions(i)));
  return ((found - expected).square() / expected).sum();
}

}  // namespace

TEST_CASE("A choice by softmax takes a draw with the probability of exp(Q)", "[best_of]") {
  const BestOfConfig config{.choice = DrawChoice::softmax};
  for (const double shift : {0.0, 2000.0, -2000.0})  // exp of such numbers is 0 or infinite
    for (const double state : {1.0, -1.0}) {
      const std::vector<double> values{shift + 0.5, shift - 1, shift + 1.2, shift, shift - 2};
      const Row<double> expected = (Row<double>(5) << 0.5, -1, 1.2, 0, -2).finished().exp();
      CHECK(chi_square(values, config, state, expected) < 33.4);  // four degrees of freedom, false alarm 1e-6
    }
  // A draw that is far worse than another is never chosen.
  CHECK(chi_square({0, -1000, 0, -1000}, config, 1, (Row<double>(4) << 1, 1e-12, 1, 1e-12).finished()) < 33.4);
}

TEST_CASE("A choice by expectile weighs draws by the side of their expectile on which they are", "[best_of]") {
  // The 0.7-expectile of 0, 1, 2, 3, 10: 0.3 (v + v − 1 + v − 2 + v − 3) = 0.7 (10 − v), v = 8.8 / 1.9 = 4.6; the
  // 0.2-expectile: 0.8 (v + v − 1) = 0.2 (2 − v + 3 − v + 10 − v), v = 3.8 / 2.2 = 1.7.
  for (const double state : {1.0, -1.0}) {
    const auto error = [&](double expectile, const Row<double>& expected) {
      return chi_square({3, 0, 10, 1, 2}, {.choice = DrawChoice::expectile, .expectile = expectile}, state, expected);
    };
    CHECK(error(0.7, (Row<double>(5) << 0.3, 0.3, 0.7, 0.3, 0.3).finished()) < 33.4);
    CHECK(error(0.2, (Row<double>(5) << 0.2, 0.8, 0.2, 0.8, 0.2).finished()) < 33.4);
    CHECK(error(0.5, Row<double>::Ones(5)) < 33.4);
  }
}

TEST_CASE("The expectile of numbers solves its equation", "[best_of]") {
  Generator generator(9);
  for (const Index count : {1, 2, 3, 10, 64})
    for (int repeat = 0; repeat < 20; ++repeat) {
      const Row<double> values = 3 * normal_row(count, generator) + 5;
      double before = values.minCoeff();
      for (const double tau : {0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99}) {
        CAPTURE(count, tau);
        const double v = expectile_of(values, tau);
        double sum = 0;
        for (const double value : values) sum += std::abs(tau - (value < v ? 1 : 0)) * (value - v);
        REQUIRE(std::abs(sum) < 1e-12);
        REQUIRE(v >= before - 1e-13);  // it rises with τ
        before = v;
        if (tau == 0.5) REQUIRE(std::abs(v - values.mean()) < 1e-13);
      }
      REQUIRE(before <= values.maxCoeff() + 1e-13);
    }
  for (const double tau : {0.1, 0.5, 0.8}) {  // of two numbers: (1 − τ) smaller + τ larger
    CHECK(std::abs(expectile_of((Row<double>(2) << 7, -1).finished(), tau) - (-1 + 8 * tau)) < 1e-14);
    CHECK(expectile_of((Row<float>(1) << 0.1F).finished(), tau) == static_cast<double>(0.1F));
  }
}

TEST_CASE("The minimum of as many critics as are asked for decides", "[best_of]") {
  const std::vector<std::vector<double>> lists{{0, 5, 3, 1}, {4, -2, 2, 0}, {9, 9, -9, 9}};
  CHECK(chosen(lists, {.critics = 1}) == 1);
  CHECK(chosen(lists, {.critics = 2}) == 2);  // minima 0, −2, 2, 0
  CHECK(chosen(lists, {.critics = 3}) == 0);  // 0, −2, −9, 0: the first of equals
}

TEST_CASE("A NaN of any critic that is asked is not overlooked", "[best_of]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DrawChoice choice : {DrawChoice::best, DrawChoice::softmax, DrawChoice::expectile}) {
    CAPTURE(static_cast<int>(choice));
    for (const double other : {-100.0, 0.0, 100.0}) {
      CHECK(chosen({{1, other, 2}, {1, nan, 2}}, {.choice = choice, .critics = 2}) == 1);
      CHECK(chosen({{1, nan, 2}, {1, other, 2}}, {.choice = choice, .critics = 2}) == 1);
      CHECK(chosen({{1, 0, 2}, {1, 0, other}, {nan, 0, 0}}, {.choice = choice, .critics = 3}) == 0);
    }
  }
  CHECK(chosen({{1, 0, 2}, {1, nan, 2}}, {.critics = 1}) == 2);
}

TEST_CASE("Random choices of an observation are the same, alone or among others", "[best_of]") {
  Parts parts;
  for (const DrawChoice choice : {DrawChoice::softmax, DrawChoice::expectile}) {
    const BestOf<P, C> acting(parts.policy, parts.critics, {.samples = 10, .choice = choice, .critics = 2, .seed = 3});
    const Matrix<double> together = mode(acting, parts.observations);
    CHECK(mode(acting, parts.observations) == together);
    CHECK(mode(acting, parts.observations.col(4)) == together.col(4));
    CHECK(mode(acting, parts.observations.rowwise().reverse()) == together.rowwise().reverse());
  }
}

TEST_CASE("A choice by targets asks all target critics, or the critics themselves that show none", "[best_of]") {
  Parts parts;
  for (const Index i : {0, 1}) parts.generator.fill_normal(parts.critics.member(Net::target, i).parameters());
  const BestOf<P, C> by_targets = chosen_by_targets(parts.policy, parts.critics, {.samples = 20, .seed = 7});
  CHECK(by_targets.config().critics == 2);
  const Matrix<double> actions = mode(by_targets, parts.observations);
  for (const Index i : {0, 1}) parts.critics.member(Net::online, i) = parts.critics.member(Net::target, i);
  const BestOf<P, C> by_copies(parts.policy, parts.critics, {.samples = 20, .critics = 2, .seed = 7});
  CHECK(mode(by_copies, parts.observations) == actions);
  CHECK(mode(BestOf<P, C>(parts.policy, parts.critics, {.samples = 20, .seed = 7}), parts.observations) != actions);

  const Choosing by_lists = chosen_by_targets(Numbered{}, Listed{{{0, 5, 3}, {4, -2, 2}}}, {.samples = 3});
  Choosing::Tape tape;
  Matrix<double> out;
  by_lists.mode(Matrix<double>::Zero(1, 1), tape, out);
  CHECK(out(0) == 2);
}

TEST_CASE("A choice out of range is refused, by name", "[best_of]") {
  Parts parts;
  const auto refuses = [&](const BestOfConfig& config, const std::string& said) {
    CHECK_THROWS_AS((BestOf<P, C>(parts.policy, parts.critics, config)), ConfigError);
    CHECK_THROWS_WITH((BestOf<P, C>(parts.policy, parts.critics, config)), Contains(said));
  };
  refuses({.samples = -1}, "acting_samples must be at least 0");
  refuses({.samples = 5, .expectile = 1}, "expectile must be");
  refuses({.samples = 5, .expectile = 0}, "expectile must be");
  refuses({.samples = 5, .critics = 0}, "critics must be at least 1");
  refuses({.samples = 5, .critics = 3}, "critics.size must be as many as the choice asks");
  CHECK_NOTHROW(BestOf<P, C>(parts.policy, parts.critics, {.samples = 0, .critics = 3}));
}

}  // namespace best_of_test
