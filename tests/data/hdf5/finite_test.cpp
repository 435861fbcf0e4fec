#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/data/trajectories.hpp"

namespace hdf5_finite_test {

using namespace holdfast;
using fixture::list;
using fixture::TemporaryDirectory;
using hdf5::Writer;

using Numbers = std::vector<double>;

namespace {

/// Returns the path of a file that h5py and SciPy wrote (tests/data/files, made by make.py there).
std::string file(const std::string& name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "files" / name).string();
}

/// Writes a file of `rows` steps, the last one terminal, whose observations and actions `write` writes.
template <class Write>
void write_steps(const std::string& path, Index rows, Write&& write) {
  Writer output(path);
  output.write("rewards", Row<float>::LinSpaced(rows, 1, static_cast<float>(rows)));
  Flags terminals = Flags::Zero(rows);
  if (rows > 0) terminals(rows - 1) = 1;
  output.write_flags("terminals", terminals);
  output.write_flags("timeouts", Flags::Zero(rows));
  write(output);
  output.commit();
}

/// Returns the message that read_d4rl fails with, "" if it does not fail.
template <class Observations = Matrix<double>>
std::string failure(const std::string& path, const D4rlOptions& options = {}) {
  try {
    (void)read_d4rl<ActionIndices, Observations>(path, options);
    return "";
  } catch (const DataError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find(path) == 0);
    return text;
  }
}

/// Returns random steps among `states` states, observed as one-hot.
template <class S>
Transitions<S, ActionIndices> random_steps(Index size, Index states) {
  Generator generator(7);
  Transitions<S, ActionIndices> data;
  data.resize(size);
  data.action_count = 6;  // the last of them never taken
  ActionIndices numbers(size);
  for (Index& number : numbers) number = generator.index(states);
  data.observations = one_hot<S>(numbers, states);
  for (Index& number : numbers) number = generator.index(states);
  data.next_observations = one_hot<S>(numbers, states);
  for (Index& action : data.actions) action = generator.index(5);
  generator.fill_normal(data.rewards);
  for (Index i = 0; i < size; ++i) {
    data.terminals(i) = generator.index(5) == 0;
    data.timeouts(i) = generator.index(5) == 0;
  }
  return data;
}

template <class S>
Transitions<S, ActionIndices, SparseMatrix<S>> sparse(const Transitions<S, ActionIndices>& data) {
  Transitions<S, ActionIndices, SparseMatrix<S>> same;
  same.observations = data.observations.sparseView();
  same.actions = data.actions;
  same.rewards = data.rewards;
  same.next_observations = data.next_observations.sparseView();
  same.terminals = data.terminals;
  same.timeouts = data.timeouts;
  same.action_log_probs = data.action_log_probs;
  same.action_count = data.action_count;
  return same;
}

}  // namespace

TEMPLATE_TEST_CASE("finite actions, dense and sparse observations are read back bit for bit", "", float, double) {
  using S = TestType;
  const TemporaryDirectory directory;
  auto data = random_steps<S>(3000, 7);
  write_d4rl(directory / "dense.hdf5", data, {{"algorithm", "DQN"}});
  CHECK(fixture::same_bits(read_d4rl<ActionIndices, Matrix<S>>(directory / "dense.hdf5"), data));
  data.action_log_probs = -data.rewards.abs();
  Generator generator(8);
  generator.fill_normal(data.observations);
  write_d4rl(directory / "dense.hdf5", data);
  CHECK(fixture::same_bits(read_d4rl<ActionIndices, Matrix<S>>(directory / "dense.hdf5"), data));

  write_d4rl(directory / "sparse.hdf5", sparse(data));
  const auto back = read_d4rl<ActionIndices, SparseMatrix<S>>(directory / "sparse.hdf5");
  CHECK(fixture::same_bits(back, sparse(data)));
  CHECK(fixture::same_bits(read_d4rl<ActionIndices, Matrix<S>>(directory / "sparse.hdf5"), data));
  CHECK(fixture::same_bits(read_d4rl<ActionIndices, SparseMatrix<S>>(directory / "dense.hdf5"), sparse(data)));
}

TEST_CASE("how many actions there are is in the file, whatever its metadata said") {
  const TemporaryDirectory directory;
  const auto data = random_steps<float>(50, 3);
  write_d4rl(directory / "d.hdf5", data, {{"action_count", "2"}, {"note", "kept"}});
  CHECK(hdf5::Reader(directory / "d.hdf5").info("actions").type == "int64");
  CHECK(hdf5::Reader(directory / "d.hdf5").info("actions").shape == std::vector<std::size_t>{50});
  CHECK(read_metadata(directory / "d.hdf5") ==
        std::map<std::string, std::string>{{"action_count", "6"}, {"note", "kept"}});
  CHECK(read_d4rl<ActionIndices>(directory / "d.hdf5", {.action_count = 9}).action_size() == 9);
  CHECK_THAT(failure(directory / "d.hdf5", {.action_count = 4}), Contains("actions: expected numbers from 0 to 3, "));
}

TEST_CASE("a file is written with the metadata of the one it was read from, and read back") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  write_steps(path, 3, [](Writer& output) {
    output.write("observations", Row<int>{{0, 2, 1}});
    output.write("actions", Row<int>{{0, 1, 0}});
    output.write_number("metadata/action_count", 5);
    output.write_number("metadata/state_count", 4);
    output.write_text("metadata/note", "kept");
  });
  const auto data = read_d4rl<ActionIndices, Matrix<double>>(path);
  const std::string copy = directory / "copy.hdf5";
  write_d4rl(copy, data, read_metadata(path));
  CHECK(fixture::same_bits(read_d4rl<ActionIndices, Matrix<double>>(copy), data));
  CHECK(read_metadata(copy) == std::map<std::string, std::string>{{"action_count", "5"}, {"note", "kept"}});
  write_d4rl(copy, sparse(data), read_metadata(path));
  CHECK(fixture::same_bits(read_d4rl<ActionIndices, SparseMatrix<double>>(copy), sparse(data)));

  // Continuous actions with one feature, so that only the metadata could make them numbers of a finite set.
  const auto continuous = fixture::chain<double>({0, 0}, {0, 1});
  write_d4rl(copy, continuous, read_metadata(path));
  CHECK_FALSE(has_finite_actions(copy));
  CHECK(fixture::same_bits(read_d4rl<Matrix<double>>(copy), continuous));
}

TEST_CASE("states that are numbers become one-hot, as Gymnasium's are recorded") {
  const auto data = read_d4rl<ActionIndices, Matrix<double>>(file("discrete.hdf5"));
  CHECK(data.observations == one_hot<double>(ActionIndices{{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1}}, 5));
  CHECK(data.next_observations == one_hot<double>(ActionIndices{{1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2}}, 5));
  CHECK(list(data.actions) == Numbers{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});
  CHECK(data.action_size() == 3);
  CHECK(returns(data) == Numbers{1 + 2 + 3, 4 + 5, 6 + 7 + 8, 9 + 10, 11 + 12});
  CHECK(read_d4rl<ActionIndices, Matrix<double>>(file("discrete.hdf5"), {.state_count = 7}).observation_size() == 7);
  CHECK_THAT(failure(file("discrete.hdf5"), {.state_count = 4}),
             Contains("observations: expected states from 0 to 3, found 4 in row 4; correct it, or state_count"));
  const auto held = read_d4rl<ActionIndices, SparseMatrix<double>>(file("discrete.hdf5"));
  CHECK(fixture::same_bits(held, sparse(data)));
}

TEST_CASE("SciPy's sparse rows are read, sparse or dense") {
  const auto states = read_d4rl<ActionIndices>(file("sparse_states.hdf5"));
  CHECK(states.observations == one_hot<float>(ActionIndices{{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1}}, 6));
  CHECK(states.action_size() == 4);
  CHECK(list(states.actions) == Numbers{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});

  const auto bags = read_d4rl<ActionIndices, SparseMatrix<double>>(file("bags.hdf5"));
  Matrix<double> expected = Matrix<double>::Zero(8, 12);
  expected(7, 0) = 2;
  expected(0, 0) = 1;
  expected(1, 1) = 0.5;
  expected(7, 4) = 3;
  CHECK(Matrix<double>(bags.observations) == expected);
  CHECK(bags.observations.nonZeros() == 4);
  Batch<double, ActionIndices> batch;
  bags.gather(std::vector<Index>{4, 0}, 0.9, batch);
  CHECK(batch.observations.col(0) == expected.col(4));
  CHECK(batch.observations.col(1) == expected.col(0));
}

TEST_CASE("without next observations finite data loses the rows of unknown successor, of every form") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const ActionIndices states{{2, 0, 1, 2}};
  const auto check = [&] {
    const auto data = read_d4rl<ActionIndices, Matrix<double>>(path, {.max_episode_steps = 2});
    CHECK(fixture::same_bits(read_d4rl<ActionIndices, SparseMatrix<double>>(path, {.max_episode_steps = 2}),
                             sparse(data)));
    CHECK(data.observations == one_hot<double>(ActionIndices{{2, 0, 1, 2}}, 3));
    CHECK(data.next_observations == one_hot<double>(ActionIndices{{0, 1, 2, 2}}, 3));
    CHECK(list(data.actions) == Numbers{0, 1, 0, 1});
  };
  const auto with = [&](const auto& write_observations) {
    write_steps(path, 4, [&](Writer& output) {
      output.write("actions", ActionIndices{{0, 1, 0, 1}});
      write_observations(output);
    });
  };
  with([&](Writer& output) { output.write("observations", states); });
  check();
  with([&](Writer& output) { output.write("observations", one_hot<float>(states, 3)); });
  check();
  with([&](Writer& output) { hdf5::write_sparse(output, "observations", sparse_one_hot<float>(states, 3)); });
  check();
  // Row 1 is a time-out whose successor is not in the file: it is dropped, and row 0 becomes the end.
  Writer output(path);
  output.write("observations", states);
  output.write("actions", ActionIndices{{0, 1, 0, 1}});
  output.write("rewards", Row<float>::Ones(4));
  output.write_flags("terminals", Flags::Zero(4));
  output.commit();
  const auto counted = read_d4rl<ActionIndices, SparseMatrix<double>>(path, {.max_episode_steps = 2});
  CHECK(Matrix<double>(counted.next_observations) == one_hot<double>(ActionIndices{{0, 2}}, 3));
  CHECK(list(counted.timeouts) == Numbers{1, 1});
  CHECK(counted.action_size() == 2);
}

TEMPLATE_TEST_CASE("actions may be of any numeric type, N or N×1, where they are whole", "", signed char, unsigned,
                   Index, float, double) {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const Row<TestType> actions{{0, 3, 1}};
  for (const bool column : {false, true}) {
    write_steps(path, 3, [&](Writer& output) {
      output.write("observations", Matrix<float>::Random(2, 3));
      if (column)
        output.write("actions", Matrix<TestType>(actions.matrix()));
      else
        output.write("actions", actions);
    });
    const auto data = read_d4rl<ActionIndices, Matrix<double>>(path);
    CHECK(list(data.actions) == Numbers{0, 3, 1});
    CHECK(data.action_size() == 4);
    CHECK(has_finite_actions(path) == std::is_integral_v<TestType>);
  }
}

TEST_CASE("a file tells whether its actions are of a finite set") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const auto finite = [&](const auto& write) {
    Writer output(path);
    write(output);
    output.commit();
    return has_finite_actions(path);
  };
  CHECK(finite([](Writer& output) { output.write_flags("actions", fixture::flags({0, 1, 1})); }));
  CHECK(finite([](Writer& output) { output.write("actions", Matrix<int>{{0, 2, 1}}); }));
  CHECK_FALSE(finite([](Writer& output) { output.write("actions", Matrix<int>{{0, -1, 1}}); }));
  // There is no other way to read it.
  CHECK(finite([](Writer& output) { output.write("actions", Row<int>{{0, -1, 1}}); }));
  CHECK_FALSE(finite([](Writer& output) { output.write("actions", Matrix<int>::Zero(2, 3).eval()); }));
  CHECK_FALSE(finite([](Writer& output) { output.write("actions", Row<float>{{0, 1, 1}}); }));
  CHECK_THROWS_WITH(finite([](Writer& output) {
                      output.write("other", Row<float>{{0, 1, 1}});
                    }),
                    Contains("actions: expected a dataset, found none; the file has other"));
}

TEST_CASE("actions that are no numbers of a finite set are told in one line, with the remedy") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const auto with = [&](const auto& actions, const D4rlOptions& options = {}) {
    write_steps(path, 3, [&](Writer& output) {
      output.write("observations", Matrix<float>::Random(2, 3));
      output.write("actions", actions);
    });
    return failure(path, options);
  };
  CHECK_THAT(
      with(Row<float>{{0, 1.5F, 1}}),
      Contains(path + ": actions: expected whole numbers, found 1.5 in row 1; ") && Contains("without action_count"));
  CHECK_THAT(with(Row<double>{{0, 1, std::numeric_limits<double>::quiet_NaN()}}),
             Contains("actions: expected whole numbers, found nan in row 2"));
  CHECK_THAT(with(Row<double>{{0, 1, std::numeric_limits<double>::infinity()}}), Contains("found inf in row 2"));
  CHECK_THAT(with(Row<int>{{0, -1, 1}}), Contains("actions: expected numbers from 0, ") && Contains("-1 in row 1"));
  CHECK_THAT(with(Row<Index>{{0, (Index{1} << 31) - 1, 1}}), Contains("2147483647, found 2.14748e+09 in row 1"));
  CHECK_THAT(with(Row<Index>{{0, Index{1} << 60, 1}}), Contains("actions: expected numbers from 0, "));
  CHECK_THAT(with(Row<int>{{0, 3, 1}}, {.action_count = 3}),
             Contains(path + ": actions: expected numbers from 0 to 2, found 3 in row 1; "));
  CHECK_THAT(with(Matrix<float>::Zero(2, 3).eval()),
             Contains("actions: expected the numbers of a finite set, rows or rows×1, found 3×2; "
                      "continuous actions have no action_count"));
  CHECK_FALSE(has_finite_actions(path));
  CHECK_THAT(with(Row<int>{{0, 1}}), Contains("actions: expected 3 rows of 1, found 2 of 1"));

  CHECK(with(Row<int>{{0, 1, 2}}).empty());
  CHECK(has_finite_actions(path));
  CHECK_THROWS_WITH(read_d4rl(path),
                    Contains("actions: expected the shape rows×features, found 3; store a "
                             "continuous action of one feature as 3×1, and the numbers of a finite set as integers"));
}

TEST_CASE("a count in the file that is none is told") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const auto with = [&](const char* name, auto count) {
    write_steps(path, 3, [&](Writer& output) {
      output.write("observations", Row<int>{{0, 1, 2}});
      output.write("actions", Row<float>{{0, 1, 0}});
      output.write_number(name, count);
    });
    return failure(path);
  };
  CHECK_THAT(with("metadata/action_count", 0),
             Contains(path + ": metadata/action_count: expected a number from 1 to 2147483647, found 0"));
  CHECK_THAT(with("metadata/action_count", 2.5), Contains("metadata/action_count: expected integers, found floating"));
  CHECK_THAT(with("metadata/action_count", 1), Contains("actions: expected numbers from 0 to 0, found 1 in row 1"));
  CHECK(with("metadata/action_count", 5).empty());
  CHECK(has_finite_actions(path));
  CHECK(read_d4rl<ActionIndices>(path).action_size() == 5);
  CHECK_THAT(with("metadata/state_count", 2), Contains("observations: expected states from 0 to 1, found 2 in row 2"));
  CHECK(with("metadata/state_count", 4).empty());
  CHECK(read_d4rl<ActionIndices>(path).observation_size() == 4);
}

TEST_CASE("a single column of features is told from numbers of states") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const auto write = [&](const auto& observations) {
    write_steps(path, 3, [&](Writer& output) {
      output.write("observations", observations);
      output.write("actions", Row<int>{{0, 1, 0}});
    });
  };
  write(Matrix<int>{{0, 2, 1}});
  CHECK(read_d4rl<ActionIndices, Matrix<double>>(path).observations == Matrix<double>{{0, 2, 1}});
  CHECK(read_d4rl<ActionIndices, Matrix<double>>(path, {.state_count = 3}).observations ==
        one_hot<double>(ActionIndices{{0, 2, 1}}, 3));
  write(Row<float>{{0, 0.5F, 1}});
  CHECK_THAT(failure(path), Contains("observations: expected whole numbers, found 0.5 in row 1; give features as a "
                                     "matrix, rows×features"));
  write(Row<int>{{0, -2, 1}});
  CHECK_THAT(failure(path), Contains("observations: expected numbers from 0, ") && Contains("-2 in row 1"));
}

TEST_CASE("what is wrong with the observations of finite data is told in one line") {
  const TemporaryDirectory directory;
  const std::string path = directory / "d.hdf5";
  const auto with = [&](const auto& write, Index rows = 3) {
    write_steps(path, rows, [&](Writer& output) {
      output.write("actions", ActionIndices::Zero(rows).eval());
      write(output);
    });
    CHECK(failure<SparseMatrix<double>>(path) == failure(path));
    return failure(path);
  };
  const auto states = [](const ActionIndices& numbers) { return sparse_one_hot<float>(numbers, 3); };
  CHECK_THAT(with([](Writer&) {}), Contains("observations: expected a dataset, found none; the file has "));
  CHECK_THAT(with([](Writer& output) { output.write("observations", Row<int>()); }, 0),
             Contains("observations: expected at least one transition, found none"));
  CHECK_THAT(with([&](Writer& output) {
               output.write("observations/indptr", Row<int>{{0, 1, 2, 3}});
             }),
             Contains("observations/shape: expected a dataset, found none"));
  CHECK_THAT(with([&](Writer& output) {
               hdf5::write_sparse(output, "observations", states(ActionIndices{{0, 1, 2}}));
               hdf5::write_sparse(output, "next_observations", states(ActionIndices{{0, 1}}));
             }),
             Contains("next_observations: expected 3 rows of 3, found 2 of 3"));
  CHECK_THAT(with([&](Writer& output) {
               SparseMatrix<float> infinite = states(ActionIndices{{0, 1, 2}});
               infinite.coeffRef(1, 1) = std::numeric_limits<float>::infinity();
               hdf5::write_sparse(output, "observations", infinite);
             }),
             Contains(path + ": observations: expected finite numbers, found inf in row 1, feature 1"));
}

TEST_CASE("options of finite data out of range are refused") {
  CHECK_THROWS_AS(read_d4rl<ActionIndices>("unused", {.max_episode_steps = -1}), ConfigError);
  CHECK_THROWS_AS(read_d4rl<ActionIndices>("unused", {.action_count = -1}), ConfigError);
  CHECK_THROWS_AS(read_d4rl<ActionIndices>("unused", {.state_count = -1}), ConfigError);
  CHECK_THROWS_AS(read_d4rl<ActionIndices>("unused", {.state_count = Index{1} << 31}), ConfigError);
}

}  // namespace hdf5_finite_test
