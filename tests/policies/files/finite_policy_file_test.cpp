/// \file
/// Tests files of policies over a finite action set.
#include <type_traits>
#include <utility>

#include "holdfast/learners/algorithms.hpp"
#include "policies/files/policy_forge.hpp"

namespace finite_policy_file_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{.observation = 3, .action = 4};

template <class Scalar = float>
MlpCategorical<Scalar> categorical() {
  Generator generator(11, Stream::initialization);
  return {{.network = {.hidden = {7, 5}}}, sizes, generator};
}

template <class Scalar = float, Index DefaultSize = 1>
auto greedy(double epsilon, Index critics = 1) {
  Generator generator(12, Stream::initialization);
  using Critics = Ensemble<MlpFiniteQ<Scalar>, DefaultSize>;
  return Greedy<Critics>(Critics({.size = critics, .network = {.hidden = {7, 5}}}, sizes, generator), sizes.action,
                         epsilon);
}

/// Sets the hidden layers of every network.
template <class Config>
void shrink(Config& config) {
  for (const auto& [name, value] : list_fields(config))
    if (name.ends_with(".hidden")) set_field(config, name, "[6]");
}

}  // namespace

TEST_CASE("What acts of every algorithm over finite actions has a record", "[policy_file]") {
  Algorithms<ActionIndices>::for_each([]<class Entry>() {
    using Learner = typename Entry::template Learner<float>;
    static_assert(Recordable<std::remove_cvref_t<decltype(std::declval<const Learner&>().acting())>>);
  });
}

TEMPLATE_TEST_CASE("What acts comes back from its file with the same bits after training", "[policy_file]", FiniteBc<>,
                   Dqn<>) {
  typename TestType::Config config;
  shrink(config);
  TestType learner(config, sizes, 5);
  Generator generator(6);
  for (int i = 0; i < 3; ++i) learner.update(random_batch<float, ActionIndices>(sizes, 8, generator));
  check_round_trip(learner.acting());
  check_round_trip(AnyPolicy<float, ActionIndices>(learner.acting()));
}

TEST_CASE("Finite policies of every kind come back from their files with the same bits", "[policy_file]") {
  check_round_trip(categorical<double>());
  check_round_trip(greedy(0.3));
  check_round_trip(greedy<double>(0.1, 3));
  check_round_trip(greedy<float, 2>(0, 2));
}

TEST_CASE("The file of a finite policy of one precision acts the same in the other", "[policy_file]") {
  const TemporaryDirectory directory;
  const auto check = [&](const auto& policy) {
    using Policy = std::remove_cvref_t<decltype(policy)>;
    write_policy(directory / "policy.h5", DeployedPolicy<Policy>(policy, normalization<double>()));
    const auto after = read_policy<ActionIndices>(directory / "policy.h5");
    Generator generator(13);
    const Matrix<double> observations = normal_matrix(3, 20, generator);
    typename Policy::Tape tape;
    AnyPolicy<float, ActionIndices>::Tape own;
    Proposal<double, ActionIndices> expected;
    Proposal<float, ActionIndices> found;
    policy.propose(observations, 1, generator, tape, expected);
    after.policy().propose(observations.cast<float>(), 1, generator, own, found);
    CHECK((found.weights.cast<double>() - expected.weights).abs().maxCoeff() < 1e-5);
  };
  check(categorical<double>());
  check(greedy<double>(0.25, 2));
}

TEST_CASE("A tabular policy says that it cannot be recorded", "[policy_file]") {
  Generator generator(1);
  const AnyPolicy<double, ActionIndices> policy(TabularCategorical<double>({}, sizes, generator));
  CHECK_THROWS_WITH(policy.record(), Contains("cannot be recorded") && Contains("MLP"));
}

TEST_CASE("A policy of the other kind of actions is refused by name, with what reads it", "[policy_file]") {
  const Forge finite(categorical());
  CHECK(has_finite_policy(finite.good));
  CHECK_THAT(Forge::refusal_of(finite.good, false), Contains("type: expected tanh_gaussian, gaussian,") &&
                                                        Contains("found \"categorical\"") &&
                                                        Contains("read_policy<ActionIndices>"));
  const Forge chosen(greedy(0));
  CHECK(has_finite_policy(chosen.good));
  CHECK_THAT(Forge::refusal_of(chosen.good, false),
             Contains("found \"greedy\"") && Contains("read_policy<ActionIndices>"));

  Generator generator(2);
  const Forge continuous(Gaussian<float>({.network = {.hidden = {5}}}, {3, 2}, generator));
  CHECK_FALSE(has_finite_policy(continuous.good));
  CHECK_THAT(Forge::refusal_of(continuous.good, true),
             Contains("type: expected categorical or greedy, found \"gaussian\"") &&
                 Contains("read it with read_policy<Matrix<float>>"));
  CHECK_THAT(finite.refusal({"type"}, [](auto& file) { file.write_text("type", "softmax"); }),
             Contains("type: expected categorical or greedy, found \"softmax\"") && Contains("newer version"));
}

TEST_CASE("Every dataset of a finite policy's file is needed and checked", "[policy_file]") {
  const Forge forge(greedy(0.2, 2));
  CHECK(forge.refusal({}) == "accepted");
  for (const char* name :
       {"type", "observation_size", "action_size", "parameters", "normalization/mean", "normalization/scale",
        "proof/observations", "proof/actions", "proof/probabilities", "proof/values"})
    CHECK_THAT(forge.refusal({name}), Contains(std::string(name) + ": expected a dataset, found none"));
  const auto text = [&](const char* name, const char* value) {
    return forge.refusal({name}, [=](hdf5::Writer& file) { file.write_text(name, value); });
  };
  CHECK_THAT(text("config/epsilon", "1.5"), Contains("epsilon must be in [0, 1]"));
  CHECK_THAT(text("config/critics", "0"), Contains("critics must be"));
  CHECK_THAT(text("config/critics", "7"), Contains("parameters: expected as many numbers for each of 7 critics"));
  CHECK_THAT(text("config/critics", "4"), Contains("parameters: expected"));
  CHECK_THAT(text("config/network.hidden", "[900000]"), Contains("parameters: expected as many numbers as"));
  CHECK_THAT(text("type", "categorical"), Contains("there is no \"critics\""));
  CHECK_THAT(forge.refusal({"action_size"}, [](auto& file) { file.write_number("action_size", Index{3}); }),
             Contains("parameters: expected"));
  CHECK_THAT(forge.refusal({"proof/actions"},
                           [](auto& file) {
                             file.write("proof/actions", Row<Index>{{0, 1, 2}});
                           }),
             Contains("proof/actions: expected 16 numbers, found 3"));
  CHECK_THAT(forge.refusal({}, [](auto& file) { file.write_number("best_of/samples", Index{3}); }),
             Contains("best_of"));
}

TEST_CASE("A changed number of a finite policy is caught by the proof", "[policy_file]") {
  const std::string caught = "as the writer computed";
  const Index weights = 3 * 7 + 7 + 7 * 5 + 5;  // of the hidden layers
  const Index network = weights + 5 * 4 + 4;
  SECTION("of a categorical, in a weight and a bias") {
    const Forge forge(categorical());
    for (const Index index : {weights, weights + 5 * 4})
      CHECK_THAT(flipped(forge, "parameters", index), Contains("proof/probabilities: expected") && Contains(caught));
    CHECK_THAT(flipped(forge, "normalization/mean", 0), Contains(caught));
  }
  SECTION("of a greedy policy, in either critic and in epsilon") {
    const Forge forge(greedy(0, 2));
    for (const Index first : {Index{0}, network})
      CHECK_THAT(flipped(forge, "parameters", first + weights + 5 * 4),
                 Contains("proof/values: expected") && Contains(caught));
    CHECK_THAT(forge.refusal({"config/epsilon"}, [](auto& file) { file.write_text("config/epsilon", "0.1"); }),
               Contains("proof/probabilities: expected") && Contains(caught));
  }
  SECTION("of one among thousands of actions, each of which is improbable") {
    Generator generator(11);
    const Forge forge(
        MlpCategorical<float>({.network = {.hidden = {7, 5}}}, {.observation = 3, .action = 3000}, generator));
    CHECK_THAT(flipped(forge, "parameters", weights),
               Contains("proof/probabilities: expected") && Contains(", column 0, ") && Contains(caught));
    const Row<Index> next = (hdf5::Reader(forge.good).read_row<Index>("proof/actions") + 1).eval();
    CHECK(next.maxCoeff() > 1000);
    CHECK_THAT(forge.refusal({"proof/actions"}, [&](auto& file) { file.write("proof/actions", next); }),
               Contains("proof/actions: expected") && Contains(caught));
  }
  SECTION("of what it does") {
    const Forge forge(categorical());
    const Row<Index> other = (hdf5::Reader(forge.good).read_row<Index>("proof/actions") + 1).eval();
    CHECK_THAT(forge.refusal({"proof/actions"}, [&](auto& file) { file.write("proof/actions", other); }),
               Contains("proof/actions: expected") && Contains(caught));
  }
}

}  // namespace finite_policy_file_test
