#include "holdfast/networks/adam.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace adam_test {

using namespace holdfast;
using testing::difference;

TEST_CASE("Adam's first step is the learning rate against the gradient's sign", "[adam]") {
  Adam<double> adam({.learning_rate = 0.01});
  Vector<double> parameters = Eigen::Vector3d(1, 1, 1);
  adam.step(parameters, Eigen::Vector3d(1e-3, -2e5, 0));
  // m̂ / (√v̂ + ε) = g / (|g| + 1e-8), which is 1 within 1e-5 for the smallest.
  CHECK(difference(parameters, Eigen::Vector3d(0.99, 1.01, 1)) < 1e-7);
}

TEST_CASE("Adam takes the steps computed by hand", "[adam]") {
  // β₁ = ½, β₂ = ¾, ε ≈ 0, η = 1, gradients 1 then −1:
  // step 1: m = ½, v = ¼, m̂ = v̂ = 1: −1.
  // step 2: m = ¼ − ½ = −¼, m̂ = −¼ / (1 − ¼) = −⅓; v = 3/16 + ¼ = 7/16, v̂ = (7/16) / (1 − 9/16) = 1: +⅓.
  Adam<double> adam({.learning_rate = 1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 1e-15});
  Vector<double> parameters = Vector<double>::Constant(1, 4);
  adam.step(parameters, Vector<double>::Constant(1, 1));
  CHECK(std::abs(parameters(0) - 3) < 1e-12);
  adam.step(parameters, Vector<double>::Constant(1, -1));
  CHECK(std::abs(parameters(0) - (3 + 1. / 3)) < 1e-12);
}

TEST_CASE("Adam follows the algorithm as Kingma and Ba print it, ε and all", "[adam]") {
  const AdamConfig config{.learning_rate = 0.05, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 0.1};
  Generator generator(1);
  Adam<double> adam(config);
  Vector<double> parameters = testing::normal_matrix(6, 1, generator);
  Vector<double> expected = parameters;
  Vector<double> m = Vector<double>::Zero(6);
  Vector<double> v = m;
  for (int t = 1; t <= 20; ++t) {
    const Vector<double> gradient = testing::normal_matrix(6, 1, generator);
    adam.step(parameters, gradient);
    m = 0.8 * m + (1 - 0.8) * gradient;
    v = 0.95 * v + (1 - 0.95) * gradient.cwiseAbs2();
    const Vector<double> m_hat = m / (1 - std::pow(0.8, t));
    const Vector<double> v_hat = v / (1 - std::pow(0.95, t));
    expected.array() -= 0.05 * m_hat.array() / (v_hat.array().sqrt() + 0.1);
    CHECK(difference(parameters, expected) < 1e-14);
  }
}

TEST_CASE("The learning rate follows its schedule, decay shrinks the parameters and a long gradient is clipped",
          "[adam]") {
  const AdamConfig plain{.learning_rate = 0.05, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 0.1};
  AdamConfig config = plain;
  config.decay_steps = 4;
  config.weight_decay = 0.3;
  config.clip_norm = 2;
  Generator generator(4);
  Adam<double> adam(config, "network", 6);
  Adam<double> reference(plain);
  Vector<double> parameters = testing::normal_matrix(6, 1, generator);
  Vector<double> expected = parameters;
  const double rates[] = {1, 0.5 + std::sqrt(0.125), 0.5, 0.5 - std::sqrt(0.125), 0, 0};
  for (int step = 0; step < 6; ++step) {
    Vector<double> gradient = testing::normal_matrix(6, 1, generator);
    gradient *= (step % 2 == 0 ? 5 : 0.5) / gradient.norm();
    adam.step(parameters, gradient);
    expected *= 1 - 0.05 * rates[step] * 0.3;
    reference.step(expected, step % 2 == 0 ? Vector<double>(gradient * (2 / gradient.norm())) : gradient, rates[step]);
    CHECK(difference(parameters, expected) < 1e-14);
    CHECK(std::abs(adam.largest_gradient().norm - 5) < 1e-12);  // before it is clipped
  }
  CHECK_THROWS_AS(Adam<double>({.weight_decay = -1}), ConfigError);
  CHECK_THROWS_AS(Adam<double>({.clip_norm = 0}), ConfigError);
  CHECK_THROWS_AS(Adam<double>({.decay_steps = -1}), ConfigError);
}

TEST_CASE("Adam of a large ε is plain gradient descent, without a memory", "[adam]") {
  Generator generator(3);
  Adam<double> adam(gradient_descent(0.3));
  Vector<double> parameters = testing::normal_matrix(6, 1, generator);
  Vector<double> expected = parameters;
  for (int t = 1; t <= 20; ++t) {
    const Vector<double> gradient = testing::normal_matrix(6, 1, generator);
    const double scale = t > 10 ? 0.5 : 1;
    adam.step(parameters, gradient, scale);
    expected -= scale * 0.3 * gradient;
    CHECK(difference(parameters, expected) < 1e-11);
  }
  const Vector<double> before = parameters;
  adam.step(parameters, Vector<double>::Zero(6));
  CHECK(parameters == before);

  Adam<float> rough(gradient_descent(0.25));
  Vector<float> numbers = Eigen::Vector3f(1, 2, 3);
  rough.step(numbers, Eigen::Vector3f(4, -8, 0.5F));
  CHECK((numbers - Eigen::Vector3f(0, 4, 2.875F)).cwiseAbs().maxCoeff() < 1e-6F);
}

TEST_CASE("A copy of Adam continues with the same moments", "[adam]") {
  Generator generator(2);
  Adam<float> adam;
  Vector<float> parameters = testing::normal_matrix<float>(4, 1, generator);
  for (int i = 0; i < 3; ++i) adam.step(parameters, testing::normal_matrix<float>(4, 1, generator));
  Adam<float> copy = adam;
  Vector<float> same = parameters;
  const Vector<float> gradient = testing::normal_matrix<float>(4, 1, generator);
  adam.step(parameters, gradient);
  copy.step(same, gradient);
  CHECK(parameters == same);
}

TEST_CASE("Adam that consumes the gradient takes the same step, and leaves none", "[adam]") {
  Generator generator(6);
  for (const Index size : {1, 16, 37, 40000}) {
    Adam<float> adam;
    Vector<float> parameters = testing::normal_matrix<float>(size, 1, generator);
    Vector<float> gradient = testing::normal_matrix<float>(size, 1, generator);
    Adam<float> other = adam;
    Vector<float> expected = parameters;
    other.step(expected, gradient);
    adam.consume(parameters, gradient);
    CHECK(parameters == expected);
    CHECK(adam.first_moment() == other.first_moment());
    CHECK(adam.second_moment() == other.second_moment());
    CHECK(gradient == Vector<float>::Zero(size));
    gradient(0) = std::nanf("");
    CHECK_THROWS_AS(adam.consume(parameters, gradient), NonFiniteError);
    CHECK(std::isnan(gradient(0)));
    CHECK(parameters == expected);
  }
}

TEST_CASE("A gradient whose square overflows is refused by name and step, and nothing is kept of it", "[adam]") {
  Adam<float> adam({}, "critic_1");
  Vector<float> parameters = Vector<float>::Ones(3);
  const Vector<float> gradient = Vector<float>::Constant(3, 0.5F);
  adam.step(parameters, gradient);
  Adam<float> spared = adam;
  Vector<float> expected = parameters;
  for (const float spoilt : {1e20F, -std::numeric_limits<float>::infinity(), std::nanf("")}) {
    Vector<float> huge = gradient;
    huge(1) = spoilt;
    CHECK_THROWS_WITH(adam.step(parameters, huge),
                      Contains("update 2: the squared norm of the gradient of critic_1 is "));
  }
  adam.step(parameters, gradient);
  spared.step(expected, gradient);
  CHECK(parameters == expected);
  CHECK(adam.steps() == 2);

  // A large gradient that can be squared is accepted and remembered.
  adam.step(parameters, Vector<float>::Constant(3, 1e18F));
  CHECK(adam.second_moment().allFinite());
  for (int i = 0; i < 5; ++i) adam.step(parameters, gradient);
  CHECK(std::abs(adam.largest_gradient().norm / 1.7320508e18 - 1) < 1e-6);
  CHECK(adam.largest_gradient().step == 3);
}

TEST_CASE("Adam refuses hyper-parameters out of range, by name", "[adam]") {
  CHECK(Adam<double>().config().learning_rate == 3e-4);
  CHECK_THROWS_WITH(Adam<double>({.learning_rate = 0}), Contains("learning_rate") && Contains("positive"));
  CHECK_THROWS_WITH(Adam<double>({.beta1 = 1}), Contains("beta1"));
  CHECK_THROWS_WITH(Adam<double>({.beta2 = -0.1}), Contains("beta2"));
  CHECK_THROWS_WITH(Adam<double>({.epsilon = 0}), Contains("epsilon"));
}

TEST_CASE("Polyak averaging approaches a fixed network as 1 − (1 − rate)ᵏ, and copies at rate 1", "[adam]") {
  Vector<double> target = Vector<double>::Zero(3);
  const Vector<double> online = Eigen::Vector3d(1, -2, 0.3);
  for (int k = 1; k <= 400; ++k) {
    polyak(target, online, 0.005);
    if (k % 100 == 0) CHECK(difference(target, Vector<double>((1 - std::pow(0.995, k)) * online)) < 1e-13);
  }
  polyak(target, online, 1.0);
  CHECK(target == online);

  Vector<float> rough = Vector<float>::Constant(1, 1e9F);
  polyak(rough, Vector<float>(Vector<float>::Constant(1, 0.1F)), 1.0);
  CHECK(rough(0) == 0.1F);
}

}  // namespace adam_test
