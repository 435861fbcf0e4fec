/// \file
/// States the limits on what a file may claim, so that a damaged or malicious file is refused before memory is taken.
#pragma once

#include <hdf5.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include "holdfast/data/hdf5/handle.hpp"

namespace holdfast::hdf5::detail {

inline constexpr std::size_t most_text_bytes = std::size_t{16} << 20U;  ///< the longest text
inline constexpr std::size_t most_levels = 64;                          ///< the most groups within each other
inline constexpr std::size_t most_objects = 100000;                     ///< the most objects in a file
inline constexpr std::size_t most_path_bytes = 4096;  ///< the longest name of an object, with its groups

/// Returns the number of bytes that a dataset occupies in memory in its own type. A double, because no integer may be
/// large enough.
inline double claimed_bytes(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  return static_cast<double>(H5Sget_simple_extent_npoints(space)) * static_cast<double>(H5Tget_size(type));
}

/// Returns the number of bytes that the sources of a virtual dataset give.
inline double mapped_bytes(hid_t dataset, hid_t properties) {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  double points = 0;
  std::size_t count = 0;
  H5Pget_virtual_count(properties, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const Handle target(H5Pget_virtual_vspace(properties, i), H5Sclose);
    const hssize_t mapped = H5Sget_select_npoints(target);
    if (mapped < 0) return std::numeric_limits<double>::infinity();  // it ends where its sources end
    points += static_cast<double>(mapped);
  }
  return points * static_cast<double>(H5Tget_size(type));
}

/// Returns whether a dataset claims more than its stored bytes can hold, even where gzip compressed them best.
/// Raw files are checked elsewhere (sources.hpp). A small dataset may be one that was never written, all zeros.
inline bool claims_too_much(hid_t dataset) {
  constexpr double small = 64.0 * (1U << 20U);
  constexpr double best_ratio = 1032;  // of deflate
  const double claimed = claimed_bytes(dataset);
  if (claimed <= small) return false;
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (H5Pget_external_count(properties) > 0) return false;
  if (H5Pget_layout(properties) == H5D_VIRTUAL) return claimed > best_ratio * mapped_bytes(dataset, properties);
  hsize_t file_size = 0;
  H5Fget_filesize(Handle(H5Iget_file_id(dataset), H5Fclose), &file_size);
  const hsize_t stored = std::min(H5Dget_storage_size(dataset), file_size);
  return claimed > best_ratio * static_cast<double>(stored);
}

}  // namespace holdfast::hdf5::detail
