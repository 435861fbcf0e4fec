/// \file
/// LargeNetworks: the networks that SAC-N, EDAC and ReBRAC share.
#pragma once

#include "holdfast/networks/mlp_config.hpp"

namespace holdfast {

/// The networks of An et al. 2021 and Tarasov et al. 2023, for the defaults of an algorithm (PublishedDefaults):
/// 256-256-256 ReLU with biases of 0.1 and small last layers, so that all values begin near 0 and the policy near the
/// middle of the actions.
struct LargeNetworks {
  static MlpConfig policy_network() { return network(Initializer::tiny_uniform); }
  static MlpConfig critic_network() { return network(Initializer::small_uniform); }

 private:
  static MlpConfig network(Initializer output) {
    return {.hidden = {256, 256, 256},
            .hidden_initializer = Initializer::fan_in_uniform_biased,
            .output_initializer = output};
  }
};

}  // namespace holdfast
