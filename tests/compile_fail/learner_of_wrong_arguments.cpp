// expect: does Config have every name.*the Sizes of a learner stand in braces
#include "holdfast/learners/bc.hpp"

using namespace holdfast;

int main() {
#ifdef HOLDFAST_CONTROL
  const Bc<> misspelled({.policy_optimizer = {}}, {3, 1}, 0);
  const Bc<> without_braces({}, {3, 1}, 0);
#else
  const Bc<> misspelled({.policy_optimzer = {}}, {3, 1}, 0);
  const Bc<> without_braces({}, 3, 1, 0);
#endif
}
