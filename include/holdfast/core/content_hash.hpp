/// \file
/// Computes a hash of bytes, which tells whether two contents are the same.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace holdfast {

namespace detail {

/// XXH64 of the xxHash specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
class Xxh64 {
 public:
  static std::uint64_t of(std::span<const std::byte> bytes, std::uint64_t seed) {
    const std::size_t size = bytes.size();
    std::uint64_t hash = seed + prime_5;
    if (size >= 32) hash = stripes(bytes, seed);
    hash += size;
    for (; bytes.size() >= 8; bytes = bytes.subspan(8))
      hash = std::rotl(hash ^ round(0, word<std::uint64_t>(bytes)), 27) * prime_1 + prime_4;
    if (bytes.size() >= 4) {
      hash = std::rotl(hash ^ word<std::uint32_t>(bytes) * prime_1, 23) * prime_2 + prime_3;
      bytes = bytes.subspan(4);
    }
    for (const std::byte each : bytes)
      hash = std::rotl(hash ^ std::to_integer<std::uint64_t>(each) * prime_5, 11) * prime_1;
    hash = (hash ^ hash >> 33U) * prime_2;
    hash = (hash ^ hash >> 29U) * prime_3;
    return hash ^ hash >> 32U;
  }

 private:
  static constexpr std::uint64_t prime_1 = 0x9E3779B185EBCA87U;
  static constexpr std::uint64_t prime_2 = 0xC2B2AE3D27D4EB4FU;
  static constexpr std::uint64_t prime_3 = 0x165667B19E3779F9U;
  static constexpr std::uint64_t prime_4 = 0x85EBCA77C2B2AE63U;
  static constexpr std::uint64_t prime_5 = 0x27D4EB2F165667C5U;

  /// Returns the first bytes as a number; the lowest byte comes first on every machine that holdfast runs on.
  template <class Word>
  static std::uint64_t word(std::span<const std::byte> bytes) {
    static_assert(std::endian::native == std::endian::little, "holdfast: content_hash needs a little-endian machine");
    Word value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  static std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
    return std::rotl(lane + input * prime_2, 31) * prime_1;
  }

  /// Consumes all whole stripes of 32 bytes.
  static std::uint64_t stripes(std::span<const std::byte>& bytes, std::uint64_t seed) {
    std::uint64_t lanes[4] = {seed + prime_1 + prime_2, seed + prime_2, seed, seed - prime_1};
    for (; bytes.size() >= 32; bytes = bytes.subspan(32))
      for (std::size_t i = 0; i < 4; ++i) lanes[i] = round(lanes[i], word<std::uint64_t>(bytes.subspan(8 * i)));
    std::uint64_t hash =
        std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
    for (const std::uint64_t lane : lanes) hash = (hash ^ round(0, lane)) * prime_1 + prime_4;
    return hash;
  }
};

}  // namespace detail

/// Returns the 64-bit xxHash (XXH64) of the bytes. To hash several contents in order, give the hash of those before as
/// `seed`. It recognizes accidents; it is no protection against contents that were made to have the same hash.
[[nodiscard]] inline std::uint64_t content_hash(std::span<const std::byte> bytes, std::uint64_t seed = 0) {
  return detail::Xxh64::of(bytes, seed);
}
[[nodiscard]] inline std::uint64_t content_hash(std::string_view text, std::uint64_t seed = 0) {
  return content_hash(std::as_bytes(std::span(text.data(), text.size())), seed);
}

/// Returns a hash as 16 hexadecimal digits.
[[nodiscard]] inline std::string hash_text(std::uint64_t hash) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace holdfast
