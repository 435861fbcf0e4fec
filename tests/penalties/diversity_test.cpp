#include "holdfast/penalties/diversity.hpp"

#include <cmath>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "holdfast/penalties/concepts.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "support/figures.hpp"
#include "support/finite_difference.hpp"
#include "support/quadratic_q.hpp"
#include "support/random_data.hpp"
#include "support/recording_critics.hpp"

namespace diversity_test {

using namespace holdfast;
using namespace holdfast::testing;

static_assert(check_critic_penalty<Diversity, Deterministic<double>, Ensemble<MlpQ<double>>>());

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

template <class Network>
std::vector<Network> drawn(const MlpConfig& config, Index count, Generator& generator) {
  std::vector<Network> networks;
  for (Index i = 0; i < count; ++i) {
    if constexpr (requires { Network(config, sizes, generator); })
      networks.emplace_back(config, sizes, generator);
    else
      networks.emplace_back(sizes, generator);
    generator.fill_normal(networks.back().parameters());
  }
  return networks;
}

// Critics, and the penalty on their gradients at a batch.
template <class Network>
struct Parts {
  using P = Deterministic<double>;
  using C = RecordingEnsemble<Network>;
  Generator generator;
  P policy{{.network = {.hidden = {}}}, sizes, generator};
  C critics;
  Batch<double, Matrix<double>> batch = random_batch<double, Matrix<double>>(sizes, 5, generator);

  Parts(Index count, const MlpConfig& config, std::uint64_t seed)
      : generator(seed), critics(drawn<Network>(config, count, generator)) {}

  double penalty(const Diversity& config) {
    Diversity::State<P, C> state(config, policy, critics, sizes, generator);
    return add(state);
  }
  double add(Diversity::State<P, C>& state) {
    Context<P, C> context{batch, policy, critics, generator, 0, 1};
    typename C::Tape tape;
    const Matrix<double> q = critics.values(Net::online, batch.observations, batch.actions, tape);
    Matrix<double> adjoint = Matrix<double>::Constant(q.rows(), q.cols(), 1);
    state.prepare(context);
    const double loss = state.add(context, q, tape, adjoint);
    CHECK((adjoint.array() == 1).all());  // the penalty does not depend on the values
    return loss;
  }

  // Returns the mean over the batch and the pairs of critics of the cosine of their action gradients, 0 for one
  // that is 0.
  double cosine() {
    const Index count = critics.size();
    double sum = 0;
    typename C::Tape tape;
    critics.values(Net::online, batch.observations, batch.actions, tape);
    const std::vector<Matrix<double>>& each = critics.action_gradients(batch.observations, batch.actions, tape);
    for (Index b = 0; b < batch.size(); ++b)
      for (std::size_t i = 0; i < each.size(); ++i)
        for (std::size_t j = 0; j < each.size(); ++j) {
          const double lengths = each[i].col(b).norm() * each[j].col(b).norm();
          if (i != j && lengths > 0) sum += each[i].col(b).dot(each[j].col(b)) / lengths;
        }
    return sum / static_cast<double>(count * (count - 1) * batch.size());
  }
};

}  // namespace

TEMPLATE_TEST_CASE("The penalty is η N times the mean cosine of the critics' action gradients", "[diversity]",
                   MlpQ<double>, QuadraticQ) {
  for (const Index count : {2, 3, 7}) {
    Parts<TestType> parts(count, {.hidden = {6, 5}}, 1);
    const double cosine = parts.cosine();
    CHECK(std::abs(cosine) > 1e-3);
    Diversity::State<Deterministic<double>, RecordingEnsemble<TestType>> state({.eta = 1.5}, parts.policy,
                                                                               parts.critics, sizes, parts.generator);
    CHECK(std::abs(parts.add(state) - 1.5 * static_cast<double>(count) * cosine) < 1e-8);
    CHECK(std::abs(figure(state, "gradient_cosine") - cosine) < 1e-8);
  }
}

TEST_CASE("The penalty's gradient is its derivative by every weight", "[diversity]") {
  std::uint64_t seed = 10;
  for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh})
    for (const std::vector<Index>& hidden : {std::vector<Index>{}, {6}, {6, 5}, {4, 5, 3}})
      for (const Index count : {2, 4}) {
        CAPTURE(static_cast<int>(activation), hidden.size(), count);
        Parts<MlpQ<double>> parts(count, {.hidden = hidden, .activation = activation}, ++seed);
        const Diversity config{.eta = 0.7};
        parts.penalty(config);
        const std::vector<Vector<double>> found = parts.critics.gradients;
        for (Index i = 0; i < count; ++i) {
          const Vector<double> numeric = numeric_gradient(parts.critics.member(Net::online, i).parameters(),
                                                          [&] { return parts.penalty(config); });
          CHECK(numeric.norm() > 1e-3);
          CHECK(difference(found[static_cast<std::size_t>(i)], numeric) < 1e-7);
        }
      }
}

TEST_CASE("The gradient of a penalty on critics of one's own is its derivative too", "[diversity]") {
  Parts<QuadraticQ> parts(3, {}, 3);
  parts.penalty({});
  const std::vector<Vector<double>> found = parts.critics.gradients;
  for (Index i = 0; i < 3; ++i)
    CHECK(difference(found[static_cast<std::size_t>(i)],
                     numeric_gradient(parts.critics.member(Net::online, i).parameters(),
                                      [&] { return parts.penalty({}); })) < 1e-7);
}

// Q_i(s, a) = −½ ‖a − c_i‖² has the action gradient c_i − a: at a = 0 the penalty is that of the centers.
TEST_CASE("On quadratic critics the penalty is that of the directions of their maxima", "[diversity]") {
  Parts<QuadraticQ> parts(3, {}, 4);
  const Matrix<double> centers{{2, 0, -3}, {0, 5, 3}};
  for (Index i = 0; i < 3; ++i) {
    Eigen::Map<Matrix<double>> form(parts.critics.member(Net::online, i).parameters().data(), 6, 6);
    form.setZero();
    form.bottomRightCorner(2, 2) = -0.5 * Matrix<double>::Identity(2, 2);
    form.row(0).tail(2) = centers.col(i).transpose();
  }
  parts.batch.actions.setZero();
  // The cosines are 0, −1/√2 and 1/√2, each counted twice.
  CHECK(std::abs(parts.penalty({.eta = 4})) < 1e-8);
  parts.batch.actions.row(0).setConstant(1);  // gradients (1, 0), (−1, 5), (−4, 3)
  const double expected = 4.0 / 2 * 2 * (-1 / std::sqrt(26) - 4 / 5.0 + 19 / (5 * std::sqrt(26)));
  CHECK(std::abs(parts.penalty({.eta = 4}) - expected) < 1e-8);
}

// With unit gradients g_i, the increments k wᵀg_i of the critics along a direction w have the variance k² wᵀ Var(g) w.
// Summed over orthogonal directions it is k² (1 − ‖mean g‖²) = k² (N − 1)/N (1 − cosine): the smaller the cosine, the
// more the critics disagree a step k away from the data.
TEST_CASE("A smaller cosine is a larger disagreement of the critics away from the data", "[diversity]") {
  Parts<QuadraticQ> parts(4, {}, 5);
  Generator generator(6);
  Matrix<double> slopes = normal_matrix(2, 4, generator);
  slopes.colwise().normalize();
  for (Index i = 0; i < 4; ++i) {
    Eigen::Map<Matrix<double>> form(parts.critics.member(Net::online, i).parameters().data(), 6, 6);
    form.setZero();
    form(0, 0) = 3;  // all critics agree at the data's action, 0
    form.row(0).tail(2) = slopes.col(i).transpose();
  }
  parts.batch.actions.setZero();
  constexpr double step = 0.3;
  double variance = 0;
  for (Index axis = 0; axis < 2; ++axis) {
    Matrix<double> actions = parts.batch.actions;
    actions.row(axis).setConstant(step);
    RecordingEnsemble<QuadraticQ>::Tape tape;
    const Vector<double> q = parts.critics.values(Net::online, parts.batch.observations, actions, tape).col(0);
    variance += (q.array() - q.mean()).square().mean();
  }
  CHECK(std::abs(variance - step * step * 3.0 / 4 * (1 - parts.cosine())) < 1e-12);
}

// The sum over pairs is at least −N, where the unit gradients sum to 0: a mean cosine of −1/(N − 1).
TEST_CASE("Descent on the penalty turns the critics' gradients apart to the smallest possible cosine", "[diversity]") {
  for (const Index count : {2, 3}) {
    Parts<QuadraticQ> parts(count, {}, 11);
    // For one transition each step is perpendicular to the gradients: they turn and do not pass through 0.
    parts.batch = random_batch<double, Matrix<double>>(sizes, 1, parts.generator);
    const double start = parts.cosine();
    double before = start;
    for (int step = 0; step < 4000; ++step) {
      parts.critics.gradients.clear();
      parts.penalty({});
      for (Index i = 0; i < count; ++i)
        parts.critics.member(Net::online, i).parameters() -=
            0.01 * parts.critics.gradients[static_cast<std::size_t>(i)];
      const double after = parts.cosine();
      REQUIRE(after < before + 1e-12);
      before = after;
    }
    CHECK(start > 0.1 - 1 / static_cast<double>(count - 1));
    CHECK(before < 0.01 - 1 / static_cast<double>(count - 1));
  }
}

TEST_CASE("Without a weight the penalty only reports", "[diversity]") {
  Parts<MlpQ<double>> parts(2, {.hidden = {6}}, 8);
  Diversity::State<Deterministic<double>, RecordingCritics> state({.eta = 0}, parts.policy, parts.critics, sizes,
                                                                  parts.generator);
  CHECK(parts.add(state) == 0);
  CHECK(parts.critics.gradients.empty());
  CHECK(std::abs(figure(state, "gradient_cosine") - parts.cosine()) < 1e-8);
}

TEST_CASE("A critic without a slope has no direction and takes no step", "[diversity]") {
  Parts<MlpQ<double>> parts(2, {.hidden = {6}}, 9);
  parts.critics.member(Net::online, 0).parameters().setZero();
  CHECK(parts.penalty({}) == 0);
  CHECK((parts.critics.gradients[0].array() == 0).all());
  CHECK(parts.critics.gradients[1].allFinite());
}

TEST_CASE("The penalty refuses what it cannot differentiate, by name", "[diversity]") {
  CHECK_THROWS_WITH(Parts<MlpQ<double>>(1, {.hidden = {6}}, 1).penalty({}),
                    Contains("critics.size must be at least 2") && Contains("but is 1"));
  CHECK_THROWS_WITH(
      Parts<MlpQ<double>>(2, {.hidden = {6}, .normalization = LayerNormalization::after_activation}, 1).penalty({}),
      Contains("critics.network.normalization must be none, but is \"after_activation\""));
}

}  // namespace diversity_test
