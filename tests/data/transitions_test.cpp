#include "holdfast/data/transitions.hpp"

#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "holdfast/concepts.hpp"
#include "support/allocations.hpp"

namespace transitions_test {

using namespace holdfast;
using Catch::Matchers::Contains;
using fixture::chain;
using fixture::list;

using Numbers = std::vector<double>;

static_assert(IsDataset<Transitions<float>>);
static_assert(IsDataset<Transitions<double>>);
static_assert(std::is_aggregate_v<Transitions<float, ActionIndices>>);

TEST_CASE("a gathered batch holds the chosen transitions in the order asked for") {
  const auto data = chain<double>({0, 0, 1, 0}, {0, 1, 0, 0});
  Batch<double> batch;
  data.gather(std::vector<Index>{2, 0, 2, 1}, 0.9, batch);
  CHECK(batch.size() == 4);
  CHECK(list(batch.observations.row(0)) == Numbers{2, 0, 2, 1});
  CHECK(list(batch.observations.row(1)) == Numbers{102, 100, 102, 101});
  CHECK(list(batch.actions) == Numbers{0.02, 0, 0.02, 0.01});
  CHECK(list(batch.rewards) == Numbers{3, 1, 3, 2});
  CHECK(list(batch.next_observations.row(0)) == Numbers{3, 1, 3, 2});
  // A terminal (row 2) stops the bootstrap, a timeout (row 1) does not.
  CHECK(list(batch.continuation) == Numbers{0, 0.9, 0, 0.9});
}

TEST_CASE("gathering again reuses the batch, also after another shape") {
  const auto data = chain<float>({0, 0, 0}, {0, 0, 0});
  Batch<float> batch;
  data.gather(std::vector<Index>{0, 1, 2}, 1, batch);
  const float* storage = batch.observations.data();
  data.gather(std::vector<Index>{2, 2, 1}, 1, batch);
  CHECK(batch.observations.data() == storage);
  data.gather(std::vector<Index>{1}, 1, batch);
  CHECK(batch.size() == 1);
  CHECK(list(batch.rewards) == Numbers{2});
}

TEST_CASE("a cast holds the same transitions in another precision, with dense observations") {
  auto data = chain<double>({0, 0, 1}, {0, 1, 0});
  data.returns_to_go = (Row<double>(3) << 6, 5, 3).finished();
  const auto single = data.cast<float>();
  static_assert(std::same_as<decltype(single), const Transitions<float>>);
  CHECK(single.observations == data.observations.cast<float>());
  CHECK(single.actions == data.actions.cast<float>());
  CHECK((single.rewards == data.rewards.cast<float>()).all());
  CHECK(single.next_observations == data.next_observations.cast<float>());
  CHECK((single.terminals == data.terminals).all());
  CHECK((single.timeouts == data.timeouts).all());
  CHECK(list(single.returns_to_go) == Numbers{6, 5, 3});
  CHECK(single.next_actions.size() == 0);

  Transitions<double, ActionIndices, SparseMatrix<double>> sparse;
  sparse.observations = Matrix<double>::Identity(3, 3).sparseView();
  sparse.next_observations = sparse.observations;
  sparse.actions = (ActionIndices(3) << 1, 0, 3).finished();
  sparse.rewards = data.rewards;
  sparse.terminals = data.terminals;
  sparse.timeouts = data.timeouts;
  sparse.action_count = 4;
  const auto dense = sparse.cast<float>();
  static_assert(std::same_as<decltype(dense), const Transitions<float, ActionIndices>>);
  CHECK(dense.observations == Matrix<float>::Identity(3, 3));
  CHECK(dense.actions == sparse.actions);
  CHECK(dense.action_size() == 4);
  CHECK_NOTHROW(dense.validate());
}

TEST_CASE("optional columns are gathered, selected, resized and checked where they are there, and absent otherwise") {
  auto data = chain<double>({0, 0, 1}, {0, 0, 0});
  Batch<double> batch;
  data.gather(std::vector<Index>{0, 1}, 1, batch);
  CHECK(batch.returns_to_go.size() == 0);
  CHECK(batch.next_actions.size() == 0);

  data.returns_to_go = (Row<double>(3) << 6, 5, 3).finished();
  data.next_actions = (Matrix<double>(1, 3) << 0.1, 0.2, 0.3).finished();
  data.validate();
  data.gather(std::vector<Index>{2, 0}, 1, batch);
  CHECK(list(batch.returns_to_go) == Numbers{3, 6});
  CHECK(list(batch.next_actions) == Numbers{0.3, 0.1});
  CHECK(list(data.select(std::vector<Index>{1}).returns_to_go) == Numbers{5});

  auto spoilt = data;
  spoilt.returns_to_go(1) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(spoilt.validate(), Contains("returns_to_go: expected finite numbers, found inf in row 1"));
  spoilt = data;
  spoilt.next_actions.resize(2, 3);
  CHECK_THROWS_WITH(spoilt.validate(), Contains("next_actions: expected 3 rows of 1, found 3 of 2"));

  data.resize(2);
  CHECK(list(data.returns_to_go) == Numbers{6, 5});
  chain<double>({0}, {0}).gather(std::vector<Index>{0}, 1, batch);
  CHECK(batch.returns_to_go.size() == 0);  // nothing is left of the previous batch
}

TEST_CASE("appended transitions stand after the last, with every column") {
  auto data = chain<double>({0, 1}, {0, 0});
  auto more = chain<double>({0, 0, 0}, {0, 0, 1});
  data.append(more);
  CHECK(data.size() == 5);
  CHECK(list(data.rewards) == Numbers{1, 2, 1, 2, 3});
  CHECK(list(data.observations.row(1)) == Numbers{100, 101, 100, 101, 102});
  CHECK(list(data.timeouts) == Numbers{0, 0, 0, 0, 1});
  CHECK(fixture::same_bits(data.select(std::vector<Index>{2, 3, 4}), more));

  more.append(more);
  CHECK(list(more.rewards) == Numbers{1, 2, 3, 1, 2, 3});
  more.resize(3);
  auto few = fixture::finite_chain<double>({0}, {0}, 3);
  CHECK_THROWS_WITH(few.append(fixture::finite_chain<double>({0}, {0}, 4)), Contains("action_count: expected 3"));

  auto logged = chain<double>({0}, {0});
  logged.action_log_probs.setZero(1);
  const auto before = logged;
  CHECK_THROWS_WITH(logged.append(more), Contains("action_log_probs: expected 3 rows of 1 to append, found 0 of 1"));
  CHECK(fixture::same_bits(logged, before));
  more.observations.conservativeResize(1, 3);
  CHECK_THROWS_WITH(data.append(more), Contains("observations: expected 3 rows of 2 to append, found 3 of 1"));
}

TEST_CASE("the list of columns names each once, with its path in files") {
  using Data = Transitions<float, ActionIndices>;
  std::vector<std::string> names;
  std::vector<std::string> paths;
  Data::for_each_column([&](auto column) {
    names.emplace_back(column.name);
    if (column.path != nullptr) paths.emplace_back(column.path);
  });
  CHECK(names == std::vector<std::string>{"observations", "actions", "rewards", "next_observations", "terminals",
                                          "timeouts", "action_log_probs", "returns_to_go", "next_actions"});
  CHECK(paths == std::vector<std::string>{"observations", "actions", "rewards", "next_observations", "terminals",
                                          "timeouts", "infos/action_log_probs"});
}

TEST_CASE("selection keeps every field of the chosen rows") {
  auto data = chain<double>({0, 1, 0}, {0, 0, 1});
  CHECK(fixture::same_bits(data.select(std::vector<Index>{0, 1, 2}), data));
  data.action_log_probs.resize(3);
  data.action_log_probs << -1, -2, -3;
  const auto chosen = data.select(std::vector<Index>{2, 1});
  CHECK(list(chosen.rewards) == Numbers{3, 2});
  CHECK(list(chosen.actions) == Numbers{0.02, 0.01});
  CHECK(list(chosen.observations.row(1)) == Numbers{102, 101});
  CHECK(list(chosen.next_observations.row(1)) == Numbers{103, 102});
  CHECK(list(chosen.terminals) == Numbers{0, 1});
  CHECK(list(chosen.timeouts) == Numbers{1, 0});
  CHECK(list(chosen.action_log_probs) == Numbers{-3, -2});
}

TEST_CASE("resizing keeps the first transitions") {
  auto data = chain<float>({0, 0, 1}, {0, 1, 0});
  const auto first_two = data.select(std::vector<Index>{0, 1});
  data.resize(100);
  CHECK(data.size() == 100);
  data.resize(2);
  CHECK(fixture::same_bits(data, first_two));
}

TEST_CASE("the reward range is that of the data") {
  auto data = chain<float>({0, 0, 0}, {0, 0, 0});
  data.rewards << 2, -5, 1;
  CHECK(data.reward_range().lowest == -5);
  CHECK(data.reward_range().highest == 2);
  CHECK_THROWS_AS(Transitions<float>{}.reward_range(), DataError);
}

TEST_CASE("validation names the field, what was expected and what was found") {
  auto data = chain<double>({0, 0, 1}, {0, 1, 0});
  data.action_log_probs = Row<double>::Zero(3);
  CHECK_NOTHROW(data.validate());

  SECTION("no transitions") {
    data.observations.resize(2, 0);
    CHECK_THROWS_WITH(data.validate(), Contains("observations") && Contains("at least one transition"));
  }
  SECTION("no observation features") {
    data.observations.resize(0, 3);
    CHECK_THROWS_WITH(data.validate(), Contains("observations") && Contains("at least one feature"));
  }
  SECTION("no action features") {
    data.actions.resize(0, 3);
    CHECK_THROWS_WITH(data.validate(), Contains("actions") && Contains("at least one feature"));
  }
  SECTION("lengths differ") {
    data.rewards.resize(2);
    CHECK_THROWS_WITH(data.validate(), Contains("rewards") && Contains("expected 3") && Contains("found 2"));
  }
  SECTION("actions too short") {
    data.actions.conservativeResize(Eigen::NoChange, 1);
    CHECK_THROWS_WITH(data.validate(), Contains("actions") && Contains("expected 3") && Contains("found 1"));
  }
  SECTION("next observations of another size") {
    data.next_observations.resize(5, 3);
    CHECK_THROWS_WITH(data.validate(), Contains("next_observations") && Contains("of 2") && Contains("of 5"));
  }
  SECTION("flags too short") {
    data.timeouts.resize(1);
    CHECK_THROWS_WITH(data.validate(), Contains("timeouts") && Contains("expected 3") && Contains("found 1"));
  }
  SECTION("a flag that is neither 0 nor 1") {
    data.terminals(1) = 2;
    CHECK_THROWS_WITH(data.validate(), Contains("terminals") && Contains("found 2 in row 1"));
  }
  SECTION("log-probabilities for some only") {
    data.action_log_probs.resize(2);
    CHECK_THROWS_WITH(data.validate(), Contains("action_log_probs") && Contains("found 2"));
  }
  SECTION("not a number") {
    data.observations(1, 2) = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(data.validate(), Contains("observations: ") && Contains("nan in row 2, feature 1"));
  }
  SECTION("infinite, in each other field") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    auto broken = data;
    broken.rewards(1) = -infinity;
    CHECK_THROWS_WITH(broken.validate(), Contains("rewards: ") && Contains("-inf in row 1"));
    broken = data;
    broken.actions(0, 1) = infinity;
    CHECK_THROWS_WITH(broken.validate(), Contains("actions: ") && Contains("inf in row 1"));
    broken = data;
    broken.next_observations(0, 1) = infinity;
    CHECK_THROWS_WITH(broken.validate(), Contains("next_observations: ") && Contains("inf in row 1"));
    broken = data;
    broken.action_log_probs(1) = -infinity;
    CHECK_THROWS_WITH(broken.validate(), Contains("action_log_probs: ") && Contains("-inf in row 1"));
  }
}

TEST_CASE("actions of a finite set are gathered as their numbers") {
  const auto data = fixture::finite_chain<double>({0, 0, 1, 0}, {0, 1, 0, 0}, 5);
  CHECK(data.action_size() == 5);
  Batch<double, ActionIndices> batch;
  data.gather(std::vector<Index>{2, 0, 3}, 0.9, batch);
  CHECK(list(batch.actions) == Numbers{2, 0, 3});
  CHECK(list(batch.observations.row(1)) == Numbers{102, 100, 103});
  CHECK(list(batch.continuation) == Numbers{0, 0.9, 0.9});

  const auto chosen = data.select(std::vector<Index>{3, 1});
  CHECK(list(chosen.actions) == Numbers{3, 1});
  CHECK(chosen.action_size() == 5);
  CHECK_NOTHROW(chosen.validate());
}

TEMPLATE_TEST_CASE("sparse observations are gathered dense, chosen and resized sparse", "", float, double) {
  using S = TestType;
  auto data = fixture::sparse_chain<S>({0, 0, 1, 0}, {0, 1, 0, 0}, 5);
  data.observations.coeffRef(4, 1) = 2;  // uncompressed from here on
  CHECK_NOTHROW(data.validate());
  CHECK(data.observation_size() == 5);
  Batch<S, ActionIndices> batch;
  data.gather(std::vector<Index>{1, 3, 1}, 0.9, batch);
  CHECK(list(batch.observations.col(0)) == Numbers{0, 1, 0, 0, 2});
  CHECK(list(batch.observations.col(1)) == Numbers{0, 0, 0, 1, 0});
  CHECK(batch.observations.col(2) == batch.observations.col(0));
  CHECK(list(batch.next_observations.col(1)) == Numbers{0, 0, 0, 0, 1});
  const S* storage = batch.observations.data();
  const std::vector<Index> again{0, 0, 0};
  const long count = holdfast::testing::allocations_of([&] { data.gather(again, 0.9, batch); });
  CHECK(count == 0);
  CHECK(batch.observations.data() == storage);
  CHECK(list(batch.observations.col(2)) == Numbers{1, 0, 0, 0, 0});

  const auto chosen = data.select(std::vector<Index>{1, 0});
  CHECK_NOTHROW(chosen.validate());
  CHECK(chosen.observations.isCompressed());
  CHECK(Matrix<S>(chosen.observations) == Matrix<S>{{0, 1}, {1, 0}, {0, 0}, {0, 0}, {2, 0}});
  CHECK(list(chosen.actions) == Numbers{1, 0});

  const Matrix<S> before = Matrix<S>(data.observations);
  data.resize(100);
  CHECK(data.size() == 100);
  CHECK(Matrix<S>(data.observations).leftCols(4) == before);
  data.resize(2);
  CHECK(Matrix<S>(data.observations) == before.leftCols(2));
  CHECK(data.observations.nonZeros() == 3);
  CHECK_NOTHROW(data.validate());
}

TEST_CASE("validation names an action that is not of the finite set") {
  auto data = fixture::finite_chain<float>({0, 0, 1}, {0, 1, 0});
  CHECK_NOTHROW(data.validate());
  SECTION("too high") {
    data.actions(1) = 3;
    CHECK_THROWS_WITH(data.validate(), Contains("actions: expected numbers from 0 to 2, found 3 in row 1"));
  }
  SECTION("negative") {
    data.actions(2) = -1;
    CHECK_THROWS_WITH(data.validate(), Contains("actions: expected numbers from 0 to 2, found -1 in row 2"));
  }
  SECTION("no set") {
    data.action_count = 0;
    CHECK_THROWS_WITH(data.validate(), Contains("action_count: expected at least one action, found 0"));
  }
  SECTION("too few") {
    data.actions.conservativeResize(2);
    CHECK_THROWS_WITH(data.validate(), Contains("actions: expected 3 rows of 1, found 2"));
  }
}

TEST_CASE("validation names what is wrong with sparse observations") {
  auto data = fixture::sparse_chain<double>({0, 0, 1}, {0, 1, 0}, 4);
  SECTION("not finite") {
    data.observations.coeffRef(2, 2) = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(data.validate(), Contains("observations: ") && Contains("inf in row 2, feature 2"));
  }
  SECTION("next observations of another size") {
    data.next_observations.conservativeResize(5, 3);
    CHECK_THROWS_WITH(data.validate(), Contains("next_observations: expected 3 rows of 4, found 3 of 5"));
  }
}

}  // namespace transitions_test
