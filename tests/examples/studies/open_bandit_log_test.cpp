/// \file
/// Tests that logs of a contextual bandit are read by their columns, and that other files are refused by line.
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <string>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/trajectories.hpp"
#include "studies/open_bandit/log.hpp"

namespace open_bandit_log_test {

using namespace bandit;

namespace {

/// Returns the reader's error about a file with this content, without the folder.
std::string refusal(const std::string& content) {
  const fixture::TemporaryDirectory folder;
  const std::string file = folder / "log.csv";
  std::ofstream(file, std::ios::binary) << content;
  try {
    (void)read_log(file, 34);
  } catch (const DataError& error) {
    const std::string said = error.what();
    CHECK(said.starts_with(file));
    CHECK(said.find('\n') == std::string::npos);
    return "log.csv" + said.substr(file.size());
  }
  return "accepted";
}

const std::string header = ",timestamp,item_id,position,click,propensity_score,user_feature_0\n";

/// Returns the error about a log with this third line.
std::string refusal_of_line(const std::string& line) { return refusal(header + "0,now,14,3,0,0.25,x\n" + line + "\n"); }

}  // namespace

TEST_CASE("A log is read by the names of its columns, whatever ends its lines", "[open_bandit]") {
  const fixture::TemporaryDirectory folder;
  const std::string file = folder / "log.csv";
  const auto read = [&](const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
    return read_log(file, 34);
  };
  for (const std::string text : {"item_id,position,click,propensity_score\n33,1,0,1\n0,3,1,1e-06\n",
                                 "click,other,propensity_score,position,item_id\r\n0,,1.0,1,33\r\n1,,0.000001,3,0\r\n",
                                 "\xEF\xBB\xBFitem_id,position,click,propensity_score,\n33,1,0,1,\n0,3,1,1e-6,"}) {
    CAPTURE(text);
    const Data log = read(text);
    REQUIRE(log.size() == 2);
    CHECK(log.action_count == 34);
    CHECK(log.actions == ActionIndices{{33, 0}});
    CHECK(log.observations == Matrix<double>{{1, 0}, {0, 0}, {0, 1}});
    CHECK((log.rewards == Row<double>{{0, 1}}).all());
    CHECK(log.action_log_probs(0) == 0);
    CHECK(log.action_log_probs(1) == Approx(std::log(1e-6)));
    CHECK(trajectories(log).size() == 2);
    CHECK_NOTHROW(log.validate());
  }
}

TEST_CASE("Files that are no logs are refused by line, with what was expected and found", "[open_bandit]") {
  CHECK(refusal("") == "log.csv: expected a line of column names, found nothing");
  CHECK(refusal(header) == "log.csv: expected at least one line after the header, found none");
  CHECK(refusal("item_id,position,click,propensity\n") ==
        "log.csv, line 1: expected a column \"propensity_score\", found none");
  CHECK(refusal("item_id,positon,click,propensity_score\n") ==
        "log.csv, line 1: expected a column \"position\", found none; did you mean \"positon\"?");
  CHECK(refusal("item_id,position,click,click,propensity_score\n") ==
        "log.csv, line 1: expected one column \"click\", found two");
  CHECK(refusal_of_line("1,now,14,3,0,0.25,x") == "accepted");
  CHECK(refusal_of_line("1,now,14,3") ==
        "log.csv, line 3: expected as many cells as the header has, 7, found 4; is the file complete?");
  CHECK(refusal_of_line("1,now,14,3,0,0.25,x,") ==
        "log.csv, line 3: expected as many cells as the header has, 7, found 8; is the file complete?");
  CHECK(refusal_of_line("") ==
        "log.csv, line 3: expected as many cells as the header has, 7, found 1; is the file complete?");
  CHECK(refusal_of_line("1,\"no,w\",14,3,0,0.25,x") ==
        "log.csv, line 3: expected cells without quotes, found one with");
  CHECK(refusal_of_line("1,now,46,3,0,0.25,x") ==
        "log.csv, line 3: expected a whole number in [0, 33] as item_id, found \"46\"");
  CHECK_THAT(refusal_of_line("1,now,-1,3,0,0.25,x"), Contains("as item_id, found \"-1\""));
  CHECK_THAT(refusal_of_line("1,now,,3,0,0.25,x"), Contains("as item_id, found nothing"));
  CHECK_THAT(refusal_of_line("1,now,1.5,3,0,0.25,x"), Contains("as item_id, found \"1.5\""));
  CHECK_THAT(refusal_of_line("1,now,99999999999999999999,3,0,0.25,x"), Contains("found \"99999999999999999999\""));
  CHECK_THAT(refusal_of_line("1,now," + std::string(100, 'x') + ",3,0,0.25,x"),
             Contains("found \"" + std::string(40, 'x') + "…\""));
  CHECK(refusal_of_line("1,now,14,0,0,0.25,x") ==
        "log.csv, line 3: expected a whole number in [1, 3] as position, found \"0\"");
  CHECK_THAT(refusal_of_line("1,now,14,4,0,0.25,x"), Contains("as position, found \"4\""));
  CHECK(refusal_of_line("1,now,14,3,2,0.25,x") ==
        "log.csv, line 3: expected a whole number in [0, 1] as click, found \"2\"");
  CHECK(refusal_of_line("1,now,14,3,0,0,x") ==
        "log.csv, line 3: expected a number in (0, 1] as propensity_score, found \"0\"");
  for (const char* const wrong : {"1.01", "-0.1", "nan", "inf", "high", "0.5 ", "0x1"})
    CHECK_THAT(refusal_of_line("1,now,14,3,0," + std::string(wrong) + ",x"),
               Contains("as propensity_score, found \"" + std::string(wrong) + '"'));
  const fixture::TemporaryDirectory folder;
  CHECK_THROWS_WITH(read_log(folder / "", 34), Contains("expected a file, found a folder"));
  CHECK_THROWS_WITH(read_log(folder / "none.csv", 34),
                    Contains("none.csv: expected a file, found none that can be read"));
}

TEST_CASE("A log is read from a pipe as from a file", "[open_bandit]") {
  const fixture::TemporaryDirectory folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::string unpack = "printf 'item_id,position,click,propensity_score\\n5,1,1,0.5\\n' > '" + pipe + "' &";
  REQUIRE(std::system(unpack.c_str()) == 0);  // NOLINT(concurrency-mt-unsafe)
  CHECK(read_log(pipe, 34).actions == ActionIndices{{5}});
}

TEST_CASE("A log of the other campaign is recognized by its items", "[open_bandit]") {
  CHECK(
      refusal_of_line("1,now,34,3,0,0.25,x") ==
      "log.csv, line 3: expected an item of the campaign men, from 0 to 33, found 34, which the campaign women has; is "
      "it a log of women? --campaign women");
  CHECK_THAT(refusal_of_line("1,now,46,3,0,0.25,x"), !Contains("campaign"));  // neither campaign has it
  const fixture::TemporaryDirectory folder;
  const auto suspicion = [&](int lines, int highest, Index items) {
    std::ofstream file(folder / "log.csv");
    file << header;
    for (int i = 0; i < lines; ++i) file << message("1,now,", i % (highest + 1), ",3,0,0.25,x\n");
    file.close();
    return suspect_other_campaign(read_log(folder / "log.csv", items));
  };
  CHECK_THAT(suspicion(1000, 33, 46),
             Contains("none of 1000 lines has an item above 33") && Contains("--campaign men"));
  CHECK(suspicion(1000, 34, 46).empty());
  CHECK(suspicion(999, 33, 46).empty());
  CHECK(suspicion(1000, 33, 34).empty());
  CHECK(suspect_other_campaign(Data{}).empty());
}

}  // namespace open_bandit_log_test
