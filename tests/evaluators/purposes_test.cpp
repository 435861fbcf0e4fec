/// \file
/// Tests that folds, resamples and MAGIC's blend draw from different streams, though they have the same seed.
#include <algorithm>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/sampling.hpp"
#include "holdfast/evaluators/bootstrap.hpp"
#include "holdfast/evaluators/cross_fitting.hpp"
#include "holdfast/evaluators/magic.hpp"
#include "support/evaluation.hpp"

namespace purposes_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr std::uint64_t seed = 1;
constexpr Index size = 40;

/// Records the counts of each resample; only for a single resample.
struct Witness {
  [[nodiscard]] static double value() { return 0; }
  [[nodiscard]] static const Row<double>& samples() {
    static const Row<double> none = Row<double>::Zero(size);
    return none;
  }
  [[nodiscard]] double resampled(const Row<double>& counts) const {
    *seen = counts;
    return 0;
  }
  Row<double>* seen;
};

/// Returns how often each of `size` items is drawn in `size` draws.
Row<double> counts_of(Generator generator) {
  Row<double> counts(size);
  draw_resample(generator, counts);
  return counts;
}

/// Returns the folds that are made from a stream's numbers.
std::vector<Index> folds_of(Generator generator) {
  std::vector<Index> fold(static_cast<std::size_t>(size));
  for (Index i = 0; i < size; ++i) fold[static_cast<std::size_t>(i)] = i % 2;
  for (Index i = size - 1; i > 0; --i)
    std::swap(fold[static_cast<std::size_t>(i)], fold[static_cast<std::size_t>(generator.index(i + 1))]);
  return fold;
}

}  // namespace

TEST_CASE("Folds and resamples of one seed are drawn from streams that nothing else uses", "[evaluators]") {
  Row<double> first;
  (void)bootstrap(Witness{&first}, 1, seed);
  Row<double> blended;
  (void)bootstrap(Witness{&blended}, 1, seed, Stream::blending);
  const std::vector<Index> fold = assign_folds(size, 2, seed);
  for (std::uint32_t purpose = 0; purpose < 20; ++purpose) {
    const auto stream = static_cast<Stream>(purpose);
    const Generator generator(seed, stream);
    CHECK((first == counts_of(generator)).all() == (stream == Stream::resampling));
    CHECK((blended == counts_of(generator)).all() == (stream == Stream::blending));
    CHECK((fold == folds_of(generator)) == (stream == Stream::folds));
  }
}

TEST_CASE("MAGIC chooses its blend by other resamples than those of intervals", "[evaluators]") {
  const auto ranges = ranges_of(std::vector<Index>(size, 3));
  Generator generator(5);
  EvaluationLog log{ranges, Row<double>(3 * size), Row<double>(3 * size), {0.95, 3}};
  for (Index t = 0; t < log.steps(); ++t) {
    log.rewards(t) = generator.normal();
    log.log_ratios(t) = 0.5 * generator.normal();
  }
  ActionValues values = ActionValues::zero(log);
  values.initial.setConstant(0.3);  // so that the direct method is wrong
  const ImportanceWeights weights(log);
  const StepwiseEvaluator weighted(log, weights, values, Weighting::self_normalized);
  const MagicOptions options{.seed = seed};
  const auto chosen = [&](Stream stream) {
    return magic_blend(
        weighted.partial_returns({0, 1, 2, 3}),
        percentile_interval(bootstrap(weighted, options.resamples, seed, stream), options.confidence))[0];
  };
  const double unweighed = 1 - magic_fade(weighted, options)(0);
  CHECK(unweighed == Approx(chosen(Stream::blending)).epsilon(1e-9));
  CHECK(chosen(Stream::blending) > 0);
  CHECK(unweighed != Approx(chosen(Stream::resampling)).epsilon(1e-9));
}

}  // namespace purposes_test
