#include "holdfast/networks/table.hpp"

#include <limits>

#include "catch.hpp"
#include "holdfast/concepts.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace table_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(IsParametricFunction<Table<float>> && IsParametricFunction<Table<double>>);

namespace {

constexpr Index states = 4;
constexpr Index outputs = 3;

// Returns one-hot columns.
Matrix<double> one_hot(std::initializer_list<Index> numbers) {
  Matrix<double> observations = Matrix<double>::Zero(states, static_cast<Index>(numbers.size()));
  Index column = 0;
  for (const Index state : numbers) observations(state, column++) = 1;
  return observations;
}

}  // namespace

TEST_CASE("A one-hot observation picks its state's column, to the last bit", "[table]") {
  const Table<double> table(states, outputs, {});
  CHECK(table.inputs() == states);
  CHECK(table.outputs() == outputs);
  REQUIRE(table.parameter_count() == states * outputs);
  Generator generator(1);
  const Matrix<double> columns = normal_matrix(outputs, states, generator);
  Table<double>::Tape tape;
  const Matrix<double>& found = table.forward(columns.data(), one_hot({2, 0, 3, 3, 1}), tape);
  REQUIRE(found.rows() == outputs);
  REQUIRE(found.cols() == 5);
  Index sample = 0;
  for (const Index state : {2, 0, 3, 3, 1}) CHECK(found.col(sample++) == columns.col(state));
  CHECK(&found == &tape.outputs);
}

TEST_CASE("What other states hold does not matter, not even where it is not finite", "[table]") {
  const Table<double> table(states, outputs, {});
  Matrix<double> columns = Matrix<double>::Ones(outputs, states);
  columns.col(1).setConstant(std::numeric_limits<double>::infinity());
  columns.col(2).setConstant(std::numeric_limits<double>::quiet_NaN());
  Table<double>::Tape tape;
  const Matrix<double> found = table.forward(columns.data(), one_hot({0, 3}), tape);
  CHECK(found == Matrix<double>::Ones(outputs, 2));
  CHECK_FALSE(table.forward(columns.data(), one_hot({2}), tape).allFinite());
}

TEST_CASE("Of features that are not one-hot it is the linear function W s, without a bias", "[table]") {
  const Table<double> table(states, outputs, {});
  Generator generator(2);
  const Matrix<double> weights = normal_matrix(outputs, states, generator);
  const Matrix<double> observations = normal_matrix(states, 6, generator);
  Table<double>::Tape tape;
  const Matrix<double> expected = weights * observations;
  CHECK(difference(table.forward(weights.data(), observations, tape), expected) < 1e-14);
  CHECK(table.forward(weights.data(), Matrix<double>::Zero(states, 2), tape).isZero(0));
}

TEST_CASE("The gradient of a table is that of finite differences, and is added", "[table]") {
  const Table<double> table(states, outputs, {});
  Generator generator(3);
  Vector<double> parameters = normal_matrix(table.parameter_count(), 1, generator);
  Matrix<double> observations(states, 8);
  observations << one_hot({2, 0, 2}), normal_matrix(states, 5, generator);
  const Matrix<double> adjoint = normal_matrix(outputs, 8, generator);
  Table<double>::Tape tape;
  const auto loss = [&] { return table.forward(parameters.data(), observations, tape).cwiseProduct(adjoint).sum(); };
  loss();
  Vector<double> gradient = Vector<double>::Ones(parameters.size());
  table.backward(parameters.data(), observations, tape, adjoint, gradient.data());
  const Vector<double> added = gradient.array() - 1;
  CHECK(added.norm() > 1);
  CHECK(difference(added, numeric_gradient(parameters, loss)) < 1e-7);
}

TEST_CASE("Each entry of a table is learned on its own", "[table]") {
  const Table<double> table(states, outputs, {});
  const Vector<double> parameters = Vector<double>::Zero(table.parameter_count());
  Table<double>::Tape tape;
  Matrix<double> gradient = Matrix<double>::Zero(outputs, states);
  Matrix<double> adjoint = Matrix<double>::Zero(outputs, 2);
  adjoint(1, 0) = 5;
  adjoint(2, 1) = -7;
  table.backward(parameters.data(), one_hot({3, 0}), tape, adjoint, gradient.data());
  CHECK(gradient(1, 3) == 5);
  CHECK(gradient(2, 0) == -7);
  CHECK(gradient.cwiseAbs().sum() == 12);
}

TEST_CASE("A table begins with the same number everywhere, and draws nothing", "[table]") {
  Generator generator(4);
  const Table<double> table(states, outputs, {.initial = -2.5});
  Vector<double> parameters = Vector<double>::Ones(table.parameter_count());
  table.initialize(parameters.data(), generator);
  CHECK((parameters.array() == -2.5).all());
  CHECK(generator.state() == Generator(4).state());
  CHECK(table.config().initial == -2.5);
  Table<double>(states, outputs, {}).initialize(parameters.data(), generator);
  CHECK(parameters.isZero(0));
}

TEST_CASE("A table refuses impossible sizes and observations that do not fit", "[table]") {
  using T = Table<double>;
  CHECK_THROWS_WITH(T(0, 2, {}), Contains("inputs of a Table must be positive, but is 0"));
  CHECK_THROWS_WITH(T(2, -1, {}), Contains("outputs of a Table must be positive, but is -1"));
  CHECK_THROWS_WITH(T(2, 2, {.initial = std::numeric_limits<double>::infinity()}),
                    Contains("initial must be a finite number, but is inf"));
  CHECK_THROWS_AS(T(0, 2, {}), ConfigError);
  const T table(states, outputs, {});
  const Vector<double> parameters = Vector<double>::Zero(table.parameter_count());
  T::Tape tape;
  CHECK_THROWS_WITH(table.forward(parameters.data(), Matrix<double>::Zero(states + 1, 2), tape),
                    Contains("expected 4 features of at least one sample, found 5x2"));
  CHECK_THROWS_WITH(table.forward(parameters.data(), Matrix<double>::Zero(states, 0), tape), Contains("found 4x0"));
  CHECK_THROWS_AS(table.forward(parameters.data(), Matrix<double>::Zero(states, 0), tape), DataError);
}

}  // namespace table_test
