#include "holdfast/environments/tabular/policies.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>

#include "catch.hpp"

namespace policies_test {

using namespace holdfast;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Returns a process with two states and three actions that all end; in state 1 the first action is not available.
TabularMdp ending() {
  TabularMdp mdp = TabularMdp::zeros(2, 3);
  mdp.terminations.setOnes();
  mdp.available(0, 1) = false;
  mdp.initial << 1, 0;
  return mdp;
}

Matrix<double> matrix(std::initializer_list<double> first, std::initializer_list<double> second) {
  Matrix<double> out(3, 2);
  std::copy(first.begin(), first.end(), out.col(0).begin());
  std::copy(second.begin(), second.end(), out.col(1).begin());
  return out;
}

}  // namespace

TEST_CASE("The uniform policy leaves out what is not available", "[policies]") {
  CHECK(uniform_policy(ending()).isApprox(matrix({1.0 / 3, 1.0 / 3, 1.0 / 3}, {0, 0.5, 0.5})));
  CHECK_NOTHROW(validate_policy(ending(), uniform_policy(ending())));
}

TEST_CASE("A greedy policy takes the first of equals that are available", "[policies]") {
  const TabularMdp mdp = ending();
  CHECK(greedy_policy(mdp, matrix({1, 2, 2}, {9, 3, 3})) == matrix({0, 1, 0}, {0, 1, 0}));
  CHECK(greedy_policy(mdp, matrix({-3, -2, -1}, {not_a_number, -4, -3})) == matrix({0, 0, 1}, {0, 0, 1}));
  CHECK(greedy_policy(mdp, matrix({1.9, 1, 2}, {9, 3, 2}), 0.2) == matrix({1, 0, 0}, {0, 1, 0}));
}

TEST_CASE("A softmax policy is that of the exponentials, with a prior or without", "[policies]") {
  const TabularMdp mdp = ending();
  const Matrix<double> q =
      matrix({0, 2 * std::log(2.0), 2 * std::log(5.0)}, {not_a_number, 1000, 1000 - 2 * std::log(3.0)});
  CHECK(softmax_policy(mdp, q, 2).isApprox(matrix({0.125, 0.25, 0.625}, {0, 0.75, 0.25}), 1e-13));
  // 0.5 · 1 : 0.25 · 2 : 0.25 · 5 and 0.25 · 3 : 0.75 · 1.
  const Matrix<double> prior = matrix({0.5, 0.25, 0.25}, {0, 0.25, 0.75});
  CHECK(softmax_policy(mdp, q, 2, prior).isApprox(matrix({2.0 / 9, 2.0 / 9, 5.0 / 9}, {0, 0.5, 0.5}), 1e-13));
  // The values of actions that the prior never takes are not read.
  const Matrix<double> narrow = matrix({0, 0, 1}, {0, 1, 0});
  CHECK(softmax_policy(mdp, matrix({not_a_number, -1, 1}, {0, 1, not_a_number}), 2, narrow) == narrow);
}

TEST_CASE("Policies that are none are refused by state and action", "[policies]") {
  const TabularMdp mdp = ending();
  const auto refused = [&](const Matrix<double>& policy) {
    try {
      validate_policy(mdp, policy, "target");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(refused(Matrix<double>::Zero(2, 3)),
             Contains("target") && Contains("3 actions × 2 states") && Contains("2×3"));
  CHECK_THAT(refused(matrix({0.5, 0.5, 0.5}, {0, 1, 0})), Contains("target: state 0:") && Contains("sum to 1.5"));
  CHECK_THAT(refused(matrix({1, 0, 0}, {0, 1.5, -0.5})), Contains("state 1, action 2") && Contains("-0.5"));
  CHECK_THAT(refused(matrix({1, 0, 0}, {0.5, 0.5, 0})), Contains("state 1, action 0") && Contains("not available"));
  CHECK_THAT(refused(matrix({1, 0, not_a_number}, {0, 1, 0})), Contains("state 0, action 2") && Contains("nan"));
}

TEST_CASE("What no policy can be made of is refused by name", "[policies]") {
  const TabularMdp mdp = ending();
  const Matrix<double> q = matrix({0, 1, 2}, {0, 1, 2});
  const Matrix<double> bad = matrix({0, 1, 2}, {0, 1, not_a_number});
  CHECK_THROWS_WITH(greedy_policy(mdp, bad), Contains("Q: state 1, action 2") && Contains("nan"));
  CHECK_THROWS_WITH(softmax_policy(mdp, bad, 1), Contains("Q: state 1, action 2"));
  CHECK_THROWS_WITH(greedy_policy(mdp, Matrix<double>::Zero(3, 3)), Contains("Q") && Contains("3×3"));
  CHECK_THROWS_WITH(greedy_policy(mdp, q, -1), Contains("tolerance"));
  CHECK_THROWS_WITH(softmax_policy(mdp, q, 0), Contains("temperature") && Contains("0"));
  CHECK_THROWS_WITH(softmax_policy(mdp, q, 1, Matrix<double>::Zero(3, 2)), Contains("prior: state 0"));
}

}  // namespace policies_test
