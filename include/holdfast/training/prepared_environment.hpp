/// \file
/// PreparedEnvironment: an environment as a learner's data were prepared.
#pragma once

#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/interval.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/normalization.hpp"
#include "holdfast/environments/concepts.hpp"
#include "holdfast/environments/environment.hpp"

namespace holdfast {

/// How the data of a learner were changed before it learned from them.
struct Preparation {
  Normalization<double> normalization;  ///< applied to the observations
  double reward_factor = 1;             ///< by which rewards are multiplied
  double reward_shift = 0;              ///< which is then added to them
};

/// An environment whose observations are normalized and whose rewards are scaled and shifted, so that a learner that
/// was trained on data prepared in this way can go on learning in it.
template <class E>
class PreparedEnvironment {
  static_assert(check_environment<E>());

 public:
  /// Throws DataError if the normalization is not of the environment's observations.
  PreparedEnvironment(E environment, Preparation preparation)
      : environment_(std::move(environment)), preparation_(std::move(preparation)) {
    if (preparation_.normalization.size() != environment_.observation_size())
      throw DataError(message(environment_.name(), ": expected a normalization of ", environment_.observation_size(),
                              " observation features, found one of ", preparation_.normalization.size()));
  }

  [[nodiscard]] const E& environment() const { return environment_; }

  [[nodiscard]] auto name() const { return environment_.name(); }
  [[nodiscard]] Index observation_size() const { return environment_.observation_size(); }
  [[nodiscard]] Index action_size() const { return environment_.action_size(); }
  [[nodiscard]] Index time_limit() const { return environment_.time_limit(); }
  /// Returns the references of the environment: scores are those of its own returns.
  [[nodiscard]] References references() const { return environment_.references(); }
  [[nodiscard]] Interval reward_range() const {
    const Interval range = environment_.reward_range();
    return {prepared(range.lowest), prepared(range.highest)};
  }

  void reset(Generator& generator) { environment_.reset(generator); }
  void observe(Eigen::Ref<Vector<double>> out) const {
    environment_.observe(out);
    out = (out - preparation_.normalization.mean).cwiseQuotient(preparation_.normalization.scale);
  }
  template <class Action>
  requires requires(E environment, const Action& action) { environment.step(action); }
  StepResult step(const Action& action) {
    const StepResult result = environment_.step(action);
    return {prepared(result.reward), result.terminal};
  }

  [[nodiscard]] Vector<double> state() const { return environment_.state(); }
  void set_state(ConstVectorRef state) { environment_.set_state(state); }
  [[nodiscard]] Vector<double> state_of(ConstVectorRef observation) const {
    const Normalization<double>& map = preparation_.normalization;
    return environment_.state_of(Vector<double>(observation.cwiseProduct(map.scale) + map.mean));
  }
  [[nodiscard]] SavedState saved_state() const { return save_environment(environment_); }
  void restore_state(const SavedState& saved) { restore_environment(environment_, saved); }

 private:
  [[nodiscard]] double prepared(double reward) const {
    return preparation_.reward_factor * reward + preparation_.reward_shift;
  }

  E environment_;
  Preparation preparation_;
};

}  // namespace holdfast
