/// \file
/// PlanarRobot: the tasks of Gym's walking robots, whose bodies move in a plane, simulated by MuJoCo. Needs MuJoCo.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/mujoco/capsule.hpp"
#include "holdfast/environments/mujoco/model.hpp"
#include "holdfast/environments/mujoco/simulation.hpp"

namespace holdfast {

/// A robot that is to move forward, along x. `Task` holds its model and all numbers: see HalfCheetahTask.
///
/// State: the n positions (x, z and pitch of the torso, angles of the joints), their velocities, and the n
/// accelerations of the last step, from which MuJoCo's solver begins (0 is as good). Units are meters, radians,
/// seconds. Observation: the positions without x, then the velocities, clipped to ±observed_speed. Actions: motor
/// torques as shares of the largest; those beyond ±1 have the effect of ±1.
///
/// A step takes `substeps` steps of the simulation. Its reward is speed + alive_bonus − action_cost Σa², where speed is
/// the change of x by the time of a step, and the actions are those given, unclipped. It is terminal if the robot is
/// then not healthy. Copies share the model and are independent; each may be used in a thread of its own. For the same
/// MuJoCo on the same processor, all give the same bits.
template <class Task>
class PlanarRobot {
 public:
  /// Begins at rest in the initial position, until `reset`. Throws ConfigError if MuJoCo does not load the model.
  PlanarRobot() : simulation_(Task::name, model()), torque_(action_size()) {}

  [[nodiscard]] static constexpr const char* name() { return Task::name; }
  [[nodiscard]] static constexpr Index observation_size() { return 2 * Task::positions - 1; }
  [[nodiscard]] static constexpr Index action_size() { return Task::actions; }
  [[nodiscard]] static constexpr Index time_limit() { return 1000; }

  /// Returns the rewards of speeds within ±Task::fastest, for actions within ±1. The task itself bounds no
  /// speed: a single reward may lie outside, the mean of many steps does not.
  [[nodiscard]] static constexpr Interval reward_range() {
    return {Task::alive_bonus - Task::fastest - Task::action_cost * static_cast<double>(Task::actions),
            Task::alive_bonus + Task::fastest};
  }

  /// Returns those of D4RL (Fu et al. 2020), so that normalized scores are D4RL's.
  [[nodiscard]] static constexpr References references() { return Task::references(); }

  /// Returns the seconds of one step.
  [[nodiscard]] double time_step() const { return simulation_.model().opt.timestep * Task::substeps; }

  /// Draws the positions uniformly around the initial ones, then the velocities.
  void reset(Generator& generator) {
    Eigen::Matrix<double, 2 * Task::positions, 1> state;
    for (Index i = 0; i < Task::positions; ++i)
      state[i] = simulation_.model().qpos0[i] + generator.uniform(-Task::initial_range, Task::initial_range);
    for (Index i = 0; i < Task::positions; ++i) state[Task::positions + i] = Task::initial_velocity(generator);
    simulation_.set(state);
  }

  void observe(Eigen::Ref<Vector<double>> out) const {
    out << simulation_.positions().tail(Task::positions - 1),
        simulation_.velocities().cwiseMax(-Task::observed_speed).cwiseMin(Task::observed_speed);
  }

  /// Throws DataError if the action is not `action_size()` finite numbers, or if the simulation fails, as it does from
  /// states with absurd velocities, where MuJoCo gives up and begins anew; the state is then unchanged.
  StepResult step(ConstVectorRef action) {
    detail::check_vector(name(), "the action", action, action_size());
    torque_ = action.cwiseMax(-1.0).cwiseMin(1.0);
    const double before = simulation_.positions()[0];
    simulation_.step(torque_, Task::substeps);
    const double speed = (simulation_.positions()[0] - before) / time_step();
    const double reward = speed + Task::alive_bonus - Task::action_cost * action.squaredNorm();
    return {reward, !Task::healthy(simulation_.positions(), simulation_.velocities())};
  }

  /// Returns the 3n numbers that decide all that follows.
  [[nodiscard]] Vector<double> state() const {
    Vector<double> state(simulation_.state_size());
    simulation_.read(state);
    return state;
  }

  /// Sets the state to 3n numbers, or to n positions and n velocities, which are followed by zeros. What comes then
  /// does not depend on what was before. Throws DataError unless they are finite.
  void set_state(ConstVectorRef state) {
    const Index known = 2 * Task::positions;
    detail::check_vector(name(), "the state", state, state.size() == known ? known : simulation_.state_size());
    simulation_.set(state);
  }

  /// Returns the state behind an observation, which does not tell x: it is 0. Velocities are as observed, and the
  /// solver begins at 0. Throws DataError unless the observation is finite and of the right size.
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const {
    detail::check_vector(name(), "the observation", observation, observation_size());
    Vector<double> state = Vector<double>::Zero(simulation_.state_size());
    state.segment(1, observation_size()) = observation;
    return state;
  }

  /// Returns the bodies in their present places, the torso first, to draw them. No other thread may use this object
  /// meanwhile.
  [[nodiscard]] std::vector<Capsule> capsules() const { return simulation_.capsules(); }

 private:
  /// Returns the model of this task, which all robots of a program share.
  static const std::shared_ptr<const mjModel>& model() {
    static const std::shared_ptr<const mjModel> made = load();
    return made;
  }
  static std::shared_ptr<const mjModel> load() {
    std::shared_ptr<const mjModel> made = detail::mujoco_model(name(), Task::model);
    if (made->nq != Task::positions || made->nv != Task::positions || made->nu != Task::actions)
      throw ConfigError(message(name(), ": expected a model with ", Task::positions, " positions and ", Task::actions,
                                " motors, found ", made->nq, " and ", made->nu));
    return made;
  }

  detail::Simulation simulation_;
  Vector<double> torque_;
};

}  // namespace holdfast
