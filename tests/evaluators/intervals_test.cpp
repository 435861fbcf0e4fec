#include "holdfast/evaluators/intervals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "support/evaluation.hpp"

namespace intervals_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

const double none = std::nan("");
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Six returns between 0 and 6.
const Row<double> six = row({3.904, 1.28, 2.6625, 0.425, 1.24, 3.27});
const Interval to_six{0, 6};

/// Returns the means of all 27 resamples of 1, 2 and 4, each equally likely.
Row<double> all_means() {
  const std::array values = {1, 2, 4};
  Row<double> means(27);
  Index next = 0;
  for (const int a : values)
    for (const int b : values)
      for (const int c : values) means[next++] = (a + b + c) / 3.0;
  return means;
}

const Row<double> influences_of_mean = row({1 - 7.0 / 3, 2 - 7.0 / 3, 4 - 7.0 / 3});

bool near(const ConfidenceInterval& found, double lower, double upper, double tolerance = 1e-12) {
  return std::abs(found.lower - lower) < tolerance && std::abs(found.upper - upper) < tolerance;
}

bool is_none(const ConfidenceInterval& found) { return std::isnan(found.lower) && std::isnan(found.upper); }

/// Returns in how many of 1,000 replications the interval of n draws contains the mean of their distribution.
template <class Draw, class Make>
int covered(std::uint64_t seed, Index n, double mean, Draw&& draw, Make&& make) {
  Generator generator(seed);
  Row<double> samples(n);
  int count = 0;
  for (int replication = 0; replication < 1000; ++replication) {
    for (double& sample : samples) sample = draw(generator);
    if (make(samples).contains(mean)) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("An interval holds its ends, and one that does not exist holds nothing", "[intervals]") {
  const ConfidenceInterval interval{-1, 2};
  CHECK(interval.contains(-1));
  CHECK(interval.contains(2));
  CHECK_FALSE(interval.contains(2.0001));
  CHECK_FALSE(interval.contains(-1.0001));
  CHECK_FALSE(interval.contains(none));
  CHECK_FALSE(ConfidenceInterval{}.contains(0));
}

TEST_CASE("The intervals of six samples are those of their formulas", "[intervals]") {
  CHECK(near(student_t_interval(six, 0.95), 0.7104557374753486, 3.5500442625246516));
  CHECK(near(hoeffding_interval(six, to_six, 0.95), -1.1964057324649344, 5.456905732464935));
  CHECK(near(bernstein_interval(six, to_six, 0.95), -11.774532740338323, 16.035032740338323));
  // The lower ends are also one-sided bounds at 95 %.
  CHECK(near(student_t_interval(six, 0.9), 1.0172902492128146, 3.2432097507871855));
  CHECK(near(hoeffding_interval(six, to_six, 0.9), -0.867615377341346, 5.128115377341347));
  CHECK(near(bernstein_interval(six, to_six, 0.9), -9.698836827922175, 13.959336827922176));
}

TEST_CASE("Intervals move and stretch with the samples, and grow with the confidence", "[intervals]") {
  Generator generator(1);
  Row<double> samples(40);
  for (double& sample : samples) sample = generator.uniform();
  const auto check = [&](auto&& make) {
    const ConfidenceInterval interval = make(samples, Interval{0, 1}, 0.9);
    CHECK(interval.contains(samples.mean()));
    CHECK(near(make(3 * samples - 5, Interval{-5, -2}, 0.9), 3 * interval.lower - 5, 3 * interval.upper - 5));
    CHECK(near(make(-samples, Interval{-1, 0}, 0.9), -interval.upper, -interval.lower));
    const ConfidenceInterval wider = make(samples, Interval{0, 1}, 0.99);
    CHECK(wider.lower < interval.lower);
    CHECK(wider.upper > interval.upper);
  };
  check([](const Row<double>& x, const Interval&, double confidence) { return student_t_interval(x, confidence); });
  check([](const Row<double>& x, const Interval& range, double confidence) {
    return hoeffding_interval(x, range, confidence);
  });
  check([](const Row<double>& x, const Interval& range, double confidence) {
    return bernstein_interval(x, range, confidence);
  });
  // For many samples that vary little, Bernstein's is the shorter of the two.
  const Row<double> calm = Row<double>::LinSpaced(2000, 0.49, 0.51);
  const ConfidenceInterval bernstein = bernstein_interval(calm, {0, 1}, 0.95);
  const ConfidenceInterval hoeffding = hoeffding_interval(calm, {0, 1}, 0.95);
  CHECK(bernstein.upper - bernstein.lower < 0.5 * (hoeffding.upper - hoeffding.lower));
}

TEST_CASE("One sample has no variance, and samples that are not finite no interval", "[intervals]") {
  CHECK(is_none(student_t_interval(row({3}), 0.95)));
  CHECK(is_none(bernstein_interval(row({3}), to_six, 0.95)));
  CHECK(near(hoeffding_interval(row({3}), to_six, 0.95), 3 - 6 * std::sqrt(std::log(40.0) / 2),
             3 + 6 * std::sqrt(std::log(40.0) / 2)));
  CHECK(near(student_t_interval(row({2, 2, 2}), 0.95), 2, 2));
  CHECK(is_none(student_t_interval(row({1, none, 2}), 0.95)));
  CHECK(is_none(student_t_interval(row({1, infinity, 2}), 0.95)));
  CHECK(near(hoeffding_interval(row({4, 4}), {4, 4}, 0.95), 4, 4));
}

TEST_CASE("Percentiles are linear between order statistics", "[intervals]") {
  const Row<double> three = row({1, 2, 4});
  CHECK(percentile(three, 0) == 1);
  CHECK(std::abs(percentile(three, 0.1) - 1.2) < 1e-15);
  CHECK(percentile(three, 0.5) == 2);
  CHECK(std::abs(percentile(three, 0.9) - 3.6) < 1e-15);
  CHECK(percentile(three, 1) == 4);
  CHECK(percentile(row({7}), 0.3) == 7);
}

TEST_CASE("The bootstrap of three numbers has the percentiles of all their resamples", "[intervals]") {
  const Row<double> means = all_means();
  CHECK(near(percentile_interval(means, 0.95), 1.2166666666666667, 3.5666666666666667));
  CHECK(near(percentile_interval(means, 0.9), 4.0 / 3, 10.0 / 3));
  CHECK(near(percentile_interval(means, 0.5), 11.0 / 6, 17.0 / 6));
  CHECK(near(percentile_interval(means, 1e-9), 7.0 / 3, 7.0 / 3));
  // Computed with another implementation: 11 replicates lie below the estimate and 6 are equal, z₀ = 0.0464 and
  // a = 0.0367.
  CHECK(near(bca_interval(means, 7.0 / 3, influences_of_mean, 0.95), 1.3333333333333333, 3.7665896523166538));
  CHECK(near(bca_interval(means, 7.0 / 3, influences_of_mean, 0.8), 1.4441708535971318, 3.3333333333333335));
  const Row<double> hundred = Row<double>::LinSpaced(100, 1, 100);
  CHECK(near(bca_interval(hundred, 40, row({-1, -1, -1, -1, -1, 5}), 0.9), 4.427758459183263, 91.85846214475089));
}

TEST_CASE("Without bias and skewness the corrected interval is the plain one", "[intervals]") {
  Generator generator(2);
  Row<double> replicates(501);
  generator.fill_normal(replicates);
  Row<double> sorted = replicates;
  std::sort(sorted.begin(), sorted.end());
  for (const double confidence : {0.1, 0.9, 0.99}) {
    const ConfidenceInterval plain = percentile_interval(replicates, confidence);
    CHECK(near(bca_interval(replicates, sorted[250], row({-2, 0, 2}), confidence), plain.lower, plain.upper));
    CHECK(near(bca_interval(replicates, sorted[250], row({0, 0}), confidence), plain.lower, plain.upper));
    // Only the direction of the influences counts, however large they are.
    const Row<double> skewed = row({-1, -1, 2});
    const ConfidenceInterval corrected = bca_interval(replicates, 0.1, skewed, confidence);
    for (const double scale : {1e-200, 1e200}) {
      const ConfidenceInterval scaled = bca_interval(replicates, 0.1, scale * skewed, confidence);
      CHECK(near(scaled, corrected.lower, corrected.upper));
    }
    CHECK(bca_interval(replicates, sorted[250], skewed, confidence).upper > plain.upper);
    CHECK(bca_interval(replicates, sorted[250], -skewed, confidence).lower < plain.lower);
    // Mirrored data has the mirrored interval.
    CHECK(near(bca_interval(-replicates, -0.1, -skewed, confidence), -corrected.upper, -corrected.lower));
  }
}

TEST_CASE("The corrected interval has an answer where its formula has none", "[intervals]") {
  const Row<double> equal = Row<double>::Constant(20, 3);
  CHECK(near(bca_interval(equal, 3, row({0, 0, 0}), 0.95), 3, 3, 1e-300));
  CHECK(near(bca_interval(equal, 4, row({-1, 0, 1}), 0.95), 3, 4, 1e-300));
  const Row<double> replicates = Row<double>::LinSpaced(101, 0, 100);
  CHECK(near(bca_interval(replicates, -1, row({-1, 0, 1}), 0.9), -1, 95));
  CHECK(near(bca_interval(replicates, 100.5, row({-1, 0, 1}), 0.9), 5, 100.5));
  // With a = 1/6 and this z, 1 − a (z₀ + z) is below zero.
  CHECK(bca_interval(replicates, 98.5, row({1}), 1 - 1e-9).upper == 100);
  CHECK(bca_interval(replicates, 1.5, row({-1}), 1 - 1e-9).lower == 0);
}

TEST_CASE("An estimate that some resamples lack has no bootstrap interval", "[intervals]") {
  const Row<double> influences = row({-1, 1});
  for (const double bad : {none, infinity, -infinity}) {
    CHECK(is_none(percentile_interval(row({1, bad, 2}), 0.95)));
    CHECK(is_none(bca_interval(row({1, bad, 2}), 1.5, influences, 0.95)));
    CHECK(is_none(bca_interval(row({1, 2, 3}), bad, influences, 0.95)));
    CHECK(is_none(bca_interval(row({1, 2, 3}), 2, row({bad, 1}), 0.95)));
  }
}

TEST_CASE("A resample draws n of n with replacement", "[intervals]") {
  Generator generator(3);
  Generator again(3);
  Row<double> counts = row({5, 5, 5});
  Row<double> same(3);
  const Row<double> values = row({1, 2, 4});
  const Row<double> exact = all_means();
  double sum = 0;
  double squares = 0;
  constexpr int resamples = 20000;
  for (int i = 0; i < resamples; ++i) {
    draw_resample(generator, counts);
    draw_resample(again, same);
    REQUIRE(counts.size() == 3);
    REQUIRE((counts >= 0).all());
    REQUIRE(counts.sum() == 3);
    REQUIRE((counts == same).all());
    const double mean = (counts * values).sum() / 3;
    sum += mean;
    squares += (mean - 7.0 / 3) * (mean - 7.0 / 3);
  }
  // The mean of all 27 and their variance, 14/27; within 4 standard errors.
  CHECK(std::abs(exact.mean() - 7.0 / 3) < 1e-15);
  CHECK(std::abs(sum / resamples - 7.0 / 3) < 4 * std::sqrt(14.0 / 27 / resamples));
  CHECK(std::abs(squares / resamples - 14.0 / 27) < 0.02);
}

TEST_CASE("Intervals cover the mean as often as they say", "[intervals]") {
  const auto normal = [](Generator& generator) { return generator.normal(); };
  const auto uniform = [](Generator& generator) { return generator.uniform(); };
  const int student =
      covered(4, 30, 0, normal, [](const Row<double>& samples) { return student_t_interval(samples, 0.95); });
  CHECK(student >= 930);  // for a binomial with 1,000 and 0.95: outside in 0.3 % of all seeds
  CHECK(student <= 970);
  // These nearly always contain the mean, because they must be valid for every distribution on the range.
  CHECK(covered(5, 50, 0.5, uniform, [](const Row<double>& x) { return hoeffding_interval(x, {0, 1}, 0.95); }) >= 950);
  CHECK(covered(6, 50, 0.5, uniform, [](const Row<double>& x) { return bernstein_interval(x, {0, 1}, 0.95); }) >= 950);
}

TEST_CASE("Bootstrap intervals cover the mean of skewed samples nearly as often as they say", "[intervals]") {
  Generator generator(7);
  Row<double> samples(200);
  Row<double> counts(200);
  Row<double> replicates(400);
  int plain = 0;
  int corrected = 0;
  for (int replication = 0; replication < 1000; ++replication) {
    for (double& sample : samples) sample = -std::log1p(-generator.uniform());
    for (double& replicate : replicates) {
      draw_resample(generator, counts);
      replicate = (counts * samples).mean();
    }
    const double mean = samples.mean();
    if (percentile_interval(replicates, 0.95).contains(1)) ++plain;
    if (bca_interval(replicates, mean, samples - mean, 0.95).contains(1)) ++corrected;
  }
  // With a true coverage of 94 %, outside in 0.4 % of all seeds.
  CHECK(plain >= 920);
  CHECK(plain <= 970);
  CHECK(corrected >= 920);
  CHECK(corrected <= 970);
}

TEST_CASE("What was never seen has a bound: that of Clopper and Pearson", "[intervals]") {
  const Row<double> none_seen = Row<double>::Zero(101);
  const ConfidenceInterval bound = equal_samples_interval(none_seen, {0, 1}, 0.95);
  CHECK(bound.lower == 0);
  CHECK(bound.upper == Approx(1 - std::pow(0.05, 0.01)).epsilon(1e-12));
  CHECK(100 * bound.upper == Approx(3).epsilon(0.02));  // the rule of three
  // For a coin with this mean, all 101 throws are equal with a probability just below 5 %, whichever side they show.
  CHECK(std::pow(1 - bound.upper, 101) + std::pow(bound.upper, 101) < 0.05);
  CHECK(std::pow(1 - 0.9 * bound.upper, 101) > 0.05);
  const ConfidenceInterval both = equal_samples_interval(Row<double>::Constant(51, 2), {-1, 4}, 0.9);
  const double unseen = 1 - std::pow(0.1, 0.02);
  CHECK(both.lower == Approx(2 - 3 * unseen));
  CHECK(both.upper == Approx(2 + 2 * unseen));
  const ConfidenceInterval single = equal_samples_interval(row({0.3}), {0, 1}, 0.95);
  CHECK(single.lower == 0);
  CHECK(single.upper == 1);
  CHECK_THROWS_WITH(equal_samples_interval(six, to_six, 0.95), Contains("expected equal ones"));
  CHECK_THROWS_WITH(equal_samples_interval(none_seen, {1, 2}, 0.95), Contains("in [1, 2], found 0"));
}

TEST_CASE("The more confident an interval of the bootstrap is to be, the more resamples it needs", "[intervals]") {
  CHECK(fewest_resamples(0.5) == 10);
  CHECK(fewest_resamples(0.9) == 50);
  CHECK(fewest_resamples(0.95) == 100);
  CHECK(fewest_resamples(0.99) == 500);
  CHECK(fewest_resamples(0.999) == 5000);
  CHECK_NOTHROW(check_resamples(100, 0.95));
  CHECK_THROWS_WITH(check_resamples(99, 0.95),
                    "resamples must be at least 100 for an interval of confidence 0.95, but is 99");
  CHECK_THROWS_WITH(fewest_resamples(1), Contains("confidence must be in (0, 1)"));
}

TEST_CASE("Intervals refuse bad arguments by name", "[intervals]") {
  for (const double confidence : {0.0, 1.0, -0.5, 95.0, none}) {
    CHECK_THROWS_AS(student_t_interval(six, confidence), ConfigError);
    CHECK_THROWS_AS(hoeffding_interval(six, to_six, confidence), ConfigError);
    CHECK_THROWS_AS(bernstein_interval(six, to_six, confidence), ConfigError);
    CHECK_THROWS_AS(percentile_interval(six, confidence), ConfigError);
    CHECK_THROWS_AS(bca_interval(six, 2, six, confidence), ConfigError);
  }
  CHECK_THROWS_WITH(student_t_interval(six, 95), "confidence must be in (0, 1), but is 95");
  CHECK_THROWS_AS(student_t_interval(row({}), 0.95), DataError);
  CHECK_THROWS_WITH(student_t_interval(row({}), 0.95), "samples: expected at least one, found none");
  CHECK_THROWS_WITH(hoeffding_interval(row({}), to_six, 0.95), Contains("samples: expected at least one"));
  CHECK_THROWS_WITH(percentile_interval(row({}), 0.95), Contains("replicates: expected at least one"));
  CHECK_THROWS_WITH(bca_interval(row({}), 1, six, 0.95), Contains("replicates: expected at least one"));
  CHECK_THROWS_WITH(bca_interval(six, 1, row({}), 0.95), Contains("influences: expected at least one"));
  CHECK_THROWS_WITH(percentile(row({}), 0.5), Contains("sorted numbers: expected at least one"));
  CHECK_THROWS_WITH(percentile(six, 1.01), "share must be in [0, 1], but is 1.01");
  CHECK_THROWS_AS(hoeffding_interval(six, {0, 3.5}, 0.95), DataError);
  CHECK_THROWS_WITH(
      hoeffding_interval(six, {0, 3.5}, 0.95),
      "sample 0: expected a number in [0, 3.5], found 3.904; give a range known to hold all that could be "
      "drawn, or clip the samples to it");
  CHECK_THROWS_WITH(bernstein_interval(six, {0.5, 6}, 0.95), Contains("sample 3") && Contains("in [0.5, 6]"));
  CHECK_THROWS_WITH(hoeffding_interval(row({1, none}), to_six, 0.95), Contains("sample 1"));
  CHECK_THROWS_AS(hoeffding_interval(six, {6, 0}, 0.95), ConfigError);
  CHECK_THROWS_WITH(hoeffding_interval(six, {6, 0}, 0.95), "range must have finite ends in order, but is 6 to 0");
  CHECK_THROWS_AS(bernstein_interval(six, at_least(0), 0.95), ConfigError);
  CHECK_THROWS_AS(bernstein_interval(six, {none, 6}, 0.95), ConfigError);
}

}  // namespace intervals_test
