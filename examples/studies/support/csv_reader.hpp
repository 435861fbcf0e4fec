/// \file
/// A reader for files of comma-separated numbers: columns by name, one line at a time, and errors that name the line.
#pragma once

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/core/types.hpp"
#include "support/files.hpp"

namespace program {

/// Reads a file whose first line names its columns, one line at a time, so that memory does not grow with the file.
/// Lines end in LF or CRLF; the last one may have no end. A byte order mark is skipped. Cells with quotes are refused.
///
/// Every DataError names the file, the line (the header is line 1), what was expected and what was found.
class CsvReader {
 public:
  /// Opens the file for the columns named in `columns`; cells are identified by their index in that list. Throws
  /// DataError if the file cannot be read or is empty, or if a column does not occur exactly once.
  CsvReader(std::filesystem::path path, std::vector<std::string> columns)
      : path_(std::move(path)), columns_(std::move(columns)) {
    file_ = open_to_read(path_, "a file");
    if (!read_line()) throw holdfast::DataError(path_.string() + ": expected a line of column names, found nothing");
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (text_.starts_with(mark)) text_.erase(0, mark.size());
    split();
    width_ = cells_.size();
    for (const std::string& column : columns_) places_.push_back(place(column));
  }

  /// Reads the next line. Returns false if there is none. Throws DataError unless it has as many cells as the header.
  [[nodiscard]] bool next() {
    if (!read_line()) return false;
    split();
    if (cells_.size() != width_)
      refuse(holdfast::message("as many cells as the header has, ", width_),
             holdfast::message(cells_.size(), "; is the file complete?"));
    return true;
  }

  /// Returns the number of the line that was read last.
  [[nodiscard]] holdfast::Index line() const { return line_; }

  /// Returns a cell of the line that was read last; valid until the next line is read.
  [[nodiscard]] std::string_view text(std::size_t column) const { return cells_[places_[column]]; }

  /// Returns a cell as a whole number in [lowest, highest]; nothing if it is not one.
  [[nodiscard]] std::optional<holdfast::Index> find_whole(std::size_t column, holdfast::Index lowest,
                                                          holdfast::Index highest) const {
    holdfast::Index value = 0;
    if (!parse(text(column), value) || value < lowest || value > highest) return std::nullopt;
    return value;
  }

  /// Returns a cell as a whole number in [lowest, highest]. Throws DataError if it is not one.
  [[nodiscard]] holdfast::Index whole(std::size_t column, holdfast::Index lowest, holdfast::Index highest) const {
    const auto value = find_whole(column, lowest, highest);
    if (!value) refuse_cell(column, holdfast::message("a whole number in [", lowest, ", ", highest, "]"));
    return *value;
  }

  /// Returns a cell as a number in the interval. Throws DataError if it is not one.
  [[nodiscard]] double number(std::size_t column, const holdfast::Interval& interval) const {
    double value = 0;
    if (!parse(text(column), value) || !interval.contains(value)) refuse_cell(column, "a number " + interval.text());
    return value;
  }

  /// Throws DataError about the line that was read last.
  [[noreturn]] void refuse(const std::string& expected, const std::string& found) const {
    throw holdfast::DataError(
        holdfast::message(path_.string(), ", line ", line_, ": expected ", expected, ", found ", found));
  }

 private:
  template <class Number>
  static bool parse(std::string_view text, Number& value) {
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    return error == std::errc() && end == last;
  }

  // Returns the text of a cell in quotes, short enough for one line.
  static std::string quoted(std::string_view text) {
    constexpr std::size_t most = 40;
    return text.empty() ? "nothing" : holdfast::message('"', text.substr(0, most), text.size() > most ? "…" : "", '"');
  }

  [[noreturn]] void refuse_cell(std::size_t column, const std::string& expected) const {
    refuse(expected + " as " + columns_[column], quoted(text(column)));
  }

  bool read_line() {
    if (!std::getline(file_, text_)) {
      if (file_.bad()) throw holdfast::DataError(path_.string() + ": reading failed");
      return false;
    }
    ++line_;
    if (text_.ends_with('\r')) text_.pop_back();
    if (text_.find('"') != std::string::npos) refuse("cells without quotes", "one with");
    return true;
  }

  void split() {
    cells_.clear();
    std::string_view rest = text_;
    for (auto comma = rest.find(','); comma != std::string_view::npos; comma = rest.find(',')) {
      cells_.push_back(rest.substr(0, comma));
      rest.remove_prefix(comma + 1);
    }
    cells_.push_back(rest);
  }

  [[nodiscard]] std::size_t place(const std::string& column) const {
    const std::vector<std::string> names(cells_.begin(), cells_.end());
    std::size_t found = width_;
    for (std::size_t i = 0; i < width_; ++i) {
      if (names[i] != column) continue;
      if (found != width_) refuse(holdfast::message("one column \"", column, '"'), "two");
      found = i;
    }
    if (found == width_)
      refuse(holdfast::message("a column \"", column, '"'), "none" + holdfast::did_you_mean(column, names));
    return found;
  }

  std::filesystem::path path_;
  std::vector<std::string> columns_;
  std::ifstream file_;
  std::string text_;                     // the last line
  std::vector<std::string_view> cells_;  // its cells
  std::vector<std::size_t> places_;      // indices of the columns asked for
  std::size_t width_ = 0;                // number of cells in the header
  holdfast::Index line_ = 0;
};

}  // namespace program
