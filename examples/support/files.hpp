/// \file
/// Files and folders that programs write.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/whole_file.hpp"

namespace program {

/// Opens a file to read. Throws DataError, naming `what` was expected, where there is none or it cannot be opened; also
/// of a pipe, which could keep the program waiting for ever.
inline std::ifstream open_to_read(const std::filesystem::path& file, const char* what) {
  const auto refuse = [&](const std::string& found) {
    throw holdfast::DataError(holdfast::message(file.string(), ": expected ", what, ", found ", found));
  };
  std::error_code problem;
  const auto status = std::filesystem::status(file, problem);
  if (!std::filesystem::exists(status)) refuse("none that can be read; is there such a file?");
  if (std::filesystem::is_directory(status)) refuse("a folder");
  if (!std::filesystem::is_regular_file(status)) refuse("a pipe or a device; save it as a file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse("none that can be read");
  return stream;
}

/// Makes the folder, and those it is in. Throws DataError.
inline void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  if (!folder.empty()) std::filesystem::create_directories(folder, problem);
  if (problem) throw holdfast::DataError(folder.string() + ": the folder cannot be made: " + problem.message());
}

/// Makes sure, before long work, that the file can be written, and makes the folders it is in. A file of that name is
/// left as it is. Throws DataError.
inline void check_writable(const std::filesystem::path& file) {
  if (!file.has_filename() || std::filesystem::is_directory(file))
    throw holdfast::DataError(holdfast::message("\"", file.string(), "\": expected the name of a file, found ",
                                                file.empty() ? "none" : "a folder"));
  make_folder(file.parent_path());
  const std::string trial = file.string() + ".tmp";  // files are written under this name and renamed
  const bool written = std::ofstream(trial, std::ios::app).is_open();
  std::error_code ignored;
  if (written) std::filesystem::remove(trial, ignored);
  if (!written) throw holdfast::DataError(file.string() + ": cannot be written; does its folder allow it?");
}

/// Writes the file, whole or not at all. Throws DataError.
inline void write_text(const std::filesystem::path& file, const std::string& text) {
  holdfast::write_whole_file(file.string(), text);
}

}  // namespace program
