/// \file
/// Your own Q-network: a quadratic function of state and action, used by SAC in place of an MLP.

#include <cstdio>
#include <optional>

#include "holdfast/holdfast.hpp"

using namespace holdfast;

/// Q(s, a) = xᵀ M x with x = [1; s; a]. The parameters are the entries of M. There may be K actions per state.
class MyQ {
 public:
  using Scalar = float;
  using Actions = Matrix<float>;
  struct Tape {
    Matrix<float> x, mx;  // kept from `values` for the gradients
    Row<float> values;
  };
  MyQ(const NoConfig&, Sizes sizes, Generator& generator)
      : size_(1 + sizes.observation + sizes.action), m_(size_ * size_) {
    generator.fill_normal(m_);
  }
  Vector<float>& parameters() { return m_; }
  const Vector<float>& parameters() const { return m_; }

  const Row<float>& values(const Matrix<float>& s, const Actions& a, Tape& tape) const {
    tape.x.resize(size_, a.cols());
    for (Index i = 0; i < a.cols(); ++i) tape.x.col(i) << 1, s.col(i / (a.cols() / s.cols())), a.col(i);
    tape.mx = (matrix() + matrix().transpose()) * tape.x;
    tape.values = tape.x.cwiseProduct(tape.mx).colwise().sum().array() / 2;
    return tape.values;
  }
  void backward(const Matrix<float>&, const Actions&, Tape& tape, const Row<float>& adjoint, Vector<float>& out) const {
    Eigen::Map<Matrix<float>>(out.data(), size_, size_) +=
        (tape.x.array().rowwise() * adjoint).matrix() * tape.x.transpose();
  }
  void action_gradient(const Matrix<float>&, const Actions& a, Tape& tape, const Row<float>& adjoint,
                       Actions& out) const {
    out = tape.mx.bottomRows(a.rows()).array().rowwise() * adjoint;
  }

 private:
  Eigen::Map<const Matrix<float>> matrix() const { return {m_.data(), size_, size_}; }
  Index size_;
  Vector<float> m_;
};

int main() {
  const LinearQuadratic environment;  // a control task on which the Q of a linear policy is quadratic
  Generator noise(1);
  const auto act = [&](const auto&, auto& action) { return std::optional(act_uniformly(noise, action)); };
  const auto dataset = collect<float>(environment, 5000, /*seed=*/2, act);
  using QuadraticSac = ActorCritic<TanhGaussian<>, Ensemble<MyQ>, SoftPolicyValue, NoPenalty, SoftGreedy>;
  QuadraticSac learner({.discount = 0.95, .policy = {.network = {.hidden = {32}}}}, {4, 2}, /*seed=*/1);
  train_offline(learner, dataset, {.steps = 5000});
  DeployedPolicy policy(learner.acting(), Normalization<float>::identity(4));
  const double mean = episode_returns(policy, environment, 100, /*seed=*/3).mean();
  std::printf("score, 0 random, 100 optimal: %.1f\n", normalized_score(environment.references(), mean));
}
