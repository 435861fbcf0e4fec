#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/learners/actor_critic.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "support/figures.hpp"
#include "support/quadratic_q.hpp"
#include "support/random_data.hpp"

namespace own_parts_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// A user's own part of each kind, in as few lines as possible.

// V(s) = Q₁(s, π(s)), the value of the mode under the first critic.
struct ModeValue {
  static constexpr bool needs_temperature = false;
  template <class Policy, class Critics>
  struct State {
    using ContextType = Context<Policy, Critics>;
    State(const ModeValue&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(ContextType&) {}
    void track(ContextType&, double) {}
    void values(ContextType& context, Side side, Net net, Row<double>& out) {
      context.policy.mode(context.observations(side), policy_tape, actions);
      out = context.critics.values(net, context.observations(side), actions, tape).row(0).array();
    }
    void advantage(ContextType& context, Row<double>& out) { out.setZero(context.batch.size()); }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
    typename Policy::Tape policy_tape;
    typename Critics::Tape tape;
    Matrix<double> actions;
  };
};

// ½ w Σ_i mean Q_i²: keeps the values of the data small.
struct SmallValues {
  double weight = 1;
  void validate() const { require(weight >= 0, "penalty.weight", "at least 0", weight); }
  template <class Policy, class Critics>
  struct State {
    State(const SmallValues& config, const Policy&, const Critics&, Sizes, Generator&) : weight(config.weight) {}
    void prepare(Context<Policy, Critics>&) {}
    double add(Context<Policy, Critics>&, const Matrix<double>& q, Matrix<double>& adjoint) {
      const double share = weight / static_cast<double>(q.cols());
      adjoint += share * q;
      return 0.5 * share * q.squaredNorm();
    }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
    double weight;
  };
};

// Clones the transitions with a positive reward only.
struct CloneRewarded {
  template <class Policy, class Critics>
  struct State {
    State(const CloneRewarded&, const Policy&, const Critics&, Sizes, Generator&) {}
    void prepare(Context<Policy, Critics>&) {}
    void penalize_value(Context<Policy, Critics>&, Row<double>&) {}
    double improve(Context<Policy, Critics>& context, auto&, Vector<double>& gradient) {
      const Row<double> weights = (context.batch.rewards > 0).template cast<double>();
      return context.policy.cloning_loss(context.batch.observations, context.batch.actions, weights, context.generator,
                                         tape, gradient);
    }
    static void state(auto&, auto&&) {}
    void report(auto&&) const {}
    typename Policy::Tape tape;
  };
};

using Own = ActorCritic<Deterministic<double>, Ensemble<QuadraticQ>, ModeValue, SmallValues, CloneRewarded>;

}  // namespace

static_assert(IsLearner<Own>);

TEST_CASE("Parts and networks of a user's own make a learner", "[concepts]") {
  constexpr Sizes sizes{.observation = 2, .action = 1};
  Generator generator(1, Stream::initialization);
  const std::vector<QuadraticQ> networks(1, QuadraticQ(sizes, generator));
  const Deterministic<double> policy({.network = {.hidden = {}}}, sizes, generator);
  const Batch<double> batch = random_batch(sizes, 16, generator);

  QuadraticQ::Tape tape;
  Deterministic<double>::Tape policy_tape;
  Matrix<double> mode;
  policy.mode(batch.next_observations, policy_tape, mode);
  const Row<double> next = networks[0].values(batch.next_observations, mode, tape);
  const Row<double> q = networks[0].values(batch.observations, batch.actions, tape);
  const Row<double> error = q - (batch.rewards + batch.continuation * next);

  Own learner({.penalty = {.weight = 3}}, policy, Ensemble<QuadraticQ>(networks, {.learning_rate = 1e-3}), sizes, 1);
  learner.update(batch);
  CHECK(std::abs(figure(learner, "critic_loss") / error.square().mean() - 1) < 1e-13);
  CHECK(std::abs(figure(learner, "penalty") / (1.5 * q.square().mean()) - 1) < 1e-13);
  // Adam's first step is the learning rate against the sign of the gradient of the sum of both losses.
  const Row<double> adjoint = (2 * error + 3 * q) / 16;
  Vector<double> gradient = Vector<double>::Zero(networks[0].parameters().size());
  networks[0].backward(batch.observations, batch.actions, tape, adjoint, gradient);
  const Vector<double> moved = learner.critics().member(Net::online, 0).parameters() - networks[0].parameters();
  CHECK((moved + 1e-3 * gradient.cwiseSign()).cwiseAbs().maxCoeff() < 1e-8);
  CHECK(learner.policy().parameters() != policy.parameters());
  CHECK_THROWS_WITH(Own({.penalty = {.weight = -1}}, policy, Ensemble<QuadraticQ>(networks), sizes, 1),
                    Contains("penalty.weight"));
}

}  // namespace own_parts_test
