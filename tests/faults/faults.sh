#!/usr/bin/env bash
# Makes calls of the tool fail, one in each run: every K-th read, write, short write, open, rename, fsync, lock and
# allocation. The program must end with exit code 2 and one line `error: …`, leaving what was there before or what a good
# run leaves, or with exit code 0 and all that a good run prints and writes. A run that may resume must resume to that.
#
#     faults.sh [-k K] [-m K_OF_MEMORY] TOOL INJECT_LIBRARY [CASE…]
#
# Cases: train overwrite finetune collect evaluate inspect ope; all of them if none is given. Both K are 1 if they are not given.
set -u
ulimit -c 0
every=1 every_memory=1
while getopts k:m: option; do
  case $option in
    k) every=$OPTARG ;;
    m) every_memory=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
tool=$(realpath "$1") library=$(realpath "$2")
shift 2
(($# > 0)) || set -- train overwrite finetune collect evaluate inspect ope
export OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
findings=0 runs=0 foreign=0

finding() {
  printf 'finding: %s: %s\n' "$now" "$1"
  complaints | sed 's/^/    /' | head -4
  findings=$((findings + 1))
}

# Lines on standard error that are neither warnings nor progress.
complaints() { grep -Ev '^warning: |^[^:]+: +[0-9]+%  ' stderr; }

# Checks that each file below out/ is that of the good run, the one before, or a part that a run may leave. A run that
# takes the place of another one is written in the folder .holdfast-unfinished; the old run stays whole until the new one is.
check_files() {
  local file name
  while IFS= read -r -d '' file; do
    name=${file#out/}
    cmp -s "$file" "good/$name" || cmp -s "$file" "old/$name" || check_part "$file" "$name"
  done < <(find out \( -name .holdfast-unfinished -o -name .holdfast-finished \) -prune -o -type f -print0)
  [[ -z $(ls old) || -e out/.holdfast-finished ]] || is_whole old || is_whole good || finding "neither the old nor the new run is whole"
}

# Returns whether the folder's files are all in out/.
is_whole() {
  local file
  for file in "$1"/*; do cmp -s "$file" "out/${file#"$1/"}" || return 1; done
}

# check_part FILE NAME: a run that is not complete has fewer rows and an earlier policy.
check_part() {
  case $2 in
    metrics.csv)
      cmp -s -n "$(stat -c %s "$1")" "$1" "good/$2" || finding "$2 is neither the old nor the new one"
      [[ ! -s $1 || -z $(tail -c 1 "$1") ]] || finding "$2 ends within a line"
      ;;
    policy.h5 | checkpoint.h5 | *.checkpoint.h5)
      [[ $(tail -c +2 "$1" | head -c 3) == HDF ]] || finding "$2 is damaged"
      [[ $2 != policy.h5 ]] || "$tool" evaluate --policy "$1" --environment mass_chain --episodes 1 >/dev/null 2>&1 ||
        finding "$2 cannot be read"
      ;;
    *lock) ;;
    *) finding "$2 is left behind" ;;
  esac
}

prepare() {
  rm -rf out
  cp -r old out
}

# Returns whether memory ran out and the dataset says the same: HDF5 then stores numbers as they are, uncompressed.
is_uncompressed() {
  [[ $kind == memory && -e out/data.hdf5 && $(wc -l <differences) == 1 ]] &&
    [[ $(cd good && "$tool" inspect data.hdf5) == "$(cd out && "$tool" inspect data.hdf5)" ]]
}

# Where memory runs out, HDF5 may crash, or fail to start and say so in many lines; a matrix of Eigen 3.4 that fails to
# grow has freed its numbers already, and does so again in its destructor, which crashes the program; and the C and C++
# libraries end a program that has no memory for the objects of a thread, or within a folder's iterator.
is_foreign() {
  grep -Eq '^crash: .* in libhdf5|library initialization failed' stderr ||
    { [[ $kind == memory ]] &&
      grep -Eq '^double free|^free\(\): |^crash: .* after a failure in holdfast|^Fatal glibc error|^terminate called' stderr; }
}

# check_run CODE
check_run() {
  local code=$1 count first
  if is_foreign; then
    foreign=$((foreign + 1))
  elif ((code == 0)); then
    cmp -s stdout good.stdout || finding "exit 0 with another output"
    diff -qr good out >differences || is_uncompressed || finding "exit 0 with other files: $(head -1 differences)"
    return
  elif ((code == 2)); then
    count=$(complaints | wc -l) first=$(complaints | head -1)
    ((count == 1)) || finding "$count lines of errors"
    [[ $first == "error: "?* && $first != "error: unexpected"* ]] || finding "no proper error"
  else
    finding "exit code $code"
  fi
  check_files
  [[ -z $resume ]] || check_resumed
}

check_resumed() {
  # shellcheck disable=SC2086 # words
  timeout 60 "$tool" $arguments ${resume/again/} >stdout 2>stderr || finding "exit code $? of the run that resumes"
  diff -qr good out >differences || finding "resumed to other files: $(head -1 differences)"
}

# inject KIND N STICKY ERROR
inject() {
  now="$case: $1 $2$( (($3)) && echo " and later"), error $4"
  prepare
  { # bash says that a program crashed
    # shellcheck disable=SC2086 # words
    timeout 60 env LD_PRELOAD="$library" INJECT_KIND="$1" INJECT_AT="$2" INJECT_STICKY="$3" INJECT_ERROR="$4" \
      "$tool" $arguments >stdout 2>stderr
  } 2>/dev/null
  check_run $?
  runs=$((runs + 1))
}

# run_case NAME RESUME ARGUMENTS: RESUME is the option with which a failed run is tried once more, `again` for none, and
# empty where it need not be. old/ holds the files before the run.
run_case() {
  local kind count n step
  case=$1 resume=$2 arguments=$3 now="$1: good run"
  prepare
  # shellcheck disable=SC2086 # words
  env LD_PRELOAD="$library" INJECT_COUNTS=counts "$tool" $arguments >good.stdout 2>stderr || finding "exit code $?"
  rm -rf good && mv out good
  while read -r kind count; do
    step=$every
    [[ $kind != memory ]] || step=$every_memory
    for ((n = 1 + RANDOM % step; n <= count; n += step)); do
      case $kind in
        memory) inject memory "$n" $((n % 2)) 12 ;;
        read | lock) inject "$kind" "$n" 0 5 && inject "$kind" "$n" 1 5 ;;
        open | rename) inject "$kind" "$n" 0 13 && inject "$kind" "$n" 1 28 ;;
        short) inject short "$n" 0 0 && inject short "$n" 1 0 ;;
        *) inject "$kind" "$n" 0 5 && inject "$kind" "$n" 1 28 ;;
      esac
    done
    printf '%s: %s: %d calls\n' "$case" "$kind" "$count"
  done <counts
}

# resumable COMMAND: prints the options of a run that may be resumed, if the tool has them.
resumable() { "$tool" "$1" --help | grep -q -- --resume && echo --checkpoint-every 3; }

RANDOM=1 now="preparation"
{
  "$tool" collect --environment mass_chain --policy random --steps 200 --out data.hdf5 &&
    "$tool" train --algorithm bc --dataset data.hdf5 --steps 2 --batch-size 8 --set policy.network.hidden=4 --out run &&
    "$tool" train --algorithm bc --dataset data.hdf5 --steps 3 --batch-size 8 --set policy.network.hidden=4 --out earlier &&
    "$tool" train --algorithm awac --dataset data.hdf5 --steps 2 --batch-size 8 --out offline \
      --set policy.network.hidden=4 critics.network.hidden=4
} >stdout 2>stderr || finding "exit code $?"
train="train --algorithm cql --dataset data.hdf5 --steps 6 --batch-size 8 --threads 1 --log-every 2 --out out \
  --set policy.network.hidden=4 critics.network.hidden=4"
for name in "$@"; do
  rm -rf old && mkdir old
  case $name in
    train) run_case train "$(resumable train | sed 's/.*/--resume/')" "$train $(resumable train)" ;;
    overwrite) cp earlier/* old && run_case overwrite again "$train --overwrite $(resumable train)" ;;
    finetune)
      run_case finetune --resume "finetune --checkpoint offline/checkpoint.h5 --environment mass_chain --steps 6 \
        --warmup-steps 2 --threads 1 --log-every 2 --evaluate-every 6 --episodes 1 --checkpoint-every 3 --out out"
      ;;
    collect)
      run_case collect "$(resumable collect | sed 's/.*/--resume/')" "collect --environment mass_chain \
        --policy run/policy.h5 --steps 8 --out out/data.hdf5 $(resumable collect)"
      ;;
    evaluate) run_case evaluate "" "evaluate --policy run/policy.h5 --environment mass_chain --episodes 1" ;;
    inspect) run_case inspect "" "inspect data.hdf5" ;;
    ope) run_case ope "" "ope --dataset data.hdf5 --policy run/policy.h5 --estimators wis,dr \
        --q linear --folds 1 --resamples 100 --interval percentile" ;;
    *) echo "there is no case $name" && exit 2 ;;
  esac
done
printf '%d runs with a failing call: %d findings, %d times HDF5 or Eigen crashed\n' "$runs" "$findings" "$foreign"
((runs > 0 && findings == 0))
