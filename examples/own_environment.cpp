/// \file
/// Your own environment: data are collected in it, IQL learns from them, and the policy is run in it.

#include <cmath>
#include <cstdio>
#include <optional>

#include "holdfast/holdfast.hpp"

using namespace holdfast;

/// A room whose temperature, relative to the wanted one, drifts to that outside. Heating and cooling cost.
class Room {
 public:
  static constexpr const char* name() { return "room"; }
  Index observation_size() const { return 1; }
  Index action_size() const { return 1; }
  Index time_limit() const { return 50; }
  Interval reward_range() const { return {-1, 0}; }
  References references() const { return {std::nan(""), std::nan("")}; }  // no normalized score

  void reset(Generator& generator) { temperature_ = generator.uniform(-2, 2); }
  void observe(Eigen::Ref<Vector<double>> out) const { out(0) = temperature_; }
  Vector<double> state() const { return Vector<double>::Constant(1, temperature_); }
  Vector<double> state_of(ConstVectorRef observation) const { return observation; }
  void set_state(ConstVectorRef state) { temperature_ = state(0); }

  StepResult step(ConstVectorRef action) {
    const double power = std::fmax(-1, std::fmin(1, action(0)));
    const double reward = -std::fmin(1, temperature_ * temperature_ + 0.01 * power * power);
    temperature_ += 0.5 * power + 0.1 * (-2 - temperature_);
    return {.reward = reward, .terminal = false};
  }

 private:
  double temperature_ = 0;
};

int main() {
  Generator noise(1);
  const auto dataset = collect<float>(
      Room(), 5000, /*seed=*/2, [&](const auto&, auto& action) { return std::optional(act_uniformly(noise, action)); });
  Iql<> learner({.policy = {.network = {.hidden = {32, 32}}},
                 .critics = {.network = {.hidden = {32, 32}}},
                 .value = {.network = {.hidden = {32, 32}}}},
                {1, 1}, /*seed=*/1);
  train_offline(learner, dataset, {.steps = 3000});
  DeployedPolicy policy(learner.acting(), Normalization<float>::identity(1));
  const Estimate found = estimate_mean(episode_returns(policy, Room(), 100, /*seed=*/3));
  std::printf("mean return of 100 episodes: %.2f ± %.2f\n", found.mean, found.standard_error);
}
