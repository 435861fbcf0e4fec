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
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/policies/distilled_flow.hpp"
#include "holdfast/policies/flow.hpp"
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
    BestOfConfig choice;        ///< number and seed of the draws, and how one is chosen
    Fields config;              ///< configuration of each critic, an MlpQ
    Vector<double> parameters;  ///< parameters of the critics that choose, one after the other
  };

  /// "tanh_gaussian", "gaussian", "deterministic", "diffusion_residual", "diffusion_mlp", "flow_mlp", "distilled_flow",
  /// or for finite actions "categorical", "greedy"
  std::string type;
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

namespace detail {

template <class... Policies>
struct PolicyTypes {
  template <class Policy>
  static constexpr bool contains = (std::same_as<Policy, Policies> || ...);
  /// Calls visit.operator()<Policy>() for each type.
  template <class Visit>
  static void for_each(Visit&& visit) {
    (visit.template operator()<Policies>(), ...);
  }
};

}  // namespace detail

/// The policies over continuous actions that can be restored from their configuration and parameters alone.
template <class Scalar>
using ContinuousPolicies =
    detail::PolicyTypes<TanhGaussian<Scalar>, Gaussian<Scalar>, Deterministic<Scalar>, Diffusion<ResidualMlp<Scalar>>,
                        Diffusion<Mlp<Scalar>>, Flow<Mlp<Scalar>>, DistilledFlow<Mlp<Scalar>>>;

/// The policies that can be restored from their configuration and parameters alone.
template <class Policy>
concept IsRecordablePolicy = std::same_as<Policy, MlpCategorical<typename Policy::Scalar>> ||
    ContinuousPolicies<typename Policy::Scalar>::template contains<Policy>;

namespace detail {

/// Returns the parameters of the first `count` online networks of an ensemble, one after the other.
template <class Critics>
[[nodiscard]] Vector<double> joined_parameters(const Critics& critics, Index count) {
  const Index each = critics.member(Net::online, 0).parameters().size();
  Vector<double> parameters(count * each);
  for (Index i = 0; i < count; ++i)
    parameters.segment(i * each, each) = critics.member(Net::online, i).parameters().template cast<double>();
  return parameters;
}

}  // namespace detail

/// Returns the record of a policy.
template <IsRecordablePolicy Policy>
[[nodiscard]] PolicyRecord record_of(const Policy& policy) {
  return {.type = Policy::name(),
          .sizes = {policy.observation_size(), policy.action_size()},
          .config = list_fields(policy.config()),
          .parameters = policy.parameters().template cast<double>(),
          .best_of = std::nullopt};
}

/// A policy that has a record.
template <class Policy>
concept Recordable = requires(const Policy& policy) {
  { record_of(policy) } -> std::same_as<PolicyRecord>;
};

/// Returns the record of a BestOf. It contains only the critics that choose. A BestOf with 0 samples gives the record
/// of its inner policy.
template <Recordable Policy>
[[nodiscard]] PolicyRecord record_of(const BestOf<Policy, Ensemble<MlpQ<typename Policy::Scalar>>>& policy) {
  PolicyRecord record = record_of(policy.policy());
  if (policy.samples() == 0) return record;
  record.best_of = {.choice = policy.config(),
                    .config = list_fields(policy.critics().member(Net::online, 0).config()),
                    .parameters = detail::joined_parameters(policy.critics(), policy.config().critics)};
  return record;
}

/// Returns the record of a Greedy. It contains only the online networks of the critics, which make the choices.
template <class Scalar, Index DefaultSize>
[[nodiscard]] PolicyRecord record_of(const Greedy<Ensemble<MlpFiniteQ<Scalar>, DefaultSize>>& policy) {
  const auto& critics = policy.critics();
  const auto& first = critics.member(Net::online, 0);
  return {.type = policy.name(),
          .sizes = {first.observation_size(), policy.action_size()},
          .config = list_fields(
              GreedyConfig{.epsilon = policy.epsilon(), .critics = critics.size(), .network = first.config()}),
          .parameters = detail::joined_parameters(critics, critics.size()),
          .best_of = std::nullopt};
}

/// Returns whether a record of this type is for a policy with a finite action set.
[[nodiscard]] constexpr bool is_finite_type(std::string_view type) {
  return type == MlpCategorical<>::name() || type == MlpGreedy<>::name();
}

namespace detail {

inline void check_parameters(const char* name, const Vector<double>& parameters) {
  for (Index i = 0; i < parameters.size(); ++i)
    if (!std::isfinite(parameters(i)))
      throw DataError(message(name, ": expected finite numbers, found ", parameters(i), " in row ", i));
}

/// Returns the least number of parameters of a network or policy with this configuration, whose inputs have at least
/// `inputs` features. It is a double, which a damaged configuration cannot overflow.
[[nodiscard]] inline double fewest_parameters(const MlpConfig& config, double inputs) {
  double count = 0;
  for (const Index width : config.hidden) {
    count += static_cast<double>(width) * (inputs + 1);
    inputs = static_cast<double>(width);
  }
  return count + inputs + 1;  // at least one output
}
[[nodiscard]] inline double fewest_parameters(const ResidualMlpConfig& config, double inputs) {
  const auto width = static_cast<double>(config.width);
  const double hidden = width * static_cast<double>(config.expansion);
  return width * (inputs + 1) + static_cast<double>(config.blocks) * 2 * width * hidden + width + 1;
}
template <class Config>
[[nodiscard]] double fewest_parameters(const Config& config, double inputs) requires requires {
  config.network;
}
{
  double count = fewest_parameters(config.network, inputs);
  if constexpr (requires { config.teacher; }) count += fewest_parameters(config.teacher, inputs);
  if constexpr (requires { config.time; }) {
    double features = 1;
    for (const Index width : config.time.layers) {
      count += static_cast<double>(width) * (features + 1);
      features = static_cast<double>(width);
    }
    count += static_cast<double>(config.time.size) * (config.time.encoding == TimeEncoding::fourier ? 0.5 : 0.0);
  }
  return count;
}

/// Throws DataError unless a network of these sizes can have this number of parameters. This keeps a damaged
/// configuration from causing a huge allocation.
template <class Config>
void check_plausible(const char* name, const Config& config, Sizes sizes, Index parameters) {
  const double fewest = fewest_parameters(config, static_cast<double>(sizes.observation));
  if (fewest > static_cast<double>(parameters) || sizes.observation > parameters || sizes.action > parameters)
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
  check_plausible(name, config, sizes, parameters.size());
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

/// Returns `count` Q-networks whose parameters stand one after the other. Throws DataError if they do not fit.
template <class Network>
std::vector<Network> restore_members(const char* name, const MlpConfig& config, const Vector<double>& parameters,
                                     Index count, Sizes sizes) {
  const Index total = parameters.size();
  if (count < 1 || count > total || total % count != 0)
    throw DataError(
        message(name, ": expected as many numbers for each of ", count, " critics, found ", total, " in all"));
  std::vector<Network> members;
  for (Index i = 0; i < count; ++i)
    members.push_back(filled<Network>(name, config, parameters.segment(i * (total / count), total / count), sizes));
  return members;
}

template <class Scalar>
MlpGreedy<Scalar> restore_greedy(const PolicyRecord& record) {
  const auto config = configured<GreedyConfig>(record.config, record.sizes);
  return {Ensemble<MlpFiniteQ<Scalar>, 1>(restore_members<MlpFiniteQ<Scalar>>(
              "parameters", config.network, record.parameters, config.critics, record.sizes)),
          record.sizes.action, config.epsilon};
}

}  // namespace detail

/// Returns the critics of a recorded BestOf that choose. Throws DataError if the record contradicts itself or has none.
template <class Scalar>
[[nodiscard]] std::vector<MlpQ<Scalar>> restore_critics(const PolicyRecord& record) {
  if (!record.best_of) throw DataError("best_of: expected critics, found none");
  const PolicyRecord::BestOfRecord& best_of = *record.best_of;
  if (best_of.choice.samples < 0 || best_of.choice.samples > 1000000)
    throw DataError(message("best_of/samples: expected a number in [0, 1000000], found ", best_of.choice.samples));
  try {
    check_fields(best_of.choice);
  } catch (const ConfigError& error) {
    throw DataError(message("best_of/", error.what()));
  }
  const auto config = detail::configured<MlpConfig>(best_of.config, record.sizes);
  return detail::restore_members<MlpQ<Scalar>>("best_of/parameters", config, best_of.parameters, best_of.choice.critics,
                                               record.sizes);
}

}  // namespace holdfast
