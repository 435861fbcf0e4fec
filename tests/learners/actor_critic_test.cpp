#include "holdfast/learners/actor_critic.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "catch.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/sac.hpp"
#include "support/figures.hpp"
#include "support/random_data.hpp"

namespace actor_critic_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

template <class Learner = Sac<double>>
typename Learner::Config small_config() {
  typename Learner::Config config;
  config.policy.network.hidden = {32, 32};
  config.critics.network.hidden = {32, 32};
  return config;
}

// Returns all parameters that an update of SAC changes.
template <class Learner, class Scalar = typename Learner::Scalar>
std::vector<Vector<Scalar>> parameters(const Learner& learner) {
  std::vector<Vector<Scalar>> all{learner.policy().parameters(), Vector<Scalar>::Constant(1, learner.temperature())};
  for (const Net net : {Net::online, Net::target})
    for (Index i = 0; i < learner.critics().size(); ++i) all.push_back(learner.critics().member(net, i).parameters());
  return all;
}

template <class Learner>
void train(Learner& learner, int updates, std::uint64_t seed) {
  Generator generator(seed);
  for (int i = 0; i < updates; ++i) learner.update(random_batch<typename Learner::Scalar>(sizes, 64, generator));
}

// Parts that record when they are called.
std::string calls;  // NOLINT

struct LoggingCritics : NoCritics<double> {
  using NoCritics<double>::NoCritics;
  [[nodiscard]] Index size() const { return 1; }
  const Matrix<double>& values(Net, const Matrix<double>&, const Matrix<double>& actions, Tape& tape) const {
    return tape.values = Matrix<double>::Zero(1, actions.cols());
  }
  void backward(const Matrix<double>&, const Matrix<double>&, Tape&, const Matrix<double>&) { calls += "backward "; }
  void step() { calls += "step "; }
  void track(double rate) { calls += message("track ", rate, " "); }
};

struct LoggingRule {
  static constexpr bool needs_temperature = false;
  template <class Policy, class Critics>
  struct State {
    using ContextType = Context<Policy, Critics>;
    State(const LoggingRule&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(ContextType&) { calls += "rule "; }
    void track(ContextType&, double rate) { calls += message("follow ", rate, " "); }
    void values(ContextType& context, Side side, Net net, Row<double>& out) {
      calls += side == Side::next && net == Net::target ? "values " : "wrong ";
      out.setZero(context.batch.size());
    }
    void advantage(ContextType& context, Row<double>& out) { out.setZero(context.batch.size()); }
    void report(auto&& visit) const { visit("rule", 1); }
  };
};

struct LoggingPenalty {
  template <class Policy, class Critics>
  struct State {
    State(const LoggingPenalty&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(Context<Policy, Critics>&) { calls += "penalty "; }
    double add(Context<Policy, Critics>&, const Matrix<double>&, Matrix<double>&) { return calls += "add ", 7; }
    void report(auto&& visit) const { visit("of_penalty", 2); }
  };
};

struct LoggingImprovement {
  template <class Policy, class Critics>
  struct State {
    State(const LoggingImprovement&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(Context<Policy, Critics>& context) { calls += message(context.step, ": improvement "); }
    void penalize_value(Context<Policy, Critics>&, Row<double>&) { calls += "penalize_value "; }
    double improve(Context<Policy, Critics>&, auto&, Vector<double>&) { return calls += "improve ", 5; }
    void report(auto&& visit) const { visit("improvement", 3); }
  };
};

// Halves its temperature at each improvement. The rule records the temperature at which each backup is made.
struct CoolingImprovement {
  template <class Policy, class Critics>
  struct State : LoggingImprovement::State<Policy, Critics> {
    using LoggingImprovement::State<Policy, Critics>::State;
    State(const CoolingImprovement&, const Policy& policy, const Critics& critics, Sizes asked, Generator& generator)
        : LoggingImprovement::State<Policy, Critics>({}, policy, critics, asked, generator) {}
    double now = 1;
    [[nodiscard]] double temperature() const { return now; }
    static void state(auto& self, auto&& visit) { visit("temperature", self.now); }
    double improve(Context<Policy, Critics>&, auto&, Vector<double>&) { return now /= 2; }
  };
};
struct WarmRule {
  static constexpr bool needs_temperature = true;
  template <class Policy, class Critics>
  struct State : LoggingRule::State<Policy, Critics> {
    State(const WarmRule&, const Policy& policy, const Critics& critics, Sizes asked, Generator& generator)
        : LoggingRule::State<Policy, Critics>({}, policy, critics, asked, generator) {}
    void values(Context<Policy, Critics>& context, Side, Net, Row<double>& out) {
      calls += message(context.temperature, " ");
      out.setZero(context.batch.size());
    }
  };
};

using Logging = ActorCritic<Deterministic<double>, LoggingCritics, LoggingRule, LoggingPenalty, LoggingImprovement>;

std::string log(bool actor_first, int updates) {
  Logging learner({.target_rate = 0.5, .actor_first = actor_first, .actor_every = 2, .track_every = 3}, sizes, 1);
  Generator generator(1);
  calls.clear();
  for (int i = 0; i < updates; ++i) learner.update(random_batch(sizes, 4, generator));
  return calls;
}

}  // namespace

TEST_CASE("The backup is soft by the temperature that the policy has left: the new one with actor_first",
          "[actor_critic]") {
  for (const bool first : {false, true}) {
    ActorCritic<TanhGaussian<double>, LoggingCritics, WarmRule, LoggingPenalty, CoolingImprovement> learner(
        {.actor_first = first}, sizes, 1);
    Generator generator(1);
    std::string temperatures;
    for (int i = 0; i < 2; ++i) {
      calls.clear();
      learner.update(random_batch(sizes, 4, generator));
      temperatures +=
          calls.substr(calls.find("improvement ") + 12, calls.find("penalize_value") - calls.find("improvement ") - 12);
    }
    CHECK(temperatures == (first ? "0.5 0.25 " : "1 0.5 "));
  }
}

TEST_CASE("An update calls its parts in the documented order, the policy and the targets as often as asked",
          "[actor_critic]") {
  const std::string prepare1 = "rule penalty 1: improvement ";
  const std::string prepare2 = "rule penalty 2: improvement ";
  const std::string prepare3 = "rule penalty 3: improvement ";
  const std::string critics = "values penalize_value add backward step ";
  const std::string track = "track 0.5 follow 0.5 ";
  CHECK(log(false, 3) == prepare1 + critics + prepare2 + critics + "improve " + prepare3 + critics + track);
  CHECK(log(true, 3) == prepare1 + critics + prepare2 + "improve " + critics + prepare3 + critics + track);
}

TEST_CASE("A learner reports its losses and the figures of its parts", "[actor_critic]") {
  Logging learner({}, sizes, 1);
  Generator generator(1);
  Batch<double> batch = random_batch(sizes, 4, generator);
  learner.update(batch);
  CHECK(figure(learner, "policy_loss") == 5);
  CHECK(std::abs(figure(learner, "critic_loss") - batch.rewards.square().mean()) < 1e-14);  // Q = V = 0
  CHECK(figure(learner, "penalty") == 7);
  CHECK(figure(learner, "rule") == 1);
  CHECK(figure(learner, "of_penalty") == 2);
  CHECK(figure(learner, "improvement") == 3);
  CHECK(learner.step() == 1);
  CHECK(learner.discount() == 0.99);
}

TEST_CASE("The policy and the targets of SAC move only in their turns", "[actor_critic]") {
  auto config = small_config();
  config.actor_every = 2;
  config.track_every = 3;
  Sac<double> learner(config, sizes, 1);
  Generator generator(2);
  for (int step = 1; step <= 6; ++step) {
    const auto before = parameters(learner);
    learner.update(random_batch(sizes, 16, generator));
    const auto after = parameters(learner);
    CAPTURE(step);
    CHECK((after[0] != before[0]) == (step % 2 == 0));  // the policy
    CHECK((after[1] != before[1]) == (step % 2 == 0));  // the temperature
    CHECK(after[2] != before[2]);                       // a critic
    CHECK((after[4] != before[4]) == (step % 3 == 0));  // its target
  }
}

TEST_CASE("A learner is a function of its seed and its batches", "[actor_critic]") {
  Sac<float> learner(small_config<Sac<float>>(), sizes, 3);
  Sac<float> same(small_config<Sac<float>>(), sizes, 3);
  Sac<float> other(small_config<Sac<float>>(), sizes, 4);
  CHECK(parameters(learner) == parameters(same));
  CHECK(parameters(learner) != parameters(other));
  train(learner, 50, 5);
  train(same, 50, 5);
  CHECK(parameters(learner) == parameters(same));
  Sac<float> other_batches(small_config<Sac<float>>(), sizes, 3);
  train(other_batches, 50, 6);
  CHECK(parameters(learner) != parameters(other_batches));
}

TEST_CASE("The number of threads does not change a bit", "[actor_critic]") {
  const auto trained = [](int threads) {
    set_threads(threads);
    // The networks are wide enough for the critics to use threads.
    Sac<float> learner({}, sizes, 3);
    REQUIRE(2 * 16 * learner.critics().member(Net::online, 0).parameters().size() > worth_a_thread);
    train(learner, 20, 5);
    set_threads(1);
    return parameters(learner);
  };
  CHECK(trained(1) == trained(2));
}

TEST_CASE("The policy's learning rate follows a cosine to zero where asked for, and is constant otherwise",
          "[actor_critic]") {
  // Without moments, a step of Adam is the learning rate against the sign of the gradient.
  const auto steps = [](Index decay_steps) {
    BcOf<Deterministic<double>> learner(
        {.policy_optimizer =
             {.learning_rate = 0.01, .beta1 = 0, .beta2 = 0, .epsilon = 1e-30, .decay_steps = decay_steps},
         .policy = {.network = {.hidden = {}}}},
        sizes, 1);
    Generator generator(2);
    std::vector<double> moved;
    for (int i = 0; i < 6; ++i) {
      const Vector<double> before = learner.policy().parameters();
      learner.update(random_batch(sizes, 8, generator));
      moved.push_back((learner.policy().parameters() - before).cwiseAbs().maxCoeff() / 0.01);
    }
    return moved;
  };
  const std::vector<double> cosine{1, 0.5 + std::sqrt(0.125), 0.5, 0.5 - std::sqrt(0.125), 0, 0};
  const std::vector<double> decayed = steps(4);
  const std::vector<double> constant = steps(0);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(std::abs(decayed[i] - cosine[i]) < 1e-12);
    CHECK(std::abs(constant[i] - 1) < 1e-12);
  }
}

TEST_CASE("A copy of a learner is independent of it, and continues as it would", "[actor_critic]") {
  Sac<double> learner(small_config(), sizes, 3);
  train(learner, 5, 6);
  const auto at_copy = parameters(learner);
  Sac<double> copy = learner;
  train(learner, 5, 7);
  CHECK(parameters(copy) == at_copy);
  CHECK(parameters(learner) != at_copy);
  train(copy, 5, 7);
  CHECK(parameters(copy) == parameters(learner));
  CHECK(copy.step() == 10);

  Sac<double> moved = std::move(copy);
  train(moved, 3, 8);
  train(learner, 3, 8);
  CHECK(parameters(moved) == parameters(learner));
}

TEST_CASE("A loss that is not finite stops training, by step and quantity", "[actor_critic]") {
  Sac<double> learner(small_config(), sizes, 3);
  train(learner, 2, 6);
  Generator generator(7);
  Batch<double> batch = random_batch(sizes, 8, generator);
  batch.rewards(5) = std::numeric_limits<double>::quiet_NaN();
  const auto before = parameters(learner);
  CHECK_THROWS_WITH(learner.update(batch), Contains("update 3") && Contains("critic loss") && Contains("nan"));
  CHECK(parameters(learner) == before);
  CHECK_THROWS_AS(learner.update(batch), NonFiniteError);

  BcOf<Deterministic<double>>::Config config;
  config.policy.network.hidden = {4};
  BcOf<Deterministic<double>> cloning(config, sizes, 1);
  batch.actions(0) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(cloning.update(batch), Contains("update 1") && Contains("policy loss") && Contains("inf"));
}

TEST_CASE("A learner refuses hyper-parameters out of range, by name", "[actor_critic]") {
  using Config = Sac<float>::Config;
  const auto refuses = [](const char* field, auto spoil) {
    Config config = small_config<Sac<float>>();
    spoil(config);
    CHECK_THROWS_AS(Sac<float>(config, sizes, 1), ConfigError);
    CHECK_THROWS_WITH(Sac<float>(config, sizes, 1), Contains(field));
  };
  refuses("discount", [](Config& config) { config.discount = 1.5; });
  refuses("discount", [](Config& config) { config.discount = std::numeric_limits<double>::quiet_NaN(); });
  refuses("target_rate must be in (0, 1], but is 0", [](Config& config) { config.target_rate = 0; });
  refuses("actor_every", [](Config& config) { config.actor_every = 0; });
  refuses("track_every", [](Config& config) { config.track_every = 0; });
  refuses("policy_optimizer.learning_rate must be positive, but is -1",
          [](Config& config) { config.policy_optimizer.learning_rate = -1; });
  refuses("critics.optimizer.beta1 must be in [0, 1), but is 1",
          [](Config& config) { config.critics.optimizer.beta1 = 1; });
  refuses("critics.size must be at least 1, but is 0", [](Config& config) { config.critics.size = 0; });
  refuses("each of critics.network.hidden must be at least 1, but is 0",
          [](Config& config) { config.critics.network.hidden = {0}; });
  refuses("policy.log_std_max must be above 3, but is 2", [](Config& config) { config.policy.log_std_min = 3; });
  refuses("value.samples must be at least 1, but is 0", [](Config& config) { config.value.samples = 0; });
  refuses("improvement.samples must be at least 1, but is 0", [](Config& config) { config.improvement.samples = 0; });
  refuses("improvement.initial_temperature must be positive, but is -1",
          [](Config& config) { config.improvement.initial_temperature = -1; });
  refuses("policy_optimizer.decay_steps must be at least 0",
          [](Config& config) { config.policy_optimizer.decay_steps = -1; });
  CHECK_NOTHROW(Sac<float>(small_config<Sac<float>>(), sizes, 1));
}

TEST_CASE("A batch that is empty or of other shapes is refused, and nothing has changed", "[actor_critic]") {
  Sac<double> learner(small_config(), sizes, 1);
  const auto before = parameters(learner);
  Generator generator(2);
  const Batch<double> good = random_batch(sizes, 8, generator);
  const auto refused = [&](auto&& spoil) {
    Batch<double> batch = good;
    spoil(batch);
    CHECK_THROWS_WITH(learner.update(batch), Contains("batch: expected") && Contains("found"));
  };
  refused([](Batch<double>& batch) { batch = {}; });
  refused([](Batch<double>& batch) { batch.observations.conservativeResize(sizes.observation + 1, Eigen::NoChange); });
  refused([](Batch<double>& batch) { batch.next_observations.conservativeResize(Eigen::NoChange, 7); });
  refused([](Batch<double>& batch) { batch.actions.conservativeResize(sizes.action - 1, Eigen::NoChange); });
  refused([](Batch<double>& batch) { batch.rewards.conservativeResize(7); });
  refused([](Batch<double>& batch) { batch.continuation.conservativeResize(9); });
  CHECK(parameters(learner) == before);
  CHECK(learner.step() == 0);
}

TEST_CASE("A gradient that is not finite leaves the policy as it was", "[actor_critic]") {
  // The squared error of 1e154 is finite, but the square of its gradient is not.
  BcOf<Deterministic<double>> cloning({.policy = {.network = {.hidden = {}}}}, {.observation = 1, .action = 1}, 1);
  const Vector<double> before = cloning.policy().parameters();
  Batch<double> batch;
  batch.observations = Matrix<double>::Constant(1, 1, 1e-3);
  batch.next_observations = batch.observations;
  batch.actions = Matrix<double>::Constant(1, 1, 1e154);
  batch.rewards = Row<double>::Zero(1);
  batch.continuation = Row<double>::Zero(1);
  CHECK_THROWS_WITH(cloning.update(batch), Contains("update 1: the squared norm of the gradient of policy is inf"));
  CHECK(cloning.policy().parameters() == before);

  // The error counts the updates of the learner, of which this is the sixth, and not those of the policy.
  BcOf<Deterministic<double>> rarely({.actor_every = 2, .policy = {.network = {.hidden = {}}}},
                                     {.observation = 1, .action = 1}, 1);
  Batch<double> sound = batch;
  sound.actions.setZero();
  for (int i = 0; i < 5; ++i) rarely.update(sound);
  CHECK_THROWS_WITH(rarely.update(batch), Contains("update 6: the squared norm of the gradient of policy is inf"));
}

TEST_CASE("A seed draws the critics, then the policy, whatever the compiler", "[actor_critic]") {
  const auto config = small_config();
  const Sac<double> learner(config, sizes, 3);
  Generator generator(3, Stream::initialization);
  const Ensemble<MlpQ<double>> critics(config.critics, sizes, generator);
  const TanhGaussian<double> policy(config.policy, sizes, generator);
  for (Index i = 0; i < critics.size(); ++i)
    CHECK(learner.critics().member(Net::online, i).parameters() == critics.member(Net::online, i).parameters());
  CHECK(learner.policy().parameters() == policy.parameters());
}

TEST_CASE("A policy of other actions than the learner's is refused", "[actor_critic]") {
  const auto config = small_config();
  Generator generator(3);
  const Sizes wider{.observation = sizes.observation, .action = sizes.action + 1};
  CHECK_THROWS_WITH(Sac<double>(config, TanhGaussian<double>(config.policy, wider, generator),
                                Ensemble<MlpQ<double>>(config.critics, wider, generator), sizes, 1),
                    Contains(message("sizes.action must be ", wider.action)) && Contains(message("is ", sizes.action)));
}

TEST_CASE("A policy or critics of another number of actions than the learner's are refused", "[actor_critic]") {
  using Learner = FiniteSac<Table<double>>;
  constexpr Sizes four{.observation = 3, .action = 4};
  Generator generator(3);
  const auto made = [&](Index policy_actions, Index critic_actions) {
    return Learner({}, TabularCategorical<double>({}, {3, policy_actions}, generator),
                   Ensemble<TabularQ<double>>({}, {3, critic_actions}, generator), four, 1);
  };
  CHECK_NOTHROW(made(4, 4));
  CHECK_THROWS_WITH(made(5, 4), Contains("sizes.action must be 5, as the policy has, but is 4"));
  CHECK_THROWS_WITH(made(4, 5), Contains("sizes.action must be 5, as the critics have, but is 4"));
  CHECK_THROWS_WITH(made(4, 3), Contains("sizes.action must be 3, as the critics have, but is 4"));
}

}  // namespace actor_critic_test
