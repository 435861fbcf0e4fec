/// \file
/// Tests that damage to a policy's file is noticed: no flipped bit changes the policy that is read.
#include <cstddef>
#include <map>
#include <string>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "support/bit_flips.hpp"
#include "support/run_program.hpp"

namespace damaged_policy_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

/// Writes a small policy and flips bits of its file.
FlipCounts damage(std::size_t border, std::size_t stride) {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "policy.h5";
  Generator generator(7, Stream::initialization);
  const Deterministic<float> policy({.network = {.hidden = {4}}}, {3, 2}, generator);
  const Normalization<float> normalization{Vector<float>{{1, 2, 3}}, Vector<float>{{1, 0.5, 2}}};
  const std::map<std::string, std::string> metadata{{"algorithm", "bc"}, {"seed", "1"}};
  write_policy(path, DeployedPolicy(policy, normalization), metadata);
  const std::string sound = content(path);
  const PolicyRecord record = record_of(policy);
  return flip_bits(path, sound, spread_bits(sound.size(), border, stride), [&] {
    const auto found = read_policy(path);
    const PolicyRecord read = record_of(found.policy());
    return read.type == record.type && read.config == record.config &&
           fixture::same_bits(read.parameters, record.parameters) &&
           fixture::same_bits(found.normalization().mean, normalization.mean) &&
           fixture::same_bits(found.normalization().scale, normalization.scale) &&
           read_policy_metadata(path) == metadata;
  });
}

}  // namespace

TEST_CASE("A policy with a flipped bit is refused, or the bit holds nothing") { check_noticed(damage(64, 61)); }

TEST_CASE("A policy with any bit flipped is refused, or the bit holds nothing", "[slow]") {
  check_noticed(damage(0, 1));
}

}  // namespace damaged_policy_test
