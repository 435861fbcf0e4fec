#include "structure/layers.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "data/temporary_directory.hpp"

namespace layers_test {

using namespace holdfast::testing;

const std::filesystem::path root = std::filesystem::path(HOLDFAST_SOURCE) / "include/holdfast";

TEST_CASE("Includes run from later folders to earlier ones", "[layers]") {
  const std::vector<Arrow> arrows = read_arrows(root);
  REQUIRE(arrows.size() > 200);
  for (const Arrow& arrow : backward(arrows))
    FAIL_CHECK(arrow.from << " includes " << arrow.to << ", whose folder stands after its own");
}

TEST_CASE("Every folder is in the order, and every name in the order is a folder", "[layers]") {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(root))
    if (entry.is_directory()) found.insert(entry.path().filename().string());
  CHECK(found == std::set<std::string>(folders.begin(), folders.end()));
}

TEST_CASE("A planted include that runs back is found", "[layers]") {
  const fixture::TemporaryDirectory planted;
  const auto write = [&planted](const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(planted / name).parent_path());
    std::ofstream(planted / name) << text;
  };
  write("core/types.hpp", "#include <vector>\n");
  write("networks/mlp.hpp", "#include \"holdfast/core/types.hpp\"\n  #  include \"holdfast/networks/adam.hpp\"\n");
  write("holdfast.hpp", "#include \"holdfast/networks/mlp.hpp\"\n");
  CHECK(backward(read_arrows(planted / "")).empty());

  write("core/wrong.hpp", "#include <holdfast/networks/mlp.hpp> // back\n");
  write("core/umbrella.hpp", "#include \"holdfast/holdfast.hpp\"\n");
  write("data/unlisted.hpp", "#include \"holdfast/somewhere/else.hpp\"\n");
  std::vector<std::string> found;
  for (const Arrow& arrow : backward(read_arrows(planted / ""))) found.push_back(arrow.from);
  std::ranges::sort(found);
  CHECK(found == std::vector<std::string>{"core/umbrella.hpp", "core/wrong.hpp", "data/unlisted.hpp"});
}

}  // namespace layers_test
