#include "holdfast/evaluators/ranking.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "support/evaluation.hpp"

namespace ranking_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

bool same(const Row<double>& one, const Row<double>& other) { return (one == other).all(); }

const double none = std::nan("");

/// Five policies: the third looks best, and the second is best.
const Row<double> five_true = row({10, 40, 25, 30, 5});
const Row<double> five_estimated = row({12, 28, 35, 30, -4});

}  // namespace

TEST_CASE("Equal values share the mean of their places", "[ranking]") {
  CHECK(same(average_ranks(row({2, 2, 1, 5})), row({2.5, 2.5, 1, 4})));
  CHECK(same(average_ranks(row({3, 1, 2})), row({3, 1, 2})));
  CHECK(same(average_ranks(row({7, 7, 7})), row({2, 2, 2})));
  CHECK(same(average_ranks(row({1.5, 2, 2, 7, 3, 3, 3, -1})), row({2, 3.5, 3.5, 8, 6, 6, 6, 1})));
  CHECK(same(average_ranks(row({HUGE_VAL, 0, -HUGE_VAL})), row({3, 2, 1})));
  CHECK(average_ranks(row({})).size() == 0);
  CHECK(average_ranks(row({1, none})).isNaN().all());
}

TEST_CASE("Rank correlations have the values computed by hand", "[ranking]") {
  CHECK(std::abs(spearman(five_true, five_estimated) - 0.6) < 1e-15);
  CHECK(std::abs(kendall(five_true, five_estimated) - 0.4) < 1e-15);
  // Ranks 1, 2, 3, 4 and 2½, 2½, 1, 4: 1.5 / √(5 · 4.5). Of the pairs, 3 agree, 2 disagree and 1 is tied.
  CHECK(std::abs(spearman(row({1, 2, 3, 4}), row({2, 2, 1, 5})) - 0.3162277660168379) < 1e-15);
  CHECK(std::abs(kendall(row({1, 2, 3, 4}), row({2, 2, 1, 5})) - 1 / std::sqrt(6.0 * 5)) < 1e-15);
  // Ties in both rankings; computed with another implementation.
  const Row<double> one = row({1.5, 2, 2, 7, 3, 3, 3, -1});
  const Row<double> other = row({4, 4, 1, 9, 2, 8, 8, 0.5});
  CHECK(std::abs(spearman(one, other) - 0.7641078192857804) < 1e-15);
  CHECK(std::abs(kendall(one, other) - 0.6805446536716204) < 1e-15);
}

TEST_CASE("Rank correlations depend on the order alone", "[ranking]") {
  Generator generator(1);
  for (int trial = 0; trial < 50; ++trial) {
    CAPTURE(trial);
    Row<double> one(12);
    Row<double> other(12);
    for (Index i = 0; i < 12; ++i) {
      one[i] = static_cast<double>(generator.index(6));
      other[i] = generator.normal();
    }
    for (const auto& correlation : {spearman, kendall}) {
      const double value = correlation(one, other);
      CHECK(std::abs(value) <= 1);
      CHECK(correlation(one.cube(), other.cube()) == value);
      CHECK(correlation(other, one) == value);
      CHECK(std::abs(correlation(one, -other) + value) < 1e-15);
      CHECK(correlation(one, one) == 1);
      CHECK(correlation(other, -other) == -1);
      CHECK(std::abs(correlation(one.reverse(), other.reverse()) - value) < 1e-15);
    }
  }
}

TEST_CASE("There is no rank correlation with a constant, or of less than two", "[ranking]") {
  for (const auto& correlation : {spearman, kendall}) {
    CHECK(std::isnan(correlation(row({1, 2, 3}), row({4, 4, 4}))));
    CHECK(std::isnan(correlation(row({4, 4, 4}), row({1, 2, 3}))));
    CHECK(std::isnan(correlation(row({1, 2, none}), row({1, 2, 3}))));
    CHECK(std::isnan(correlation(row({1, 2, 3}), row({1, none, 3}))));
    CHECK(std::isnan(correlation(row({1}), row({1}))));
    CHECK(std::isnan(correlation(row({}), row({}))));
  }
}

TEST_CASE("Regret is what the best of those chosen lacks of the best", "[ranking]") {
  CHECK(regret_at(1, five_true, five_estimated) == 15);
  CHECK(regret_at(2, five_true, five_estimated) == 10);
  CHECK(regret_at(3, five_true, five_estimated) == 0);
  CHECK(regret_at(5, five_true, five_estimated) == 0);
  CHECK(regret_at(1, five_true, five_true) == 0);
  CHECK(regret_at(1, five_true, -five_true) == 35);
}

TEST_CASE("Of equal estimates the first are chosen, and those that are not numbers last", "[ranking]") {
  const Row<double> truth = row({1, 2, 3});
  CHECK(regret_at(1, truth, row({5, 5, 5})) == 2);
  CHECK(regret_at(2, truth, row({5, 5, 5})) == 1);
  CHECK(regret_at(1, truth, row({none, -1e9, none})) == 1);
  CHECK(regret_at(2, truth, row({none, -HUGE_VAL, none})) == 1);
  CHECK(regret_at(3, truth, row({none, -HUGE_VAL, none})) == 0);
  CHECK(std::isnan(regret_at(1, row({1, none, 3}), truth)));
}

TEST_CASE("Regret falls with the number of policies tried", "[ranking]") {
  Generator generator(2);
  for (int trial = 0; trial < 50; ++trial) {
    CAPTURE(trial);
    Row<double> truth(9);
    Row<double> estimates(9);
    generator.fill_normal(truth);
    generator.fill_normal(estimates);
    double last = truth.maxCoeff() - truth.minCoeff();
    for (Index k = 1; k <= 9; ++k) {
      const double regret = regret_at(k, truth, estimates);
      CHECK(regret >= 0);
      CHECK(regret <= last);
      last = regret;
    }
    CHECK(last == 0);
  }
}

TEST_CASE("Ranking refuses bad arguments by name", "[ranking]") {
  const Row<double> two = row({1, 2});
  const Row<double> three = row({1, 2, 3});
  CHECK_THROWS_AS(spearman(two, three), DataError);
  CHECK_THROWS_WITH(spearman(two, three),
                    "ranking: expected two numbers for each policy, found 2 of the one and 3 of the other");
  CHECK_THROWS_AS(kendall(two, three), DataError);
  CHECK_THROWS_AS(regret_at(1, two, three), DataError);
  CHECK_THROWS_AS(regret_at(0, two, two), ConfigError);
  CHECK_THROWS_WITH(regret_at(3, two, two), "k must be in [1, 2], the number of policies, but is 3");
}

}  // namespace ranking_test
