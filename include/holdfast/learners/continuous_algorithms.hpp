/// \file
/// The rows of the table of algorithms over continuous actions.
#pragma once

#include "holdfast/learners/algorithm_row.hpp"
#include "holdfast/learners/awac.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/brac.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/ddpg.hpp"
#include "holdfast/learners/diffusion_bc.hpp"
#include "holdfast/learners/diffusion_ql.hpp"
#include "holdfast/learners/edac.hpp"
#include "holdfast/learners/flow_bc.hpp"
#include "holdfast/learners/fql.hpp"
#include "holdfast/learners/idql.hpp"
#include "holdfast/learners/iql.hpp"
#include "holdfast/learners/rebrac.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/learners/sac_n.hpp"
#include "holdfast/learners/td3.hpp"

/// The rows for continuous actions, each with its learner, `Learner<Scalar>`.
namespace holdfast::algorithms {

struct BcRow {
  static constexpr AlgorithmRow row{"bc", "Bc", "–", "–", "cloning: max E_D[log π(a|s)]", "Pomerleau 1991"};
  template <class Scalar>
  using Learner = Bc<Scalar>;
};

struct PercentileBcRow {
  static constexpr AlgorithmRow row{
      "percentile_bc",    "Bc", "–", "–", "cloning of the best tenth of the trajectories", "Chen et al. 2021",
      {.best_share = 0.1}};
  template <class Scalar>
  using Learner = Bc<Scalar>;
};

struct DdpgRow {
  static constexpr AlgorithmRow row{
      "ddpg", "Ddpg", "target policy: Q_1(s, π̄(s))", "none", "greedy: max Q_1(s, π(s))", "Lillicrap et al. 2016"};
  template <class Scalar>
  using Learner = Ddpg<Scalar>;
};

struct Td3Row {
  static constexpr AlgorithmRow row{"td3",  "Td3",    "smoothed target policy: min_i Q_i(s, π̄(s) + noise)",
                                    "none", "greedy", "Fujimoto et al. 2018"};
  template <class Scalar>
  using Learner = Td3<Scalar>;
};

struct SacRow {
  static constexpr AlgorithmRow row{"sac",
                                    "Sac",
                                    "soft: E_π[min_i Q_i − α log π]",
                                    "none",
                                    "soft greedy: max E_π[min_i Q_i − α log π]",
                                    "Haarnoja et al. 2018"};
  template <class Scalar>
  using Learner = Sac<Scalar>;
};

struct SacNoEntropyRow {
  static constexpr AlgorithmRow row{"sac_no_entropy", "SacNoEntropyBackup", "policy value: E_π[min_i Q_i]",
                                    "none",           "soft greedy",        "its ablation"};
  template <class Scalar>
  using Learner = SacNoEntropyBackup<Scalar>;
};

struct SacNRow {
  static constexpr AlgorithmRow row{"sac_n", "SacN",        "soft, the minimum of 10 critics",
                                    "none",  "soft greedy", "An et al. 2021"};
  template <class Scalar>
  using Learner = SacN<Scalar>;
};

struct EdacRow {
  static constexpr AlgorithmRow row{"edac",
                                    "Edac",
                                    "soft, the minimum of 10 critics",
                                    "diversity: η/(N−1) Σ_{i≠j} cos(∇_a Q_i, ∇_a Q_j) at (s,a_D)",
                                    "soft greedy",
                                    "An et al. 2021"};
  template <class Scalar>
  using Learner = Edac<Scalar>;
};

struct Td3BcRow {
  static constexpr AlgorithmRow row{"td3_bc",
                                    "Td3Bc",
                                    "smoothed target policy",
                                    "none",
                                    "greedy and cloning: max λ Q_1(s, π(s)) − (π(s) − a)²",
                                    "Fujimoto and Gu 2021",
                                    {.normalizes = true}};
  template <class Scalar>
  using Learner = Td3Bc<Scalar>;
};

struct RebracRow {
  static constexpr AlgorithmRow row{"rebrac",
                                    "Rebrac",
                                    "smoothed target policy, less β_2 (ã − a′_D)²",
                                    "none",
                                    "greedy and cloning: max λ min_i Q_i(s, π(s)) − β_1 (π(s) − a)²",
                                    "Tarasov et al. 2023",
                                    {.batch_size = 1024, .needs_next_actions = true}};
  template <class Scalar>
  using Learner = Rebrac<Scalar>;
};

struct BearRow {
  static constexpr AlgorithmRow row{"bear",
                                    "Bear",
                                    "supported maximum: max over 10 draws of π of ¾ min_i Q_i + ¼ max_i Q_i",
                                    "none",
                                    "greedy under MMD(π, β̂) ≤ ε, dual ascent, β̂ a VAE",
                                    "Kumar et al. 2019"};
  template <class Scalar>
  using Learner = Bear<Scalar>;
};

struct BracRow {
  static constexpr AlgorithmRow row{
      "brac", "Brac", "policy value, less λ KL(π, β̂)", "none", "greedy less λ KL(π, β̂), β̂ a clone", "Wu et al. 2019"};
  template <class Scalar>
  using Learner = Brac<Scalar>;
};

struct AwacRow {
  static constexpr AlgorithmRow row{
      "awac", "Awac", "policy value", "none", "advantage weighted: max E_D[exp(A/λ) log π(a|s)]", "Nair et al. 2020"};
  template <class Scalar>
  using Learner = Awac<Scalar>;
};

struct CqlRow {
  static constexpr AlgorithmRow row{"cql",          "Cql",
                                    "policy value", "conservative: α (log ∫ exp Q(s,a) da − Q(s,a_D))",
                                    "soft greedy",  "Kumar et al. 2020"};
  template <class Scalar>
  using Learner = Cql<Scalar>;
};

struct CqlEntropyRow {
  static constexpr AlgorithmRow row{"cql_entropy",  "CqlEntropyBackup", "soft",
                                    "conservative", "soft greedy",      "Kumar et al. 2020"};
  template <class Scalar>
  using Learner = CqlEntropyBackup<Scalar>;
};

struct CqlMaximumRow {
  static constexpr AlgorithmRow row{"cql_maximum",  "CqlMaximumBackup", "maximum: max over 10 draws of π of min_i Q_i",
                                    "conservative", "soft greedy",      "Kumar et al. 2020"};
  template <class Scalar>
  using Learner = CqlMaximumBackup<Scalar>;
};

struct CalQlRow {
  static constexpr AlgorithmRow row{"cal_ql",
                                    "CalQl",
                                    "policy value",
                                    "conservative, values of π's draws at least the return to go",
                                    "soft greedy",
                                    "Nakamoto et al. 2023",
                                    {.needs_returns_to_go = true}};
  template <class Scalar>
  using Learner = CalQl<Scalar>;
};

struct IqlRow {
  static constexpr AlgorithmRow row{"iql",
                                    "Iql",
                                    "expectile: V fitted in-sample by L2^τ(min_i Q̄_i − V)",
                                    "none",
                                    "advantage weighted",
                                    "Kostrikov et al. 2022",
                                    {.policy_decays = true}};
  template <class Scalar>
  using Learner = Iql<Scalar>;
};

struct DiffusionBcRow {
  static constexpr AlgorithmRow row{"diffusion_bc",
                                    "DiffusionBc",
                                    "–",
                                    "–",
                                    "cloning by the denoising loss: min E_D[(ε̂(s, √ā_t a + √(1−ā_t) ε, t) − ε)²]",
                                    "Hansen-Estruch et al. 2023",
                                    {.policy_decays = true, .batch_size = 512}};
  template <class Scalar>
  using Learner = DiffusionBc<Scalar>;
};

struct FlowBcRow {
  static constexpr AlgorithmRow row{
      "flow_bc",         "FlowBc", "–", "–", "cloning by the flow loss: min E_D[(v(s, (1−t) ε + t a, t) − (a − ε))²]",
      "Park et al. 2025"};
  template <class Scalar>
  using Learner = FlowBc<Scalar>;
};

struct IdqlRow {
  static constexpr AlgorithmRow row{"idql",
                                    "Idql",
                                    "expectile",
                                    "none",
                                    "cloning by a diffusion; acts by the best of 64 draws",
                                    "Hansen-Estruch et al. 2023",
                                    {.policy_decays = true, .batch_size = 512}};
  template <class Scalar>
  using Learner = Idql<Scalar>;
};

struct IfqlRow {
  static constexpr AlgorithmRow row{
      "ifql", "Ifql", "expectile", "none", "cloning by a flow; acts by the best of 32 draws", "Park et al. 2025"};
  template <class Scalar>
  using Learner = Ifql<Scalar>;
};

struct IqlDiffusionRow {
  static constexpr AlgorithmRow row{"iql_diffusion",
                                    "IqlDiffusion",
                                    "expectile",
                                    "none",
                                    "advantage weighted denoising loss",
                                    "Hansen-Estruch et al. 2023",
                                    {.policy_decays = true, .batch_size = 512}};
  template <class Scalar>
  using Learner = IqlDiffusion<Scalar>;
};

struct DiffusionQlRow {
  static constexpr AlgorithmRow row{"diffusion_ql",
                                    "DiffusionQl",
                                    "draw of a target policy: min_i Q_i(s, ã)",
                                    "none",
                                    "greedy through the denoising chain, and cloning; acts by one of 50 draws",
                                    "Wang et al. 2023"};
  template <class Scalar>
  using Learner = DiffusionQl<Scalar>;
};

struct FqlRow {
  static constexpr AlgorithmRow row{
      "fql",
      "Fql",
      "policy value, mean of the critics",
      "none",
      "greedy one-step policy, distilled from a cloned flow: min α (μ(s,z) − flow(s,z))² − Q(s, μ(s,z))",
      "Park et al. 2025"};
  template <class Scalar>
  using Learner = Fql<Scalar>;
};

}  // namespace holdfast::algorithms
