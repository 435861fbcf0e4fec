#include "holdfast/improvements/chosen_cloning.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/trained.hpp"
#include "holdfast/penalties/none.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/policies/flow.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/values/policy_value.hpp"
#include "support/empty_critics.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace chosen_cloning_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Lines = std::vector<std::string>;
using C = Ensemble<MlpQ<double>>;
constexpr Sizes sizes{.observation = 3, .action = 2};

template <class P>
typename P::Config small_config() {
  typename P::Config config;
  if constexpr (requires { config.network.hidden; })
    config.network.hidden = {4};
  else
    config.network = {.width = 4, .blocks = 1, .expansion = 2, .dropout = 0.3};
  return config;
}

template <class Policy>
struct Parts {
  using P = Policy;
  using State = ChosenCloning<>::State<P, C>;

  Generator generator{1, Stream::initialization};
  P policy{small_config<P>(), sizes, generator};
  C critics{{.network = {.hidden = {5}}}, sizes, generator};
  Matrix<double> observations = normal_matrix(3, 6, generator);

  Parts() { change_critics(); }

  void change_critics() {
    for (const Net net : {Net::online, Net::target})
      for (Index i = 0; i < 2; ++i) generator.fill_normal(critics.member(net, i).parameters());
  }

  [[nodiscard]] auto acting(const ChosenCloning<>& config) {
    return State(config, policy, critics, sizes, generator).acting(policy, critics);
  }

  [[nodiscard]] C critics_of(Net net) const {
    return C(std::vector<MlpQ<double>>{critics.member(net, 0), critics.member(net, 1)});
  }
};

}  // namespace

TEMPLATE_TEST_CASE("Chosen cloning moves the policy as cloning does, to the last bit, whatever the critics say",
                   "[chosen_cloning]", Gaussian<double>, Flow<Mlp<double>>, Diffusion<Mlp<double>>,
                   Diffusion<ResidualMlp<double>>) {
  Parts<TestType> parts;
  C others = parts.critics;
  const AdamConfig adam{.learning_rate = 0.01};
  Trained<TestType> chosen(parts.policy, adam, "policy");
  Trained<TestType> cloned(parts.policy, adam, "policy");
  ChosenCloning<>::State<TestType, C> choosing({}, parts.policy, parts.critics, sizes, parts.generator);
  Cloning::State<TestType, C> cloning({}, parts.policy, others, sizes, parts.generator);
  Generator noise(2);
  Generator same(2);
  struct NoRule {
  } rule;
  for (std::uint64_t step = 1; step <= 5; ++step) {
    const Batch<double> batch = random_batch(sizes, 8, parts.generator);
    parts.change_critics();
    Context<TestType, C> left{batch, chosen.network(), parts.critics, noise, 0, step};
    Context<TestType, C> right{batch, cloned.network(), others, same, 0, step};
    choosing.prepare(left);
    cloning.prepare(right);
    CHECK(choosing.improve(left, rule, chosen.gradient()) == cloning.improve(right, rule, cloned.gradient()));
    CHECK(chosen.gradient() == cloned.gradient());
    chosen.step();
    cloned.step();
    CHECK(chosen.network().parameters() == cloned.network().parameters());
    CHECK(noise.state() == same.state());
    Row<double> value = Row<double>::Ones(8);
    choosing.penalize_value(left, value);
    CHECK((value == 1).all());
  }
  CHECK(chosen.network().parameters() != parts.policy.parameters());
}

TEST_CASE("Acting takes the best draw by the least of the target critics", "[chosen_cloning]") {
  using P = Diffusion<Mlp<double>>;
  Parts<P> parts;
  parts.change_critics();  // to some whose first one does not decide alone
  const auto acting = parts.acting({.acting_samples = 20});
  const Matrix<double> actions = mode(acting, parts.observations);
  for (Index i = 0; i < 6; ++i) {
    const Matrix<double> observation = parts.observations.col(i);
    Generator same(0, Stream::evaluation);
    P::Tape tape;
    C::Tape q_tape;
    Proposal<double> draws;
    parts.policy.propose(observation, 20, same, tape, draws);
    const Matrix<double>& q = parts.critics.values(Net::target, observation, draws.actions, q_tape);
    CHECK(actions.col(i) == draws.actions.col(first_largest(q.colwise().minCoeff())));
  }
  const BestOf<P, C> by_online(parts.policy, parts.critics_of(Net::online), {.samples = 20, .critics = 2});
  const BestOf<P, C> by_first(parts.policy, parts.critics_of(Net::target), {.samples = 20, .critics = 1});
  CHECK(mode(by_online, parts.observations) != actions);
  CHECK(mode(by_first, parts.observations) != actions);
}

TEST_CASE("Acting has the draws, the choice and the expectile of the configuration", "[chosen_cloning]") {
  using P = Gaussian<double>;
  Parts<P> parts;
  CHECK(parts.acting({}).config().samples == 64);
  for (const DrawChoice choice : {DrawChoice::best, DrawChoice::softmax, DrawChoice::expectile})
    for (const double expectile : {0.05, 0.95}) {
      const auto acting = parts.acting({.acting_samples = 9, .acting_choice = choice, .acting_expectile = expectile});
      const BestOf<P, C> expected(parts.policy, parts.critics_of(Net::target),
                                  {.samples = 9, .choice = choice, .expectile = expectile, .critics = 2});
      CHECK(mode(acting, parts.observations) == mode(expected, parts.observations));
      Generator noise(4);
      Generator same(4);
      BestOf<P, C>::Tape tape;
      Proposal<double> found;
      Proposal<double> chosen;
      acting.propose(parts.observations, 3, noise, tape, found);
      expected.propose(parts.observations, 3, same, tape, chosen);
      CHECK(found.actions == chosen.actions);
      CHECK(noise.state() == same.state());
      CHECK(acting.config().choice == choice);
      CHECK(acting.config().expectile == expectile);
    }
}

TEMPLATE_TEST_CASE("Of no draws the policy itself acts", "[chosen_cloning]", Gaussian<double>, Diffusion<Mlp<double>>) {
  Parts<TestType> parts;
  const auto acting = parts.acting({.acting_samples = 0});
  CHECK(mode(acting, parts.observations) == mode(parts.policy, parts.observations));
  Generator noise(4);
  Generator same(4);
  typename BestOf<TestType, C>::Tape tape;
  typename TestType::Tape policy_tape;
  Proposal<double> found;
  Proposal<double> own;
  acting.propose(parts.observations, 3, noise, tape, found);
  parts.policy.propose(parts.observations, 3, same, policy_tape, own);
  CHECK(found.actions == own.actions);
}

TEST_CASE("Settings of acting that others leave without effect are warned of", "[chosen_cloning]") {
  using Config = ActorCritic<Gaussian<double>, C, PolicyValue, NoPenalty, ChosenCloning<>>::Config;
  const auto warnings = [](const ChosenCloning<>& improvement) {
    Config config;
    config.improvement = improvement;
    return config.warnings();
  };
  CHECK(warnings({}) == Lines{});
  CHECK(warnings({.acting_samples = 0}) == Lines{});
  CHECK(warnings({.acting_choice = DrawChoice::softmax}) == Lines{});
  CHECK(warnings({.acting_choice = DrawChoice::expectile, .acting_expectile = 0.9}) == Lines{});
  CHECK(warnings({.acting_samples = 0, .acting_choice = DrawChoice::softmax}) ==
        Lines{"improvement.acting_choice = \"softmax\" has no effect: acting_samples is 0"});
  for (const DrawChoice choice : {DrawChoice::best, DrawChoice::softmax})
    CHECK(warnings({.acting_choice = choice, .acting_expectile = 0.9}) ==
          Lines{"improvement.acting_expectile = 0.9 has no effect: acting_choice is not expectile"});
  const Lines both = warnings({.acting_samples = 0, .acting_choice = DrawChoice::expectile, .acting_expectile = 0.9});
  REQUIRE(both.size() == 2);
  CHECK(both[0] == "improvement.acting_choice = \"expectile\" has no effect: acting_samples is 0");
  CHECK(both[1].starts_with("improvement.acting_expectile = 0.9 has no effect: "));
}

TEST_CASE("Chosen cloning refuses what is out of range, and a lack of critics", "[chosen_cloning]") {
  CHECK_NOTHROW(check_fields(ChosenCloning<>{}));
  CHECK_NOTHROW(check_fields(ChosenCloning<>{.acting_samples = 0}));
  CHECK_THROWS_WITH(check_fields(ChosenCloning<>{.acting_samples = -1}), Contains("acting_samples must be at least 0"));
  for (const double expectile : {0.0, 1.0})
    CHECK_THROWS_WITH(check_fields(ChosenCloning<>{.acting_expectile = expectile}),
                      Contains("acting_expectile must be in (0, 1)"));
  Parts<Gaussian<double>> parts;
  using State = ChosenCloning<>::State<Gaussian<double>, testing::EmptyCritics<double>>;
  CHECK_THROWS_WITH(State({}, parts.policy, {}, sizes, parts.generator), Contains("critics.size must be at least 1"));
}

}  // namespace chosen_cloning_test
