#include "holdfast/networks/minimum.hpp"

#include "catch.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace minimum_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("minimum is the least of each column, in whatever order", "[minimum]") {
  Matrix<float> q(3, 4);
  q << 1, 5, -2, 0,  //
      2, 3, -3, 0,   //
      0, 4, -1, 0;
  Row<float> least;
  minimum(q, least);
  Row<float> expected(4);
  expected << 0, 3, -3, 0;
  CHECK((least == expected).all());
  q.row(0).swap(q.row(2));
  minimum(q, least);
  CHECK((least == expected).all());
  minimum(Matrix<float>(q.topRows(1)), least);
  CHECK((least.matrix() == q.row(0)));
}

TEST_CASE("minimum_adjoint is the gradient of the minimum", "[minimum]") {
  Generator generator(1);
  for (Index members = 1; members <= 4; ++members) {
    Matrix<double> q = normal_matrix(members, 6, generator);
    const Row<double> adjoint = normal_row(6, generator);
    Matrix<double> gradient;
    minimum_adjoint(q, adjoint, gradient);
    Row<double> least;
    const Vector<double> numeric = numeric_gradient(q, [&] {
      minimum(q, least);
      return (least * adjoint).sum();
    });
    CHECK(difference(gradient, numeric) < 1e-8);
  }
}

TEST_CASE("Of equal values the first one has the gradient", "[minimum]") {
  const Matrix<double> q = Matrix<double>::Constant(3, 2, 0.5);
  const Row<double> adjoint = Row<double>::Constant(2, 7);
  Matrix<double> gradient;
  minimum_adjoint(q, adjoint, gradient);
  CHECK((gradient.row(0).array() == 7).all());
  CHECK((gradient.bottomRows(2).array() == 0).all());
}

}  // namespace minimum_test
