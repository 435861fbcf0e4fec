/// \file
/// Tests that claims which a file cannot fulfil are refused before memory is taken, and that large sound files are
/// read.
#include "holdfast/data/hdf5/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/hdf5.hpp"

namespace hdf5_limits_test {

using namespace holdfast;
using hdf5::Handle;
using hdf5::Reader;
using hdf5::Writer;

namespace {

Handle create(const std::string& path) {
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  REQUIRE(file.valid());
  return file;
}

/// Writes a dataset `rewards` of `size` floats in chunks, none of which is written.
void write_unfilled(const std::string& path, hsize_t size) {
  const Handle file = create(path);
  const hsize_t chunk = 1000;
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_chunk(layout, 1, &chunk);
  const Handle made(H5Dcreate2(file, "rewards", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, layout, H5P_DEFAULT), H5Dclose);
  REQUIRE(made.valid());
}

/// Writes a scalar text of this many bytes, of which none is written.
void write_unfilled_text(const std::string& path, std::size_t bytes) {
  const Handle file = create(path);
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, bytes);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle made(H5Dcreate2(file, "text", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
  REQUIRE(made.valid());
}

/// Writes a scalar `rewards` in the innermost of `levels` groups.
void write_deep(const std::string& path, std::size_t levels) {
  Writer file(path);
  std::string name;
  for (std::size_t i = 0; i < levels; ++i) name += "g/";
  file.write_number(name + "rewards", 1);
  file.commit();
}

/// Writes this many links to nothing.
void write_links(const std::string& path, std::size_t count) {
  const Handle memory(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(memory, std::size_t{1} << 20U, true);
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, memory), H5Fclose);
  bool made = true;
  for (std::size_t i = 0; i < count; ++i)
    made = made && H5Lcreate_soft("/none", file, std::to_string(i).c_str(), H5P_DEFAULT, H5P_DEFAULT) >= 0;
  REQUIRE(made);
}

}  // namespace

TEST_CASE("More numbers than the stored bytes can hold are refused; a small dataset may be unwritten") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  for (const hsize_t size : {hsize_t{20000000}, hsize_t{1} << 40U}) {
    write_unfilled(path, size);
    CHECK(Reader(path).info("rewards").shape == std::vector<std::size_t>{size});
    CHECK_THROWS_WITH(Reader(path).read_row<float>("rewards"),
                      Contains("file.h5: rewards: expected the numbers of " + std::to_string(size) +
                               ", found no more than 0 bytes that hold them"));
  }
  write_unfilled(path, 10000000);
  CHECK((Reader(path).read_row<float>("rewards") == 0).all());
}

TEST_CASE("Numbers that compress as well as any are read") {
  const fixture::TemporaryDirectory directory;
  const Row<float> zeros = Row<float>::Zero(20000000);
  for (const auto storage : {hdf5::Storage::compressed, hdf5::Storage::plain}) {
    Writer file(directory / "file.h5");
    file.write("rewards", zeros, storage);
    file.commit();
    CHECK((Reader(directory / "file.h5").read_row<float>("rewards") == 0).all());
  }
}

TEST_CASE("Long texts are read up to a limit") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  write_unfilled_text(path, hdf5::detail::most_text_bytes);
  CHECK(Reader(path).read_text("text").empty());
  for (const std::size_t bytes : {hdf5::detail::most_text_bytes + 1, (std::size_t{1} << 31U) - 8}) {
    write_unfilled_text(path, bytes);
    CHECK_THROWS_WITH(
        Reader(path).read_text("text"),
        Contains("file.h5: text: expected a text of at most 16777216 bytes, found " + std::to_string(bytes)));
  }
  const std::string text(200000, 'x');  // too long for an object header
  Writer file(path);
  file.write_text("text", text);
  file.commit();
  CHECK(Reader(path).read_text("text") == text);
}

TEST_CASE("Groups within each other and objects are listed up to a limit") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  write_deep(path, hdf5::detail::most_levels);
  CHECK(Reader(path).names().size() == 1);
  write_deep(path, hdf5::detail::most_levels + 1);
  CHECK_THROWS_WITH(Reader(path).names(), Contains("expected at most 64 groups within each other, found more"));
  write_links(path, hdf5::detail::most_objects);
  CHECK(Reader(path).names().empty());
  write_links(path, hdf5::detail::most_objects + 1);
  CHECK_THROWS_WITH(Reader(path).names(), Contains("file.h5: expected at most 100000 objects, found more"));
}

TEST_CASE("A group that contains itself is listed once") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  {
    const Handle file = create(path);
    const Handle group(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle made(H5Dcreate2(group, "x", H5T_NATIVE_INT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    H5Lcreate_hard(file, "group", group, "again", H5P_DEFAULT, H5P_DEFAULT);
  }
  CHECK(Reader(path).names() == std::vector<std::string>{"group/x"});
}

TEST_CASE("An attribute of several texts is refused") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  {
    const Handle file = create(path);
    const hsize_t count = 1000;
    const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    const Handle type = hdf5::detail::text_type(8);
    const Handle made(H5Acreate2(file, "format", type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  }
  CHECK_THROWS_WITH(Reader(path).read_attribute("format"), Contains("format: expected one text, found 1000"));
}

TEST_CASE("The stated size of a set may exceed what the rows show, but not beyond all measure") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  auto data = fixture::finite_chain<float>({0, 0, 1}, {0, 0, 0});
  const Index most = detail::most_of_a_set(3);
  for (const Index count : {most, most + 1}) {
    data.action_count = count;
    write_d4rl(path, data);
    if (count == most)
      CHECK(read_d4rl<ActionIndices>(path).action_count == most);
    else
      CHECK_THROWS_WITH(read_d4rl<ActionIndices>(path),
                        Contains("metadata/action_count: expected at most 262336 for the 3 rows of actions, found "
                                 "262337; correct it, or give it as action_count"));
  }
  CHECK(read_d4rl<ActionIndices>(path, {.action_count = most + 1}).action_count == most + 1);
}

}  // namespace hdf5_limits_test
