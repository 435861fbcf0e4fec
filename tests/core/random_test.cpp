#include "holdfast/core/random.hpp"

#include <array>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "catch.hpp"

namespace random_test {

using namespace holdfast;

namespace {

using Words = std::array<std::uint32_t, 4>;

Generator at(Words counter, std::array<std::uint32_t, 2> key) {
  Generator::State state;
  state.key = key;
  state.counter = counter;
  return Generator(state);
}

Words next_block(Generator generator) { return {generator(), generator(), generator(), generator()}; }

// Returns Pearson's statistic of counts that should be equal.
double chi_square(const std::vector<double>& counts, double draws) {
  const double expected = draws / static_cast<double>(counts.size());
  double sum = 0;
  for (const double count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

}  // namespace

static_assert(std::uniform_random_bit_generator<Generator>);

TEST_CASE("Philox4x32-10 gives the known answers of Random123", "[random]") {
  // Random123, tests/kat_vectors, the three lines "philox4x32 10".
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(next_block(at({0, 0, 0, 0}, {0, 0})) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(next_block(at({ones, ones, ones, ones}, {ones, ones})) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(next_block(at({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0})) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("A seed is the key; stream and substream are the upper half of the counter", "[random]") {
  CHECK(next_block(Generator(0x0123456789abcdef, Stream::noise, 7)) ==
        next_block(at({0, 0, 7, 2}, {0x89abcdef, 0x01234567})));
}

TEST_CASE("The counter's lower half counts blocks and carries", "[random]") {
  Generator generator = at({0xffffffff, 5, 1, 2}, {3, 4});
  for (int i = 0; i < 4; ++i) generator();
  CHECK(next_block(generator) == next_block(at({0, 6, 1, 2}, {3, 4})));
}

TEST_CASE("A saved state continues the same sequence, wherever it was saved", "[random]") {
  for (const std::uint32_t first : {0U, 0xffffffffU})  // also across the carry
    for (int spent = 0; spent <= 9; ++spent) {
      CAPTURE(first, spent);
      Generator generator = at({first, 8, 0, 0}, {1, 2});
      for (int i = 0; i < spent; ++i) generator();
      Generator restored(generator.state());
      CHECK(restored.state() == generator.state());
      for (int i = 0; i < 9; ++i) CHECK(restored() == generator());
    }
}

TEST_CASE("A saved state keeps the second normal of a pair", "[random]") {
  for (int drawn = 0; drawn < 4; ++drawn) {
    Generator generator(3);
    for (int i = 0; i < drawn; ++i) generator.normal();
    CHECK(generator.state().has_spare_normal == (drawn % 2 == 1));
    Generator restored(generator.state());
    for (int i = 0; i < 5; ++i) CHECK(restored.normal() == generator.normal());
    CHECK(restored.state() == generator.state());
  }
}

TEST_CASE("Streams of one seed differ and are uncorrelated", "[random]") {
  std::set<std::uint32_t> first_words;
  for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32U})
    for (std::uint32_t stream = 0; stream < 20; ++stream)
      for (const std::uint32_t substream : {0U, 1U})
        first_words.insert(Generator(seed, static_cast<Stream>(stream), substream)());
  CHECK(first_words.size() == 120);  // false alarm: 120²/2 / 2³² = 2e-6

  constexpr int count = 40000;
  Generator sampling(9, Stream::sampling);
  Generator noise(9, Stream::noise);
  Generator other(9, Stream::noise, 1);
  double with_stream = 0;
  double with_substream = 0;
  for (int i = 0; i < count; ++i) {
    const double x = noise.normal();
    with_stream += x * sampling.normal();
    with_substream += x * other.normal();
  }
  // A product of independent normals has variance 1; false alarm at 5 standard deviations: 6e-7.
  CHECK(std::abs(with_stream) < 5 * std::sqrt(count));
  CHECK(std::abs(with_substream) < 5 * std::sqrt(count));
}

TEST_CASE("uniform has 53 bits, lies in [0, 1), and has the moments of its distribution", "[random]") {
  Generator words(5);
  const double high = words() >> 5U;
  const double low = words() >> 6U;
  CHECK(Generator(5).uniform() == std::ldexp(high * std::ldexp(1, 26) + low, -53));

  Generator generator(6);
  constexpr int count = 100000;
  double mean = 0;
  double square = 0;
  double least = 1;
  double most = 0;
  for (int i = 0; i < count; ++i) {
    const double x = generator.uniform();
    mean += x / count;
    square += (x - 0.5) * (x - 0.5) / count;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  CHECK(least >= 0);
  CHECK(least < 1e-3);  // false alarm: 0.999^100000 = e^-100
  CHECK(most < 1);
  CHECK(most > 1 - 1e-3);
  // Five standard deviations, 6e-7: Var x = 1/12, Var (x − ½)² = 1/180.
  CHECK(std::abs(mean - 0.5) < 5 * std::sqrt(1. / 12 / count));
  CHECK(std::abs(square - 1. / 12) < 5 * std::sqrt(1. / 180 / count));

  Generator scaled(7);
  Generator unit(7);
  CHECK(scaled.uniform(-3, 5) == -3 + 8 * unit.uniform());
}

TEST_CASE("index is uniform, also where the count does not divide 2³²", "[random]") {
  Generator generator(8);
  CHECK(generator.index(1) == 0);
  constexpr int draws = 30000;

  std::vector<double> sevenths(7, 0.0);
  for (int i = 0; i < draws; ++i) sevenths.at(static_cast<std::size_t>(generator.index(7))) += 1;
  // χ² with 6 degrees of freedom exceeds x with probability e^{−x/2} (1 + x/2 + x²/8): 5e-7 at 40.
  CHECK(chi_square(sevenths, draws) < 40);

  // For 3 · 2³⁰ values, a remainder favors the first third, and a product without rejection favors every third value.
  constexpr Index third = Index{1} << 30;
  std::vector<double> thirds(3, 0.0);
  std::vector<double> remainders(3, 0.0);
  for (int i = 0; i < draws; ++i) {
    const Index drawn = generator.index(3 * third);
    thirds.at(static_cast<std::size_t>(drawn / third)) += 1;
    remainders.at(static_cast<std::size_t>(drawn % 3)) += 1;
  }
  // χ² with 2 degrees of freedom exceeds x with probability e^{−x/2}: 1e-6 at 27.7.
  CHECK(chi_square(thirds, draws) < 27.7);
  CHECK(chi_square(remainders, draws) < 27.7);
}

TEST_CASE("normal has the moments and the tails of its distribution", "[random]") {
  Generator generator(10);
  constexpr int count = 200000;
  std::array<double, 4> moments{};
  double beyond_two = 0;
  double lagged = 0;
  double previous = 0;
  for (int i = 0; i < count; ++i) {
    const double x = generator.normal();
    double power = 1;
    for (double& moment : moments) moment += (power *= x) / count;
    beyond_two += std::abs(x) > 2 ? 1. / count : 0;
    lagged += previous * x / count;
    previous = x;
  }
  // Five standard deviations each, false alarm 6e-7: the variances of x, x², x³, x⁴ are 1, 2, 15, 96.
  CHECK(std::abs(moments[0]) < 5 * std::sqrt(1. / count));
  CHECK(std::abs(moments[1] - 1) < 5 * std::sqrt(2. / count));
  CHECK(std::abs(moments[2]) < 5 * std::sqrt(15. / count));
  CHECK(std::abs(moments[3] - 3) < 5 * std::sqrt(96. / count));
  const double tail = std::erfc(std::sqrt(2.0));
  CHECK(std::abs(beyond_two - tail) < 5 * std::sqrt(tail * (1 - tail) / count));
  CHECK(std::abs(lagged) < 5 * std::sqrt(1. / count));  // the two of one pair are independent
}

TEST_CASE("fill_normal goes column by column", "[random]") {
  Generator generator(11);
  Generator same(11);
  Matrix<double> matrix(3, 2);
  generator.fill_normal(matrix);
  for (Index column = 0; column < 2; ++column)
    for (Index row = 0; row < 3; ++row) CHECK(matrix(row, column) == same.normal());
}

}  // namespace random_test
