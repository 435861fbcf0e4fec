/// \file
/// Tests what every algorithm of the table promises.
#include "holdfast/learners/algorithms.hpp"

#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/parallel.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

namespace algorithms_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 2};

Matrix<float> some_observations() {
  Generator generator(99);
  return normal_matrix<float>(3, 6, generator);
}

// Returns a learner with networks of widths 8 and 8, which acts by the policy's own mode.
AnyLearner<float> small(std::string_view name, const Settings& more = {}) {
  Settings settings = layers(name, "8, 8");
  for (const auto& [field, value] : default_settings(name))
    if (field == "improvement.acting_samples") settings.emplace_back(field, "0");
  settings.insert(settings.end(), more.begin(), more.end());
  return make_learner(name, settings, sizes, 1);
}

// Returns the error of a refused update.
std::string divergence(AnyLearner<float>& learner, const Batch<float>& batch) {
  try {
    learner.update(batch);
  } catch (const NonFiniteError& error) {
    return error.what();
  }
  return "nothing diverged";
}

}  // namespace

TEST_CASE("The names of the table are different, and each finds its own row", "[algorithms]") {
  CHECK(std::set<std::string_view>(Algorithms<>::names.begin(), Algorithms<>::names.end()).size() ==
        Algorithms<>::names.size());
  for (const std::string_view name : Algorithms<>::names) {
    int found = 0;
    Algorithms<>::with(name, [&]<class Entry>() {
      ++found;
      CHECK(Entry::row.name == name);
    });
    CHECK(found == 1);
  }
}

TEST_CASE("The number of threads does not change a bit of any algorithm", "[algorithms]") {
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    const auto trained = [&](int threads) {
      set_threads(threads);
      // Critics are wide enough to use threads. Behavior models are not: they have no work to share.
      Settings settings = layers(name, "256, 256");
      for (auto& [field, value] : settings)
        if (field.starts_with("improvement.")) value = "32";
      AnyLearner<float> learner = make_learner(name, settings, sizes, 3);
      Generator generator(5);
      for (int i = 0; i < 4; ++i) learner.update(random_batch<float>(sizes, 16, generator));
      set_threads(1);
      return std::pair{figures(learner), mode(learner.policy(), some_observations())};
    };
    const auto one = trained(1);
    for (const int threads : {2, 4}) {
      const auto several = trained(threads);
      CHECK(one.first == several.first);
      CHECK(one.second == several.second);
    }
  }
}

TEST_CASE("Data that is not finite stops every algorithm, by step and quantity, and its policy is as before",
          "[algorithms]") {
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  for (const std::string_view name : Algorithms<>::names) {
    const bool cloning = only_clones(name);
    const bool behavior = name == "bear" || name == "brac";
    const bool implicit = name == "iql" || name == "idql" || name == "ifql" || name == "iql_diffusion";
    // The first loss that depends on the actions.
    const std::string first = cloning    ? "policy loss"
                              : implicit ? "value loss"
                              : behavior ? "behavior model's loss"
                                         : "critic loss";
    const auto refuses = [&](auto spoil, const std::string& found, const std::string& quantity = "critic loss") {
      CAPTURE(std::string(name), found);
      AnyLearner<float> learner = small(name);
      Generator generator(7);
      for (int i = 0; i < 2; ++i) learner.update(random_batch<float>(sizes, 8, generator));
      const Matrix<float> before = mode(learner.policy(), some_observations());
      Batch<float> batch = random_batch<float>(sizes, 8, generator);
      spoil(batch);
      CHECK_THAT(divergence(learner, batch), Contains("update 3: the " + quantity + " is ") && Contains(found + ":"));
      CHECK(mode(learner.policy(), some_observations()) == before);
      for (int i = 0; i < 2; ++i) CHECK_NOTHROW(learner.update(random_batch<float>(sizes, 8, generator)));
      CHECK(mode(learner.policy(), some_observations()).allFinite());  // nothing of the bad batch was kept
    };
    refuses([](Batch<float>& batch) { batch.actions(3) = not_a_number; }, "nan", first);
    if (cloning) continue;  // cloning ignores rewards and next observations
    refuses([](Batch<float>& batch) { batch.rewards(2) = not_a_number; }, "nan");
    refuses([](Batch<float>& batch) { batch.rewards(2) = 1e30F; }, "inf");  // its square is infinite
    refuses([](Batch<float>& batch) { batch.next_observations(1, 1) = not_a_number; }, "nan");
  }
}

TEST_CASE("Rewards that explode stop every algorithm that sees them before its policy is lost", "[algorithms]") {
  for (const std::string_view name : Algorithms<>::names) {
    if (only_clones(name)) continue;
    CAPTURE(std::string(name));
    AnyLearner<float> learner = small(name);
    Generator generator(8);
    std::string said = "nothing diverged";
    float scale = 1;
    for (int i = 0; i < 30 && said == "nothing diverged"; ++i, scale *= 30) {
      Batch<float> batch = random_batch<float>(sizes, 8, generator);
      batch.rewards *= scale;
      said = divergence(learner, batch);
    }
    CHECK_THAT(said, Contains(message("update ", learner.step(), ": the ")));
    CHECK(mode(learner.policy(), some_observations()).allFinite());
  }
}

TEST_CASE("The policy of every algorithm stops where its learning rate has decayed", "[algorithms]") {
  for (const std::string_view name : Algorithms<>::names) {
    CAPTURE(std::string(name));
    const auto policies = [&](const char* decay_steps) {
      AnyLearner<float> learner = small(name, {{"policy_optimizer.decay_steps", decay_steps}});
      Generator generator(9);
      std::vector<Matrix<float>> after{mode(learner.policy(), some_observations())};
      for (int i = 0; i < 4; ++i) {
        learner.update(random_batch<float>(sizes, 8, generator));
        after.push_back(mode(learner.policy(), some_observations()));
      }
      return after;
    };
    const auto decayed = policies("2");
    const auto constant = policies("0");
    CHECK(decayed[1] == constant[1]);  // the first step has the full rate
    CHECK(decayed[2] != decayed[1]);
    CHECK(decayed[2] != constant[2]);
    CHECK(decayed[3] == decayed[2]);
    CHECK(decayed[4] == decayed[2]);
    CHECK(constant[4] != constant[3]);
  }
}

}  // namespace algorithms_test
