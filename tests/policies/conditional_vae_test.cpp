#include "holdfast/policies/conditional_vae.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/networks/trained.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace conditional_vae_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

ConditionalVae<double> random_vae(const ConditionalVaeConfig& config, double scale = 0.5) {
  Generator generator(1);
  ConditionalVae<double> vae(config, sizes, generator);
  vae.parameters() = scale * normal_matrix(vae.parameters().size(), 1, generator);
  return vae;
}

// Returns the loss with the same noise at each call.
double loss(ConditionalVae<double>& vae, const Batch<double>& batch, Vector<double>& gradient) {
  Generator noise(2);
  gradient.setZero(vae.parameters().size());
  return vae.loss(batch.observations, batch.actions, noise, gradient);
}

double gradient_error(ConditionalVae<double> vae, const Batch<double>& batch) {
  Vector<double> gradient;
  Vector<double> unused;
  loss(vae, batch, gradient);
  return difference(gradient, numeric_gradient(vae.parameters(), [&] { return loss(vae, batch, unused); }));
}

}  // namespace

TEST_CASE("The loss's gradient is that of finite differences, the noise held", "[vae]") {
  Generator generator(3);
  const Batch<double> batch = random_batch(sizes, 6, generator);
  for (const double kl_weight : {0.0, 0.5, 3.0})
    for (const Activation activation : {Activation::relu, Activation::tanh}) {
      const auto vae = random_vae({.network = {.hidden = {5, 4}, .activation = activation}, .kl_weight = kl_weight});
      CHECK(gradient_error(vae, batch) < 1e-7);
    }
}

TEST_CASE("Where the encoder's ln σ is clipped it has no gradient", "[vae]") {
  Generator generator(3);
  const Batch<double> batch = random_batch(sizes, 12, generator);
  // The bounds are so narrow that some values are clipped below, some above, and some not: the bounds matter.
  ConditionalVaeConfig config{.network = {.hidden = {5}, .activation = Activation::tanh}};
  auto free = random_vae(config);
  config.log_std_min = -0.3;
  config.log_std_max = 0.3;
  auto clipped = random_vae(config);
  Vector<double> of_free;
  Vector<double> of_clipped;
  CHECK(loss(free, batch, of_free) != loss(clipped, batch, of_clipped));
  // The biases of the encoder's heads: means, then ln σ.
  const Index heads = 5 * (5 + 1) + 8 * 5;
  CHECK((of_clipped.segment(heads + 4, 4).array() != 0).any());
  CHECK(gradient_error(clipped, batch) < 1e-7);

  config.log_std_min = 3;
  config.log_std_max = 4;
  auto below = random_vae(config);
  Vector<double> of_below;
  loss(below, batch, of_below);
  CHECK(of_below.segment(heads + 4, 4).isZero(0));
  CHECK_FALSE(of_below.segment(heads, 4).isZero(1e-3));
  CHECK(gradient_error(below, batch) < 1e-7);
}

TEST_CASE("The divergence from the prior is zero where the encoder says the prior, and the loss its formula", "[vae]") {
  Generator generator(4);
  const Batch<double> batch = random_batch(sizes, 6, generator);
  const auto of = [&](double kl_weight, double mean, double log_std) {
    auto vae = random_vae({.network = {.hidden = {}}, .kl_weight = kl_weight});
    const Index encoder = 8 * (5 + 1);
    vae.parameters().head(encoder).setZero();
    vae.parameters().segment(encoder - 8, 4).setConstant(mean);
    vae.parameters().segment(encoder - 4, 4).setConstant(log_std);
    Vector<double> gradient;
    return loss(vae, batch, gradient);
  };
  CHECK(of(3, 0, 0) == of(0, 0, 0));
  const double exact = -0.5 * (1 + 2 * 0.2 - 0.7 * 0.7 - std::exp(2 * 0.2));
  CHECK(std::abs(of(3, 0.7, 0.2) - of(0, 0.7, 0.2) - 3 * exact) < 1e-13);
}

TEST_CASE("The reconstruction's error is the mean over batch and dimensions", "[vae]") {
  Generator generator(5);
  const Batch<double> batch = random_batch(sizes, 6, generator);
  auto vae = random_vae({.network = {.hidden = {}}, .kl_weight = 0});
  vae.parameters().setZero();
  vae.parameters().tail(2) << 0.3, -0.8;  // the output of the decoder for every input
  Vector<double> gradient;
  const Vector<double> decoded = vae.parameters().tail(2).array().tanh();
  const double exact = (batch.actions.colwise() - decoded).squaredNorm() / 12;
  CHECK(std::abs(loss(vae, batch, gradient) - exact) < 1e-14);
}

TEST_CASE("There are twice as many latents as actions where no number is given", "[vae]") {
  Generator generator(7);
  CHECK(ConditionalVae<float>({.network = {.hidden = {4}}}, sizes, generator).latent_size() == 4);
  ConditionalVae<float> vae({.network = {.hidden = {}}, .latent_size = 3}, sizes, generator);
  CHECK(vae.latent_size() == 3);
  CHECK(vae.parameters().size() == 6 * (5 + 1) + 2 * (6 + 1));  // encoder to means and ln σ, decoder to actions
}

TEST_CASE("Draws decode latents of the prior, clipped to the limit", "[vae]") {
  constexpr Index count = 20000;
  Generator generator(8);
  ConditionalVae<double> vae({.network = {.hidden = {}}, .latent_size = 1}, {1, 1}, generator);
  vae.parameters().setZero();
  vae.parameters().tail(3) << 10, 1, -2;  // u = 10 s + z − 2
  Matrix<double> observations(1, 2);
  observations << 0, 1;
  const Matrix<double>& draws = vae.sample(observations, count, generator);
  REQUIRE(draws.cols() == 2 * count);
  for (Index state = 0; state < 2; ++state) {
    const Row<double> z = draws.middleCols(state * count, count).array() - 10 * static_cast<double>(state) + 2;
    CHECK(z.abs().maxCoeff() < 0.5 + 1e-12);
    // P(|z| ≥ ½) = 0.6171; five standard deviations, false alarm 6e-7.
    const double clipped = static_cast<double>((z.abs() > 0.5 - 1e-12).count()) / count;
    CHECK(std::abs(clipped - 0.6170750774519738) < 5 * std::sqrt(0.617 * 0.383 / count));
    CHECK(std::abs(z.mean()) < 5 * 0.5 / std::sqrt(count));
  }
}

TEST_CASE("The model fits a behavior of two modes, where a mean would be neither", "[vae]") {
  Generator generator(9, Stream::initialization);
  ConditionalVae<float> drawn_vae(
      {.network = {.hidden = {32, 32}}, .kl_weight = 0.1, .latent_limit = std::numeric_limits<double>::infinity()},
      {1, 1}, generator);
  Trained<ConditionalVae<float>> trained(std::move(drawn_vae), {.learning_rate = 3e-3}, "vae");
  ConditionalVae<float>& vae = trained.network();
  // ±0.6 at s = −1, and half of that at s = 1.
  Matrix<float> observations(1, 64);
  Matrix<float> actions(1, 64);
  for (int step = 0; step < 1500; ++step) {
    for (Index i = 0; i < 64; ++i) {
      observations(i) = generator.index(2) == 0 ? -1.0F : 1.0F;
      actions(i) = (generator.index(2) == 0 ? -0.6F : 0.6F) * (observations(i) < 0 ? 1.0F : 0.5F);
    }
    vae.loss(observations, actions, generator, trained.gradient());
    trained.step();
  }
  observations = (Matrix<float>(1, 2) << -1, 1).finished();
  const Matrix<float> drawn = vae.sample(observations, 2000, generator).array().tanh();
  for (Index state = 0; state < 2; ++state) {
    const float mode = state == 0 ? 0.6F : 0.3F;
    const Row<float> own = drawn.middleCols(2000 * state, 2000).array();
    const auto share = [&](float center) {
      return static_cast<double>(((own - center).abs() < 0.2F * mode).count()) / 2000;
    };
    CAPTURE(state, share(mode), share(-mode), share(0));
    CHECK(share(mode) > 0.3);
    CHECK(share(-mode) > 0.3);
    CHECK(share(0) < 0.1);
  }
}

TEST_CASE("A conditional VAE refuses hyper-parameters out of range, by name", "[vae]") {
  Generator generator(10);
  const auto refuses = [&](const ConditionalVaeConfig& config, const std::string& said) {
    CHECK_THROWS_WITH(ConditionalVae<float>(config, sizes, generator), Contains(said));
  };
  refuses({.network = {.hidden = {0}}}, "each of network.hidden must be at least 1");
  refuses({.latent_size = 0}, "latent_size must be at least 1");
  refuses({.kl_weight = -1}, "kl_weight must be at least 0");
  refuses({.log_std_min = 1, .log_std_max = 1}, "log_std_max must be above 1, but is 1");
  refuses({.latent_limit = 0}, "latent_limit must be positive");
  refuses({.optimizer = {.epsilon = 0}}, "optimizer.epsilon must be positive");
}

}  // namespace conditional_vae_test
