/// \file
/// Tests that the numbers drawn for one purpose are not those drawn for another, with the default seeds.
#include <string>

#include "catch.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/evaluators/linear_fqe.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/training/diagnostics.hpp"
#include "holdfast/training/online.hpp"
#include "holdfast/training/rollout.hpp"
#include "support/first_numbers.hpp"

namespace streams_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

FirstNumbers numbers;  // NOLINT
std::string purpose;   // NOLINT: of what is drawn next

struct WatchedPolicy : Deterministic<double> {
  WatchedPolicy(const Config& config, Sizes sizes, Generator& generator)
      : Deterministic<double>((numbers.see("initial networks", generator), config), sizes, generator) {}
  void propose(const Matrix<double>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<double>& proposal) const {
    numbers.see(purpose, generator);
    Deterministic<double>::propose(observations, per_state, generator, tape, proposal);
  }
};

struct WatchedImprovement {
  template <class Policy, class Critics>
  struct State {
    State(const WatchedImprovement&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(Context<Policy, Critics>&) {}
    void penalize_value(Context<Policy, Critics>&, Row<double>&) {}
    double improve(Context<Policy, Critics>& context, auto&, Vector<double>&) {
      numbers.see("draws of an update", context.generator);
      return 0;
    }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
  };
};

using Learner = ActorCritic<WatchedPolicy, NoCritics<double>, NoValue, NoPenalty, WatchedImprovement>;

/// An environment that ends after three steps.
struct WatchedEnvironment {
  double position = 0;

  static const char* name() { return "watched"; }
  static Index observation_size() { return 1; }
  static Index action_size() { return 1; }
  static Index time_limit() { return 3; }
  static Interval reward_range() { return {0, 1}; }
  static References references() { return {0, 1}; }
  void reset(Generator& generator) {
    numbers.see(purpose == "evaluation" ? "initial states of evaluation" : "initial states", generator);
    position = 0;
  }
  void set_state(const Vector<double>& s) { position = s(0); }
  [[nodiscard]] Vector<double> state() const { return Vector<double>::Constant(1, position); }
  [[nodiscard]] static Vector<double> state_of(const Vector<double>& o) { return o; }
  void observe(Eigen::Ref<Vector<double>> out) const { out(0) = position; }
  StepResult step(const Vector<double>& action) {
    position += action(0);
    return {1, false};
  }
};

/// Returns 256 transitions whose observation is their number.
Transitions<double> numbered() {
  Transitions<double> data;
  data.observations = Row<double>::LinSpaced(256, 0, 255).matrix();
  data.actions = Matrix<double>::Zero(1, 256);
  data.rewards = Row<double>::Zero(256);
  data.next_observations = data.observations;
  data.terminals = Flags::Ones(256);
  data.timeouts = Flags::Zero(256);
  return data;
}

}  // namespace

TEST_CASE("With default seeds no two purposes draw the same numbers", "[streams]") {
  numbers = {};
  const Transitions<double> data = numbered();
  Learner learner({.policy = {.network = {.hidden = {}}}}, {1, 1}, 0);

  Batch<double> batch;
  train_offline(learner, data, {.steps = 1, .batch_size = 8});
  UniformSampler sampler(OfflineOptions{}.seed);
  sampler.sample(data, 8, 0.9, batch);
  numbers.see_indices("minibatches", batch.observations.row(0));

  purpose = "draws of a probe";
  const Probe<double> probe(data, 0.9);
  (void)probe.measure(learner);
  numbers.see_indices("states of a probe", probe.batch().observations.row(0));

  purpose = "evaluation";
  DeployedPolicy policy(learner.policy(), Normalization<double>::identity(1));
  (void)true_values(policy, WatchedEnvironment(), Matrix<double>::Zero(1, 1), {});

  purpose = "exploration";
  ReplayBuffer<double> buffer({1, 1}, 8);
  train_online(learner, WatchedEnvironment(), buffer, {.steps = 2, .random_steps = 1, .batch_size = 1});

  purpose = "fitted values";
  const Estimand estimand{0.9, 1};
  const LinearFqe<QuadraticFeatures> fqe(data, policy, estimand);
  purpose = "values asked of a fit";
  (void)fqe.values(Episodes(data), policy);

  CHECK(numbers.alike().empty());
  CHECK(numbers.purposes() == 11);
}

}  // namespace streams_test
