#include "holdfast/improvements/greedy_cloning.hpp"

#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "holdfast/learners/diffusion_ql.hpp"
#include "holdfast/learners/fql.hpp"
#include "holdfast/networks/trained.hpp"
#include "holdfast/policies/flow.hpp"
#include "support/empty_critics.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/quadratic_q.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace greedy_cloning_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using Lines = std::vector<std::string>;
using Chain = Diffusion<Mlp<double>>;
using OneStep = DistilledFlow<Mlp<double>>;
using Teacher = Flow<Mlp<double>>;
using C = Ensemble<QuadraticQ>;
constexpr Sizes sizes{.observation = 3, .action = 2};
constexpr Index batch_size = 6;
constexpr Index members = 3;
struct NoRule {};

template <class P>
typename P::Config small_config() {
  const MlpConfig network{.hidden = {6}, .activation = Activation::tanh};
  typename P::Config config;
  config.network = network;
  if constexpr (Distills<P>) {
    config.teacher.network = network;
    config.teacher.process.steps = 3;
    config.teacher.action_limit = 0.6;
  } else {
    config.time = {.encoding = TimeEncoding::sinusoidal, .size = 4, .layers = {}};
    config.process.steps = 3;
    config.action_limit = 0.6;
  }
  return config;
}

QuadraticQ zero_q(Generator& generator) {
  QuadraticQ q(sizes, generator);
  q.parameters().setZero();
  return q;
}

template <class Policy>
struct Parts {
  using P = Policy;
  using Config = GreedyCloning<std::conditional_t<Distills<P>, FqlDefaults, DiffusionQlGreedyDefaults>>;
  using State = typename Config::template State<P, C>;

  Generator generator{1, Stream::initialization};
  P policy{small_config<P>(), sizes, generator};
  C critics{std::vector<QuadraticQ>{QuadraticQ(sizes, generator), QuadraticQ(sizes, generator),
                                    QuadraticQ(sizes, generator)}};
  Batch<double> batch = random_batch(sizes, batch_size, generator);
  Generator after{0};  // the learner's generator after the last `improve`
  NoRule rule;

  Parts() {
    policy.parameters() *= 2;
    for (Index i = 0; i < members; ++i) generator.fill_normal(critics.member(Net::target, i).parameters());
  }

  [[nodiscard]] State state(const Config& config) { return {config, policy, critics, sizes, generator}; }

  // Improves with noise that is the same at every call.
  double improve(State& state, Vector<double>& gradient) {
    Generator noise(2);
    Context<P, C> context{batch, policy, critics, noise, 0, 1};
    const double loss = state.improve(context, rule, gradient);
    after = noise;
    return loss;
  }

  [[nodiscard]] Vector<double> ones() const { return Vector<double>::Ones(policy.parameters().size()); }

  // Returns the number of the flow's parameters, which come first; 0 if the policy has no part that is distilled.
  [[nodiscard]] Index taught() {
    if constexpr (Distills<P>)
      return Teacher(policy.config().teacher, sizes, generator).parameters().size();
    else
      return 0;
  }

  [[nodiscard]] double cloning_loss(Generator& noise) const {
    typename P::Tape tape;
    Vector<double> unused = ones();
    return policy.cloning_loss(batch.observations, batch.actions, Row<double>::Ones(batch_size), noise, tape, unused);
  }
};

// The terms of the loss, each by its definition, from the same noise.
struct Terms {
  double cloning = 0;
  double distance = 0;  // of the one-step network from the flow
  Row<double> followed;
  double mean_size = 0;
  Index clipped = 0;
  Generator::State noise;

  template <class P>
  Terms(Parts<P>& parts, GreedyCritic critic, bool clones) {
    Generator same(2);
    if (clones) cloning = parts.cloning_loss(same);
    Generator of_draws = same;
    const Matrix<double>& observations = parts.batch.observations;
    typename P::Tape tape;
    Proposal<double> proposal;
    parts.policy.propose(observations, 1, same, tape, proposal);
    clipped = (proposal.actions.array().abs() > 0.6 - 1e-9).count();
    Matrix<double> q(members, batch_size);
    for (Index i = 0; i < members; ++i) {
      QuadraticQ::Tape q_tape;
      q.row(i) = parts.critics.member(Net::online, i).values(observations, proposal.actions, q_tape).matrix();
    }
    followed = critic == GreedyCritic::minimum ? Row<double>(q.colwise().minCoeff())
               : critic == GreedyCritic::mean  ? Row<double>(q.colwise().mean())
                                               : Row<double>(q.row(0));
    mean_size = followed.abs().mean();
    if (critic == GreedyCritic::random) {
      const Index drawn = same.index(members);
      followed = q.row(drawn);
      mean_size = q.row((drawn + 1) % members).cwiseAbs().mean();
    }
    if constexpr (Distills<P>) {
      Teacher flow(parts.policy.config().teacher, sizes, parts.generator);
      flow.parameters() = parts.policy.parameters().head(flow.parameters().size());
      Teacher::Tape flow_tape;
      Proposal<double> targets;
      flow.propose(observations, 1, of_draws, flow_tape, targets);
      distance = (proposal.unsquashed - targets.actions).squaredNorm() / static_cast<double>(targets.actions.size());
    }
    noise = same.state();
  }
};

constexpr auto every_critic = {GreedyCritic::minimum, GreedyCritic::mean, GreedyCritic::first, GreedyCritic::random};

}  // namespace

TEMPLATE_TEST_CASE("The loss of greedy cloning is β cloning + α distillation − λ E[Q], and its terms are reported",
                   "[greedy_cloning]", Chain, OneStep) {
  for (const GreedyCritic critic : every_critic)
    for (const bool normalize : {false, true})
      for (const double cloning : {0.8, 0.0}) {
        CAPTURE(static_cast<int>(critic), normalize, cloning);
        Parts<TestType> parts;
        auto state = parts.state({.q_weight = 1.7,
                                  .normalize_q = normalize,
                                  .critic = critic,
                                  .cloning_weight = cloning,
                                  .distillation_weight = 2.5});
        const Terms terms(parts, critic, cloning > 0);
        const double scale = normalize ? 1.7 / terms.mean_size : 1.7;
        Vector<double> unused = parts.ones();
        const double loss = parts.improve(state, unused);
        CHECK(std::abs(loss - (cloning * terms.cloning + 2.5 * terms.distance - scale * terms.followed.mean())) <
              1e-13 * (1 + std::abs(loss)));
        CHECK(std::abs(figure(state, "cloning_loss") - terms.cloning) < 1e-14);
        CHECK(std::abs(figure(state, "q_scale") - scale) < 1e-14 * scale);
        if (Distills<TestType>)
          CHECK(std::abs(figure(state, "distillation_loss") - terms.distance) < 1e-14);
        else
          CHECK(std::isnan(figure(state, "distillation_loss")));
        CHECK(parts.after.state() == terms.noise);  // nothing else is drawn
      }
}

TEMPLATE_TEST_CASE("The gradient of greedy cloning is that of its loss, with λ and the flow's draws held",
                   "[greedy_cloning]", Chain, OneStep) {
  using Config = typename Parts<TestType>::Config;
  for (const GreedyCritic critic : every_critic) {
    CAPTURE(static_cast<int>(critic));
    Parts<TestType> parts;
    const Terms terms(parts, critic, true);
    CHECK(terms.clipped > 0);
    CHECK(terms.clipped < 2 * batch_size);
    Config config{
        .q_weight = 1.7, .normalize_q = false, .critic = critic, .cloning_weight = 0.8, .distillation_weight = 2.5};
    auto state = parts.state(config);
    Vector<double> gradient = parts.ones();
    Vector<double> unused = gradient;
    parts.improve(state, gradient);
    const Vector<double> added = gradient.array() - 1;  // it is added to what was there

    // A flow that teaches learns from the data alone, and all other parameters from the whole loss.
    const Index taught = parts.taught();
    const Index others = added.size() - taught;
    double* const parameters = parts.policy.parameters().data();
    Eigen::Map<Vector<double>> of_flow(parameters, taught);
    Eigen::Map<Vector<double>> of_others(parameters + taught, others);
    const Vector<double> cloned = numeric_gradient(of_flow, [&] {
      Generator same(2);
      return 0.8 * parts.cloning_loss(same);
    });
    const Vector<double> whole = numeric_gradient(of_others, [&] { return parts.improve(state, unused); });
    CHECK(whole.norm() > 1e-2);
    CHECK(difference(added.head(taught).eval(), cloned) < 1e-8);
    CHECK(difference(added.tail(others).eval(), whole) < 1e-8);

    // With a normalized Q the gradient is the same as with a fixed λ of that size.
    config.q_weight *= terms.mean_size;
    config.normalize_q = true;
    auto normalized = parts.state(config);
    Vector<double> same = parts.ones();
    parts.improve(normalized, same);
    CHECK(difference(same, gradient) < 1e-13);
    CHECK(std::abs(figure(normalized, "q_scale") - 1.7) < 1e-13);
  }
}

TEST_CASE("Without cloning the flow stands still, and the one-step network learns from it", "[greedy_cloning]") {
  Parts<OneStep> parts;
  const Index taught = parts.taught();
  const Vector<double> before = parts.policy.parameters();
  for (const double cloning : {0.0, 0.5}) {
    auto state = parts.state({.cloning_weight = cloning});
    Trained<OneStep> trained(parts.policy, {.learning_rate = 0.01}, "policy");
    Generator noise(3);
    for (int i = 0; i < 5; ++i) {
      Context<OneStep, C> context{parts.batch, trained.network(), parts.critics, noise, 0, 1};
      state.improve(context, parts.rule, trained.gradient());
      if (cloning == 0) CHECK(trained.gradient().head(taught).isZero(0));
      trained.step();
    }
    const Vector<double>& after = trained.network().parameters();
    CHECK((after.head(taught) == before.head(taught)) == (cloning == 0));
    CHECK(after.tail(after.size() - taught) != before.tail(after.size() - taught));
  }
}

TEST_CASE("Without distillation only Q moves the one-step network, and its distance is reported", "[greedy_cloning]") {
  Parts<OneStep> parts;
  parts.critics = C(std::vector<QuadraticQ>(3, zero_q(parts.generator)));
  const Index own = parts.policy.parameters().size() - parts.taught();
  for (const double weight : {0.0, 1.0}) {
    auto state = parts.state({.distillation_weight = weight});
    Vector<double> gradient = parts.ones();
    parts.improve(state, gradient);
    CHECK((gradient.tail(own) == Vector<double>::Ones(own)) == (weight == 0));
    CHECK(std::abs(figure(state, "distillation_loss") - Terms(parts, GreedyCritic::mean, true).distance) < 1e-14);
  }
}

TEMPLATE_TEST_CASE("A Q of 0 everywhere can be normalized", "[greedy_cloning]", Chain, OneStep) {
  Parts<TestType> parts;
  parts.critics = C(std::vector<QuadraticQ>(3, zero_q(parts.generator)));
  auto state = parts.state({.normalize_q = true});
  Vector<double> gradient = parts.ones();
  CHECK(std::isfinite(parts.improve(state, gradient)));
  CHECK(gradient.allFinite());
}

TEMPLATE_TEST_CASE("Acting chooses among draws by the least of the target critics", "[greedy_cloning]", Chain,
                   OneStep) {
  Parts<TestType> parts;
  const auto state = parts.state({.acting_samples = 20, .acting_choice = DrawChoice::best});
  const Matrix<double> actions = mode(state.acting(parts.policy, parts.critics), parts.batch.observations);
  REQUIRE(actions.cols() == batch_size);
  int as_by_online = 0;
  for (Index i = 0; i < batch_size; ++i) {
    const Matrix<double> observation = parts.batch.observations.col(i);
    Generator same(0, Stream::evaluation);
    typename TestType::Tape tape;
    Proposal<double> draws;
    parts.policy.propose(observation, 20, same, tape, draws);
    const auto best = [&](Net net) -> Matrix<double> {
      C::Tape q_tape;
      const Matrix<double>& q = parts.critics.values(net, observation, draws.actions, q_tape);
      return draws.actions.col(first_largest(q.colwise().minCoeff()));
    };
    CHECK(actions.col(i) == best(Net::target));
    as_by_online += actions.col(i) == best(Net::online) ? 1 : 0;
  }
  CHECK(as_by_online < batch_size);

  const auto softmax = parts.state({.acting_samples = 7, .acting_choice = DrawChoice::softmax});
  CHECK(softmax.acting(parts.policy, parts.critics).config().samples == 7);
  CHECK(softmax.acting(parts.policy, parts.critics).config().choice == DrawChoice::softmax);
  CHECK(softmax.acting(parts.policy, parts.critics).config().critics == members);
  const auto none = parts.state({.acting_samples = 0});
  CHECK(mode(none.acting(parts.policy, parts.critics), parts.batch.observations) ==
        mode(parts.policy, parts.batch.observations));
}

TEST_CASE("The weight of the distillation is a field where a part of the policy is distilled", "[greedy_cloning]") {
  const std::string field = "improvement.distillation_weight";
  const std::string why = "there is no \"" + field + "\": no part of the policy is distilled";
  CHECK(absence<DiffusionQl<>::Config>(field) == why);
  CHECK(absence<Fql<>::Config>(field).empty());
  DiffusionQl<>::Config diffusion;
  CHECK_THROWS_WITH(set_field(diffusion, field, "3"), why);
  CHECK(diffusion.warnings() == Lines{});
  diffusion.improvement.distillation_weight = 3;
  CHECK(diffusion.warnings() == Lines{field + " = 3 has no effect: no part of the policy is distilled"});
  Fql<>::Config flow;
  set_field(flow, field, "3");
  CHECK(flow.improvement.distillation_weight == 3);
  CHECK(flow.warnings() == Lines{});
}

TEST_CASE("Settings of greedy cloning that others leave without effect are warned of", "[greedy_cloning]") {
  DiffusionQl<>::Config config;
  config.improvement.acting_samples = 0;
  CHECK(config.warnings() == Lines{});
  config.improvement.acting_choice = DrawChoice::best;
  CHECK(config.warnings() == Lines{"improvement.acting_choice = \"best\" has no effect: acting_samples is 0"});
  config.improvement.acting_samples = 2;
  config.improvement.critic = GreedyCritic::first;
  CHECK(config.warnings() == Lines{});
  config.critics.size = 1;
  CHECK(config.warnings() == Lines{"improvement.critic = \"first\" has no effect: there is one critic"});
}

TEST_CASE("Greedy cloning refuses what is out of range, and a lack of critics", "[greedy_cloning]") {
  using Config = GreedyCloning<FqlDefaults>;
  CHECK_NOTHROW(check_fields(Config{}));
  CHECK_NOTHROW(check_fields(Config{.cloning_weight = 0, .distillation_weight = 0, .acting_samples = 0}));
  CHECK_THROWS_WITH(check_fields(Config{.q_weight = 0}), Contains("q_weight must be positive"));
  CHECK_THROWS_WITH(check_fields(Config{.cloning_weight = -1}), Contains("cloning_weight must be at least 0"));
  CHECK_THROWS_WITH(check_fields(Config{.distillation_weight = -1}), Contains("distillation_weight must be at least"));
  CHECK_THROWS_WITH(check_fields(Config{.acting_samples = -1}), Contains("acting_samples must be at least 0"));
  Parts<OneStep> parts;
  using State = Config::State<OneStep, testing::EmptyCritics<double>>;
  CHECK_THROWS_WITH(State({}, parts.policy, {}, sizes, parts.generator), Contains("critics.size must be at least 1"));
}

}  // namespace greedy_cloning_test
