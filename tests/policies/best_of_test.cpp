#include "holdfast/policies/best_of.hpp"

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

}  // namespace best_of_test
