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
  Generator generator{1, Stream::initialisation};
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
    Candidates<double> set;
    parts.policy.propose(observation, 20, same, tape, set);
    double best = -1e300;
    for (Index k = 0; k < 20; ++k) best = std::max(best, parts.first_q(observation, set.actions.col(k)));
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
  // The draws of one seed begin alike, so that more of them are never worse.
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

TEST_CASE("It proposes what the policy inside proposes, and knows what it was made of", "[best_of]") {
  Parts parts;
  const BestOf<P, C> acting(parts.policy, parts.critics, 10, 3);
  Generator noise(5);
  Generator same(5);
  BestOf<P, C>::Tape tape;
  P::Tape policy_tape;
  Candidates<double> proposed;
  Candidates<double> expected;
  acting.propose(parts.observations, 2, noise, tape, proposed);
  parts.policy.propose(parts.observations, 2, same, policy_tape, expected);
  CHECK(proposed.actions == expected.actions);
  CHECK((proposed.log_probs == expected.log_probs).all());
  CHECK(proposed.per_state == 2);
  CHECK(acting.action_size() == 2);
  CHECK(acting.samples() == 10);
  CHECK(acting.seed() == 3);
  CHECK(acting.policy().parameters() == parts.policy.parameters());
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
