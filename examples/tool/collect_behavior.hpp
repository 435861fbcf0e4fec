/// \file
/// The behavior policy of `holdfast collect`, for continuous and finite actions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/any_environment.hpp"
#include "holdfast/training/recorder.hpp"

namespace tool {

/// Options of `holdfast collect`.
struct CollectOptions {
  std::string environment;
  std::string policy;
  double noise = 0;
  double epsilon = 0;
  bool deterministic = false;
  holdfast::Index steps = 0;
  std::string out;
  std::uint64_t seed = 1;
  std::string checkpoint_every = "60s";  ///< steps, or seconds with an s (support/checkpoint_interval.hpp)
  bool resume = false;
  bool overwrite = false;
};

/// The generators of a behavior policy, which are all of its state.
struct Draws {
  explicit Draws(std::uint64_t seed)
      : actions(seed, holdfast::Stream::noise, 1), noise(seed, holdfast::Stream::noise, 2) {}

  static void state(auto& self, auto&& visit) {
    visit("actions", self.actions);
    visit("noise", self.noise);
  }

  holdfast::Generator actions;  ///< draws the policy's own actions, or one of a finite set
  holdfast::Generator noise;    ///< draws what --noise adds to them
};

/// A behavior policy. It fills the action (A×1, or its number in a finite set) for an observation (O×1) and returns its
/// log-probability if it has one.
template <class Actions>
struct Behavior {
  using Action = typename holdfast::Recorder<float, holdfast::AnyEnvironment<Actions>>::Action;

  std::optional<float> operator()(const holdfast::Matrix<float>& observation, Action& action) {
    return act(observation, draws, action);
  }

  std::function<std::optional<float>(const holdfast::Matrix<float>&, Draws&, Action&)> act;
  Draws draws;
  std::string description;
  std::string why_no_density;  ///< empty if actions have log-probabilities
};

/// Returns the behavior policy that the options ask for: that of --policy, with --noise or --epsilon. It may refer to
/// the environment, which must outlive it. Throws ConfigError, and DataError if the policy's file does not fit.
template <class Actions>
Behavior<Actions> make_behavior(const CollectOptions& options, const holdfast::AnyEnvironment<Actions>& environment);

}  // namespace tool
