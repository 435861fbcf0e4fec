/// \file
/// Random tabular MDPs, to test on what nobody chose.
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

/// Where the expected rewards of a random MDP come from.
enum class RewardLaw {
  normal,  ///< N(0, 1)
  uniform  ///< U(0, 1)
};

/// Parameters of `random_mdp`.
struct RandomMdpConfig {
  Index states = 10;                      ///< at least 1
  Index actions = 3;                      ///< at least 1
  Index branching = 3;                    ///< next states of each action in each state, in [1, states]
  Index resolution = 0;                   ///< n: all chances are multiples of 1/n; 0: any numbers
  double termination = 0;                 ///< the chance that a step ends, in [0, 1), a multiple of 1/n
  RewardLaw rewards = RewardLaw::normal;  ///< of each action in each state

  /// n · (1 − termination), what is left to the next states. 0 without a resolution.
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

/// The lengths between `count` − 1 uniform cut points of [0, 1]; with units, between different ones of {1, …, units −
/// 1}.
inline std::vector<double> random_shares(Index count, Index units, Generator& generator) {
  std::vector<double> shares{units > 0 ? static_cast<double>(units) : 1.0};
  if (units > 0) {
    // Each inner point in turn is taken with the chance that makes all subsets alike.
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

/// A "Garnet" (Archibald, McKinnon and Thomas, "On the generation of Markov decision processes", J. Oper. Res. Soc.
/// 1995): from each state each action leads to `branching` different states, drawn uniformly, with chances that are the
/// lengths between uniform cut points of the unit interval. The initial state is uniform, every action available.
///
/// With a resolution n the cut points are different multiples of 1/n, so that a dataset with n transitions of each
/// action in each state can hold every expectation exactly. Throws ConfigError if the config is not valid.
[[nodiscard]] inline TabularMdp random_mdp(const RandomMdpConfig& config, Generator& generator) {
  config.validate();
  TabularMdp mdp = TabularMdp::zeros(config.states, config.actions);
  // With a resolution, whole numbers are divided only at the end, so that equal chances are equal to the last bit.
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
