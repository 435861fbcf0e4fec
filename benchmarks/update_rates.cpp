/// \file
/// Measures how many updates per second each learner makes with networks and batches of the usual size, and what share
/// of the processor's arithmetic that is.

#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "holdfast/kernels/multiply.hpp"
#include "holdfast/policies/deployed.hpp"
#include "measure.hpp"
#include "random_batch.hpp"
#include "support/files.hpp"
#include "support/learners.hpp"
#include "support/program.hpp"

namespace rates {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this file is one program

struct Options {
  std::vector<std::string> learners;  // empty: all
  Index observation_size = 17;
  Index action_size = 6;
  Index batch_size = 256;
  std::vector<Index> hidden = {256, 256};
  std::vector<int> threads = {1, 2};
  int rounds = 5;
  double seconds = 0.5;
  std::string out;
};

/// One line of the result.
struct Measurement {
  std::string_view learner;
  int threads;
  benchmark::Rate updates_per_s;
  double gflop_per_update;
  double peak_rss_mib;
};

// Counts the operations of the products of one update, the mean of two, all made by this thread. Some learners improve
// the policy at every second update only.
template <class Learner, class Batch>
double gflop(Learner& learner, const Batch& batch) {
  set_threads(1);
  const auto before = kernels::operations();
  for (int i = 0; i < 2; ++i) learner.update(batch);
  return static_cast<double>(kernels::operations() - before) * 0.5e-9;
}

class Report {
 public:
  explicit Report(const Options& options) : peak_(benchmark::peak_gflops(options.rounds, options.seconds)) {
    std::printf("%s; one core multiplies and adds at %.1f GFLOP/s.\n\n", program::build().c_str(), peak_);
    std::puts("| learner | threads | updates/s | range | GFLOP/update | GFLOP/s | of the cores' peak | peak MiB |");
    std::puts("|---|---|---|---|---|---|---|---|");
  }

  void add(const Measurement& m) {
    const double gflop_per_s = m.updates_per_s.median * m.gflop_per_update;
    const double efficiency = gflop_per_s / (peak_ * m.threads);
    std::printf("| %.*s | %d | %.1f | %.1f–%.1f | %.3f | %.1f | %.2f | %.0f |\n", static_cast<int>(m.learner.size()),
                m.learner.data(), m.threads, m.updates_per_s.median, m.updates_per_s.lowest, m.updates_per_s.highest,
                m.gflop_per_update, gflop_per_s, efficiency, m.peak_rss_mib);
    std::fflush(stdout);
    rows_ += message(m.learner, ",", m.threads, ",", m.updates_per_s.median, ",", m.gflop_per_update, ",", gflop_per_s,
                     ",", peak_, ",", efficiency, ",", m.peak_rss_mib, "\n");
  }

  void write(const std::string& file) const {
    std::ofstream stream(file);
    stream << "learner,threads,updates_per_s,gflop_per_update,gflop_per_s,peak_gflop_per_s,efficiency,peak_rss_mib\n"
           << rows_;
    if (!stream.flush()) throw DataError(file + ": cannot be written; is the disk full?");
  }

 private:
  double peak_;  // of one core
  std::string rows_;
};

template <class Actions>
void measure(const Options& options, Report& report) {
  const Sizes sizes{options.observation_size, options.action_size};
  const auto batch = benchmark::random_batch<Actions>(sizes, options.batch_size);
  for (const AlgorithmRow& row : Algorithms<Actions>::rows) {
    if (!options.learners.empty() && !is_among(options.learners, row.type)) continue;
    if (row.training.best_share < 1) continue;  // the learner of another row, on fewer data
    const Settings settings = program::hidden_settings<Actions>(row.name, options.hidden, /*behavior_models=*/false);
    for (const int threads : options.threads) {
      if (program::interrupted) return;
      benchmark::restart_peak_memory();
      auto learner = make_learner<Actions>(row.name, settings, sizes, 1);
      const double work = gflop(learner, batch);
      set_threads(threads);
      const auto updates = benchmark::rate(options.rounds, options.seconds, [&] { learner.update(batch); });
      report.add({row.type, threads, updates, work, benchmark::peak_memory_mib()});
    }
  }
}

// Prints how long policies take to choose one action, as a controller asks them. Networks are those of the algorithms.
void measure_acting(const Options& options) {
  set_threads(1);
  const Vector<double> observation = Vector<double>::Constant(options.observation_size, 0.5);
  std::puts("\n| one action of | µs | range | MFLOP |\n|---|---|---|---|");
  for (const std::string_view name : {"sac", "fql", "flow_bc", "diffusion_bc", "ifql", "diffusion_ql", "idql"}) {
    if (program::interrupted) return;
    const auto learner = make_learner(name, {}, {options.observation_size, options.action_size}, 1);
    DeployedPolicy policy(learner.acting(), Normalization<float>::identity(options.observation_size));
    Vector<double> action;
    policy.act(observation, action);
    const auto before = kernels::operations();
    policy.act(observation, action);
    const auto operations = static_cast<double>(kernels::operations() - before);
    const auto actions = benchmark::rate(options.rounds, options.seconds, [&] { policy.act(observation, action); });
    const std::string_view type = Algorithms<>::find(name).type;
    std::printf("| %.*s | %.1f | %.1f–%.1f | %.2f |\n", static_cast<int>(type.size()), type.data(),
                1e6 / actions.median, 1e6 / actions.highest, 1e6 / actions.lowest, operations * 1e-6);
  }
}

void run(const Options& options) {
  if (!options.out.empty()) program::check_writable(options.out);
  Report report(options);
  measure<Matrix<float>>(options, report);
  measure<ActionIndices>(options, report);
  measure_acting(options);
  if (!options.out.empty()) report.write(options.out);
}

std::vector<std::string> all_learners() {
  std::vector<std::string> names;
  names.reserve(Algorithms<>::rows.size() + Algorithms<ActionIndices>::rows.size());
  for (const AlgorithmRow& row : Algorithms<>::rows) names.emplace_back(row.type);
  for (const AlgorithmRow& row : Algorithms<ActionIndices>::rows) names.emplace_back(row.type);
  return names;
}

}  // namespace rates

int main(int argc, char** argv) {
  return program::guarded([&] {
    CLI::App app("Measures the updates per second of every learner on one random batch.");
    rates::Options options;
    app.add_option("--learners", options.learners, "Learners to measure, by their C++ names; all unless given")
        ->check(program::one_of(rates::all_learners()));
    app.add_option("--observation-size", options.observation_size, "Number of observation features")
        ->check(program::range(1, 100000))
        ->capture_default_str();
    app.add_option("--action-size", options.action_size, "Number of action features, and of finite actions")
        ->check(program::range(1, 1000))
        ->capture_default_str();
    program::add_update_options(app, options);
    app.add_option("--threads", options.threads, "Numbers of threads")
        ->check(program::range(1, 1024))
        ->capture_default_str();
    app.add_option("--rounds", options.rounds, "Measurements of each learner, whose median is the result")
        ->check(program::range(1, 1000))
        ->capture_default_str();
    app.add_option("--seconds", options.seconds, "Seconds of one measurement")
        ->check(program::range(0.001, 1000.0))
        ->capture_default_str();
    app.add_option("--out", options.out, "File for the results, with comma-separated values");
    return program::run(app, argc, argv, [&] { rates::run(options); });
  });
}
