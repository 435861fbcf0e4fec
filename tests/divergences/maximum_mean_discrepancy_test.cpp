#include "holdfast/divergences/maximum_mean_discrepancy.hpp"

#include <cmath>

#include "catch.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace maximum_mean_discrepancy_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

using P = TanhGaussian<double>;
using C = NoCritics<double>;
using State = MaximumMeanDiscrepancy::State<P, C>;
constexpr Sizes sizes{.observation = 3, .action = 2};

double discrepancy(Kernel kernel, double width, const Matrix<double>& x, const Matrix<double>& y) {
  Matrix<double> unused = Matrix<double>::Zero(y.rows(), y.cols());
  return maximum_mean_discrepancy(kernel, width, x, y, 0.0, unused);
}

struct Parts {
  Generator generator{1, Stream::initialization};
  P policy{{.network = {.hidden = {5}, .activation = Activation::tanh}}, sizes, generator};
  C critics;
  Batch<double> batch = random_batch(sizes, 4, generator);
  Generator noise{2};
  Context<P, C> context{batch, policy, critics, noise, 0, 1};

  [[nodiscard]] static MaximumMeanDiscrepancy config(Kernel kernel) {
    return {.kernel = kernel, .width = 1.5, .behavior_samples = 3, .behavior = {.network = {.hidden = {6}}}};
  }
};

}  // namespace

TEST_CASE("The discrepancy of two points is what the reference computes by hand", "[mmd]") {
  // ‖x − y‖₁ = ‖x − y‖₂² = 1: √(2 − 2 e^(−1/(2σ)) + 10⁻⁶), for either kernel.
  const Matrix<double> x = Eigen::Vector2d(0.3, -1);
  const Matrix<double> y = Eigen::Vector2d(0.3, 0);
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian}) {
    CHECK(std::abs(discrepancy(kernel, 10, x, y) - 0.312317) < 1e-6);
    CHECK(std::abs(discrepancy(kernel, 20, x, y) - 0.222219) < 1e-6);
    CHECK(std::abs(discrepancy(kernel, 50, x, y) - 0.141072) < 1e-6);
  }
  // The kernels use different distances: ‖x − z‖₁ = 1.5 and ‖x − z‖₂² = 1.25.
  const Matrix<double> z = Eigen::Vector2d(1.3, -0.5);
  const auto exact = [](double distance) { return std::sqrt(2 - 2 * std::exp(-distance / 40) + 1e-6); };
  CHECK(std::abs(discrepancy(Kernel::laplacian, 20, x, z) - exact(1.5)) < 1e-14);
  CHECK(std::abs(discrepancy(Kernel::gaussian, 20, x, z) - exact(1.25)) < 1e-14);
}

TEST_CASE("Identical sets have a discrepancy of a thousandth, in any order", "[mmd]") {
  Generator generator(3);
  const Matrix<double> x = normal_matrix(3, 5, generator);
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian}) {
    CHECK(std::abs(discrepancy(kernel, 0.5, x, x) - 1e-3) < 1e-9);
    CHECK(std::abs(discrepancy(kernel, 0.5, x, x.rowwise().reverse()) - 1e-3) < 1e-9);
  }
}

TEST_CASE("The discrepancy of sets of different sizes is the mean over all pairs, and symmetric", "[mmd]") {
  Generator generator(4);
  const Matrix<double> x = normal_matrix(2, 2, generator);
  const Matrix<double> y = normal_matrix(2, 3, generator);
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian}) {
    const auto mean = [&](const Matrix<double>& a, const Matrix<double>& b) {
      double sum = 0;
      for (Index i = 0; i < a.cols(); ++i)
        for (Index j = 0; j < b.cols(); ++j) {
          const Vector<double> apart = a.col(i) - b.col(j);
          sum += std::exp(-(kernel == Kernel::laplacian ? apart.cwiseAbs().sum() : apart.squaredNorm()) / (2 * 0.7));
        }
      return sum / static_cast<double>(a.cols() * b.cols());
    };
    const double expected = std::sqrt(mean(x, x) + mean(y, y) - 2 * mean(x, y) + 1e-6);
    CHECK(std::abs(discrepancy(kernel, 0.7, x, y) - expected) < 1e-14);
    CHECK(std::abs(discrepancy(kernel, 0.7, y, x) - expected) < 1e-14);
  }
}

TEST_CASE("The discrepancy's gradient with respect to the second set is that of finite differences, and is added",
          "[mmd]") {
  Generator generator(5);
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian})
    for (const Index count : {1, 4}) {
      const Matrix<double> x = normal_matrix(2, 3, generator);
      Matrix<double> y = normal_matrix(2, count, generator);
      Matrix<double> gradient = Matrix<double>::Ones(2, count);
      maximum_mean_discrepancy(kernel, 0.8, x, y, 2.5, gradient);
      const Matrix<double> added = gradient.array() - 1;
      CHECK(added.norm() > 1e-2);
      CHECK(difference(added, numeric_gradient(y, [&] { return 2.5 * discrepancy(kernel, 0.8, x, y); })) < 1e-7);
    }
}

TEST_CASE("The gradient of identical sets is zero and finite", "[mmd]") {
  Generator generator(6);
  const Matrix<double> x = normal_matrix(2, 3, generator);
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian}) {
    Matrix<double> gradient = Matrix<double>::Zero(2, 3);
    maximum_mean_discrepancy(kernel, 0.8, x, x, 1.0, gradient);
    CHECK(gradient.cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("Each state's divergence is the discrepancy of its draws before the tanh from the behavior model's",
          "[mmd]") {
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian}) {
    Parts parts;
    State state(Parts::config(kernel), parts.policy, sizes, parts.generator);
    P::Tape tape;
    Proposal<double> proposal;
    parts.policy.propose(parts.batch.next_observations, 5, parts.noise, tape, proposal);
    Generator same = parts.noise;
    Row<double> out;
    state.values(parts.context, parts.batch.next_observations, proposal, out);
    REQUIRE(out.size() == 4);
    ConditionalVae<double> behavior = state.behavior();
    const Matrix<double> draws = behavior.sample(parts.batch.next_observations, 3, same);
    for (Index i = 0; i < 4; ++i)
      CHECK(std::abs(out(i) - discrepancy(kernel, 1.5, draws.middleCols(3 * i, 3),
                                          proposal.unsquashed.middleCols(5 * i, 5))) < 1e-14);
  }
}

TEST_CASE("The divergence's gradient with respect to the draws is that of finite differences, and is added", "[mmd]") {
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian}) {
    Parts parts;
    State state(Parts::config(kernel), parts.policy, sizes, parts.generator);
    P::Tape tape;
    Proposal<double> proposal;
    parts.policy.propose(parts.batch.observations, 2, parts.noise, tape, proposal);
    const Row<double> adjoint = normal_row(4, parts.generator);
    const auto loss = [&] {
      Generator same(7);
      Context<P, C> context{parts.batch, parts.policy, parts.critics, same, 0, 1};
      Row<double> out;
      state.values(context, parts.batch.observations, proposal, out);
      return (adjoint * out).sum();
    };
    loss();
    Proposal<double> out;
    out.unsquashed.setOnes(2, 8);
    state.backward(proposal, adjoint, out);
    const Matrix<double> added = out.unsquashed.array() - 1;
    CHECK(added.norm() > 1e-2);
    CHECK(difference(added, numeric_gradient(proposal.unsquashed, loss)) < 1e-7);
  }
}

TEST_CASE("The behavior model is fitted to the batch, a step for each update", "[mmd]") {
  Parts parts;
  State state(Parts::config(Kernel::laplacian), parts.policy, sizes, parts.generator);
  Trained<ConditionalVae<double>> same(state.behavior(), Parts::config(Kernel::laplacian).behavior.optimizer, "same");
  Generator noise = parts.noise;
  state.prepare(parts.context);
  const double loss = same.network().loss(parts.batch.observations, parts.batch.actions, noise, same.gradient());
  same.step();
  CHECK(figure(state, "behavior_loss") == loss);
  CHECK(state.behavior().parameters() == same.network().parameters());
  CHECK(state.optimizer().steps() == 1);
}

TEST_CASE("The discrepancy refuses hyper-parameters out of range, by name", "[mmd]") {
  CHECK_NOTHROW(check_fields(MaximumMeanDiscrepancy{}));
  CHECK_THROWS_WITH(check_fields(MaximumMeanDiscrepancy{.width = 0}), Contains("width must be positive, but is 0"));
  CHECK_THROWS_WITH(check_fields(MaximumMeanDiscrepancy{.behavior_samples = 0}),
                    Contains("behavior_samples must be at least 1"));
  CHECK_THROWS_WITH(check_fields(MaximumMeanDiscrepancy{.behavior = {.kl_weight = -1}}),
                    Contains("behavior.kl_weight must be at least 0"));
}

TEST_CASE("In float the discrepancy of near sets keeps its digits", "[divergences]") {
  Generator generator(31);
  for (const Kernel kernel : {Kernel::laplacian, Kernel::gaussian})
    for (const Index count : {4, 5, 11, 12, 13}) {
      const Matrix<double> x = normal_matrix(3, count, generator);
      const Matrix<double> y = x + 0.007 * normal_matrix(3, count, generator);
      Matrix<double> exact_gradient = Matrix<double>::Zero(3, count);
      Matrix<float> gradient = Matrix<float>::Zero(3, count);
      const Matrix<float> near_x = x.cast<float>();
      const Matrix<float> near_y = y.cast<float>();
      const float same = maximum_mean_discrepancy(kernel, 20, near_x, near_x, 1.0F, gradient);
      CHECK(std::abs(same / 1e-3F - 1) < 1e-3F);
      gradient.setZero();
      const double exact = maximum_mean_discrepancy(kernel, 20, near_x.cast<double>().eval(),
                                                    near_y.cast<double>().eval(), 1.0, exact_gradient);
      const auto found = static_cast<double>(maximum_mean_discrepancy(kernel, 20, near_x, near_y, 1.0F, gradient));
      CHECK(std::abs(found / exact - 1) < 1e-3);
    }
}

}  // namespace maximum_mean_discrepancy_test
