/// \file
/// Compares the searches for suspicious rows, which do many rows side by side, with plain ones.
#include "holdfast/data/suspicious_rows.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/random.hpp"

namespace suspicious_rows_test {

using namespace holdfast;

namespace {

/// Returns `size` transitions whose numbers are 0.5, 1.5 or 2.5: many are copies of others.
template <class Data>
Data repeating(Index size, Index features) {
  Generator generator(1);
  const auto some = [&] { return static_cast<float>(generator.index(3)) + 0.5F; };
  Data data;
  data.resize(size);
  data.observations = Matrix<float>::NullaryExpr(features, size, some);
  data.next_observations = Matrix<float>::NullaryExpr(features, size, some);
  if constexpr (FiniteActions<typename Data::Actions>)
    data.actions = ActionIndices::NullaryExpr(size, [&] { return generator.index(2); });
  else
    data.actions = Matrix<float>::NullaryExpr(1, size, some);
  data.rewards = Row<float>::NullaryExpr(size, some);
  return data;
}

/// Counts the rows that leave their state and are equal to an earlier row.
template <class Data>
Index count_copies(const Data& data) {
  const auto equal = [&](Index a, Index b) {
    return data.observations.col(a) == data.observations.col(b) && data.actions.col(a) == data.actions.col(b) &&
           data.rewards(a) == data.rewards(b) && data.next_observations.col(a) == data.next_observations.col(b);
  };
  Index copies = 0;
  for (Index row = 0; row < data.size(); ++row) {
    if (data.observations.col(row) == data.next_observations.col(row)) continue;
    Index earlier = 0;
    while (earlier < row && !equal(earlier, row)) ++earlier;
    copies += earlier < row;
  }
  return copies;
}

/// Returns the upper median of |s′ − s| / deviation over the given features.
double median_step(const Transitions<float>& data, const std::vector<FeatureSummary>& features,
                   const std::vector<Index>& varying, Index row) {
  std::vector<double> changes;
  changes.reserve(varying.size());
  for (const Index i : varying)
    changes.push_back(
        std::abs(static_cast<double>(data.next_observations(i, row)) - static_cast<double>(data.observations(i, row))) /
        features[static_cast<std::size_t>(i)].deviation);
  std::sort(changes.begin(), changes.end());
  return changes[changes.size() / 2];
}

}  // namespace

TEST_CASE("rows of numbers are sorted, whatever their length") {
  // A sequence of comparisons that do not depend on the numbers sorts all numbers if it sorts all zeros and ones.
  constexpr int rows = 64;
  for (Index size = 1; size <= 13; ++size) {
    bool sorted = true;
    Eigen::Array<double, rows, Eigen::Dynamic> numbers(rows, size);
    for (Index first = 0; first < Index{1} << size; first += rows) {
      for (Index row = 0; row < rows; ++row)
        for (Index i = 0; i < size; ++i) numbers(row, i) = static_cast<double>(((first + row) >> i) & 1);
      const auto ones = numbers.rowwise().sum().eval();
      detail::sort_rows(numbers);
      for (Index row = 0; row < rows; ++row)
        for (Index i = 0; i < size; ++i) sorted &= numbers(row, i) == (static_cast<double>(size - i) <= ones(row));
    }
    INFO(size);
    CHECK(sorted);
  }
}

TEST_CASE("the step of a transition is the median of its features' steps") {
  Generator generator(2);
  for (const Index size : {1, 31, 32, 33, 100})
    for (const Index count : {3, 4, 17, 40}) {
      Transitions<float> data;
      data.observations = Matrix<float>::NullaryExpr(count, size, [&] { return generator.normal(); });
      data.next_observations = Matrix<float>::NullaryExpr(count, size, [&] { return generator.normal(); });
      std::vector<FeatureSummary> features(static_cast<std::size_t>(count));
      std::vector<Index> varying;
      for (Index i = 0; i < count; ++i) {
        features[static_cast<std::size_t>(i)] = {.deviation = generator.uniform(0.5, 2), .lowest = -1, .highest = 1};
        if (count > 3 && i == 1)
          features[1].highest = -1;  // does not vary
        else
          varying.push_back(i);
      }
      const Row<double> steps = detail::median_steps(data, features);
      REQUIRE(steps.size() == size);
      bool same = true;
      for (Index row = 0; row < size; ++row) same &= steps(row) == median_step(data, features, varying, row);
      INFO(size << " rows of " << count);
      CHECK(same);
    }
}

TEST_CASE("transitions that hardly move are no copies, where it is known how far the features go") {
  Transitions<float> data = repeating<Transitions<float>>(700, 1);
  data.observations.setConstant(0.3F);
  data.next_observations.setConstant(0.3F + 1e-7F);
  data.actions.setConstant(0.5F);
  data.rewards.setOnes();
  const std::vector<FeatureSummary> wide(1, {.deviation = 1, .lowest = -1, .highest = 1});
  const std::vector<FeatureSummary> narrow(1, {.deviation = 1e-3, .lowest = -1, .highest = 1});
  CHECK(detail::count_duplicates(data, wide) == 0);
  CHECK(detail::count_duplicates(data, narrow) == 699);
  CHECK(detail::count_duplicates(data) == 699);
}

TEST_CASE("copies are counted as by a comparison of all pairs") {
  for (const Index features : {1, 2, 3}) {
    const auto data = repeating<Transitions<float>>(700, features);
    const Index copies = count_copies(data);
    REQUIRE(copies > 0);
    CHECK(detail::count_duplicates(data) == copies);
    const auto finite = repeating<Transitions<float, ActionIndices>>(700, features);
    CHECK(detail::count_duplicates(finite) == count_copies(finite));
  }
  CHECK(detail::count_duplicates(repeating<Transitions<float>>(1, 2)) == 0);
}

}  // namespace suspicious_rows_test
