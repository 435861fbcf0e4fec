#!/usr/bin/env bash
# Fuzzes every reader for so many seconds, from the kept corpus. HDF5 is not ours, and damaged files crash it: a crash, a
# hang or a lack of memory with HDF5's code innermost, the C library's aside, is counted, and every other is a finding.
#
#     run.sh SECONDS [FOLDER_OF_PROGRAMS [READER…]]
#
# The inputs of findings stay in FOLDER_OF_PROGRAMS/findings.
set -u
ulimit -c 0
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:?the seconds for each reader are missing}
programs=$(realpath "${2:-$here/../../build/fuzz/tests/fuzz}")
(($# > 2)) && readers=("${@:3}") || readers=("$programs"/fuzz_*)
command -v llvm-symbolizer >/dev/null || command -v llvm-symbolizer-14 >/dev/null || { echo "llvm-symbolizer is missing: install llvm" && exit 2; }
ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer || command -v llvm-symbolizer-14)
export ASAN_SYMBOLIZER_PATH
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
limits=(-timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=2048)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
findings=0

# Prints the innermost frame of the first stack that is neither the sanitizers' nor of the C and C++ libraries.
innermost() {
  awk '/^ *#[0-9]+ / {
    if (/ in (__interceptor_|__asan|__sanitizer|__ubsan|fuzzer::|operator (new|delete)|[mc]alloc|realloc|free|raise|abort)/) next
    if (/compiler-rt|\/libc\.so|\/libstdc\+\+|\/libgcc|\/libz\.so|libm\.so|\.\.\/sysdeps|^ *#[0-9]+ [^ ]+ in _?_?(mem|str|GI)/) next
    print; exit }' "$1"
}

for reader in "${readers[@]}"; do
  name=$(basename "$reader") name=${name#fuzz_}
  mkdir -p "$work/$name/corpus" "$work/$name/artifacts"
  "$programs/fuzz_$name" -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -max_total_time="$seconds" \
    "${limits[@]}" -artifact_prefix="$work/$name/artifacts/" "$work/$name/corpus" "$here/corpus/$name" \
    >"$work/$name/log" 2>&1
  of_hdf5=0
  for artifact in "$work/$name/artifacts"/{crash,timeout,oom}-*; do
    [[ -e $artifact ]] || continue
    "$programs/fuzz_$name" "${limits[@]}" "$artifact" >"$work/$name/again" 2>&1 && continue
    frame=$(innermost "$work/$name/again")
    if [[ $frame == *libhdf5* ]]; then
      of_hdf5=$((of_hdf5 + 1))
    else
      findings=$((findings + 1))
      mkdir -p "$programs/findings/$name" && cp "$artifact" "$programs/findings/$name"
      printf 'finding: %s: %s: %s\n' "$name" "$(basename "$artifact")" "$frame"
      grep -m 2 -E 'ERROR:|runtime error' "$work/$name/again"
    fi
  done
  executed=$(grep -oE '^#[0-9]+: cov: [0-9]+' "$work/$name/log" | tail -1)
  [[ -n $executed ]] || { findings=$((findings + 1)) && printf 'finding: %s did not run\n' "$name" && tail -3 "$work/$name/log"; }
  printf '%s: inputs %s; %d times HDF5 crashed, hung or took too much memory\n' "$name" "$executed" "$of_hdf5"
done
printf '%d findings\n' "$findings"
((findings == 0))
