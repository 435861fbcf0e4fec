/// \file
/// Tests the concepts of generative policies.
#include <vector>

#include "catch.hpp"
#include "holdfast/improvements/greedy_cloning.hpp"
#include "holdfast/policies/diffusion.hpp"
#include "holdfast/policies/distilled_flow.hpp"
#include "holdfast/policies/flow.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "support/satisfying.hpp"

namespace generative_concepts_test {

using namespace holdfast;
using holdfast::testing::only_the_whole;
using holdfast::testing::satisfying;

// As in concepts_test.cpp, each type has exactly the members that the concept requires, except for number `missing`.

namespace {

struct Settings {};
struct OtherSettings {};

template <bool>
struct NamesConfig {
  using Config = Settings;
};
template <>
struct NamesConfig<false> {};

template <int missing>
struct SomeProcess : NamesConfig<missing != 1> {
  explicit SomeProcess(const Settings&) requires(missing != 2) {}
  const std::vector<SamplingStep>& steps() const requires(missing != 3) { return each; }
  TrainingExample example(Generator&) const requires(missing != 4) { return {}; }
  const Settings& config() const requires(missing != 5) { return settings; }
  static const char* name() requires(missing != 6) { return "some"; }
  static TimeFeaturesConfig time_features() requires(missing != 7) { return {}; }
  std::vector<SamplingStep> each;
  Settings settings;
};

// Processes that have all members, one of them of another kind.
struct WithNumberOfSteps : SomeProcess<0> {
  using SomeProcess<0>::SomeProcess;
  Index steps() const { return 5; }
};
struct WithNumberAsExample : SomeProcess<0> {
  using SomeProcess<0>::SomeProcess;
  double example(Generator& generator) const { return generator.uniform(); }
};
struct WithOwnNoise : SomeProcess<0> {
  using SomeProcess<0>::SomeProcess;
  TrainingExample example() const { return {}; }
};
struct WithOtherConfig : SomeProcess<0> {
  using SomeProcess<0>::SomeProcess;
  OtherSettings config() const { return {}; }
};
struct WithChangingSteps : SomeProcess<0> {
  using SomeProcess<0>::SomeProcess;
  const std::vector<SamplingStep>& steps() { return each; }  // a model asks a constant process
};
struct WithCopiedSteps : SomeProcess<0> {
  using SomeProcess<0>::SomeProcess;
  std::vector<SamplingStep> steps() const { return each; }
};

template <bool>
struct NamesScalar {
  using Scalar = double;
};
template <>
struct NamesScalar<false> {};
struct SomeTape {};
template <bool>
struct NamesTape {
  using Tape = SomeTape;
};
template <>
struct NamesTape<false> {};

template <int missing>
struct SomeDistilled : NamesScalar<missing != 1>, NamesTape<missing != 2> {
  double distillation_loss(const Matrix<double>&, SomeTape&, const Proposal<double>&, double, Proposal<double>&) const
      requires(missing != 3) {
    return 0;
  }
};

// Policies whose `distillation_loss` cannot be called as the improvement calls it.
struct DistillsInPlace : NamesScalar<true>, NamesTape<true> {
  double distillation_loss(const Matrix<double>&, SomeTape&, const Proposal<double>&, double, Proposal<double>&) {
    return 0;
  }
};
struct DistillsWithoutWeight : NamesScalar<true>, NamesTape<true> {
  double distillation_loss(const Matrix<double>&, SomeTape&, const Proposal<double>&, Proposal<double>&) const {
    return 0;
  }
};
struct DistillsWithoutLoss : NamesScalar<true>, NamesTape<true> {
  void distillation_loss(const Matrix<double>&, SomeTape&, const Proposal<double>&, double, Proposal<double>&) const {}
};
struct DistillsFiniteActions : NamesScalar<true>, NamesTape<true> {
  using Finite = Proposal<double, ActionIndices>;
  double distillation_loss(const Matrix<double>&, SomeTape&, const Finite&, double, Finite&) const { return 0; }
};

}  // namespace

TEST_CASE("A type without one of the members is no generative process, nor has it a part that is distilled",
          "[concepts]") {
  CHECK(satisfying<7>([]<int missing> { return IsGenerativeProcess<SomeProcess<missing>>; }) == only_the_whole);
  CHECK(satisfying<3>([]<int missing> { return Distills<SomeDistilled<missing>>; }) == only_the_whole);
}

TEST_CASE("A generative process lists its steps, draws examples and knows its configuration", "[concepts]") {
  STATIC_REQUIRE(IsGenerativeProcess<Denoising>);
  STATIC_REQUIRE(IsGenerativeProcess<FlowMatching>);
  STATIC_REQUIRE(IsGenerativeProcess<WithCopiedSteps>);
  STATIC_REQUIRE_FALSE(IsGenerativeProcess<WithNumberOfSteps>);
  STATIC_REQUIRE_FALSE(IsGenerativeProcess<WithNumberAsExample>);
  STATIC_REQUIRE_FALSE(IsGenerativeProcess<WithOwnNoise>);
  STATIC_REQUIRE_FALSE(IsGenerativeProcess<WithOtherConfig>);
  STATIC_REQUIRE_FALSE(IsGenerativeProcess<WithChangingSteps>);
  STATIC_REQUIRE_FALSE(IsGenerativeProcess<Settings>);
  STATIC_REQUIRE_FALSE(IsGenerativeProcess<Flow<>>);
}

TEST_CASE("A policy distills that has a loss of its proposal from another policy", "[concepts]") {
  STATIC_REQUIRE(Distills<DistilledFlow<>>);
  STATIC_REQUIRE(Distills<DistilledFlow<Mlp<double>>>);
  STATIC_REQUIRE_FALSE(Distills<Diffusion<>>);
  STATIC_REQUIRE_FALSE(Distills<Flow<>>);
  STATIC_REQUIRE_FALSE(Distills<Gaussian<float>>);
  STATIC_REQUIRE_FALSE(Distills<DistillsInPlace>);
  STATIC_REQUIRE_FALSE(Distills<DistillsWithoutWeight>);
  STATIC_REQUIRE_FALSE(Distills<DistillsWithoutLoss>);
  STATIC_REQUIRE_FALSE(Distills<DistillsFiniteActions>);
}

}  // namespace generative_concepts_test
