/// \file
/// Tests the moving average of the policy's parameters, `policy_average_rate`.
#include <cstdint>
#include <limits>
#include <string>

#include "catch.hpp"
#include "holdfast/improvements/chosen_cloning.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace policy_average_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

// The improvement of Chooser makes the policy that acts of the policy and the critics.
using Chooser = ActorCritic<Gaussian<double>, Ensemble<MlpQ<double>>, PolicyValue, NoPenalty, ChosenCloning<>>;

template <class Learner>
Learner make(double rate, std::uint64_t seed = 1, Index actor_every = 1) {
  typename Learner::Config config;
  config.policy.network.hidden = {8};
  config.critics.network.hidden = {8};
  config.policy_optimizer.learning_rate = 0.01;
  config.policy_average_rate = rate;
  config.actor_every = actor_every;
  return Learner(config, sizes, seed);
}

template <class Learner>
void train(Learner& learner, int updates, std::uint64_t seed) {
  Generator generator(seed);
  for (int i = 0; i < updates; ++i) learner.update(random_batch<typename Learner::Scalar>(sizes, 16, generator));
}

// Returns the parameters of the policy that acts, or of the one inside.
template <class Learner>
auto acting_parameters(const Learner& learner) {
  const auto acting = learner.acting();
  if constexpr (requires { acting.policy().parameters(); })
    return acting.policy().parameters();
  else
    return acting.parameters();
}

bool lists_average(const SavedState& saved) {
  for (const StateEntry& entry : saved)
    if (entry.path == "policy.average") return true;
  return false;
}

}  // namespace

TEMPLATE_TEST_CASE("The averaged policy acts, and the policy itself learns as without an average", "[policy_average]",
                   Sac<double>, Chooser) {
  for (const Index actor_every : {1, 3}) {
    auto learner = make<TestType>(0.2, 1, actor_every);
    auto plain = make<TestType>(1, 1, actor_every);
    Vector<double> average = learner.policy().parameters();
    CHECK(learner.policy_average() == average);
    for (int step = 1; step <= 9; ++step) {
      train(learner, 1, static_cast<std::uint64_t>(step));
      train(plain, 1, static_cast<std::uint64_t>(step));
      if (step % actor_every == 0) average = 0.8 * average + 0.2 * learner.policy().parameters();
      CHECK(difference(learner.policy_average(), average) < 1e-14);
    }
    CHECK(learner.policy().parameters() == plain.policy().parameters());
    CHECK(learner.critics().member(Net::online, 1).parameters() == plain.critics().member(Net::online, 1).parameters());

    CHECK(learner.averaged_policy().parameters() == learner.policy_average());
    CHECK(acting_parameters(learner) == learner.policy_average());
    CHECK(difference(learner.policy().parameters(), learner.policy_average()) > 1e-3);
  }
}

TEMPLATE_TEST_CASE("A rate of 1 keeps no average: the policy itself acts", "[policy_average]", Sac<double>, Chooser) {
  auto learner = make<TestType>(1);
  CHECK(typename TestType::Config{}.policy_average_rate == 1);
  train(learner, 3, 2);
  CHECK(learner.policy_average().size() == 0);
  CHECK(learner.averaged_policy().parameters() == learner.policy().parameters());
  CHECK(acting_parameters(learner) == learner.policy().parameters());
  CHECK_FALSE(lists_average(save_state(learner)));
  CHECK(lists_average(save_state(make<TestType>(0.5))));
}

TEST_CASE("The policy that is learning explores, not its average", "[policy_average]") {
  auto learner = make<Sac<double>>(0.2);
  train(learner, 5, 2);
  Generator generator(3);
  const Matrix<double> observations = normal_matrix(3, 4, generator);
  const auto draws = [&](const TanhGaussian<double>& policy) {
    Generator noise(4);
    TanhGaussian<double>::Tape tape;
    Proposal<double> proposal;
    policy.propose(observations, 1, noise, tape, proposal);
    return proposal.actions;
  };
  Generator noise(4);
  Proposal<double> explored;
  learner.explore(observations, noise, explored);
  CHECK(explored.actions == draws(learner.policy()));
  CHECK(explored.actions != draws(learner.averaged_policy()));
}

TEMPLATE_TEST_CASE("A learner restored in the middle of training goes on with the same bits, its average too",
                   "[policy_average]", Sac<double>, Sac<float>, Chooser) {
  auto whole = make<TestType>(0.1);
  train(whole, 4, 2);
  const SavedState saved = save_state(whole);
  auto resumed = make<TestType>(0.1, 9);
  train(resumed, 2, 7);  // it has a past of its own
  CHECK(resumed.policy_average() != whole.policy_average());
  restore_state(resumed, saved);
  CHECK(save_state(resumed) == saved);
  Generator generator(3);
  const auto observations = normal_matrix<typename TestType::Scalar>(3, 4, generator);
  for (std::uint64_t more = 0; more < 3; ++more) {
    CHECK(resumed.policy_average() == whole.policy_average());
    CHECK(mode(resumed.acting(), observations) == mode(whole.acting(), observations));
    train(whole, 2, 20 + more);
    train(resumed, 2, 20 + more);
    CHECK(figures(resumed) == figures(whole));
  }
  CHECK(save_state(resumed) == save_state(whole));
  CHECK(save_state(resumed) != saved);

  // A copy has an average of its own.
  TestType copy = whole;
  train(whole, 1, 30);
  CHECK(copy.policy_average() == resumed.policy_average());
  CHECK(copy.policy_average() != whole.policy_average());
}

TEST_CASE("A state with an average does not fit a learner without one, nor the reverse", "[policy_average]") {
  auto with = make<Sac<double>>(0.1);
  auto without = make<Sac<double>>(1);
  const SavedState before = save_state(without);
  CHECK_THROWS_WITH(restore_state(without, save_state(with)), Contains("\"policy.average\" belongs to something else"));
  CHECK(save_state(without) == before);
  CHECK_THROWS_WITH(restore_state(with, before), Contains("expected \"policy.average\", found none"));
}

TEST_CASE("An update that fails leaves the average as it was", "[policy_average]") {
  auto learner = make<Sac<double>>(0.1);
  train(learner, 2, 2);
  const Vector<double> before = learner.policy_average();
  Generator generator(3);
  Batch<double> batch = random_batch(sizes, 8, generator);
  batch.rewards(5) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(learner.update(batch), NonFiniteError);
  CHECK(learner.policy_average() == before);
}

TEST_CASE("The average is a setting of learners whose policy learns", "[policy_average]") {
  const std::string why = "there is no \"policy_average_rate\": the policy does not learn";
  CHECK(absence<Dqn<>::Config>("policy_average_rate") == why);
  CHECK(absence<Sac<>::Config>("policy_average_rate").empty());
  CHECK(absence<Bc<>::Config>("policy_average_rate").empty());
  Dqn<>::Config dqn;
  CHECK_THROWS_WITH(set_field(dqn, "policy_average_rate", "0.5"), why);
  Sac<>::Config sac;
  set_field(sac, "policy_average_rate", "0.5");
  CHECK(sac.policy_average_rate == 0.5);
  CHECK(sac.warnings().empty());
}

TEST_CASE("A rate of the average out of range is refused, by name", "[policy_average]") {
  for (const double rate : {0.0, -0.1, 1.5, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH(make<Sac<double>>(rate), Contains("policy_average_rate must be in (0, 1]"));
  CHECK_NOTHROW(make<Sac<double>>(1e-6));
}

}  // namespace policy_average_test
