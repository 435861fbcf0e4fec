/// \file
/// Algorithms: the table of algorithms as data, for programs, tests and the README's table.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/row_table.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/learners/awac.hpp"
#include "holdfast/learners/bc.hpp"
#include "holdfast/learners/bear.hpp"
#include "holdfast/learners/brac.hpp"
#include "holdfast/learners/cql.hpp"
#include "holdfast/learners/ddpg.hpp"
#include "holdfast/learners/dqn.hpp"
#include "holdfast/learners/edac.hpp"
#include "holdfast/learners/iql.hpp"
#include "holdfast/learners/rebrac.hpp"
#include "holdfast/learners/sac.hpp"
#include "holdfast/learners/sac_n.hpp"
#include "holdfast/learners/td3.hpp"

namespace holdfast {

/// The part of an algorithm's published recipe that is not the learner's: how its authors prepare the data and train.
struct AlgorithmTraining {
  /// True if the published learning rate of the policy decays to 0 over the whole training.
  /// `policy_optimizer.decay_steps` should then be the number of updates, which the default, 0, cannot know.
  bool policy_decays = false;
  Index batch_size = 256;            ///< transitions per update
  bool normalizes = false;           ///< observations are normalized by the data's moments (Normalization::fit)
  bool needs_next_actions = false;   ///< batches hold the data's next actions (with_next_actions)
  bool needs_returns_to_go = false;  ///< batches hold what the data earned from each state on (lowest_returns_to_go)
  double best_share = 1;             ///< share of the trajectories that is used, the best ones (best_trajectories)
};

/// One row of the table.
struct AlgorithmRow {
  static constexpr std::string_view kind = "algorithm";

  std::string_view name;         ///< name in programs, such as "cql_maximum"
  std::string_view type;         ///< C++ name of the learner, without its template argument
  std::string_view value;        ///< the value rule V(s)
  std::string_view penalty;      ///< the critic penalty
  std::string_view improvement;  ///< the policy improvement
  std::string_view paper;
  AlgorithmTraining training = {};
};

/// The rows for continuous actions, each with its learner, `Learner<Scalar>`.
namespace algorithms {

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

}  // namespace algorithms

/// The rows for finite actions, each with its learner, `Learner<Scalar>`.
namespace finite_algorithms {

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

}  // namespace finite_algorithms

/// A list of rows.
template <class... Entries>
struct AlgorithmTable : RowTable<AlgorithmRow, Entries...> {
  /// The table with more rows.
  template <class... More>
  using With = AlgorithmTable<Entries..., More...>;
};

namespace detail {

using ContinuousAlgorithms =
    AlgorithmTable<algorithms::BcRow, algorithms::PercentileBcRow, algorithms::DdpgRow, algorithms::Td3Row,
                   algorithms::SacRow, algorithms::SacNoEntropyRow, algorithms::SacNRow, algorithms::EdacRow,
                   algorithms::Td3BcRow, algorithms::RebracRow, algorithms::BearRow, algorithms::BracRow,
                   algorithms::AwacRow, algorithms::CqlRow, algorithms::CqlEntropyRow, algorithms::CqlMaximumRow,
                   algorithms::CalQlRow, algorithms::IqlRow>;
using FiniteAlgorithms =
    AlgorithmTable<finite_algorithms::BcRow, finite_algorithms::DqnRow, finite_algorithms::SacRow,
                   finite_algorithms::BearRow, finite_algorithms::BracRow, finite_algorithms::AwacRow,
                   finite_algorithms::CqlRow, finite_algorithms::IqlRow>;

}  // namespace detail

/// The algorithms of the library for an action type: continuous actions, or finite ones with
/// `Algorithms<ActionIndices>`. For finite actions expectations are exact. `Algorithms<>::With<MyRow>` adds a row of
/// your own.
template <class Actions = Matrix<float>>
using Algorithms = std::conditional_t<FiniteActions<Actions>, detail::FiniteAlgorithms, detail::ContinuousAlgorithms>;

/// Returns the table in Markdown, as in the README.
template <class Table = Algorithms<>>
[[nodiscard]] std::string markdown_table() {
  const auto cell = [](std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped.append(c == '|' ? "\\" : "").push_back(c);
    return escaped + " | ";
  };
  std::string text =
      "| name | type | value rule V(s) | critic penalty | policy improvement | paper |\n|---|---|---|---|---|---|\n";
  for (const AlgorithmRow& row : Table::rows)
    text += message("| `", row.name, "` | `", row.type, "` | ", cell(row.value), cell(row.penalty),
                    cell(row.improvement), row.paper, " |\n");
  return text;
}

}  // namespace holdfast
