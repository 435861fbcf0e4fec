/// \file
/// Provides the objects of an HDF5 file that is open for reading: its groups and datasets, by name. Reader
/// (hdf5/reader.hpp) reads their content.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/data/hdf5/handle.hpp"
#include "holdfast/data/hdf5/limits.hpp"
#include "holdfast/data/hdf5/sources.hpp"

namespace holdfast::hdf5 {

/// An HDF5 file that is open for reading, and the names of its objects. Every member throws DataError if it fails.
class OpenFile {
 public:
  explicit OpenFile(std::string path) : path_(std::move(path)), file_(open(path_)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Returns the paths of all datasets, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Returns whether there is a dataset or group with this name, readable or not. Throws if this cannot be determined,
  /// so that a damaged object is never mistaken for a missing one.
  [[nodiscard]] bool contains(const std::string& name) const;

  /// Throws DataError "file: name: problem".
  [[noreturn]] void fail(const std::string& name, const std::string& problem) const {
    throw DataError(message(path_, ": ", name, ": ", problem));
  }

 protected:
  /// Returns the identifier of the file.
  [[nodiscard]] hid_t id() const { return file_; }
  /// Returns the properties with which datasets are opened.
  [[nodiscard]] hid_t access() const { return access_; }

  /// Opens a dataset or group. Returns a handle that is not valid if the link leads to nothing.
  Handle open_object(const std::string& name) const;

  /// Throws if the last object was not opened because it is in another file.
  void check_refused(const std::string& name) const {
    if (!detail::refused_file.empty())
      fail(name, message("takes its numbers from another file, ", detail::refused_file,
                         ", which is refused by default; store the numbers in this file, or allow other files "
                         "(--other-files, hdf5::allow_other_files)"));
  }

  /// Returns the result of an HDF5 call on an object. Throws if it is negative: the call failed, which must not be
  /// taken for "no" or "none".
  template <class Result>
  Result checked(const std::string& name, Result result) const {
    if (result < 0) fail(name, "cannot be read, the file may be damaged: " + detail::reason());
    return result;
  }
  Handle checked(const std::string& name, Handle handle) const {
    checked(name, hid_t{handle});
    return handle;
  }

 private:
  /// A link of a group.
  struct Link {
    std::string name;
    H5L_type_t type;
    std::string target;  ///< identifies the object, if the link is a hard one
  };

  static Handle open(const std::string& path);

  /// Returns the links of a group; of too many, no more than needed to tell that.
  std::vector<Link> links_of(const std::string& group) const;

  /// Returns what a link leads to: H5I_DATASET, H5I_GROUP, …, or H5I_BADID for a dangling link.
  H5I_type_t kind_of(const std::string& name, H5L_type_t link) const;

  std::string path_;
  Handle file_;
  Handle access_ = detail::access_properties();
};

inline Handle OpenFile::open(const std::string& path) {
  const QuietErrors quiet;
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(path, problem);
  if (status.type() == std::filesystem::file_type::not_found)
    throw DataError(path + ": expected an HDF5 file, found no file");
  if (problem) throw DataError(path + ": cannot be opened: " + problem.message());
  if (std::filesystem::is_directory(status)) throw DataError(path + ": expected an HDF5 file, found a folder");
  if (!std::filesystem::is_regular_file(status))
    throw DataError(path + ": expected an HDF5 file, found a pipe or a device, which cannot be read at any place");
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (file.valid()) return file;
  const std::string reason = detail::reason();
  if (H5Fis_hdf5(path.c_str()) == 0) throw DataError(path + ": expected an HDF5 file, found another kind of file");
  throw DataError(path + ": cannot be opened as HDF5: " + reason);
}

inline Handle OpenFile::open_object(const std::string& name) const {
  detail::refused_file.clear();
  Handle object(H5Oopen(file_, name.c_str(), access_), H5Oclose);
  if (!object.valid()) check_refused(name);
  return object;
}

inline std::vector<OpenFile::Link> OpenFile::links_of(const std::string& group) const {
  std::vector<Link> links;
  const auto collect = [](hid_t, const char* name, const H5L_info_t* link, void* out) -> herr_t {
    auto& found = *static_cast<std::vector<Link>*>(out);
    found.push_back({name, link->type, {reinterpret_cast<const char*>(&link->u), sizeof link->u}});
    return found.size() > detail::most_objects ? 1 : 0;
  };
  const std::string name = "/" + group;
  const Handle opened = checked(name, Handle(H5Gopen2(file_, name.c_str(), H5P_DEFAULT), H5Gclose));
  // In order of their names HDF5 1.10 crashes if an error occurs.
  checked("the list of its datasets", H5Literate(opened, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect, &links));
  std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.name < b.name; });
  return links;
}

inline std::vector<std::string> OpenFile::names() const {
  const QuietErrors quiet;
  std::vector<std::string> found;
  std::set<std::string> seen;              // groups, so that one which contains itself is listed once
  std::vector<std::string> groups = {""};  // level by level, because recursion could overflow the stack
  std::size_t objects = 0;
  for (std::size_t level = 0; !groups.empty(); ++level) {
    if (level > detail::most_levels)
      fail(groups.front(), message("expected at most ", detail::most_levels, " groups within each other, found more"));
    std::vector<std::string> below;
    for (const std::string& group : groups)
      for (const Link& link : links_of(group)) {
        if (++objects > detail::most_objects)
          throw DataError(message(path_, ": expected at most ", detail::most_objects, " objects, found more"));
        const std::string name = group + link.name;
        if (name.size() > detail::most_path_bytes)
          throw DataError(
              message(path_, ": expected names of at most ", detail::most_path_bytes, " bytes, found ", name.size()));
        const H5I_type_t kind = kind_of(name, link.type);
        if (kind == H5I_DATASET) found.push_back(name);
        if (kind == H5I_GROUP && link.type == H5L_TYPE_HARD && seen.insert(link.target).second)
          below.push_back(name + "/");
      }
    groups = std::move(below);
  }
  std::sort(found.begin(), found.end());
  return found;
}

inline H5I_type_t OpenFile::kind_of(const std::string& name, H5L_type_t link) const {
  Handle object = open_object(name);
  if (!object.valid() && link != H5L_TYPE_HARD && detail::not_found()) return H5I_BADID;
  return checked(name, H5Iget_type(checked(name, std::move(object))));
}

inline bool OpenFile::contains(const std::string& name) const {
  const QuietErrors quiet;
  // This checks links instead of opening objects: a damaged object exists and must not be taken for a missing one.
  for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    const std::string part = name.substr(0, end);
    if (checked(part, H5Lexists(file_, part.c_str(), H5P_DEFAULT)) == 0) return false;
    if (end == std::string::npos) return true;
    const Handle object = open_object(part);
    if (!object.valid()) fail(part, "a link to nothing, or damaged: " + detail::reason());
    if (checked(part, H5Iget_type(object)) != H5I_GROUP) return false;
  }
}

}  // namespace holdfast::hdf5
