/// \file
/// DistilledFlow: the policy of FQL, a one-step network taught by a flow.
#pragma once

#include <utility>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/policies/generative/flow_matching.hpp"
#include "holdfast/policies/generative/generative_policy.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// Configuration of DistilledFlow.
template <class Body>
struct DistilledFlowConfig {
  MlpConfig network = {};  ///< the one-step network
  GenerativeModelConfig<FlowMatching, Body> teacher =
      {};  ///< the flow; its action_limit is also that of the one-step network

  static void fields(auto& self, auto&& visit) {
    visit("network", self.network);
    visit("teacher", self.teacher);
  }

  void warn(Warnings& warnings) const { warnings.ask("teacher", teacher); }
};

/// A policy a = clip(μ(s, z)), z ~ N(0, 1), whose network μ is distilled from a flow that clones the data (Park et al.
/// 2025, "Flow Q-learning"). It draws an action by one forward pass and can represent several modes.
///
/// The parts are trained by losses of their own, and each moves its own parameters alone: `cloning_loss` the flow,
/// `distillation_loss` and what else depends on the actions, μ. It has no density.
template <class Body = Mlp<float>>
class DistilledFlow {
 public:
  using Scalar = typename Body::Scalar;
  using Actions = Matrix<Scalar>;
  using Config = DistilledFlowConfig<Body>;

  /// Returns the name used in files.
  [[nodiscard]] static constexpr const char* name() { return "distilled_flow"; }

  /// Holds one evaluation for the derivatives.
  struct Tape {
    typename Mlp<Scalar>::Tape network;
    typename GenerativeModel<FlowMatching, Body>::Tape teacher;
    Matrix<Scalar> noise;    ///< A×KB, z
    Matrix<Scalar> targets;  ///< A×KB, the flow's actions from z
    Matrix<Scalar> adjoint;  ///< A×KB
  };

  /// Draws the parameters from `generator`. Throws ConfigError if the configuration is not valid.
  DistilledFlow(const Config& config, Sizes sizes, Generator& generator)
      : teacher_(sizes, (check_fields(config), config.teacher)),
        network_(sizes.observation, sizes.action, sizes.action, config.network),
        limit_(static_cast<Scalar>(config.teacher.action_limit)),
        parameters_(teacher_.parameter_count() + network_.parameter_count()) {
    teacher_.initialize(parameters_.data(), generator);
    network_.initialize(one_step(parameters_), generator);
  }

  /// Returns the flow's parameters followed by those of μ.
  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] Config config() const { return {.network = network_.config(), .teacher = teacher_.config()}; }
  [[nodiscard]] Index observation_size() const { return teacher_.sizes().observation; }
  [[nodiscard]] Index action_size() const { return teacher_.sizes().action; }

  /// Draws `per_state` actions of weight 1/K for each column of `observations` (O×B), μ(s, z) before clipping as
  /// `unsquashed`. Their log-probabilities are NaN.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<Scalar>& proposal) const {
    tape.noise.resize(action_size(), size_product("proposed actions", per_state, observations.cols()));
    generator.fill_normal(tape.noise);
    proposal.unsquashed = network_.forward(one_step(parameters_), observations, tape.noise, tape.network);
    proposal.actions = proposal.unsquashed.cwiseMax(-limit_).cwiseMin(limit_);
    set_unknown_densities(per_state, observations.cols(), proposal);
  }

  /// Computes gradient += ∂L/∂parameters of the last `propose`, given ∂L/∂actions in `adjoint`, plus ∂L/∂unsquashed if
  /// that is not empty. Only μ's entries change.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Proposal<Scalar>& proposal,
                const Proposal<Scalar>& adjoint, Vector<Scalar>& gradient) const {
    tape.adjoint = (proposal.actions.array() == proposal.unsquashed.array()).select(adjoint.actions.array(), Scalar{0});
    if (adjoint.unsquashed.size() > 0) tape.adjoint += adjoint.unsquashed;
    network_.backward(one_step(parameters_), observations, tape.noise, tape.network, tape.adjoint, one_step(gradient));
  }

  /// Returns the mean squared distance of the last proposal, before clipping, from the flow's actions from the same
  /// noise, over batch and dimensions. Adds `weight` times its derivative to `adjoint.unsquashed`.
  Scalar distillation_loss(const Matrix<Scalar>& observations, Tape& tape, const Proposal<Scalar>& proposal,
                           Scalar weight, Proposal<Scalar>& adjoint) const {
    const auto draw = [&](Index begin, Matrix<Scalar>& noise) { noise = tape.noise.middleCols(begin, noise.cols()); };
    teacher_.sample(parameters_.data(), observations, proposal.per_state, draw, tape.teacher, tape.targets);
    tape.targets = proposal.unsquashed - tape.targets;
    const Scalar share = Scalar{1} / static_cast<Scalar>(tape.targets.size());
    adjoint.unsquashed += (2 * weight * share) * tape.targets;
    return share * tape.targets.squaredNorm();
  }

  /// Returns the weighted loss of the flow for the given actions, the mean over batch and dimensions, and adds its
  /// gradient. Only the flow's entries change.
  Scalar cloning_loss(const Matrix<Scalar>& observations, const Actions& actions, const Row<Scalar>& weights,
                      Generator& generator, Tape& tape, Vector<Scalar>& gradient) const {
    return teacher_.loss(parameters_.data(), observations, actions, weights, generator, tape.teacher, gradient.data());
  }

  /// Sets `out` (A×B) to the action with the same fixed noise for every observation.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    Generator generator(mode_seed, Stream::evaluation);
    tape.noise.resize(action_size(), observations.cols());
    detail::fill_repeated(tape.noise, generator);
    out = network_.forward(one_step(parameters_), observations, tape.noise, tape.network)
              .cwiseMax(-limit_)
              .cwiseMin(limit_);
  }

 private:
  const Scalar* one_step(const Vector<Scalar>& parameters) const {
    return parameters.data() + teacher_.parameter_count();
  }
  Scalar* one_step(Vector<Scalar>& parameters) const { return parameters.data() + teacher_.parameter_count(); }

  GenerativeModel<FlowMatching, Body> teacher_;
  Mlp<Scalar> network_;
  Scalar limit_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
