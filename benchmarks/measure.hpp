/// \file
/// Measures rates, the machine's peak and memory.
#pragma once

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "holdfast/kernels/multiply.hpp"

namespace benchmark {

/// A rate, measured several times.
struct Rate {
  double median;
  double lowest;
  double highest;
};

/// Returns the calls of `work` per second: the median and the range of `rounds` measurements of at least `seconds`
/// each. One call before them does not count.
template <class Work>
Rate rate(int rounds, double seconds, Work&& work) {
  using Clock = std::chrono::steady_clock;
  work();
  std::vector<double> rates;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = Clock::now();
    double spent = 0;
    double calls = 0;
    for (; spent < seconds; ++calls) {
      work();
      spent = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    rates.push_back(calls / spent);
  }
  std::sort(rates.begin(), rates.end());
  return {rates[rates.size() / 2], rates.front(), rates.back()};
}

/// Returns the fused multiply-adds of one core, in 10⁹ operations per second (two for each number): those of a tile
/// of a product whose operands are a few numbers that never leave the first cache.
template <class Scalar>
double peak_gflops(int rounds, double seconds) {
  constexpr holdfast::Index rows = 256 / static_cast<holdfast::Index>(sizeof(Scalar));  // of one tile
  constexpr holdfast::Index columns = 12;
  constexpr holdfast::Index depth = 512;
  static const std::vector<Scalar> operands(rows, Scalar{1} / 3);
  std::vector<Scalar> out(rows * columns);
  const holdfast::kernels::Product<Scalar> product{.rows = rows,
                                                   .columns = columns,
                                                   .depth = depth,
                                                   .left = operands.data(),
                                                   .left_step = 0,
                                                   .right = operands.data(),
                                                   .right_row = 0,
                                                   .right_column = 1,
                                                   .out = out.data(),
                                                   .out_column = rows};
  constexpr int together = 1000;
  const Rate calls = rate(rounds, seconds, [&] {
    for (int i = 0; i < together; ++i)
      holdfast::kernels::with_instructions(holdfast::product_instructions(),
                                           [&](auto kernels) { kernels.multiply(product); });
  });
  return calls.highest * together * 2e-9 * static_cast<double>(rows * columns * depth);
}

/// Forgets the most memory that the process has held so far, where Linux allows it.
inline void restart_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

/// Returns the most memory that the process has held, in MiB; 0 where the system does not tell.
inline double peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

}  // namespace benchmark
