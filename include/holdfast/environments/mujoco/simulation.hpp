/// \file
/// Simulation: a MuJoCo model in motion, which can be copied and set to a state. Needs MuJoCo.
#pragma once

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/environments/environment.hpp"
#include "holdfast/environments/mujoco/capsule.hpp"
#include "holdfast/environments/mujoco/guard.hpp"

namespace holdfast::detail {

/// A MuJoCo model in motion. Copies share the model, which nobody changes, and nothing else. Its positions, velocities
/// and warm start decide all that follows.
///
/// The warm start holds the accelerations of the last step, from which MuJoCo's solver of contacts begins. It moves a
/// step by no more than the solver's tolerance, yet by some bits.
class Simulation {
 public:
  /// Begins at rest in the model's initial position. `name` is for messages. Throws DataError if there is no memory.
  Simulation(const char* name, std::shared_ptr<const mjModel> model) : name_(name), model_(std::move(model)) {
    mjData* made = nullptr;
    call_mujoco(name_, [&] { made = mj_makeData(model_.get()); });
    data_.reset(made);
    before_.setZero(state_size());
  }

  Simulation(const Simulation& other) : Simulation(other.name_, other.model_) {
    other.read(before_);
    set(before_);
  }
  Simulation(Simulation&&) noexcept = default;
  Simulation& operator=(Simulation other) noexcept {
    name_ = other.name_;
    model_ = std::move(other.model_);
    data_ = std::move(other.data_);
    before_ = std::move(other.before_);
    return *this;
  }
  ~Simulation() = default;

  [[nodiscard]] const mjModel& model() const { return *model_; }
  [[nodiscard]] Index state_size() const { return model_->nq + 2 * model_->nv; }

  [[nodiscard]] Eigen::Map<const Vector<double>> positions() const { return {data_->qpos, model_->nq}; }
  [[nodiscard]] Eigen::Map<const Vector<double>> velocities() const { return {data_->qvel, model_->nv}; }
  [[nodiscard]] Eigen::Map<const Vector<double>> warm_start() const { return {data_->qacc_warmstart, model_->nv}; }

  /// Sets `out` to positions, velocities and warm start; its size must be `state_size()`.
  void read(Eigen::Ref<Vector<double>> out) const { out << positions(), velocities(), warm_start(); }

  /// Continues from positions and velocities, and a warm start, which is zero if it is left out. All else is as in a
  /// new simulation.
  void set(ConstVectorRef state) {
    mj_resetData(model_.get(), data_.get());
    const double* from = state.data();
    from = copy(from, model_->nq, data_->qpos);
    from = copy(from, model_->nv, data_->qvel);
    if (state.size() == state_size()) copy(from, model_->nv, data_->qacc_warmstart);
  }

  /// Takes that many steps with the same controls. Throws DataError if MuJoCo reports an error, or a warning: that the
  /// simulation became unstable (MuJoCo has then begun anew from the initial position), or that contacts were left out.
  /// After an exception the state is that before the steps.
  void step(ConstVectorRef controls, int steps) {
    read(before_);
    copy(controls.data(), model_->nu, data_->ctrl);
    try {
      call_mujoco(name_, [&] {
        for (int i = 0; i < steps; ++i) mj_step(model_.get(), data_.get());
      });
      check_warnings();
    } catch (const DataError&) {
      set(before_);
      throw;
    }
  }

  /// Returns the capsules of the model in their present places, in the model's order, as seen along y.
  [[nodiscard]] std::vector<Capsule> capsules() const {
    mj_kinematics(model_.get(), data_.get());  // fills in what follows from the positions, and every step does again
    std::vector<Capsule> capsules;
    for (std::ptrdiff_t i = 0; i < model_->ngeom; ++i) {
      if (model_->geom_type[i] != mjGEOM_CAPSULE) continue;
      const double* const center = data_->geom_xpos + 3 * i;
      const double* const rotation = data_->geom_xmat + 9 * i;  // its third column is the direction of the capsule
      const double radius = model_->geom_size[3 * i];
      const double x = model_->geom_size[3 * i + 1] * rotation[2];
      const double z = model_->geom_size[3 * i + 1] * rotation[8];
      capsules.push_back({center[0] - x, center[2] - z, center[0] + x, center[2] + z, radius});
    }
    return capsules;
  }

 private:
  struct Delete {
    void operator()(mjData* data) const { mj_deleteData(data); }
  };

  static const double* copy(const double* from, Index count, double* to) {
    std::copy(from, from + count, to);
    return from + count;
  }

  void check_warnings() const {
    for (int i = 0; i < mjNWARNING; ++i)
      if (data_->warning[i].number > 0)
        throw DataError(message(name_, ": the simulation failed: ", mju_warningText(i, data_->warning[i].lastinfo)));
  }

  const char* name_;
  std::shared_ptr<const mjModel> model_;
  std::unique_ptr<mjData, Delete> data_;
  Vector<double> before_;  // a step, for when it fails
};

}  // namespace holdfast::detail
