/// \file
/// The learners of the study, with their settings in each part.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/training/any_learner.hpp"
#include "studies/multimodal/vae_policy.hpp"
#include "support/learners.hpp"

namespace multimodal {

/// A learner of the study by its name in the results.
struct Method {
  std::string name;
  std::string algorithm;  ///< its row in the table of algorithms; empty: one of this study's own, by its name
  Settings settings = {};
};

/// The sizes of the networks and of the training in one part.
struct Size {
  std::vector<Index> hidden;
  double learning_rate;
  double average_rate;  ///< that of policies whose average acts
  double target_rate;
  double discount;
  Index updates;
  Index batch_size;
};

/// Choosing among draws of a policy that is not one of the table's.
template <class Policy>
using BestOfClone = ActorCritic<Policy, Ensemble<MlpQ<float>>, Expectile<MlpV<float>>, NoPenalty, ChosenCloning<>>;

namespace detail {

/// Returns the settings that give a learner with these defaults the sizes of a part.
inline Settings sized(const Settings& defaults, const Size& size) {
  Settings settings = program::rate_settings(defaults, size.learning_rate);
  for (const auto& each : program::hidden_settings(defaults, size.hidden, true)) settings.push_back(each);
  for (const auto& [name, value] : defaults) {
    if (name == "policy_average_rate" && value != "1") settings.emplace_back(name, format_field(size.average_rate));
    if (name == "target_rate") settings.emplace_back(name, format_field(size.target_rate));
    if (name == "discount") settings.emplace_back(name, format_field(size.discount));
  }
  return settings;
}

/// Returns a learner of this study's own.
template <class Learner>
AnyLearner<float> own_learner(const Settings& settings, const Size& size, Sizes sizes, std::uint64_t seed) {
  typename Learner::Config config;
  for (const auto& [name, value] : sized(list_fields(config), size)) set_field(config, name, value);
  for (const auto& [name, value] : settings) set_field(config, name, value);
  return AnyLearner<float>(Learner(config, sizes, seed));
}

}  // namespace detail

/// Returns the learner of a method.
inline AnyLearner<float> make(const Method& method, const Size& size, Sizes sizes, std::uint64_t seed) {
  if (method.name == "vae") return detail::own_learner<BcOf<VaePolicy>>(method.settings, size, sizes, seed);
  if (method.name == "vae_best_of")
    return detail::own_learner<BestOfClone<VaePolicy>>(method.settings, size, sizes, seed);
  if (method.name == "gaussian_best_of")
    return detail::own_learner<BestOfClone<TanhGaussian<float>>>(method.settings, size, sizes, seed);
  Settings settings = detail::sized(default_settings(method.algorithm), size);
  settings.insert(settings.end(), method.settings.begin(), method.settings.end());
  return make_learner(method.algorithm, settings, sizes, seed);
}

/// Returns the methods of the bandit: policies that clone, chains with the exact network, and policies with Q.
inline std::vector<Method> bandit_methods() {
  const auto fql = [](const char* weight) {
    return Settings{{"improvement.normalize_q", "true"}, {"improvement.distillation_weight", weight}};
  };
  std::vector<Method> all = {{"gaussian", "bc"},
                             {"vae", ""},
                             {"diffusion_bc", "diffusion_bc"},
                             {"diffusion_bc_50_steps", "diffusion_bc", {{"policy.diffusion.steps", "50"}}},
                             {"flow_bc", "flow_bc"}};
  for (const char* steps : {"5", "10", "20", "50"}) all.push_back({message("diffusion_exact_", steps, "_steps"), ""});
  for (const char* steps : {"5", "10", "20"}) all.push_back({message("flow_exact_", steps, "_steps"), ""});
  const std::vector<Method> with_q = {
      {"iql", "iql"},
      {"td3_bc", "td3_bc"},
      {"cql", "cql"},
      {"gaussian_best_of", ""},
      {"vae_best_of", ""},
      {"idql", "idql"},
      {"idql_implicit", "idql", {{"improvement.acting_choice", "expectile"}}},
      {"ifql", "ifql"},
      {"iql_diffusion", "iql_diffusion"},
      {"diffusion_ql", "diffusion_ql", {{"value.policy_from", "0"}, {"improvement.q_weight", "2.5"}}},
      {"fql", "fql", fql("0.03")},
      {"fql_alpha_1", "fql", fql("1")},
      {"fql_alpha_10", "fql", fql("10")}};
  all.insert(all.end(), with_q.begin(), with_q.end());
  return all;
}

/// The weights of the methods of control, in units of the values' size where they have one.
struct Weights {
  double lambda;        ///< scale of the advantages
  double alpha;         ///< weight of CQL's penalty
  double q_weight;      ///< η, the weight of Q in Diffusion-QL
  double distillation;  ///< α, the weight of FQL's distillation where Q is normalized
};

/// Returns the methods of the mazes and of the robot.
inline std::vector<Method> control_methods(const Weights& weights) {
  const auto number = [](double value) { return format_field(value); };
  const Settings expectile = {{"value.expectile", "0.9"}};
  const Settings weighted = {{"value.expectile", "0.9"}, {"improvement.temperature", number(weights.lambda)}};
  const Settings fql = {{"improvement.normalize_q", "true"},
                        {"improvement.distillation_weight", number(weights.distillation)}};
  return {{"bc", "bc"},
          {"diffusion_bc", "diffusion_bc"},
          {"flow_bc", "flow_bc"},
          {"iql", "iql", weighted},
          {"iql_diffusion", "iql_diffusion", weighted},
          {"idql", "idql", expectile},
          {"ifql", "ifql", expectile},
          {"diffusion_ql",
           "diffusion_ql",
           {{"value.policy_from", "0"}, {"improvement.q_weight", number(weights.q_weight)}}},
          {"fql", "fql", fql},
          {"cql", "cql", {{"penalty.alpha", number(weights.alpha)}, {"penalty.samples", "3"}}}};
}

/// Returns the names of all learners of the study.
inline std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const std::vector<Method>& methods : {bandit_methods(), control_methods({1, 1, 1, 1})})
    for (const Method& method : methods)
      if (!is_among(names, method.name)) names.push_back(method.name);
  return names;
}

}  // namespace multimodal
