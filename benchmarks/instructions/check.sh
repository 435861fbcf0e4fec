#!/usr/bin/env bash
# Counts the instructions of one update of each learner (64-64, batch 64, products by AVX2) by valgrind, and compares
# them with budget.csv. Fails if a count is more than 5 % above its budget: unlike a time, it is the same in each run.
#
#   benchmarks/instructions/check.sh             compares
#   benchmarks/instructions/check.sh --update    writes the counts to budget.csv
#
# The budget holds for the compiler that it names: with another one the counts are printed, and nothing fails.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
budget=benchmarks/instructions/budget.csv
slack=5 # per cent

command -v valgrind >/dev/null || { echo "valgrind is missing (Debian: valgrind)" >&2 && exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
compiler=${CXX:-g++}
eigen=${EIGEN:-/usr/include/eigen3}
"$compiler" -std=c++20 -O2 -DNDEBUG -Iinclude -isystem "$eigen" \
  benchmarks/instructions/update.cpp -o "$scratch/update"
version="$("$compiler" -dumpfullversion) Eigen $(awk '/define EIGEN_(WORLD|MAJOR|MINOR)_VERSION/ { printf "%s%s", dot, $3; dot = "." }' \
  "$eigen/Eigen/src/Core/util/Macros.h")"

# instructions LEARNER UPDATES: prints how many instructions the whole program executes.
instructions() {
  HOLDFAST_PRODUCTS=avx2 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$scratch/update" "$@" 2>&1 |
    sed -nE 's/.*Collected : ([0-9]+).*/\1/p'
}

# one LEARNER: prints its name and the instructions of its second and third update.
one() {
  printf '%s,%d\n' "$1" $((($(instructions "$1" 3) - $(instructions "$1" 1)) / 2))
}

export scratch
export -f instructions one
"$scratch/update" list | xargs -P "$(nproc)" -I{} bash -c 'one {}' | sort >"$scratch/counts"

if [[ ${1:-} == --update ]]; then
  { printf 'learner,instructions,%s\n' "$version" && cat "$scratch/counts"; } >"$budget"
  cat "$budget"
  exit
fi
same_compiler=$([[ $(head -1 "$budget") == "learner,instructions,$version" ]] && echo 1 || echo 0)
((same_compiler)) || printf 'The budget is of another compiler or Eigen than %s: nothing is compared.\n' "$version"
awk -F, -v slack="$slack" -v compared="$same_compiler" '
  NR == FNR { if (FNR > 1) budget[$1] = $2; next }
  {
    seen[$1] = 1
    known = $1 in budget  # asked first: naming budget[$1] would add it
    change = known && budget[$1] > 0 ? 100 * ($2 / budget[$1] - 1) : 0
    verdict = !known ? "has no budget: run with --update" : change > slack ? "TOO MANY" : ""
    printf "%-22s %12d  %+6.1f %%  %s\n", $1, $2, change, verdict
    if (verdict != "" && compared) failed = 1
  }
  END {
    for (name in budget)
      if (!(name in seen)) {
        print name " is in the budget, and there is no such learner"
        failed = 1
      }
    exit failed
  }' "$budget" "$scratch/counts"
