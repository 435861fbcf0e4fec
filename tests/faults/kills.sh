#!/usr/bin/env bash
# Kills runs of the tool at random moments and resumes them until they are done: every learner of both tables, collect,
# and finetune.
# The files must be those of a run that was never stopped, and no resumed run may begin more than an interval between
# checkpoints before what the killed one had written.
#
#     kills.sh [COUNT] [SEED] [TOOL]
#
# COUNT kills in all (1000 if not given), after 1 ms to the whole time of a run.
set -u
ulimit -c 0
kills_wanted=${1:-1000} seed=${2:-1}
tool=$(realpath "${3:-$(dirname "$0")/../../build/release/bin/holdfast}") || exit 2
export OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
RANDOM=$seed
interval=10 findings=0 kills=0 runs=0

finding() {
  printf 'finding: %s: %s\n' "$name" "$1"
  head -3 stderr 2>/dev/null
  findings=$((findings + 1))
}

# Prints seconds from a millisecond to the time of a run, log-uniform.
delay() { awk -v u="$RANDOM" -v most="$duration" 'BEGIN { printf "%.4f", 0.001 * (most / 0.001) ^ (u / 32767) }'; }

# start ARGUMENTS…: runs the tool, kills it after a delay, or never if that is empty; sets `code`.
start() {
  local after=$1
  shift
  : >stdout 2>stderr # a run may be killed before it has opened them
  {
    "$tool" "$@" >stdout 2>stderr &
    [[ -z $after ]] || { sleep "$after" && kill -9 $!; }
    wait $!
  } 2>/dev/null
  code=$?
}

# Prints the step from which a run went on, and the last one whose row or checkpoint was written before.
resumed_step() { sed -nE 's/.*resumed (at|after|from) step ([0-9]+).*/\2/p' stdout | head -1; }
last_row() { [[ -s $1 ]] && sed -nE '2,$s/^(online,)?([0-9]+),.*/\2/p' "$1" | tail -1; }

# Kills and resumes one run until it is done. `arguments` are those of the run without --resume and --out.
one_run() {
  local step written file_name killed=0
  rm -rf out && mkdir out
  runs=$((runs + 1))
  while :; do
    written=$(last_row out/metrics.csv)
    ((killed < 25)) && start "$(delay)" "${arguments[@]}" --resume --out "out$file" ||
      start "" "${arguments[@]}" --resume --out "out$file"
    step=$(resumed_step)
    [[ -z $step || -z $written ]] || ((step + interval >= written)) ||
      finding "resumed at step $step, though the row of step $written was written"
    ((code == 137)) || break
    killed=$((killed + 1)) kills=$((kills + 1))
  done
  ((code == 0)) || finding "exit code $code"
  for each in good/*; do
    [[ $each == */checkpoint.h5 ]] || cmp -s "$each" "out/${each#good/}" || finding "${each#good/} differs"
  done
  for each in out/* out/.[!.]*; do
    [[ ! -e $each || -e good/${each#out/} ]] || finding "${each#out/} is left behind"
  done
}

# kill_runs NAME FILE KILLS ARGUMENTS…: FILE is that of --out below the folder, with its slash.
kill_runs() {
  local until=$((kills + $3)) began
  name=$1 file=$2
  shift 3
  arguments=("$@")
  rm -rf good && mkdir good
  began=$(date +%s%N)
  start "" "${arguments[@]}" --resume --out "good$file"
  duration=$(awk -v n=$(($(date +%s%N) - began)) 'BEGIN { print n / 1e9 }')
  ((code == 0)) || { finding "the run that is not stopped: exit code $code" && return; }
  while ((kills < until)); do one_run; done
}

name=preparation
start "" collect --environment mass_chain --policy random --steps 400 --out continuous.hdf5
((code == 0)) || finding "exit code $code"
start "" collect --environment cart_pole --policy random --steps 400 --out finite.hdf5
((code == 0)) || finding "exit code $code"
"$tool" train --algorithm list >table
mapfile -t learners < <(awk '/^where/ { kind = "finite" } /^[a-z0-9_]+: / { sub(":", ""); print (kind ? kind : "continuous"), $1 }' table)
jobs=$((${#learners[@]} + 4))
kills_each=$(((kills_wanted + jobs - 1) / jobs))
for learner in "${learners[@]}"; do
  read -r kind algorithm <<<"$learner"
  # Every network of the learner is a small one.
  mapfile -t small < <(awk -v kind="$kind" -v algorithm="$algorithm:" '/^where/ { at = "finite" }
    /^[a-z0-9_]+: / { mine = ($1 == algorithm && (at ? at : "continuous") == kind) }
    mine && $1 ~ /(hidden|network.width)$/ { print $1 "=8" }' table)
  kill_runs "train $learner" "" "$kills_each" train --algorithm "$algorithm" --dataset "$kind.hdf5" --steps 190 --batch-size 16 \
    --threads 1 --log-every 20 --checkpoint-every $interval --set "${small[@]}"
done
kill_runs "collect continuous" /data.hdf5 "$kills_each" collect --environment mass_chain --policy random --steps 20000 \
  --checkpoint-every 500
kill_runs "collect finite" /data.hdf5 "$kills_each" collect --environment cart_pole --policy scripted --epsilon 0.2 \
  --steps 20000 --checkpoint-every 500
start "" train --algorithm cal_ql --dataset continuous.hdf5 --steps 40 --out continuous --set policy.network.hidden=8 critics.network.hidden=8
((code == 0)) || finding "exit code $code"
start "" train --algorithm dqn --dataset finite.hdf5 --steps 40 --out finite --set critics.network.hidden=8
((code == 0)) || finding "exit code $code"
kill_runs "finetune continuous" "" "$kills_each" finetune --checkpoint continuous/checkpoint.h5 --environment mass_chain \
  --steps 190 --batch-size 16 --threads 1 --log-every 20 --episodes 2 --offline-share 0.5 --checkpoint-every $interval
kill_runs "finetune finite" "" "$kills_each" finetune --checkpoint finite/checkpoint.h5 --environment cart_pole --epsilon 0.2 \
  --steps 190 --batch-size 16 --threads 1 --log-every 20 --episodes 2 --checkpoint-every $interval
printf '%d kills of %d runs of %d learners, 2 collections and 2 online runs (seed %d): %d findings\n' "$kills" "$runs" \
  "${#learners[@]}" "$seed" "$findings"
((kills >= kills_wanted && findings == 0))
