#include "holdfast/data/one_hot.hpp"

#include <tuple>

#include "catch.hpp"

namespace one_hot_test {

using namespace holdfast;

TEMPLATE_TEST_CASE("the i-th state is the i-th unit vector, dense and sparse", "", float, double) {
  using S = TestType;
  const ActionIndices states{{2, 0, 2}};
  const Matrix<S> expected{{0, 1, 0}, {0, 0, 0}, {1, 0, 1}, {0, 0, 0}};
  CHECK(one_hot<S>(states, 4) == expected);
  const SparseMatrix<S> sparse = sparse_one_hot<S>(states, 4);
  CHECK(Matrix<S>(sparse) == expected);
  CHECK(sparse.isCompressed());
  CHECK(sparse.nonZeros() == 3);
  CHECK(one_hot<S>(ActionIndices(), 4).cols() == 0);
}

TEST_CASE("a state out of range is named with its row") {
  const ActionIndices states{{2, 0, -1}};
  CHECK_THROWS_WITH(one_hot<float>(states, 4), Contains("states: expected numbers from 0 to 3, found -1 in row 2"));
  CHECK_THROWS_WITH(sparse_one_hot<float>(states, 2),
                    Contains("states: expected numbers from 0 to 1, found 2 in row 0"));
  CHECK_THROWS_AS(one_hot<float>(states, 0), ConfigError);
  CHECK_THROWS_AS(sparse_one_hot<float>(states, -1), ConfigError);
  CHECK_THROWS_AS(sparse_one_hot<float>(states, Index{1} << 31), ConfigError);
}

TEMPLATE_TEST_CASE("the state of a unit vector is known, dense and sparse", "", float, double) {
  using S = TestType;
  const Matrix<S> columns{{0, 1, 0, 0, 0}, {0, 0, 1, 0, 2}, {1, 0, 1, 0, 0}};
  const SparseMatrix<S> sparse = columns.sparseView();
  const auto check = [](const auto& observations) {
    CHECK(one_hot_state(observations.col(0)) == 2);
    CHECK(one_hot_state(observations.col(1)) == 0);
    for (const Index other : {2, 3, 4}) CHECK_FALSE(one_hot_state(observations.col(other)));
  };
  check(columns);
  check(sparse);
  SparseMatrix<S> loose(3, 5);  // not compressed
  for (const auto& [row, column, value] :
       {std::tuple<Index, Index, S>{2, 0, 1}, {0, 1, 1}, {1, 2, 1}, {2, 2, 1}, {1, 4, 2}})
    loose.insert(row, column) = value;
  check(loose);
}

}  // namespace one_hot_test
