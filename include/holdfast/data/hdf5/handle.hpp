/// \file
/// Provides the basics for using the HDF5 C library: handles that close themselves, quiet errors with reasons, and
/// types.
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace holdfast::hdf5 {

/// Turns off HDF5's error output during its lifetime.
class QuietErrors {
 public:
  QuietErrors() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~QuietErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Owns an HDF5 identifier and closes it. Not valid if the call that created the identifier failed.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle(hid_t id, Close function) : id_(id), close_(function) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() { close(); }

  [[nodiscard]] bool valid() const { return id_ >= 0; }
  operator hid_t() const { return id_; }

  /// Closes the identifier now. Returns whether that succeeded.
  bool close() {
    if (!valid()) return true;
    const QuietErrors quiet;
    return close_(std::exchange(id_, H5I_INVALID_HID)) >= 0;
  }

 private:
  hid_t id_;
  Close close_;
};

namespace detail {

/// Returns the version of HDF5 that the program runs with: "1.10.8".
inline std::string library_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

/// Translates an HDF5 error message for the user: gives the operating system's reason if there is one, and a remedy if
/// the cause is a newer file format or a file lock.
inline std::string explain(std::string text) {
  const std::string mark = "error message = '";
  const auto start = text.rfind(mark);
  const bool of_system = start != std::string::npos;
  const bool lock = text.find("unable to lock file") != std::string::npos;
  // Quoted names may contain any words, so only the text outside the quotes is searched.
  const std::string own_words = text.substr(0, text.find('\'')) + text.substr(std::min(text.size(), text.rfind('\'')));
  const bool newer = !of_system && own_words.find("version") != std::string::npos;
  if (of_system) {
    text.erase(0, start + mark.size());
    text.erase(std::min(text.find('\''), text.size()));
  }
  if (lock && text == "Resource temporarily unavailable")
    return "another program has it open for writing (" + text + "); close it there first";
  if (lock)
    return "it cannot be locked (" + text +
           "); where its file system has no locks, set HDF5_USE_FILE_LOCKING=FALSE in the environment";
  if (newer)
    return "written in a format newer than this HDF5 (" + library_version() + ") reads, or damaged (" + text +
           "); write it with libver='v110', or rewrite it with the h5repack of the newer HDF5";
  return text.empty() ? "HDF5 gives no reason" : text;
}

/// Returns why the last HDF5 call failed, from the most specific of its messages. Call it before any other HDF5
/// function.
inline std::string reason() {
  std::string text;
  const auto keep_first = [](unsigned, const H5E_error2_t* error, void* kept) -> herr_t {
    auto& first = *static_cast<std::string*>(kept);
    if (first.empty() && error->desc != nullptr) first = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return explain(std::move(text));
}

/// Returns whether the last HDF5 call failed because there is no object of that name, and not because of an error in
/// looking for it. Call it before any other HDF5 function.
inline bool not_found() {
  hid_t first = H5I_INVALID_HID;
  const auto keep_first = [](unsigned number, const H5E_error2_t* error, void* kept) -> herr_t {
    if (number == 0) *static_cast<hid_t*>(kept) = error->min_num;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &first);
  return first == H5E_NOTFOUND;
}

/// Returns the HDF5 type of T in memory.
template <class T>
hid_t native_type() {
  static_assert(std::same_as<T, float> || std::same_as<T, double> || (std::integral<T> && !std::same_as<T, bool>),
                "HDF5 files hold float, double and integers");
  if constexpr (std::same_as<T, float>) {
    return H5T_NATIVE_FLOAT;
  } else if constexpr (std::same_as<T, double>) {
    return H5T_NATIVE_DOUBLE;
  } else if constexpr (sizeof(T) == 1) {
    return std::is_signed_v<T> ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8;
  } else if constexpr (sizeof(T) == 2) {
    return std::is_signed_v<T> ? H5T_NATIVE_INT16 : H5T_NATIVE_UINT16;
  } else if constexpr (sizeof(T) == 4) {
    return std::is_signed_v<T> ? H5T_NATIVE_INT32 : H5T_NATIVE_UINT32;
  } else {
    return std::is_signed_v<T> ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
  }
}

/// Returns the HDF5 type in memory of NumPy's type with this name: "float32", "bool", "int64"; invalid if there is
/// none. A bool is one byte.
inline hid_t native_type_named(std::string_view name) {
  const std::pair<std::string_view, hid_t> all[] = {
      {"float32", H5T_NATIVE_FLOAT}, {"float64", H5T_NATIVE_DOUBLE}, {"bool", H5T_NATIVE_INT8},
      {"int8", H5T_NATIVE_INT8},     {"int16", H5T_NATIVE_INT16},    {"int32", H5T_NATIVE_INT32},
      {"int64", H5T_NATIVE_INT64},   {"uint8", H5T_NATIVE_UINT8},    {"uint16", H5T_NATIVE_UINT16},
      {"uint32", H5T_NATIVE_UINT32}, {"uint64", H5T_NATIVE_UINT64}};
  const auto* const found =
      std::find_if(std::begin(all), std::end(all), [&](const auto& each) { return each.first == name; });
  return found == std::end(all) ? H5I_INVALID_HID : found->second;
}

/// Returns NumPy's bool as h5py stores it: an enumeration over int8. Invalid if HDF5 cannot make it.
inline Handle bool_type() {
  Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
  const signed char no = 0;
  const signed char yes = 1;
  if (H5Tenum_insert(type, "FALSE", &no) < 0 || H5Tenum_insert(type, "TRUE", &yes) < 0) type.close();
  return type;
}

/// Returns the type of UTF-8 text with a fixed number of bytes. Invalid if HDF5 cannot make it.
inline Handle text_type(std::size_t size) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  if (H5Tset_size(type, std::max<std::size_t>(1, size)) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
      H5Tset_strpad(type, H5T_STR_NULLPAD) < 0)
    type.close();
  return type;
}

/// Formats a shape as NumPy's would read: "7×2".
inline std::string shape_text(const std::vector<hsize_t>& shape) {
  std::string text;
  for (const hsize_t extent : shape) text += (text.empty() ? "" : "×") + std::to_string(extent);
  return text.empty() ? "a scalar" : text;
}

/// Describes the elements of a dataset in words.
inline std::string class_name(H5T_class_t type) {
  switch (type) {
    case H5T_INTEGER: return "integers";
    case H5T_FLOAT: return "floating-point numbers";
    case H5T_ENUM: return "an enumeration";
    case H5T_STRING: return "text";
    case H5T_COMPOUND: return "compound records";
    default: return "elements of another type";
  }
}

/// Returns whether a type is NumPy's bool as h5py stores it: an enumeration of FALSE and TRUE.
inline bool is_bool(hid_t type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2) return false;
  const QuietErrors quiet;
  return H5Tget_member_index(type, "FALSE") >= 0 && H5Tget_member_index(type, "TRUE") >= 0;
}

/// Returns NumPy's name of a type, or a description of its elements if NumPy has no name for it.
inline std::string type_name(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  const std::string bits = std::to_string(8 * H5Tget_size(type));
  if (kind == H5T_FLOAT) return "float" + bits;
  if (kind == H5T_INTEGER) return (H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int") + bits;
  return is_bool(type) ? "bool" : class_name(kind);
}

}  // namespace detail

}  // namespace holdfast::hdf5
