/// \file
/// GenerativePolicy: a policy whose actions are the ends of a chain of network evaluations, as Diffusion and Flow.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/policies/generative/generative_model.hpp"
#include "holdfast/policies/proposal.hpp"

namespace holdfast {

/// The seed of the noise from which the mode of a generative policy is made.
inline constexpr std::uint64_t mode_seed = 0;

namespace detail {

/// Fills every column of `noise` with the same standard normal numbers.
template <class Scalar>
void fill_repeated(Matrix<Scalar>& noise, Generator& generator) {
  for (Index j = 0; j < noise.rows(); ++j) noise.row(j).setConstant(static_cast<Scalar>(generator.normal()));
}

}  // namespace detail

/// A policy that draws actions by a GenerativeModel (generative_model.hpp). It can represent several modes.
/// `cloning_loss` is the weighted loss of the process, not a likelihood: the policy has no density, and its
/// log-probabilities are NaN.
///
/// Its mode is one draw whose noise is the same for every observation, so that an observation always gets the same
/// action. For a distribution with several modes it lies in one of them, unlike the mean.
template <class Process, class Body>
class GenerativePolicy {
 public:
  using Scalar = typename Body::Scalar;
  using Actions = Matrix<Scalar>;
  using Model = GenerativeModel<Process, Body>;
  using Config = typename Model::Config;
  using Tape = typename Model::Tape;

  /// Returns the name used in files, that of the process and that of the body, as in "diffusion_mlp".
  [[nodiscard]] static std::string name() { return std::string(Process::name()) + '_' + Body::name(); }

  /// Draws the parameters from `generator`. Throws ConfigError if the configuration is not valid.
  GenerativePolicy(const Config& config, Sizes sizes, Generator& generator)
      : model_(sizes, config), parameters_(model_.parameter_count()) {
    model_.initialize(parameters_.data(), generator);
  }

  [[nodiscard]] Vector<Scalar>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return parameters_; }
  [[nodiscard]] const Config& config() const { return model_.config(); }
  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] Index observation_size() const { return model_.sizes().observation; }
  [[nodiscard]] Index action_size() const { return model_.sizes().action; }

  /// Draws `per_state` actions of weight 1/K for each column of `observations` (O×B). Their log-probabilities are NaN.
  void propose(const Matrix<Scalar>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<Scalar>& proposal) const {
    const auto draw = [&](Index, Matrix<Scalar>& noise) { generator.fill_normal(noise); };
    model_.sample(parameters_.data(), observations, per_state, draw, tape, proposal.actions);
    proposal.unsquashed.resize(action_size(), 0);
    set_unknown_densities(per_state, observations.cols(), proposal);
  }

  /// Computes gradient += ∂L/∂parameters of the last `propose`, given ∂L/∂actions in `adjoint`, through the chain.
  void backward(const Matrix<Scalar>& observations, Tape& tape, const Proposal<Scalar>&,
                const Proposal<Scalar>& adjoint, Vector<Scalar>& gradient) const {
    model_.backward(parameters_.data(), observations, tape, adjoint.actions, gradient.data());
  }

  /// Returns the weighted loss of the process for the given actions, the mean over batch and dimensions, and adds its
  /// gradient.
  Scalar cloning_loss(const Matrix<Scalar>& observations, const Actions& actions, const Row<Scalar>& weights,
                      Generator& generator, Tape& tape, Vector<Scalar>& gradient) const {
    return model_.loss(parameters_.data(), observations, actions, weights, generator, tape, gradient.data());
  }

  /// Sets `out` (A×B) to the draw with the fixed noise.
  void mode(const Matrix<Scalar>& observations, Tape& tape, Actions& out) const {
    Generator generator(mode_seed, Stream::evaluation);
    Index last = 0;
    const auto draw = [&](Index begin, Matrix<Scalar>& noise) {
      if (begin != last) generator = Generator(mode_seed, Stream::evaluation);  // the next part of the states
      last = begin;
      detail::fill_repeated(noise, generator);
    };
    model_.sample(parameters_.data(), observations, 1, draw, tape, out);
  }

 private:
  Model model_;
  Vector<Scalar> parameters_;
};

}  // namespace holdfast
