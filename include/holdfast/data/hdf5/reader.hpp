/// \file
/// Provides the reader of HDF5 files; see hdf5/file.hpp.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/hdf5/handle.hpp"
#include "holdfast/data/hdf5/limits.hpp"
#include "holdfast/data/hdf5/open_file.hpp"
#include "holdfast/data/hdf5/sources.hpp"

namespace holdfast::hdf5 {

/// The type and shape of a dataset, available without reading its content.
struct DatasetInfo {
  std::string type;                ///< NumPy's name ("float32", "bool", "int64") or a description such as "text"
  std::vector<std::size_t> shape;  ///< as NumPy shows it; empty for a scalar
};

/// All numbers of a dataset in their own type.
struct RawNumbers {
  DatasetInfo info;
  std::vector<std::byte> bytes;  ///< in the machine's byte order and NumPy's order of the numbers; a bool is one byte
};

/// An HDF5 file that is open for reading. Every member throws DataError if it fails.
class Reader : public OpenFile {
 public:
  using OpenFile::OpenFile;

  /// Returns the type and shape of a dataset.
  [[nodiscard]] DatasetInfo info(const std::string& name) const;

  /// Reads a dataset N×F as F×N. T is float, double or an integer; floating-point numbers are not read as integers.
  template <class T>
  [[nodiscard]] Matrix<T> read_matrix(const std::string& name) const;

  /// Reads a dataset N or N×1 as 1×N.
  template <class T>
  [[nodiscard]] Row<T> read_row(const std::string& name) const;

  /// Reads a dataset N or N×1 of 0 and 1 in any numeric type or bool.
  [[nodiscard]] Flags read_flags(const std::string& name) const;

  /// Reads numbers, or bools, of any shape in their own type.
  [[nodiscard]] RawNumbers read_raw(const std::string& name) const;

  /// Reads a scalar number, or the only number of an array.
  template <class T>
  [[nodiscard]] T read_number(const std::string& name) const;

  /// Reads a scalar string, or the only string of an array, of fixed or variable length.
  [[nodiscard]] std::string read_text(const std::string& name) const;

  /// Reads a dataset that holds a single text, number or bool, as text: "SAC", "100", "true". A number has the fewest
  /// digits that identify it uniquely in its type. Returns nothing if the dataset holds anything else.
  [[nodiscard]] std::optional<std::string> read_as_text(const std::string& name) const;

  /// Reads a text attribute of the file itself.
  [[nodiscard]] std::string read_attribute(const std::string& name) const;

  /// Throws unless the attribute `format` of the file is `expected`; the message asks whether the file is `what`, such
  /// as "a policy file".
  void require_format(const char* expected, const char* what) const;

 private:
  struct Opened {
    Handle dataset;
    Handle type;
    std::vector<hsize_t> shape;
    bool single = false;  ///< holds one element
  };

  Opened open_dataset(const std::string& name) const;

  /// Throws if a dataset claims more numbers than it can hold.
  void check_claim(const std::string& name, const Opened& opened) const {
    if (detail::claims_too_much(opened.dataset))
      fail(name, message("expected the numbers of ", detail::shape_text(opened.shape), ", found no more than ",
                         H5Dget_storage_size(opened.dataset),
                         " bytes that hold them: the file is damaged, or they were never written"));
  }

  /// Throws unless the rank is right and T can hold the numbers.
  template <class T>
  void check(const std::string& name, const Opened& opened, bool rank_fits, const char* expected_rank) const;

  /// Returns the text that `read(type, buffer)` reads from storage of type `type`.
  template <class Read>
  std::string decode_text(const std::string& name, hid_t type, const Read& read) const;

  /// Throws if a filter that the dataset was compressed with is not available.
  void check_filters(const std::string& name, const Opened& opened) const;

  void read(const std::string& name, const Opened& opened, hid_t memory_type, void* out) const {
    check_filters(name, opened);
    checked(name, H5Dread(opened.dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out));
  }

  /// Throws if a number that is finite in the file became infinite as a float.
  template <class Array>
  void refuse_overflow(const std::string& name, const Opened& opened, const Array& array) const {
    if (H5Tget_size(opened.type) <= sizeof(float) || !array.array().isInf().any()) return;
    Matrix<double> stored(array.rows(), array.cols());
    read(name, opened, detail::native_type<double>(), stored.data());
    for (Index column = 0; column < array.cols(); ++column)
      for (Index row = 0; row < array.rows(); ++row)
        if (std::isinf(array(row, column)) && std::isfinite(stored(row, column)))
          fail(name, message("expected numbers within ±", std::numeric_limits<float>::max(),
                             ", the largest of float32, found ", stored(row, column), " in row ", column,
                             array.rows() > 1 ? message(", feature ", row) : "", "; scale them, or leave them out"));
  }

  /// Reads the whole dataset. Its shape comes from the file, which may be damaged, so the memory may not suffice.
  template <class Array>
  Array read_array(const std::string& name, const Opened& opened, hsize_t rows, hsize_t columns) const {
    try {
      check_claim(name, opened);
      if (std::max(rows, columns) > hsize_t{std::numeric_limits<Index>::max()}) throw std::bad_alloc();
      Array array(static_cast<Index>(rows), static_cast<Index>(columns));
      if (array.size() == 0) return array;
      read(name, opened, detail::native_type<typename Array::Scalar>(), array.data());
      if constexpr (std::same_as<typename Array::Scalar, float>) refuse_overflow(name, opened, array);
      return array;
    } catch (const std::bad_alloc&) {
      fail(name, detail::shape_text(opened.shape) + " numbers do not fit into memory");
    }
  }
};

inline Reader::Opened Reader::open_dataset(const std::string& name) const {
  if (!contains(name)) {
    constexpr std::size_t most = 20;
    const std::vector<std::string> all = names();
    std::string keys;
    for (std::size_t i = 0; i < std::min(most, all.size()); ++i) keys += (i == 0 ? "" : ", ") + all[i];
    if (all.size() > most) keys += message(" and ", all.size() - most, " more");
    fail(name, "expected a dataset, found none; the file has " + (keys.empty() ? "no datasets" : keys));
  }
  Handle dataset(H5Dopen2(id(), name.c_str(), access()), H5Dclose);
  if (!dataset.valid()) {
    const std::string reason = detail::reason();
    const Handle object = open_object(name);
    if (object.valid() && H5Iget_type(object) != H5I_DATASET) fail(name, "expected a dataset, found a group");
    fail(name, "expected a dataset, found a link to nothing, or one that cannot be read: " + reason);
  }
  detail::refused_file.clear();
  const std::string source = detail::missing_source(path(), dataset);
  check_refused(name);
  if (!source.empty())
    fail(name, "takes its numbers from " + source + "; put that back, or store the numbers in this file");
  const Handle space = checked(name, Handle(H5Dget_space(dataset), H5Sclose));
  std::vector<hsize_t> shape(static_cast<std::size_t>(checked(name, H5Sget_simple_extent_ndims(space))));
  checked(name, H5Sget_simple_extent_dims(space, shape.data(), nullptr));
  if (checked(name, H5Sget_simple_extent_type(space)) == H5S_NULL) shape = {0};
  Handle type = checked(name, Handle(H5Dget_type(dataset), H5Tclose));
  checked(name, H5Tget_class(type));
  const bool single = checked(name, H5Sget_simple_extent_npoints(space)) == 1;
  return {std::move(dataset), std::move(type), std::move(shape), single};
}

inline void Reader::check_filters(const std::string& name, const Opened& opened) const {
  const Handle properties = checked(name, Handle(H5Dget_create_plist(opened.dataset), H5Pclose));
  const int count = checked(name, H5Pget_nfilters(properties));
  for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
    unsigned flags = 0;
    std::size_t values = 0;
    char filter[64] = "";
    const H5Z_filter_t id =
        checked(name, H5Pget_filter2(properties, i, &flags, &values, nullptr, sizeof filter, filter, nullptr));
    if (H5Zfilter_avail(id) <= 0)
      fail(name, message("expected gzip or no compression, found the filter ", id, " '", filter,
                         "', which this HDF5 does not have; write the file with gzip"));
  }
}

inline DatasetInfo Reader::info(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  return {detail::type_name(opened.type), {opened.shape.begin(), opened.shape.end()}};
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

inline RawNumbers Reader::read_raw(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  RawNumbers raw{{detail::type_name(opened.type), {opened.shape.begin(), opened.shape.end()}}, {}};
  const hid_t type = detail::native_type_named(raw.info.type);
  if (type < 0) fail(name, "expected numbers, found " + raw.info.type);
  try {
    check_claim(name, opened);
    std::size_t size = H5Tget_size(type);
    for (const std::size_t extent : raw.info.shape) size *= extent;
    raw.bytes.resize(size);
  } catch (const std::exception&) {  // std::bad_alloc, or std::length_error
    fail(name, detail::shape_text(opened.shape) + " numbers do not fit into memory");
  }
  if (!raw.bytes.empty()) read(name, opened, type, raw.bytes.data());
  return raw;
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
  check<T>(name, opened, opened.single, "of a scalar");
  T number{};
  read(name, opened, detail::native_type<T>(), &number);
  return number;
}

inline std::string Reader::read_text(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  if (!opened.single) fail(name, "expected a scalar, found " + detail::shape_text(opened.shape));
  return decode_text(name, opened.type, [&](hid_t type, void* out) { read(name, opened, type, out); });
}

inline std::optional<std::string> Reader::read_as_text(const std::string& name) const {
  const QuietErrors quiet;
  const Opened opened = open_dataset(name);
  const H5T_class_t kind = H5Tget_class(opened.type);
  const auto digits = [](auto number) {
    char text[64];
    return std::string(text, std::to_chars(text, text + sizeof text, number).ptr);
  };
  if (!opened.single) return std::nullopt;
  if (kind == H5T_STRING) return read_text(name);
  if (detail::is_bool(opened.type)) return read_number<int>(name) != 0 ? "true" : "false";
  if (kind == H5T_FLOAT && H5Tget_size(opened.type) <= sizeof(float)) return digits(read_number<float>(name));
  if (kind == H5T_FLOAT) return digits(read_number<double>(name));
  if (kind == H5T_INTEGER && H5Tget_sign(opened.type) == H5T_SGN_NONE) return digits(read_number<std::uint64_t>(name));
  if (kind == H5T_INTEGER) return digits(read_number<std::int64_t>(name));
  return std::nullopt;
}

inline std::string Reader::read_attribute(const std::string& name) const {
  const QuietErrors quiet;
  if (checked(name, H5Aexists(id(), name.c_str())) == 0) fail(name, "expected an attribute of the file, found none");
  const Handle attribute = checked(name, Handle(H5Aopen(id(), name.c_str(), H5P_DEFAULT), H5Aclose));
  const Handle type = checked(name, Handle(H5Aget_type(attribute), H5Tclose));
  const Handle space = checked(name, Handle(H5Aget_space(attribute), H5Sclose));
  if (const hssize_t count = H5Sget_simple_extent_npoints(space); count != 1)
    fail(name, message("expected one text, found ", count));
  return decode_text(name, type, [&](hid_t stored, void* out) { checked(name, H5Aread(attribute, stored, out)); });
}

inline void Reader::require_format(const char* expected, const char* what) const {
  const auto read_format = [&] {
    try {
      return read_attribute("format");
    } catch (const DataError& error) {
      throw DataError(message(error.what(), "; is it ", what, "?"));
    }
  };
  const std::string format = read_format();
  if (format != expected)
    fail("format", message("expected \"", expected, "\", found \"", format, "\"; is it ", what, "?"));
}

template <class Read>
std::string Reader::decode_text(const std::string& name, hid_t type, const Read& read) const {
  const H5T_class_t found = H5Tget_class(type);
  if (found != H5T_STRING) fail(name, "expected text, found " + detail::class_name(found));
  const auto check_size = [&](std::size_t size) {
    if (size > detail::most_text_bytes)
      fail(name, message("expected a text of at most ", detail::most_text_bytes, " bytes, found ", size));
  };
  if (checked(name, H5Tis_variable_str(type)) > 0) {
    char* stored = nullptr;
    read(type, &stored);
    std::string text = stored == nullptr ? "" : stored;
    H5free_memory(stored);
    check_size(text.size());
    return text;
  }
  check_size(H5Tget_size(type));
  std::string text(H5Tget_size(type), '\0');
  read(type, text.data());
  text.resize(std::min(text.size(), text.find('\0')));
  if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace holdfast::hdf5
