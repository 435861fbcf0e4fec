#!/usr/bin/env bash
# Prints how long programs that use the library take to compile, in seconds of processor time. With a build folder of
# Ninja it also prints how long each target took, in seconds of wall time.
#
#   benchmarks/compile_times.sh [BUILD_FOLDER]     CXX and CXXFLAGS (default -O2) set the compiler and its flags
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
read -ra flags <<<"${CXXFLAGS:--O2}"
include=(-std=c++20 -Iinclude)
read -ra found < <(pkg-config --cflags eigen3 hdf5 2>/dev/null || pkg-config --cflags eigen3)
compile=("${CXX:-c++}" "${include[@]}" "${found[@]}" "${flags[@]}")

# row NAME [FLAG…]: prints the time to compile the program on standard input.
row() {
  local name=$1 status=0 seconds TIMEFORMAT=%U
  shift
  cat >"$scratch/program.cpp"
  seconds=$({ time "${compile[@]}" "$@" -c "$scratch/program.cpp" -o "$scratch/program.o" 2>"$scratch/errors"; } 2>&1) ||
    status=$?
  if ((status != 0)); then
    cat "$scratch/errors" >&2
    seconds=failed
  fi
  printf '| %-58s | %6s |\n' "$name" "$seconds"
}

one_learner='
int main() {
  holdfast::Sac<float> learner({}, {3, 1}, /*seed=*/1);
  holdfast::Batch<float> batch;
  batch.observations.setZero(3, 8);
  batch.actions.setZero(1, 8);
  batch.rewards.setZero(8);
  batch.next_observations.setZero(3, 8);
  batch.continuation.setOnes(8);
  learner.update(batch);
}'

printf '%s\n\n' "${compile[*]}"
printf '| %-58s | %6s |\n|%s|%s:|\n' "program" "s" "$(printf '%060d' 0 | tr 0 -)" "-------"
for header in holdfast learners/algorithms training/any_learner evaluators/estimates environments/registry data/hdf5; do
  printf '#include "holdfast/%s.hpp"\nint main() {}\n' "$header" | row "empty main, $header.hpp"
done
printf '#include "holdfast/learners/sac.hpp"\n%s\n' "$one_learner" | row "one learner"
printf '#include "holdfast/learners/sac.hpp"\n%s\n' "$one_learner" | row "one learner, holdfast::compiled" -DHOLDFAST_EXTERN
row "acting only: a policy made, and asked for an action" <<'EOF'
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
int main() {
  holdfast::Generator generator(1);
  holdfast::DeployedPolicy policy(holdfast::TanhGaussian<float>({}, {3, 1}, generator),
                                  holdfast::Normalization<float>::identity(3));
  holdfast::Vector<double> observation = holdfast::Vector<double>::Zero(3);
  holdfast::Vector<double> action(1);
  policy.act(observation, action);
}
EOF
row "quick_start" <examples/quick_start.cpp
row "quick_start, holdfast::compiled" -DHOLDFAST_EXTERN <examples/quick_start.cpp

if (($# > 0)); then
  printf '\n%s: the last compilation of every object\n\n' "$1/.ninja_log"
  printf '| %-40s | %7s | %7s | %7s |\n|%s|%s:|%s:|%s:|\n' target objects s longest "$(printf '%042d' 0 | tr 0 -)" \
    "--------" "--------" "--------"
  awk -F '\t' '$4 ~ /\.(o|gch|pch)$/ { seconds[$4] = ($2 - $1) / 1000 }
    END {
      for (object in seconds) {
        target = match(object, /[^\/]+\.dir/) ? substr(object, RSTART, RLENGTH - 4) : object
        ++objects[target]; sum[target] += seconds[object]
        ++objects["total"]; sum["total"] += seconds[object]
        if (seconds[object] > longest[target]) longest[target] = seconds[object]
        if (seconds[object] > longest["total"]) longest["total"] = seconds[object]
      }
      for (target in sum)
        printf "| %-40s | %7d | %7.1f | %7.1f |\n", target, objects[target], sum[target], longest[target]
    }' "$1/.ninja_log" | sort -t '|' -k 4 -rn
fi
