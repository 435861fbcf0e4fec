#include "holdfast/bellman/critic_loss.hpp"

#include "catch.hpp"
#include "support/finite_difference.hpp"
#include "support/random_data.hpp"

namespace critic_loss_test {

using namespace holdfast;
using namespace holdfast::testing;

TEST_CASE("The Bellman error is the sum over critics of their batch means", "[critic_loss]") {
  Matrix<double> q(2, 2);
  q << 1, 4,  //
      2.5, 0;
  Row<double> target(2);
  target << 1, 2;
  Matrix<double> adjoint;
  // Errors 0, 2; 1.5, −2.
  CHECK(bellman_error(CriticLoss::squared, q, target, adjoint) == (4 + 2.25 + 4) / 2);
  CHECK((adjoint.array() == (Eigen::Array22d() << 0, 2, 1.5, -2).finished()).all());
  CHECK(bellman_error(CriticLoss::huber, q, target, adjoint) == (1.5 + 1 + 1.5) / 2);
  CHECK((adjoint.array() == (Eigen::Array22d() << 0, 0.5, 0.5, -0.5).finished()).all());
  // Within ±1 it is half the square: ½ · ¼.
  CHECK(bellman_error(CriticLoss::huber, Matrix<double>(Matrix<double>::Constant(1, 1, 0.5)),
                      Row<double>(Row<double>::Zero(1)), adjoint) == 0.125);
}

TEST_CASE("The Bellman error's adjoint is its gradient", "[critic_loss]") {
  Generator generator(1);
  for (const CriticLoss loss : {CriticLoss::squared, CriticLoss::huber})
    for (Index members = 1; members <= 3; ++members) {
      Matrix<double> q = 2 * normal_matrix(members, 8, generator);
      const Row<double> target = normal_row(8, generator);
      Matrix<double> adjoint;
      bellman_error(loss, q, target, adjoint);
      Matrix<double> unused;
      CHECK(difference(adjoint, numeric_gradient(q, [&] { return bellman_error(loss, q, target, unused); })) < 1e-8);
    }
}

}  // namespace critic_loss_test
