/// \file
/// Tells datasets apart by a hash of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "holdfast/core/content_hash.hpp"
#include "holdfast/core/errors.hpp"

namespace program {

/// Returns a hash of all numbers of a dataset, with their columns and shapes. Where they are stored, and how, does not
/// change it.
template <class Data>
[[nodiscard]] std::uint64_t data_hash(const Data& data) {
  std::uint64_t hash = 0;
  data.for_each_column([&](auto column) {
    const auto& numbers = data.*column.stored;
    hash = holdfast::content_hash(holdfast::message(column.name, ' ', numbers.rows(), 'x', numbers.cols()), hash);
    hash = holdfast::content_hash(std::as_bytes(std::span(numbers.data(), static_cast<std::size_t>(numbers.size()))),
                                  hash);
  });
  return holdfast::content_hash(holdfast::message(data.action_size()), hash);
}

}  // namespace program
