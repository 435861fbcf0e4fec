#include "holdfast/bellman/backup.hpp"

#include "catch.hpp"
#include "holdfast/core/types.hpp"
#include "support/allocations.hpp"

namespace backup_test {

using namespace holdfast;

TEMPLATE_TEST_CASE("backup is r + c V, coefficient by coefficient", "[backup]", float, double) {
  Row<TestType> rewards(3);
  Row<TestType> continuation(3);
  Row<TestType> values(3);
  rewards << 1, -2, 0.5;
  continuation << 0.5, 0, 1;  // the second is terminal
  values << 4, 1e30F, -0.25;
  Row<TestType> target(3);
  target = backup(rewards, continuation, values);
  CHECK(target(0) == TestType(3));
  CHECK(target(1) == TestType(-2));
  CHECK(target(2) == TestType(0.25));
}

TEMPLATE_TEST_CASE("backup is fused: it is assigned without a temporary", "[backup]", float, double) {
  const Row<TestType> rewards = Row<TestType>::LinSpaced(1000, -1, 1);
  const Row<TestType> flags = Row<TestType>::Constant(1000, 0.5);
  Row<TestType> values = Row<TestType>::LinSpaced(1000, 3, 5);
  Row<TestType> target(1000);
  Matrix<TestType> both(2, 1000);
  const long count = testing::allocations_of([&] {
    target = backup(rewards, flags, values);
    target = backup(rewards, TestType(0.5) * (1 - flags), values.min(target) - flags * values);
    both.row(1) = backup(rewards, flags, values).matrix();
    values = backup(rewards, flags, values);  // the output may be one of the inputs
  });
  CHECK(count == 0);
  CHECK((values == rewards + flags * Row<TestType>::LinSpaced(1000, 3, 5)).all());
  CHECK((both.row(1).array() == values).all());
}

TEST_CASE("backup takes maps, blocks and expressions, as lvalues or as they are", "[backup]") {
  const double memory[] = {1, 2, 3, 4};
  const Eigen::Map<const Row<double>> mapped(memory, 4);
  Row<double> row(4);
  row << 0.5, 0.25, 0, 1;
  Eigen::Array<double, 3, 4> grid;
  grid << 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
  Matrix<double> q(1, 4);
  q << 8, 8, 8, 8;
  const Eigen::Ref<const Row<double>> reference = row;

  Row<double> expected(4);
  expected << 1 + 0.5 * 5, 2 + 0.25 * 6, 3, 4 + 8;
  CHECK((Row<double>(backup(mapped, row, grid.row(1))) == expected).all());
  CHECK((Row<double>(backup(Eigen::Map<const Row<double>>(memory, 4), row.head(4), grid.row(1) + 0.0)) == expected)
            .all());
  CHECK((Row<double>(backup(mapped, reference, q.row(0).array() - (8 - grid.row(1)))) == expected).all());
}

TEST_CASE("Only a temporary that owns or refers to memory by reference would dangle", "[backup]") {
  STATIC_REQUIRE(nests_a_temporary<Row<double>&&>);
  STATIC_REQUIRE(nests_a_temporary<const Row<double>>);
  STATIC_REQUIRE(nests_a_temporary<Eigen::Ref<const Row<double>>>);
  STATIC_REQUIRE_FALSE(nests_a_temporary<Row<double>&>);
  STATIC_REQUIRE_FALSE(nests_a_temporary<const Row<double>&>);
  STATIC_REQUIRE_FALSE(nests_a_temporary<Eigen::Map<const Row<double>>>);
  STATIC_REQUIRE_FALSE(nests_a_temporary<decltype(2 * std::declval<Row<double>&>())>);
}

}  // namespace backup_test
