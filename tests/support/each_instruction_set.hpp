/// \file
/// The instruction sets of this processor, for tests that compare them.
#pragma once

#include <vector>

#include "holdfast/kernels/instruction_set.hpp"

namespace holdfast::testing {

/// Lists the sets that this processor has, and restores the choice at the end.
class EachInstructionSet {
 public:
  EachInstructionSet() {
    for (const auto& [name, set] : enumerators(InstructionSet{}))
      if (has_instructions(set)) sets.push_back(set);
  }
  ~EachInstructionSet() { use_product_instructions(before_); }
  EachInstructionSet(const EachInstructionSet&) = delete;
  EachInstructionSet& operator=(const EachInstructionSet&) = delete;

  std::vector<InstructionSet> sets;

 private:
  InstructionSet before_ = product_instructions();
};

}  // namespace holdfast::testing
