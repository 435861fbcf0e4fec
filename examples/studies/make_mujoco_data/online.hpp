/// \file
/// The online training that makes the medium and the expert policy, and the transitions up to the medium one.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/csv.hpp"
#include "holdfast/core/progress_bar.hpp"
#include "holdfast/core/whole_file.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "studies/make_mujoco_data/options.hpp"
#include "studies/support/online_run.hpp"
#include "studies/support/record.hpp"
#include "support/file_lock.hpp"
#include "support/files.hpp"

namespace mujoco_data {

namespace fs = std::filesystem;

inline constexpr const char* another_record = "choose another --out, or remove the file";

/// SAC that is trained online in one environment, with files that tell of it:
///   - E-online.csv: the return of the policy's mode every `evaluate_every` steps;
///   - E-medium-policy.h5 and E-medium-replay.hdf5: the first policy that reaches the medium score, and all transitions
///     up to there;
///   - E-expert-policy.h5: the policy at the end;
///   - E-checkpoint.h5: the whole state, until the end.
class Online {
 public:
  Online(const Options& options, std::string name, const AnyEnvironment<>& environment)
      : options_(options),
        name_(std::move(name)),
        environment_(environment),
        training_(environment, {},
                  {.steps = options.online_steps,
                   .random_steps = options.random_steps,
                   .batch_size = 256,
                   .seed = options.seed}),
        checkpoints_(options.checkpoint_every) {}

  /// Trains until all policies are made that are asked for. Goes on from a checkpoint if there is one. Throws DataError
  /// if it is of another training.
  void run(ProgressBar& bar) {
    const program::FileLock lock(file("lock").string(), name_);
    if (done()) return remove_file(file("checkpoint.h5").string());
    resume();
    bar.skip(training_.step());
    shown_ = training_.step();
    CsvWriter curve = open_curve();
    training_.run([&](const TrainingStep& now) { return observe(now, curve, bar); });
    if (!program::interrupted && done()) remove_file(file("checkpoint.h5").string());
  }

  /// Throws DataError if the training has ended without a medium policy that is asked for.
  void require_medium() const {
    if (program::interrupted || !options_.needs_medium() || is_made("medium-policy.h5")) return;
    throw DataError(message(name_, ": expected a policy with a score of ", options_.medium_score, " within ",
                            options_.online_steps, " steps, found ", best_score_,
                            " at best; begin anew in another --out, with more --online-steps or a lower "
                            "--medium-score"));
  }

  /// Lists how far the files are written, beside the training.
  static void state(auto& self, auto&& visit) {
    visit("written", self.written_);
    visit("best_score", self.best_score_);
  }

  /// Returns what decides the results of the training, as files record it.
  [[nodiscard]] std::map<std::string, std::string> record() const {
    return {{"environment", name_},
            {"seed", std::to_string(options_.seed)},
            {"online_steps", std::to_string(options_.online_steps)},
            {"random_steps", std::to_string(options_.random_steps)},
            {"medium_score", format_number(options_.medium_score)},
            {"evaluate_every", std::to_string(options_.evaluate_every)},
            {"episodes", std::to_string(options_.episodes)}};
  }

 private:
  [[nodiscard]] fs::path file(const std::string& name) const { return options_.file(name_, name); }

  [[nodiscard]] bool done() const {
    const bool medium = is_made("medium-policy.h5") && is_made("medium-replay.hdf5");
    return (!options_.needs_medium() || medium) && (!options_.needs_expert() || is_made("expert-policy.h5"));
  }

  /// Returns whether a file is there. Throws DataError if it was made in another way.
  [[nodiscard]] bool is_made(const std::string& name) const {
    const std::string path = file(name).string();
    if (!fs::exists(path)) return false;
    const std::scoped_lock turn(program::hdf5_turn);
    const auto found = name.ends_with(".h5") ? read_policy_metadata(path) : read_metadata(path);
    program::check_record(path, record(), found, another_record);
    return true;
  }

  [[nodiscard]] CsvWriter open_curve() const {
    const std::vector<std::string> columns = {"environment", "seed", "step", "return_mean", "return_stderr", "score"};
    const fs::path path = file("online.csv");
    return written_.bytes == 0 ? CsvWriter(path, columns) : CsvWriter(path, columns.size(), written_);
  }

  bool observe(const TrainingStep& now, CsvWriter& curve, ProgressBar& bar) {
    bar.advance(now.step - std::exchange(shown_, now.step));
    const bool evaluates = now.step > 0 && (now.step % options_.evaluate_every == 0 || now.step == now.steps);
    if (evaluates) evaluate(now, curve, bar);
    if (evaluates && done()) return false;
    if (program::interrupted || (now.step > 0 && checkpoints_.due(now.step)))
      checkpoints_.write([&] {
        curve.sync();  // the checkpoint tells of its rows
        save();
      });
    return !program::interrupted;
  }

  void evaluate(const TrainingStep& now, CsvWriter& curve, ProgressBar& bar) {
    const Estimate value = training_.evaluate(options_.episodes, options_.seed + 1000);
    const double score = training_.score(value);
    curve.row({name_, static_cast<Index>(options_.seed), now.step, value.mean, value.standard_error, score});
    written_ = curve.written();
    best_score_ = std::max(best_score_, score);
    bar.note(message(name_, " step ", now.step, " return ", std::lround(value.mean)));
    const bool reaches_medium = score >= options_.medium_score && !is_made("medium-policy.h5");
    if (reaches_medium) {
      const std::scoped_lock turn(program::hdf5_turn);
      write_d4rl(file("medium-replay.hdf5").string(), training_.transitions(), about("SAC, online training"));
    }
    if (reaches_medium) keep("medium-policy.h5", now.step, value.mean);
    if (now.step == now.steps) keep("expert-policy.h5", now.step, value.mean);
  }

  [[nodiscard]] std::map<std::string, std::string> about(const std::string& behavior) const {
    auto all = record();
    all.emplace("behavior", behavior);
    return all;
  }

  void keep(const std::string& name, Index step, double value) const {
    auto all = record();
    all.emplace("algorithm", "sac");
    all.emplace("step", std::to_string(step));
    all.emplace("return_mean", format_number(value));
    const std::scoped_lock turn(program::hdf5_turn);
    write_policy(file(name).string(), program::deployed(training_.policy(), environment_), all);
  }

  void save() { training_.save(file("checkpoint.h5").string(), record(), *this); }

  void resume() {
    const fs::path path = file("checkpoint.h5");
    if (fs::exists(path)) training_.resume(path.string(), record(), *this);
  }

  const Options& options_;
  std::string name_;
  AnyEnvironment<> environment_;
  program::OnlineRun training_;
  program::CheckpointInterval checkpoints_;
  CsvProgress written_;  ///< extent of online.csv
  double best_score_ = -std::numeric_limits<double>::infinity();
  Index shown_ = 0;
};

}  // namespace mujoco_data
