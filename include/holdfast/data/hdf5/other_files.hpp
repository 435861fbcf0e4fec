/// \file
/// Sets whether a file's datasets may take their numbers from other files.
#pragma once

#include <atomic>
#include <string>

namespace holdfast::hdf5 {

namespace detail {

inline std::atomic<bool> other_files_allowed = false;

/// The other file to which the last object led that was not opened for that reason; empty if there is none.
inline thread_local std::string refused_file;

}  // namespace detail

/// Allows or refuses, for the whole process, datasets that take their numbers from other files: through external links,
/// external raw files, and virtual datasets whose sources are other files. They are refused at first: a file of unknown
/// origin could show the content of any file that the user may read.
inline void allow_other_files(bool allowed) { detail::other_files_allowed = allowed; }

}  // namespace holdfast::hdf5
