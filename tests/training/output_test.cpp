/// \file
/// Tests progress bars and tables as a user sees them.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/core/csv.hpp"
#include "holdfast/core/progress_bar.hpp"

namespace output_test {

using namespace holdfast;

TEST_CASE("A CSV file has its header, its cells, and nothing where there is no number") {
  const auto path = std::filesystem::temp_directory_path() / "holdfast_csv_test.csv";
  {
    CsvWriter csv(path, {"name", "count", "value", "missing", "never"});
    csv.row({"first", Index{3}, 0.1, std::numeric_limits<double>::quiet_NaN(), std::optional<Index>()});
    csv.row({std::string("second"), Index{-1}, 1e-9, std::numeric_limits<double>::infinity(), std::optional<Index>(7)});
    CHECK_THROWS_WITH(csv.row({"short"}), Contains("expected 5 cells, found 1"));
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == "name,count,value,missing,never\nfirst,3,0.1,,\nsecond,-1,1e-09,inf,7\n");
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(CsvWriter("/no/such/folder/x.csv", {"a"}), Contains("/no/such/folder/x.csv"));
}

TEST_CASE("A CSV file goes on from where it was, and from no other file") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "rows.csv";
  const auto text = [&] {
    std::ifstream file(path);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  };
  CsvProgress second;
  {
    CsvWriter csv(path, {"step", "text"});
    csv.row({Index{1}, "one\ntwo"});
    csv.row({Index{2}, "b"});
    second = csv.written();
    csv.row({Index{3}, "c"});
    csv.sync();
  }
  const std::string whole = text();
  {
    CsvWriter csv(path, 2, second);
    CHECK(text() == whole.substr(0, whole.size() - 4));
    CHECK(csv.written().bytes == second.bytes);
    csv.row({Index{3}, "c"});
    CHECK(csv.written().bytes == static_cast<Index>(whole.size()));
  }
  CHECK(text() == whole);
  std::string changed = whole;
  changed[12] = 'O';
  std::ofstream(path) << changed;
  CHECK_THROWS_WITH(CsvWriter(path, 2, second), Contains("rows.csv: its first ") && Contains("is of another run"));
  CHECK(text() == changed);
  std::ofstream(path) << whole.substr(0, 10);
  CHECK_THROWS_WITH(CsvWriter(path, 2, second), Contains("rows.csv: its first "));
}

TEST_CASE("Cells with commas, quotes and line breaks are quoted") {
  const auto path = std::filesystem::temp_directory_path() / "holdfast_csv_quotes_test.csv";
  {
    CsvWriter csv(path, {"a,b", "plain"});
    csv.row({"say \"no\"", "two\nlines"});
    csv.row({"a b;c'd", 1.5});
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == "\"a,b\",plain\n\"say \"\"no\"\"\",\"two\nlines\"\na b;c'd,1.5\n");
  std::filesystem::remove(path);
}

TEST_CASE("Progress is a line for every tenth where there is no terminal, and one line on a terminal") {
  std::ostringstream plain;
  {
    ProgressBar bar(plain, "work", 100, false);
    for (int i = 0; i < 100; ++i) bar.advance(1);
  }
  std::istringstream lines(plain.str());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(line.rfind("work: ", 0) == 0);
  CHECK(count == 11);  // from the first advance, within the first tenth, to 100 %
  CHECK_THAT(plain.str(), Contains("100%"));

  std::ostringstream terminal;
  {
    ProgressBar bar(terminal, "work", 10, true);
    bar.note("a note");
    bar.advance(4);
    bar.advance(100);
  }
  CHECK_THAT(terminal.str(), Contains("a note") && Contains("100%"));
  CHECK(terminal.str().find('\n') == terminal.str().size() - 1);
}

}  // namespace output_test
