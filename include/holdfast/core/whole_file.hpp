/// \file
/// Writes files completely or not at all.
#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "holdfast/core/errors.hpp"

namespace holdfast {

/// Writes the bytes to `path` + ".tmp" and then renames that file to `path`. An existing file is replaced only after
/// the new one is complete. Throws DataError if that fails; no unfinished file remains.
inline void write_whole_file(const std::string& path, std::string_view bytes) {
  struct Unfinished {
    std::string path;
    ~Unfinished() { std::remove(path.c_str()); }  // no effect after the rename
  };
  const Unfinished unfinished{path + ".tmp"};
  std::error_code problem;
  errno = 0;
  std::ofstream stream(unfinished.path, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) problem.assign(errno != 0 ? errno : EIO, std::generic_category());
  if (!problem) std::filesystem::rename(unfinished.path, path, problem);
  if (problem) throw DataError(path + ": cannot be written: " + problem.message());
}

}  // namespace holdfast
