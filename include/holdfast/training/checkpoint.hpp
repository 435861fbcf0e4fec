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

#include <cstddef>
#include <cstdint>
#include <map>
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

/// Returns a path with dots in place of slashes, and slashes in place of dots.
inline std::string swap_separators(std::string path) {
  for (char& c : path) c = c == '.' ? '/' : c == '/' ? '.' : c;
  return path;
}

inline void write_entry(hdf5::Writer& file, const std::string& name, const StateEntry& entry) {
  const auto rows = static_cast<hsize_t>(entry.rows);
  const auto cols = static_cast<hsize_t>(entry.cols);
  std::vector<hsize_t> shape;
  if (cols != 1)
    shape = {cols, rows};
  else if (rows != 1)
    shape = {rows};
  file.write_raw(name, entry.type, shape, entry.bytes);
}

inline StateEntry read_entry(const hdf5::Reader& file, const std::string& name, std::string path) {
  hdf5::RawNumbers raw = file.read_raw(name);
  const auto& shape = raw.info.shape;
  if (shape.size() > 2) file.fail(name, message("expected at most 2 axes, found ", shape.size()));
  const auto rows = static_cast<Index>(shape.empty() ? 1 : shape.back());
  const auto cols = static_cast<Index>(shape.size() < 2 ? 1 : shape.front());
  return {std::move(path), number_type_named(raw.info.type), rows, cols, std::move(raw.bytes)};
}

inline void check_checkpoint_format(const hdf5::Reader& file) {
  file.require_format(checkpoint_format, "a checkpoint");
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
