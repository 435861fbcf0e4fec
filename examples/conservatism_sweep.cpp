/// \file
/// How conservative should CQL be? Its weight α swept over narrow and mixed data, against cloning and SAC.

#include <cmath>
#include <cstdio>
#include <sstream>

#include "support/gnuplot.hpp"
#include "support/study.hpp"

namespace sweep {

using namespace holdfast;  // NOLINT(google-build-using-namespace): this file is one program

struct Options : program::ExperimentOptions {
  Options() { seeds = 3; }
  std::string environment = "mass_chain";
  std::vector<std::string> data = {"expert", "mixed"};
  std::vector<double> alphas = {0.1, 0.5, 1, 5, 10};
  Index steps = 10000;
  bool keep_data = false;
};

std::string label_of(double alpha) { return message("cql ", alpha); }

std::vector<program::Job> plan(const Options& options, const std::vector<program::Task>& tasks) {
  std::vector<program::Job> jobs;
  const auto add = [&](const program::Task& task, const std::string& label, const std::string& algorithm,
                       const Settings& more, Index i) {
    Settings settings = program::experiment_settings(options, algorithm, true);
    settings.insert(settings.end(), more.begin(), more.end());
    jobs.push_back({&task, label, algorithm, settings, options.seed + static_cast<std::uint64_t>(i)});
  };
  for (Index i = 0; i < options.seeds; ++i)
    for (const program::Task& task : tasks) {
      add(task, "bc", "bc", {}, i);
      add(task, "sac", "sac", {}, i);
      for (const double alpha : options.alphas)
        add(task, label_of(alpha), "cql", {{"penalty.alpha", message(alpha)}}, i);
    }
  return jobs;
}

/// Predicted less true Q of a run's end: how deep the lower bound lies, or how high the promise.
double gap(const program::Result& result) {
  return result.run.last().diagnostics.q_policy_mean - result.run.last().true_q.mean;
}

/// What the program says about one dataset.
struct Verdict {
  std::optional<double> first_better;  ///< the smallest α that beats cloning by more than the interval
  double best = 0;                     ///< the α of the highest mean score
  std::optional<double>
      first_costly;  ///< the smallest α above the best that is worse than it by more than the interval
};

Verdict judge(const Options& options, const std::vector<program::Result>& results, const std::string& data) {
  const auto runs = [&](const std::string& label) { return program::cell(results, options.environment, data, label); };
  const auto exceeds = [&](const std::string& a, const std::string& b) {
    const auto differences = program::paired_differences(runs(a), runs(b));
    if (differences.size() < 2) return false;
    const program::Interval95 interval(differences);
    return interval.mean > interval.half_width;
  };
  Verdict verdict;
  double highest = -std::numeric_limits<double>::infinity();
  for (const double alpha : options.alphas) {
    const auto cell = runs(label_of(alpha));
    if (cell.empty()) continue;
    const double score = program::Interval95(program::scores(cell)).mean;
    if (!verdict.first_better && exceeds(label_of(alpha), "bc")) verdict.first_better = alpha;
    if (score > highest) {
      highest = score;
      verdict.best = alpha;
    }
  }
  for (const double alpha : options.alphas)
    if (!verdict.first_costly && alpha > verdict.best && exceeds(label_of(verdict.best), label_of(alpha)))
      verdict.first_costly = alpha;
  return verdict;
}

void print_report(const Options& options, const std::vector<program::Result>& results) {
  for (const std::string& data : options.data) {
    std::printf("\n| %s, %s | score | predicted Q | true Q | predicted − true |\n|---|---|---|---|---|\n",
                options.environment.c_str(), data.c_str());
    std::vector<std::string> labels = {"bc", "sac"};
    for (const double alpha : options.alphas) labels.push_back(label_of(alpha));
    for (const std::string& label : labels) {
      const auto runs = program::cell(results, options.environment, data, label);
      if (runs.empty()) continue;
      std::vector<double> predicted;
      std::vector<double> truth;
      std::vector<double> gaps;
      for (const program::Result* result : runs) {
        predicted.push_back(result->run.last().diagnostics.q_policy_mean);
        truth.push_back(result->run.last().true_q.mean);
        gaps.push_back(gap(*result));
      }
      const std::string score = program::text_of(program::Interval95(program::scores(runs)));
      if (label == "bc")
        std::printf("| %s | %s | – | %s | – |\n", label.c_str(), score.c_str(),
                    program::text_of(program::Interval95(truth)).c_str());
      else
        std::printf("| %s | %s | %s | %s | %s |\n", label.c_str(), score.c_str(),
                    program::text_of(program::Interval95(predicted)).c_str(),
                    program::text_of(program::Interval95(truth)).c_str(),
                    program::text_of(program::Interval95(gaps)).c_str());
    }
    const Verdict verdict = judge(options, results, data);
    std::printf(
        "\nOn %s data CQL %s; its best α is %g; %s.\n", data.c_str(),
        verdict.first_better ? message("exceeds cloning from α = ", *verdict.first_better).c_str()
                             : "never exceeds cloning by more than the interval",
        verdict.best,
        verdict.first_costly
            ? message("from α = ", *verdict.first_costly, " on conservatism costs more than the interval").c_str()
            : "no larger α costs more than the interval");
  }
  std::printf("\nmean ± 95 %% interval over %lld seeds (Student's t); comparisons are of paired seeds\n",
              static_cast<long long>(options.seeds));
}

/// A gnuplot script: score above, predicted minus true Q below, over α, a column for each kind of data.
std::string picture_script(const Options& options, const std::vector<program::Result>& results) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1150,800 font 'sans,11'\nset output 'conservatism.png'\n"
     << "set multiplot layout 2," << options.data.size() << " columnsfirst title 'CQL on " << options.environment
     << "' font 'sans,14' noenhanced\nset grid\nset logscale x\nset key bottom right\n"
     << "set xrange [" << options.alphas.front() / 1.5 << ':' << options.alphas.back() * 1.5 << "]\n";
  std::size_t block = 0;
  for (const std::string& data : options.data) {
    const auto level = [&](const std::string& label) {
      const auto runs = program::cell(results, options.environment, data, label);
      return runs.empty() ? std::string("NaN") : message(program::Interval95(program::scores(runs)).mean);
    };
    gp << "$cql" << ++block << " << EOD\n";
    for (const double alpha : options.alphas) {
      const auto runs = program::cell(results, options.environment, data, label_of(alpha));
      if (runs.empty()) continue;
      std::vector<double> gaps;
      for (const program::Result* result : runs) gaps.push_back(gap(*result));
      const program::Interval95 score(program::scores(runs));
      const program::Interval95 depth(gaps);
      const auto width = [](double half_width) { return std::isnan(half_width) ? 0 : half_width; };
      gp << alpha << ' ' << score.mean << ' ' << width(score.half_width) << ' ' << depth.mean << ' '
         << width(depth.half_width) << '\n';
    }
    gp << "EOD\nset title '" << data << " data'\nset xlabel ''\nset ylabel 'score (100: good policy)'\nplot $cql"
       << block << " using 1:2:3 with yerrorlines linewidth 2 linecolor rgb '#1b6ca8' title 'CQL', " << level("bc")
       << " with lines linecolor rgb '#444444' title 'clone (BC)', " << level("sac")
       << " with lines linecolor rgb '#d95f02' title 'SAC'\n"
       << "set title ''\nset xlabel 'α'\nset ylabel 'predicted minus true Q'\nplot $cql" << block
       << " using 1:4:5 with yerrorlines linewidth 2 linecolor rgb '#1b6ca8' title 'CQL', 0 with lines linecolor rgb "
          "'black' title 'a true value'\n";
  }
  gp << "unset multiplot\n";
  return gp.str();
}

void run(const Options& options) {
  const auto tasks = program::make_tasks(options, {options.environment}, options.data, options.keep_data);
  const auto results = program::run_jobs(options, plan(options, tasks), options.steps);
  program::write_results(options.out / "conservatism.csv", results);
  print_report(options, results);
  std::printf("\ntable: %s\n", (options.out / "conservatism.csv").c_str());
  if (!results.empty())
    std::printf("%s\n", program::plot(options.out, "conservatism", picture_script(options, results)).c_str());
}

}  // namespace sweep

int main(int argc, char** argv) {
  CLI::App app(
      "Sweeps the weight α of CQL's penalty over narrow and mixed data: at which α does CQL exceed cloning, and where "
      "does conservatism begin to cost?");
  sweep::Options options;
  program::add_environment_option(app, options.environment);
  app.add_option("--data", options.data, "What to learn from")
      ->check(CLI::IsMember({"expert", "medium", "replay", "random", "mixed"}))
      ->capture_default_str();
  app.add_option("--alphas", options.alphas, "Weights of the penalty, ascending")
      ->check(CLI::Range(1e-6, 1e6))
      ->capture_default_str();
  CLI::Option* const steps = program::add_count_option(app, "--steps", options.steps, "Updates per run");
  app.add_flag("--keep-data", options.keep_data, "Use the datasets that are already in --out");
  CLI::Option* const seeds = program::add_experiment_options(app, options);
  app.add_flag_callback(
         "--quick", [&options] { options.seeds = 2, options.steps = 1000; }, "Two seeds of 1,000 updates")
      ->excludes(seeds)
      ->excludes(steps);
  return program::run(app, argc, argv, [&] { sweep::run(options); });
}
