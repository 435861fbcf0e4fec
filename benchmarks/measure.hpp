/// \file
/// Measures rates, the machine's peak and memory.
#pragma once

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "holdfast/kernels/instruction_sets.hpp"

namespace benchmark {

/// A rate, measured several times.
struct Rate {
  double median;
  double lowest;
  double highest;
};

/// The time of the processor that this process has used.
struct ProcessorClock {
  using Duration = std::chrono::duration<double>;
  static Duration now() { return Duration(static_cast<double>(std::clock()) / CLOCKS_PER_SEC); }
};

/// Returns the calls of `work` per second: the median and the range of `rounds` measurements of at least `seconds`
/// each. One call before them does not count.
template <class Clock = std::chrono::steady_clock, class Work>
Rate rate(int rounds, double seconds, Work&& work) {
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

#ifdef __clang__
#define BENCHMARK_UNROLL _Pragma("unroll")
#else
#define BENCHMARK_UNROLL _Pragma("GCC unroll 32")
#endif
// Multiply-adds in registers alone, `chains` that do not wait for each other.
#define BENCHMARK_CHAINS(name, target, set, bytes, chains)                                             \
  target inline float name(long repeats) {                                                             \
    typedef float Vector __attribute__((vector_size(bytes))); /* NOLINT: an attribute */               \
    const Vector half = Vector{} + 0.5F;                                                               \
    Vector numbers[chains];                                                                            \
    /* Equal chains would be computed once. */                                                         \
    BENCHMARK_UNROLL for (int i = 0; i < (chains); ++i) numbers[i] = Vector{} + static_cast<float>(i); \
    for (long k = 0; k < repeats; ++k) {                                                               \
      BENCHMARK_UNROLL for (int i = 0; i < (chains); ++i) numbers[i] =                                 \
          holdfast::kernels::set::multiply_add(half, numbers[i], half);                                \
    }                                                                                                  \
    float sum = 0;                                                                                     \
    for (const Vector& each : numbers) sum += each[0];                                                 \
    return sum;                                                                                        \
  }

namespace detail {
BENCHMARK_CHAINS(baseline_chains, , Baseline, 16, 12)
#ifdef HOLDFAST_X86_64
BENCHMARK_CHAINS(avx2_chains, __attribute__((target("avx2,fma"))), Avx2, 32, 12)
BENCHMARK_CHAINS(avx512_chains, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), Avx512, 64, 24)
#endif
}  // namespace detail
#undef BENCHMARK_CHAINS
#undef BENCHMARK_UNROLL

/// Returns how fast one core multiplies and adds numbers of single precision with the instructions of the products, in
/// 10⁹ operations per second: the best of some measurements of multiply-adds in registers, each of two operations.
inline double peak_gflops(int rounds, double seconds) {
  constexpr long repeats = 100000;
  float (*chains)(long) = detail::baseline_chains;
  double numbers = 4 * 12;  // in all chains
#ifdef HOLDFAST_X86_64
  holdfast::InstructionSet set = holdfast::product_instructions();
  if (set == holdfast::InstructionSet::eigen)  // it uses the widest that the program was compiled for
    for (const auto& [name, each] : enumerators(set))
      if (has_instructions(each)) set = each;
  if (set == holdfast::InstructionSet::avx512) chains = detail::avx512_chains, numbers = 16 * 24;
  if (set == holdfast::InstructionSet::avx2) chains = detail::avx2_chains, numbers = 8 * 12;
#endif
  volatile float kept = 0;  // so that the work is not left out
  const Rate calls = rate(rounds, seconds, [&] { kept = chains(repeats); });
  return calls.highest * repeats * numbers * 2e-9;
}

/// Gives free memory back and forgets the most that the process has held so far, where Linux and its C library can.
inline void restart_peak_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  std::ofstream("/proc/self/clear_refs") << "5";
}

/// Returns the most memory that the process has held, in MiB; 0 where the system does not tell.
inline double peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

}  // namespace benchmark
