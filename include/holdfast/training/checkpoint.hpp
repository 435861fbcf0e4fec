/// \file
/// Reads and writes checkpoints: HDF5 files with the complete state of a training, from which it goes on to the same
/// bits. Needs the HDF5 C library. No other header of the library includes this one.
///
/// The file has the attributes `format` = "holdfast-checkpoint" and `version` = "1". Its datasets are
///
///     about/<key>               text
///     entries/<part>            the number of the part's entries, which may be 0
///     state/<part>/<entry>      numbers in their own type. A dot of the entry's path is a slash here:
///                               state/learner/policy/network/parameters, and a slash is a dot. One number is a scalar;
///                               a column of numbers has rank 1; a matrix of F×N numbers is N×F, as NumPy shows it
///
/// The bytes are those in memory: a checkpoint goes on to the same bits only with the same build.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/state.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/hdf5/file.hpp"

namespace holdfast {

/// The complete state of a training.
struct Checkpoint {
  std::map<std::string, std::string> about;  ///< texts that tell of which training it is: its configuration, its data
  std::map<std::string, SavedState> parts;   ///< saved states, by a name for each: "learner", "training"

  /// Returns a text. Throws DataError if there is none of that name.
  [[nodiscard]] const std::string& text(const std::string& key) const {
    const auto found = about.find(key);
    if (found == about.end()) throw DataError("about/" + key + ": expected a text, found none");
    return found->second;
  }

  /// Restores the object from the part of that name. Throws DataError if there is none, or if it does not fit.
  template <class T>
  void restore(const std::string& part, T& object) const {
    const auto found = parts.find(part);
    if (found == parts.end()) throw DataError("state/" + part + ": expected a state, found none");
    try {
      restore_state(object, found->second);
    } catch (const DataError& error) {
      throw DataError("state/" + part + ": " + error.what());
    }
  }
};

namespace detail {

inline constexpr const char* checkpoint_format = "holdfast-checkpoint";
inline constexpr const char* checkpoint_version = "1";

/// Calls visit.operator()<Number>() with the number type of that name. Returns false if there is no such type.
template <class Visit>
bool with_number_type(std::string_view name, Visit&& visit) {
  const auto matches = [&]<class Number>() {
    if (name != number_type<Number>()) return false;
    visit.template operator()<Number>();
    return true;
  };
  const auto any = [&]<class... Numbers>() { return (matches.template operator()<Numbers>() || ...); };
  return any.template operator()<float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                                 std::uint16_t, std::uint32_t, std::uint64_t>();
}

/// Returns a path with dots in place of slashes, and slashes in place of dots.
inline std::string swap_separators(std::string path) {
  for (char& c : path) c = c == '.' ? '/' : c == '/' ? '.' : c;
  return path;
}

template <class Number>
void write_numbers(hdf5::Writer& file, const std::string& name, const StateEntry& entry) {
  const auto* const first = reinterpret_cast<const Number*>(entry.bytes.data());
  if (entry.rows == 1 && entry.cols == 1)
    file.write_number(name, *first);
  else if (entry.cols == 1)
    file.write(name, Eigen::Map<const Vector<Number>>(first, entry.rows));
  else
    file.write(name, Eigen::Map<const Matrix<Number>>(first, entry.rows, entry.cols));
}

inline void write_entry(hdf5::Writer& file, const std::string& name, const StateEntry& entry) {
  if (entry.type == number_type<bool>()) {
    const auto* const first = reinterpret_cast<const unsigned char*>(entry.bytes.data());
    file.write_flags(name, Eigen::Map<const Flags>(first, entry.rows * entry.cols));
  } else {
    with_number_type(entry.type, [&]<class Number>() { write_numbers<Number>(file, name, entry); });
  }
}

template <class Number>
StateEntry read_numbers(const hdf5::Reader& file, const std::string& name, const std::string& path, std::size_t rank) {
  if (rank == 2) return state_entry(path, file.read_matrix<Number>(name));
  if (rank == 1) return state_entry(path, Vector<Number>(file.read_row<Number>(name).matrix().transpose()));
  return state_entry(path, file.read_number<Number>(name));
}

inline StateEntry read_entry(const hdf5::Reader& file, const std::string& name, const std::string& path) {
  const hdf5::DatasetInfo info = file.info(name);
  StateEntry entry;
  if (info.type == number_type<bool>()) {
    entry = state_entry(path, Vector<unsigned char>(file.read_flags(name).matrix().transpose()));
    entry.type = number_type<bool>();
    return entry;
  }
  const bool known = with_number_type(
      info.type, [&]<class Number>() { entry = read_numbers<Number>(file, name, path, info.shape.size()); });
  if (!known) file.fail(name, "expected numbers, found " + info.type);
  return entry;
}

inline void check_checkpoint_format(const hdf5::Reader& file) {
  const auto read_format = [&] {
    try {
      return file.read_attribute("format");
    } catch (const DataError& error) {
      throw DataError(message(error.what(), "; is it a checkpoint?"));
    }
  };
  const std::string format = read_format();
  if (format != checkpoint_format)
    file.fail("format", message("expected \"", checkpoint_format, "\", found \"", format, "\"; is it a checkpoint?"));
  const std::string version = file.read_attribute("version");
  if (version != checkpoint_version)
    file.fail("version", message("expected ", checkpoint_version, ", found ", version,
                                 ": the file is of another version of the library"));
}

}  // namespace detail

/// Writes a checkpoint. When it returns, the file survives a power cut; an existing one is replaced only after the new
/// one is complete. Throws DataError if it cannot be written.
inline void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  hdf5::Writer file(path);
  file.write_attribute("format", detail::checkpoint_format);
  file.write_attribute("version", detail::checkpoint_version);
  for (const auto& [key, text] : checkpoint.about) file.write_text("about/" + key, text);
  for (const auto& [part, state] : checkpoint.parts) {
    file.write_number("entries/" + part, static_cast<Index>(state.size()));
    for (const StateEntry& entry : state)
      detail::write_entry(file, "state/" + part + "/" + detail::swap_separators(entry.path), entry);
  }
  file.commit();
}

/// Reads a checkpoint. Throws DataError with one line that names the file, the HDF5 dataset, what was expected and what
/// was found.
[[nodiscard]] inline Checkpoint read_checkpoint(const std::string& path) {
  const hdf5::Reader file(path);
  detail::check_checkpoint_format(file);
  constexpr std::string_view about = "about/";
  constexpr std::string_view state = "state/";
  constexpr std::string_view entries = "entries/";
  Checkpoint checkpoint;
  const std::vector<std::string> names = file.names();
  for (const std::string& name : names) {
    if (name.starts_with(about)) checkpoint.about.emplace(name.substr(about.size()), file.read_text(name));
    if (!name.starts_with(state)) continue;
    const std::size_t end = name.find('/', state.size());
    if (end == std::string::npos) file.fail(name, "expected a group, found a dataset");
    checkpoint.parts[name.substr(state.size(), end - state.size())].push_back(
        detail::read_entry(file, name, detail::swap_separators(name.substr(end + 1))));
  }
  for (const std::string& name : names) {
    if (!name.starts_with(entries)) continue;
    const std::size_t found = checkpoint.parts[name.substr(entries.size())].size();
    if (const auto expected = file.read_number<std::uint64_t>(name); expected != found)
      file.fail(name, message("expected as many entries as are there, ", found, ", found ", expected));
  }
  return checkpoint;
}

}  // namespace holdfast
