#!/usr/bin/env bash
# What a long sweep may meet: faults_test.sh FANIN_BINARY. Disks that fill or may not be written are
# small tmpfs mounts, which need root; without it those parts are skipped.
set -umo pipefail # m: or what runs in the background would ignore SIGINT
fanin=$(realpath "${1:?usage: faults_test.sh FANIN_BINARY}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
mounts=()
leave() {
  for mount in "${mounts[@]}"; do umount -l "$mount"; done
  rm -rf "$work"
}
trap leave EXIT
failures=0

fail() {
  echo "FAILED: $*"
  sed 's/^/  stderr: /' "$work/err"
  failures=$((failures + 1))
}

expect() { # expect CODE PATTERN: of the command that ran last, by $code and $work/err
  [[ $code == "$1" ]] || fail "exit code $code instead of $1"
  grep -q -e "$2" "$work/err" || fail "no '$2'"
}

until_() { # waits for a command to succeed, 20 seconds at most
  for _ in $(seq 200); do
    "$@" && return 0
    sleep 0.1
  done
  return 1
}

small=(compare --model mlp:depth=3,width=32 --inits default zero --seeds 0 1 --max-steps 400 --log-every 1)
long=(compare --model mlp:depth=3,width=32 --inits default zero --seeds 0 --max-steps 1000000 --checkpoint-every 1000)

echo "# a full disk"
if mkdir "$work/full" && mount -t tmpfs -o size=300k tmpfs "$work/full" 2>/dev/null; then
  mounts+=("$work/full")
  "$fanin" "${small[@]}" --out "$work/full" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  expect 1 'No space left on device'
  find "$work/full" -name '*.jsonl' -exec tail -n 1 {} \; | grep -v '"event":"end"' &&
    fail "a log without its end counts as finished"
  before=$(find "$work/full" -name '*.jsonl' | wc -l)
  mount -o remount,size=100m "$work/full"
  "$fanin" "${small[@]}" --out "$work/full" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  expect 0 "4 runs, $before of them finished before"
else
  echo "skipped: no tmpfs may be mounted here"
fi

echo "# a folder that may not be written"
if mkdir "$work/locked" && mount -t tmpfs -o ro tmpfs "$work/locked" 2>/dev/null; then
  mounts+=("$work/locked")
  "$fanin" "${small[@]}" --out "$work/locked" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  expect 1 'Read-only file system'
fi

echo "# results that are removed under way"
"$fanin" "${long[@]}" --out "$work/gone" >"$work/out" 2>"$work/err" </dev/null &
parent=$!
has_checkpoint() { [[ -n $(find "$work/$1" -name 'step-*.json' 2>/dev/null) ]]; }
until_ has_checkpoint gone || fail "no checkpoint"
rm -rf "$work/gone"
kill -TERM $parent
wait $parent
code=$?
expect 1 'stopped with 0 of 2 runs done'

echo "# two on one folder"
name=mlp-depth=3,width=32
"$fanin" "${long[@]}" --out "$work/two" --jobs 1 >"$work/out" 2>"$work/err1" </dev/null &
parent=$!
until_ has_checkpoint two || fail "no checkpoint"
child=$(pgrep -P $parent)
"$fanin" "${long[@]}" --out "$work/two" --fresh >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 1 "default-seed0, which process $child is doing"
until_ has_checkpoint two
"$fanin" "${long[@]}" --out "$work/two" --jobs 1 >"$work/out" 2>"$work/err" </dev/null &
second=$!
takes_zero() { [[ -s $work/two/$name/runs/zero-seed0.jsonl.part ]]; }
until_ takes_zero || fail "the second does not take the run that nobody has"
kill -INT $second
wait $second
code=$?
expect 1 'stopped with 0 of 2 runs done'
"$fanin" train mlp:depth=3,width=32 --max-steps 9 --log "$work/two/$name/runs/default-seed0.jsonl" \
  >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 1 'another process is writing it'
kill -KILL $parent
{ wait $parent; } 2>/dev/null
short=(compare --model mlp:depth=3,width=32 --inits default --seeds 0 --max-steps 2000)
"$fanin" "${short[@]}" --out "$work/own" >"$work/out" 2>"$work/err" </dev/null || fail "no run"
log=$work/own/$name/runs/default-seed0.jsonl
(exec 9>>"$log.part"; flock 9; rm "$log"
  "$fanin" "${short[@]}" --out "$work/own" >"$work/out" 2>"$work/err" </dev/null)
code=$?
expect 1 'default-seed0: process [0-9]'

echo "# two in the same moment"
"$fanin" "${small[@]}" --out "$work/twins" --jobs 1 >"$work/out1" 2>"$work/err1" </dev/null &
first=$!
"$fanin" "${small[@]}" --out "$work/twins" --jobs 1 >"$work/out" 2>"$work/err" </dev/null
wait $first
grep -h 'failed' "$work/err" "$work/err1" && fail "a run that the other took in the same moment failed"
[[ $(find "$work/twins" -name '*.jsonl' | wc -l) == 4 ]] || fail "two sweeps do not do all runs"

echo "# a finished log that was damaged"
victim=$(find "$work/twins" -name 'zero-seed1.jsonl')
truncate -s 3000 "$victim"
"$fanin" report "$work/twins/$name" >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 0 'warning: left out: .*zero-seed1.jsonl'
"$fanin" "${small[@]}" --out "$work/twins" >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 0 'warning: run again: .*zero-seed1.jsonl'
grep -q '4 runs, 3 of them finished before' "$work/err" || fail "more than the damaged run is run again"

echo "# data that change under way"
idx() { # idx FOLDER SHIFT: four files of 200 and 40 images of 4 by 4
  mkdir -p "$1"
  for set in train:200 t10k:40; do
    perl -e 'my ($n, $s) = @ARGV; print pack("N4", 2051, $n, 4, 4), map { chr(($_ * 7 + $s) % 256) } 1 .. 16 * $n' \
      "${set#*:}" "$2" >"$1/${set%:*}-images-idx3-ubyte"
    perl -e 'my ($n) = @ARGV; print pack("N2", 2049, $n), map { chr($_ % 10) } 1 .. $n' "${set#*:}" \
      >"$1/${set%:*}-labels-idx1-ubyte"
  done
}
echo 'Sequential(Flatten(), Linear(16, 10))' >"$work/tiny.txt"
tiny=(compare --model "$work/tiny.txt" --inits default zero --seeds 0 --dataset idx --data-dir "$work/idx"
  --data-mean 0.5 --data-std 0.5 --jobs 1 --out "$work/changed")
idx "$work/idx" 0
"$fanin" "${tiny[@]}" --max-steps 100000 >"$work/out" 2>"$work/err" </dev/null &
parent=$!
growing() { [[ -s $work/changed/tiny/runs/default-seed0.jsonl.part ]]; }
until_ growing || fail "no run"
idx "$work/idx" 3
wait $parent
code=$?
expect 1 'zero-seed0: its data changed under way'
"$fanin" "${tiny[@]}" --max-steps 100000 >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 2 'holds runs on other data, such as default-seed0'
idx "$work/idx" 0
"$fanin" "${tiny[@]}" --max-steps 100000 >"$work/out" 2>"$work/err" </dev/null
code=$?
expect 0 '2 runs, 1 of them finished before'

echo "# too little memory"
(ulimit -v 700000; "$fanin" train mlp:depth=3,width=20000 --max-steps 1 >"$work/out" 2>"$work/err" </dev/null)
code=$?
expect 1 '^fanin: out of memory$'

if ((failures)); then
  echo "$failures failures"
  exit 1
fi
echo "all well"
