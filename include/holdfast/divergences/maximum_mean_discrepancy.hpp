/// \file
/// MaximumMeanDiscrepancy: the divergence of BEAR, which compares samples and needs no densities.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/networks/trained.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/policies/conditional_vae.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The kernel k(x, y) of a maximum mean discrepancy.
enum class Kernel {
  laplacian,  ///< exp(−‖x − y‖₁ / (2σ))
  gaussian    ///< exp(−‖x − y‖₂² / (2σ))
};

constexpr auto enumerators(Kernel) {
  return std::array{Enumerator<Kernel>{"laplacian", Kernel::laplacian},
                    Enumerator<Kernel>{"gaussian", Kernel::gaussian}};
}

/// Returns MMD = √(mean k(x, x′) + mean k(y, y′) − 2 mean k(x, y) + 10⁻⁶) of the columns of x (D×n) and y (D×m), and
/// adds weight · ∂MMD/∂y to `gradient` (D×m). As in BEAR's code, the means include the diagonals, and the kernels
/// divide by 2σ, not by 2σ². The MMD of identical sets is 10⁻³.
template <class X, class Y, class Gradient>
typename Y::Scalar maximum_mean_discrepancy(Kernel kernel, double width, const X& x, const Y& y,
                                            typename Y::Scalar weight, Gradient&& gradient) {
  using Scalar = typename Y::Scalar;
  // Sums k − 1 in double. The ones cancel in the total; in float, 1 + 1 − 2 would lose all digits of near sets.
  const double scale = 1 / (2 * width);
  const auto distance = [&](const auto& a, const auto& b) {
    const auto difference = a.template cast<double>() - b.template cast<double>();
    return scale * (kernel == Kernel::laplacian ? difference.template lpNorm<1>() : difference.squaredNorm());
  };
  const Index n = x.cols();
  const Index m = y.cols();
  const double xx = 1 / static_cast<double>(n * n);
  const double yy = 1 / static_cast<double>(m * m);
  const double xy = 2 / static_cast<double>(n * m);
  double square = 1e-6;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < i; ++j) square += 2 * xx * std::expm1(-distance(x.col(i), x.col(j)));
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < i; ++j) square += 2 * yy * std::expm1(-distance(y.col(i), y.col(j)));
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < m; ++j) square -= xy * std::expm1(-distance(x.col(i), y.col(j)));
  const double value = std::sqrt(std::max(square, 0.0));
  if (!(value > 0)) return static_cast<Scalar>(value);

  // ∂MMD/∂y_j = ∂square/∂y_j / (2 MMD); each pair within y counts twice.
  const double outer = static_cast<double>(weight) / (2 * value);
  const auto pull = [&](double factor, const auto& a, const auto& b, auto&& out) {  // factor · ∂k(a, b)/∂b
    const auto slope = static_cast<Scalar>(factor * scale * std::exp(-distance(a, b)));
    if (kernel == Kernel::laplacian)
      out += slope * (a - b).cwiseSign();
    else
      out += 2 * slope * (a - b);
  };
  for (Index j = 0; j < m; ++j) {
    for (Index i = 0; i < m; ++i)
      if (i != j) pull(2 * outer * yy, y.col(i), y.col(j), gradient.col(j));
    for (Index i = 0; i < n; ++i) pull(-outer * xy, x.col(i), y.col(j), gradient.col(j));
  }
  return static_cast<Scalar>(value);
}

/// The MMD divergence of BEAR: D(s) = MMD between n draws of a ConditionalVae and the policy's proposal (Kumar
/// et al. 2019, "BEAR", section 4). The VAE is a model of the behavior policy, trained together with the policy. Both
/// sets are compared before the tanh, because the tanh shrinks distances near the bounds of the actions.
struct MaximumMeanDiscrepancy {
  Kernel kernel = Kernel::laplacian;
  double width = 10;           ///< σ. The authors' instructions advise 10. With their code's default, 20, the usual
                               ///< threshold, 0.05, lets the policy move too far from the data (see Bear)
  Index behavior_samples = 4;  ///< n, draws of the behavior model per state
  ConditionalVaeConfig behavior = {};

  static void fields(auto& self, auto&& visit) {
    visit("kernel", self.kernel);
    visit("width", self.width, positive);
    visit("behavior_samples", self.behavior_samples, size_from(1));
    visit("behavior", self.behavior);
  }

  template <class Policy, class Critics>
  class State;
};

template <class Policy, class Critics>
class MaximumMeanDiscrepancy::State {
 public:
  static_assert(!FiniteActions<typename Policy::Actions>,
                "holdfast: a MaximumMeanDiscrepancy compares continuous actions; for finite ones there is Unsupported");
  static_assert(FiniteActions<typename Policy::Actions> || requirements::draws_before_tanh<Policy>,
                "holdfast: a MaximumMeanDiscrepancy compares draws u of actions tanh(u): the Policy must fill "
                "Proposal::unsquashed with them in propose, heed it in backward, and say static constexpr bool "
                "draws_before_tanh = true");

  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;
  using ProposalType = Proposal<Scalar, typename Policy::Actions>;

  State(const MaximumMeanDiscrepancy& config, const Policy&, Sizes sizes, Generator& generator)
      : config_(config),
        behavior_(ConditionalVae<Scalar>(config.behavior, sizes, generator), config.behavior.optimizer, "behavior") {}

  [[nodiscard]] const ConditionalVae<Scalar>& behavior() const { return behavior_.network(); }
  [[nodiscard]] ConditionalVae<Scalar>& behavior() { return behavior_.network(); }
  [[nodiscard]] const Adam<Scalar>& optimizer() const { return behavior_.optimizer(); }

  /// Takes one step of the behavior model on the batch.
  void prepare(ContextType& context) {
    loss_ = behavior().loss(context.batch.observations, context.batch.actions, context.generator, behavior_.gradient());
    context.require_finite(loss_, "behavior model's loss");
    behavior_.step();
  }

  /// Sets `out` to D of each state, 1×B, for a proposal at `observations`. Its gradient is kept for
  /// `backward`.
  void values(ContextType& context, const Matrix<Scalar>& observations, const ProposalType& proposal,
              Row<Scalar>& out) {
    const Index n = config_.behavior_samples;
    const Matrix<Scalar>& draws = behavior().sample(observations, n, context.generator);
    gradient_.setZero(proposal.unsquashed.rows(), proposal.unsquashed.cols());
    out.resize(observations.cols());
    for (Index state = 0; state < out.size(); ++state)
      out(state) =
          maximum_mean_discrepancy(config_.kernel, config_.width, draws.middleCols(state * n, n),
                                   proposal.unsquashed.middleCols(state * proposal.per_state, proposal.per_state),
                                   Scalar{1}, gradient_.middleCols(state * proposal.per_state, proposal.per_state));
  }

  /// Adds adjoint = ∂L/∂D (1×B) times the gradient of the last `values` to the gradient `out` of the proposal.
  void backward(const ProposalType& proposal, const Row<Scalar>& adjoint, ProposalType& out) {
    for (Index i = 0; i < gradient_.cols(); ++i)
      out.unsquashed.col(i) += adjoint(i / proposal.per_state) * gradient_.col(i);
  }

  static void state(auto& self, auto&& visit) { visit("behavior", self.behavior_); }

  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("behavior_loss", static_cast<double>(loss_));
  }

 private:
  MaximumMeanDiscrepancy config_;
  Trained<ConditionalVae<Scalar>> behavior_;
  Scalar loss_ = 0;
  Matrix<Scalar> gradient_;
};

}  // namespace holdfast
