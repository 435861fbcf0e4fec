#include "holdfast/data/hdf5/sparse.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"

namespace hdf5_sparse_test {

using namespace holdfast;
using fixture::TemporaryDirectory;
using hdf5::Reader;
using hdf5::Storage;
using hdf5::Writer;

namespace {

/// The arrays of a sparse matrix, which a test can change before they are written: rows (0, 2), (), (1.5 0 0.5) of
/// three features.
struct Parts {
  Row<double> data{{2, 1.5, 0.5}};
  Row<std::int64_t> indices{{1, 0, 2}};
  Row<std::int64_t> indptr{{0, 1, 1, 3}};
  Row<std::int64_t> shape{{3, 3}};
  std::string without;

  void write(const std::string& path) const {
    Writer file(path);
    if (without != "data") file.write("s/data", data);
    if (without != "indices") file.write("s/indices", indices);
    if (without != "indptr") file.write("s/indptr", indptr);
    if (without != "shape") file.write("s/shape", shape);
    file.write("dense", data);
    file.commit();
  }
};

}  // namespace

TEST_CASE("a sparse matrix is read by rows as columns") {
  const TemporaryDirectory directory;
  Parts parts;
  parts.write(directory / "d.hdf5");
  const Matrix<double> expected{{0, 0, 1.5}, {2, 0, 0}, {0, 0, 0.5}};
  const auto matrix = hdf5::read_sparse<double>(Reader(directory / "d.hdf5"), "s");
  CHECK(Matrix<double>(matrix) == expected);
  CHECK(Matrix<float>(hdf5::read_sparse<float>(Reader(directory / "d.hdf5"), "s")) == expected.cast<float>());

  std::swap(parts.data(1), parts.data(2));
  std::swap(parts.indices(1), parts.indices(2));
  parts.write(directory / "d.hdf5");
  CHECK(fixture::same_bits(hdf5::read_sparse<double>(Reader(directory / "d.hdf5"), "s"), matrix));
}

TEST_CASE("a sparse matrix is told by any of its parts") {
  const TemporaryDirectory directory;
  Parts parts;
  parts.without = "data";
  parts.write(directory / "d.hdf5");
  const Reader file(directory / "d.hdf5");
  CHECK(hdf5::is_sparse(file, "s"));
  CHECK_FALSE(hdf5::is_sparse(file, "dense"));
  CHECK_FALSE(hdf5::is_sparse(file, "none"));
}

TEMPLATE_TEST_CASE("a sparse matrix is read back as it was written", "", float, double) {
  using S = TestType;
  const TemporaryDirectory directory;
  const auto back = [&](const SparseMatrix<S>& matrix, Storage storage) {
    Writer file(directory / "d.hdf5");
    hdf5::write_sparse(file, "group/s", matrix, storage);
    file.commit();
    return hdf5::read_sparse<S>(Reader(directory / "d.hdf5"), "group/s");
  };
  SparseMatrix<S> matrix(5, 4);
  matrix.insert(3, 0) = static_cast<S>(0.1);
  matrix.insert(4, 2) = -2;
  matrix.insert(1, 2) = 0;  // stored explicitly
  const auto read = back(matrix, Storage::compressed);
  matrix.makeCompressed();
  CHECK(fixture::same_bits(read, matrix));
  CHECK(fixture::same_bits(back(matrix, Storage::plain), matrix));
  for (const SparseMatrix<S>& empty : {SparseMatrix<S>(5, 4), SparseMatrix<S>(5, 0), SparseMatrix<S>(0, 4)})
    CHECK(fixture::same_bits(back(empty, Storage::compressed), empty));
}

TEST_CASE("arrays that are not those of one sparse matrix are told in one line") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  Parts parts;
  const auto failure = [&]() -> std::string {
    parts.write(path);
    try {
      (void)hdf5::read_sparse<double>(Reader(path), "s");
      return "";
    } catch (const DataError& error) {
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
      return error.what();
    }
  };
  SECTION("a part is missing") {
    for (const char* part : {"data", "indices", "indptr", "shape"}) {
      parts.without = part;
      CHECK_THAT(failure(), Contains(path + ": s/" + part + ": expected a dataset, found none"));
    }
  }
  SECTION("a shape of another rank, or negative") {
    parts.shape = Row<std::int64_t>{{3, 3, 3}};
    CHECK_THAT(failure(), Contains("s/shape: expected rows and features, found 3 numbers"));
    parts.shape = Row<std::int64_t>{{3, -3}};
    CHECK_THAT(failure(), Contains("s/shape: expected rows from 0 to") && Contains("found 3 and -3"));
    const std::string expected = "s/shape: expected rows from 0 to 2147483646 and features from 0 to 2147483647, ";
    parts.shape = Row<std::int64_t>{{std::int64_t{1} << 40, 3}};
    CHECK_THAT(failure(), Contains(expected));
    constexpr std::int64_t most = 2147483647;
    parts.shape = Row<std::int64_t>{{most, 3}};
    CHECK_THAT(failure(), Contains(expected + "found 2147483647 and 3"));
    parts.shape = Row<std::int64_t>{{3, most + 1}};
    CHECK_THAT(failure(), Contains(expected + "found 3 and 2147483648"));
    parts.shape = Row<std::int64_t>{{3, most}};
    CHECK(failure().empty());
  }
  SECTION("lengths that disagree") {
    parts.indices = Row<std::int64_t>{{1, 0}};
    CHECK_THAT(failure(), Contains("s/indices: expected 3, one for each of data, found 2"));
    parts = {};
    parts.shape(0) = 4;
    CHECK_THAT(failure(), Contains("s/indptr: expected 5 numbers, one more than the rows of shape, found 4"));
    parts = {};
    parts.indptr(3) = 2;
    CHECK_THAT(failure(), Contains("s/indptr: expected 3, the length of data, last, found 2"));
    parts.indptr(3) = 4;
    CHECK_THAT(failure(), Contains("s/indptr: expected 3, the length of data, last, found 4"));
  }
  SECTION("rows that do not begin at 0, or go back") {
    parts.indptr(0) = 1;
    CHECK_THAT(failure(), Contains("s/indptr: expected 0 first, found 1"));
    parts.indptr << 0, 1, -5, 3;
    CHECK_THAT(failure(), Contains("s/indptr: expected numbers that never fall, found -5 after 1 in row 1"));
    parts.indptr << 0, 100, 1, 3;
    CHECK_THAT(failure(), Contains("s/indptr: expected numbers that never fall, found 1 after 100 in row 1"));
  }
  SECTION("features out of range, or twice") {
    parts.indices(2) = 3;
    CHECK_THAT(failure(), Contains("s/indices: expected numbers from 0 to 2, found 3 in row 2"));
    parts.indices(2) = -1;
    CHECK_THAT(failure(), Contains("s/indices: expected numbers from 0 to 2, found -1 in row 2"));
    parts.indices(2) = 0;
    CHECK_THAT(failure(), Contains("s/indices: expected each feature once in a row, found 0 twice in row 2"));
  }
}

}  // namespace hdf5_sparse_test
