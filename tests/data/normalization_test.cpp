#include "holdfast/data/normalization.hpp"

#include <cmath>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/core/random.hpp"

namespace normalization_test {

using namespace holdfast;

TEST_CASE("normalization takes the mean and the population's standard deviation") {
  Matrix<double> observations(2, 4);
  observations << 1, 1, 3, 3, 5, 5, 5, 5;
  const auto normalization = Normalization<double>::fit(observations, 0.5);
  // Feature 0: mean 2, all deviations 1, so the population's std is 1 (the sample's would be 1.155). Feature 1: 5, 0.
  CHECK((normalization.mean - Vector<double>{{2, 5}}).norm() < 1e-15);
  CHECK((normalization.scale - Vector<double>{{1.5, 0.5}}).norm() < 1e-15);
  normalization.apply(observations);
  CHECK((observations.row(0) - Eigen::RowVector4d(-1, -1, 1, 1) / 1.5).norm() < 1e-15);
  CHECK(observations.row(1).isZero(0));
}

TEST_CASE("a fit in float does not lose a small deviation beside a large mean") {
  // 1000 ± 1/8 is exact in float, but its square is not: mean square minus squared mean would be off by about 0.06.
  Matrix<float> observations(1, 100000);
  for (Index i = 0; i < observations.cols(); ++i) observations(0, i) = i % 2 == 0 ? 1000.125F : 999.875F;
  const auto normalization = Normalization<float>::fit(observations);
  CHECK(normalization.mean(0) == 1000.0F);
  CHECK(std::abs(normalization.scale(0) - (0.125F + 1e-3F)) < 1e-7F);
}

TEST_CASE("inverting a normalization gives back the observations") {
  Generator generator(3);
  Matrix<double> original(5, 40);
  generator.fill_normal(original);
  original.array() = 10 * original.array() + 3;
  const auto normalization = Normalization<double>::fit(original);
  Matrix<double> observations = original;
  normalization.apply(observations);
  CHECK(observations.rowwise().mean().norm() < 1e-12);
  CHECK(observations.norm() < original.norm() / 2);
  normalization.invert(observations);
  CHECK((observations - original).cwiseAbs().maxCoeff() < 1e-12);

  Vector<double> one = original.col(7);
  normalization.apply(one);
  normalization.apply(observations.middleCols(7, 2));
  CHECK((one - observations.col(7)).norm() < 1e-12);
}

TEST_CASE("the identity changes nothing") {
  Matrix<float> observations = Matrix<float>::Constant(3, 2, 0.3F);
  const auto identity = Normalization<float>::identity(3);
  CHECK(identity.size() == 3);
  identity.apply(observations);
  CHECK(observations == Matrix<float>::Constant(3, 2, 0.3F));
}

TEST_CASE("normalizing a dataset normalizes both its observations alike") {
  auto data = fixture::chain<float>({0, 0, 0}, {0, 0, 0});
  Normalization<float>::fit(data.observations).normalize(data);
  CHECK(data.observations.rowwise().mean().norm() < 1e-6F);
  CHECK(data.next_observations.leftCols(2) == data.observations.rightCols(2));
}

TEST_CASE("normalization rejects what does not fit") {
  const auto normalization = Normalization<float>::identity(3);
  Matrix<float> observations(2, 4);
  CHECK_THROWS_WITH(normalization.apply(observations), Contains("expected 3") && Contains("found 2"));
  CHECK_THROWS_WITH(normalization.invert(observations), Contains("expected 3") && Contains("found 2"));
  CHECK_THROWS_AS(Normalization<float>::fit(Matrix<float>(2, 0)), DataError);
  CHECK_THROWS_AS(Normalization<float>::fit(observations, 0), ConfigError);
}

TEST_CASE("a dataset of finite actions is normalized as any other") {
  auto data = fixture::finite_chain<double>({0, 0, 1}, {0, 0, 0});
  auto expected = fixture::chain<double>({0, 0, 1}, {0, 0, 0});
  const auto normalization = Normalization<double>::fit(data.observations);
  normalization.normalize(data);
  normalization.normalize(expected);
  CHECK(data.observations == expected.observations);
  CHECK(data.next_observations == expected.next_observations);
}

}  // namespace normalization_test
