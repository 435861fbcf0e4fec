/// \file
/// Saves the parts of a run, and goes on with them.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "holdfast/training/checkpoint.hpp"
#include "studies/support/record.hpp"
#include "support/files.hpp"

namespace program {

/// Writes the parts that `each_part(visit)` visits by visit(name, part), and the record of which run they are. Several
/// threads may do so. Throws DataError if the file cannot be written.
template <class EachPart>
void save_run(const std::string& file, const std::map<std::string, std::string>& record, EachPart&& each_part) {
  holdfast::Checkpoint checkpoint{.about = record, .parts = {}};
  each_part([&](const char* name, const auto& part) { checkpoint.parts[name] = holdfast::save_state(part); });
  const std::scoped_lock turn(hdf5_turn);
  holdfast::write_checkpoint(file, checkpoint);
}

/// Restores the parts that `each_part(visit)` visits. Several threads may do so. Throws DataError, which names the
/// file, if it cannot be read, if the record in it differs from `record`, or if a part does not fit.
template <class EachPart>
void resume_run(const std::string& file, const std::map<std::string, std::string>& record, EachPart&& each_part) {
  const holdfast::Checkpoint saved = [&] {
    const std::scoped_lock turn(hdf5_turn);
    return holdfast::read_checkpoint(file);
  }();
  check_record(file, record, saved.about, "choose another --out, or do not go on with this file");
  try {
    each_part([&](const char* name, auto& part) { saved.restore(name, part); });
  } catch (const holdfast::DataError& error) {
    throw holdfast::DataError(file + ": " + error.what());
  }
}

}  // namespace program
