/// \file
/// Writes comma-separated files that can be read at any time, also while they are written.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/content_hash.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/core/whole_file.hpp"

namespace holdfast {

/// One cell of a CSV file: text, a whole number, or a floating-point number with up to eight significant digits. NaN
/// and an empty optional give an empty cell.
class CsvCell {
 public:
  CsvCell(std::string_view text) : text_(text) {}
  CsvCell(const char* text) : text_(text) {}
  CsvCell(std::string text) : text_(std::move(text)) {}
  CsvCell(Index number) : text_(std::to_string(number)) {}
  CsvCell(double number) {
    if (std::isnan(number)) return;
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.8g", number);
    text_ = digits;
  }
  template <class Number>
  CsvCell(const std::optional<Number>& number) : CsvCell(number ? CsvCell(*number) : CsvCell("")) {}

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// The extent to which a CSV file is written. A checkpoint holds it, so that the file can be cut back to it.
struct CsvProgress {
  Index bytes = 0;         ///< length of the file
  std::uint64_t hash = 0;  ///< the hash of its lines, each with that of those before

  static void state(auto& self, auto&& visit) {
    visit("bytes", self.bytes);
    visit("hash", self.hash);
  }
};

/// Writes a header, then rows with one cell per column. A cell that contains a comma, a quote or a line break is quoted
/// (RFC 4180). Each row is written at once, so completed rows survive the end of the process; `sync` makes them survive
/// a power cut. Needs POSIX.
class CsvWriter {
 public:
  /// Creates the file and writes the header. Throws DataError if the file cannot be written.
  CsvWriter(std::filesystem::path path, const std::vector<std::string>& columns)
      : path_(std::move(path)), columns_(columns.size()), file_(open(O_CREAT | O_TRUNC)) {
    row(std::vector<CsvCell>(columns.begin(), columns.end()));
  }
  CsvWriter(std::filesystem::path path, std::initializer_list<std::string_view> columns)
      : CsvWriter(std::move(path), std::vector<std::string>(columns.begin(), columns.end())) {}

  /// Goes on with a file of that many columns: cuts it back to `written` and appends. Throws DataError if the file does
  /// not begin with the lines that `written` tells of.
  CsvWriter(std::filesystem::path path, std::size_t columns, const CsvProgress& written)
      : path_(std::move(path)), columns_(columns), written_(written) {
    check_beginning();
    file_ = open(0);
    if (!cut()) refuse_writing(path_.string(), errno);
  }

  /// Writes one row. Throws DataError if the number of cells differs from the number of columns, or if writing fails
  /// (disk full); a part of the row is then removed.
  void row(const std::vector<CsvCell>& cells) {
    if (cells.size() != columns_)
      throw DataError(message(path_.string(), ": expected ", columns_, " cells, found ", cells.size()));
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) text.append(i == 0 ? "" : ",").append(quoted(cells[i].text()));
    text += '\n';
    if (!file_.write(text)) {
      const int error = errno;
      cut();
      refuse_writing(path_.string(), error);
    }
    count(text);
  }
  void row(std::initializer_list<CsvCell> cells) { row(std::vector<CsvCell>(cells)); }

  /// Returns how far the file is written.
  [[nodiscard]] const CsvProgress& written() const { return written_; }

  /// Waits until all rows are on the disk. Throws DataError if that fails.
  void sync() const {
    if (!file_.sync()) refuse_writing(path_.string(), errno);
    sync_folder_of(path_);
  }

 private:
  [[nodiscard]] FileDescriptor open(int flags) const {
    constexpr mode_t usual_mode = 0666;  // less the process's mask
    FileDescriptor file(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | flags, usual_mode));
    if (!file.valid()) refuse_writing(path_.string(), errno);
    return file;
  }

  /// Cuts the file back to its last whole row. Returns whether that succeeded.
  bool cut() const { return ::ftruncate(file_, static_cast<off_t>(written_.bytes)) == 0; }

  void count(std::string_view text) {
    written_.bytes += static_cast<Index>(text.size());
    while (!text.empty()) {
      const std::size_t end = text.find('\n') + 1;
      written_.hash = content_hash(text.substr(0, end), written_.hash);
      text.remove_prefix(end);
    }
  }

  void check_beginning() {
    const CsvProgress expected = std::exchange(written_, {});
    std::ifstream old(path_, std::ios::binary);
    for (std::string line; written_.bytes < expected.bytes && std::getline(old, line);) count(line + '\n');
    if (written_.bytes != expected.bytes || written_.hash != expected.hash)
      throw DataError(message(path_.string(), ": its first ", expected.bytes,
                              " bytes are not those that were written; it was changed, or is of another run"));
  }

  static std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string cell = "\"";
    for (const char c : text) cell.append(c == '"' ? 2 : 1, c);
    return cell + '"';
  }

  std::filesystem::path path_;
  std::size_t columns_;
  CsvProgress written_;
  FileDescriptor file_{-1};
};

}  // namespace holdfast
