#include "support/environments.hpp"

#include <utility>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/environments/registry.hpp"
#include "support/program.hpp"

#ifdef HOLDFAST_WITH_MUJOCO
#include "holdfast/environments/mujoco/environments.hpp"
#endif

namespace program {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

namespace {

#ifdef HOLDFAST_WITH_MUJOCO
static_assert(MujocoEnvironments::names == robots);

template <class... First, class... Second>
EnvironmentList<First..., Second...> joined(EnvironmentList<First...>, EnvironmentList<Second...>);
using Environments = decltype(joined(BuiltInEnvironments(), MujocoEnvironments()));

template <class... Robots>
std::optional<SideView> side_view_among(EnvironmentList<Robots...> /*list*/, std::string_view name) {
  std::optional<SideView> view;
  const auto consider = [&]<class Robot>() {
    if (name != Robot::name()) return;
    Robot robot;
    const double time_step = robot.time_step();
    const auto capsules = [robot = std::move(robot)](ConstVectorRef state) mutable {
      robot.set_state(state);
      return robot.capsules();
    };
    view = SideView{capsules, time_step};
  };
  (consider.template operator()<Robots>(), ...);
  return view;
}
#else
using Environments = BuiltInEnvironments;
#endif

/// Returns an empty text if the name is among those given, and otherwise why it is not.
std::string why_not_among(const std::vector<std::string_view>& names, std::string_view name) {
  if (is_among(names, name)) return "";
  if (is_among(robots, name) && !is_among(environment_names(), name))
    return message(name, ": this program was built without MuJoCo, which it needs; install that (Debian: ",
                   "libmujoco-dev) and build again");
  return must_be_one_of(names, name);
}

void require_environment_named(std::string_view name) {
  if (const std::string why = why_no_environment(name); !why.empty()) throw ConfigError("environment " + why);
}

}  // namespace

const std::vector<std::string_view>& environment_names() {
  static const std::vector<std::string_view> names(Environments::names.begin(), Environments::names.end());
  return names;
}

const std::vector<std::string_view>& continuous_environment_names() {
  static const std::vector<std::string_view> names = Environments::names_of<Matrix<float>>();
  return names;
}

CLI::Validator known_environment(const std::vector<std::string_view>& names) {
  return {[names](const std::string& name) { return why_not_among(names, name); }, one_of(names).get_description()};
}

std::string why_no_environment(std::string_view name) { return why_not_among(environment_names(), name); }

bool has_finite_actions(std::string_view environment) {
  require_environment_named(environment);
  return Environments::has_finite_actions(environment);
}

template <class Actions>
AnyEnvironment<Actions> make_environment(std::string_view name) {
  require_environment_named(name);
  return Environments::make<Actions>(name);
}

std::optional<SideView> side_view([[maybe_unused]] std::string_view environment) {
#ifdef HOLDFAST_WITH_MUJOCO
  return side_view_among(MujocoEnvironments(), environment);
#else
  return std::nullopt;
#endif
}

template AnyEnvironment<Matrix<float>> make_environment<Matrix<float>>(std::string_view);
template AnyEnvironment<ActionIndices> make_environment<ActionIndices>(std::string_view);

}  // namespace program
