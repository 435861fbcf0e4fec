/// \file
/// Checks that a learner's listed state, copied into a fresh learner, restores it.
#pragma once

#include <string>
#include <string_view>

#include "catch.hpp"
#include "holdfast/core/state.hpp"
#include "support/table.hpp"

namespace holdfast::testing {

/// Checks that a fresh learner continues like the original after its listed state is restored: the same bits, figures
/// and acting(learner). make(name, seed) makes a learner, train(learner, updates, seed) updates it.
template <class Make, class Train, class Acting>
void check_restored(std::string_view name, Make&& make, Train&& train, Acting&& acting) {
  CAPTURE(std::string(name));
  auto learner = make(name, 1);
  train(learner, 3, 40);
  const SavedState saved = save_state(learner);
  auto fresh = make(name, 2);
  CHECK(save_state(fresh) != saved);
  restore_state(fresh, saved);
  CHECK(fresh.step() == 3);
  CHECK(save_state(fresh) == saved);
  CHECK(acting(fresh) == acting(learner));
  for (int more = 0; more < 3; ++more) {
    train(learner, 2, 50);
    train(fresh, 2, 50);
    CHECK(figures(fresh) == figures(learner));
    CHECK(acting(fresh) == acting(learner));
  }
  CHECK(save_state(fresh) == save_state(learner));
  CHECK(save_state(fresh) != saved);
}

}  // namespace holdfast::testing
