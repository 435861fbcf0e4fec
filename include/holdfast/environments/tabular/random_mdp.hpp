/// \file
/// random_mdp: random tabular MDPs, for tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/tabular/tabular_mdp.hpp"

namespace holdfast {

/// The distribution of the expected rewards of a random MDP.
enum class RewardLaw {
  normal,  ///< N(0, 1)
  uniform  ///< U(0, 1)
};

/// The parameters of `random_mdp`.
struct RandomMdpConfig {
  Index states = 10;                      ///< at least 1
  Index actions = 3;                      ///< at least 1
  Index branching = 3;                    ///< next states of each action in each state, in [1, states]
  Index resolution = 0;                   ///< n: all probabilities are multiples of 1/n; 0: no restriction
  double termination = 0;                 ///< probability that a step ends the process, in [0, 1), a multiple of 1/n
  RewardLaw rewards = RewardLaw::normal;  ///< distribution of the expected rewards

  /// Returns n · (1 − termination), the multiples of 1/n that are left for the next states. 0 without a resolution.
  [[nodiscard]] Index units() const {
    return resolution - static_cast<Index>(std::lround(termination * static_cast<double>(resolution)));
  }

  /// Throws ConfigError naming the first field outside its range.
  void validate() const {
    require(states >= 1, "random_mdp.states", "at least 1", states);
    require(actions >= 1, "random_mdp.actions", "at least 1", actions);
    require(branching >= 1 && branching <= states, "random_mdp.branching", "within [1, states]", branching);
    require(resolution >= 0, "random_mdp.resolution", "at least 0", resolution);
    require(termination >= 0 && termination < 1, "random_mdp.termination", "in [0, 1)", termination);
    if (resolution == 0) return;
    const auto parts = static_cast<double>(resolution);
    require(std::abs(termination * parts - static_cast<double>(resolution - units())) < 1e-9, "random_mdp.termination",
            "a multiple of 1/resolution", termination);
    require(units() >= branching, "random_mdp.resolution",
            "so large that its multiples suffice for all branches and the end", resolution);
  }
};

namespace detail {

/// Returns the lengths between `count` − 1 uniform cut points of [0, 1]. With `units`, the interval is [0, units] and
/// the cut points are different numbers of {1, …, units − 1}.
inline std::vector<double> random_shares(Index count, Index units, Generator& generator) {
  std::vector<double> shares{units > 0 ? static_cast<double>(units) : 1.0};
  if (units > 0) {
    // Each inner point is taken with the probability that makes all subsets equally likely.
    for (Index point = 1, wanted = count - 1; wanted > 0; ++point)
      if (generator.index(units - point) < wanted) {
        shares.push_back(static_cast<double>(point));
        --wanted;
      }
  } else {
    while (static_cast<Index>(shares.size()) < count) shares.push_back(generator.uniform());
  }
  std::sort(shares.begin(), shares.end());
  std::adjacent_difference(shares.begin(), shares.end(), shares.begin());
  return shares;
}

}  // namespace detail

/// Returns a "Garnet" (Archibald, McKinnon and Thomas, "On the generation of Markov decision processes", J. Oper. Res.
/// Soc. 1995). From each state each action leads to `branching` different states, drawn uniformly. Their probabilities
/// are the lengths between uniform cut points of the unit interval. The initial state is uniform, and every action is
/// available.
///
/// With a resolution n the cut points are different multiples of 1/n, so that a dataset with n transitions of each
/// action in each state can represent every expectation exactly. Throws ConfigError if the config is not valid.
[[nodiscard]] inline TabularMdp random_mdp(const RandomMdpConfig& config, Generator& generator) {
  config.validate();
  TabularMdp mdp = TabularMdp::zeros(config.states, config.actions);
  // With a resolution, whole numbers are divided only at the end, so that equal probabilities are equal to the last
  // bit.
  const bool exact = config.resolution > 0;
  const auto parts = static_cast<double>(config.resolution);
  const double scale = 1 - config.termination;
  mdp.terminations.setConstant(exact ? static_cast<double>(config.resolution - config.units()) / parts
                                     : config.termination);
  mdp.initial.setConstant(1 / static_cast<double>(config.states));
  std::vector<Index> order(static_cast<std::size_t>(config.states));
  std::iota(order.begin(), order.end(), Index{0});
  for (Index column = 0; column < mdp.transitions.cols(); ++column) {
    const std::vector<double> shares = detail::random_shares(config.branching, config.units(), generator);
    for (Index branch = 0; branch < config.branching; ++branch) {
      const auto place = static_cast<std::size_t>(branch);
      std::swap(order[place], order[static_cast<std::size_t>(branch + generator.index(config.states - branch))]);
      mdp.transitions(order[place], column) = exact ? shares[place] / parts : scale * shares[place];
    }
  }
  for (double& reward : mdp.rewards.reshaped())
    reward = config.rewards == RewardLaw::normal ? generator.normal() : generator.uniform();
  return mdp;
}

}  // namespace holdfast
