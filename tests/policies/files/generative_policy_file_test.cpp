/// \file
/// Tests policy files of diffusion and flow policies, and of policies that choose among draws in other ways than the
/// best by one critic.
#include <set>

#include "catch.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "policies/files/policy_forge.hpp"

namespace generative_policy_file_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Sizes sizes{3, 2};

template <class Policy>
Policy drawn(typename Policy::Config config) {
  Generator generator(21, Stream::initialization);
  return Policy(config, sizes, generator);
}

template <class Scalar>
Diffusion<ResidualMlp<Scalar>> residual_diffusion() {
  return drawn<Diffusion<ResidualMlp<Scalar>>>(
      {.network = {.width = 5, .blocks = 2, .expansion = 2}, .time = {.size = 4, .layers = {3}}});
}

template <class Scalar>
Diffusion<Mlp<Scalar>> plain_diffusion() {
  return drawn<Diffusion<Mlp<Scalar>>>({.network = {.hidden = {5, 4}, .activation = Activation::mish},
                                        .time = {.encoding = TimeEncoding::sinusoidal, .size = 6, .layers = {}},
                                        .process = {.steps = 3, .schedule = NoiseSchedule::cosine, .temperature = 0.5},
                                        .action_limit = 0.8});
}

template <class Scalar>
Flow<Mlp<Scalar>> flow() {
  return drawn<Flow<Mlp<Scalar>>>(
      {.network = {.hidden = {6}, .activation = Activation::gelu}, .process = {.steps = 4}});
}

template <class Scalar>
DistilledFlow<Mlp<Scalar>> distilled_flow() {
  return drawn<DistilledFlow<Mlp<Scalar>>>({.network = {.hidden = {4}}, .teacher = {.network = {.hidden = {5}}}});
}

template <class Policy>
auto chosen(Policy policy, BestOfConfig config) {
  using Scalar = typename Policy::Scalar;
  Generator generator(22, Stream::initialization);
  const Ensemble<MlpQ<Scalar>> critics({.size = 3, .network = {.hidden = {6}}}, sizes, generator);
  return BestOf<Policy, Ensemble<MlpQ<Scalar>>>(std::move(policy), critics, config);
}

}  // namespace

TEST_CASE("A generative policy of every type comes back from its file with the same bits", "[policy_file]") {
  check_round_trip(residual_diffusion<float>());
  check_round_trip(residual_diffusion<double>());
  check_round_trip(plain_diffusion<float>());
  check_round_trip(plain_diffusion<double>());
  check_round_trip(flow<float>());
  check_round_trip(flow<double>());
  check_round_trip(distilled_flow<float>());
  check_round_trip(distilled_flow<double>());
}

TEST_CASE("A policy that chooses among draws comes back with its way to choose", "[policy_file]") {
  for (const DrawChoice choice : {DrawChoice::best, DrawChoice::softmax, DrawChoice::expectile})
    for (const Index critics : {1, 2, 3}) {
      CAPTURE(static_cast<int>(choice), critics);
      const BestOfConfig config{.samples = 5, .choice = choice, .expectile = 0.8, .critics = critics, .seed = 9};
      check_round_trip(chosen(residual_diffusion<float>(), config));
      check_round_trip(chosen(drawn<TanhGaussian<double>>({.network = {.hidden = {4}}}), config));
      const PolicyRecord record = record_of(chosen(flow<float>(), config));
      CHECK(record.best_of->choice.choice == choice);
      CHECK(record.best_of->parameters.size() == critics * (6 * (sizes.observation + sizes.action + 1) + 7));
    }
}

TEST_CASE("The best of draws by one critic is written for older readers, other choices are not", "[policy_file]") {
  const auto version = [](const BestOfConfig& config) {
    const Forge forge(chosen(flow<float>(), config));
    return hdf5::Reader(forge.good).read_attribute("version");
  };
  CHECK(version({.samples = 4}) == "2");
  CHECK(version({.samples = 4, .critics = 2}) == "3");
  CHECK(version({.samples = 4, .choice = DrawChoice::softmax}) == "3");
}

TEST_CASE("A damaged choice among draws is refused in one line", "[policy_file]") {
  const Forge forge(chosen(flow<float>(), {.samples = 4, .choice = DrawChoice::expectile, .critics = 3}));
  const auto refusal = [&](const char* name, auto write) { return forge.refusal({name}, write); };
  CHECK_THAT(refusal("best_of/choice", [](auto& file) { file.write_text("best_of/choice", "worst"); }),
             Contains("best_of/choice") && Contains("best, softmax, expectile"));
  CHECK_THAT(refusal("best_of/critics", [](auto& file) { file.write_number("best_of/critics", Index{2}); }),
             Contains("best_of/parameters: expected as many numbers for each of 2 critics"));
  CHECK_THAT(refusal("best_of/critics", [](auto& file) { file.write_number("best_of/critics", Index{0}); }),
             Contains("best_of/critics must be"));
  CHECK_THAT(refusal("best_of/expectile", [](auto& file) { file.write_number("best_of/expectile", 1.5); }),
             Contains("best_of/expectile must be"));
}

TEST_CASE("A configuration that asks for more than the parameters hold is refused before memory is taken",
          "[policy_file]") {
  const auto refusal = [](const auto& policy, const char* field, const char* value) {
    const Forge forge(policy);
    return forge.refusal({field}, [&](auto& file) { file.write_text(field, value); });
  };
  const auto huge = Contains("parameters: expected as many numbers as the sizes and the hidden layers ask for");
  CHECK_THAT(refusal(residual_diffusion<float>(), "config/network.width", "1000000"), huge);
  CHECK_THAT(refusal(residual_diffusion<float>(), "config/network.blocks", "1000000"), huge);
  CHECK_THAT(refusal(residual_diffusion<float>(), "config/time.layers", "[1000000, 1000000]"), huge);
  CHECK_THAT(refusal(residual_diffusion<float>(), "config/time.size", "1000000"), huge);
  CHECK_THAT(refusal(distilled_flow<float>(), "config/teacher.network.hidden", "[1000000, 1000000]"), huge);
  CHECK_THAT(refusal(plain_diffusion<float>(), "config/diffusion.steps", "1000000000"),
             Contains("diffusion.steps must be"));
}

}  // namespace generative_policy_file_test
