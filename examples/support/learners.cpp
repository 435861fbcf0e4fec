#include "support/learners.hpp"

namespace program {

holdfast::AnyLearner<float> make_learner(std::string_view algorithm, const holdfast::Settings& settings,
                                         holdfast::Sizes sizes, std::uint64_t seed) {
  return holdfast::make_learner<float>(algorithm, settings, sizes, seed);
}

holdfast::Settings default_settings(std::string_view algorithm) { return holdfast::default_settings(algorithm); }

}  // namespace program
