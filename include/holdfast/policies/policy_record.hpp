/// \file
/// Defines a policy as plain data, as stored in files. `make_policy` (any_policy.hpp) restores the policy from it.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/best_of.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/greedy.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"

namespace holdfast {

/// A record of a policy: its type, sizes, configuration and parameters. Doubles hold the parameters of a float policy
/// exactly.
struct PolicyRecord {
  /// Names of fields with their values as text (list_fields).
  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// The additional data of a BestOf policy.
  struct BestOfRecord {
    Index samples = 0;          ///< N
    std::uint64_t seed = 0;     ///< seed of the draws
    Fields config;              ///< configuration of the first critic, an MlpQ
    Vector<double> parameters;  ///< parameters of the first critic
  };

  std::string type;  ///< "tanh_gaussian", "gaussian", "deterministic", or for finite actions "categorical", "greedy"
  Sizes sizes;
  Fields config;
  Vector<double> parameters;            ///< all parameters; for a greedy policy those of its critics in turn
  std::optional<BestOfRecord> best_of;  ///< present if the policy is a continuous one inside a BestOf
};

/// Configuration of a recorded Greedy.
struct GreedyConfig {
  double epsilon = 0;  ///< ε
  Index critics = 1;   ///< number of critics
  MlpConfig network = {};

  static void fields(auto& self, auto&& visit) {
    visit("epsilon", self.epsilon, Interval{0, 1});
    visit("critics", self.critics, size_from(1));
    visit("network", self.network);
  }
};

/// The policy that Dqn and FiniteCql act with.
template <class Scalar = float>
using MlpGreedy = Greedy<Ensemble<MlpFiniteQ<Scalar>, 1>>;

/// The policies that can be restored from their configuration and parameters alone.
template <class Policy>
concept IsRecordablePolicy = std::same_as<Policy, MlpCategorical<typename Policy::Scalar>> ||
    std::same_as<Policy, TanhGaussian<typename Policy::Scalar>> ||
    std::same_as<Policy, Gaussian<typename Policy::Scalar>> ||
    std::same_as<Policy, Deterministic<typename Policy::Scalar>>;

/// Returns the record of a policy.
template <IsRecordablePolicy Policy>
[[nodiscard]] PolicyRecord record_of(const Policy& policy) {
  return {.type = Policy::name(),
          .sizes = {policy.observation_size(), policy.action_size()},
          .config = list_fields(policy.config()),
          .parameters = policy.parameters().template cast<double>(),
          .best_of = std::nullopt};
}

/// Returns the record of a BestOf. It contains only the first critic, which makes the choices. A BestOf with 0 samples
/// gives the record of its inner policy.
template <IsRecordablePolicy Policy>
[[nodiscard]] PolicyRecord record_of(const BestOf<Policy, Ensemble<MlpQ<typename Policy::Scalar>>>& policy) {
  PolicyRecord record = record_of(policy.policy());
  if (policy.samples() == 0) return record;
  const auto& critic = policy.critics().member(Net::online, 0);
  record.best_of = {.samples = policy.samples(),
                    .seed = policy.seed(),
                    .config = list_fields(critic.config()),
                    .parameters = critic.parameters().template cast<double>()};
  return record;
}

/// Returns the record of a Greedy. It contains only the online networks of the critics, which make the choices.
template <class Scalar, Index DefaultSize>
[[nodiscard]] PolicyRecord record_of(const Greedy<Ensemble<MlpFiniteQ<Scalar>, DefaultSize>>& policy) {
  const auto& critics = policy.critics();
  const auto& first = critics.member(Net::online, 0);
  const Index count = first.parameters().size();
  Vector<double> parameters(critics.size() * count);
  for (Index i = 0; i < critics.size(); ++i)
    parameters.segment(i * count, count) = critics.member(Net::online, i).parameters().template cast<double>();
  return {.type = policy.name(),
          .sizes = {first.observation_size(), policy.action_size()},
          .config = list_fields(
              GreedyConfig{.epsilon = policy.epsilon(), .critics = critics.size(), .network = first.config()}),
          .parameters = std::move(parameters),
          .best_of = std::nullopt};
}

/// Returns whether a record of this type is for a policy with a finite action set.
[[nodiscard]] constexpr bool is_finite_type(std::string_view type) {
  return type == MlpCategorical<>::name() || type == MlpGreedy<>::name();
}

/// A policy that has a record.
template <class Policy>
concept Recordable = requires(const Policy& policy) {
  { record_of(policy) } -> std::same_as<PolicyRecord>;
};

namespace detail {

inline void check_parameters(const char* name, const Vector<double>& parameters) {
  for (Index i = 0; i < parameters.size(); ++i)
    if (!std::isfinite(parameters(i)))
      throw DataError(message(name, ": expected finite numbers, found ", parameters(i), " in row ", i));
}

/// Throws DataError unless a network of these sizes can have this number of parameters. This keeps a damaged
/// configuration from causing a huge allocation.
inline void check_plausible(const char* name, const MlpConfig& network, Sizes sizes, Index parameters) {
  Index inputs = sizes.observation;
  Index fewest = 0;
  for (const Index width : network.hidden) {
    if (width > parameters || inputs > parameters) fewest = parameters + 1;
    if (fewest > parameters) break;
    fewest += width * (inputs + 1);
    inputs = width;
  }
  fewest += inputs + 1;  // at least one output
  if (fewest > parameters || sizes.observation > parameters || sizes.action > parameters)
    throw DataError(
        message(name, ": expected as many numbers as the sizes and the hidden layers ask for, found ", parameters));
}

/// Returns a configuration with the given fields. Throws DataError if a field is not valid or a size is not positive.
template <class Config>
Config configured(const PolicyRecord::Fields& fields, Sizes sizes) {
  Config config;
  try {
    for (const auto& [field, value] : fields) set_field(config, field, value);
    check_fields(config);
    require(sizes.observation > 0, "observation_size", "positive", sizes.observation);
    require(sizes.action > 0, "action_size", "positive", sizes.action);
  } catch (const ConfigError& error) {
    throw DataError(error.what());
  }
  return config;
}

/// Returns a network or policy with the given configuration and parameters, built as `Part(config, sizes, generator)`.
/// Throws DataError if the parameters do not fit.
template <class Part, class Config>
Part filled(const char* name, const Config& config, const Vector<double>& parameters, Sizes sizes) {
  if constexpr (std::same_as<Config, MlpConfig>)
    check_plausible(name, config, sizes, parameters.size());
  else
    check_plausible(name, config.network, sizes, parameters.size());
  Generator generator(0, Stream::initialization);  // its draws are overwritten
  Part part(config, sizes, generator);
  if (part.parameters().size() != parameters.size())
    throw DataError(message(name, ": expected ", part.parameters().size(), " numbers, found ", parameters.size()));
  check_parameters(name, parameters);
  part.parameters() = parameters.template cast<typename Part::Scalar>();
  return part;
}

template <class Policy>
Policy restore(const PolicyRecord& record) {
  const auto config = configured<typename Policy::Config>(record.config, record.sizes);
  return filled<Policy>("parameters", config, record.parameters, record.sizes);
}

template <class Scalar>
MlpGreedy<Scalar> restore_greedy(const PolicyRecord& record) {
  const auto config = configured<GreedyConfig>(record.config, record.sizes);
  const Index total = record.parameters.size();
  if (config.critics > total || total % config.critics != 0)
    throw DataError(message("parameters: expected as many numbers for each of ", config.critics, " critics, found ",
                            total, " in all"));
  std::vector<MlpFiniteQ<Scalar>> critics;
  const Index count = total / config.critics;
  for (Index i = 0; i < config.critics; ++i)
    critics.push_back(filled<MlpFiniteQ<Scalar>>("parameters", config.network,
                                                 record.parameters.segment(i * count, count), record.sizes));
  return {Ensemble<MlpFiniteQ<Scalar>, 1>(std::move(critics)), record.sizes.action, config.epsilon};
}

}  // namespace detail

/// Returns the first critic of a recorded BestOf. Throws DataError if the record contradicts itself or has no critic.
template <class Scalar>
[[nodiscard]] MlpQ<Scalar> restore_critic(const PolicyRecord& record) {
  if (!record.best_of) throw DataError("best_of: expected a critic, found none");
  const PolicyRecord::BestOfRecord& best_of = *record.best_of;
  if (best_of.samples < 0 || best_of.samples > 1000000)
    throw DataError(message("best_of/samples: expected a number in [0, 1000000], found ", best_of.samples));
  const auto config = detail::configured<MlpConfig>(best_of.config, record.sizes);
  return detail::filled<MlpQ<Scalar>>("best_of/parameters", config, best_of.parameters, record.sizes);
}

}  // namespace holdfast
