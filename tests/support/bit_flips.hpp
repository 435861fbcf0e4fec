/// \file
/// Flips bits of a file, one at a time, and reads it each time in a process that may crash.
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "holdfast/core/errors.hpp"

namespace holdfast::testing {

/// The numbers of flipped bits by what reading the file then does.
struct FlipCounts {
  std::size_t next = 0;     ///< bits tried so far
  int refused = 0;          ///< DataError
  int unchanged = 0;        ///< the same content is read
  int changed = 0;          ///< other content is read
  int other_errors = 0;     ///< another exception
  int crashed = 0;          ///< the process was ended by a signal, or took too long
  std::size_t culprit = 0;  ///< the last bit with one of the last three results
};

/// Returns every bit of the first and the last `border` bytes of `size`, and every `stride`-th of the others.
[[nodiscard]] inline std::vector<std::size_t> spread_bits(std::size_t size, std::size_t border, std::size_t stride) {
  std::vector<std::size_t> bits;
  for (std::size_t bit = 0; bit < 8 * size;) {
    bits.push_back(bit);
    const bool near_end = bit < 8 * border || bit + 8 * border >= 8 * size;
    bit += near_end ? 1 : stride;
  }
  return bits;
}

/// Tries the bits from `counts.next` on. Ends early only by a crash.
template <class Same>
void try_flips(const std::string& path, const std::string& sound, const std::vector<std::size_t>& bits,
               const Same& same, FlipCounts& counts) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto put = [&](std::size_t place, char byte) {
    file.seekp(static_cast<std::streamoff>(place));
    file.put(byte).flush();
  };
  while (counts.next < bits.size()) {
    const std::size_t bit = bits[counts.next++];
    put(bit / 8, static_cast<char>(static_cast<unsigned char>(sound[bit / 8]) ^ (1U << bit % 8)));
    alarm(20);
    try {
      const bool unchanged = same();
      ++(unchanged ? counts.unchanged : counts.changed);
      if (!unchanged) counts.culprit = bit;
    } catch (const DataError&) {
      ++counts.refused;
    } catch (...) {
      ++counts.other_errors;
      counts.culprit = bit;
    }
    put(bit / 8, sound[bit / 8]);
  }
}

/// Flips each of the bits in the file, whose content is `sound`, calls same(), which reads the file and returns whether
/// its content is the same, and flips it back.
template <class Same>
[[nodiscard]] FlipCounts flip_bits(const std::string& path, const std::string& sound,
                                   const std::vector<std::size_t>& bits, const Same& same) {
  void* const shared = mmap(nullptr, sizeof(FlipCounts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  auto& counts = *new (shared) FlipCounts;
  while (counts.next < bits.size()) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL, SIGALRM}) std::signal(signal, SIG_DFL);
      try_flips(path, sound, bits, same, counts);
      std::_Exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) break;
    ++counts.crashed;
    counts.culprit = bits[counts.next - 1];
    std::ofstream(path, std::ios::binary) << sound;
  }
  const FlipCounts result = counts;
  munmap(shared, sizeof(FlipCounts));
  return result;
}

/// Checks that no flipped bit changed what was read, and that most were refused.
inline void check_noticed(const FlipCounts& counts) {
  INFO("refused " << counts.refused << ", unchanged " << counts.unchanged << ", changed " << counts.changed
                  << ", other errors " << counts.other_errors << ", crashed " << counts.crashed << ", bit "
                  << counts.culprit);
  CHECK(counts.refused > counts.unchanged);
  CHECK(counts.changed == 0);
  CHECK(counts.other_errors == 0);
  CHECK(counts.crashed == 0);
}

}  // namespace holdfast::testing
