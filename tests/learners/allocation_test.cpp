#include <cstdlib>
#include <memory>

#include "catch.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/penalties/conservative_value.hpp"
#include "support/allocations.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace allocation_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 17, .action = 6};

template <class Learner>
void check_updates(Learner learner, Index batch_size = 256) {
  Generator generator(2);
  using Actions = decltype(typename Learner::BatchType{}.actions);
  const auto batch = random_batch<float, Actions>(sizes, batch_size, generator);
  for (int i = 0; i < 2; ++i) learner.update(batch);  // some improve the policy at every second one
  const long count = allocations_of([&] {
    for (int i = 0; i < 3; ++i) learner.update(batch);
  });
  CHECK(count == 0);
}

}  // namespace

TEST_CASE("The count of allocations counts those of new, of malloc and of Eigen", "[allocation]") {
  std::unique_ptr<int> pointer;
  CHECK(allocations_of([&] { pointer = std::make_unique<int>(3); }) == 1);
  Vector<float> vector;
  CHECK(allocations_of([&] { vector.resize(100); }) == 1);
  CHECK(allocations_of([&] { vector.conservativeResize(200); }) > 0);
  CHECK(allocations_of([&] { vector.setConstant(static_cast<float>(*pointer)); }) == 0);
  void* memory = nullptr;
  CHECK(allocations_of([&] { memory = std::malloc(100); }) == 1);
  CHECK(memory != nullptr);
  std::free(memory);
}

TEST_CASE("After the first, an update allocates nothing", "[allocation]") {
  for (const Index width : {64, 256}) {
    const MlpConfig network{.hidden = {width, width}};
    Bc<>::Config cloning;
    cloning.policy.network = network;
    check_updates(Bc<>(cloning, sizes, 1));
    BcOf<Deterministic<>>::Config regression;
    regression.policy.network = network;
    check_updates(BcOf<Deterministic<>>(regression, sizes, 1));
    Sac<>::Config sac;
    sac.policy.network = network;
    sac.critics.network = network;
    sac.critic_loss = width == 64 ? CriticLoss::squared : CriticLoss::huber;
    check_updates(Sac<>(sac, sizes, 1));
  }
}

TEST_CASE("After the first, an update of any algorithm of the table allocates nothing", "[allocation]") {
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    check_updates(make_learner(name, layers(name, "256, 256"), sizes, 1), 64);
  }
}

TEST_CASE("After the first, an update with a subset of many critics allocates nothing", "[allocation]") {
  Sac<>::Config config;
  config.policy.network.hidden = {64, 64};
  config.critics = {.size = 5, .network = {.hidden = {64, 64}, .normalization = LayerNormalization::before_activation}};
  config.value.subset = 2;
  config.improvement.critic = GreedyCritic::mean;
  config.actor_every = 2;
  check_updates(Sac<>(config, sizes, 1));
}

TEST_CASE("After the first, an update shared by threads allocates nothing", "[allocation]") {
  set_threads(3);
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    check_updates(make_learner(name, layers(name, "256, 256"), sizes, 1), 129);
  }
  set_threads(1);
}

TEST_CASE("The variants of the algorithms allocate nothing either", "[allocation]") {
  const auto check = [](std::string_view name, const Settings& variant) {
    CAPTURE(std::string(name), variant.front().first);
    Settings settings = layers(name, "64, 64");
    settings.insert(settings.end(), variant.begin(), variant.end());
    check_updates(make_learner(name, settings, sizes, 1));
  };
  check("cql", {{"penalty.threshold", "5"}, {"penalty.importance_sampling", "false"}});
  check("cql_maximum", {{"value.per_critic", "true"}});
  check("bear", {{"improvement.divergence.kernel", "gaussian"}, {"improvement.value_penalty", "true"}});
  check("iql", {{"improvement.limit", "batch"}, {"critic_loss", "huber"}});
  check("awac", {{"value.samples", "3"}, {"actor_first", "true"}});
  check("cql", {{"critics.network.normalization", "before_activation"}});
  check("sac",
        {{"critics.network.normalization", "after_activation"}, {"policy.network.normalization", "after_activation"}});
  check("edac", {{"critics.size", "3"}, {"critics.network.activation", "tanh"}});
  check("diffusion_ql", {{"value.maximum", "true"}, {"value.samples", "10"}});  // its chains go through in parts
  check("fql", {{"value.critic", "minimum"}, {"improvement.critic", "random"}, {"policy_average_rate", "0.1"}});
}

TEST_CASE("After the first, an update of any algorithm over finite actions allocates nothing", "[allocation]") {
  Algorithms<ActionIndices>::for_each([]<class Entry>() {
    const std::string name(Entry::row.name);
    CAPTURE(name);
    using Learner = typename Entry::template Learner<float>;
    check_updates(typed<Learner>(layers<ActionIndices>(name, "256, 256"), sizes, 1), 64);
  });
}

TEST_CASE("Tables, and the variants of the algorithms over finite actions, allocate nothing either", "[allocation]") {
  using T = Table<float>;
  check_updates(typed<FiniteSac<T>>({{"actor_first", "true"}}, sizes, 1));
  check_updates(typed<FiniteCql<T>>({{"penalty.threshold", "5"}, {"value.double_q", "false"}}, sizes, 1));
  check_updates(typed<FiniteBear<T>>({{"value.per_critic", "true"}, {"improvement.value_penalty", "true"}}, sizes, 1));
  check_updates(typed<FiniteIql<T>>({{"improvement.limit", "batch"}, {"critic_loss", "huber"}}, sizes, 1));
  check_updates(typed<Dqn<T>>({{"track_every", "2"}}, sizes, 1));
  using Evaluation = ActorCritic<Categorical<T>, Ensemble<FiniteQ<T>>, PolicyValue, ConservativeValue, NoImprovement>;
  check_updates(typed<Evaluation>({}, sizes, 1));
}

}  // namespace allocation_test
