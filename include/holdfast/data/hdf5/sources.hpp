/// \file
/// Checks that other files which hold the numbers of a dataset are allowed and exist: the sources of a virtual dataset,
/// and raw files. Without this check HDF5 returns fill values, usually zeros, for a source that is missing or too
/// short.
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/data/hdf5/handle.hpp"
#include "holdfast/data/hdf5/limits.hpp"
#include "holdfast/data/hdf5/other_files.hpp"

namespace holdfast::hdf5::detail {

/// Returns the places where HDF5 looks for a file that is named in the file `main`, in HDF5's order: below the folder
/// in the environment variable `variable`, next to `main`, in the current folder, and next to the file that `main`
/// links to. An absolute path is tried first as it is.
inline std::vector<std::filesystem::path> places_of(const std::string& main, const std::filesystem::path& named,
                                                    const char* variable) {
  std::vector<std::filesystem::path> places;
  std::filesystem::path name = named;
  if (named.is_absolute()) {
    places.push_back(named);
    name = named.filename();
  }
  if (const char* prefix = std::getenv(variable); prefix != nullptr && *prefix != '\0')
    places.push_back(std::filesystem::path(prefix) / name);
  places.push_back(std::filesystem::path(main).parent_path() / name);
  places.push_back(name);
  std::error_code ignored;
  places.push_back(std::filesystem::canonical(main, ignored).parent_path() / name);
  return places;
}

/// Returns the first place that is a regular file; empty if there is none. Other kinds of files are skipped: a pipe,
/// for example, could block a reader forever.
inline std::filesystem::path file_among(const std::vector<std::filesystem::path>& places) {
  for (const auto& place : places) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(place, ignored)) return place;
  }
  return {};
}

/// Returns a name from an HDF5 function that is called twice, for the size and for the text; empty if that fails.
template <class Get>
std::string name_from(const Get& get) {
  const ssize_t size = get(nullptr, std::size_t{0});
  if (size <= 0) return "";
  std::string name(static_cast<std::size_t>(size) + 1, '\0');
  get(name.data(), name.size());
  name.pop_back();
  return name;
}

/// Returns the name of the first block: "%b", the number of a block, becomes 0 and "%%" becomes "%"; any other % stays.
inline std::string first_block(std::string name) {
  for (auto at = name.find('%'); at != std::string::npos; at = name.find('%', at + 1)) {
    const std::string mark = name.substr(at, 2);
    if (mark == "%b") name.replace(at, 2, "0");
    if (mark == "%%") name.erase(at, 1);
  }
  return name;
}

/// Returns whether other files are refused, and keeps the name of the one that is.
inline bool refuse(const std::string& other_file) {
  if (other_files_allowed) return false;
  refused_file = other_file;
  return true;
}

inline Handle access_properties();
std::string missing_source(const std::string& path, hid_t dataset, int depth = 0);

/// Returns whether a source of this shape contains what is taken from it: the `selection` or, if that is the whole
/// source, as many numbers as `target` has. A selection without an end of its own ends where the source ends, so it
/// always fits.
inline bool holds(const std::vector<hsize_t>& shape, hid_t selection, hid_t target) {
  if (H5Sget_select_type(selection) == H5S_SEL_ALL) {
    hssize_t count = 1;
    for (const hsize_t extent : shape) count *= static_cast<hssize_t>(extent);
    return count >= H5Sget_select_npoints(target);
  }
  std::vector<hsize_t> first(shape.size());
  std::vector<hsize_t> last(shape.size());
  if (static_cast<int>(shape.size()) != H5Sget_simple_extent_ndims(selection)) return false;
  if (H5Sget_select_bounds(selection, first.data(), last.data()) < 0) return true;
  return std::equal(last.begin(), last.end(), shape.begin(), std::less<>());
}

/// Returns why the dataset `name` of a file cannot be used as a source; empty if it can.
inline std::string missing_source_of(const std::string& path, hid_t file, const std::string& name, hid_t selection,
                                     hid_t target, int depth) {
  const std::string found = "the dataset " + name + " of " + path;
  const Handle source(H5Dopen2(file, name.c_str(), access_properties()), H5Dclose);
  if (!source.valid()) return found + ", which cannot be opened: " + reason();
  if (std::string inner = missing_source(path, source, depth + 1); !inner.empty()) return inner;
  const Handle space(H5Dget_space(source), H5Sclose);
  std::vector<hsize_t> shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  if (!holds(shape, selection, target))
    return found + ", which is smaller than what is taken from it (" + shape_text(shape) + ")";
  if (claims_too_much(source)) return found + ", which claims more numbers than it stores (" + shape_text(shape) + ")";
  return "";
}

/// Describes the first missing source of a virtual dataset; empty if none is missing. Of numbered sources only the
/// first must exist, because the dataset ends at the first missing one.
inline std::string missing_virtual_source(const std::string& path, hid_t dataset, hid_t properties, int depth) {
  constexpr int deepest = 16;
  if (depth > deepest) return "virtual datasets within each other, more than 16 deep";
  std::size_t count = 0;
  if (H5Pget_virtual_count(properties, &count) < 0) return "sources that cannot be listed: " + reason();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string named = first_block(
        name_from([&](char* text, std::size_t size) { return H5Pget_virtual_filename(properties, i, text, size); }));
    const std::string name = first_block(
        name_from([&](char* text, std::size_t size) { return H5Pget_virtual_dsetname(properties, i, text, size); }));
    const Handle selection(H5Pget_virtual_srcspace(properties, i), H5Sclose);
    const Handle target(H5Pget_virtual_vspace(properties, i), H5Sclose);
    if (named == ".") {
      const Handle same(H5Iget_file_id(dataset), H5Fclose);
      if (std::string problem = missing_source_of(path, same, name, selection, target, depth); !problem.empty())
        return problem;
      continue;
    }
    if (refuse(named)) return "another file";
    const std::filesystem::path place = file_among(places_of(path, named, "HDF5_VDS_PREFIX"));
    if (place.empty()) return message("the dataset ", name, " of ", named, ", which is not there");
    const Handle file(H5Fopen(place.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!file.valid()) return "the file " + named + ", which cannot be opened: " + reason();
    if (std::string problem = missing_source_of(place, file, name, selection, target, depth); !problem.empty())
      return problem;
  }
  return "";
}

/// Describes the first raw file of a dataset that is missing or too short; empty if there is none.
inline std::string missing_raw_file(const std::string& path, hid_t dataset, hid_t properties) {
  const int count = H5Pget_external_count(properties);
  if (count < 0) return "raw files that cannot be listed: " + reason();
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  hsize_t needed = static_cast<hsize_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space))) * H5Tget_size(type);
  for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
    constexpr std::size_t longest = 4096;
    std::string named(longest, '\0');
    off_t offset = 0;
    hsize_t size = 0;
    if (H5Pget_external(properties, i, longest, named.data(), &offset, &size) < 0)
      return "raw files that cannot be listed: " + reason();
    named.resize(std::min(named.size(), named.find('\0')));
    if (refuse(named)) return "another file";
    const std::filesystem::path place = file_among(places_of(path, named, "HDF5_EXTFILE_PREFIX"));
    const hsize_t taken = std::min(size, needed);
    std::error_code problem;
    if (place.empty() || std::filesystem::file_size(place, problem) < static_cast<hsize_t>(offset) + taken)
      return "the raw file " + named + ", which is not there or too short";
    needed -= taken;
  }
  if (count > 0 && needed > 0) return "raw files that are too short";
  return "";
}

/// Describes the first missing source of a dataset in the file `path`: "the dataset rewards of day_1.hdf5, which is not
/// there". Empty if none is missing or the dataset does not use other files.
inline std::string missing_source(const std::string& path, hid_t dataset, int depth) {
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties.valid()) return "a place that cannot be read: " + reason();
  if (H5Pget_layout(properties) == H5D_VIRTUAL) return missing_virtual_source(path, dataset, properties, depth);
  return missing_raw_file(path, dataset, properties);
}

/// Refuses external links unless other files are allowed, and then those to anything but regular files.
inline herr_t follow_link(const char* parent, const char*, const char* child, const char*, unsigned*, hid_t, void*) {
  if (refuse(child)) return -1;
  const auto places = places_of(parent, child, "HDF5_EXT_PREFIX");
  std::error_code ignored;
  const bool found = std::any_of(places.begin(), places.end(), [&](const auto& each) { return exists(each, ignored); });
  return found && file_among(places).empty() ? -1 : 0;
}

/// Returns the properties with which datasets are opened: virtual datasets end at their first missing source, and
/// external links lead only to regular files.
inline Handle access_properties() {
  Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_virtual_view(access, H5D_VDS_FIRST_MISSING);
  H5Pset_elink_cb(access, follow_link, nullptr);
  return access;
}

}  // namespace holdfast::hdf5::detail
