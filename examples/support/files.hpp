/// \file
/// Opens files to read, and prepares files and folders to write.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <system_error>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/whole_file.hpp"

namespace program {

/// Opens a file or a pipe to read. Throws DataError, which says that `what` was expected, if there is none, if it is a
/// folder, or if it cannot be opened.
inline std::ifstream open_to_read(const std::filesystem::path& file, const char* what) {
  const auto refuse = [&](const std::string& found) {
    throw holdfast::DataError(holdfast::message(file.string(), ": expected ", what, ", found ", found));
  };
  std::error_code problem;
  const auto status = std::filesystem::status(file, problem);
  if (!std::filesystem::exists(status)) refuse("none that can be read; is there such a file?");
  if (std::filesystem::is_directory(status)) refuse("a folder");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse("none that can be read");
  return stream;
}

/// Returns what is left of an open file. Throws DataError if reading fails.
inline std::string read_rest(const std::filesystem::path& file, std::ifstream& stream) {
  std::string text;
  char block[4096];
  while (stream.read(block, sizeof block), stream.gcount() > 0)
    text.append(block, static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) throw holdfast::DataError(file.string() + ": reading failed");
  return text;
}

/// Held by the thread that reads or writes an HDF5 file, in programs that do so in several: one at a time may use HDF5.
inline std::mutex hdf5_turn;

/// Makes the folder and its parents. Throws DataError if this fails.
inline void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  if (!folder.empty()) std::filesystem::create_directories(folder, problem);
  if (problem) throw holdfast::DataError(folder.string() + ": the folder cannot be made: " + problem.message());
}

/// Checks, before long work, that the file can be written, and makes its parent folders. An existing file is not
/// changed. Throws DataError if it cannot be written.
inline void check_writable(const std::filesystem::path& file) {
  if (!file.has_filename() || std::filesystem::is_directory(file))
    throw holdfast::DataError(holdfast::message("\"", file.string(), "\": expected the name of a file, found ",
                                                file.empty() ? "none" : "a folder"));
  make_folder(file.parent_path());
  const holdfast::UnfinishedFile trial(file.string());
}

}  // namespace program
