/// \file
/// Trains one learner on several batches at a time, in processes that share their gradients.
#pragma once

#include <memory>

#include "holdfast/networks/all_reduce.hpp"
#include "holdfast/networks/trained.hpp"

namespace holdfast {

/// Lets a learner take every step with the mean of its gradient and those of the other learners of `all_reduce`, which
/// are made with the same configuration and seed, and updated as often, each with a batch of its own, of the same size.
/// Their parameters then have the same bits after every update, those of one learner whose batch is all of theirs, but
/// for what is no mean over a batch: weights that are normalized over it, and noise, which the same seed draws for each
/// of them alike.
///
/// An update that throws in one of them leaves the others waiting: end all of them then. Pass nullptr to train alone
/// again. A copy of the learner shares, too. Throws ConfigError for a network that keeps its parameters elsewhere; then
/// nothing is shared.
template <class Learner>
void share_gradients(Learner& learner, const std::shared_ptr<AllReduce>& all_reduce) {
  try {
    for_each_trained(learner, [&](auto& trained) { trained.share(all_reduce); });
  } catch (const ConfigError&) {
    for_each_trained(learner, [](auto& trained) { trained.share(nullptr); });
    throw;
  }
}

}  // namespace holdfast
