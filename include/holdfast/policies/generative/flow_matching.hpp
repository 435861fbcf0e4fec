/// \file
/// FlowMatching: the flow from noise to actions along straight lines.
#pragma once

#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/time_features.hpp"
#include "holdfast/policies/generative/process.hpp"

namespace holdfast {

/// Configuration of FlowMatching.
struct FlowMatchingConfig {
  Index steps = 10;  ///< K, Euler steps of sampling

  static void fields(auto& self, auto&& visit) { visit("steps", self.steps, Interval{.lowest = 1, .highest = 10000}); }
};

/// Flow matching over actions (Lipman et al. 2023, "Flow matching for generative modeling"; for policies Park et al.
/// 2025, "FQL"). The network learns the velocity of straight lines from noise to actions,
///
///     x = (1 − t) ε + t a,  f(s, x, t) → a − ε,  t ~ U[0, 1).
///
/// Sampling starts from x ~ N(0, 1) and takes K Euler steps x ← x + f(s, x, i/K) / K. The result is clipped.
class FlowMatching {
 public:
  using Config = FlowMatchingConfig;

  /// Returns the name used in files and settings.
  [[nodiscard]] static constexpr const char* name() { return "flow"; }
  /// Returns the time features of FQL: t itself.
  [[nodiscard]] static TimeFeaturesConfig time_features() { return {.encoding = TimeEncoding::number, .layers = {}}; }

  /// Throws ConfigError if the configuration is not valid.
  explicit FlowMatching(const Config& config) : config_((check_fields(config), config)) {
    const auto count = static_cast<double>(config.steps);
    for (Index i = 0; i < config.steps; ++i)
      steps_.push_back({.time = static_cast<double>(i) / count, .move = 1 / count});
  }

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const std::vector<SamplingStep>& steps() const { return steps_; }

  /// Draws t and returns its example.
  [[nodiscard]] TrainingExample example(Generator& generator) const {
    const double t = generator.uniform();
    return {.time = t, .action_share = t, .noise_share = 1 - t, .target_action = 1, .target_noise = -1};
  }

 private:
  Config config_;
  std::vector<SamplingStep> steps_;
};

}  // namespace holdfast
