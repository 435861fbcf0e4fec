#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "holdfast/environments/mujoco/environments.hpp"

namespace models_test {

using namespace holdfast;

namespace {

/// A body as printed: its mass, and its moments of inertia across and along its longest axis. A body of two capsules
/// has two different ones across.
struct Body {
  const char* name;
  const char* mass;
  std::vector<std::string> inertia;
};

std::string printed(const char* format, double number) {
  char text[32];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

template <class Task>
void check_bodies(const std::vector<Body>& bodies, const char* total) {
  const auto model = detail::mujoco_model(Task::name, Task::model);
  REQUIRE(model->nbody == static_cast<int>(bodies.size()) + 1);  // the first is the world
  for (const Body& body : bodies) {
    CAPTURE(Task::name, body.name);
    const int i = mj_name2id(model.get(), mjOBJ_BODY, body.name);
    REQUIRE(i > 0);
    CHECK(printed("%.8f", model->body_mass[i]) == body.mass);
    const double* const inertia = model->body_inertia + std::size_t{3} * static_cast<std::size_t>(i);
    CHECK(printed("%.8g", inertia[0]) == body.inertia.front());
    CHECK(printed("%.8g", inertia[1]) == body.inertia[body.inertia.size() - 2]);
    CHECK(printed("%.8g", inertia[2]) == body.inertia.back());
  }
  CHECK(printed("%.8f", mj_getTotalmass(model.get())) == total);
}

}  // namespace

TEST_CASE("The half cheetah has the masses and inertias of Gym's", "[mujoco]") {
  check_bodies<HalfCheetahTask>({{"torso", "6.25020921", {"0.89711769", "0.88565545", "0.017960923"}},
                                 {"back_thigh", "1.54351464", {"0.01684434", "0.0015760216"}},
                                 {"back_shin", "1.58744770", {"0.018267419", "0.0016225028"}},
                                 {"back_foot", "1.09539749", {"0.0063524233", "0.0011019136"}},
                                 {"front_thigh", "1.43807531", {"0.013739643", "0.0014644668"}},
                                 {"front_shin", "1.20083682", {"0.0082221086", "0.0012134685"}},
                                 {"front_foot", "0.88451883", {"0.0035291095", "0.00087880402"}}},
                                "14.00000000");
}

TEST_CASE("The hopper has the masses and inertias of Gym's", "[mujoco]") {
  check_bodies<HopperTask>({{"torso", "3.66519143", {"0.069245938", "0.0044505896"}},
                            {"thigh", "4.05789051", {"0.093298757", "0.0049414634"}},
                            {"leg", "2.78135670", {"0.07230254", "0.0021821921"}},
                            {"foot", "5.31557477", {"0.10352308", "0.0092423143"}}},
                           "15.82001341");
}

TEST_CASE("The walker has the masses and inertias of Gym's", "[mujoco]") {
  check_bodies<Walker2dTask>({{"torso", "3.66519143", {"0.069245938", "0.0044505896"}},
                              {"right_thigh", "4.05789051", {"0.093298757", "0.0049414634"}},
                              {"right_leg", "2.78135670", {"0.07230254", "0.0021821921"}},
                              {"right_foot", "3.16672539", {"0.023997747", "0.0053743854"}},
                              {"left_thigh", "4.05789051", {"0.093298757", "0.0049414634"}},
                              {"left_leg", "2.78135670", {"0.07230254", "0.0021821921"}},
                              {"left_foot", "3.16672539", {"0.023997747", "0.0053743854"}}},
                             "23.67713663");
}

TEST_CASE("A text that is no model is refused with what MuJoCo says", "[mujoco]") {
  CHECK_THROWS_AS(detail::mujoco_model("mine", "<mujoco><nonsense/></mujoco>"), ConfigError);
  CHECK_THROWS_WITH(detail::mujoco_model("mine", "<mujoco><nonsense/></mujoco>"),
                    Contains("mine: MuJoCo: ") && Contains("nonsense"));
  CHECK_THROWS_WITH(detail::mujoco_model("mine", "not XML"), Contains("mine: MuJoCo: "));
}

}  // namespace models_test
