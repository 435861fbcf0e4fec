#include "holdfast/networks/initializers.hpp"

#include "catch.hpp"
#include "support/finite_difference.hpp"

namespace initializers_test {

using namespace holdfast;

namespace {

struct Layer {
  Matrix<double> weight;
  Matrix<double> bias;
};

Layer draw(Initializer how, Index outputs, Index inputs, std::uint64_t seed = 1) {
  Layer layer{Matrix<double>::Constant(outputs, inputs, 9), Matrix<double>::Constant(outputs, 1, 9)};
  Generator generator(seed, Stream::initialization);
  initialize_layer<double>(how, write(layer.weight), write(layer.bias), generator);
  return layer;
}

// Checks that entries are within ±limit and reach nearly as far on both sides. None of n entries is in a given outer
// hundredth of the range with probability 0.99ⁿ, below 1e-8 for n ≥ 2000. The mean is that of U(±limit) within five
// standard deviations.
void check_uniform(const Matrix<double>& entries, double limit) {
  REQUIRE(entries.size() >= 2000);
  CHECK(entries.maxCoeff() <= limit);
  CHECK(entries.minCoeff() >= -limit);
  CHECK(entries.maxCoeff() > 0.98 * limit);
  CHECK(entries.minCoeff() < -0.98 * limit);
  CHECK(std::abs(entries.mean()) < 5 * limit / std::sqrt(3.0 * static_cast<double>(entries.size())));
}

}  // namespace

TEST_CASE("The uniform initializers fill their ranges", "[initializers]") {
  const Layer fan_in = draw(Initializer::fan_in_uniform, 2000, 25);
  check_uniform(fan_in.weight, 0.2);  // 1/√25
  check_uniform(fan_in.bias, 0.2);
  const Layer xavier = draw(Initializer::xavier_uniform, 110, 40);
  check_uniform(xavier.weight, 0.2);  // √(6/150)
  CHECK((xavier.bias.array() == 0).all());
  const Layer small = draw(Initializer::small_uniform, 2000, 2);
  check_uniform(small.weight, 3e-3);
  check_uniform(small.bias, 3e-3);
  const Layer tiny = draw(Initializer::tiny_uniform, 2000, 2);
  check_uniform(tiny.weight, 1e-3);
  check_uniform(tiny.bias, 1e-3);
  const Layer biased = draw(Initializer::fan_in_uniform_biased, 2000, 25);
  check_uniform(biased.weight, 0.2);  // 1/√25
  CHECK((biased.bias.array() == 0.1).all());
}

TEST_CASE("he_normal has variance 2/inputs, lecun_normal 1/inputs", "[initializers]") {
  for (const Initializer how : {Initializer::he_normal, Initializer::lecun_normal}) {
    const Layer layer = draw(how, 250, 80);
    const double count = 250 * 80;
    const double variance = (how == Initializer::he_normal ? 2. : 1.) / 80;
    // Five standard deviations, false alarm 6e-7: for a mean of squares of N(0, v) one is v √(2/n).
    CHECK(std::abs(layer.weight.squaredNorm() / count - variance) < 5 * variance * std::sqrt(2 / count));
    CHECK(std::abs(layer.weight.mean()) < 5 * std::sqrt(variance / count));
    CHECK((layer.bias.array() == 0).all());
  }
}

TEST_CASE("orthogonal gives orthogonal rows or columns of length √2", "[initializers]") {
  const Layer tall = draw(Initializer::orthogonal, 7, 4);
  const Layer wide = draw(Initializer::orthogonal, 3, 6);
  const Layer square = draw(Initializer::orthogonal, 5, 5);
  const auto twice_identity = [](Index size) -> Matrix<double> { return 2 * Matrix<double>::Identity(size, size); };
  CHECK(testing::difference(Matrix<double>(tall.weight.transpose() * tall.weight), twice_identity(4)) < 1e-14);
  CHECK(testing::difference(Matrix<double>(wide.weight * wide.weight.transpose()), twice_identity(3)) < 1e-14);
  CHECK(testing::difference(Matrix<double>(square.weight * square.weight.transpose()), twice_identity(5)) < 1e-14);
  CHECK((tall.bias.array() == 0).all());
}

TEST_CASE("orthogonal favors no direction", "[initializers]") {
  constexpr int draws = 400;
  Matrix<double> mean = Matrix<double>::Zero(3, 3);
  for (int i = 0; i < draws; ++i)
    mean += draw(Initializer::orthogonal, 3, 3, static_cast<std::uint64_t>(i)).weight / draws;
  // Each entry has mean 0 and variance 2/3. Five standard deviations, false alarm 9 · 6e-7.
  CHECK(mean.cwiseAbs().maxCoeff() < 5 * std::sqrt(2. / 3 / draws));
}

TEST_CASE("zero is zero", "[initializers]") {
  const Layer layer = draw(Initializer::zero, 3, 2);
  CHECK((layer.weight.array() == 0).all());
  CHECK((layer.bias.array() == 0).all());
}

TEST_CASE("A layer is a function of the seed", "[initializers]") {
  for (const Initializer how :
       {Initializer::fan_in_uniform, Initializer::he_normal, Initializer::xavier_uniform, Initializer::orthogonal,
        Initializer::small_uniform, Initializer::fan_in_uniform_biased, Initializer::tiny_uniform}) {
    CHECK(draw(how, 4, 3, 5).weight == draw(how, 4, 3, 5).weight);
    CHECK(draw(how, 4, 3, 5).weight != draw(how, 4, 3, 6).weight);
  }
}

}  // namespace initializers_test
