// expect: an Environment must have step.const Vector<double>& action., or step.Index action. for a finite set
#include "holdfast/checks.hpp"
#include "holdfast/environments/environment.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Action = Index;
#else
using Action = const char*;
#endif

struct MyEnvironment {
  void reset(Generator&) {}
  void set_state(const Vector<double>&) {}
  Vector<double> state() const { return {}; }
  Vector<double> state_of(const Vector<double>& observation) const { return observation; }
  void observe(Eigen::Ref<Vector<double>>) const {}
  StepResult step(Action) { return {}; }
  const char* name() const { return "mine"; }
  Index observation_size() const { return 1; }
  Index action_size() const { return 2; }
  Index time_limit() const { return 1; }
  Interval reward_range() const { return {}; }
  References references() const { return {}; }
};

static_assert(check_environment<MyEnvironment>());
