/// \file
/// Provides MemberTape: the tape of one of several critics, where they can be asked alone.
#pragma once

#include <type_traits>
#include <utility>

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::detail {

/// Names the tape of one member of critics that let their members be asked alone.
template <class Critics>
struct MemberTape {
  static constexpr bool exists = false;
  struct Type {};
};
template <class Critics>
requires requires(const Critics& critics) { critics.member(Net::online, Index{0}); }
struct MemberTape<Critics> {
  static constexpr bool exists = true;
  using Type =
      typename std::remove_cvref_t<decltype(std::declval<const Critics&>().member(Net::online, Index{0}))>::Tape;
};

}  // namespace holdfast::detail
