#include "holdfast/core/sizes.hpp"

#include <limits>
#include <string>

#include "catch.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/networks/mlp.hpp"
#include "holdfast/networks/table.hpp"
#include "holdfast/penalties/conservative.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"

namespace sizes_test {

using namespace holdfast;

constexpr Index most = std::numeric_limits<Index>::max();

TEST_CASE("Products of sizes are counted, or refused where an Index does not hold them") {
  CHECK(size_product("units", 3, 4) == 12);
  CHECK(size_product("units", 0, most) == 0);
  CHECK(size_product("units", most, 0) == 0);
  CHECK(size_product("units", most, 1) == most);
  CHECK(size_product("units", Index{1} << 31, Index{1} << 31) == Index{1} << 62);
  CHECK_THROWS_WITH(size_product("units", Index{1} << 31, Index{1} << 32),
                    Contains("units: 2147483648×4294967296 are"));
  CHECK_THROWS_AS(size_product("units", most, 2), ConfigError);
  CHECK_THROWS_AS(size_product("units", -1, 2), ConfigError);
}

TEST_CASE("Sizes of what is held in memory end at a million") {
  CHECK(size_from(1).contains(1e6));
  CHECK_FALSE(size_from(1).contains(0));
  CHECK(size_from(1).text() == "at least 1");
  constexpr Interval to_a_million{1, most_in_memory};  // has another meaning
  CHECK(to_a_million.text() == "in [1, 1000000]");
  CHECK_THROWS_WITH(check_field("parts", Index{1000001}, to_a_million), !Contains("memory"));
  const auto refuses = [](auto config, const std::string& path) {
    CHECK_THROWS_WITH(check_fields(config), Contains(path + " must be at most 1000000, to fit into memory, but is "));
  };
  refuses(MlpConfig{.hidden = {64, 9000000000000000000}}, "each of hidden");
  refuses(MlpConfig{.hidden = {1000001}}, "each of hidden");
  CHECK_NOTHROW(check_fields(MlpConfig{.hidden = {1000000}}));
  refuses(Conservative{.samples = 4611686018427387904}, "samples");
  CHECK_THROWS_WITH(check_fields(MlpConfig{.hidden = {-1}}), Contains("each of hidden must be at least 1, but is -1"));
}

TEST_CASE("Networks and policies refuse sizes whose product overflows") {
  CHECK_THROWS_AS(Mlp<float>(most / 2, 1, MlpConfig{.hidden = {1000}}), ConfigError);
  CHECK_THROWS_AS(Table<float>(most / 2, 1000, {}).parameter_count(), ConfigError);
  Generator generator(1, Stream::initialization);
  const TanhGaussian<float> policy({.network = {.hidden = {4}}}, {2, 1}, generator);
  TanhGaussian<float>::Tape tape;
  Proposal<float> proposal;
  CHECK_THROWS_WITH(policy.propose(Matrix<float>::Zero(2, 8), Index{1} << 62, generator, tape, proposal),
                    Contains("proposed actions: 4611686018427387904×8"));
}

}  // namespace sizes_test
