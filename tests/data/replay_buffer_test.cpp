#include "holdfast/data/replay_buffer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/core/state.hpp"

namespace replay_buffer_test {

using namespace holdfast;
using fixture::list;

using Numbers = std::vector<double>;

static_assert(IsDataset<ReplayBuffer<float>>);

namespace {

/// Adds a transition in which every number identifies `i`; every third is terminal, every fifth a time-out.
template <class S>
void add(ReplayBuffer<S>& buffer, Index i, std::optional<S> log_prob = std::nullopt) {
  const auto x = static_cast<S>(i);
  buffer.add(Vector<S>::Constant(2, x), Vector<S>::Constant(1, x / 2), 10 * x, Vector<S>::Constant(2, x + 1),
             i % 3 == 0, i % 5 == 0, log_prob);
}

}  // namespace

TEST_CASE("a replay buffer holds the newest transitions, oldest first") {
  ReplayBuffer<double> buffer({2, 1}, 4);
  CHECK(buffer.size() == 0);
  CHECK(buffer.transitions().size() == 0);
  for (Index i = 1; i <= 3; ++i) add(buffer, i);
  CHECK(buffer.size() == 3);
  CHECK(list(buffer.transitions().rewards) == Numbers{10, 20, 30});
  for (Index i = 4; i <= 6; ++i) add(buffer, i);
  CHECK(buffer.size() == 4);

  const auto held = buffer.transitions();
  CHECK_NOTHROW(held.validate());
  CHECK(list(held.rewards) == Numbers{30, 40, 50, 60});
  CHECK(list(held.observations.row(1)) == Numbers{3, 4, 5, 6});
  CHECK(list(held.actions) == Numbers{1.5, 2, 2.5, 3});
  CHECK(list(held.next_observations.row(0)) == Numbers{4, 5, 6, 7});
  CHECK(list(held.terminals) == Numbers{1, 0, 0, 1});
  CHECK(list(held.timeouts) == Numbers{0, 0, 1, 0});
  CHECK_FALSE(held.has_action_log_probs());

  for (Index i = 7; i <= 8; ++i) add(buffer, i);  // full exactly at the end of the storage
  CHECK(list(buffer.transitions().rewards) == Numbers{50, 60, 70, 80});
}

TEST_CASE("a replay buffer gathers what it holds") {
  ReplayBuffer<double> buffer({2, 1}, 2);
  for (Index i = 1; i <= 3; ++i) add(buffer, i);
  Batch<double> batch;
  buffer.gather(std::vector<Index>{0, 1}, 0.5, batch);
  // Transition 3, a terminal, took the place of transition 1.
  CHECK(list(batch.rewards) == Numbers{30, 20});
  CHECK(list(batch.continuation) == Numbers{0, 0.5});
}

TEST_CASE("a replay buffer grows beyond its first storage without losing anything") {
  ReplayBuffer<float> buffer({2, 1}, Index{1} << 40);  // would not fit into memory if it were allocated
  for (Index i = 0; i < 5000; ++i) add(buffer, i, std::optional(static_cast<float>(-i)));
  const auto held = buffer.transitions();
  REQUIRE(held.size() == 5000);
  CHECK_NOTHROW(held.validate());
  bool in_order = true;
  for (Index i = 0; i < held.size(); ++i) {
    const auto x = static_cast<float>(i);
    in_order = in_order && held.observations(0, i) == x && held.rewards(i) == 10 * x && held.action_log_probs(i) == -x;
  }
  CHECK(in_order);
}

TEST_CASE("a replay buffer rejects what does not fit and stays as it was") {
  ReplayBuffer<double> buffer({2, 1}, 4);
  add(buffer, 1, std::optional(-0.5));
  const auto before = buffer.transitions();
  const Vector<double> two = Vector<double>::Zero(2);
  const Vector<double> one = Vector<double>::Zero(1);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Vector<double> nan = Vector<double>::Constant(2, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_WITH(buffer.add(one, one, 0, two, false, false, -1.0), Contains("observation must be 2"));
  CHECK_THROWS_WITH(buffer.add(two, two, 0, two, false, false, -1.0), Contains("action must be 1"));
  CHECK_THROWS_WITH(buffer.add(two, one, 0, nan, false, false, -1.0), Contains("next_observation") && Contains("nan"));
  CHECK_THROWS_WITH(buffer.add(two, one, infinity, two, false, false, -1.0), Contains("reward") && Contains("inf"));
  CHECK_THROWS_WITH(buffer.add(two, one, 0, two, false, false), Contains("log_prob"));
  CHECK_THROWS_WITH(buffer.add(two, one, 0, two, false, false, nan(0)), Contains("log_prob must be finite"));
  CHECK(fixture::same_bits(buffer.transitions(), before));

  ReplayBuffer<double> without({2, 1}, 4);
  add(without, 1);
  CHECK_THROWS_AS(add(without, 2, std::optional(-1.0)), DataError);
}

TEST_CASE("a replay buffer needs positive sizes and capacity") {
  CHECK_THROWS_WITH(ReplayBuffer<float>({0, 1}, 4), Contains("observation size must be positive"));
  CHECK_THROWS_WITH(ReplayBuffer<float>({1, 0}, 4), Contains("action size must be positive"));
  CHECK_THROWS_WITH(ReplayBuffer<float>({1, 1}, 0), Contains("capacity must be positive"));
}

TEST_CASE("a replay buffer holds the actions of a finite set by their numbers") {
  ReplayBuffer<double, ActionIndices> buffer({2, 3}, 4);
  CHECK(buffer.action_size() == 3);
  const auto add_action = [&](Index action) {
    const auto x = static_cast<double>(buffer.size());
    buffer.add(Vector<double>::Constant(2, x), action, x, Vector<double>::Constant(2, x + 1), false, false, -1.0);
  };
  for (const Index action : {0, 2, 1, 0, 2}) add_action(action);
  const Transitions<double, ActionIndices> held = buffer.transitions();
  CHECK_NOTHROW(held.validate());
  CHECK(list(held.actions) == Numbers{2, 1, 0, 2});
  CHECK(held.action_size() == 3);

  CHECK_THROWS_WITH(add_action(3), Contains("action must be from 0 to 2, but is 3"));
  CHECK_THROWS_WITH(add_action(-1), Contains("action must be from 0 to 2, but is -1"));
  CHECK(fixture::same_bits(buffer.transitions(), held));

  Batch<double, ActionIndices> batch;
  buffer.gather(std::vector<Index>{1, 2}, 0.5, batch);
  CHECK(list(batch.actions) == Numbers{2, 1});
  CHECK_THROWS_WITH((ReplayBuffer<float, ActionIndices>({1, 0}, 4)), Contains("action size must be positive"));
}

TEST_CASE("a replay buffer goes on from its saved state") {
  for (const Index size : {0, 3, 4, 6, 8, 9}) {  // empty, filling, full, wrapped round once and twice
    CAPTURE(size);
    for (const bool with_log_probs : {false, true}) {
      const auto log_prob = [&](Index i) {
        return with_log_probs ? std::optional(-static_cast<double>(i)) : std::nullopt;
      };
      ReplayBuffer<double> buffer({2, 1}, 4);
      for (Index i = 1; i <= size; ++i) add(buffer, i, log_prob(i));
      ReplayBuffer<double> other({2, 1}, 4);
      for (Index i = 1; i <= 3; ++i) add(other, 100 + i, with_log_probs ? std::nullopt : std::optional(0.0));
      const SavedState saved = buffer.saved_state();
      SavedState reversed = saved;  // the order of the entries does not matter
      std::ranges::reverse(reversed);
      restore_state(other, reversed);
      CHECK(other.saved_state() == saved);
      CHECK(other.size() == buffer.size());
      CHECK(fixture::same_bits(other.transitions(), buffer.transitions()));
      for (Index i = size + 1; i <= size + 5; ++i) {
        add(buffer, i, log_prob(i));
        add(other, i, log_prob(i));
        CHECK(other.saved_state() == buffer.saved_state());
      }
      CHECK(fixture::same_bits(other.transitions(), buffer.transitions()));
    }
  }
}

TEST_CASE("only the rows in use of a replay buffer are saved, and it grows on after it is restored") {
  ReplayBuffer<float> buffer({2, 1}, Index{1} << 40);
  for (Index i = 0; i < 1500; ++i) add(buffer, i);
  ReplayBuffer<float> restored({2, 1}, Index{1} << 40);
  restore_state(restored, buffer.saved_state());
  std::size_t bytes = 0;
  for (const StateEntry& entry : buffer.saved_state()) bytes += entry.bytes.size();
  CHECK(bytes == 4 * sizeof(Index) + 1 + 1500 * (6 * sizeof(float) + 2));
  for (Index i = 1500; i < 5000; ++i) {
    add(buffer, i);
    add(restored, i);
  }
  CHECK(restored.saved_state() == buffer.saved_state());
}

TEST_CASE("a replay buffer refuses the state of another by what differs, and stays as it was") {
  ReplayBuffer<double> buffer({2, 1}, 4);
  add(buffer, 1);
  const SavedState before = buffer.saved_state();
  const auto refuses = [&](const SavedState& saved, const std::string& text) {
    CHECK_THROWS_WITH(restore_state(buffer, saved), Contains(text));
    CHECK_THROWS_AS(restore_state(buffer, saved), DataError);
    CHECK(buffer.saved_state() == before);
  };
  refuses(ReplayBuffer<double>({2, 1}, 5).saved_state(), "a replay buffer of capacity 4, found 5");
  refuses(ReplayBuffer<double>({2, 2}, 4).saved_state(), "a replay buffer of action size 1, found 2");
  refuses(ReplayBuffer<double>({3, 1}, 4).saved_state(), "\"observations\": expected 2x0");
  refuses(ReplayBuffer<float>({2, 1}, 4).saved_state(), "type float64");
  refuses(ReplayBuffer<double, ActionIndices>({2, 1}, 4).saved_state(), "type int64");
  refuses({}, "expected \"extent.capacity\", found none");

  const auto spoiled = [&](std::size_t entry, auto value) {
    SavedState saved = before;
    std::ranges::copy(std::as_bytes(std::span(&value, 1)), saved[entry].bytes.begin());
    return saved;
  };
  REQUIRE(before[2].path == "extent.size");
  refuses(spoiled(2, Index{-1}), "a replay buffer of size 0, found -1");
  refuses(spoiled(2, Index{5}), "a replay buffer of size 4, found 5");
  refuses(spoiled(2, Index{2}), "a replay buffer of next place 2, found 1");
  refuses(spoiled(3, Index{-1}), "a replay buffer of next place 1, found -1");
  refuses(spoiled(4, true), "expected \"action_log_probs\", found none");
  REQUIRE(before[5].path == "observations");
  refuses(spoiled(5, std::numeric_limits<double>::infinity()), "observations: expected finite numbers, found inf");
  REQUIRE(before[9].path == "terminals");
  refuses(spoiled(9, std::uint8_t{2}), "terminals: expected 0 or 1, found 2");
  SavedState cut = before;
  cut.resize(5);
  refuses(cut, "expected columns of a replay buffer, found none");
  SavedState short_of_one = before;
  short_of_one[6].cols = 0;
  refuses(short_of_one, "\"actions\": expected 1 columns, found 0");
}

TEST_CASE("a replay buffer of finite actions is restored, but not with actions that it has not") {
  ReplayBuffer<double, ActionIndices> buffer({1, 3}, 4);
  for (const Index action : {0, 2, 1, 0, 2})
    buffer.add(Vector<double>::Ones(1), action, 1, Vector<double>::Ones(1), false, false);
  ReplayBuffer<double, ActionIndices> other({1, 3}, 4);
  restore_state(other, buffer.saved_state());
  CHECK(list(other.transitions().actions) == Numbers{2, 1, 0, 2});
  ReplayBuffer<double, ActionIndices> fewer({1, 2}, 4);
  CHECK_THROWS_WITH(restore_state(fewer, buffer.saved_state()), Contains("action size 2, found 3"));
  SavedState wrong = buffer.saved_state();
  REQUIRE(wrong[6].path == "actions");
  wrong[6].bytes[0] = std::byte{3};
  CHECK_THROWS_WITH(restore_state(other, wrong), Contains("actions: expected numbers from 0 to 2, found 3"));
}

}  // namespace replay_buffer_test
