#!/usr/bin/env bash
# Starts two runs into one place at once, many times: one must succeed as if it were alone, and the other be refused with
# exit code 2 and one line.
#
#     two_runs.sh [COUNT] [TOOL]
set -u
ulimit -c 0
count=${1:-100}
tool=$(realpath "${2:-$(dirname "$0")/../../build/release/bin/holdfast}") || exit 2
export OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
findings=0 refused=0

finding() {
  printf 'finding: %s: %s\n' "$1" "$2"
  cat 1.stderr 2.stderr
  findings=$((findings + 1))
}

# race NAME FILE ARGUMENTS…: FILE is that of --out below the folder, with its slash.
race() {
  local name=$1 file=$2 number first second codes
  shift 2
  rm -rf alone && mkdir alone
  "$tool" "$@" --out "alone$file" >1.stdout 2>1.stderr || finding "$name" "exit code $? of a run alone"
  for ((number = 0; number < count; ++number)); do
    rm -rf out && mkdir out
    "$tool" "$@" --out "out$file" >1.stdout 2>1.stderr & first=$!
    "$tool" "$@" --out "out$file" >2.stdout 2>2.stderr & second=$!
    wait $first
    codes=$?
    wait $second
    codes="$codes $?"
    case $codes in
      "0 2") check_refusal "$name" 2.stderr ;;
      "2 0") check_refusal "$name" 1.stderr ;;
      *) [[ $codes == "0 0" && $may_follow == yes ]] || finding "$name" "exit codes $codes" ;;
    esac
    diff -qr alone out >differences || finding "$name" "$(head -1 differences)"
  done
}

check_refusal() {
  refused=$((refused + 1))
  [[ $(grep -c '^error: ' "$2") == 1 && $(grep -Evc '^warning: |^[^:]+: +[0-9]+%  ' "$2") == 1 ]] ||
    finding "$1" "no single line of error"
}

"$tool" collect --environment mass_chain --policy random --steps 200 --out data.hdf5 >1.stdout 2>1.stderr ||
  finding preparation "exit code $?"
train=(train --algorithm cql --dataset data.hdf5 --steps 60 --batch-size 16 --threads 1 --log-every 20
  --checkpoint-every 10 --set policy.network.hidden=8 critics.network.hidden=8)
may_follow=no
race train "" "${train[@]}"
may_follow=yes # a run that starts when the other has ended
race "train --overwrite" "" "${train[@]}" --overwrite
race "train --resume" "" "${train[@]}" --resume
race collect /data.hdf5 collect --environment mass_chain --policy random --steps 5000 --checkpoint-every 1000
printf '%d times two runs at once: %d refused, %d findings\n' $((4 * count)) "$refused" "$findings"
((findings == 0))
