/// \file
/// The rows of the table of algorithms over finite actions.
#pragma once

#include "holdfast/learners/algorithm_row.hpp"
#include "holdfast/learners/awac.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/brac.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/iql.hpp"
#include "holdfast/learners/sac.hpp"

/// The rows for finite actions, each with its learner, `Learner<Scalar>`.
namespace holdfast::finite_algorithms {

struct BcRow {
  static constexpr AlgorithmRow row{"bc", "FiniteBc", "–", "–", "cloning: max E_D[log π(a|s)]", "Pomerleau 1991"};
  template <class Scalar>
  using Learner = FiniteBc<Scalar>;
};

struct DqnRow {
  static constexpr AlgorithmRow row{"dqn",  "Dqn",    "maximum: max_a Q, chosen by the online critic",
                                    "none", "argmax", "van Hasselt et al. 2016"};
  template <class Scalar>
  using Learner = Dqn<Scalar>;
};

struct SacRow {
  static constexpr AlgorithmRow row{"sac",  "FiniteSac",   "soft: E_π[min_i Q_i − α log π]",
                                    "none", "soft greedy", "Christodoulou 2019"};
  template <class Scalar>
  using Learner = FiniteSac<Scalar>;
};

struct BearRow {
  static constexpr AlgorithmRow row{"bear",
                                    "FiniteBear",
                                    "supported maximum: E[max of 10 draws of π]",
                                    "none",
                                    "greedy under P_π[β̂(a|s) < threshold] ≤ ε, dual ascent",
                                    "Kumar et al. 2019"};
  template <class Scalar>
  using Learner = FiniteBear<Scalar>;
};

struct BracRow {
  static constexpr AlgorithmRow row{
      "brac", "FiniteBrac", "policy value, less λ KL(π, β̂)", "none", "greedy less λ KL(π, β̂)", "Wu et al. 2019"};
  template <class Scalar>
  using Learner = FiniteBrac<Scalar>;
};

struct AwacRow {
  static constexpr AlgorithmRow row{"awac", "FiniteAwac",         "policy value",
                                    "none", "advantage weighted", "Nair et al. 2020"};
  template <class Scalar>
  using Learner = FiniteAwac<Scalar>;
};

struct CqlRow {
  static constexpr AlgorithmRow row{
      "cql", "FiniteCql", "maximum", "conservative: α (log Σ_a exp Q − Q(s,a_D))", "argmax", "Kumar et al. 2020"};
  template <class Scalar>
  using Learner = FiniteCql<Scalar>;
};

struct IqlRow {
  static constexpr AlgorithmRow row{"iql",
                                    "FiniteIql",
                                    "expectile: V fitted in-sample by L2^τ(min_i Q̄_i − V)",
                                    "none",
                                    "advantage weighted",
                                    "Kostrikov et al. 2022",
                                    {.policy_decays = true}};
  template <class Scalar>
  using Learner = FiniteIql<Scalar>;
};

}  // namespace holdfast::finite_algorithms
