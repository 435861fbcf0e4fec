/// \file
/// Tests the concepts for finite action sets.
#include <concepts>

#include "catch.hpp"
#include "holdfast/checks.hpp"
#include "holdfast/concepts.hpp"
#include "holdfast/divergences/kullback_leibler.hpp"
#include "holdfast/divergences/unsupported.hpp"
#include "holdfast/environments/cart_pole.hpp"
#include "holdfast/environments/pendulum.hpp"
#include "holdfast/environments/tabular/tabular_environment.hpp"
#include "holdfast/improvements/argmax.hpp"
#include "holdfast/improvements/soft_greedy.hpp"
#include "holdfast/learners/algorithms.hpp"
#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/finite_q.hpp"
#include "holdfast/networks/mlp_q.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "holdfast/networks/state_value.hpp"
#include "holdfast/penalties/conservative.hpp"
#include "holdfast/penalties/conservative_value.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/greedy.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "holdfast/policies/uniform.hpp"
#include "holdfast/values/maximum.hpp"
#include "holdfast/values/policy_value.hpp"
#include "holdfast/values/supported_maximum.hpp"
#include "support/satisfying.hpp"

namespace finite_concepts_test {

using namespace holdfast;
using holdfast::testing::only_the_whole;
using holdfast::testing::satisfying;

// For each concept, a type with exactly the members that the concept requires, except the member with the number
// `missing`; with 0 it has all of them. In each type the members are numbered from 1 in the order of the concept.

namespace {

using ProposalType = Proposal<double, ActionIndices>;
using M = Matrix<double>;
using N = ActionIndices;
using V = Vector<double>;
using R = Row<double>;
struct T {};

struct Named {
  using Scalar = double;
  using Actions = ActionIndices;
  using Tape = T;
  V flat;
  V& parameters() { return flat; }
  const V& parameters() const { return flat; }
};

template <int missing>
struct SomePolicy : Named {
  Index action_size() const requires(missing != 1) { return 1; }
  void propose(const M&, Index, Generator&, T&, ProposalType&) const requires(missing != 2) {}
  void backward(const M&, T&, const ProposalType&, const ProposalType&, V&) const requires(missing != 3) {}
  double cloning_loss(const M&, const N&, const R&, Generator&, T&, V&) const requires(missing != 4) { return 0; }
  void mode(const M&, T&, N&) const requires(missing != 5) {}
};

template <int missing>
struct SomeQNetwork : Named {
  R row;
  const R& values(const M&, const N&, T&) const requires(missing != 1) { return row; }
  void backward(const M&, const N&, T&, const R&, V&) const requires(missing != 2) {}
};

template <int missing>
struct SomeCritics {
  using Scalar = double;
  using Actions = ActionIndices;
  using Tape = T;
  M all;
  Index size() const requires(missing != 1) { return 1; }
  const M& values(Net, const M&, const N&, T&) const requires(missing != 2) { return all; }
  void backward(const M&, const N&, T&, const M&) requires(missing != 3) {}
  void step() requires(missing != 4) {}
  void track(double) requires(missing != 5) {}
  static void state(auto&, auto&&) {}
};

template <bool>
struct NamesTape {
  using Tape = T;
};
template <>
struct NamesTape<false> {};
template <bool>
struct NamesScalar {
  using Scalar = double;
};
template <>
struct NamesScalar<false> {};

template <int missing>
struct SomeFunction : NamesScalar<missing != 1>, NamesTape<missing != 2> {
  struct Config {};
  M outputs_of_one;
  SomeFunction(Index, Index, const Config&) requires(missing != 3) {}
  Index parameter_count() const requires(missing != 4) { return 0; }
  Index inputs() const requires(missing != 5) { return 0; }
  Index outputs() const requires(missing != 6) { return 0; }
  Config config() const requires(missing != 7) { return {}; }
  void initialize(double*, Generator&) const requires(missing != 8) {}
  const M& forward(const double*, const M&, T&) const requires(missing != 9) { return outputs_of_one; }
  void backward(const double*, const M&, T&, const M&, double*) const requires(missing != 10) {}
};

template <class ActionType>
struct SomeEnvironment {
  struct Step {
    double reward;
    bool terminal;
  };
  void reset(Generator&) {}
  void set_state(const V&) {}
  V state() const { return {}; }
  V state_of(const V&) const { return {}; }
  void observe(Eigen::Ref<V>) const {}
  Step step(ActionType) { return {}; }
  const char* name() const { return ""; }
  Index observation_size() const { return 1; }
  Index action_size() const { return 1; }
  Index time_limit() const { return 1; }
  Interval reward_range() const { return {}; }
  References references() const { return {}; }
};
struct OfWords {
  const char* word;
};

}  // namespace

TEST_CASE("Actions are finite where they are numbers", "[concepts]") {
  STATIC_REQUIRE(FiniteActions<ActionIndices>);
  STATIC_REQUIRE(FiniteActions<Eigen::Matrix<int, 1, Eigen::Dynamic>>);
  STATIC_REQUIRE_FALSE(FiniteActions<Matrix<float>>);
  STATIC_REQUIRE_FALSE(FiniteActions<Matrix<double>>);
  STATIC_REQUIRE_FALSE(FiniteActions<Row<double>>);
}

TEST_CASE("Over finite actions too a type without one of the members does not satisfy the concept", "[concepts]") {
  CHECK(satisfying<5>([]<int missing> { return IsPolicy<SomePolicy<missing>>; }) == only_the_whole);
  CHECK(satisfying<2>([]<int missing> { return IsQNetwork<SomeQNetwork<missing>>; }) == only_the_whole);
  CHECK(satisfying<5>([]<int missing> { return IsCritics<SomeCritics<missing>>; }) == only_the_whole);
  CHECK(satisfying<10>([]<int missing> { return IsParametricFunction<SomeFunction<missing>>; }) == only_the_whole);
}

TEST_CASE("The checks accept what satisfies the concepts over finite actions", "[concepts]") {
  STATIC_REQUIRE(check_policy<SomePolicy<0>>());
  STATIC_REQUIRE(check_q_network<SomeQNetwork<0>>());
  STATIC_REQUIRE(check_critics<SomeCritics<0>>());
  STATIC_REQUIRE(check_parametric_function<SomeFunction<0>>());
  STATIC_REQUIRE(check_environment<SomeEnvironment<Index>>());
}

TEST_CASE("A function of a user's own makes policies, Q-networks and state values", "[concepts]") {
  using Function = SomeFunction<0>;
  STATIC_REQUIRE(IsPolicy<Categorical<Function>>);
  STATIC_REQUIRE(IsQNetwork<FiniteQ<Function>>);
  STATIC_REQUIRE(IsCritics<Ensemble<FiniteQ<Function>>>);
  STATIC_REQUIRE(IsVNetwork<StateValue<Function>>);
  STATIC_REQUIRE(IsParametricFunction<Mlp<float>>);
  STATIC_REQUIRE(IsParametricFunction<Table<double>>);
  STATIC_REQUIRE_FALSE(IsParametricFunction<MlpFiniteQ<float>>);
  STATIC_REQUIRE_FALSE(IsParametricFunction<MlpV<float>>);
}

TEST_CASE("An environment takes vectors or numbers for its actions, and is finite where it takes numbers",
          "[concepts]") {
  using Vectors = SomeEnvironment<const Eigen::Ref<const V>&>;
  STATIC_REQUIRE(IsEnvironment<Vectors>);
  STATIC_REQUIRE_FALSE(IsFiniteEnvironment<Vectors>);
  STATIC_REQUIRE(IsEnvironment<SomeEnvironment<Index>>);
  STATIC_REQUIRE(IsFiniteEnvironment<SomeEnvironment<Index>>);
  STATIC_REQUIRE_FALSE(IsEnvironment<SomeEnvironment<OfWords>>);
  STATIC_REQUIRE_FALSE(IsFiniteEnvironment<SomeEnvironment<OfWords>>);
  STATIC_REQUIRE(IsFiniteEnvironment<CartPole>);
  STATIC_REQUIRE(IsFiniteEnvironment<TabularEnvironment>);
  STATIC_REQUIRE(IsEnvironment<Pendulum>);
  STATIC_REQUIRE_FALSE(IsFiniteEnvironment<Pendulum>);
}

TEMPLATE_TEST_CASE("The parts of the table satisfy their concepts over finite actions", "[concepts]",
                   MlpCategorical<float>, TabularCategorical<float>, Uniform<float>) {
  using C = Ensemble<MlpFiniteQ<float>>;
  STATIC_REQUIRE(IsPolicy<TestType>);
  STATIC_REQUIRE(IsValueRule<PolicyValue, TestType, C>);
  STATIC_REQUIRE(IsValueRule<SoftPolicyValue, TestType, C>);
  STATIC_REQUIRE(IsValueRule<Maximum, TestType, C>);
  STATIC_REQUIRE(IsValueRule<SupportedMaximum, TestType, C>);
  STATIC_REQUIRE(IsValueRule<Expectile<MlpV<float>>, TestType, C>);
  STATIC_REQUIRE(IsCriticPenalty<Conservative, TestType, C>);
  STATIC_REQUIRE(IsCriticPenalty<ConservativeValue, TestType, C>);
  STATIC_REQUIRE(IsPolicyImprovement<SoftGreedy, TestType, C, SoftPolicyValue>);
  STATIC_REQUIRE(IsPolicyImprovement<Argmax, TestType, C, Maximum>);
  STATIC_REQUIRE(IsPolicyImprovement<AdvantageWeighted, TestType, C, PolicyValue>);
}

TEST_CASE("The divergences of finite actions ask for a policy with densities", "[concepts]") {
  using P = MlpCategorical<float>;
  using C = Ensemble<MlpFiniteQ<float>>;
  STATIC_REQUIRE(IsDivergence<KullbackLeibler, P, C>);
  STATIC_REQUIRE(IsDivergence<Unsupported, P, C>);
  STATIC_REQUIRE(requirements::scores_proposals<P>);
  STATIC_REQUIRE_FALSE(requirements::scores_proposals<Uniform<float>>);
  STATIC_REQUIRE_FALSE(requirements::scores_proposals<Greedy<C>>);
}

TEST_CASE("What only acts is no policy that learns", "[concepts]") {
  STATIC_REQUIRE_FALSE(IsPolicy<Greedy<Ensemble<MlpFiniteQ<float>>>>);
  STATIC_REQUIRE(IsCritics<NoCritics<float, ActionIndices>>);
}

TEST_CASE("Every row over finite actions is a Learner, whatever its function", "[concepts]") {
  Algorithms<ActionIndices>::for_each(
      []<class Entry>() { STATIC_REQUIRE(IsLearner<typename Entry::template Learner<float>>); });
  STATIC_REQUIRE(IsLearner<FiniteSac<Table<double>>>);
  STATIC_REQUIRE(IsLearner<FiniteIql<Table<double>>>);
  STATIC_REQUIRE(IsLearner<Dqn<SomeFunction<0>>>);
}

}  // namespace finite_concepts_test
