/// \file
/// SamplingStep and TrainingExample: a generative process over actions as numbers, which diffusion and flow share.
#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/networks/time_features.hpp"

namespace holdfast {

/// One step of a chain from noise to an action, with a network f(s, x, t):
///
///     e = from_point · x + from_network · f(s, x, time),  clipped to the action limit if `clips`,
///     x ← keep · x + move · e + noise · z,  z ~ N(0, 1)
struct SamplingStep {
  double time = 0;  ///< t, as the network is given it
  double from_point = 0;
  double from_network = 1;
  bool clips = false;
  double keep = 1;
  double move = 1;
  double noise = 0;  ///< 0: no z is drawn
};

/// An example that the network learns from, made of an action a and noise ε ~ N(0, 1):
///
///     x = action_share · a + noise_share · ε,  f(s, x, time) → target_action · a + target_noise · ε
struct TrainingExample {
  double time = 0;
  double action_share = 0;
  double noise_share = 0;
  double target_action = 0;
  double target_noise = 0;
};

/// A generative process: it names itself and the time features that its network is given by default, lists the steps of
/// its chain in the order in which they are taken, and draws examples for its network. It is made from its Config.
template <class P>
concept IsGenerativeProcess = requires(const P process, const typename P::Config& config, Generator& generator) {
  P(config);
  { P::name() } -> std::convertible_to<std::string_view>;
  { P::time_features() } -> std::convertible_to<TimeFeaturesConfig>;
  { process.steps() } -> std::convertible_to<const std::vector<SamplingStep>&>;
  { process.example(generator) } -> std::convertible_to<TrainingExample>;
  { process.config() } -> std::convertible_to<const typename P::Config&>;
};

}  // namespace holdfast
