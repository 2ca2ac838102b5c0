#!/usr/bin/env bash
# Counts the instructions of one training step under valgrind, where noise does not reach, and fails
# where they have grown by more than 5 % over instructions.txt. With --record it writes that file.
# Valgrind knows no AVX-512: what it counts are the AVX2 kernels.
set -euo pipefail
cd "$(dirname "$0")"
worker=../build/bench/fanin_steps
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset OPENBLAS_CORETYPE
export OPENBLAS_NUM_THREADS=1

count() { # NET STEPS: instructions of start-up and so many steps
  echo "$2" | valgrind --tool=callgrind --callgrind-out-file="$work/out" "$worker" "$1" 64 &>"$work/log" ||
    { cat "$work/log" >&2; exit 1; }
  awk '/^summary:|^totals:/ { print $2; exit }' "$work/out"
}

failed=0
while read -r net recorded; do
  now=$((($(count "$net" 3) - $(count "$net" 1)) / 2))
  echo "$net $now" >>"$work/now"
  change=$(awk -v a="$now" -v b="$recorded" 'BEGIN { printf "%+.1f %%", 100 * (a / b - 1) }')
  echo "$net: $now instructions a step, $change on the $recorded recorded"
  ((now * 100 <= recorded * 105)) || failed=1
done <instructions.txt
if [[ ${1:-} == --record ]]; then
  cp "$work/now" instructions.txt
elif ((failed)); then
  echo "more than 5 % grown: mend it, or record it with 'bench/instructions.sh --record' and say why" >&2
  exit 1
fi
