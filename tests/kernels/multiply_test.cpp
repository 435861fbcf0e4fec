/// \file
/// Tests the products of every instruction set against Eigen's, over shapes, strides, starts and ends.
#include "holdfast/kernels/multiply.hpp"

#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "support/each_instruction_set.hpp"

namespace multiply_test {

using namespace holdfast;
using namespace holdfast::testing;
using kernels::End;
using kernels::Product;
using kernels::Start;

namespace {

template <class Scalar>
Matrix<Scalar> random_matrix(Index rows, Index columns, Generator& generator) {
  Matrix<Scalar> matrix(rows, columns);
  generator.fill_normal(matrix);
  return matrix;
}

// A product of random matrices with random strides; the left one, too, may lie transposed in memory.
template <class Scalar>
struct Case {
  Case(Index rows, Index columns, Index depth, bool across, Start start, End end, Generator& generator)
      : left_transposed(generator.index(2) == 1),
        left(left_transposed ? random_matrix<Scalar>(depth + generator.index(3), rows, generator)
                             : random_matrix<Scalar>(rows + generator.index(3), depth, generator)),
        right(across ? random_matrix<Scalar>(columns + generator.index(3), depth, generator)
                     : random_matrix<Scalar>(depth + generator.index(3), columns, generator)),
        out(random_matrix<Scalar>(rows + generator.index(3), columns, generator)),
        mask(random_matrix<Scalar>(rows + generator.index(3), columns, generator)),
        bias(random_matrix<Scalar>(rows, 1, generator)),
        product{.rows = rows,
                .columns = columns,
                .depth = depth,
                .left = left.data(),
                .left_row = left_transposed ? left.rows() : 1,
                .left_step = left_transposed ? 1 : left.rows(),
                .right = right.data(),
                .right_row = across ? right.rows() : 1,
                .right_column = across ? 1 : right.rows(),
                .out_column = out.rows(),
                .start = start,
                .bias = bias.data(),
                .end = end,
                .mask = mask.data(),
                .mask_column = mask.rows()},
        transposed(across) {}

  // The result by the definition, in double.
  [[nodiscard]] Matrix<double> expected() const {
    const auto [rows, columns, depth] = std::tuple(product.rows, product.columns, product.depth);
    Matrix<double> sum = (left_transposed ? Matrix<double>(left.topRows(depth).transpose().template cast<double>())
                                          : Matrix<double>(left.topRows(rows).template cast<double>())) *
                         (transposed ? Matrix<double>(right.topRows(columns).transpose().template cast<double>())
                                     : Matrix<double>(right.topRows(depth).template cast<double>()));
    if (product.start == Start::bias) sum.colwise() += bias.col(0).template cast<double>();
    if (product.start == Start::output) sum += out.topRows(rows).template cast<double>();
    const auto y = mask.topRows(rows).template cast<double>().array();
    if (product.end == End::relu) return sum.cwiseMax(0.0);
    if (product.end == End::relu_mask) return (y > 0).select(sum, 0);
    if (product.end == End::tanh_mask) return sum.array() * (1 - y.square());
    return sum;
  }

  // The result of the kernel in use, with the rows below that it must leave alone.
  [[nodiscard]] Matrix<Scalar> computed() const {
    Matrix<Scalar> result = out;
    Product<Scalar> task = product;
    task.out = result.data();
    kernels::multiply(task);
    CHECK(result.bottomRows(result.rows() - product.rows) == out.bottomRows(out.rows() - product.rows));
    return result.topRows(product.rows);
  }

  bool left_transposed;
  Matrix<Scalar> left, right, out, mask, bias;
  Product<Scalar> product;
  bool transposed;
};

}  // namespace

TEMPLATE_TEST_CASE("Every instruction set computes every shape, start and end", "[kernels]", float, double) {
  EachInstructionSet each;
  Generator generator(1);
  const double tolerance = 40 * std::numeric_limits<TestType>::epsilon();
  for (const InstructionSet set : each.sets) {
    use_product_instructions(set);
    for (int i = 0; i < 400; ++i) {
      const auto size = [&](Index most) { return 1 + generator.index(i % 4 == 0 ? 5 : most); };
      const Index rows = size(150);
      const Index columns = size(40);
      const Index depth = i % 50 == 0 ? 1200 : generator.index(70);
      const Case<TestType> one(rows, columns, depth, i % 2 == 0, static_cast<Start>(generator.index(3)),
                               static_cast<End>(generator.index(4)), generator);
      INFO(name_of(set) << ": " << rows << "x" << columns << ", depth " << depth << ", start "
                        << static_cast<int>(one.product.start) << ", end " << static_cast<int>(one.product.end));
      const Matrix<double> expected = one.expected();
      const double error = (one.computed().template cast<double>() - expected).cwiseAbs().maxCoeff();
      REQUIRE(error <= tolerance * (1 + std::sqrt(static_cast<double>(depth))) * (1 + expected.cwiseAbs().maxCoeff()));
    }
  }
}

TEMPLATE_TEST_CASE("Sets with fused multiply-adds give the same bits", "[kernels]", float, double) {
  EachInstructionSet each;
  if (!has_instructions(InstructionSet::avx512)) return;  // nothing to compare
  Generator generator(2);
  for (int i = 0; i < 200; ++i) {
    const bool row = i % 3 == 0;  // one row, as of an output layer of a Q-network
    const Case<TestType> one(row ? 1 : 1 + generator.index(90), 1 + generator.index(30), 1 + generator.index(200),
                             !row && i % 2 == 0, static_cast<Start>(generator.index(3)),
                             row ? End::none : static_cast<End>(generator.index(4)), generator);
    use_product_instructions(InstructionSet::avx512);
    const Matrix<TestType> wide = one.computed();
    use_product_instructions(InstructionSet::avx2);
    CHECK(one.computed() == wide);
  }
}

// Threads share a product by columns and rows: each entry must not depend on which others are computed with it.
TEMPLATE_TEST_CASE("An entry has the same bits in a product of any of the columns and rows", "[kernels]", float,
                   double) {
  EachInstructionSet each;
  Generator generator(3);
  for (const InstructionSet set : each.sets) {
    if (set == InstructionSet::eigen) continue;  // its order of sums depends on the shape
    use_product_instructions(set);
    for (int i = 0; i < 150; ++i) {
      const bool row = i % 3 == 0;
      const Case<TestType> whole(row ? 1 : 1 + generator.index(150), 1 + generator.index(40), 1 + generator.index(90),
                                 !row && i % 2 == 0, static_cast<Start>(generator.index(3)),
                                 row ? End::none : static_cast<End>(generator.index(4)), generator);
      const Index first = generator.index(whole.product.columns);
      const Index top = whole.product.rows > 64 ? 64 : 0;
      const Matrix<TestType> result = whole.computed();
      Matrix<TestType> part = whole.out;
      Product<TestType> task = whole.product;
      task.rows -= top;
      task.left += top * task.left_row;
      task.bias += top;
      task.columns -= first;
      task.right += first * task.right_column;
      task.out = part.data() + first * task.out_column + top;
      task.mask += first * task.mask_column + top;
      kernels::multiply(task);
      INFO(name_of(set) << ": " << whole.product.rows << "x" << whole.product.columns << " from row " << top
                        << " and column " << first);
      CHECK(part.block(top, first, task.rows, task.columns) == result.block(top, first, task.rows, task.columns));
    }
  }
}

TEST_CASE("A number that is none is not lost in a product or its ReLU", "[kernels]") {
  EachInstructionSet each;
  for (const InstructionSet set : each.sets) {
    use_product_instructions(set);
    for (const Index rows : {1, 8, 40})
      for (const End end : {End::none, End::relu}) {
        Matrix<float> left = Matrix<float>::Ones(rows, 20);
        left(rows - 1, 7) = std::numeric_limits<float>::quiet_NaN();
        const Matrix<float> right = Matrix<float>::Ones(20, 3);
        Matrix<float> out(rows, 3);
        kernels::multiply<float>({.rows = rows,
                                  .columns = 3,
                                  .depth = 20,
                                  .left = left.data(),
                                  .left_step = rows,
                                  .right = right.data(),
                                  .right_row = 1,
                                  .right_column = 20,
                                  .out = out.data(),
                                  .out_column = rows,
                                  .end = end});
        INFO(name_of(set) << ", " << rows << " rows");
        CHECK(out.bottomRows(1).array().isNaN().all());
        CHECK(!out.topRows(rows - 1).array().isNaN().any());
      }
  }
}

TEST_CASE("The operations of products are counted for each thread", "[kernels]") {
  Generator generator(4);
  const Case<float> one(7, 5, 3, false, Start::zero, End::none, generator);
  const auto before = kernels::operations();
  static_cast<void>(one.computed());
  CHECK(kernels::operations() - before == 2 * 7 * 5 * 3);
  std::uint64_t elsewhere = 1;
  std::thread([&] { elsewhere = kernels::operations(); }).join();
  CHECK(elsewhere == 0);
}

TEST_CASE("Instructions are chosen by name, and only those that the processor has", "[kernels]") {
  CHECK(has_instructions(InstructionSet::eigen));
  CHECK(has_instructions(InstructionSet::baseline));
  CHECK_THROWS_WITH(detail::checked_instructions("avx3"),
                    Contains("HOLDFAST_PRODUCTS must be one of eigen, baseline, avx2, avx512, but is \"avx3\""));
  CHECK(detail::checked_instructions("eigen") == InstructionSet::eigen);
}

}  // namespace multiply_test
