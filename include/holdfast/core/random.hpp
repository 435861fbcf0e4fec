/// \file
/// Provides the only source of randomness: a seeded, counter-based generator with the same integers on every platform.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// The purposes of random numbers. Everything that draws numbers names its purpose here. The streams and substreams of
/// one seed are independent: draws for one purpose neither repeat nor change the draws for another.
enum class Stream : std::uint32_t {
  initialization = 0,  ///< a learner's initial networks; substream 1: other draws made when its parts are built
  sampling = 1,        ///< minibatches
  noise = 2,           ///< draws during an update; substream 1: exploration; 2: noise added to actions
  evaluation = 3,      ///< actions in evaluation episodes and for true values
  environment = 4,     ///< initial states; substream 1: of evaluation episodes; 2: transitions before the first reset
  probe = 5,           ///< the transitions of a Probe; substream 1: its draws from the policy
  fitted_values = 6,   ///< draws from the policy in fitted Q evaluation; substream 1: when the fit is evaluated
  folds = 7,           ///< the folds of cross-fitting
  resampling = 8,      ///< the bootstrap; one substream per resample
  blending = 9,        ///< the bootstrap that chooses the blend of MAGIC
  inspection = 10,     ///< draws that inspect a policy
  splitting = 11,      ///< the episodes that are held out for validation
};

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
///
/// Satisfies std::uniform_random_bit_generator, but use the members `uniform`, `normal` and `index` instead of the
/// standard library's distributions, which differ between implementations. The integers are the same on every platform;
/// `normal` uses the platform's log, cos and sin. `state()` returns the complete state. A copy continues the same
/// sequence.
class Generator {
 public:
  using result_type = std::uint32_t;

  /// Everything that determines the numbers still to be drawn.
  struct State {
    std::array<std::uint32_t, 2> key{};
    std::array<std::uint32_t, 4> counter{};
    std::uint32_t used = 4;         ///< how many of the four words of the current block are used up
    bool has_spare_normal = false;  ///< Box–Muller yields two normals; true if the second is still unused
    double spare_normal = 0;
    friend bool operator==(const State&, const State&) = default;
  };

  /// Creates a generator for the given seed (any 64 bits) and purpose. `substream` distinguishes generators of one
  /// purpose.
  explicit Generator(std::uint64_t seed, Stream stream = Stream::sampling, std::uint32_t substream = 0) {
    state_.key = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)};
    state_.counter = {0, 0, substream, static_cast<std::uint32_t>(stream)};
  }

  /// Continues from a saved state.
  explicit Generator(const State& state) : state_(state) {
    if (state_.used < 4) block_ = encrypt(previous(state_.counter), state_.key);
  }

  [[nodiscard]] const State& state() const { return state_; }

  static void state(auto& self, auto&& visit) {
    visit("key", self.state_.key);
    visit("counter", self.state_.counter);
    visit("used", self.state_.used);
    visit("has_spare_normal", self.state_.has_spare_normal);
    visit("spare_normal", self.state_.spare_normal);
    visit("block", self.block_);
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xFFFFFFFFU; }

  /// Returns 32 random bits.
  result_type operator()() {
    if (state_.used >= 4) {
      block_ = encrypt(state_.counter, state_.key);
      if (++state_.counter[0] == 0) ++state_.counter[1];
      state_.used = 0;
    }
    return block_[state_.used++];
  }

  /// Draws from the uniform distribution on [0, 1), with 53 random bits.
  double uniform() {
    const std::uint64_t high = (*this)() >> 5U;
    const std::uint64_t low = (*this)() >> 6U;
    return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) * 0x1p-53;
  }

  /// Draws from the uniform distribution on [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// Draws from the standard normal distribution (Box–Muller).
  double normal() {
    if (state_.has_spare_normal) {
      state_.has_spare_normal = false;
      return state_.spare_normal;
    }
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    state_.spare_normal = radius * std::sin(angle);
    state_.has_spare_normal = true;
    return radius * std::cos(angle);
  }

  /// Draws uniformly from {0, …, count − 1}, without bias (Lemire's multiplication method). `count` must be in
  /// [1, 2³²).
  Index index(Index count) {
    const auto range = static_cast<std::uint32_t>(count);
    std::uint64_t product = std::uint64_t{(*this)()} * range;
    if (static_cast<std::uint32_t>(product) < range) {
      const std::uint32_t threshold = (0U - range) % range;
      while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{(*this)()} * range;
    }
    return static_cast<Index>(product >> 32U);
  }

  /// Fills a dense matrix with standard normal draws, column by column.
  template <class Derived>
  void fill_normal(Eigen::DenseBase<Derived>& matrix) {
    for (Index column = 0; column < matrix.cols(); ++column)
      for (Index row = 0; row < matrix.rows(); ++row)
        matrix(row, column) = static_cast<typename Derived::Scalar>(normal());
  }

 private:
  using Words = std::array<std::uint32_t, 4>;

  static Words encrypt(Words counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t left = std::uint64_t{0xD2511F53U} * counter[0];
      const std::uint64_t right = std::uint64_t{0xCD9E8D57U} * counter[2];
      counter = {static_cast<std::uint32_t>(right >> 32U) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(right),
                 static_cast<std::uint32_t>(left >> 32U) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(left)};
      key[0] += 0x9E3779B9U;
      key[1] += 0xBB67AE85U;
    }
    return counter;
  }

  static Words previous(Words counter) {
    if (counter[0]-- == 0) --counter[1];
    return counter;
  }

  State state_;
  Words block_{};
};

}  // namespace holdfast
