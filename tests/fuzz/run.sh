#!/usr/bin/env bash
# Fuzzes every reader for so many seconds, from the kept corpus and files by the library's own writers. HDF5 is not ours, and damaged files crash it: a crash, a
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
(($# > 2)) && readers=("${@:3}") || readers=(toml csv settings continuous_dataset finite_dataset sparse_dataset policy checkpoint edited)
command -v llvm-symbolizer >/dev/null || command -v llvm-symbolizer-14 >/dev/null || { echo "llvm-symbolizer is missing: install llvm" && exit 2; }
ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer || command -v llvm-symbolizer-14)
export ASAN_SYMBOLIZER_PATH
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
limits=(-max_len=65536 -len_control=0 -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=2048)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
findings=0
cp -r "$here/corpus" "$work/corpora"
HOLDFAST_FUZZ_CORPUS=$work/corpora "$programs/fuzz_files" || { echo "the sound files cannot be written" && exit 2; }

# fail TEXT LOG: with what the program said.
fail() {
  findings=$((findings + 1))
  printf 'finding: %s: %s\n' "$name" "$1"
  grep -m 2 -E 'ERROR:|runtime error|what\(\)' "$2"
}

# Prints the innermost frame of the first stack that is neither the sanitizers' nor of the C and C++ libraries.
innermost() {
  awk '/^ *#[0-9]+ / {
    if (/ in (__interceptor_|__asan|__sanitizer|__ubsan|fuzzer::|operator (new|delete)|[mc]alloc|realloc|free|raise|abort)/) next
    if (/compiler-rt|\/libc\.so|\/libstdc\+\+|\/libgcc|\/libz\.so|libm\.so|(nptl|stdlib|sysdeps|libio|malloc|csu)\/|^ *#[0-9]+ [^ ]+ in _?_?(mem|str|GI)/) next
    print; exit }' "$1"
}

for name in "${readers[@]}"; do
  export HOLDFAST_FUZZ=$name
  program=$programs/fuzz_$name
  [[ -x $program ]] || program=$programs/fuzz_files
  mkdir -p "$work/$name/corpus" "$work/$name/artifacts"
  HOLDFAST_FUZZ_SOUND=1 "$program" "${limits[@]}" "$work/corpora/$name"/* >"$work/$name/log" 2>&1 ||
    fail "its own corpus is refused" "$work/$name/log"
  "$program" -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -max_total_time="$seconds" \
    "${limits[@]}" -artifact_prefix="$work/$name/artifacts/" "$work/$name/corpus" "$work/corpora/$name" \
    >"$work/$name/log" 2>&1
  of_hdf5=0
  for artifact in "$work/$name/artifacts"/{crash,timeout,oom}-*; do
    [[ -e $artifact ]] || continue
    "$program" "${limits[@]}" "$artifact" >"$work/$name/again" 2>&1 && continue
    frame=$(innermost "$work/$name/again")
    if [[ $frame == *libhdf5* ]]; then
      of_hdf5=$((of_hdf5 + 1))
    else
      mkdir -p "$programs/findings/$name" && cp "$artifact" "$programs/findings/$name"
      fail "$(basename "$artifact"): $frame" "$work/$name/again"
    fi
  done
  executed=$(grep -oE '^#[0-9]+: cov: [0-9]+' "$work/$name/log" | tail -1)
  [[ -n $executed ]] || fail "it did not run" "$work/$name/log"
  printf '%s: inputs %s; %d times HDF5 crashed, hung or took too much memory\n' "$name" "$executed" "$of_hdf5"
done
printf '%d findings\n' "$findings"
((findings == 0))
