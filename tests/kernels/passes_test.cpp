/// \file
/// Tests the passes over flat parameters of every instruction set against their formulas.
#include "holdfast/kernels/passes.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "support/each_instruction_set.hpp"

namespace passes_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

template <class Scalar>
Vector<Scalar> random_vector(Index size, std::uint64_t seed) {
  Generator generator(seed);
  Vector<Scalar> numbers(size);
  generator.fill_normal(numbers);
  return numbers;
}

// Parameters, gradient and moments, and one step of Adam with them.
template <class Scalar>
struct Step {
  explicit Step(Index size)
      : parameters(random_vector<Scalar>(size, 1)),
        gradient(random_vector<Scalar>(size, 2)),
        first(random_vector<Scalar>(size, 3)),
        second(random_vector<Scalar>(size, 4).cwiseAbs()) {}

  void take() {
    kernels::adam<Scalar>({.parameters = parameters.data(),
                           .gradient = gradient.data(),
                           .first_moment = first.data(),
                           .second_moment = second.data(),
                           .beta1 = Scalar(0.9),
                           .weight1 = Scalar(0.1),
                           .beta2 = Scalar(0.99),
                           .weight2 = Scalar(0.01),
                           .shrink = Scalar(0.95),
                           .rate = Scalar(0.03),
                           .epsilon = Scalar(1e-8),
                           .consumed = gradient.data()},
                          parameters.size());
  }

  Vector<Scalar> parameters, gradient, first, second;
};

}  // namespace

TEMPLATE_TEST_CASE("Every instruction set takes Adam's step", "[kernels]", float, double) {
  EachInstructionSet each;
  for (const Index size : {0, 1, 7, 16, 33, 1000, 50000}) {
    const Step<TestType> start(size);
    const auto [theta, g, m, v] =
        std::tuple(start.parameters.template cast<double>().eval(), start.gradient.template cast<double>().eval(),
                   start.first.template cast<double>().eval(), start.second.template cast<double>().eval());
    const Vector<double> mean = 0.9 * m + 0.1 * g;
    const Vector<double> square = 0.99 * v + 0.01 * g.cwiseAbs2();
    const Vector<double> expected =
        (0.95 * theta.array() - 0.03 * mean.array() / (square.array().sqrt() + 1e-8)).matrix();
    for (const InstructionSet set : each.sets) {
      use_product_instructions(set);
      INFO(name_of(set) << ", " << size << " parameters");
      Step<TestType> step = start;
      step.take();
      const double tolerance = 50 * std::numeric_limits<TestType>::epsilon();
      const auto error = [](const Vector<double>& wanted, const Vector<TestType>& found) {
        return wanted.size() == 0 ? 0.0 : (wanted - found.template cast<double>()).cwiseAbs().maxCoeff();
      };
      CHECK(error(mean, step.first) < tolerance);
      CHECK(error(square, step.second) < tolerance);
      CHECK(error(expected, step.parameters) < 10 * tolerance);
      CHECK(step.gradient == Vector<TestType>::Zero(size));
    }
  }
}

TEMPLATE_TEST_CASE("Every instruction set moves targets and sums squares", "[kernels]", float, double) {
  EachInstructionSet each;
  for (const Index size : {0, 1, 31, 32, 1000, 40000}) {
    const auto target = random_vector<TestType>(size, 5);
    const auto online = random_vector<TestType>(size, 6);
    for (const InstructionSet set : each.sets) {
      use_product_instructions(set);
      INFO(name_of(set) << ", " << size << " numbers");
      Vector<TestType> moved = target;
      kernels::blend(moved.data(), online.data(), TestType(0.75), TestType(0.25), size);
      CHECK((moved - (TestType(0.75) * target + TestType(0.25) * online)).norm() <=
            4 * std::numeric_limits<TestType>::epsilon() * (1 + moved.norm()));
      const double squares = target.template cast<double>().squaredNorm();
      CHECK(std::abs(static_cast<double>(kernels::squared_norm(target.data(), size)) - squares) <=
            1000 * std::numeric_limits<TestType>::epsilon() * (1 + squares));
    }
  }
}

TEST_CASE("Passes have the same bits for every number of threads", "[kernels]") {
  const auto parameters = [](int threads) {
    set_threads(threads);
    Step<float> step(200000);
    step.take();
    step.parameters(0) = kernels::squared_norm(step.second.data(), step.second.size());
    kernels::blend(step.first.data(), step.second.data(), 0.9F, 0.1F, step.first.size());
    set_threads(1);
    return Vector<float>(step.parameters + step.first);
  };
  const Vector<float> alone = parameters(1);
  for (const int threads : {2, 3}) CHECK(parameters(threads) == alone);
}

TEMPLATE_TEST_CASE("Passes with fused multiply-adds have the same bits", "[kernels]", float, double) {
  EachInstructionSet each;
  if (!has_instructions(InstructionSet::avx512)) return;  // nothing to compare
  const auto results = [](InstructionSet set) {
    use_product_instructions(set);
    Step<TestType> step(1013);
    step.take();
    kernels::blend(step.first.data(), step.second.data(), TestType(0.9), TestType(0.1), step.first.size());
    const TestType squares = kernels::squared_norm(step.second.data(), step.second.size());
    return std::tuple(step.parameters, step.first, step.second, squares);
  };
  CHECK(results(InstructionSet::avx512) == results(InstructionSet::avx2));
}

TEST_CASE("A gradient that is not finite has no finite norm", "[kernels]") {
  EachInstructionSet each;
  for (const InstructionSet set : each.sets) {
    use_product_instructions(set);
    for (const Index at : {0, 40, 99}) {
      Vector<float> numbers = Vector<float>::Ones(100);
      numbers(at) = std::numeric_limits<float>::quiet_NaN();
      CHECK(std::isnan(kernels::squared_norm(numbers.data(), numbers.size())));
      numbers(at) = 1e30F;
      CHECK(std::isinf(kernels::squared_norm(numbers.data(), numbers.size())));
    }
  }
}

}  // namespace passes_test
