/// \file
/// Provides the writer of HDF5 files; see hdf5/file.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/core/whole_file.hpp"
#include "holdfast/data/hdf5/handle.hpp"

namespace holdfast::hdf5 {

/// The storage of an array in a file: as it is, or gzip-compressed.
enum class Storage { plain, compressed };

/// An HDF5 file that is being written. It is held in memory until `commit` writes it to `path`, completely or not at
/// all. Groups in a name are created as needed. Equal content gives equal bytes. Every member throws DataError if it
/// fails.
///
/// All content has checksums, so that a reader refuses a damaged file: arrays are stored in chunks of about 1 MiB with
/// HDF5's filter fletcher32, single numbers and texts in object headers, which HDF5 1.10 protects as it does all
/// structure of the file. HDF5 1.10 and later can read it.
class Writer {
 public:
  explicit Writer(std::string path) : path_(std::move(path)), file_(create(path_)) {}

  /// Writes a matrix F×N as a dataset N×F, and a vector or row as a dataset of rank 1; of float, double or integers.
  template <class Derived>
  void write(const std::string& name, const Eigen::DenseBase<Derived>& data, Storage storage = Storage::plain);

  /// Writes numbers of NumPy's type with this name, such as "float32", as Reader::read_raw reads them. `shape` is
  /// NumPy's, empty for a scalar.
  void write_raw(const std::string& name, std::string_view type, const std::vector<hsize_t>& shape,
                 std::span<const std::byte> bytes) {
    const QuietErrors quiet;
    const Handle boolean = detail::bool_type();
    write_dataset(name, type == "bool" ? hid_t{boolean} : detail::native_type_named(type), shape, Storage::plain,
                  bytes.data());
  }

  /// Writes flags as NumPy's bool.
  void write_flags(const std::string& name, const Flags& flags, Storage storage = Storage::plain) {
    const QuietErrors quiet;
    write_dataset(name, detail::bool_type(), {static_cast<hsize_t>(flags.size())}, storage, flags.data());
  }

  /// Writes a scalar number.
  template <class T>
  void write_number(const std::string& name, T number) {
    const QuietErrors quiet;
    write_dataset(name, detail::native_type<T>(), {}, Storage::plain, &number);
  }

  /// Writes a scalar UTF-8 string of fixed length. A text that is too long for an object header becomes an array of one
  /// string.
  void write_text(const std::string& name, const std::string& text) {
    const QuietErrors quiet;
    constexpr std::size_t most = 60000;
    const auto shape = text.size() > most ? std::vector<hsize_t>{1} : std::vector<hsize_t>{};
    write_dataset(name, detail::text_type(text.size()), shape, Storage::plain, text.c_str());
  }

  /// Writes a text attribute of the file itself, such as its format.
  void write_attribute(const std::string& name, const std::string& text);

  /// Writes the file to its place (UnfinishedFile). Nothing can be added afterwards.
  void commit();

 private:
  static Handle create(const std::string& path);

  void check(bool written, const std::string& name) const {
    if (!written) throw DataError(message(path_, ": ", name, ": cannot be written: ", detail::reason()));
  }

  /// Creates the groups that the name of a dataset begins with.
  void make_groups(const std::string& name);

  /// Writes one dataset. `shape` is in the file's (NumPy's) order; empty for a scalar.
  void write_dataset(const std::string& name, hid_t type, const std::vector<hsize_t>& shape, Storage storage,
                     const void* data);

  std::string path_;
  Handle file_;
  std::set<std::string> groups_;  // those created so far
};

namespace detail {

/// Returns properties to create an object with, without the time of its creation.
inline Handle timeless_properties(hid_t kind) {
  Handle properties(H5Pcreate(kind), H5Pclose);
  H5Pset_obj_track_times(properties, false);
  return properties;
}

/// Returns properties to create a group with. Its links stay in its header unless there are very many: HDF5 1.10 cannot
/// close a file if an error occurs while it reads them from their other place.
inline Handle group_properties(hid_t kind) {
  constexpr unsigned most_in_header = 256;  // with more of them HDF5 becomes slow
  Handle properties = timeless_properties(kind);
  H5Pset_link_phase_change(properties, most_in_header, 0);
  return properties;
}

/// Sets chunks of whole rows, about 1 MiB each, the size of HDF5's default chunk cache, with checksums and, if asked
/// for, gzip compression (deflate). The checksum is that of the compressed bytes. Returns whether that succeeded.
inline bool set_chunks(hid_t properties, const std::vector<hsize_t>& shape, std::size_t element_size, Storage storage) {
  constexpr hsize_t chunk_bytes = hsize_t{1} << 20U;
  constexpr unsigned level = 4;
  std::vector<hsize_t> chunk = shape;
  hsize_t row_bytes = element_size;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) row_bytes *= shape[axis];
  chunk[0] = std::min(shape[0], std::clamp<hsize_t>(chunk_bytes / row_bytes, 1024, 65536));
  return H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()) >= 0 &&
         (storage != Storage::compressed || H5Pset_deflate(properties, level) >= 0) &&
         H5Pset_fletcher32(properties) >= 0;
}

/// Returns HDF5's checksum of its own structures, Jenkins's lookup3, of 44 bytes as 11 little-endian words.
inline std::uint32_t checksum(const std::array<std::uint32_t, 11>& words) {
  std::uint32_t a = 0xDEADBEEFU + 44U;
  std::uint32_t b = a;
  std::uint32_t c = a;
  for (std::size_t i = 0; i < 9; i += 3) {
    a += words[i];
    b += words[i + 1];
    c += words[i + 2];
    a = (a - c) ^ std::rotl(c, 4), c += b;
    b = (b - a) ^ std::rotl(a, 6), a += c;
    c = (c - b) ^ std::rotl(b, 8), b += a;
    a = (a - c) ^ std::rotl(c, 16), c += b;
    b = (b - a) ^ std::rotl(a, 19), a += c;
    c = (c - b) ^ std::rotl(b, 4), b += a;
  }
  a += words[9];
  b += words[10];
  c = (c ^ b) - std::rotl(b, 14);
  a = (a ^ c) - std::rotl(c, 11);
  b = (b ^ a) - std::rotl(a, 25);
  c = (c ^ b) - std::rotl(b, 16);
  a = (a ^ c) - std::rotl(c, 4);
  b = (b ^ a) - std::rotl(a, 14);
  return (c ^ b) - std::rotl(b, 24);
}

/// Writes the checksum of a file's first structure, the superblock, again. HDF5 gives an image of a file in which it
/// has cleared the mark of a file that is being written, but has left the checksum.
inline void seal_superblock(std::vector<char>& image) {
  constexpr std::size_t size = 44;
  if (image.size() < size + 4) return;
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(image[i])}; };
  std::array<std::uint32_t, size / 4> words{};
  for (std::size_t i = 0; i < size; i += 4)
    words[i / 4] = byte(i) | byte(i + 1) << 8U | byte(i + 2) << 16U | byte(i + 3) << 24U;
  const std::uint32_t sum = checksum(words);
  for (unsigned i = 0; i < 4; ++i) image[size + i] = static_cast<char>(sum >> (8 * i) & 0xFFU);
}

template <class>
inline constexpr bool is_contiguous_map = false;
template <class Plain, int alignment>
inline constexpr bool is_contiguous_map<Eigen::Map<Plain, alignment, Eigen::Stride<0, 0>>> = true;

/// Returns the numbers in one piece of memory, and copies them only if they are not.
template <class Derived>
decltype(auto) contiguous(const Eigen::DenseBase<Derived>& data) {
  if constexpr (is_contiguous_map<Derived>)
    return (data.derived());
  else
    return data.eval();
}

}  // namespace detail

inline Handle Writer::create(const std::string& path) {
  const QuietErrors quiet;
  // The file is built in memory: if HDF5 wrote to a full disk itself, the program would crash at its exit.
  const Handle memory(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  const bool in_memory =
      H5Pset_fapl_core(memory, std::size_t{16} << 20U, false) >= 0;  // or it would empty the old file
  // The first version whose structures all have checksums.
  const bool checked = H5Pset_libver_bounds(memory, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0;
  if (!in_memory || !checked) throw DataError(path + ": cannot be written: " + detail::reason());
  const Handle root = detail::group_properties(H5P_FILE_CREATE);
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, root, memory), H5Fclose);
  if (!file.valid()) throw DataError(path + ": cannot be written: " + detail::reason());
  return file;
}

template <class Derived>
void Writer::write(const std::string& name, const Eigen::DenseBase<Derived>& data, Storage storage) {
  const QuietErrors quiet;
  const auto& plain = detail::contiguous(data);
  constexpr bool is_vector = Derived::IsVectorAtCompileTime;
  static_assert(is_vector || !std::decay_t<decltype(plain)>::IsRowMajor, "a matrix must be column-major");
  std::vector<hsize_t> shape = {static_cast<hsize_t>(plain.cols()), static_cast<hsize_t>(plain.rows())};
  if constexpr (is_vector) shape = {static_cast<hsize_t>(plain.size())};
  write_dataset(name, detail::native_type<typename Derived::Scalar>(), shape, storage, plain.data());
}

inline void Writer::make_groups(const std::string& name) {
  for (auto end = name.find('/', 1); end != std::string::npos; end = name.find('/', end + 1)) {
    const std::string group = name.substr(0, end);
    if (!groups_.insert(group).second) continue;
    const Handle properties = detail::group_properties(H5P_GROUP_CREATE);
    const Handle made(H5Gcreate2(file_, group.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT), H5Gclose);
    check(made.valid(), name);
  }
}

inline void Writer::write_dataset(const std::string& name, hid_t type, const std::vector<hsize_t>& shape,
                                  Storage storage, const void* data) {
  check(type >= 0, name);
  make_groups(name);
  const auto rank = static_cast<int>(shape.size());
  const bool empty = std::find(shape.begin(), shape.end(), hsize_t{0}) != shape.end();
  const Handle space(shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, shape.data(), nullptr), H5Sclose);
  const Handle properties = detail::timeless_properties(H5P_DATASET_CREATE);
  if (shape.empty()) check(H5Pset_layout(properties, H5D_COMPACT) >= 0, name);
  if (!shape.empty() && !empty) check(detail::set_chunks(properties, shape, H5Tget_size(type), storage), name);
  Handle dataset(H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT), H5Dclose);
  check(dataset.valid(), name);
  check(empty || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, name);
  check(dataset.close(), name);  // which writes the last chunks
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
  detail::seal_superblock(image);
  write_whole_file(path_, {image.data(), image.size()});
}

}  // namespace holdfast::hdf5
