#!/usr/bin/env bash
# Cuts the power of a file system at random moments of a run, and resumes it until it is done. The files must be those of
# a run that was never stopped, and what the tool said was written must be there.
#
#     power_cuts.sh [COUNT] [SEED] [TOOL]
#
# COUNT power cuts (30 if not given). Needs root, mkfs.ext4 and python3: the file system is an image, whose journal is
# stopped by ext4's own call for a crash.
set -u
count=${1:-30} seed=${2:-1}
tool=$(realpath "${3:-$(dirname "$0")/../../build/release/bin/holdfast}") || exit 2
work=$(mktemp -d)
cd "$work" || exit 2
trap 'cd /; umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
RANDOM=$seed
findings=0

finding() {
  printf 'finding: %s\n' "$1"
  findings=$((findings + 1))
}

mount_disk() { mount -o loop,noauto_da_alloc image disk; } # a rename without fsync then loses both files, as elsewhere

# Everything that is not on the disk yet is lost (EXT4_IOC_SHUTDOWN without a flush of the journal).
cut_power() {
  python3 -c 'import fcntl, os, struct
fcntl.ioctl(os.open("disk", os.O_RDONLY), 0x8004587d, struct.pack("I", 2))'
  until umount disk 2>/dev/null; do sleep 0.05; done
  mount_disk
}

dd if=/dev/zero of=image bs=1M count=64 status=none && mkfs.ext4 -q image && mkdir disk && mount_disk || exit 2
"$tool" collect --environment mass_chain --policy random --steps 600 --out data.hdf5 >/dev/null 2>&1 || exit 2
train=(train --algorithm sac --dataset "$work/data.hdf5" --steps 4000 --batch-size 16 --log-every 20 --checkpoint-every 10
  --set policy.network.hidden=8 critics.network.hidden=8)
"$tool" "${train[@]}" --out whole >/dev/null 2>&1 || exit 2

done_before=0
for ((cut = 0; cut < count; ++cut)); do
  "$tool" "${train[@]}" --out disk/run --resume >stdout 2>stderr & run=$!
  sleep "0.$((RANDOM % 9 + 1))"
  cut_power
  kill -9 $run 2>/dev/null
  wait $run 2>/dev/null
  step=$(sed -nE 's/^resumed from step ([0-9]+)$/\1/p' stdout)
  ((${step:-$done_before} >= done_before)) || finding "resumed at step $step, after $done_before"
  done_before=${step:-$done_before}
  if ((cut % 5 == 4)); then # what `collect` says that it has written must be there
    "$tool" collect --environment pendulum --policy random --steps $((cut * 100)) --out disk/data.hdf5 >/dev/null 2>&1
    cut_power
    [[ $("$tool" inspect --json disk/data.hdf5) == *"\"transitions\": $((cut * 100)),"* ]] ||
      finding "the file of collect is lost"
  fi
done
"$tool" "${train[@]}" --out disk/run --resume >stdout 2>stderr || finding "exit code $?: $(head -1 stderr)"
for name in policy.h5 metrics.csv; do cmp -s whole/$name disk/run/$name || finding "$name differs"; done
printf '%d power cuts (seed %d): %d findings\n' "$count" "$seed" "$findings"
((findings == 0))
