/// \file
/// Tests of the tool with the robots of MuJoCo, and of a tool that was built without it.
#include <cstddef>
#include <string>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"

namespace holdfast_mujoco_test {

using namespace holdfast::testing;

#ifdef HOLDFAST_WITH_MUJOCO

namespace {

/// Collects data of a robot and clones them to `name`/policy.h5.
void clone(const ToolBench& bench, const std::string& robot, const std::string& name) {
  bench.ok("collect --environment " + robot + " --policy random --steps 300 --out " + name + ".hdf5");
  bench.ok("train --algorithm bc --steps 3 --dataset " + name + ".hdf5 --out " + name +
           " --batch-size 16 --set policy.network.hidden=8 --environment " + robot + " --episodes 2");
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("Robots are collected, trained, evaluated and drawn", "[tool]") {
  const ToolBench bench;
  clone(bench, "half_cheetah", "cheetah");
  const std::string evaluate = "evaluate --environment half_cheetah --policy cheetah/policy.h5 --episodes 2 ";
  const std::string plain = bench.ok(evaluate);
  CHECK_THAT(plain, Contains("2 episodes of half_cheetah") && Contains("normalized score: "));
  const std::string drawn = bench.ok(evaluate + "--render strip.png");
  CHECK(drawn == plain + "picture: strip.png\n");
  CHECK(content(bench.path("strip.png")).starts_with("\x89PNG"));

  bench.ok(evaluate + "--json --render moving.gif");
  const std::string gif = content(bench.path("moving.gif"));
  CHECK(gif.starts_with("GIF89a"));
  CHECK(count(gif, "\x21\xf9\x04") == 201);  // headers of frames: of each 0.05 s in the first ten seconds
}

TEST_CASE("What belongs to another robot, and what cannot be drawn, is refused", "[tool]") {
  const ToolBench bench;
  clone(bench, "hopper", "hopper");
  bench.refused("evaluate --policy hopper/policy.h5 --environment half_cheetah",
                "expected 17 observation and 6 action features, as half_cheetah has, found 11 and 3");
  bench.refused("train --algorithm bc --steps 3 --dataset hopper.hdf5 --out o --environment walker2d",
                "expected 17 observation and 6 action features, as walker2d has, found 11 and 3");
  bench.refused("collect --environment hopper --policy scripted --steps 5 --out d.hdf5",
                "hopper has no scripted policy");
  const std::string evaluate = "evaluate --policy hopper/policy.h5 --environment hopper --episodes 1 --render ";
  bench.refused(evaluate + "picture.jpg", "ends in .png or .gif, found picture.jpg");
  bench.refused(evaluate + "/proc/nowhere/picture.png", "/proc/nowhere");
  const auto without = bench.shell("PATH=/nowhere " + bench.program() + evaluate + "picture.png");
  CHECK(without.exit_code == 2);
  CHECK(without.error == "error: --render: gnuplot, which draws, is not installed (Debian: gnuplot-nox)\n");
  bench.collect("masses.hdf5");
  bench.ok(
      "train --algorithm bc --steps 3 --dataset masses.hdf5 --out masses --batch-size 16 --set "
      "policy.network.hidden=8");
  bench.refused("evaluate --policy masses/policy.h5 --environment mass_chain --render picture.png",
                "mass_chain cannot be drawn");
}

#else

TEST_CASE("A tool without MuJoCo says so when asked for its robots", "[tool]") {
  const ToolBench bench;
  const std::string why =
      "half_cheetah: this program was built without MuJoCo, which it needs; install that (Debian: "
      "libmujoco-dev) and build again";
  bench.refused("collect --environment half_cheetah --policy random --steps 5 --out d.hdf5", why);
  bench.collect();
  bench.refused("train --algorithm bc --steps 3 --dataset data.hdf5 --out o --environment half_cheetah", why);
}

#endif

}  // namespace holdfast_mujoco_test
