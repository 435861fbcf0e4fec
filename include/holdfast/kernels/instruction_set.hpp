/// \file
/// Chooses the instructions that matrix products use, when the program runs.
#pragma once

#include <array>
#include <cstdlib>
#include <string_view>

#include "holdfast/core/field.hpp"
#include "holdfast/core/nearest.hpp"

// Elsewhere the vectors of 16 bytes are what the compiler makes of them, for example NEON.
#if defined(__GNUC__) && defined(__x86_64__)
#define HOLDFAST_X86_64
#endif

namespace holdfast {

/// The instructions of a matrix product.
enum class InstructionSet {
  eigen,     ///< Eigen's products, with the instructions that the program was compiled for
  baseline,  ///< vectors of 16 bytes, which every processor of the family has
  avx2,      ///< AVX2 with fused multiply-adds
  avx512,    ///< AVX-512
};

constexpr auto enumerators(InstructionSet) {
  using enum InstructionSet;
  return std::array{Enumerator<InstructionSet>{"eigen", eigen}, Enumerator<InstructionSet>{"baseline", baseline},
                    Enumerator<InstructionSet>{"avx2", avx2}, Enumerator<InstructionSet>{"avx512", avx512}};
}

/// Returns the name of a set, as HOLDFAST_PRODUCTS takes it.
[[nodiscard]] constexpr std::string_view name_of(InstructionSet set) {
  for (const auto& [name, each] : enumerators(set))
    if (each == set) return name;
  return "";
}

/// Returns whether this processor has the instructions.
[[nodiscard]] inline bool has_instructions(InstructionSet set) {
#ifdef HOLDFAST_X86_64
  if (set == InstructionSet::avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
  if (set == InstructionSet::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return set == InstructionSet::eigen || set == InstructionSet::baseline;
}

namespace detail {

inline InstructionSet checked_instructions(std::string_view name) {
  InstructionSet set{};
  parse_field("HOLDFAST_PRODUCTS", name, set);
  if (!has_instructions(set)) throw ConfigError(message("HOLDFAST_PRODUCTS: this processor does not have ", name));
  return set;
}

inline InstructionSet first_instructions() {
  const char* const wanted = std::getenv("HOLDFAST_PRODUCTS");  // NOLINT(concurrency-mt-unsafe): read once
  if (wanted != nullptr && *wanted != '\0') return checked_instructions(wanted);
  using enum InstructionSet;
  for (const InstructionSet set : {avx512, avx2})
    if (has_instructions(set)) return set;
  return baseline;
}

inline InstructionSet& chosen_instructions() {
  static InstructionSet chosen = first_instructions();
  return chosen;
}

}  // namespace detail

/// Returns the instructions that products use: the fastest that this processor has, or what the environment variable
/// HOLDFAST_PRODUCTS says. Throws ConfigError if that is no name of a set, or of one that the processor does not have.
[[nodiscard]] inline InstructionSet product_instructions() { return detail::chosen_instructions(); }

/// Chooses the instructions of all later products, for example to compare them. No product may run at the same time.
/// Throws ConfigError if the processor does not have them.
inline void use_product_instructions(InstructionSet set) {
  if (!has_instructions(set)) throw ConfigError(message("this processor does not have ", name_of(set)));
  detail::chosen_instructions() = set;
}

}  // namespace holdfast
