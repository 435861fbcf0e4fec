/// \file
/// The readers of HDF5 files, by name.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/hdf5/precision.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "holdfast/training/checkpoint.hpp"

namespace fuzz {

inline void read_continuous(const std::string& path) {
  static_cast<void>(holdfast::has_finite_actions(path));
  static_cast<void>(holdfast::read_metadata(path));
  auto recording = holdfast::read_recording(path);
  static_cast<void>(holdfast::find_storage_problems(path, recording.rows.actions));
  static_cast<void>(std::move(recording).transitions());
}

inline void read_finite(const std::string& path) {
  static_cast<void>(holdfast::find_lost_digits(path));
  static_cast<void>(holdfast::read_d4rl<holdfast::ActionIndices>(path));
}

inline void read_sparse(const std::string& path) {
  static_cast<void>(holdfast::read_d4rl<holdfast::ActionIndices, holdfast::SparseMatrix<float>>(path));
}

inline void read_any_policy(const std::string& path) {
  static_cast<void>(holdfast::read_policy_metadata(path));
  if (holdfast::has_finite_policy(path))
    static_cast<void>(holdfast::read_policy<holdfast::ActionIndices>(path));
  else
    static_cast<void>(holdfast::read_policy(path));
}

inline void read_any_checkpoint(const std::string& path) { static_cast<void>(holdfast::read_checkpoint(path)); }

struct Reader {
  std::string_view name;
  void (*read)(const std::string& path);
};

inline constexpr std::array<Reader, 5> readers = {{{"continuous_dataset", read_continuous},
                                                   {"finite_dataset", read_finite},
                                                   {"sparse_dataset", read_sparse},
                                                   {"policy", read_any_policy},
                                                   {"checkpoint", read_any_checkpoint}}};

/// Returns the reader of that name; null if there is none.
inline const Reader* find_reader(std::string_view name) {
  for (const Reader& reader : readers)
    if (reader.name == name) return &reader;
  return nullptr;
}

}  // namespace fuzz
