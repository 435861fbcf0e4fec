#include "holdfast/core/fields.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace fields_test {

using namespace holdfast;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

enum class Color { red, green };

constexpr auto enumerators(Color) {
  return std::array{Enumerator<Color>{"red", Color::red}, Enumerator<Color>{"green", Color::green}};
}

struct Inner {
  double rate = 0.1;
  std::vector<Index> widths = {4, 2};

  static void fields(auto& self, auto&& visit) {
    visit("rate", self.rate, positive);
    visit("widths", self.widths, at_least(1));
  }
};

// A user's own part that lists no fields and checks itself.
struct Own {
  double weight = 1;
  void validate() const { require(weight >= 0, "own.weight", "at least 0", weight); }
};

// A user's own part that has nothing to check.
struct Silent {
  int anything = 0;
};

struct Outer {
  double scale = 2.5;
  float single = 0.25F;
  Index count = 3;
  std::uint8_t small = 7;
  bool flag = false;
  Color color = Color::green;
  std::optional<double> limit = {};
  std::optional<Index> size = {};
  Inner inner = {};
  Own own = {};
  Silent silent = {};

  static void fields(auto& self, auto&& visit) {
    visit("scale", self.scale);
    visit("single", self.single, Interval{0, 1});
    visit("count", self.count, at_least(1));
    visit("small", self.small);
    visit("flag", self.flag);
    visit("color", self.color);
    visit("limit", self.limit, finite_number);
    visit("size", self.size, at_least(1));
    visit("inner", self.inner);
    visit("own", self.own);
    visit("silent", self.silent);
  }
};

static_assert(HasFields<Outer> && HasFields<Inner>);
static_assert(!HasFields<Own> && !HasFields<double> && !HasFields<std::vector<Index>>);

using Listed = std::vector<std::pair<std::string, std::string>>;

// Returns the configuration with one field set.
Outer with(std::string_view path, std::string_view text) {
  Outer config;
  set_field(config, path, text);
  return config;
}

}  // namespace

TEST_CASE("An interval says in words which numbers it holds", "[fields]") {
  CHECK(Interval{}.text() == "a number");
  CHECK(holdfast::finite_number.text() == "a finite number");
  CHECK(positive.text() == "positive");
  CHECK(at_least(1).text() == "at least 1");
  CHECK((Interval{.lowest = -2.5, .open_below = true}).text() == "above -2.5");
  CHECK((Interval{.highest = 3}).text() == "at most 3");
  CHECK((Interval{.highest = 3, .open_above = true}).text() == "below 3");
  CHECK((Interval{0, 1}).text() == "in [0, 1]");
  CHECK((Interval{0, 2147483647}).text() == "in [0, 2147483647]");
  CHECK((Interval{-0.25, 1e300}).text() == "in [-0.25, 1e+300]");
  CHECK(between(0, 1).text() == "in (0, 1)");
  CHECK((Interval{.lowest = 0, .highest = 1, .open_below = true}).text() == "in (0, 1]");
  CHECK((Interval{.lowest = 0, .highest = 1, .open_above = true}).text() == "in [0, 1)");
}

TEST_CASE("A bound belongs to an interval unless it is open, and not-a-number to none", "[fields]") {
  CHECK(Interval{0, 1}.contains(0));
  CHECK(Interval{0, 1}.contains(1));
  CHECK_FALSE(Interval{0, 1}.contains(-1e-300));
  CHECK_FALSE(Interval{0, 1}.contains(1 + 1e-15));
  CHECK_FALSE(between(0, 1).contains(0));
  CHECK_FALSE(between(0, 1).contains(1));
  CHECK(between(0, 1).contains(0.5));
  CHECK(Interval{}.contains(infinity));
  CHECK(Interval{}.contains(-infinity));
  CHECK_FALSE(holdfast::finite_number.contains(infinity));
  CHECK_FALSE(holdfast::finite_number.contains(-infinity));
  CHECK(holdfast::finite_number.contains(-1e308));
  CHECK_FALSE(positive.contains(0));
  CHECK_FALSE(positive.contains(infinity));
  CHECK(positive.contains(1e-300));
  CHECK(at_least(0).contains(0));
  CHECK_FALSE(at_least(0).contains(infinity));
  for (const Interval& interval : {Interval{}, finite_number, positive, at_least(0), between(0, 1)})
    CHECK_FALSE(interval.contains(not_a_number));
}

TEST_CASE("Every kind of field is listed as TOML writes it, in order, by its whole path", "[fields]") {
  const Listed defaults{{"scale", "2.5"},      {"single", "0.25"},        {"count", "3"},        {"small", "7"},
                        {"flag", "false"},     {"color", "\"green\""},    {"limit", "\"none\""}, {"size", "\"none\""},
                        {"inner.rate", "0.1"}, {"inner.widths", "[4, 2]"}};
  CHECK(list_fields(Outer{}) == defaults);
  Outer config{.scale = -infinity, .flag = true, .limit = 0.5, .size = 6, .inner = {.widths = {}}};
  const Listed listed = list_fields(config);
  CHECK(listed[0].second == "-inf");
  CHECK(listed[4].second == "true");
  CHECK(listed[6].second == "0.5");
  CHECK(listed[7].second == "6");
  CHECK(listed[9].second == "[]");
  config.scale = infinity;
  CHECK(list_fields(config)[0].second == "inf");
}

TEST_CASE("Every kind of field is set from text", "[fields]") {
  CHECK(with("scale", "-1.5e-3").scale == -1.5e-3);
  CHECK(with("scale", "+4").scale == 4);
  CHECK(with("scale", "inf").scale == infinity);
  CHECK(with("scale", "-inf").scale == -infinity);
  CHECK(with("single", "0.1").single == 0.1F);
  CHECK(with("count", "12").count == 12);
  CHECK(with("count", "-12").count == -12);  // check_fields checks the range
  CHECK(with("small", "255").small == 255);
  CHECK(with("flag", "true").flag);
  CHECK_FALSE(with("flag", "false").flag);
  CHECK(with("color", "red").color == Color::red);
  CHECK(with("color", "\"red\"").color == Color::red);
  CHECK(with("limit", "0.5").limit == 0.5);
  CHECK(with("size", "4").size == 4);
  CHECK(with("inner.rate", "7").inner.rate == 7);
  CHECK(with("inner.widths", "64, 32").inner.widths == std::vector<Index>{64, 32});
  CHECK(with("inner.widths", "[64,32, 16]").inner.widths == std::vector<Index>{64, 32, 16});
  CHECK(with("inner.widths", " [ 8 ] ").inner.widths == std::vector<Index>{8});
  CHECK(with("inner.widths", "[64, 32,]").inner.widths == std::vector<Index>{64, 32});  // TOML allows the last comma
  CHECK(with("inner.widths", "[]").inner.widths.empty());
  CHECK(with("inner.widths", "").inner.widths.empty());

  Outer config{.limit = 3};
  set_field(config, "limit", "none");
  CHECK_FALSE(config.limit);
  config.limit = 3;
  set_field(config, "limit", "\"none\"");
  CHECK_FALSE(config.limit);
}

TEST_CASE("What is listed sets the same configuration", "[fields]") {
  const Outer original{.scale = 0.1 + 0.2,
                       .single = 0.1F,
                       .count = -7,
                       .small = 200,
                       .flag = true,
                       .color = Color::red,
                       .limit = 1e-17,
                       .inner = {.rate = infinity, .widths = {1, 2, 3}}};
  Outer copy{.size = 5};
  for (const auto& [path, text] : list_fields(original)) set_field(copy, path, text);
  CHECK(list_fields(copy) == list_fields(original));
  CHECK(copy.scale == original.scale);
  CHECK(copy.single == original.single);
  CHECK(copy.limit == original.limit);
  CHECK_FALSE(copy.size);
  CHECK(copy.inner.widths == original.inner.widths);
}

TEST_CASE("A text of another type is refused by path, with what is expected and what was found", "[fields]") {
  const auto refuses = [](std::string_view path, std::string_view text, const std::string& said) {
    CAPTURE(path, text);
    Outer config{.limit = 3};
    CHECK_THROWS_AS(set_field(config, path, text), ConfigError);
    CHECK_THROWS_WITH(set_field(config, path, text), Contains(said));
    CHECK(list_fields(config) == list_fields(Outer{.limit = 3}));  // nothing has changed
  };
  refuses("scale", "fast", "scale must be a number, but is \"fast\"");
  refuses("scale", "1.5x", "scale must be a number");
  refuses("scale", "", "scale must be a number");
  refuses("scale", "1,5", "scale must be a number");
  refuses("scale", "+-1", "scale must be a number");
  refuses("count", "2.5", "count must be a whole number, but is \"2.5\"");
  refuses("count", "1e3", "count must be a whole number");
  refuses("count", "99999999999999999999", "count must be a whole number");
  refuses("small", "256", "small must be a whole number");
  refuses("small", "-1", "small must be a whole number");
  refuses("flag", "1", "flag must be true or false, but is \"1\"");
  refuses("flag", "True", "flag must be true or false");
  refuses("color", "gren", "color must be one of red, green, but is \"gren\"; did you mean \"green\"?");
  refuses("limit", "nothing", "limit must be a number, but is \"nothing\"");
  refuses("size", "2.5", "size must be a whole number");
  refuses("inner.rate", "x", "inner.rate must be a number");
  refuses("inner.widths", "64, x", "inner.widths must be a list of whole numbers such as [256, 256]");
  refuses("inner.widths", "64, 2.5", "inner.widths must be a list of whole numbers");
  refuses("inner.widths", "64,,64", "inner.widths must be a list of whole numbers");
  refuses("inner.widths", ",", "inner.widths must be a list of whole numbers");
  refuses("inner.widths", "[64", "inner.widths must be a list of whole numbers");
}

TEST_CASE("A field that does not exist is refused, and the nearest one named", "[fields]") {
  CHECK_THROWS_AS(with("scael", "1"), ConfigError);
  CHECK_THROWS_WITH(with("scael", "1"),
                    Contains("there is no \"scael\"") && Contains("did you mean \"scale\" or \"small\"?"));
  CHECK_THROWS_WITH(with("inner.rat", "1"), Contains("did you mean \"inner.rate\"?"));
  CHECK_THROWS_WITH(with("rate", "1"), Contains("there is no \"rate\""));
  CHECK_THROWS_WITH(with("inner", "1"), Contains("there is no \"inner\""));  // not a field but a configuration
  CHECK_THROWS_WITH(with("", "1"), Contains("there is no \"\""));
}

TEST_CASE("A part without fields is not set by name", "[fields]") {
  CHECK_THROWS_WITH(with("own", "1"), Contains("own cannot be set by name"));
  CHECK_THROWS_WITH(with("own.weight", "1"), Contains("there is no \"own.weight\""));
}

TEST_CASE("The first field outside its interval is named by its whole path", "[fields]") {
  CHECK_NOTHROW(check_fields(Outer{}));
  const auto refuses = [](auto spoil, const std::string& said) {
    Outer config;
    spoil(config);
    CHECK_THROWS_AS(check_fields(config), ConfigError);
    CHECK_THROWS_WITH(check_fields(config), said);
  };
  refuses([](Outer& c) { c.scale = not_a_number; }, "scale must be a number, but is nan");
  refuses([](Outer& c) { c.single = 1.5F; }, "single must be in [0, 1], but is 1.5");
  refuses([](Outer& c) { c.count = 0; }, "count must be at least 1, but is 0");
  refuses([](Outer& c) { c.limit = infinity; }, "limit must be a finite number, but is inf");
  refuses([](Outer& c) { c.size = 0; }, "size must be at least 1, but is 0");
  refuses([](Outer& c) { c.inner.rate = 0; }, "inner.rate must be positive, but is 0");
  refuses([](Outer& c) { c.inner.widths = {4, 0}; }, "each of inner.widths must be at least 1, but is 0");
  refuses([](Outer& c) { c.own.weight = -1; }, "own.weight must be at least 0, but is -1");
  refuses([](Outer& c) { c.count = 0, c.inner.rate = -1; }, "count must be at least 1, but is 0");

  Outer config;
  config.scale = infinity;
  config.inner.widths = {};
  CHECK_NOTHROW(check_fields(config));
}

TEST_CASE("The fields are all leaves, each with the interval it was given", "[fields]") {
  std::vector<std::string> paths;
  double highest = 0;
  const Outer config;
  for (const ConstField& field : fields_of(config)) {
    paths.push_back(field.path());
    if (field.path() == "single") highest = field.interval().highest;
  }
  CHECK(paths == std::vector<std::string>{"scale", "single", "count", "small", "flag", "color", "limit", "size",
                                          "inner.rate", "inner.widths", "own", "silent"});
  CHECK(highest == 1);
}

namespace {

// A part that lists its fields and also checks two of them together.
struct Both {
  double low = 0;
  double high = 1;
  static void fields(auto& self, auto&& visit) {
    visit("low", self.low);
    visit("high", self.high, positive);
  }
  void validate() const { require(low < high, "low", "below high", low); }
};

struct Holder {
  Both both = {};
  static void fields(auto& self, auto&& visit) { visit("both", self.both); }
};

}  // namespace

TEST_CASE("A part that lists its fields and validates itself is asked for both", "[core]") {
  CHECK_NOTHROW(check_fields(Holder{}));
  CHECK_THROWS_WITH(check_fields(Holder{{.low = 0, .high = -1}}), Contains("both.high must be positive"));
  CHECK_THROWS_WITH(check_fields(Holder{{.low = 2, .high = 1}}), Contains("low must be below high"));
}

}  // namespace fields_test
