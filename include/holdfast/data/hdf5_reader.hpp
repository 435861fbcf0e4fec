/// \file
/// Reads an HDF5 file; see hdf5_file.hpp.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/hdf5_handle.hpp"

namespace holdfast::hdf5 {

/// An HDF5 file, open for reading. Everything throws DataError where it cannot do what it says.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)), file_(open(path_)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  /// The paths of all datasets, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Whether there is a dataset or group of this name.
  [[nodiscard]] bool contains(const std::string& name) const;

  /// A dataset N×F as F×N. T is float, double or an integer; floating-point numbers are not read as integers.
  template <class T>
  [[nodiscard]] Matrix<T> read_matrix(const std::string& name) const;

  /// A dataset N, or N×1, as 1×N.
  template <class T>
  [[nodiscard]] Row<T> read_row(const std::string& name) const;

  /// A dataset N, or N×1, of 0 and 1 in any numeric type or bool.
  [[nodiscard]] Flags read_flags(const std::string& name) const;

  /// A scalar number.
  template <class T>
  [[nodiscard]] T read_number(const std::string& name) const;

  /// A scalar string, of fixed or variable length.
  [[nodiscard]] std::string read_text(const std::string& name) const;

  /// A text attribute of the file itself.
  [[nodiscard]] std::string read_attribute(const std::string& name) const;

  /// Throws DataError: "file: name: problem".
  [[noreturn]] void fail(const std::string& name, const std::string& problem) const {
    throw DataError(message(path_, ": ", name, ": ", problem));
  }

 private:
  struct Opened {
    Handle dataset;
    Handle type;
    std::vector<hsize_t> shape;
  };

  static Handle open(const std::string& path);
  Opened open_dataset(const std::string& name) const;

  /// Throws unless the rank fits and T can hold the numbers.
  template <class T>
  void check(const std::string& name, const Opened& opened, bool rank_fits, const char* expected_rank) const;

  /// The text `read(type, buffer)` yields, from storage of type `type`.
  template <class Read>
  std::string decode_text(const std::string& name, hid_t type, const Read& read) const;

  void check_read(const std::string& name, herr_t status) const {
    if (status < 0) fail(name, "cannot be read, the file may be damaged: " + detail::reason());
  }

  void read(const std::string& name, const Opened& opened, hid_t memory_type, void* out) const {
    check_read(name, H5Dread(opened.dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out));
  }

  /// The whole dataset. Its shape comes from the file, which may be damaged.
  template <class Array>
  Array read_array(const std::string& name, const Opened& opened, hsize_t rows, hsize_t columns) const {
    try {
      if (std::max(rows, columns) > hsize_t{std::numeric_limits<Index>::max()}) throw std::bad_alloc();
      Array array(static_cast<Index>(rows), static_cast<Index>(columns));
      if (array.size() > 0) read(name, opened, detail::native_type<typename Array::Scalar>(), array.data());
      return array;
    } catch (const std::bad_alloc&) {
      fail(name, detail::shape_text(opened.shape) + " numbers do not fit into memory");
    }
  }

  std::string path_;
  Handle file_;
};

inline Handle Reader::open(const std::string& path) {
  const QuietErrors quiet;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw DataError(path + ": expected an HDF5 file, found no file");
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (file.valid()) return file;
  const std::string reason = detail::reason();
  if (H5Fis_hdf5(path.c_str()) == 0) throw DataError(path + ": expected an HDF5 file, found another kind of file");
  throw DataError(path + ": cannot be opened as HDF5: " + reason);
}

inline std::vector<std::string> Reader::names() const {
  const QuietErrors quiet;
  std::vector<std::string> found;
  const auto collect = [](hid_t group, const char* name, const H5L_info_t*, void* out) -> herr_t {
    const Handle object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
    if (object.valid() && H5Iget_type(object) == H5I_DATASET)
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  H5Lvisit(file_, H5_INDEX_NAME, H5_ITER_INC, collect, &found);
  std::sort(found.begin(), found.end());
  return found;
}

inline bool Reader::contains(const std::string& name) const {
  const QuietErrors quiet;
  return Handle(H5Oopen(file_, name.c_str(), H5P_DEFAULT), H5Oclose).valid();
}

inline Reader::Opened Reader::open_dataset(const std::string& name) const {
  if (!contains(name)) {
    std::string keys;
    for (const std::string& key : names()) keys += (keys.empty() ? "" : ", ") + key;
    fail(name, "expected a dataset, found none; the file has " + (keys.empty() ? "no datasets" : keys));
  }
  Handle dataset(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.valid()) fail(name, "expected a dataset, found a group or a damaged object");
  const Handle space(H5Dget_space(dataset), H5Sclose);
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  Handle type(H5Dget_type(dataset), H5Tclose);
  return {std::move(dataset), std::move(type), std::move(shape)};
}

template <class T>
void Reader::check(const std::string& name, const Opened& opened, bool rank_fits, const char* expected_rank) const {
  if (!rank_fits)
    fail(name, message("expected the shape ", expected_rank, ", found ", detail::shape_text(opened.shape)));
  const H5T_class_t type = H5Tget_class(opened.type);
  const bool fits = type == H5T_INTEGER || type == H5T_ENUM || (type == H5T_FLOAT && std::floating_point<T>);
  const char* expected = std::floating_point<T> ? "numbers" : "integers";
  if (!fits) fail(name, message("expected ", expected, ", found ", detail::class_name(type)));
}

template <class T>
Matrix<T> Reader::read_matrix(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  const auto& shape = opened.shape;
  check<T>(name, opened, shape.size() == 2, "rows×features");
  return read_array<Matrix<T>>(name, opened, shape[1], shape[0]);
}

template <class T>
Row<T> Reader::read_row(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  const auto& shape = opened.shape;
  check<T>(name, opened, shape.size() == 1 || (shape.size() == 2 && shape[1] == 1), "rows or rows×1");
  return read_array<Row<T>>(name, opened, 1, shape[0]);
}

inline Flags Reader::read_flags(const std::string& name) const {
  const Row<double> numbers = read_row<double>(name);
  for (Index row = 0; row < numbers.size(); ++row)
    if (!(numbers(row) == 0 || numbers(row) == 1))
      fail(name, message("expected 0 or 1, found ", numbers(row), " in row ", row));
  return numbers.cast<unsigned char>();
}

template <class T>
T Reader::read_number(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  check<T>(name, opened, opened.shape.empty(), "of a scalar");
  T number{};
  read(name, opened, detail::native_type<T>(), &number);
  return number;
}

inline std::string Reader::read_text(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  if (!opened.shape.empty()) fail(name, "expected a scalar, found " + detail::shape_text(opened.shape));
  return decode_text(name, opened.type, [&](hid_t type, void* out) { read(name, opened, type, out); });
}

inline std::string Reader::read_attribute(const std::string& name) const {
  const QuietErrors quiet;
  const Handle attribute(H5Aopen(file_, name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute.valid()) fail(name, "expected an attribute of the file, found none");
  const Handle type(H5Aget_type(attribute), H5Tclose);
  return decode_text(name, type, [&](hid_t stored, void* out) { check_read(name, H5Aread(attribute, stored, out)); });
}

template <class Read>
std::string Reader::decode_text(const std::string& name, hid_t type, const Read& read) const {
  const H5T_class_t found = H5Tget_class(type);
  if (found != H5T_STRING) fail(name, "expected text, found " + detail::class_name(found));
  if (H5Tis_variable_str(type) > 0) {
    char* stored = nullptr;
    read(type, &stored);
    std::string text = stored == nullptr ? "" : stored;
    H5free_memory(stored);
    return text;
  }
  std::string text(H5Tget_size(type), '\0');
  read(type, text.data());
  return text.substr(0, text.find('\0'));
}

}  // namespace holdfast::hdf5
