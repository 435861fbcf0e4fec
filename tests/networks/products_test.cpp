/// \file
/// Tests that products that skip zeros are equal to those that do not, and that diagonal systems are solved like
/// others.
#include "holdfast/networks/products.hpp"

#include "catch.hpp"
#include "holdfast/core/linear_systems.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/one_hot.hpp"

namespace products_test {

using namespace holdfast;

TEST_CASE("An outer product that spares zeros is the outer product", "[networks]") {
  Generator generator(1);
  constexpr Index size = 30;
  constexpr Index columns = 50;
  Matrix<double> dense(size, columns);
  generator.fill_normal(dense);
  ActionIndices states(columns);
  for (Index& state : states) state = generator.index(size);
  const Matrix<double> sparse = one_hot<double>(states, size);
  for (const auto& [left, right] :
       {std::pair(dense, dense), std::pair(sparse, dense), std::pair(dense, sparse), std::pair(sparse, sparse)}) {
    Matrix<double> found = Matrix<double>::Ones(size, size);
    add_sparse_outer(left, right, found);
    CHECK((found - Matrix<double>::Ones(size, size) - left * right.transpose()).norm() < 1e-12);
  }
}

TEST_CASE("An outer product of one row, or of a row of a larger matrix, is the outer product", "[networks]") {
  Generator generator(2);
  Matrix<double> large(3, 40);
  Matrix<double> right(5, 40);
  generator.fill_normal(large);
  generator.fill_normal(right);
  for (const Index rows : {1, 5}) {
    Matrix<double> found = Matrix<double>::Ones(1, rows);
    const auto others = rows_of(read(right), 0, rows);
    add_outer<double>(rows_of(read(large), 1, 1), others, write(found));
    CHECK((found - Matrix<double>::Ones(1, rows) - large.row(1) * others.transpose()).norm() < 1e-12);
    Matrix<double> part = Matrix<double>::Zero(3, rows);  // one row of a larger result
    add_outer<double>(rows_of(read(large), 1, 1), others, rows_of(write(part), 2, 1));
    CHECK((part.row(2) - large.row(1) * others.transpose()).norm() < 1e-12);
    CHECK(part.topRows(2).isZero(0));
  }
}

TEST_CASE("A diagonal system is divided by, and what it does not determine is 0", "[networks]") {
  Matrix<double> gram = Matrix<double>::Zero(3, 3);
  gram.diagonal() << 4, 0, 1e-9;
  const Matrix<double> right{{2, 4}, {0, 0}, {1e-9, 0}};
  const Matrix<double> expected{{0.5, 1}, {0, 0}, {1, 0}};
  CHECK((solve_gram<double>(gram, right) - expected).norm() < 1e-12);
  // Almost diagonal, so that it is factored, with the same result.
  gram(0, 2) = gram(2, 0) = 1e-20;
  CHECK((solve_gram<double>(gram, right) - expected).norm() < 1e-9);
}

}  // namespace products_test
