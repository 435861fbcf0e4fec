/// \file
/// Tests that damage to a dataset's file is noticed: no flipped bit changes what is read.
#include <cstddef>
#include <map>
#include <string>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/data/hdf5.hpp"
#include "support/bit_flips.hpp"
#include "support/run_program.hpp"

namespace damaged_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

/// Writes a small dataset and flips bits of it.
FlipCounts damage(std::size_t border, std::size_t stride) {
  const fixture::TemporaryDirectory directory;
  const std::string path = directory / "data.hdf5";
  auto data = fixture::chain<float>({0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 0, 1});
  data.action_log_probs = Row<float>::LinSpaced(data.size(), -1, 0);
  const std::map<std::string, std::string> metadata{{"environment", "chain"}, {"seed", "1"}};
  write_d4rl(path, data, metadata);
  const std::string sound = content(path);
  return flip_bits(path, sound, spread_bits(sound.size(), border, stride),
                   [&] { return fixture::same_bits(read_d4rl(path), data) && read_metadata(path) == metadata; });
}

}  // namespace

TEST_CASE("A dataset with a flipped bit is refused, or the bit holds nothing") { check_noticed(damage(64, 61)); }

TEST_CASE("A dataset with any bit flipped is refused, or the bit holds nothing", "[slow]") {
  check_noticed(damage(0, 1));
}

}  // namespace damaged_test
