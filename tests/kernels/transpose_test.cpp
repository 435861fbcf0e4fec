#include "holdfast/kernels/transpose.hpp"

#include "catch.hpp"
#include "holdfast/core/random.hpp"

namespace transpose_test {

using namespace holdfast;

TEMPLATE_TEST_CASE("A matrix of any size is transposed, and nothing beside it is touched", "[kernels]", float, double) {
  Generator generator(1);
  for (const Index rows : {1, 3, 4, 7, 15, 16, 17, 39})
    for (const Index columns : {0, 1, 4, 5, 15, 16, 18, 40}) {
      Matrix<TestType> from(rows + 2, columns);
      generator.fill_normal(from);
      Matrix<TestType> to = Matrix<TestType>::Constant(columns + 3, rows, 7);
      kernels::transpose(from.data(), from.rows(), rows, columns, to.data(), to.rows());
      CHECK(to.topRows(columns) == from.topRows(rows).transpose());
      CHECK((to.bottomRows(3).array() == 7).all());
    }
}

}  // namespace transpose_test
