/// \file
/// Tests that `holdfast collect` goes on from its checkpoint to the bytes of a run that was never stopped.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

namespace holdfast_collect_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

struct CollectBench : ToolBench {
  [[nodiscard]] bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

  [[nodiscard]] bool same(const std::string& one, const std::string& other) const {
    return exists(one) && content(path(one)) == content(path(other));
  }

  /// Runs the tool in the background, sends the signal when `ready`, and waits for the tool's end.
  [[nodiscard]] Outcome stopped(const std::string& arguments, const std::string& signal,
                                const std::string& ready) const {
    return shell(program() + arguments + " & for i in $(seq 6000); do " + ready +
                 " && break; sleep 0.01; done; kill -" + signal + " $!; wait $!");
  }

  /// Returns the names in the folder that begin with `name`.
  [[nodiscard]] std::vector<std::string> beside(const std::string& name) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path("")))
      if (entry.path().filename().string().starts_with(name)) found.push_back(entry.path().filename().string());
    return found;
  }
};

using Names = std::vector<std::string>;

const std::string cloning = " --batch-size 16 --set policy.network.hidden=8 ";
const std::string endless = " --steps 100000000 --checkpoint-every 500 ";  // until it is killed
const std::string has_checkpoint = "[ -e d.hdf5.checkpoint.h5 ]";

}  // namespace

TEST_CASE("A dataset is completed after a kill, to the bytes of one that was never stopped", "[collect]") {
  const CollectBench bench;
  bench.collect("data.hdf5", 200);
  bench.ok("train --algorithm bc --dataset data.hdf5 --steps 3 --out bc" + cloning);
  for (const std::string& policy :
       {std::string("mass_chain --policy bc/policy.h5 --noise 0.3"), std::string("mass_chain --policy bc/policy.h5"),
        std::string("pendulum --policy random"), std::string("cart_pole --policy scripted --epsilon 0.3"),
        std::string("chain --policy random")}) {
    CAPTURE(policy);
    const std::string collect = "collect --seed 3 --environment " + policy;
    const Outcome killed = bench.stopped(collect + endless + "--out d.hdf5", "KILL", has_checkpoint);
    CHECK(killed.exit_code == 137);
    REQUIRE(bench.exists("d.hdf5.checkpoint.h5"));
    CHECK_FALSE(bench.exists("d.hdf5"));
    const auto held = hdf5::Reader(bench.path("d.hdf5.checkpoint.h5")).read_number<Index>("state/data/extent/size");
    CHECK(held % 500 == 0);
    const std::string steps = " --steps " + std::to_string(held + 777);
    bench.ok(collect + steps + " --out d.hdf5 --resume");
    bench.ok(collect + steps + " --out whole.hdf5");
    CHECK(bench.same("d.hdf5", "whole.hdf5"));
    CHECK(bench.beside("d.hdf5") == Names{"d.hdf5"});
    std::filesystem::remove(bench.path("d.hdf5"));
  }
}

TEST_CASE("A dataset is completed after kills at any moment", "[collect]") {
  const CollectBench bench;
  const std::string collect = "collect --environment cart_pole --policy random --steps 20000 --checkpoint-every 100 ";
  bench.ok(collect + "--out whole.hdf5");
  for (int kill = 0; kill < 8; ++kill)
    (void)bench.stopped(collect + "--resume --out d.hdf5", "KILL", "sleep 0.0" + std::to_string(1 + kill));
  bench.ok(collect + "--resume --out d.hdf5");
  CHECK(bench.same("d.hdf5", "whole.hdf5"));
  CHECK(bench.beside("d.hdf5") == Names{"d.hdf5"});
}

TEST_CASE("An interrupted dataset is written, and completed later", "[collect]") {
  const CollectBench bench;
  const std::string collect = "collect --environment pendulum --policy scripted --noise 0.5 ";
  const Outcome cut =
      bench.stopped(collect + "--steps 100000000 --checkpoint-every 0 --out d.hdf5", "INT", "grep -q collect stderr");
  INFO(cut.output << cut.error);
  CHECK(cut.exit_code == 130);
  CHECK_THAT(cut.output, Contains("(interrupted; --resume goes on)"));
  const Index held = read_d4rl(bench.path("d.hdf5")).size();
  CHECK(held >= 1);
  CHECK(bench.exists("d.hdf5.checkpoint.h5"));
  const std::string steps = "--steps " + std::to_string(held + 300);
  CHECK_THAT(bench.ok(collect + steps + " --resume --out d.hdf5"),
             Contains(std::to_string(held + 300) + " transitions") && !Contains("interrupted"));
  bench.ok(collect + steps + " --out whole.hdf5");
  CHECK(bench.same("d.hdf5", "whole.hdf5"));
  CHECK_FALSE(bench.exists("d.hdf5.checkpoint.h5"));
}

TEST_CASE("What cannot be gone on with is refused, and the checkpoint stays", "[collect]") {
  const CollectBench bench;
  bench.collect("data.hdf5", 200);
  const std::string train = "train --algorithm bc --dataset data.hdf5 --overwrite --out bc --steps ";
  bench.ok(train + "3" + cloning);
  const std::string environment = "--environment mass_chain ";
  const std::string policy = "--policy bc/policy.h5 ";
  const std::string collect_into = "collect " + environment + policy + "--out ";
  const std::string collect = collect_into + "d.hdf5 ";
  (void)bench.stopped(collect + endless, "KILL", has_checkpoint);
  REQUIRE(bench.exists("d.hdf5.checkpoint.h5"));
  const std::string before = content(bench.path("d.hdf5.checkpoint.h5"));

  bench.refused(collect + "--steps 1000",
                "d.hdf5.checkpoint.h5: d.hdf5 is unfinished; go on with --resume, or begin "
                "anew with --overwrite");
  const std::string resume = " --steps 1000000 --resume ";
  bench.refused("collect --out d.hdf5 --environment pendulum --policy random" + resume,
                "expected --environment mass_chain to go on with d.hdf5, found pendulum");
  bench.refused("collect --out d.hdf5 " + environment + "--policy random" + resume,
                "to go on with d.hdf5, found random");
  bench.refused(collect + resume + "--noise 0.1", "expected --noise 0 to go on with d.hdf5, found 0.1");
  bench.refused(collect + resume + "--seed 2", "expected --seed 1 to go on with d.hdf5, found 2");
  bench.refused(collect + resume + "--deterministic",
                "expected --deterministic false to go on with d.hdf5, found true");
  bench.refused(collect + "--steps 3 --resume", "or more, as many as were collected, found 3");
  bench.refused(collect + resume + "--overwrite", "excludes --");
  bench.refused(collect + resume + "--checkpoint-every 1m", "must be a whole number of steps, or of seconds");
  bench.ok(train + "4" + cloning);
  bench.refused(collect + resume, "expected --policy with hash ");
  CHECK((content(bench.path("d.hdf5.checkpoint.h5")) == before));
  CHECK(bench.beside("d.hdf5") == Names{"d.hdf5.checkpoint.h5"});

  bench.ok(collect + "--steps 700 --overwrite");
  bench.ok(collect_into + "whole.hdf5 --steps 700");
  CHECK(bench.same("d.hdf5", "whole.hdf5"));
  CHECK(bench.beside("d.hdf5") == Names{"d.hdf5"});

  std::filesystem::copy_file(bench.path("bc/policy.h5"), bench.path("d.hdf5.checkpoint.h5"));
  bench.refused(collect + resume, "d.hdf5.checkpoint.h5: ");
}

TEST_CASE("A share of random actions is part of what is gone on with", "[collect]") {
  const CollectBench bench;
  const std::string collect = "collect --out d.hdf5 --environment cart_pole --policy scripted --epsilon ";
  (void)bench.stopped(collect + "0.25" + endless, "KILL", has_checkpoint);
  bench.refused(collect + "0.250001 --steps 1000000 --resume",
                "expected --epsilon 0.25 to go on with d.hdf5, found 0.250001");
  const Outcome other =
      bench.shell("HOLDFAST_PRODUCTS=eigen " + bench.program() + collect + "0.25 --steps 1000000 --resume");
  CHECK(other.exit_code == 0);
  CHECK_THAT(other.error,
             Contains("warning: d.hdf5.checkpoint.h5: made by ") && Contains("products by eigen; the data"));
}

TEST_CASE("Without a checkpoint a dataset is begun, and a complete one is replaced", "[collect]") {
  const CollectBench bench;
  const std::string collect = "collect --environment chain --policy random --steps 300 ";
  bench.ok(collect + "--out whole.hdf5");
  for (const std::string flags :
       {"--resume ", "--overwrite ", "--resume ", "", "--checkpoint-every 299 ", "--checkpoint-every 1s "}) {
    bench.ok(collect + flags + "--out d.hdf5");
    CHECK(bench.same("d.hdf5", "whole.hdf5"));
    CHECK(bench.beside("d.hdf5") == Names{"d.hdf5"});
  }
}

TEST_CASE("Two processes do not collect into the same file at once", "[collect]") {
  const CollectBench bench;
  const std::string collect = "collect --environment chain --policy random ";
  const Outcome both = bench.shell(
      bench.program() + collect + endless + "--out d.hdf5 2>first & for i in $(seq 6000); do " + has_checkpoint +
      " && break; sleep 0.01; done; " + bench.program() + collect + "--steps 10 --out other.hdf5; " + bench.program() +
      collect + "--steps 10 --resume --out d.hdf5; echo $?; kill -KILL $!; wait $!");
  INFO(both.output << both.error);
  CHECK_THAT(both.output, Contains("other.hdf5: 10 transitions") && Contains("\n2\n"));
  CHECK_THAT(complaints(both.error), Contains("error: d.hdf5: another process (") && Contains("is writing here"));
  bench.ok(collect + "--steps 10 --overwrite --out d.hdf5");  // a lock does not outlive its process
  CHECK(bench.beside("d.hdf5") == Names{"d.hdf5"});
}

}  // namespace holdfast_collect_test
