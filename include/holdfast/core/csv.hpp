/// \file
/// Writes comma-separated files that can be read at any time, also while they are written.
#pragma once

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"

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

/// Writes a header, then rows with one cell per column. A cell that contains a comma, a quote or a line break is quoted
/// (RFC 4180). Each row is flushed, so completed rows survive an interruption.
class CsvWriter {
 public:
  /// Creates the file and writes the header. Throws DataError if the file cannot be written.
  CsvWriter(std::filesystem::path path, const std::vector<std::string>& columns)
      : path_(std::move(path)), columns_(columns.size()), file_(path_) {
    if (!file_) throw DataError(message(path_.string(), ": cannot be written; does its folder exist?"));
    row(std::vector<CsvCell>(columns.begin(), columns.end()));
  }
  CsvWriter(std::filesystem::path path, std::initializer_list<std::string_view> columns)
      : CsvWriter(std::move(path), std::vector<std::string>(columns.begin(), columns.end())) {}

  /// Writes one row. Throws DataError if the number of cells differs from the number of columns, or if writing fails
  /// (disk full).
  void row(const std::vector<CsvCell>& cells) {
    if (cells.size() != columns_)
      throw DataError(message(path_.string(), ": expected ", columns_, " cells, found ", cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) file_ << (i == 0 ? "" : ",") << quoted(cells[i].text());
    file_ << '\n' << std::flush;
    if (!file_) throw DataError(message(path_.string(), ": writing failed; is the disk full?"));
  }
  void row(std::initializer_list<CsvCell> cells) { row(std::vector<CsvCell>(cells)); }

 private:
  static std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string cell = "\"";
    for (const char c : text) cell.append(c == '"' ? 2 : 1, c);
    return cell + '"';
  }

  std::filesystem::path path_;
  std::size_t columns_;
  std::ofstream file_;
};

}  // namespace holdfast
