/// \file
/// Conservative: the CQL(H) penalty, which lowers Q everywhere except at the data's actions.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "holdfast/bellman/composition.hpp"
#include "holdfast/bellman/constraint.hpp"
#include "holdfast/bellman/context.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/networks/dual_variable.hpp"
#include "holdfast/policies/concepts.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The gap that the threshold of a learned multiplier bounds.
enum class BoundedGap {
  unweighted,  ///< gap ≤ τ: the dual of α (gap − τ)
  weighted     ///< α gap ≤ τ: the dual of α gap − τ, as in CQL's own code
};

constexpr auto enumerators(BoundedGap) {
  return std::array{Enumerator<BoundedGap>{"unweighted", BoundedGap::unweighted},
                    Enumerator<BoundedGap>{"weighted", BoundedGap::weighted}};
}

/// The CQL(H) penalty: Σ_i α E_D[gap_i] with gap_i = log ∫ exp Q_i(s, a) da − Q_i(s, a_data) (Kumar et al. 2020,
/// "Conservative Q-learning", equation 4). It is added to the squared Bellman errors.
///
/// For continuous actions the integral is estimated from 3N actions at s: N uniform on [−1, 1]^A, N from π(s) and N
/// from π(s′). Each is weighted by the density it was drawn from (their appendix F). As published, the estimate is a
/// sum and not a mean: T log Σ_k exp((Q_i(s, a_k) − log p_k) / T). The policy's log-probabilities must be those of its
/// actions, as for a TanhGaussian. (Those of a Gaussian belong to its draws before they are clipped.) Without
/// importance sampling the estimate is T log of the sum of exp(Q_i / T) over all a_k and the data's own action. The
/// draws are treated as constants: the penalty has no gradient with respect to the policy.
///
/// For finite actions the log-sum-exp is exact: T log Σ_a exp(Q_i(s, a) / T) over all actions. The fields `samples` and
/// `importance_sampling` are then absent.
///
/// With `calibrated` the values of the policy's draws are raised to a floor before the log-sum-exp: max(Q_i(s, a_k),
/// G(s)) for the draws of π(s) and π(s′), where G(s) is the batch's `returns_to_go`, what the data earned from s on
/// (Nakamoto et al. 2023, "Cal-QL", equation 5.1). Values that are not above it are then not lowered further, so that Q
/// keeps the scale of the returns. The uniform draws and the data's own action have no floor. For finite actions, of
/// which none is drawn, the field is absent.
///
/// With a `threshold` τ the penalty is multiplied by a dual variable. It rises if the bounded gap, averaged over the
/// critics, exceeds τ, and falls otherwise.
template <class Defaults>
struct BasicConservative {
  double alpha = Defaults::alpha;                             ///< α, at least 0
  Index samples = 10;                                         ///< N, number of draws of each of the three kinds
  double temperature = 1;                                     ///< T of the log-sum-exp, positive
  bool importance_sampling = true;                            ///< weight the draws by their densities
  bool calibrated = Defaults::calibrated;                     ///< values of the policy's draws are at least G(s)
  double gap_min = -std::numeric_limits<double>::infinity();  ///< lower bound of each gap; no gradient beyond it
  double gap_max = std::numeric_limits<double>::infinity();   ///< upper bound of each gap; no gradient beyond it
  std::optional<double> threshold = {};                       ///< τ; if not given, the multiplier stays 1
  BoundedGap bounded_gap = BoundedGap::unweighted;
  double initial_multiplier = 1;  ///< initial value of the dual variable, (0, largest_multiplier]
  AdamConfig multiplier_optimizer = {};

  static constexpr double largest_multiplier = 1e6;

  static void fields(auto& self, auto&& visit) {
    visit("alpha", self.alpha, at_least(0));
    visit("samples", self.samples, size_from(1));
    visit("temperature", self.temperature, positive);
    visit("importance_sampling", self.importance_sampling);
    visit("calibrated", self.calibrated);
    visit("gap_min", self.gap_min);
    visit("gap_max", self.gap_max, Interval{.lowest = self.gap_min, .open_below = true});
    visit("threshold", self.threshold, finite_number);
    visit("bounded_gap", self.bounded_gap);
    visit("initial_multiplier", self.initial_multiplier,
          Interval{.lowest = 0, .highest = largest_multiplier, .open_below = true});
    visit("multiplier_optimizer", self.multiplier_optimizer);
  }

  static void absent(const Composition& in, auto&& visit) {
    if (!in.finite_actions) return;
    for (const char* field : {"samples", "importance_sampling", "calibrated"}) visit(field, all_are_counted);
  }

  void warn(Warnings& warnings) const {
    if (alpha == 0)
      for (const char* field :
           {"samples", "temperature", "importance_sampling", "calibrated", "gap_min", "gap_max", "threshold"})
        warnings.idle(field, "alpha is 0");
    if (alpha == 0 || !threshold)
      for (const char* field : {"bounded_gap", "initial_multiplier", "multiplier_optimizer"})
        warnings.idle(field, alpha == 0 ? "alpha is 0" : "threshold is none");
  }

  template <class Policy, class Critics>
  class State;
};

/// The settings of CQL for continuous actions.
struct ConservativeDefaults {
  static constexpr double alpha = 5;
  static constexpr bool calibrated = false;
};

/// The CQL(H) penalty with the defaults for continuous actions.
using Conservative = BasicConservative<ConservativeDefaults>;

/// The settings of Cal-QL.
struct CalibratedDefaults : ConservativeDefaults {
  static constexpr bool calibrated = true;
};

/// The CQL(H) penalty with values of the policy's draws that are at least the returns of the data.
using Calibrated = BasicConservative<CalibratedDefaults>;

template <class Defaults>
template <class Policy, class Critics>
class BasicConservative<Defaults>::State {
  static_assert(check_density<Policy>());

 public:
  using ContextType = Context<Policy, Critics>;
  using Scalar = typename ContextType::Scalar;

  State(const BasicConservative& config, const Policy&, const Critics& critics, Sizes, Generator&)
      : config_(config),
        multiplier_(config.initial_multiplier, config.multiplier_optimizer, -std::numeric_limits<double>::infinity(),
                    std::log(largest_multiplier)) {
    require_critics(critics);
  }

  void prepare(ContextType&) {}

  /// Returns the dual variable, or 1 if there is no threshold.
  [[nodiscard]] double multiplier() const { return config_.threshold ? multiplier_.value() : 1.0; }

  /// Adds the gradient of the penalty to the critics' gradients and its derivative with respect to `q_data` to
  /// `adjoint`. Then moves the multiplier. Returns the penalty.
  Scalar add(ContextType& context, const Matrix<Scalar>& q_data, Matrix<Scalar>& adjoint) {
    if constexpr (finite) {
      const Matrix<Scalar>& observations = context.batch.observations;
      propose_every_action(context.policy.action_size(), context.batch.size(), proposal_);
      const Matrix<Scalar>& q = context.critics.values(Net::online, observations, proposal_.actions, chunk_.tape);
      const Scalar penalty = add_of_every_action(context, q, q_data, adjoint, chunk_.adjoint);
      context.critics.backward(observations, proposal_.actions, chunk_.tape, chunk_.adjoint);
      return penalty;
    } else {
      if (config_.calibrated) require_returns(context.batch);
      sample(context);
      gap_ = 0;
      const Index together = std::max<Index>(1, columns_together / per_state_);
      for (Index begin = 0; begin < context.batch.size(); begin += together) {
        const Index count = std::min(together, context.batch.size() - begin);
        add_states(context, begin, count, q_data, count == together ? chunk_ : last_chunk_, adjoint);
      }
      return finish(context, q_data);
    }
  }

  /// Does the same for a finite action set, given the critics' values `q` of every action, in order (E×AB). Instead of
  /// adding to the critics' gradients it sets `every_adjoint` to the derivative with respect to `q`.
  Scalar add_of_every_action(ContextType& context, const Matrix<Scalar>& q, const Matrix<Scalar>& q_data,
                             Matrix<Scalar>& adjoint,
                             Matrix<Scalar>& every_adjoint) requires(FiniteActions<typename Policy::Actions>) {
    per_state_ = context.policy.action_size();
    log_densities_.setZero(q.cols());
    gap_ = 0;
    every_adjoint.resize(q.rows(), q.cols());
    for (Index i = 0; i < q.rows(); ++i)
      gap_ += conserve(context, i, 0, q, q_data, chunk_.scaled, every_adjoint, adjoint);
    return finish(context, q_data);
  }

  /// Visits the constraint "bounded gap ≤ τ" if there is a threshold and α is not 0.
  template <class Visitor>
  void constraints(Visitor&& visit) const {
    if (!config_.threshold || config_.alpha == 0) return;
    const bool weighted = config_.bounded_gap == BoundedGap::weighted;
    visit(Constraint{.quantity = weighted ? "weighted conservative gap" : "conservative gap",
                     .field = "penalty.threshold",
                     .value = weighted ? config_.alpha * gap_ : gap_,
                     .bound = *config_.threshold,
                     .multiplier = multiplier(),
                     .remedy = "train for more steps, or raise penalty.initial_multiplier"});
  }

  static void state(auto& self, auto&& visit) { visit("multiplier", self.multiplier_); }

  template <class Visitor>
  void report(Visitor&& visit) const {
    visit("conservative_gap", gap_);
    if (config_.threshold) visit("conservative_multiplier", multiplier());
  }

 private:
  static constexpr bool finite = FiniteActions<typename Policy::Actions>;

  [[nodiscard]] bool calibrated() const { return !finite && config_.calibrated; }
  // Returns how many of a state's actions are draws of the policy; they come last.
  [[nodiscard]] Index of_policy() const { return per_state_ - config_.samples; }

  static void require_returns(const typename ContextType::BatchType& batch) {
    if (batch.returns_to_go.size() != batch.size())
      throw DataError(
          message("penalty.calibrated: expected batches with the returns to go of all ", batch.size(),
                  " transitions, found ", batch.returns_to_go.size(),
                  "; dataset.returns_to_go = lowest_returns_to_go(dataset, discount) adds them to a dataset"));
  }

  // Draws K = 3N actions per state, from the uniform distribution, π(s) and π(s′), with their log-densities.
  void sample(ContextType& context) {
    const Index count = config_.samples;
    const Index states = context.batch.size();
    per_state_ = 3 * count;
    actions_.resize(context.batch.actions.rows(), 3 * count * states);
    log_densities_.setZero(3 * count * states);
    const auto uniform = static_cast<Scalar>(-static_cast<double>(actions_.rows()) * std::numbers::ln2);
    for (Index state = 0; state < states; ++state)
      for (Index k = 0; k < count; ++k) {
        const Index column = 3 * count * state + k;
        for (Index j = 0; j < actions_.rows(); ++j)
          actions_(j, column) = static_cast<Scalar>(context.generator.uniform(-1, 1));
        if (config_.importance_sampling) log_densities_(column) = uniform;
      }
    for (const Side side : {Side::current, Side::next}) {
      context.policy.propose(context.observations(side), count, context.generator, policy_tape_, proposal_);
      const Index offset = side == Side::current ? count : 2 * count;
      for (Index state = 0; state < states; ++state) {
        actions_.middleCols(3 * count * state + offset, count) = proposal_.actions.middleCols(count * state, count);
        if (config_.importance_sampling)
          log_densities_.segment(3 * count * state + offset, count) = proposal_.log_probs.segment(count * state, count);
      }
    }
  }

  // Returns the bound of α · gap. Without a threshold it is 0, so that nothing is subtracted from the penalty.
  [[nodiscard]] double bound() const {
    const double limit = config_.threshold.value_or(0.0);
    return config_.bounded_gap == BoundedGap::unweighted ? config_.alpha * limit : limit;
  }

  // Returns the weight of one state's gap.
  [[nodiscard]] Scalar share_of(const ContextType& context) const {
    return static_cast<Scalar>(config_.alpha * multiplier() / static_cast<double>(context.batch.size()));
  }

  // Turns the sum of gaps into their mean, moves the multiplier and returns the penalty.
  Scalar finish(ContextType& context, const Matrix<Scalar>& q_data) {
    gap_ /= static_cast<double>(q_data.size());
    const double excess = multiplier() * (config_.alpha * gap_ - bound());
    const auto penalty = static_cast<Scalar>(static_cast<double>(q_data.rows()) * excess);
    context.require_finite(penalty, "critic penalty");
    if (config_.threshold) multiplier_.descend(-excess);
    return penalty;
  }

  // The critics' work for some states.
  struct Chunk {
    Matrix<Scalar> observations;
    typename Policy::Actions actions;
    typename Critics::Tape tape;
    Row<Scalar> scaled;
    Matrix<Scalar> adjoint;
  };

  // How many actions the critics evaluate at a time: few, so that their layers stay in the cache.
  static constexpr Index columns_together = 480;

  // Does the work of `add` for the states from `begin` on.
  void add_states(ContextType& context, Index begin, Index count, const Matrix<Scalar>& q_data, Chunk& chunk,
                  Matrix<Scalar>& data_adjoint) {
    chunk.observations = context.batch.observations.middleCols(begin, count);
    chunk.actions = actions_.middleCols(per_state_ * begin, per_state_ * count);
    const Matrix<Scalar>& q = context.critics.values(Net::online, chunk.observations, chunk.actions, chunk.tape);
    chunk.adjoint.resize(q.rows(), q.cols());
    for (Index i = 0; i < q.rows(); ++i)
      gap_ += conserve(context, i, begin, q, q_data, chunk.scaled, chunk.adjoint, data_adjoint);
    context.critics.backward(chunk.observations, chunk.actions, chunk.tape, chunk.adjoint);
  }

  // For critic i and the states from `begin` on: sets its row of `adjoint`, adds to its row of data_adjoint and returns
  // the sum of the gaps. `scaled` is a workspace.
  double conserve(const ContextType& context, Index i, Index begin, const Matrix<Scalar>& q,
                  const Matrix<Scalar>& q_data, Row<Scalar>& scaled, Matrix<Scalar>& adjoint,
                  Matrix<Scalar>& data_adjoint) const {
    const Scalar share = share_of(context);
    const bool with_data = !finite && !config_.importance_sampling;
    const auto scale = static_cast<Scalar>(1 / config_.temperature);
    scaled = (q.row(i).array() - log_densities_.segment(per_state_ * begin, q.cols())) * scale;
    double total = 0;
    for (Index each = 0; each < q.cols() / per_state_; ++each) {
      const Index state = begin + each;
      auto values = scaled.segment(per_state_ * each, per_state_);
      if (calibrated()) {  // T and the densities do not change which is larger
        const auto floor = context.batch.returns_to_go(state) - log_densities_.segment(per_state_ * state, per_state_);
        values.tail(of_policy()) = values.tail(of_policy()).max(floor.tail(of_policy()) * scale);
      }
      Scalar largest = values.maxCoeff();
      if (with_data) largest = std::max(largest, q_data(i, state) * scale);
      values = (values - largest).exp();
      const Scalar own = with_data ? std::exp(q_data(i, state) * scale - largest) : Scalar{0};
      const Scalar sum = values.sum() + own;
      const auto gap = static_cast<double>((largest + std::log(sum)) / scale - q_data(i, state));
      total += std::clamp(gap, config_.gap_min, config_.gap_max);
      const Scalar slope = gap < config_.gap_min || gap > config_.gap_max ? Scalar{0} : share;
      values *= slope / sum;
      if (calibrated()) {  // no gradient of a value below its floor
        const auto unraised = q.row(i).segment(per_state_ * each, per_state_).array();
        values.tail(of_policy()) = (unraised.tail(of_policy()) < context.batch.returns_to_go(state))
                                       .select(Scalar{0}, values.tail(of_policy()));
      }
      data_adjoint(i, state) += slope * (own / sum - 1);
    }
    adjoint.row(i) = scaled.matrix();
    return total;
  }

  BasicConservative config_;
  DualVariable multiplier_;
  double gap_ = 0;  // mean over the batch and the critics

  typename Policy::Tape policy_tape_;
  Proposal<Scalar, typename Policy::Actions> proposal_;
  Index per_state_ = 0;               // K
  typename Policy::Actions actions_;  // A×KB
  Row<Scalar> log_densities_;
  Chunk chunk_;
  Chunk last_chunk_;  // what is left at the end; sharing the memory would allocate it at each update
};

}  // namespace holdfast
