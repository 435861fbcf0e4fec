/// \file
/// Makes some updates of one learner, so that valgrind can count the instructions of an update.
///
///     update list                 prints the learners
///     update LEARNER UPDATES

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../random_batch.hpp"
#include "holdfast/training/any_learner.hpp"

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this file is one program

constexpr Sizes sizes{.observation = 17, .action = 6};
constexpr Index batch_size = 64;

// Returns whether the learner is of this table.
template <class Actions>
bool update(std::string_view wanted, int updates) {
  for (const AlgorithmRow& row : Algorithms<Actions>::rows) {
    if (row.training.best_share < 1) continue;  // the learner of another row, on fewer data
    if (wanted == "list") std::printf("%s\n", std::string(row.type).c_str());
    if (wanted != row.type) continue;
    Settings settings;
    for (const auto& [name, value] : default_settings<Actions>(row.name))
      if (name.ends_with("network.hidden"))
        settings.emplace_back(name, "64, 64");
      else if (name.ends_with("network.width"))
        settings.emplace_back(name, "64");
    auto learner = make_learner<Actions>(row.name, settings, sizes, /*seed=*/1);
    const auto batch = benchmark::random_batch<Actions>(sizes, batch_size);
    for (int i = 0; i < updates; ++i) learner.update(batch);
    return true;
  }
  return wanted == "list";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "list";
  const int updates = argc > 2 ? std::atoi(argv[2]) : 0;
  const bool continuous = update<Matrix<float>>(wanted, updates);
  const bool finite = update<ActionIndices>(wanted, updates);
  return continuous || finite ? 0 : 2;
}
