/// \file
/// Tests SacN and Edac: the networks that they begin with, and what the diversity penalty does to the critics.
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "holdfast/learners/concepts.hpp"
#include "holdfast/learners/edac.hpp"
#include "support/figures.hpp"
#include "support/random_data.hpp"

namespace sac_n_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsLearner<SacN<float>> && IsLearner<Edac<double>>);

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

// Returns the configuration with small networks and four critics.
template <class Learner>
typename Learner::Config small() {
  typename Learner::Config config;
  config.policy.network.hidden = {16, 16};
  config.critics.network.hidden = {16, 16};
  config.critics.size = 4;
  return config;
}

template <class Learner>
Learner trained(const typename Learner::Config& config, int updates) {
  Learner learner(config, sizes, 1);
  Generator generator(2);
  for (int i = 0; i < updates; ++i) learner.update(random_batch<double>(sizes, 32, generator));
  return learner;
}

}  // namespace

TEST_CASE("SAC-N begins with ten critics of small values", "[sac_n]") {
  const SacN<double> learner({}, sizes, 1);
  REQUIRE(learner.critics().size() == 10);
  const Index hidden[] = {5, 256, 256};
  for (Index i = 0; i < 10; ++i) {
    const Vector<double>& parameters = learner.critics().member(Net::online, i).parameters();
    REQUIRE(parameters.size() == 256 * (6 + 257 + 257) + 257);
    Index at = 0;
    for (const Index inputs : hidden) {
      CHECK((parameters.segment(at, 256 * inputs).array().abs() <= 1 / std::sqrt(static_cast<double>(inputs))).all());
      CHECK((parameters.segment(at + 256 * inputs, 256).array() == 0.1).all());
      at += 256 * (inputs + 1);
    }
    CHECK((parameters.tail(257).array().abs() <= 3e-3).all());
  }
  CHECK((learner.policy().parameters().tail(4 * 257).array().abs() <= 1e-3).all());
  CHECK(learner.temperature() == 1);
}

TEST_CASE("EDAC without a weight is SAC-N to the last bit", "[sac_n]") {
  Edac<double>::Config without = small<Edac<double>>();
  without.penalty.eta = 0;
  const auto edac = trained<Edac<double>>(without, 5);
  const auto sac_n = trained<SacN<double>>(small<SacN<double>>(), 5);
  CHECK(edac.policy().parameters() == sac_n.policy().parameters());
  for (Index i = 0; i < 4; ++i)
    CHECK(edac.critics().member(Net::online, i).parameters() == sac_n.critics().member(Net::online, i).parameters());
}

// Seeds are fixed: the test has one outcome.
TEST_CASE("The critics of EDAC rise in directions that differ more than those of SAC-N", "[sac_n]") {
  const auto cosine = [](double eta) {
    Edac<double>::Config config = small<Edac<double>>();
    config.critics.optimizer.learning_rate = 3e-3;
    config.penalty.eta = eta;
    return figure(trained<Edac<double>>(config, 300), "gradient_cosine");
  };
  const double none = cosine(0);
  const double some = cosine(1);
  const double more = cosine(10);
  CAPTURE(none, some, more);
  CHECK(some < none);
  CHECK(more < some);
  CHECK(more > -1.0 / 3);  // the smallest mean cosine of four directions
}

TEST_CASE("EDAC refuses a single critic and normalized layers", "[sac_n]") {
  Edac<float>::Config config;
  config.critics.size = 1;
  CHECK_THROWS_WITH(Edac<float>(config, sizes, 1), Contains("critics.size must be at least 2"));
  config.critics.size = 2;
  config.critics.network.normalization = LayerNormalization::before_activation;
  CHECK_THROWS_WITH(Edac<float>(config, sizes, 1), Contains("critics.network.normalization must be none"));
}

}  // namespace sac_n_test
