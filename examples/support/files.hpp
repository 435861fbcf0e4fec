/// \file
/// Files and folders that programs write.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "holdfast/core/errors.hpp"

namespace program {

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
  const std::string unfinished = file.string() + ".tmp";
  std::ofstream stream(unfinished);
  stream << text;
  stream.close();
  std::error_code problem;
  if (stream) std::filesystem::rename(unfinished, file, problem);
  if (stream && !problem) return;
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  throw holdfast::DataError(file.string() + ": cannot be written" + (problem ? ": " + problem.message() : ""));
}

}  // namespace program
