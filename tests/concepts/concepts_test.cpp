#include "holdfast/concepts.hpp"

#include <concepts>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "holdfast/checks.hpp"
#include "holdfast/data/replay_buffer.hpp"
#include "holdfast/divergences/kullback_leibler.hpp"
#include "holdfast/divergences/maximum_mean_discrepancy.hpp"
#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/policies/gaussian.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "support/satisfying.hpp"

namespace concepts_test {

using namespace holdfast;
using holdfast::testing::only_the_whole;
using holdfast::testing::satisfying;

// For each concept, a type with exactly the members that the concept requires, except the member with the number
// `missing`; with 0 it has all of them. In each type the members are numbered from 1 in the order of the concept.

namespace {

template <bool>
struct NamesScalar {
  using Scalar = double;
};
template <>
struct NamesScalar<false> {};
template <bool>
struct NamesActions {
  using Actions = Matrix<double>;
};
template <>
struct NamesActions<false> {};
template <bool>
struct NamesTape {
  struct Tape {};
};
template <>
struct NamesTape<false> {};

struct NoTape {};
template <class T>
struct TapeOf {
  using type = NoTape;
};
template <class T>
requires requires { typename T::Tape; }
struct TapeOf<T> {
  using type = typename T::Tape;
};

using ProposalType = Proposal<double>;
using M = Matrix<double>;
using V = Vector<double>;
using R = Row<double>;

template <int missing>
struct SomeDataset : NamesScalar<missing != 1> {
  using BatchType = Batch<double>;
  Index size() const { return 0; }
  Index observation_size() const { return 0; }
  Index action_size() const requires(missing != 2) { return 0; }
  void gather(std::span<const Index>, double, BatchType&) const requires(missing != 3) {}
};

template <int missing>
struct SomePolicy : NamesScalar<missing != 1>, NamesActions<missing != 2>, NamesTape<missing != 3> {
  using T = typename TapeOf<NamesTape<missing != 3>>::type;
  V flat;
  V& parameters() requires(missing != 4) { return flat; }
  const V& parameters() const { return flat; }
  Index action_size() const requires(missing != 5) { return 1; }
  void propose(const M&, Index, Generator&, T&, ProposalType&) const requires(missing != 6) {}
  void backward(const M&, T&, const ProposalType&, const ProposalType&, V&) const requires(missing != 7) {}
  double cloning_loss(const M&, const M&, const R&, Generator&, T&, V&) const requires(missing != 8) { return 0; }
  void mode(const M&, T&, M&) const requires(missing != 9) {}
};

template <int missing>
struct SomeQNetwork : NamesScalar<missing != 1>, NamesActions<missing != 2>, NamesTape<missing != 3> {
  using T = typename TapeOf<NamesTape<missing != 3>>::type;
  V flat;
  R row;
  V& parameters() { return flat; }
  const V& parameters() const requires(missing != 4) { return flat; }
  const R& values(const M&, const M&, T&) const requires(missing != 5) { return row; }
  void backward(const M&, const M&, T&, const R&, V&) const requires(missing != 6) {}
  void action_gradient(const M&, const M&, T&, const R&, M&) const requires(missing != 7) {}
};

template <int missing>
struct SomeTwiceDifferentiableQNetwork : SomeQNetwork<missing> {
  using T = typename SomeQNetwork<missing>::T;
  void action_gradient_backward(const M&, const M&, T&, const R&, const M&, V&) const requires(missing != 8) {}
};

template <int missing>
struct SomeVNetwork : NamesScalar<missing != 1>, NamesTape<missing != 2> {
  using T = typename TapeOf<NamesTape<missing != 2>>::type;
  SomeVNetwork(NoConfig, Sizes, Generator&) requires(missing != 6) {}
  V flat;
  R row;
  V& parameters() requires(missing != 3) { return flat; }
  const V& parameters() const { return flat; }
  const R& values(const M&, T&) const requires(missing != 4) { return row; }
  void backward(const M&, T&, const R&, V&) const requires(missing != 5) {}
};

template <int missing>
struct SomeCritics : NamesScalar<missing != 1>, NamesActions<missing != 2>, NamesTape<missing != 3> {
  using T = typename TapeOf<NamesTape<missing != 3>>::type;
  M all;
  Index size() const requires(missing != 4) { return 1; }
  const M& values(Net, const M&, const M&, T&) const requires(missing != 5) { return all; }
  void backward(const M&, const M&, T&, const M&) requires(missing != 6) {}
  void action_gradient(const M&, const M&, T&, const M&, M&) const requires(missing != 7) {}
  void step() requires(missing != 8) {}
  void track(double) requires(missing != 9) {}
  static void state(auto&, auto&&) requires(missing != 10) {}
};

template <int missing>
struct SomeTwiceDifferentiableCritics : SomeCritics<missing> {
  using T = typename SomeCritics<missing>::T;
  std::vector<M> each;
  const std::vector<M>& action_gradients(const M&, const M&, T&) const requires(missing != 11) { return each; }
  void action_gradients_backward(const M&, const M&, T&, const std::vector<M>&) requires(missing != 12) {}
};

using P = SomePolicy<0>;
using C = SomeCritics<0>;
using ContextType = Context<P, C>;

template <bool>
struct SaysTemperature {
  static constexpr bool needs_temperature = false;
};
template <>
struct SaysTemperature<false> {};

template <int missing>
struct SomeRule : SaysTemperature<missing != 2> {
  double weight = 1;
  void validate() const requires(missing != 1) {}
  template <class Policy, class Critics>
  struct State {
    State(const SomeRule&, const Policy&, const Critics&, Sizes, Generator&) requires(missing != 3) {}
    void prepare(ContextType&) requires(missing != 4) {}
    void track(ContextType&, double) requires(missing != 5) {}
    void values(ContextType&, Side, Net, R&) requires(missing != 6) {}
    void advantage(ContextType&, R&) requires(missing != 7) {}
    template <class Visitor>
    void report(Visitor&&) const requires(missing != 8) {}
    int count = 0;
    static void state(auto&, auto&&) requires(missing != 9) {}
  };
};

template <int missing>
struct SomePenalty {
  double weight = 1;
  void validate() const requires(missing != 1) {}
  template <class Policy, class Critics>
  struct State {
    State(const SomePenalty&, const Policy&, const Critics&, Sizes, Generator&) requires(missing != 2) {}
    void prepare(ContextType&) requires(missing != 3) {}
    double add(ContextType&, const M&, M&) requires(missing != 4) { return 0; }
    template <class Visitor>
    void report(Visitor&&) const requires(missing != 5) {}
    int count = 0;
    static void state(auto&, auto&&) requires(missing != 6) {}
  };
};

template <int missing>
struct SomeImprovement {
  double weight = 1;
  void validate() const requires(missing != 1) {}
  template <class Policy, class Critics>
  struct State {
    State(const SomeImprovement&, const Policy&, const Critics&, Sizes, Generator&) requires(missing != 2) {}
    void prepare(ContextType&) requires(missing != 3) {}
    void penalize_value(ContextType&, R&) requires(missing != 4) {}
    template <class Rule>
    double improve(ContextType&, Rule&, V&) requires(missing != 5) {
      return 0;
    }
    template <class Visitor>
    void report(Visitor&&) const requires(missing != 6) {}
    double temperature() const requires(missing != 7) { return 0; }
    int count = 0;
    static void state(auto&, auto&&) requires(missing != 8) {}
  };
};

template <int missing>
struct SomeDivergence {
  template <class Policy, class Critics>
  struct State {
    State(const SomeDivergence&, const Policy&, Sizes, Generator&) requires(missing != 1) {}
    void prepare(ContextType&) requires(missing != 2) {}
    void values(ContextType&, const M&, const ProposalType&, R&) requires(missing != 3) {}
    void backward(const ProposalType&, const R&, ProposalType&) requires(missing != 4) {}
    template <class Visitor>
    void report(Visitor&&) const requires(missing != 5) {}
    int count = 0;
    static void state(auto&, auto&&) requires(missing != 6) {}
  };
};

// A policy improvement whose `penalize_value` gets no values to subtract from.
struct PenalizesNothing : SomeImprovement<0> {
  template <class Policy, class Critics>
  struct State : SomeImprovement<0>::State<Policy, Critics> {
    using SomeImprovement<0>::State<Policy, Critics>::State;
    void penalize_value(ContextType&) {}
  };
};

template <int missing>
struct SomeLearner : NamesScalar<missing != 1> {
  using BatchType = Batch<double>;
  using PolicyType = P;
  P kept;
  void update(const BatchType&) requires(missing != 2) {}
  double discount() const requires(missing != 3) { return 0; }
  const P& policy() const requires(missing != 4) { return kept; }
  template <class Visitor>
  void report(Visitor&&) const requires(missing != 5) {}
};

struct Step {
  double reward;
  bool terminal;
};
struct Range {
  double lowest;
  double highest;
};
struct Scores {
  double random;
  double good;
};

template <int missing>
struct SomeEnvironment {
  void reset(Generator&) requires(missing != 1) {}
  void set_state(const V&) requires(missing != 2) {}
  V state() const requires(missing != 3) { return {}; }
  V state_of(const V&) const requires(missing != 4) { return {}; }
  void observe(Eigen::Ref<V>) const requires(missing != 5) {}
  Step step(const V&) requires(missing != 6) { return {}; }
  std::string_view name() const requires(missing != 7) { return ""; }
  Index observation_size() const { return 1; }
  Index action_size() const { return 1; }
  Index time_limit() const requires(missing != 8) { return 1; }
  Range reward_range() const requires(missing != 9) { return {}; }
  Scores references() const requires(missing != 10) { return {}; }
};

}  // namespace

TEST_CASE("A type without one of the members does not satisfy the concept", "[concepts]") {
  CHECK(satisfying<3>([]<int missing> { return IsDataset<SomeDataset<missing>>; }) == only_the_whole);
  CHECK(satisfying<9>([]<int missing> { return IsPolicy<SomePolicy<missing>>; }) == only_the_whole);
  CHECK(satisfying<7>([]<int missing> { return IsQNetwork<SomeQNetwork<missing>>; }) == only_the_whole);
  CHECK(satisfying<6>([]<int missing> { return IsVNetwork<SomeVNetwork<missing>>; }) == only_the_whole);
  CHECK(satisfying<10>([]<int missing> { return IsCritics<SomeCritics<missing>>; }) == only_the_whole);
  CHECK(satisfying<8>([]<int missing> {
          return IsTwiceDifferentiableQNetwork<SomeTwiceDifferentiableQNetwork<missing>>;
        }) == only_the_whole);
  CHECK(satisfying<12>([]<int missing> {
          return IsTwiceDifferentiableCritics<SomeTwiceDifferentiableCritics<missing>>;
        }) == only_the_whole);
  CHECK(satisfying<9>([]<int missing> { return IsValueRule<SomeRule<missing>, P, C>; }) == only_the_whole);
  CHECK(satisfying<6>([]<int missing> { return IsCriticPenalty<SomePenalty<missing>, P, C>; }) == only_the_whole);
  CHECK(satisfying<8>([]<int missing> { return IsPolicyImprovement<SomeImprovement<missing>, P, C, SomeRule<0>>; }) ==
        std::vector<int>{0, 7});  // a temperature is optional
  CHECK(satisfying<6>([]<int missing> { return IsDivergence<SomeDivergence<missing>, P, C>; }) == only_the_whole);
  CHECK(satisfying<5>([]<int missing> { return IsLearner<SomeLearner<missing>>; }) == only_the_whole);
  CHECK(satisfying<10>([]<int missing> { return IsEnvironment<SomeEnvironment<missing>>; }) == only_the_whole);
}

TEST_CASE("Datasets of every kind of actions and observations satisfy the concept", "[concepts]") {
  STATIC_REQUIRE(IsDataset<Transitions<float>>);
  STATIC_REQUIRE(IsDataset<Transitions<float, ActionIndices>>);
  STATIC_REQUIRE(IsDataset<Transitions<double, ActionIndices, SparseMatrix<double>>>);
  STATIC_REQUIRE(IsDataset<Transitions<double, Matrix<double>, SparseMatrix<double>>>);
  STATIC_REQUIRE(IsDataset<ReplayBuffer<float>>);
  STATIC_REQUIRE(IsDataset<ReplayBuffer<float, ActionIndices>>);
  STATIC_REQUIRE(std::same_as<Transitions<float, ActionIndices>::BatchType,
                              Transitions<float, ActionIndices, SparseMatrix<float>>::BatchType>);
}

// A policy that keeps its parameters elsewhere: it updates itself and lists its state.
template <int missing>
struct SomePolicyElsewhere {
  using Scalar = double;
  using Actions = M;
  struct Tape {};
  struct Gradient {};
  double elsewhere = 0;
  void step(Gradient&, double) requires(missing != 1) {}
  void discard(Gradient&) requires(missing != 2) {}
  static void state(auto& self, auto&& visit) requires(missing != 3) { visit("elsewhere", self.elsewhere); }
  Index action_size() const { return 1; }
  void propose(const M&, Index, Generator&, Tape&, ProposalType&) const {}
  void backward(const M&, Tape&, const ProposalType&, const ProposalType&, Gradient&) const {}
  double cloning_loss(const M&, const M&, const R&, Generator&, Tape&, Gradient&) const { return 0; }
  void mode(const M&, Tape&, M&) const {}
};

TEST_CASE("A policy may keep its parameters elsewhere where it moves itself and lists them", "[concepts]") {
  CHECK(satisfying<3>([]<int missing> { return IsPolicy<SomePolicyElsewhere<missing>>; }) == only_the_whole);
  STATIC_REQUIRE(check_policy<SomePolicyElsewhere<0>>());
}

TEST_CASE("A temperature is optional in an improvement", "[concepts]") {
  STATIC_REQUIRE(requirements::publishes_temperature<SomeImprovement<0>, P, C>);
  STATIC_REQUIRE_FALSE(requirements::publishes_temperature<SomeImprovement<7>, P, C>);
  STATIC_REQUIRE(IsPolicyImprovement<SomeImprovement<7>, P, C, SomeRule<0>>);
}

TEST_CASE("A value penalty takes from the next state's value", "[concepts]") {
  STATIC_REQUIRE(IsPolicyImprovement<SomeImprovement<0>, P, C, SomeRule<0>>);
  STATIC_REQUIRE_FALSE(IsPolicyImprovement<PenalizesNothing, P, C, SomeRule<0>>);
}

TEST_CASE("The library's own networks and divergences satisfy their concepts", "[concepts]") {
  STATIC_REQUIRE(IsVNetwork<MlpV<float>>);
  STATIC_REQUIRE_FALSE(IsVNetwork<MlpQ<float>>);
  STATIC_REQUIRE_FALSE(IsQNetwork<MlpV<float>>);
  using Squashed = TanhGaussian<double>;
  using Twins = Ensemble<MlpQ<double>>;
  STATIC_REQUIRE(IsDivergence<MaximumMeanDiscrepancy, Squashed, Twins>);
  STATIC_REQUIRE(IsDivergence<KullbackLeibler, Squashed, Twins>);
  STATIC_REQUIRE(IsDivergence<KullbackLeibler, Gaussian<double>, Twins>);
  STATIC_REQUIRE_FALSE(IsDivergence<SoftGreedy, Squashed, Twins>);
}

TEST_CASE("The checks accept what satisfies the concepts", "[concepts]") {
  STATIC_REQUIRE(check_dataset<SomeDataset<0>>());
  STATIC_REQUIRE(check_policy<SomePolicy<0>>());
  STATIC_REQUIRE(check_q_network<SomeQNetwork<0>>());
  STATIC_REQUIRE(check_v_network<SomeVNetwork<0>>());
  STATIC_REQUIRE(check_critics<SomeCritics<0>>());
  STATIC_REQUIRE(check_twice_differentiable_q_network<SomeTwiceDifferentiableQNetwork<0>>());
  STATIC_REQUIRE(check_twice_differentiable_critics<SomeTwiceDifferentiableCritics<0>>());
  STATIC_REQUIRE(check_value_rule<SomeRule<0>, P, C>());
  STATIC_REQUIRE(check_critic_penalty<SomePenalty<0>, P, C>());
  STATIC_REQUIRE(check_policy_improvement<SomeImprovement<0>, P, C, SomeRule<0>>());
  STATIC_REQUIRE(check_divergence<SomeDivergence<0>, P, C>());
  STATIC_REQUIRE(check_learner<SomeLearner<0>>());
  STATIC_REQUIRE(check_environment<SomeEnvironment<0>>());
}

}  // namespace concepts_test
