/// \file
/// Tests that errors are never taken for missing datasets, and that numbers stored in other files are read or refused.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/hdf5.hpp"
#include "support/run_program.hpp"

namespace hdf5_sources_test {

using namespace holdfast;
using hdf5::Handle;
using hdf5::Reader;
using hdf5::Writer;
using testing::content;

namespace {

void write_rewards(const std::string& path, Index size) {
  Writer file(path);
  file.write("rewards", Row<float>(Row<float>::LinSpaced(size, 1, static_cast<float>(size))));
  file.commit();
}

/// Writes a dataset `rewards` of 6 numbers, 3 from each of two sources: `rewards` in the files `first` and `second`.
void write_virtual(const std::string& path, const std::string& first, const std::string& second,
                   const char* name = "rewards") {
  const hsize_t whole = 6;
  const hsize_t part = 3;
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const Handle space(H5Screate_simple(1, &whole, nullptr), H5Sclose);
  const Handle source(H5Screate_simple(1, &part, nullptr), H5Sclose);
  const Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  hsize_t start = 0;
  for (const std::string& each : {first, second}) {
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nullptr, &part, nullptr);
    H5Pset_virtual(layout, space, each.c_str(), name, source);
    start += part;
  }
  H5Sselect_all(space);
  const Handle made(H5Dcreate2(file, "rewards", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT), H5Dclose);
  REQUIRE(made.valid());
}

/// Writes a dataset `rewards` that continues as long as its numbered sources part_0.h5, part_1.h5, … exist.
void write_numbered(const std::string& path) {
  const hsize_t none = 0;
  const hsize_t part = 3;
  const hsize_t start = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const Handle space(H5Screate_simple(1, &none, &unlimited), H5Sclose);
  const Handle source(H5Screate_simple(1, &part, nullptr), H5Sclose);
  const Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, &part, &unlimited, &part);
  REQUIRE(H5Pset_virtual(layout, space, "part_%b.h5", "rewards", source) >= 0);
  const Handle made(H5Dcreate2(file, "rewards", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT), H5Dclose);
  REQUIRE(made.valid());
}

/// Writes a dataset `rewards` of 3 floats that are stored in the file `raw` from byte 4.
void write_external(const std::string& path, const std::string& raw, hsize_t bytes) {
  const hsize_t size = 3;
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_external(layout, raw.c_str(), 4, bytes);
  const Handle made(H5Dcreate2(file, "rewards", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT), H5Dclose);
  REQUIRE(made.valid());
}

std::vector<double> rewards_of(const std::string& path) {
  return fixture::list(Reader(path).read_row<float>("rewards"));
}

/// Writes numbers in the oldest format, which has no checksums.
void write_oldest(const std::string& path, const std::vector<std::string>& names) {
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const int seven = 7;
  for (const std::string& name : names) {
    const Handle made(H5Dcreate2(file, name.c_str(), H5T_NATIVE_INT, space, links, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    REQUIRE(H5Dwrite(made, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &seven) >= 0);
  }
}

/// Allows other files during its lifetime.
struct OtherFiles {
  OtherFiles() { hdf5::allow_other_files(true); }
  ~OtherFiles() { hdf5::allow_other_files(false); }
  OtherFiles(const OtherFiles&) = delete;
  OtherFiles& operator=(const OtherFiles&) = delete;
};

/// Checks that `rewards` is refused while other files are, with the name of the other file, and is read if allowed.
void check_refused(const std::string& path, const std::string& other) {
  INFO(other);
  CHECK_THROWS_WITH(rewards_of(path), Contains(path + ": rewards: takes its numbers from another file, ") &&
                                          Contains(other + ", which is refused") && Contains("allow_other_files"));
  CHECK_THROWS_AS(Reader(path).info("rewards"), DataError);
  const OtherFiles allowed;
  CHECK(rewards_of(path).size() >= 3);
}

}  // namespace

TEST_CASE("What a damaged file does not let be told is an error, not an absence") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  write_oldest(path, {"actions", "observations", "rewards", "terminals", "timeouts", "infos/action_log_probs",
                      "infos/b", "metadata/action_count", "metadata/state_count"});
  const std::string sound = content(path);
  int refused = 0;
  int places = 0;
  for (const std::string mark : {"TREE", "SNOD", "HEAP"})
    for (auto at = sound.find(mark); at != std::string::npos; at = sound.find(mark, at + 1)) {
      ++places;
      std::string damaged = sound;
      damaged.replace(at, 4, 4, '\0');
      std::ofstream(path, std::ios::binary) << damaged;
      try {
        const Reader file(path);
        const bool there = file.contains("infos/action_log_probs") && file.contains("metadata/action_count") &&
                           file.contains("timeouts");
        const std::size_t count = file.names().size();
        CHECK(there);
        CHECK(count == 9);
      } catch (const DataError& error) {
        ++refused;
        CHECK_THAT(error.what(), Contains(path + ": ") && Contains("damaged: "));
      }
    }
  CHECK(places >= 9);  // three groups
  CHECK(refused == places);
}

TEST_CASE("What is below a dataset, or below nothing, is not there; below a link to nothing is an error") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  write_rewards(path, 3);
  {
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    H5Lcreate_soft("/nowhere", file, "infos", H5P_DEFAULT, H5P_DEFAULT);
  }
  const Reader file(path);
  CHECK_FALSE(file.contains("rewards/data"));
  CHECK_FALSE(file.contains("nothing/data"));
  CHECK(file.contains("infos"));
  CHECK_THROWS_WITH(file.contains("infos/action_log_probs"), Contains("infos: a link to nothing, or damaged"));
  CHECK(file.names() == std::vector<std::string>{"rewards"});
}

TEST_CASE("A virtual dataset reads its sources, and is refused where one is missing or too short") {
  const OtherFiles allowed;
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "virtual.h5";
  write_rewards(directory / "a.h5", 3);
  write_rewards(directory / "b.h5", 3);
  write_virtual(path, "a.h5", "b.h5");
  CHECK(rewards_of(path) == std::vector<double>{1, 2, 3, 1, 2, 3});
  write_virtual(path, "a.h5", directory / "b.h5");
  CHECK(rewards_of(path) == std::vector<double>{1, 2, 3, 1, 2, 3});

  std::filesystem::rename(directory / "b.h5", directory / "c.h5");
  CHECK_THROWS_WITH(rewards_of(path), Contains("virtual.h5: rewards: takes its numbers from the dataset rewards of ") &&
                                          Contains("b.h5, which is not there; put that back"));
  CHECK_THROWS_WITH(Reader(path).info("rewards"), Contains("which is not there"));
  write_rewards(directory / "b.h5", 2);
  CHECK_THROWS_WITH(rewards_of(path), Contains("b.h5, which is smaller than what is taken from it (2)"));
  write_virtual(path, "a.h5", "c.h5", "returns");
  CHECK_THROWS_WITH(rewards_of(path), Contains("the dataset returns of ") && Contains("which cannot be opened"));

  write_virtual(directory / "inner.h5", "a.h5", "lost.h5");
  write_virtual(path, "a.h5", "inner.h5");
  CHECK_THROWS_WITH(rewards_of(path), Contains("lost.h5, which is not there"));
  write_virtual(path, "virtual.h5", "virtual.h5");
  CHECK_THROWS_WITH(rewards_of(path), Contains("more than 16 deep"));
}

TEST_CASE("A source whose name has a % is found") {
  const OtherFiles allowed;
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "virtual.h5";
  write_rewards(directory / "50%off.h5", 3);
  write_virtual(path, "50%%off.h5", "50%%off.h5");
  CHECK(rewards_of(path) == std::vector<double>{1, 2, 3, 1, 2, 3});
  for (const auto& [named, name] : {std::pair{"part_%b_%b.h5", "part_0_0.h5"},
                                    {"50%%%b", "50%0"},
                                    {"50%%b", "50%b"},
                                    {"50%off.h5", "50%off.h5"},
                                    {"50%", "50%"}})
    CHECK(hdf5::detail::first_block(named) == name);
}

TEST_CASE("A virtual dataset within one file reads it") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "virtual.h5";
  write_virtual(path, ".", ".", "source");
  CHECK_THROWS_WITH(rewards_of(path), Contains("the dataset source of ") && Contains("which cannot be opened"));
  {
    const hsize_t part = 3;
    const std::vector<float> numbers = {4, 5, 6};
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const Handle space(H5Screate_simple(1, &part, nullptr), H5Sclose);
    const Handle made(H5Dcreate2(file, "source", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                      H5Dclose);
    REQUIRE(H5Dwrite(made, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) >= 0);
  }
  CHECK(rewards_of(path) == std::vector<double>{4, 5, 6, 4, 5, 6});
}

TEST_CASE("Numbered sources end where the first is missing, and the first must be there") {
  const OtherFiles allowed;
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "virtual.h5";
  write_numbered(path);
  CHECK_THROWS_WITH(rewards_of(path), Contains("part_0.h5, which is not there"));
  write_rewards(directory / "part_0.h5", 3);
  CHECK(rewards_of(path) == std::vector<double>{1, 2, 3});
  write_rewards(directory / "part_2.h5", 3);
  CHECK(rewards_of(path) == std::vector<double>{1, 2, 3});
  write_rewards(directory / "part_1.h5", 3);
  CHECK(rewards_of(path).size() == 9);
}

TEST_CASE("A dataset in a raw file is refused where that is missing, too short or no file") {
  const OtherFiles allowed;
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  const std::vector<float> numbers = {0, 1, 2, 3};
  const std::string bytes(reinterpret_cast<const char*>(numbers.data()), 16);
  for (const hsize_t size : {hsize_t{12}, hsize_t{H5F_UNLIMITED}}) {
    std::ofstream(directory / "raw") << bytes;
    write_external(path, directory / "raw", size);
    CHECK(rewards_of(path) == std::vector<double>{1, 2, 3});
    std::ofstream(directory / "raw") << bytes.substr(0, 12);
    CHECK_THROWS_WITH(rewards_of(path), Contains("rewards: takes its numbers from the raw file ") &&
                                            Contains("raw, which is not there or too short"));
    std::filesystem::remove(directory / "raw");
    CHECK_THROWS_WITH(rewards_of(path), Contains("which is not there or too short"));
    REQUIRE(mkfifo((directory / "raw").c_str(), 0600) == 0);
    CHECK_THROWS_WITH(rewards_of(path), Contains("which is not there or too short"));
    std::filesystem::remove(directory / "raw");
  }
}

TEST_CASE("Pipes are refused at once, also at the end of a link") {
  const OtherFiles allowed;
  const fixture::TemporaryDirectory directory;
  const std::string pipe = directory / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(Reader(pipe), Contains("pipe: expected an HDF5 file, found a pipe or a device"));
  CHECK_THROWS_WITH(Reader(directory / ""), Contains("found a folder"));

  const std::string path = directory / "file.h5";
  write_rewards(directory / "other.h5", 3);
  {
    const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    H5Lcreate_external("pipe", "/rewards", file, "rewards", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/rewards", file, "others", H5P_DEFAULT, H5P_DEFAULT);
  }
  CHECK_THROWS_AS(rewards_of(path), DataError);
  CHECK(fixture::list(Reader(path).read_row<float>("others")) == std::vector<double>{1, 2, 3});
}

TEST_CASE("Numbers of other files are refused unless they are allowed") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  write_rewards(directory / "a.h5", 3);
  write_virtual(path, "a.h5", "a.h5");
  check_refused(path, "a.h5");
  std::ofstream(directory / "raw") << "sixteen bytes...";
  write_external(path, directory / "raw", 12);
  check_refused(path, directory / "raw");
  {
    const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    H5Lcreate_external("a.h5", "/", file, "other", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("a.h5", "/rewards", file, "link", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/other/rewards", file, "rewards", H5P_DEFAULT, H5P_DEFAULT);
  }
  check_refused(path, "a.h5");
  const Reader file(path);
  CHECK_THROWS_WITH(file.names(), Contains("takes its numbers from another file, a.h5"));
  CHECK_THROWS_WITH(file.contains("other/rewards"), Contains("other: takes its numbers from another file, a.h5"));
  CHECK_THROWS_WITH(file.info("link"), Contains("link: takes its numbers from another file, a.h5"));
}

}  // namespace hdf5_sources_test
