#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "holdfast/training/any_learner.hpp"

namespace published_defaults_test {

using namespace holdfast;

namespace {

using Fields = std::map<std::string, std::string>;

std::string number(double value) { return format_number(value); }

// The defaults in the algorithms' papers and in their authors' code, by algorithm, except for BEAR's multiplier.
const std::map<std::string, Fields>& published() {
  const Fields common = {{"discount", number(0.99)},
                         {"target_rate", number(0.005)},
                         {"actor_first", "false"},
                         {"critic_loss", "\"squared\""},
                         {"policy.network.hidden", "[256, 256]"},
                         {"policy_optimizer.decay_steps", "0"},
                         {"policy_optimizer.learning_rate", number(3e-4)},
                         {"critics.size", "2"},
                         {"critics.network.hidden", "[256, 256]"},
                         {"critics.optimizer.learning_rate", number(3e-4)}};
  const auto with = [](Fields more, const Fields& base) {
    more.insert(base.begin(), base.end());
    return more;
  };
  const Fields sac = with({{"improvement.samples", "1"},
                           {"improvement.critic", "\"minimum\""},
                           {"improvement.initial_temperature", "1"},
                           {"improvement.learn_temperature", "true"},
                           {"improvement.target_entropy", "\"none\""},
                           {"improvement.temperature_optimizer.learning_rate", number(3e-4)},
                           {"value.samples", "1"}},
                          common);
  const auto changed = [](Fields base, const Fields& other) {
    for (const auto& [field, value] : other) base[field] = value;
    return base;
  };
  const Fields sac_n = changed(sac, {{"critics.size", "10"},
                                     {"policy.network.hidden", "[256, 256, 256]"},
                                     {"policy.network.hidden_initializer", "\"fan_in_uniform_biased\""},
                                     {"policy.network.output_initializer", "\"tiny_uniform\""},
                                     {"policy.network.normalization", "\"none\""},
                                     {"policy.log_std_min", "-5"},
                                     {"policy.log_std_max", "2"},
                                     {"critics.network.hidden", "[256, 256, 256]"},
                                     {"critics.network.hidden_initializer", "\"fan_in_uniform_biased\""},
                                     {"critics.network.output_initializer", "\"small_uniform\""},
                                     {"critics.network.normalization", "\"none\""}});
  const Fields td3 = with({{"actor_every", "2"},
                           {"track_every", "2"},
                           {"value.noise", number(0.2)},
                           {"value.noise_clip", number(0.5)},
                           {"value.distance_weight", "0"},
                           {"improvement.q_weight", "1"},
                           {"improvement.normalize_q", "false"},
                           {"improvement.critic", "\"first\""},
                           {"improvement.cloning_weight", "0"},
                           {"improvement.distance", "\"sum\""},
                           {"improvement.exploration_noise", number(0.1)}},
                          common);
  const Fields cql = with({{"policy_optimizer.learning_rate", number(1e-4)},
                           {"penalty.alpha", "5"},
                           {"penalty.samples", "10"},
                           {"penalty.temperature", "1"},
                           {"penalty.importance_sampling", "true"},
                           {"penalty.calibrated", "false"},
                           {"penalty.gap_min", "-inf"},
                           {"penalty.gap_max", "inf"},
                           {"penalty.threshold", "\"none\""}},
                          sac);
  const Fields constrained = with({{"policy_optimizer.learning_rate", number(1e-4)},
                                   {"improvement.samples", "4"},
                                   {"improvement.initial_multiplier", "1"},
                                   {"improvement.acting_samples", "10"}},
                                  common);
  const Fields weighted = with({{"improvement.temperature", number(1.0 / 3)},
                                {"improvement.limit", "\"cap\""},
                                {"improvement.max_weight", "100"},
                                {"improvement.acting_samples", "0"},
                                {"policy.squash_mean", "true"},
                                {"policy.log_std_min", "-5"},
                                {"policy.log_std_max", "2"}},
                               common);
  static const std::map<std::string, Fields> all = {
      {"bc", {{"policy.network.hidden", "[256, 256]"}, {"policy_optimizer.learning_rate", number(3e-4)}}},
      {"percentile_bc", {{"policy.network.hidden", "[256, 256]"}, {"policy_optimizer.learning_rate", number(3e-4)}}},
      {"ddpg", changed(td3, {{"actor_every", "1"}, {"track_every", "1"}, {"critics.size", "1"}, {"value.noise", "0"}})},
      {"td3", td3},
      {"td3_bc", changed(td3, {{"improvement.q_weight", number(2.5)},
                               {"improvement.normalize_q", "true"},
                               {"improvement.cloning_weight", "1"},
                               {"improvement.distance", "\"mean\""}})},
      {"rebrac", changed(td3, {{"policy_optimizer.learning_rate", number(1e-3)},
                               {"critics.optimizer.learning_rate", number(1e-3)},
                               {"policy.network.hidden", "[256, 256, 256]"},
                               {"policy.network.hidden_initializer", "\"fan_in_uniform_biased\""},
                               {"policy.network.output_initializer", "\"tiny_uniform\""},
                               {"policy.network.normalization", "\"none\""},
                               {"critics.network.hidden", "[256, 256, 256]"},
                               {"critics.network.hidden_initializer", "\"fan_in_uniform_biased\""},
                               {"critics.network.output_initializer", "\"small_uniform\""},
                               {"critics.network.normalization", "\"after_activation\""},
                               {"value.distance_weight", number(0.01)},
                               {"improvement.normalize_q", "true"},
                               {"improvement.critic", "\"minimum\""},
                               {"improvement.cloning_weight", number(0.01)}})},
      {"sac", with({{"value.subset", "0"}}, sac)},
      {"sac_no_entropy", sac},
      {"sac_n", sac_n},
      {"edac", with({{"penalty.eta", "1"}}, sac_n)},
      {"bear", with({{"value.samples", "10"},
                     {"value.minimum_weight", number(0.75)},
                     {"improvement.threshold", number(0.05)},
                     {"improvement.learn_multiplier", "true"},
                     {"improvement.log_multiplier_min", "-5"},
                     {"improvement.log_multiplier_max", "10"},
                     {"improvement.multiplier_optimizer.learning_rate", number(1e-3)},
                     {"improvement.warm_up", "0"},
                     {"improvement.value_penalty", "false"},
                     {"improvement.divergence.kernel", "\"laplacian\""},
                     {"improvement.initial_multiplier", "100"},  // published: 1, with a warm-up of 40,000 updates
                     {"improvement.divergence.width", "10"},
                     {"improvement.divergence.behavior_samples", "4"},
                     {"improvement.divergence.behavior.network.hidden", "[750, 750]"},
                     {"improvement.divergence.behavior.kl_weight", number(0.5)},
                     {"improvement.divergence.behavior.latent_limit", number(0.5)}},
                    constrained)},
      {"brac",
       with({{"value.samples", "1"}, {"improvement.learn_multiplier", "false"}, {"improvement.value_penalty", "true"}},
            constrained)},
      {"awac", with({{"value.samples", "1"}}, weighted)},
      {"cql", cql},
      {"cql_entropy", cql},
      {"cql_maximum",
       with({{"value.samples", "10"}, {"value.minimum_weight", "1"}, {"value.per_critic", "false"}}, cql)},
      {"cal_ql", with({{"penalty.calibrated", "true"}}, cql)},
      {"iql", with({{"value.expectile", number(0.7)},
                    {"value.network.hidden", "[256, 256]"},
                    {"value.optimizer.learning_rate", number(3e-4)}},
                   weighted)}};
  return all;
}

// The defaults of the learners with diffusion and flow policies.
const std::map<std::string, Fields>& published_generative() {
  const auto join = [](const std::initializer_list<Fields>& parts) {  // the first one that has a field counts
    Fields all;
    for (const Fields& part : parts) all.insert(part.begin(), part.end());
    return all;
  };
  const auto flow_network = [](const std::string& prefix, const std::string& normalization) {
    return Fields{{prefix + ".hidden", "[512, 512, 512, 512]"},
                  {prefix + ".activation", "\"gelu\""},
                  {prefix + ".hidden_initializer", "\"xavier_uniform\""},
                  {prefix + ".output_initializer", "\"xavier_uniform\""},
                  {prefix + ".normalization", '"' + normalization + '"'}};
  };
  const Fields rate = {{"policy_optimizer.learning_rate", number(3e-4)}, {"policy_optimizer.decay_steps", "0"}};
  const Fields backup = {{"discount", number(0.99)},
                         {"target_rate", number(0.005)},
                         {"actor_first", "false"},
                         {"critic_loss", "\"squared\""},
                         {"actor_every", "1"},
                         {"track_every", "1"},
                         {"critics.size", "2"},
                         {"critics.optimizer.learning_rate", number(3e-4)},
                         {"policy_average_rate", "1"},
                         {"policy_optimizer.clip_norm", "\"none\""},
                         {"policy_optimizer.weight_decay", "0"}};
  const Fields denoising = {{"policy.diffusion.steps", "5"},
                            {"policy.diffusion.schedule", "\"vp\""},
                            {"policy.diffusion.temperature", "1"},
                            {"policy.action_limit", "1"}};
  const Fields diffusion = join({rate,
                                 denoising,
                                 {{"policy_average_rate", number(0.001)},
                                  {"policy_optimizer.weight_decay", "0"},
                                  {"policy.network.initializer", "\"xavier_uniform\""},
                                  {"policy.network.block_initializer", "\"lecun_normal\""},
                                  {"policy.time.initializer", "\"xavier_uniform\""},
                                  {"policy.network.width", "256"},
                                  {"policy.network.blocks", "3"},
                                  {"policy.network.expansion", "4"},
                                  {"policy.network.dropout", number(0.1)},
                                  {"policy.network.activation", "\"mish\""},
                                  {"policy.time.encoding", "\"fourier\""},
                                  {"policy.time.size", "64"},
                                  {"policy.time.layers", "[128, 128]"}}});
  const Fields flow = join({rate,
                            flow_network("policy.network", "none"),
                            {{"policy.flow.steps", "10"},
                             {"policy.time.encoding", "\"number\""},
                             {"policy.time.layers", "[]"},
                             {"policy.action_limit", "1"}}});
  const Fields expectile = {{"value.expectile", number(0.7)},
                            {"value.network.hidden", "[256, 256]"},
                            {"value.optimizer.learning_rate", number(3e-4)},
                            {"critics.network.hidden", "[256, 256]"}};
  static const std::map<std::string, Fields> all = {
      {"diffusion_bc", diffusion},
      {"flow_bc", flow},
      {"idql", join({diffusion,
                     expectile,
                     {{"improvement.acting_samples", "64"}, {"improvement.acting_choice", "\"best\""}},
                     backup})},
      {"ifql", join({flow,
                     {{"value.expectile", number(0.9)},
                      {"improvement.acting_samples", "32"},
                      {"improvement.acting_choice", "\"best\""}},
                     flow_network("critics.network", "after_activation"),
                     flow_network("value.network", "after_activation"),
                     backup})},
      {"iql_diffusion", join({diffusion,
                              expectile,
                              {{"improvement.temperature", number(1.0 / 3)},
                               {"improvement.max_weight", "100"},
                               {"improvement.acting_samples", "0"}},
                              backup})},
      {"diffusion_ql", join({rate,
                             denoising,
                             backup,
                             {{"policy.network.hidden", "[256, 256, 256]"},
                              {"policy.network.activation", "\"mish\""},
                              {"critics.network.hidden", "[256, 256, 256]"},
                              {"critics.network.activation", "\"mish\""},
                              {"policy.time.encoding", "\"sinusoidal\""},
                              {"policy.time.size", "16"},
                              {"policy.time.layers", "[32, 16]"},
                              {"policy.time.initializer", "\"fan_in_uniform\""},
                              {"value.samples", "1"},
                              {"value.maximum", "false"},
                              {"value.policy_every", "5"},
                              {"value.policy_from", "1000"},
                              {"improvement.q_weight", "1"},
                              {"improvement.normalize_q", "true"},
                              {"improvement.critic", "\"random\""},
                              {"improvement.cloning_weight", "1"},
                              {"improvement.acting_samples", "50"},
                              {"improvement.acting_choice", "\"softmax\""}}})},
      {"fql", join({rate,
                    backup,
                    flow_network("policy.network", "none"),
                    flow_network("policy.teacher.network", "none"),
                    flow_network("critics.network", "after_activation"),
                    {{"policy.teacher.flow.steps", "10"},
                     {"value.samples", "1"},
                     {"value.critic", "\"mean\""},
                     {"improvement.q_weight", "1"},
                     {"improvement.normalize_q", "false"},
                     {"improvement.critic", "\"mean\""},
                     {"improvement.cloning_weight", "1"},
                     {"improvement.distillation_weight", "10"},
                     {"improvement.acting_samples", "0"}}})}};
  return all;
}

// The defaults of algorithms over finite actions that differ from those of the same name, or that only they have.
const std::map<std::string, Fields>& published_finite() {
  const Fields dqn = {{"discount", number(0.99)},
                      {"target_rate", "1"},
                      {"track_every", "2000"},
                      {"critic_loss", "\"huber\""},
                      {"critics.size", "1"},
                      {"critics.network.hidden", "[256, 256]"},
                      {"critics.optimizer.learning_rate", number(3e-4)},
                      {"value.double_q", "true"}};
  Fields cql = {{"penalty.alpha", "1"}, {"penalty.temperature", "1"}, {"penalty.threshold", "\"none\""}};
  cql.insert({"critic_loss", "\"squared\""});  // the objective of CQL's theorems
  cql.insert(dqn.begin(), dqn.end());
  static const std::map<std::string, Fields> all = {
      {"bc", {}},
      {"dqn", dqn},
      {"sac", {}},
      {"bear",
       {{"improvement.initial_multiplier", "1"},
        {"improvement.divergence.threshold", number(0.05)},
        {"improvement.divergence.behavior_optimizer.learning_rate", number(3e-4)}}},
      {"brac", {{"improvement.divergence.behavior_optimizer.learning_rate", number(3e-4)}}},
      {"awac", {}},
      {"cql", cql},
      {"iql", {}}};
  return all;
}

// Checks the fields of `expected` that the defaults have; if `all`, they must have all of them.
void check_defaults(const Settings& defaults, const Fields& expected, bool all) {
  const Fields found(defaults.begin(), defaults.end());
  for (const auto& [field, value] : expected) {
    if (!all && !found.contains(field)) continue;
    CAPTURE(field);
    REQUIRE(found.contains(field));
    CHECK(found.at(field) == value);
  }
}

}  // namespace

TEST_CASE("The defaults of every algorithm are the published ones", "[algorithms]") {
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    const auto& all = published().contains(std::string(name)) ? published() : published_generative();
    REQUIRE(all.contains(std::string(name)));
    check_defaults(default_settings(name), all.at(std::string(name)), true);
  }
}

TEST_CASE("The defaults of the algorithms over finite actions are the published ones, else those of the same names",
          "[algorithms]") {
  for (const std::string_view name : Algorithms<ActionIndices>::names) {
    CAPTURE(std::string(name));
    REQUIRE(published_finite().contains(std::string(name)));
    const Settings defaults = default_settings<ActionIndices>(name);
    const Fields& own = published_finite().at(std::string(name));
    check_defaults(defaults, own, true);
    if (name == "dqn" || name == "cql") continue;  // cql is a DQN here, unlike cql over continuous actions
    Fields others = published().at(std::string(name));
    for (const auto& [field, value] : own) others[field] = value;
    // The fields of equal parts are equal. Those of a Gaussian policy and of a discrepancy do not exist here.
    check_defaults(defaults, others, false);
    CHECK(Fields(defaults.begin(), defaults.end()).contains("policy.network.hidden"));
  }
}

}  // namespace published_defaults_test
