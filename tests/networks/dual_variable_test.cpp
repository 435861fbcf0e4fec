#include "holdfast/networks/dual_variable.hpp"

#include "catch.hpp"

namespace dual_variable_test {

using namespace holdfast;

TEST_CASE("A dual variable moves its logarithm by Adam, against the gradient", "[dual_variable]") {
  DualVariable dual(2, {.learning_rate = 0.1});
  CHECK(std::abs(dual.value() - 2) < 1e-15);
  dual.descend(5);  // Adam's first step is the learning rate, whatever the gradient
  CHECK(std::abs(std::log(dual.value()) - (std::log(2.0) - 0.1)) < 1e-8);
  dual.descend(-50);
  CHECK(std::log(dual.value()) > std::log(2.0) - 0.1);
}

TEST_CASE("A dual variable stays inside its bounds, and leaves them as soon as it is pulled back", "[dual_variable]") {
  DualVariable dual(1, {.learning_rate = 1, .beta1 = 0, .beta2 = 0}, -0.5, 0.25);
  for (int i = 0; i < 5; ++i) dual.descend(-1);
  CHECK(dual.value() == std::exp(0.25));
  dual.descend(1);
  CHECK(dual.value() == std::exp(-0.5));
}

TEST_CASE("A dual variable does not move by what is not finite", "[dual_variable]") {
  DualVariable dual(3, {});
  const double before = dual.value();
  dual.descend(std::numeric_limits<double>::quiet_NaN());
  dual.descend(std::numeric_limits<double>::infinity());
  dual.descend(1e200);  // nor by a gradient that Adam cannot square
  CHECK(dual.value() == before);
}

}  // namespace dual_variable_test
