#include "holdfast/training/checkpoint.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/training/any_learner.hpp"
#include "holdfast/training/offline.hpp"
#include "support/random_data.hpp"
#include "support/table.hpp"

using namespace holdfast;
using Catch::Matchers::Contains;

namespace checkpoint_test {

/// Numbers of every type and shape that a state may consist of.
struct Numbers {
  double number = -0.0;
  float tiny = 1e-42F;
  bool flag = true;
  std::uint64_t large = 0xFFFFFFFFFFFFFFFFU;
  std::int8_t small = -7;
  Matrix<float> matrix = Matrix<float>::Random(3, 2);
  Matrix<double> column = Matrix<double>::Random(4, 1);
  Row<double> row = Row<double>::Random(5);
  Row<float> none = Row<float>(0);
  std::vector<Index> indices = {1, -2, 3};
  std::array<std::uint32_t, 4> words = {4, 3, 2, 1};
  Generator generator = Generator(3);

  static void state(auto& self, auto&& visit) {
    visit("number", self.number);
    visit("tiny", self.tiny);
    visit("flag", self.flag);
    visit("large", self.large);
    visit("small", self.small);
    visit("matrix", self.matrix);
    visit("column", self.column);
    visit("row", self.row);
    visit("none", self.none);
    visit("indices", self.indices);
    visit("words", self.words);
    visit("generator", self.generator);
  }
};

TEST_CASE("A checkpoint gives back what was saved, bit by bit", "[checkpoint]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "checkpoint.h5";
  Numbers numbers;
  numbers.generator.normal();
  write_checkpoint(path, {{{"algorithm", "sac"}, {"note", "two\nlines"}}, {{"numbers", save_state(numbers)}}});
  const Checkpoint read = read_checkpoint(path);
  CHECK(read.text("algorithm") == "sac");
  CHECK(read.text("note") == "two\nlines");
  Numbers other;
  other.generator = Generator(4);
  other.matrix.setZero();
  read.restore("numbers", other);
  CHECK(save_state(other) == save_state(numbers));
}

TEST_CASE("A checkpoint keeps a part without entries, and misses an entry that is lost", "[checkpoint]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "checkpoint.h5";
  const SavedState one = {state_entry("step", Vector<float>::Ones(1).eval())};
  write_checkpoint(path, {{}, {{"begun", one}, {"fresh", {}}}});
  CHECK(read_checkpoint(path).parts == std::map<std::string, SavedState>{{"begun", one}, {"fresh", {}}});

  hdf5::Writer lost(folder / "lost.h5");
  lost.write_attribute("format", "holdfast-checkpoint");
  lost.write_attribute("version", "1");
  lost.write_number("entries/begun", Index{1});
  lost.commit();
  CHECK_THROWS_WITH(read_checkpoint(folder / "lost.h5"), Contains("entries/begun: ") && Contains("found 1"));
}

TEST_CASE("A checkpoint says what is missing or does not fit", "[checkpoint]") {
  const fixture::TemporaryDirectory folder;
  const std::string path = folder / "checkpoint.h5";
  Numbers numbers;
  write_checkpoint(path, {{}, {{"numbers", save_state(numbers)}}});
  const Checkpoint read = read_checkpoint(path);
  CHECK_THROWS_WITH(read.text("algorithm"), Contains("about/algorithm: expected a text, found none"));
  CHECK_THROWS_WITH(read.restore("learner", numbers), Contains("state/learner: expected a state, found none"));
  numbers.matrix.resize(2, 3);
  CHECK_THROWS_WITH(read.restore("numbers", numbers), Contains("state/numbers: ") && Contains("\"matrix\""));

  hdf5::Writer other(folder / "other.h5");
  other.write_attribute("format", "holdfast-policy");
  other.commit();
  CHECK_THROWS_WITH(read_checkpoint(folder / "other.h5"), Contains("holdfast-policy") && Contains("a checkpoint?"));
  hdf5::Writer newer(folder / "newer.h5");
  newer.write_attribute("format", "holdfast-checkpoint");
  newer.write_attribute("version", "2");
  newer.commit();
  CHECK_THROWS_WITH(read_checkpoint(folder / "newer.h5"), Contains("version: expected 1, found 2"));
}

template <class Actions>
Transitions<float, Actions> random_transitions(Index size) {
  Generator generator(1);
  const auto batch = testing::random_batch<float, Actions>({3, 2}, size, generator);
  Transitions<float, Actions> data;
  data.observations = batch.observations;
  data.actions = batch.actions;
  data.rewards = batch.rewards;
  data.next_observations = batch.next_observations;
  data.next_actions = batch.next_actions;
  data.returns_to_go = batch.returns_to_go;
  data.terminals = (batch.continuation == 0).template cast<unsigned char>();
  data.timeouts = Flags::Zero(size);
  data.action_count = 2;
  return data;
}

/// Trains a learner of each algorithm with and without a checkpoint in the middle, and compares their states.
template <class Actions>
void check_every_algorithm(const Transitions<float, Actions>& data) {
  const fixture::TemporaryDirectory folder;
  for (const std::string_view name : Algorithms<Actions>::names) {
    CAPTURE(std::string(name));
    const std::string path = folder / (std::string(name) + ".h5");
    const auto make = [&](std::uint64_t seed) {
      return make_learner<Actions>(name, testing::layers<Actions>(name, "8"),
                                   {data.observation_size(), data.action_size()}, seed);
    };
    const OfflineOptions options{.steps = 9, .batch_size = 16, .seed = 5};
    auto whole = make(1);
    OfflineTraining training(options);
    std::vector<Index> seen;
    training.run(whole, data, [&](const TrainingStep& now, const auto& learner) {
      seen.push_back(now.step);
      if (now.step == 4)
        write_checkpoint(path, {{}, {{"learner", save_state(learner)}, {"training", save_state(training)}}});
    });
    auto resumed = make(2);
    OfflineTraining rest(options);
    const Checkpoint read = read_checkpoint(path);
    read.restore("learner", resumed);
    read.restore("training", rest);
    CHECK(rest.step() == 4);
    rest.run(resumed, data, [&](const TrainingStep& now, const auto&) { seen.push_back(now.step); });
    CHECK(save_state(resumed) == save_state(whole));
    CHECK(save_state(rest) == save_state(training));
    CHECK(seen == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5, 6, 7, 8, 9});
  }
}

TEST_CASE("A training goes on from its checkpoint to the same bits", "[checkpoint]") {
  check_every_algorithm(random_transitions<Matrix<float>>(60));
  check_every_algorithm(random_transitions<ActionIndices>(60));
}

}  // namespace checkpoint_test
