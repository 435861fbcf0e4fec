/// \file
/// Tests that recordings of the built-in environments show only problems that they really have.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "catch.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/problems.hpp"
#include "holdfast/environments/registry.hpp"
#include "holdfast/training/recorder.hpp"

namespace recorded_problems_test {

using namespace holdfast;

namespace {

/// Checks that a recording has no problems, except those about coverage and, if its rewards tell nothing, about
/// rewards.
template <class Data>
void check_sound(std::string_view environment, double randomness, const Data& data) {
  using Concern = DatasetProblem::Concern;
  const DatasetSummary summary = summarize(data);
  CHECK(summary.breaks == 0);
  // A pole that never falls gives the same reward at every step.
  const bool rewards_tell_nothing = summary.rewards.lowest == summary.rewards.highest && summary.terminals == 0;
  for (const DatasetProblem& problem : find_problems(data, summary)) {
    INFO(environment << ", randomness " << randomness << ": " << problem.text);
    CHECK((problem.concern == Concern::coverage || (problem.concern == Concern::rewards && rewards_tell_nothing)));
  }
}

}  // namespace

TEST_CASE("recordings of random, scripted and noisy behavior in any environment are sound") {
  constexpr Index steps = 3000;
  for (const double randomness : {1.0, 0.0, 0.1, 0.3}) {
    for (const std::string_view name : environment_names()) {
      const AnyEnvironment<> environment = make_environment(name);
      Generator generator(1, Stream::noise, 1);
      Vector<double> chosen(environment.action_size());
      const auto act = [&](const Matrix<float>& observation, Matrix<float>& action) -> std::optional<float> {
        chosen.setZero();
        if (randomness < 1) environment.scripted(observation.col(0).cast<double>(), chosen);
        for (Index i = 0; i < chosen.size(); ++i) {
          const double noise = randomness < 1 ? randomness * generator.normal() : generator.uniform(-1, 1);
          action(i, 0) = static_cast<float>(std::clamp(chosen(i) + noise, -1.0, 1.0));
        }
        return std::nullopt;
      };
      check_sound(name, randomness, collect<float>(environment, steps, 1, act));
    }
    for (const std::string_view name : environment_names<ActionIndices>()) {
      const AnyEnvironment<ActionIndices> environment = make_environment<ActionIndices>(name);
      Generator generator(1, Stream::noise, 1);
      const auto act = [&](const Matrix<float>& observation, Index& action) -> std::optional<float> {
        environment.scripted(observation.col(0).cast<double>(), action);
        if (generator.uniform() < randomness) action = generator.index(environment.action_size());
        return std::nullopt;
      };
      check_sound(name, randomness, collect<float>(environment, steps, 1, act));
    }
  }
}

}  // namespace recorded_problems_test
