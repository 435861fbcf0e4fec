#include "holdfast/core/state.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/random.hpp"

namespace state_test {

using namespace holdfast;
using Catch::Matchers::Contains;

namespace {

struct Part {
  Vector<float> parameters_ = Vector<float>::Zero(2);
  [[nodiscard]] Vector<float>& parameters() { return parameters_; }
  [[nodiscard]] const Vector<float>& parameters() const { return parameters_; }
};

struct Whole {
  double number = 0;
  bool flag = false;
  std::uint64_t count = 0;
  Matrix<double> matrix = Matrix<double>::Zero(2, 3);
  Row<float> row = Row<float>::Zero(0);
  std::array<std::uint32_t, 2> words{};
  std::vector<Index> numbers{0, 0};
  std::vector<Part> parts{2};
  Generator generator{1};
  double workspace = 0;  // not listed

  static void state(auto& self, auto&& visit) {
    visit("number", self.number);
    visit("flag", self.flag);
    visit("count", self.count);
    visit("matrix", self.matrix);
    visit("row", self.row);
    visit("words", self.words);
    visit("numbers", self.numbers);
    visit("parts", self.parts);
    visit("generator", self.generator);
  }
};

Whole filled() {
  Whole whole;
  whole.number = 0.1;
  whole.flag = true;
  whole.count = 1ULL << 63U;
  whole.matrix << 1, 2, 3, 4, 5, 6;
  whole.words = {7, 8};
  whole.numbers = {9, -10};
  whole.parts[1].parameters_ << 11, 12;
  for (int i = 0; i < 5; ++i) whole.generator.normal();
  whole.workspace = 1;
  return whole;
}

struct Unlisted {
  int number = 0;
};

}  // namespace

static_assert(HasState<Whole> && ListsState<Whole> && HasState<Part> && !ListsState<Part>);
static_assert(!HasState<Unlisted> && !HasState<int> && ListsState<Generator>);
static_assert(StateNumbers<double> && StateNumbers<std::vector<Index>> && StateNumbers<Row<float>>);
static_assert(!StateNumbers<Part> && !StateNumbers<std::vector<Part>> && !StateNumbers<std::string>);

TEST_CASE("What is saved of an object makes another of its type the same", "[state]") {
  Whole source = filled();
  const SavedState saved = save_state(source);
  Whole copy;
  CHECK(save_state(copy) != saved);
  restore_state(copy, saved);
  CHECK(save_state(copy) == saved);
  CHECK(copy.matrix == source.matrix);
  CHECK(copy.count == source.count);
  CHECK(copy.flag);
  CHECK(copy.parts[1].parameters_ == source.parts[1].parameters_);
  CHECK(copy.workspace == 0);
  for (int i = 0; i < 7; ++i) CHECK(copy.generator.normal() == source.generator.normal());
}

TEST_CASE("Entries are named by where they stand, with type and shape", "[state]") {
  const SavedState saved = save_state(filled());
  const auto text = [](const StateEntry& entry) {
    return message(entry.path, ' ', entry.type, ' ', entry.rows, 'x', entry.cols, ' ', entry.bytes.size());
  };
  std::vector<std::string> all;
  for (const StateEntry& entry : saved) all.push_back(text(entry));
  CHECK(all == std::vector<std::string>{"number float64 1x1 8", "flag bool 1x1 1", "count uint64 1x1 8",
                                        "matrix float64 2x3 48", "row float32 1x0 0", "words uint32 2x1 8",
                                        "numbers int64 2x1 16", "parts.0.parameters float32 2x1 8",
                                        "parts.1.parameters float32 2x1 8", "generator.key uint32 2x1 8",
                                        "generator.counter uint32 4x1 16", "generator.used uint32 1x1 4",
                                        "generator.has_spare_normal bool 1x1 1", "generator.spare_normal float64 1x1 8",
                                        "generator.block uint32 4x1 16"});
}

TEST_CASE("What does not fit is refused by name, and nothing is restored", "[state]") {
  const SavedState saved = save_state(filled());
  Whole whole;
  const SavedState before = save_state(whole);
  const auto refuses = [&](const std::string& text, auto&& spoil) {
    SavedState spoiled = saved;
    spoil(spoiled);
    CHECK_THROWS_WITH(restore_state(whole, spoiled), Contains(text));
    CHECK(save_state(whole) == before);
  };
  refuses("expected \"generator.block\", found none", [](SavedState& state) { state.pop_back(); });
  refuses("\"more\" belongs to something else", [](SavedState& state) { state.push_back(state_entry("more", 1.0)); });
  refuses("\"count\" is there twice", [](SavedState& state) { state.push_back(state[2]); });
  refuses("\"matrix\": expected 2x3 numbers of type float64, found 3x2",
          [](SavedState& state) { std::swap(state[3].rows, state[3].cols); });
  refuses("expected \"count\"", [](SavedState& state) { state[2].path = "counts"; });
  refuses("numbers of type int64", [](SavedState& state) { state[2].type = "int64"; });
  refuses("\"number\"", [](SavedState& state) { state[0].bytes.pop_back(); });
  refuses("true or false in \"flag\", found 2", [](SavedState& state) { state[1].bytes[0] = std::byte{2}; });
}

TEST_CASE("The entries may come in any order", "[state]") {
  const Whole source = filled();
  SavedState saved = save_state(source);
  std::ranges::reverse(saved);
  Whole copy;
  restore_state(copy, saved);
  CHECK(save_state(copy) == save_state(source));
}

TEST_CASE("An entry gives its numbers back, in their own type only", "[state]") {
  const Matrix<float> numbers = Matrix<float>::Random(2, 3);
  const StateEntry entry = state_entry("numbers", numbers);
  CHECK(entry.path == "numbers");
  const std::vector<float> found = numbers_of<float>(entry);
  CHECK(std::equal(found.begin(), found.end(), numbers.data(), numbers.data() + numbers.size()));
  CHECK_THROWS_WITH(numbers_of<double>(entry), Contains("\"numbers\"") && Contains("float64"));
}

TEST_CASE("The states of parts are joined by their names and split again", "[state]") {
  const SavedParts parts{{"one", save_state(filled())}, {"two", save_state(Generator(3))}, {"three", {}}};
  const SavedState whole = join_parts(parts);
  CHECK(whole.front().path == "one.number");
  CHECK(whole.back().path == "two.block");
  CHECK(split_parts(whole, {"one", "two", "three"}) == parts);
  CHECK_THROWS_WITH(split_parts(whole, {"one", "three"}), Contains("entries of one, three, found \"two.key\""));
  CHECK_THROWS_AS(split_parts(save_state(filled()), {"one"}), DataError);
  CHECK(split_parts({}, {"one"}) == SavedParts{{"one", {}}});
}

}  // namespace state_test
