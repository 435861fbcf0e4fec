/// \file
/// The datasets: actions at random, of the medium policy and of the expert.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/data/hdf5.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "holdfast/training/recorder.hpp"
#include "studies/make_mujoco_data/online.hpp"

namespace mujoco_data {

/// Writes the datasets of one environment, each with the transitions of one behavior, as D4RL's have them: draws of the
/// policies, and their log-probabilities.
class Datasets {
 public:
  Datasets(const Options& options, std::string name, const AnyEnvironment<>& environment,
           std::map<std::string, std::string> record)
      : options_(options), name_(std::move(name)), environment_(environment), record_(std::move(record)) {}

  /// Writes those that are asked for and not there yet, until the program is interrupted. Throws DataError if one that
  /// is there was made in another way.
  void write(ProgressBar& bar) {
    make("random", bar, [&] { return random(bar); });
    make("medium", bar, [&] { return draws("medium", bar); });
    make("expert", bar, [&] { return draws("expert", bar); });
    make("medium-expert", bar, [&] {
      Transitions<> both = rows_of("medium", bar);
      if (both.size() > 0 && !program::interrupted) both.append(rows_of("expert", bar));
      return both;
    });
  }

 private:
  template <class Make>
  void make(const std::string& kind, ProgressBar& bar, Make&& rows) {
    if (!options_.asks_for(kind) || program::interrupted) return;
    const std::string file = options_.file(name_, kind + ".hdf5").string();
    if (std::filesystem::exists(file)) return check(kind);
    const std::string policy = kind == "medium-expert" ? "medium" : kind;
    if (kind != "random" && !std::filesystem::exists(options_.file(name_, policy + "-policy.h5"))) return;
    bar.note(message(name_, ' ', kind));
    const Transitions<> data = rows();
    if (program::interrupted) return;
    auto about = record_of(kind);
    about.emplace("behavior", kind == "random" ? "uniform actions" : "SAC, draws of the " + kind + " policy");
    const std::scoped_lock turn(program::hdf5_turn);
    write_d4rl(file, data, about);
    std::printf("%s: %td transitions\n", file.c_str(), data.size());
    std::fflush(stdout);
  }

  /// Returns what decides a dataset, as its file records it. Random actions know nothing of the training.
  [[nodiscard]] std::map<std::string, std::string> record_of(const std::string& kind) const {
    auto record = record_;
    if (kind == "random")
      std::erase_if(record, [](const auto& each) { return each.first != "environment" && each.first != "seed"; });
    record.emplace("rows", std::to_string(options_.rows));
    return record;
  }

  /// Throws DataError if the dataset, which is there, was made in another way.
  void check(const std::string& kind) const {
    const std::string file = options_.file(name_, kind + ".hdf5").string();
    const std::scoped_lock turn(program::hdf5_turn);
    program::check_record(file, record_of(kind), read_metadata(file), another_record);
  }

  Transitions<> random(ProgressBar& bar) {
    Generator noise(options_.seed, Stream::noise, 3);
    return recorded(bar, options_.seed + 5, [&](const Matrix<float>&, Matrix<float>& action) -> std::optional<float> {
      return act_uniformly(noise, action);
    });
  }

  Transitions<> draws(const std::string& policy, ProgressBar& bar) {
    auto acting = [&] {
      const std::scoped_lock turn(program::hdf5_turn);
      return read_policy(options_.file(name_, policy + "-policy.h5").string());
    }();
    const std::uint32_t number = policy == "medium" ? 1 : 2;
    Generator noise(options_.seed, Stream::noise, number);
    return recorded(bar, options_.seed + 1 + number,
                    [&](const Matrix<float>& observation, Matrix<float>& action) -> std::optional<float> {
                      return acting.act(observation, Acting::sample, noise, action)(0);
                    });
  }

  /// Returns the transitions of a dataset that may be written already.
  Transitions<> rows_of(const std::string& policy, ProgressBar& bar) {
    const std::string file = options_.file(name_, policy + ".hdf5").string();
    if (!std::filesystem::exists(file)) return draws(policy, bar);
    check(policy);
    const std::scoped_lock turn(program::hdf5_turn);
    return read_d4rl(file);
  }

  /// Records as many transitions of a behavior as asked for. The last one ends its episode, by a time-out at least.
  template <class Behavior>
  Transitions<> recorded(ProgressBar& bar, std::uint64_t seed, Behavior&& behavior) {
    ReplayBuffer<> buffer(program::sizes_of(environment_), options_.rows);
    Recorder<float, AnyEnvironment<>> recorder(environment_, seed);
    constexpr Index together = 1000;
    for (Index row = 0; row < options_.rows && !program::interrupted; ++row) {
      recorder.step(behavior, buffer);
      if ((row + 1) % together == 0) bar.advance(together);
    }
    Transitions<> data = buffer.transitions();
    if (data.size() > 0 && data.terminals(data.size() - 1) == 0) data.timeouts(data.size() - 1) = 1;
    return data;
  }

  const Options& options_;
  std::string name_;
  AnyEnvironment<> environment_;
  std::map<std::string, std::string> record_;
};

}  // namespace mujoco_data
