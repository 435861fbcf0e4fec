#include "holdfast/data/hdf5/file.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"

namespace hdf5_file_test {

using namespace holdfast;
using hdf5::Reader;
using hdf5::Storage;
using hdf5::Writer;

namespace {

std::ptrdiff_t files_in(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

std::string bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("what is written is read back, bit for bit") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  Matrix<double> matrix = Matrix<double>::Random(3, 5);
  matrix(1, 2) = -0.0;
  matrix(0, 0) = std::numeric_limits<double>::denorm_min();
  Row<float> row(4);
  row << 0.1F, -2, 3e38F, 1e-45F;
  const Vector<double> vector = matrix.col(1);
  Row<std::uint32_t> words(3);
  words << 0, 1, 0xFFFFFFFFU;
  const Flags flags = fixture::flags({0, 1, 1});
  for (const Storage storage : {Storage::plain, Storage::compressed}) {
    Writer writer(path);
    writer.write("matrix", matrix, storage);
    writer.write("group/deep/row", row, storage);
    writer.write("group/vector", vector, storage);
    writer.write("words", words, storage);
    writer.write("empty", Matrix<float>(2, 0), storage);
    writer.write("product", 2 * matrix, storage);
    writer.write_flags("flags", flags, storage);
    writer.write_number("integer", std::numeric_limits<std::int64_t>::min());
    writer.write_number("real", 0.1);
    writer.write_text("text", "naïve");
    writer.write_text("nothing", "");
    writer.write_attribute("format", "holdfast policy");
    writer.commit();

    const Reader reader(path);
    CHECK(reader.names() == std::vector<std::string>{"empty", "flags", "group/deep/row", "group/vector", "integer",
                                                     "matrix", "nothing", "product", "real", "text", "words"});
    CHECK(fixture::same_bits(reader.read_matrix<double>("matrix"), matrix));
    CHECK(fixture::same_bits(reader.read_row<float>("group/deep/row"), row));
    CHECK(reader.read_row<double>("group/vector").matrix() == vector.transpose());
    CHECK(fixture::same_bits(reader.read_row<std::uint32_t>("words"), words));
    CHECK(reader.read_matrix<float>("empty").rows() == 2);
    CHECK(reader.read_matrix<float>("empty").cols() == 0);
    CHECK(reader.read_matrix<double>("product") == 2 * matrix);
    CHECK(fixture::same_bits(reader.read_flags("flags"), flags));
    CHECK(reader.read_number<std::int64_t>("integer") == std::numeric_limits<std::int64_t>::min());
    CHECK(reader.read_number<double>("real") == 0.1);
    CHECK(reader.read_text("text") == "naïve");
    CHECK(reader.read_text("nothing").empty());
    CHECK(reader.read_attribute("format") == "holdfast policy");
    CHECK(reader.contains("group"));
    CHECK(reader.contains("group/deep/row"));
    CHECK_FALSE(reader.contains("group/shallow/row"));
  }
}

TEST_CASE("compression makes a repetitive file smaller") {
  const fixture::TemporaryDirectory directory;
  const Matrix<float> zeros = Matrix<float>::Zero(10, 100000);  // four chunks
  Writer writer(directory / "file.h5");
  writer.write("zeros", zeros, Storage::compressed);
  writer.commit();
  CHECK(std::filesystem::file_size(directory / "file.h5") < 100000);
  CHECK(Reader(directory / "file.h5").read_matrix<float>("zeros") == zeros);
}

TEST_CASE("equal content makes equal bytes, whenever it is written") {
  const fixture::TemporaryDirectory directory;
  const auto write = [&](const char* name) {
    Writer writer(directory / name);
    writer.write("group/matrix", Matrix<float>::Identity(4, 4), Storage::compressed);
    writer.commit();
  };
  write("a");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // HDF5 could store the second of writing
  write("b");
  CHECK(bytes(directory / "a") == bytes(directory / "b"));
}

TEST_CASE("a file is replaced when the new one is complete, not before") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  std::ofstream(path) << "what was there";
  {
    Writer writer(path);
    writer.write_number("answer", 42);
    CHECK(bytes(path) == "what was there");
  }
  CHECK(bytes(path) == "what was there");
  CHECK(files_in(directory / "") == 1);

  Writer writer(path);
  writer.write_number("answer", 42);
  writer.commit();
  CHECK(Reader(path).read_number<int>("answer") == 42);
  CHECK(files_in(directory / "") == 1);
}

TEST_CASE("what cannot be written is told in one line") {
  const fixture::TemporaryDirectory directory;
  Writer into_nowhere(directory / "missing/file.h5");
  CHECK_THROWS_WITH(into_nowhere.commit(), Contains("missing/file.h5: cannot be written: No such file or directory"));
  std::filesystem::create_directory(directory / "taken");
  Writer onto_directory(directory / "taken");
  CHECK_THROWS_WITH(onto_directory.commit(), Contains("taken: expected a file to replace, or none, found a folder"));

  Writer writer(directory / "file.h5");
  writer.write_number("name", 1);
  CHECK_THROWS_WITH(writer.write_number("name", 2), Contains("file.h5: name: cannot be written"));
  CHECK_THROWS_WITH(writer.write_number("name/below", 2), Contains("file.h5: name/below: cannot be written"));
}

TEST_CASE("what cannot be opened is told in one line") {
  const fixture::TemporaryDirectory directory;
  CHECK_THROWS_WITH(Reader(directory / "none.h5"), Contains("none.h5: expected an HDF5 file, found no file"));
  std::ofstream(directory / "text.h5") << "observation,action,reward\n";
  CHECK_THROWS_WITH(Reader(directory / "text.h5"), Contains("text.h5: expected an HDF5 file, found another kind"));
  std::ofstream(directory / "nothing.h5").flush();
  CHECK_THROWS_WITH(Reader(directory / "nothing.h5"), Contains("nothing.h5: expected an HDF5 file"));
  std::filesystem::create_directory(directory / "directory");
  CHECK_THROWS_WITH(Reader(directory / "directory"), Contains("directory: "));

  Writer writer(directory / "whole.h5");
  writer.write("matrix", Matrix<double>::Random(4, 1000));
  writer.commit();
  const std::string whole = bytes(directory / "whole.h5");
  std::ofstream(directory / "half.h5", std::ios::binary) << whole.substr(0, whole.size() / 2);
  CHECK_THROWS_WITH(Reader(directory / "half.h5"), Contains("half.h5: cannot be opened as HDF5: truncated file"));
}

TEST_CASE("what is not as expected is told in one line") {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  Writer writer(path);
  writer.write("matrix", Matrix<float>::Zero(2, 7));
  writer.write("row", Row<float>::Zero(7));
  writer.write("below/row", Row<int>::Zero(7));
  writer.write_number("number", 1.5);
  writer.write_text("text", "seven");
  writer.write_attribute("format", "x");
  writer.commit();
  const Reader reader(path);
  CHECK_THROWS_WITH(reader.read_matrix<float>("matrices"),
                    Contains("file.h5: matrices: expected a dataset, found none; the file has below/row, matrix, "
                             "number, row, text"));
  CHECK_THROWS_WITH(reader.read_row<float>("below"), Contains("below: expected a dataset, found a group"));
  CHECK_THROWS_WITH(reader.read_matrix<float>("row"), Contains("row: expected the shape rows×features, found 7"));
  CHECK_THROWS_WITH(reader.read_row<float>("matrix"), Contains("expected the shape rows or rows×1, found 7×2"));
  CHECK_THROWS_WITH(reader.read_row<float>("number"), Contains("found a scalar"));
  CHECK_THROWS_WITH(reader.read_number<float>("row"), Contains("row: expected the shape of a scalar, found 7"));
  CHECK_THROWS_WITH(reader.read_number<float>("text"), Contains("text: expected numbers, found text"));
  CHECK_THROWS_WITH(reader.read_number<int>("number"), Contains("expected integers, found floating-point numbers"));
  CHECK_THROWS_WITH(reader.read_text("number"), Contains("number: expected text, found floating-point numbers"));
  CHECK_THROWS_WITH(reader.read_text("row"), Contains("row: expected a scalar, found 7"));
  CHECK_THROWS_WITH(reader.read_attribute("version"), Contains("version: expected an attribute"));
}

TEST_CASE("a damaged chunk is an error, not numbers") {
  const fixture::TemporaryDirectory directory;
  const Matrix<double> matrix = Matrix<double>::Random(4, 2000);
  Writer writer(directory / "file.h5");
  writer.write("matrix", matrix, Storage::compressed);
  writer.commit();
  std::string content = bytes(directory / "file.h5");
  // The compressed numbers fill nearly all of the file, so that its middle is among them.
  for (std::size_t i = content.size() / 2; i < content.size() / 2 + 64; ++i) content[i] = '\x55';
  std::ofstream(directory / "file.h5", std::ios::binary) << content;
  const Reader reader(directory / "file.h5");
  CHECK_THROWS_WITH(reader.read_matrix<double>("matrix"), Contains("matrix: cannot be read"));
}

TEST_CASE("HDF5's own printing of errors is as it was afterwards") {
  H5E_auto2_t before = nullptr;
  H5E_auto2_t after = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data);
  REQUIRE(before != nullptr);
  CHECK_THROWS_AS(Reader("/nowhere.h5"), DataError);
  H5Eget_auto2(H5E_DEFAULT, &after, &data);
  CHECK(after == before);
}

TEST_CASE("The reason of an error is told by HDF5's own words, never by those of a name") {
  const auto reason = [](const std::string& text) { return hdf5::detail::explain(text); };
  const std::string no_file =
      "unable to open file: name = 'conversion.h5', errno = 2, error message = 'No such file or directory', flags = 0";
  CHECK(reason(no_file) == "No such file or directory");
  CHECK(reason("object 'metadata/version' doesn't exist") == "object 'metadata/version' doesn't exist");
  CHECK_THAT(reason("bad version number for object 'rewards'"), Contains("a format newer than this HDF5"));
  CHECK_THAT(reason("bad object header version number"), Contains("h5repack of the newer HDF5"));
  const auto lock = [](const std::string& why) {
    return "unable to lock file, errno = 11, error message = '" + why + "'";
  };
  CHECK(reason(lock("Resource temporarily unavailable")) ==
        "another program has it open for writing (Resource temporarily unavailable); close it there first");
  CHECK(reason(lock("No locks available")) ==
        "it cannot be locked (No locks available); where its file system has no locks, set "
        "HDF5_USE_FILE_LOCKING=FALSE in the environment");
  CHECK(reason("") == "HDF5 gives no reason");
  const hdf5::QuietErrors quiet;
  const fixture::TemporaryDirectory directory;
  const hdf5::Handle none(H5Fopen((directory / "conversion.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  CHECK(hdf5::detail::reason() == "No such file or directory");
}

}  // namespace hdf5_file_test
