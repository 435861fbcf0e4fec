/// \file
/// Everything about a policy as plain data, from which `make_policy` (any_policy.hpp) makes it again: what a file
/// holds.
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
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/policies/best_of.hpp"
#include "holdfast/policies/deterministic.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"

namespace holdfast {

/// A policy: what it is, how large, how configured, and its parameters. Doubles hold those of a float policy exactly.
struct PolicyRecord {
  /// Fields by name with their values as text (list_fields).
  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// What a BestOf has besides the policy inside.
  struct BestOfRecord {
    Index samples = 0;          ///< N
    std::uint64_t seed = 0;     ///< of the draws
    Fields config;              ///< of the first critic, an MlpQ
    Vector<double> parameters;  ///< of the first critic
  };

  std::string type;  ///< "tanh_gaussian", "gaussian" or "deterministic"
  Sizes sizes;
  Fields config;
  Vector<double> parameters;
  std::optional<BestOfRecord> best_of;  ///< where the policy is one of these inside a BestOf
};

/// The policies that `make_policy` can make again from their configuration and parameters.
template <class Policy>
concept RecordablePolicy = std::same_as<Policy, TanhGaussian<typename Policy::Scalar>> ||
    std::same_as<Policy, Gaussian<typename Policy::Scalar>> ||
    std::same_as<Policy, Deterministic<typename Policy::Scalar>>;

/// The record of a policy.
template <RecordablePolicy Policy>
[[nodiscard]] PolicyRecord record_of(const Policy& policy) {
  return {.type = Policy::name(),
          .sizes = {policy.observation_size(), policy.action_size()},
          .config = list_fields(policy.config()),
          .parameters = policy.parameters().template cast<double>(),
          .best_of = std::nullopt};
}

/// The record of a BestOf. Of its critics it holds the first, by which it chooses.
template <RecordablePolicy Policy>
[[nodiscard]] PolicyRecord record_of(const BestOf<Policy, Ensemble<MlpQ<typename Policy::Scalar>>>& policy) {
  PolicyRecord record = record_of(policy.policy());
  const auto& critic = policy.critics().member(Net::online, 0);
  record.best_of = {.samples = policy.samples(),
                    .seed = policy.seed(),
                    .config = list_fields(critic.config()),
                    .parameters = critic.parameters().template cast<double>()};
  return record;
}

/// What has a record.
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

/// Throws DataError unless so many parameters can belong to a network of these sizes: a damaged configuration must not
/// make anyone allocate by it.
inline void check_plausible(const char* name, const MlpConfig& network, Sizes sizes, Index parameters) {
  Index inputs = sizes.observation;
  Index fewest = 0;
  for (const Index width : network.hidden) {
    if (width > parameters || inputs > parameters) fewest = parameters + 1;
    if (fewest > parameters) break;
    fewest += width * (inputs + 1);
    inputs = width;
  }
  fewest += inputs + 1;  // of one output at least
  if (fewest > parameters || sizes.observation > parameters || sizes.action > parameters)
    throw DataError(
        message(name, ": expected as many numbers as the sizes and the hidden layers ask for, found ", parameters));
}

/// A network or policy of its configuration and parameters, as `Part(config, sizes, generator)` makes it.
template <class Part, class Config>
Part restore(const char* name, Config config, const PolicyRecord::Fields& fields, const Vector<double>& parameters,
             Sizes sizes) {
  try {
    for (const auto& [field, value] : fields) set_field(config, field, value);
    check_fields(config);
    require(sizes.observation > 0, "observation_size", "positive", sizes.observation);
    require(sizes.action > 0, "action_size", "positive", sizes.action);
  } catch (const ConfigError& error) {
    throw DataError(error.what());
  }
  if constexpr (std::same_as<Config, MlpConfig>)
    check_plausible(name, config, sizes, parameters.size());
  else
    check_plausible(name, config.network, sizes, parameters.size());
  Generator generator(0, Stream::initialisation);  // what it draws is overwritten
  Part part(config, sizes, generator);
  if (part.parameters().size() != parameters.size())
    throw DataError(message(name, ": expected ", part.parameters().size(), " numbers, found ", parameters.size()));
  check_parameters(name, parameters);
  part.parameters() = parameters.template cast<typename Part::Scalar>();
  return part;
}

template <class Policy>
Policy restore(const PolicyRecord& record) {
  return restore<Policy>("parameters", typename Policy::Config{}, record.config, record.parameters, record.sizes);
}

}  // namespace detail

/// The first critic of a recorded BestOf. Throws DataError where its record contradicts itself, or there is none.
template <class Scalar>
[[nodiscard]] MlpQ<Scalar> restore_critic(const PolicyRecord& record) {
  if (!record.best_of) throw DataError("best_of: expected a critic, found none");
  const PolicyRecord::BestOfRecord& best_of = *record.best_of;
  if (best_of.samples < 0 || best_of.samples > 1000000)
    throw DataError(message("best_of/samples: expected a number in [0, 1000000], found ", best_of.samples));
  return detail::restore<MlpQ<Scalar>>("best_of/parameters", MlpConfig{}, best_of.config, best_of.parameters,
                                       record.sizes);
}

}  // namespace holdfast
