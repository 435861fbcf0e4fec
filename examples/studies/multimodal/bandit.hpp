/// \file
/// The four-cluster bandit of Diffusion-QL's paper: its data, and what the draws of a policy are worth.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/policies/deployed.hpp"
#include "studies/support/metric_table.hpp"

namespace multimodal {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this folder is one program

/// One state, actions in the plane. The data's actions lie in four clusters, N((±0.8, ±0.8), 0.05²) clipped to ±1, and
/// earn the mean reward of their cluster plus N(0, 0.5²) (Wang et al. 2023, "Diffusion-QL", section 5.1). The best
/// policy draws from the cluster that earns 5.
class Bandit {
 public:
  /// A cluster of the data's actions.
  struct Cluster {
    double x;
    double y;
    double reward;
  };
  static constexpr std::array<Cluster, 4> clusters{Cluster{-0.8, 0.8, 3.0}, Cluster{-0.8, -0.8, 0.0},
                                                   Cluster{0.8, 0.8, 1.5}, Cluster{0.8, -0.8, 5.0}};
  static constexpr Index per_cluster = 2500;
  static constexpr double spread = 0.05;
  static constexpr double reward_noise = 0.5;
  static constexpr double radius = 5 * spread;  ///< an action this near to a centre counts as the cluster's
  static constexpr double optimum = 5;

  /// Returns the data of a seed. Each transition ends its episode.
  [[nodiscard]] static Transitions<> data(std::uint64_t seed) {
    ReplayBuffer<> buffer({1, 2}, per_cluster * static_cast<Index>(clusters.size()));
    Generator generator(seed, Stream::environment);
    const Vector<float> state = Vector<float>::Ones(1);
    for (const Cluster& cluster : clusters)
      for (Index i = 0; i < per_cluster; ++i) {
        Vector<double> action{{cluster.x + spread * generator.normal(), cluster.y + spread * generator.normal()}};
        action = action.cwiseMax(-1).cwiseMin(1);
        const double reward = cluster.reward + reward_noise * generator.normal();
        buffer.add(state, action.cast<float>(), static_cast<float>(reward), state, true, false);
      }
    return buffer.transitions();
  }

  /// Returns the cluster of an action, −1 if it lies in a gap.
  [[nodiscard]] static int cluster_of(double x, double y) {
    for (std::size_t i = 0; i < clusters.size(); ++i)
      if (std::hypot(x - clusters[i].x, y - clusters[i].y) <= radius) return static_cast<int>(i);
    return -1;
  }

  /// Returns the figures of draws (2×N): their mean reward, where a gap earns nothing, the share that lies in gaps, the
  /// share in the best cluster, and the number of clusters with at least one draw in twenty.
  [[nodiscard]] static std::vector<program::Metric> measure(const Matrix<float>& draws) {
    std::array<double, clusters.size()> shares{};
    double gap = 0;
    double value = 0;
    const double each = 1.0 / static_cast<double>(draws.cols());
    for (Index i = 0; i < draws.cols(); ++i) {
      const int cluster = cluster_of(static_cast<double>(draws(0, i)), static_cast<double>(draws(1, i)));
      if (cluster < 0) {
        gap += each;
        continue;
      }
      shares[static_cast<std::size_t>(cluster)] += each;
      value += each * clusters[static_cast<std::size_t>(cluster)].reward;
    }
    double modes = 0;
    for (const double share : shares) modes += share >= 0.05 ? 1 : 0;
    return {{"value", value}, {"gap_share", gap}, {"best_share", shares.back()}, {"modes", modes}};
  }

  /// Returns `count` draws (2×count) of a policy at the one state.
  template <class Policy>
  [[nodiscard]] static Matrix<float> draws_of(const Policy& policy, Index count, std::uint64_t seed) {
    DeployedPolicy<Policy> acting(policy, Normalization<float>::identity(1));
    Generator generator(seed, Stream::evaluation);
    Matrix<float> actions;
    static_cast<void>(acting.act(Matrix<float>::Ones(1, count), Acting::sample, generator, actions));
    return actions;
  }
};

}  // namespace multimodal
