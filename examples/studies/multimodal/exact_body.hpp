/// \file
/// ExactBody: the best possible network of a diffusion or flow for the bandit's data, by Bayes' rule.
#pragma once

#include <cmath>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/policies/flow.hpp"
#include "studies/multimodal/bandit.hpp"

namespace multimodal {

/// Configuration of ExactBody.
struct ExactBodyConfig {
  std::vector<double> kept{};  ///< ā_t of a diffusion; empty: a flow

  static void fields(auto&, auto&&) {}
};

/// The function that a diffusion's or a flow's network would become on endless data of the bandit: the conditional mean
/// of its target given the noised action x. The data's actions are a mixture of four Gaussians, so that it is known. It
/// takes the place of a network's body (TimedNetwork), with time features t itself, and has no parameters. It shows how
/// good a chain of so many steps can be.
class ExactBody {
 public:
  using Scalar = float;
  using Config = ExactBodyConfig;
  struct Tape {
    Matrix<float> outputs;
  };

  [[nodiscard]] static constexpr const char* name() { return "exact"; }

  ExactBody(Index, Index, Index, Config config) : config_(std::move(config)) {}

  [[nodiscard]] static Index parameter_count() { return 0; }
  [[nodiscard]] const Config& config() const { return config_; }
  static void initialize(float*, Generator&) {}

  /// Returns the mean targets (2×N) for own inputs [x; t] (3×N).
  const Matrix<float>& forward(const float*, const Matrix<float>&, const Matrix<float>& own, Tape& tape) const {
    tape.outputs.resize(2, own.cols());
    for (Index i = 0; i < own.cols(); ++i) {
      const Vector<double> x = own.col(i).head(2).cast<double>();
      const auto t = static_cast<double>(own(2, i));
      const bool flow = config_.kept.empty();
      const double share = flow ? t : std::sqrt(config_.kept[static_cast<std::size_t>(std::lround(t))]);
      const double noise = flow ? 1 - t : std::sqrt(1 - share * share);
      const Vector<double> action = mean_action(x, share, noise);
      const Vector<double> mean_noise = (x - share * action) / noise;
      tape.outputs.col(i) = (flow ? Vector<double>(action - mean_noise) : mean_noise).cast<float>();
    }
    return tape.outputs;
  }

  void backward(const float*, const Matrix<float>&, const Matrix<float>&, Tape&, const Matrix<float>&, float*) const {
    throw ConfigError("an ExactBody is not trained");
  }
  void own_gradient(const float*, Tape&, Matrix<float>&) const { throw ConfigError("an ExactBody is not trained"); }

 private:
  /// Returns E[a | share · a + noise · ε = x].
  static Vector<double> mean_action(const Vector<double>& x, double share, double noise) {
    constexpr double spread = Bandit::spread * Bandit::spread;
    const double variance = share * share * spread + noise * noise;
    double total = 0;
    Vector<double> sum = Vector<double>::Zero(2);
    for (const Bandit::Cluster& cluster : Bandit::clusters) {
      const Vector<double> center{{cluster.x, cluster.y}};
      const Vector<double> off = x - share * center;
      // Less the least exponent there can be for x, so that not all weights vanish.
      const double nearest = (x.cwiseAbs() - share * center.cwiseAbs()).squaredNorm();
      const double weight = std::exp((nearest - off.squaredNorm()) / (2 * variance));
      total += weight;
      sum += weight * (center + share * spread / variance * off);
    }
    return sum / total;
  }

  Config config_;
};

/// Returns the diffusion with the exact network and that number of steps.
inline Diffusion<ExactBody> exact_diffusion(Index steps) {
  Diffusion<ExactBody>::Config config;
  config.process.steps = steps;
  config.time = FlowMatching::time_features();
  double kept = 1;
  for (const double size : noise_sizes(config.process.schedule, steps)) config.network.kept.push_back(kept *= 1 - size);
  Generator generator(0);
  return {config, {1, 2}, generator};
}

/// Returns the flow with the exact network and that number of steps.
inline Flow<ExactBody> exact_flow(Index steps) {
  Flow<ExactBody>::Config config;
  config.process.steps = steps;
  Generator generator(0);
  return {config, {1, 2}, generator};
}

}  // namespace multimodal
