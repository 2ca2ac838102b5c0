#!/usr/bin/env bash
# Counts the instructions of one training step under valgrind, which is free of noise, and fails if
# there are over 5 % more than in instructions.txt. With --record it writes that file. Valgrind does
# not know AVX-512, so the counts are those of the AVX2 kernels.
set -euo pipefail
cd "$(dirname "$0")"
worker=../build/bench/fanin_steps
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset OPENBLAS_CORETYPE
export OPENBLAS_NUM_THREADS=1

fail() { echo "instructions.sh: $*" >&2; exit 1; }

count() { # NET STEPS: prints the instructions of start-up and STEPS steps
  rm -f "$work/out"
  echo "$2" | valgrind --tool=callgrind --callgrind-out-file="$work/out" \
    "$worker" "$1" 64 &>"$work/log" ||
    { cat "$work/log" >&2; fail "valgrind does not run $1"; }
  awk '/^summary:|^totals:/ { print $2; exit }' "$work/out"
}

mapfile -t records <instructions.txt
((${#records[@]})) || fail "instructions.txt names no net"
failed=0
for record in "${records[@]}"; do
  [[ $record =~ ^([^ ]+)\ ([1-9][0-9]*)$ ]] ||
    fail "instructions.txt: expected NET COUNT, got '$record'"
  net=${BASH_REMATCH[1]} recorded=${BASH_REMATCH[2]}
  # Each count has its own assignment, because bash would miss a failure inside $( ) elsewhere.
  three=$(count "$net" 3)
  one=$(count "$net" 1)
  [[ $three =~ ^[0-9]+$ && $one =~ ^[0-9]+$ ]] && ((three > one && one > 0)) ||
    fail "$net: valgrind counted '$three' for three steps and '$one' for one"
  now=$(((three - one) / 2))
  echo "$net $now" >>"$work/now"
  change=$(awk -v a="$now" -v b="$recorded" 'BEGIN { printf "%+.1f %%", 100 * (a / b - 1) }')
  echo "$net: $now instructions per step, $change from the recorded $recorded"
  ((now * 100 <= recorded * 105)) || failed=1
done
if [[ ${1:-} == --record ]]; then
  cp "$work/now" instructions.txt
elif ((failed)); then
  fail "over 5 % more: make it faster, or run 'bench/instructions.sh --record' and say why"
fi
