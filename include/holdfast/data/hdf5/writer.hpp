/// \file
/// Provides the writer of HDF5 files; see hdf5/file.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/core/whole_file.hpp"
#include "holdfast/data/hdf5/handle.hpp"

namespace holdfast::hdf5 {

/// The storage of a dataset in a file: contiguous, or gzip-compressed in chunks of about 1 MiB.
enum class Storage { contiguous, compressed };

/// An HDF5 file that is being written. It is held in memory until `commit` writes it to `path`, completely or not at
/// all. Groups in a name are created as needed. Equal content gives equal bytes. Every member throws DataError if it
/// fails.
class Writer {
 public:
  explicit Writer(std::string path) : path_(std::move(path)), file_(create(path_)) {}

  /// Writes a matrix F×N as a dataset N×F, and a vector or row as a dataset of rank 1; of float, double or integers.
  template <class Derived>
  void write(const std::string& name, const Eigen::DenseBase<Derived>& data, Storage storage = Storage::contiguous);

  /// Writes flags as NumPy's bool.
  void write_flags(const std::string& name, const Flags& flags, Storage storage = Storage::contiguous) {
    const QuietErrors quiet;
    write_dataset(name, detail::bool_type(), {static_cast<hsize_t>(flags.size())}, storage, flags.data());
  }

  /// Writes a scalar number.
  template <class T>
  void write_number(const std::string& name, T number) {
    const QuietErrors quiet;
    write_dataset(name, detail::native_type<T>(), {}, Storage::contiguous, &number);
  }

  /// Writes a scalar UTF-8 string of fixed length.
  void write_text(const std::string& name, const std::string& text) {
    const QuietErrors quiet;
    write_dataset(name, detail::text_type(text.size()), {}, Storage::contiguous, text.c_str());
  }

  /// Writes a text attribute of the file itself, such as its format.
  void write_attribute(const std::string& name, const std::string& text);

  /// Writes `path` + ".tmp" and renames it to `path`. Nothing can be added afterwards.
  void commit();

 private:
  static Handle create(const std::string& path);

  void check(bool written, const std::string& name) const {
    if (!written) throw DataError(message(path_, ": ", name, ": cannot be written: ", detail::reason()));
  }

  /// Writes one dataset. `shape` is in the file's (NumPy's) order; empty for a scalar.
  void write_dataset(const std::string& name, hid_t type, const std::vector<hsize_t>& shape, Storage storage,
                     const void* data);

  std::string path_;
  Handle file_;
};

namespace detail {

/// Sets gzip compression (deflate) with chunks of whole rows, about 1 MiB each, the size of HDF5's default chunk cache.
inline void compress(hid_t properties, const std::vector<hsize_t>& shape, std::size_t element_size) {
  constexpr hsize_t chunk_bytes = hsize_t{1} << 20U;
  constexpr unsigned level = 4;
  std::vector<hsize_t> chunk = shape;
  hsize_t row_bytes = element_size;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) row_bytes *= shape[axis];
  chunk[0] = std::min(shape[0], std::clamp<hsize_t>(chunk_bytes / row_bytes, 1024, 65536));
  H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
  H5Pset_deflate(properties, level);
}

}  // namespace detail

inline Handle Writer::create(const std::string& path) {
  const QuietErrors quiet;
  // The file is built in memory: if HDF5 wrote to a full disk itself, the program would crash at its exit.
  const Handle memory(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(memory, std::size_t{16} << 20U, false);
  Handle file(H5Fcreate((path + ".tmp").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, memory), H5Fclose);
  if (!file.valid()) throw DataError(path + ": cannot be written: " + detail::reason());
  return file;
}

template <class Derived>
void Writer::write(const std::string& name, const Eigen::DenseBase<Derived>& data, Storage storage) {
  const QuietErrors quiet;
  const auto& plain = data.eval();
  constexpr bool is_vector = Derived::IsVectorAtCompileTime;
  static_assert(is_vector || !std::decay_t<decltype(plain)>::IsRowMajor, "a matrix must be column-major");
  std::vector<hsize_t> shape = {static_cast<hsize_t>(plain.cols()), static_cast<hsize_t>(plain.rows())};
  if constexpr (is_vector) shape = {static_cast<hsize_t>(plain.size())};
  write_dataset(name, detail::native_type<typename Derived::Scalar>(), shape, storage, plain.data());
}

inline void Writer::write_dataset(const std::string& name, hid_t type, const std::vector<hsize_t>& shape,
                                  Storage storage, const void* data) {
  const auto rank = static_cast<int>(shape.size());
  const bool empty = std::find(shape.begin(), shape.end(), hsize_t{0}) != shape.end();
  const Handle space(shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, shape.data(), nullptr), H5Sclose);
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties, false);
  if (storage == Storage::compressed && !shape.empty() && !empty)
    detail::compress(properties, shape, H5Tget_size(type));
  const Handle dataset(H5Dcreate2(file_, name.c_str(), type, space, links, properties, H5P_DEFAULT), H5Dclose);
  check(dataset.valid(), name);
  check(empty || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, name);
}

inline void Writer::write_attribute(const std::string& name, const std::string& text) {
  const QuietErrors quiet;
  const Handle type = detail::text_type(text.size());
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  check(attribute.valid(), name);
  check(H5Awrite(attribute, type, text.c_str()) >= 0, name);
}

inline void Writer::commit() {
  const QuietErrors quiet;
  check(H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0, "the file");
  const auto size = H5Fget_file_image(file_, nullptr, 0);
  check(size > 0, "the file");
  std::vector<char> image(static_cast<std::size_t>(size));
  check(H5Fget_file_image(file_, image.data(), image.size()) == size, "the file");
  file_.close();
  write_whole_file(path_, {image.data(), image.size()});
}

}  // namespace holdfast::hdf5
