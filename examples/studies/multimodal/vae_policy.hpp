/// \file
/// VaePolicy: the conditional variational autoencoder of BCQ and BEAR as a policy that clones.
#pragma once

#include <optional>
#include <utility>

#include "holdfast/policies/conditional_vae.hpp"
#include "holdfast/policies/generative/generative_policy.hpp"

namespace multimodal {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// A policy that decodes draws of the prior: a = tanh(decoder(s, z)). It has no density, and here no gradient with
/// respect to its draws: it serves to clone and to choose among draws.
class VaePolicy {
 public:
  using Scalar = float;
  using Actions = Matrix<float>;
  using Config = ConditionalVaeConfig;

  /// The workspace of an evaluation: the model keeps its own, so each tape has a copy of it.
  struct Tape {
    std::optional<ConditionalVae<float>> model;
  };

  VaePolicy(const Config& config, Sizes sizes, Generator& generator)
      : sizes_(sizes), model_(config, sizes, generator) {}

  [[nodiscard]] Vector<float>& parameters() { return model_.parameters(); }
  [[nodiscard]] const Vector<float>& parameters() const { return model_.parameters(); }
  [[nodiscard]] Index action_size() const { return sizes_.action; }

  void propose(const Matrix<float>& observations, Index per_state, Generator& generator, Tape& tape,
               Proposal<float>& proposal) const {
    proposal.actions = copy_in(tape).sample(observations, per_state, generator).array().tanh();
    proposal.unsquashed.resize(action_size(), 0);
    set_unknown_densities(per_state, observations.cols(), proposal);
  }
  void backward(const Matrix<float>&, Tape&, const Proposal<float>&, const Proposal<float>&, Vector<float>&) const {
    throw ConfigError("the draws of a VaePolicy are not differentiated");
  }
  float cloning_loss(const Matrix<float>& observations, const Actions& actions, const Row<float>&, Generator& generator,
                     Tape& tape, Vector<float>& gradient) const {
    return copy_in(tape).loss(observations, actions, generator, gradient);
  }
  void mode(const Matrix<float>& observations, Tape& tape, Actions& out) const {
    Generator generator(mode_seed, Stream::evaluation);
    out = copy_in(tape).sample(observations, 1, generator).array().tanh();
  }

 private:
  ConditionalVae<float>& copy_in(Tape& tape) const {
    if (!tape.model) tape.model = model_;
    tape.model->parameters() = model_.parameters();
    return *tape.model;
  }

  Sizes sizes_;
  ConditionalVae<float> model_;
};

}  // namespace multimodal
