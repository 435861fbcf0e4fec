#include "holdfast/policies/files/policy_file.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <set>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/networks/no_critics.hpp"
#include "policies/files/policy_forge.hpp"

namespace policy_file_test {

using namespace holdfast;
using namespace holdfast::testing;
using fixture::TemporaryDirectory;

namespace {

constexpr Sizes sizes{3, 2};

template <class Policy>
Policy drawn(typename Policy::Config config = {}) {
  Generator generator(11, Stream::initialization);
  config.network.hidden = {7, 5};
  return Policy(config, sizes, generator);
}

template <class Policy>
using Best = BestOf<Policy, Ensemble<MlpQ<typename Policy::Scalar>>>;

template <class Policy>
Best<Policy> best_of(Policy policy, LayerNormalization normalization = LayerNormalization::none) {
  using Scalar = typename Policy::Scalar;
  Generator generator(12, Stream::initialization);
  const MlpConfig network{.hidden = {6}, .normalization = normalization};
  return {std::move(policy), Ensemble<MlpQ<Scalar>>({.network = network}, sizes, generator), 5, 77};
}

}  // namespace

TEST_CASE("A policy of every type comes back from its file with the same bits", "[policy_file]") {
  check_round_trip(drawn<TanhGaussian<float>>());
  check_round_trip(drawn<TanhGaussian<double>>({.log_std_min = -3.25, .border = 1e-5}));
  check_round_trip(drawn<Gaussian<float>>({.squash_mean = false, .log_std = -1.1}));
  check_round_trip(drawn<Gaussian<double>>({.action_limit = std::numeric_limits<double>::infinity()}));
  check_round_trip(drawn<Deterministic<float>>());
  check_round_trip(drawn<Deterministic<double>>({.network = {.activation = Activation::tanh}}));
  for (const LayerNormalization place : {LayerNormalization::before_activation, LayerNormalization::after_activation}) {
    check_round_trip(drawn<TanhGaussian<float>>({.network = {.normalization = place}}));
    check_round_trip(best_of(drawn<Deterministic<double>>(), place));
  }
  check_round_trip(best_of(drawn<TanhGaussian<float>>()));
  check_round_trip(best_of(drawn<Gaussian<double>>()));
  check_round_trip(best_of(drawn<Deterministic<float>>()));
  check_round_trip(AnyPolicy<float>(best_of(drawn<TanhGaussian<float>>())));
}

TEST_CASE("A policy file of one precision acts the same in the other", "[policy_file]") {
  const TemporaryDirectory directory;
  const auto check = [&](const auto& policy) {
    using Policy = std::remove_cvref_t<decltype(policy)>;
    DeployedPolicy<Policy> before(policy, normalization<double>());
    write_policy(directory / "policy.h5", before);
    auto after = read_policy(directory / "policy.h5");
    Vector<double> expected(2);
    Vector<double> found(2);
    before.act(Vector<double>{{0.5, -1.0, 2.0}}, expected);
    after.act(Vector<double>{{0.5, -1.0, 2.0}}, found);
    CHECK((found - expected).norm() < 1e-5);
  };
  check(drawn<TanhGaussian<double>>());
  check(best_of(drawn<TanhGaussian<double>>()));
}

TEST_CASE("A policy that takes the best of no draws is recorded as the policy that it is", "[policy_file]") {
  const auto inside = drawn<TanhGaussian<float>>();
  const auto critics = best_of(inside).critics();
  const PolicyRecord record = record_of(Best<TanhGaussian<float>>(inside, critics, 0));
  CHECK_FALSE(record.best_of);
  CHECK(make_policy(record).get<TanhGaussian<float>>() != nullptr);
  PolicyRecord none = record_of(best_of(inside));
  none.best_of->choice.samples = 0;
  CHECK(make_policy(none).get<TanhGaussian<float>>() != nullptr);
}

TEST_CASE("A policy that is none of the library's says that it cannot be recorded", "[policy_file]") {
  using Policy = BestOf<TanhGaussian<float>, NoCritics<float>>;
  const AnyPolicy<float> policy(Policy(drawn<TanhGaussian<float>>(), {}, 0));
  CHECK_THROWS_AS(policy.record(), ConfigError);
}

TEST_CASE("A policy whose numbers are not finite is not written", "[policy_file]") {
  const TemporaryDirectory directory;
  auto policy = drawn<Gaussian<float>>();
  policy.parameters()(3) = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(write_policy(directory / "p.h5", DeployedPolicy<Gaussian<float>>(policy, normalization<float>())),
                  DataError);
  CHECK_FALSE(std::filesystem::exists(directory / "p.h5"));
}

TEST_CASE("A file that is no policy file says so in one line", "[policy_file]") {
  const Forge forge(drawn<TanhGaussian<float>>());
  CHECK_THAT(Forge::refusal_of(forge.directory / "none.h5"), Contains("found no file"));
  std::ofstream(forge.bad) << "type,parameters\n";
  CHECK_THAT(Forge::refusal_of(forge.bad), Contains("found another kind of file"));
  CHECK_THAT(forge.refusal({"format"}), Contains("format: expected an attribute"));
  CHECK_THAT(forge.refusal({"format"}, [](auto& file) { file.write_attribute("format", "holdfast-checkpoint"); }),
             Contains("format: expected \"holdfast-policy\", found \"holdfast-checkpoint\""));
  CHECK_THAT(forge.refusal({"version"}, [](auto& file) { file.write_attribute("version", "4"); }),
             Contains("version: expected at most 3, found 4") && Contains("update holdfast"));
  CHECK_THAT(forge.refusal({"version"}, [](auto& file) { file.write_attribute("version", "one"); }),
             Contains("version: expected a whole number, found \"one\""));
}

TEST_CASE("A file of version 1, with its own names of fields, is read", "[policy_file]") {
  const Forge forge(best_of(drawn<Gaussian<float>>()));
  std::set<std::string> others{"version"};
  for (const char* group : {"config/network.", "best_of/config/"})
    for (const char* layer : {"hidden", "output"}) others.insert(message(group, layer, "_initializer"));
  const auto write_with = [&](const char* version, const std::string& initializer) {
    return forge.refusal(others, [&](hdf5::Writer& file) {
      file.write_attribute("version", version);
      for (const char* group : {"config/network.", "best_of/config/"})
        for (const char* layer : {"hidden", "output"}) file.write_text(message(group, layer, initializer), "he_normal");
    });
  };
  CHECK(write_with("1", "_initialiser") == "accepted");
  CHECK_THAT(write_with("2", "_initialiser"), Contains("there is no \"network.hidden_initialiser\""));
}

TEST_CASE("A file from before layers could be normalized is read, and one with another normalization is refused",
          "[policy_file]") {
  const Forge forge(best_of(drawn<Gaussian<float>>()));
  const std::set<std::string> fields{"config/network.normalization", "best_of/config/normalization"};
  CHECK(forge.refusal(fields) == "accepted");
  const auto write = [&](const char* place) {
    return forge.refusal(fields, [&](hdf5::Writer& file) { file.write_text("config/network.normalization", place); });
  };
  CHECK(write("none") == "accepted");
  CHECK_THAT(write("after_activation"), Contains("parameters: expected"));
  CHECK_THAT(write("sideways"), Contains("network.normalization must be one of"));
}

TEST_CASE("A truncated policy file is refused wherever it was cut", "[policy_file]") {
  const Forge forge(drawn<TanhGaussian<float>>());
  const auto size = std::filesystem::file_size(forge.good);
  for (int share = 0; share < 20; ++share) {
    std::filesystem::copy_file(forge.good, forge.bad, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(forge.bad, size * static_cast<std::uintmax_t>(share) / 20);
    CHECK(Forge::refusal_of(forge.bad) != "accepted");
  }
}

TEST_CASE("Every dataset of a policy file is needed and checked", "[policy_file]") {
  const Forge forge(best_of(drawn<Gaussian<float>>()));
  CHECK(forge.refusal({}) == "accepted");
  const std::string wanted = "expected a dataset, found none";
  for (const char* name : {"type", "observation_size", "action_size", "parameters", "normalization/mean",
                           "normalization/scale", "best_of/samples", "best_of/seed", "best_of/parameters",
                           "proof/observations", "proof/actions", "proof/draws", "proof/values"})
    CHECK_THAT(forge.refusal({name}), Contains(std::string(name) + ": " + wanted));

  const auto number = [](const char* name, Index value) {
    return [=](hdf5::Writer& file) { file.write_number(name, value); };
  };
  const auto text = [](const char* name, const char* value) {
    return [=](hdf5::Writer& file) { file.write_text(name, value); };
  };
  CHECK_THAT(forge.refusal({"type"}, text("type", "gausian")), Contains("type: expected tanh_gaussian"));
  CHECK_THAT(forge.refusal({"type"}, text("type", "deterministic")), Contains("there is no \"action_limit\""));
  CHECK_THAT(forge.refusal({"observation_size"}, number("observation_size", 4)), Contains("parameters: expected"));
  CHECK_THAT(forge.refusal({"observation_size"}, number("observation_size", -1)),
             Contains("observation_size must be positive"));
  CHECK_THAT(forge.refusal({"action_size"}, number("action_size", Index{1} << 60)), Contains("parameters: expected"));
  CHECK_THAT(forge.refusal({"config/log_std"}, text("config/log_std", "9")), Contains("log_std must be in (-5, 2)"));
  CHECK_THAT(forge.refusal({"config/network.hidden"}, text("config/network.hidden", "[900000, 900000]")),
             Contains("parameters: expected as many numbers as"));
  CHECK_THAT(forge.refusal({"config/network.hidden"}, text("config/network.hidden", "[7, 5, 1]")),
             Contains("parameters: expected"));
  CHECK_THAT(forge.refusal({"best_of/samples"}, number("best_of/samples", -5)), Contains("best_of/samples: expected"));
  CHECK_THAT(forge.refusal({"config/network.hidden"}, text("config/network.hidden", "[9000000000000000000]")),
             Contains("each of network.hidden must be at most 1000000"));
  CHECK_THAT(forge.refusal({"config/network.hiden"}, text("config/network.hiden", "[7, 5]")),
             Contains("did you mean \"network.hidden\""));
}

TEST_CASE("A policy file with numbers that cannot be is refused", "[policy_file]") {
  const Forge forge(best_of(drawn<TanhGaussian<float>>()));
  for (const char* name : {"parameters", "best_of/parameters", "normalization/mean", "normalization/scale"}) {
    Row<float> values = row_of(forge.good, name);
    values(1) = std::numeric_limits<float>::infinity();
    CHECK_THAT(forge.refusal({name}, [&](auto& file) { file.write(name, values); }),
               Contains(std::string(name) + ": expected finite numbers"));
    values = values.head(values.size() - 1).eval();
    CHECK_THAT(forge.refusal({name}, [&](auto& file) { file.write(name, values); }),
               Contains(std::string(name) + ": expected " + std::to_string(values.size() + 1)));
  }
  CHECK_THAT(forge.refusal({"normalization/scale"},
                           [](auto& file) {
                             file.write("normalization/scale", Row<float>{{1.0F, 0.0F, 1.0F}});
                           }),
             Contains("normalization/scale: expected positive numbers, found 0"));
  CHECK_THAT(forge.refusal({"proof/actions"},
                           [](auto& file) { file.write("proof/actions", Matrix<float>::Zero(2, 15).eval()); }),
             Contains("proof/actions: expected 16×2, found 15×2"));
}

TEST_CASE("A flipped parameter is caught by the proof", "[policy_file]") {
  const std::string caught = "as the writer computed";
  const Index weights = 3 * 7 + 7 + 7 * 5 + 5;  // of the hidden layers
  SECTION("of a tanh-Gaussian, in the mean and in ln σ") {
    const Forge forge(drawn<TanhGaussian<float>>());
    for (const Index index : {weights, weights + 5 * 4, weights + 5 * 4 + 3})
      CHECK_THAT(flipped(forge, "parameters", index), Contains(caught));
  }
  SECTION("of a Gaussian, in the mean and in ln σ") {
    const Forge forge(drawn<Gaussian<float>>({.log_std = -0.7}));
    for (const Index index : {weights, weights + 5 * 2, weights + 5 * 2 + 3})
      CHECK_THAT(flipped(forge, "parameters", index), Contains(caught));
  }
  SECTION("of the critic, the seed and the number of draws of a best-of policy") {
    const Forge forge(best_of(drawn<TanhGaussian<float>>()));
    CHECK_THAT(flipped(forge, "best_of/parameters", 5 * 6 + 6 + 6), Contains("proof/values: expected"));
    CHECK_THAT(forge.refusal({"best_of/seed"}, [](auto& file) { file.write_number("best_of/seed", Index{78}); }),
               Contains("proof/actions: expected"));
    CHECK_THAT(forge.refusal({"best_of/samples"}, [](auto& file) { file.write_number("best_of/samples", Index{1}); }),
               Contains("proof/actions: expected"));
  }
  SECTION("of the normalization") {
    const Forge forge(drawn<Deterministic<float>>());
    CHECK_THAT(flipped(forge, "normalization/mean", 0), Contains(caught));
  }
}

}  // namespace policy_file_test
