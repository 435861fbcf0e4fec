/// \file
/// Tests the tool `holdfast` with files that nobody should trust.
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/data/hdf5.hpp"

namespace holdfast_untrusted_test {

using namespace holdfast;
using namespace holdfast::testing;
using hdf5::Handle;

namespace {

/// Copies a sound file of the oldest format, and adds the text metadata/note of variable length.
void write_with_note(const std::string& path, const std::string& note) {
  std::filesystem::copy_file(std::filesystem::absolute(__FILE__).parent_path() / "../../data/files/least.hdf5", path);
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  const Handle group(H5Gcreate2(file, "metadata", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle made(H5Dcreate2(group, "note", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
  const char* const text = note.c_str();
  REQUIRE(H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0);
}

}  // namespace

TEST_CASE("A file on which HDF5 crashes is refused in one line by --untrusted", "[tool]") {
  const ToolBench bench;
  write_with_note(bench.path("crash.hdf5"), "sound");
  CHECK_THAT(bench.ok("inspect crash.hdf5 --untrusted"), Contains("sound"));
  std::string damaged = content(bench.path("crash.hdf5"));
  const auto heap = damaged.find("GCOL");
  REQUIRE(heap != std::string::npos);
  damaged[heap + 31] = '\1';  // the size of the text is now more than 2⁵⁶ bytes, which HDF5 1.10 believes
  std::ofstream(bench.path("crash.hdf5"), std::ios::binary) << damaged;
  const std::string error = bench.refused("inspect crash.hdf5 --untrusted", "error: crash.hdf5: ");
  const Outcome alone = bench.run("inspect crash.hdf5");
  if (alone.exit_code != 2) CHECK_THAT(error, Contains(": HDF5 ended by a segmentation fault while reading it"));
}

TEST_CASE("Sound files give the same with --untrusted", "[tool]") {
  const ToolBench bench;
  bench.collect();
  const std::string train = "train --algorithm iql --dataset data.hdf5 --steps 6" + small + "--overwrite --out ";
  CHECK(bench.ok(train + "a").substr(0, 40) == bench.ok(train + "b --untrusted").substr(0, 40));
  for (const char* file : {"policy.h5", "metrics.csv", "config.toml"})
    CHECK(content(bench.path(std::string("a/") + file)) == content(bench.path(std::string("b/") + file)));
  const std::string finetune = "finetune --checkpoint a/checkpoint.h5 --environment mass_chain --steps 20 --out ";
  bench.ok(finetune + "online");
  bench.ok(finetune + "supervised --untrusted");
  CHECK(content(bench.path("online/policy.h5")) == content(bench.path("supervised/policy.h5")));
  for (const std::string command :
       {"inspect data.hdf5", "inspect data.hdf5 --json", "evaluate --policy a/policy.h5 --environment mass_chain",
        "ope --dataset data.hdf5 --policy a/policy.h5 --estimators dm --steps 5 --batch-size 8 --resamples 200"}) {
    INFO(command);
    const Outcome plain = bench.run(command);
    const Outcome supervised = bench.run(command + " --untrusted");
    CHECK(plain.exit_code == 0);
    CHECK(supervised.exit_code == 0);
    CHECK(supervised.output == plain.output);
    CHECK(complaints(supervised.error) == complaints(plain.error));
  }
  CHECK(bench.refused("inspect none.hdf5 --untrusted", "none.hdf5: ") == bench.refused("inspect none.hdf5", "none"));
}

TEST_CASE("Numbers of other files are read with --other-files only", "[tool]") {
  const ToolBench bench;
  bench.collect();
  {
    const Handle file(H5Fcreate(bench.path("links.hdf5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    for (const char* name : {"observations", "actions", "rewards", "terminals", "timeouts", "next_observations"})
      H5Lcreate_external("data.hdf5", name, file, name, H5P_DEFAULT, H5P_DEFAULT);
  }
  bench.refused("inspect links.hdf5", "takes its numbers from another file, data.hdf5, which is refused");
  CHECK_THAT(bench.ok("inspect links.hdf5 --other-files"), Contains("transitions 250"));
  const std::string train = "train --algorithm iql --dataset links.hdf5 --steps 2" + small + "--out o";
  bench.refused(train, "links.hdf5: actions: takes its numbers from another file, data.hdf5");
  bench.ok(train + " --other-files");
}

TEST_CASE("Control characters of a file are shown as escapes", "[tool]") {
  const ToolBench bench;
  write_with_note(bench.path("note.hdf5"), "a\x1b[2Jb\nc \xC2\x9B \xE2\x80\xAEgpj");
  CHECK_THAT(bench.ok("inspect note.hdf5"), Contains("a\\x1b[2Jb\\nc \\u009b \\u202egpj\n"));
  hdf5::Writer file(bench.path("policy.h5"));
  file.write_attribute("format", "x\nerror: another line\x1b[31m");
  file.commit();
  bench.refused("evaluate --environment mass_chain --policy policy.h5",
                "found \"x\\nerror: another line\\x1b[31m\"; is it a policy file?");
}

}  // namespace holdfast_untrusted_test
