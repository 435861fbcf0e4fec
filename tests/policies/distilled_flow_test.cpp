#include "holdfast/policies/distilled_flow.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/policies/flow.hpp"
#include "support/policy_gradients.hpp"

namespace distilled_flow_test {

using namespace holdfast;
using namespace holdfast::testing;

using Policy = DistilledFlow<Mlp<double>>;

static_assert(IsPolicy<DistilledFlow<>> && IsPolicy<Policy> && !HasDensity<DistilledFlow<>> && !HasDensity<Policy>);

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

Policy::Config config_with(double limit) {
  return {.network = {.hidden = {5}, .activation = Activation::gelu},
          .teacher = {.network = {.hidden = {4, 3}, .activation = Activation::tanh},
                      .time = {.size = 4, .layers = {2}},
                      .process = {.steps = 4},
                      .action_limit = limit}};
}

Policy random_policy(double limit = 1) {
  Generator generator(1);
  Policy policy(config_with(limit), sizes, generator);
  policy.parameters() = 0.7 * normal_matrix(policy.parameters().size(), 1, generator);
  return policy;
}

constexpr Index own = 5 * (5 + 1) + 2 * (5 + 1);  // the parameters of μ, which are the last ones

// A policy and a proposal of it, three draws for each observation from one seed.
struct Drawn {
  Policy policy;
  Matrix<double> observations;
  Policy::Tape tape;
  Proposal<double> proposal;
  Matrix<double> noise;

  explicit Drawn(double limit, Index states = 4) : policy(random_policy(limit)) {
    Generator generator(2);
    observations = normal_matrix(3, states, generator);
    propose();
    Generator same(3);
    noise = normal_matrix(2, 3 * states, same);
  }
  void propose() {
    Generator generator(3);
    policy.propose(observations, 3, generator, tape, proposal);
  }
  [[nodiscard]] Matrix<double> mu() const {
    const Mlp<double> network(3, 2, 2, config_with(1).network);
    Mlp<double>::Tape network_tape;
    return network.forward(policy.parameters().data() + flow(), observations, noise, network_tape);
  }
  // Returns the number of the flow's parameters.
  [[nodiscard]] Index flow() const { return policy.parameters().size() - own; }
};

bool is_zero(const Vector<double>& numbers) { return (numbers.array() == 0).all(); }

}  // namespace

TEST_CASE("A distilled flow draws by its one-step network, clipped to the limit", "[distilled_flow]") {
  const Drawn drawn(0.8);
  const Proposal<double>& proposal = drawn.proposal;
  CHECK(proposal.per_state == 3);
  CHECK(difference(proposal.unsquashed, drawn.mu()) < 1e-14);
  CHECK(proposal.actions == proposal.unsquashed.cwiseMax(-0.8).cwiseMin(0.8));
  CHECK((proposal.actions.array() == 0.8).any());
  CHECK((proposal.actions.array() == -0.8).any());
  CHECK((proposal.actions.array() == proposal.unsquashed.array()).any());
  REQUIRE(proposal.weights.size() == 12);
  CHECK((proposal.weights == 1. / 3).all());
  CHECK(proposal.log_probs.isNaN().all());
  CHECK(drawn.policy.action_size() == 2);
  CHECK(drawn.policy.observation_size() == 3);
  CHECK(std::string(Policy::name()) == "distilled_flow");
}

TEST_CASE("The gradient of a distilled flow's draws is that of finite differences, and none of it is the flow's",
          "[distilled_flow]") {
  for (const double limit : {0.8, 1e4})
    for (const bool before_clipping : {false, true}) {
      CAPTURE(limit, before_clipping);
      Drawn drawn(limit);
      Generator generator(4);
      Proposal<double> adjoint;
      adjoint.actions = normal_matrix(2, 12, generator);
      if (before_clipping) adjoint.unsquashed = normal_matrix(2, 12, generator);
      Vector<double> gradient = Vector<double>::Ones(drawn.policy.parameters().size());
      drawn.policy.backward(drawn.observations, drawn.tape, drawn.proposal, adjoint, gradient);
      gradient.array() -= 1;
      CHECK(is_zero(gradient.head(drawn.flow())));
      const Vector<double> numeric = numeric_gradient(drawn.policy.parameters(), [&] {
        drawn.propose();
        const double of_actions = drawn.proposal.actions.cwiseProduct(adjoint.actions).sum();
        return before_clipping ? of_actions + drawn.proposal.unsquashed.cwiseProduct(adjoint.unsquashed).sum()
                               : of_actions;
      });
      CHECK(difference(gradient, numeric) < 1e-7);
      CHECK(numeric.cwiseAbs().maxCoeff() > 1e-2);
    }
}

TEST_CASE("The distillation loss is the distance, before clipping, from the flow's actions from the same noise",
          "[distilled_flow]") {
  for (const double limit : {0.8, 1e4})
    for (const Index states : {4, 300}) {  // the second go through the flow in parts
      CAPTURE(limit, states);
      Drawn drawn(limit, states);
      const Policy::Config config = config_with(limit);
      const TimedNetwork<Mlp<double>> velocity(sizes, config.teacher.network, config.teacher.time);
      REQUIRE(velocity.parameter_count() == drawn.flow());
      TimedNetwork<Mlp<double>>::Tape tape;
      Matrix<double> x = drawn.noise;
      for (const double t : {0.0, 0.25, 0.5, 0.75})
        x += velocity.forward(drawn.policy.parameters().data(), drawn.observations, x, Row<double>::Constant(1, t),
                              tape) /
             4;
      CHECK((x.array().abs() > 0.8).any());
      const Matrix<double> errors = drawn.mu() - x.cwiseMax(-limit).cwiseMin(limit);
      const auto count = static_cast<double>(errors.size());
      Proposal<double> adjoint;
      adjoint.unsquashed.setOnes(2, 3 * states);
      const double loss = drawn.policy.distillation_loss(drawn.observations, drawn.tape, drawn.proposal, 3, adjoint);
      CHECK(std::abs(loss - errors.squaredNorm() / count) < 1e-13);
      CHECK(difference(adjoint.unsquashed, Matrix<double>(1 + (3 * 2 / count * errors).array())) < 1e-13);
    }
}

TEST_CASE("The gradient of the distillation loss is that of finite differences, the flow held", "[distilled_flow]") {
  constexpr double weight = 3;
  for (const double limit : {0.8, 1e4}) {
    CAPTURE(limit);
    Drawn drawn(limit);
    Vector<double>& parameters = drawn.policy.parameters();
    Proposal<double> adjoint;
    const auto loss = [&] {
      drawn.propose();
      adjoint.actions.setZero(2, 12);
      adjoint.unsquashed.setZero(2, 12);
      return weight * drawn.policy.distillation_loss(drawn.observations, drawn.tape, drawn.proposal, weight, adjoint);
    };
    loss();
    Vector<double> gradient = Vector<double>::Zero(parameters.size());
    drawn.policy.backward(drawn.observations, drawn.tape, drawn.proposal, adjoint, gradient);
    CHECK(is_zero(gradient.head(drawn.flow())));
    Eigen::Map<Vector<double>> own_parameters(parameters.data() + drawn.flow(), own);
    CHECK(difference(Vector<double>(gradient.tail(own)), numeric_gradient(own_parameters, loss)) < 1e-7);
  }
}

TEST_CASE("A distilled flow clones by its flow, and moves that alone", "[distilled_flow]") {
  Generator generator(5);
  const Matrix<double> observations = normal_matrix(3, 6, generator);
  const Matrix<double> actions = uniform_actions(2, 6, generator);
  const Row<double> weights = normal_row(6, generator).abs();
  Policy policy = random_policy();
  CHECK(clone_gradient_error(policy, observations, actions) < 1e-7);

  Flow<Mlp<double>> flow(config_with(1).teacher, sizes, generator);
  const Index count = flow.parameters().size();
  REQUIRE(count == policy.parameters().size() - own);
  flow.parameters() = policy.parameters().head(count);
  Policy::Tape tape;
  Flow<Mlp<double>>::Tape flow_tape;
  Vector<double> gradient = Vector<double>::Zero(policy.parameters().size());
  Vector<double> of_flow = Vector<double>::Zero(count);
  Generator noise(6);
  Generator same(6);
  CHECK(policy.cloning_loss(observations, actions, weights, noise, tape, gradient) ==
        flow.cloning_loss(observations, actions, weights, same, flow_tape, of_flow));
  CHECK(gradient.head(count) == of_flow);
  CHECK(of_flow.cwiseAbs().maxCoeff() > 1e-3);
  CHECK(is_zero(gradient.tail(own)));
}

TEST_CASE("The mode of a distilled flow does not depend on the others of the batch nor on their number",
          "[distilled_flow]") {
  Generator generator(7);
  const Policy policy = random_policy(0.8);
  const Matrix<double> observations = normal_matrix(3, 600, generator);
  const auto mode = [&](const Matrix<double>& of) {
    Policy::Tape tape;
    Matrix<double> out;
    policy.mode(of, tape, out);
    return out;
  };
  const Matrix<double> together = mode(observations);
  REQUIRE(together.rows() == 2);
  REQUIRE(together.cols() == 600);
  Matrix<double> alone(2, 600);
  for (Index i = 0; i < 600; ++i) alone.col(i) = mode(observations.col(i));
  CHECK(difference(together, alone) < 1e-13);
  CHECK(mode(observations) == together);
  CHECK(difference(mode(observations.rowwise().reverse()), Matrix<double>(together.rowwise().reverse())) < 1e-13);
  CHECK(together.cwiseAbs().maxCoeff() == 0.8);
  CHECK(together.cwiseAbs().minCoeff() < 0.8);
}

TEST_CASE("A distilled flow tells its configuration and refuses one out of range, by name", "[distilled_flow]") {
  const Policy policy = random_policy(0.8);
  CHECK(policy.config().network.hidden == std::vector<Index>{5});
  CHECK(policy.config().teacher.network.hidden == std::vector<Index>{4, 3});
  CHECK(policy.config().teacher.process.steps == 4);
  CHECK(policy.config().teacher.action_limit == 0.8);
  Generator generator(8);
  const auto refuses = [&](const Policy::Config& config, const std::string& said) {
    CHECK_THROWS_AS(Policy(config, sizes, generator), ConfigError);
    CHECK_THROWS_WITH(Policy(config, sizes, generator), Contains(said));
  };
  refuses({.network = {.hidden = {0}}}, "each of network.hidden must be at least 1");
  refuses({.teacher = {.network = {.hidden = {0}}}}, "each of teacher.network.hidden must be at least 1");
  refuses({.teacher = {.process = {.steps = 0}}}, "teacher.flow.steps must be");
  refuses({.teacher = {.action_limit = -1}}, "teacher.action_limit must be positive");
}

}  // namespace distilled_flow_test
