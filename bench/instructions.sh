#!/usr/bin/env bash
# Counts the instructions of one training step under valgrind, which noise does not reach, and fails
# if they have grown by more than 5 % over instructions.txt. With --record it writes that file.
# Valgrind knows no AVX-512, so it counts the AVX2 kernels.
set -euo pipefail
cd "$(dirname "$0")"
worker=../build/bench/fanin_steps
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset OPENBLAS_CORETYPE
export OPENBLAS_NUM_THREADS=1

fail() { echo "instructions.sh: $*" >&2; exit 1; }

count() { # NET STEPS: instructions of start-up and so many steps
  rm -f "$work/out"
  echo "$2" | valgrind --tool=callgrind --callgrind-out-file="$work/out" \
    "$worker" "$1" 64 &>"$work/log" ||
    { cat "$work/log" >&2; fail "valgrind does not run $1"; }
  awk '/^summary:|^totals:/ { print $2; exit }' "$work/out"
}

# Read before anything runs, with or without a newline at the end.
mapfile -t records <instructions.txt
((${#records[@]})) || fail "instructions.txt names no net"
failed=0
for record in "${records[@]}"; do
  [[ $record =~ ^([^ ]+)\ ([1-9][0-9]*)$ ]] ||
    fail "instructions.txt: expected NET COUNT, got '$record'"
  net=${BASH_REMATCH[1]} recorded=${BASH_REMATCH[2]}
  # Two assignments, as a failure inside $( ) would go unseen elsewhere.
  three=$(count "$net" 3)
  one=$(count "$net" 1)
  [[ $three =~ ^[0-9]+$ && $one =~ ^[0-9]+$ ]] && ((three > one && one > 0)) ||
    fail "$net: valgrind counted '$three' for three steps and '$one' for one"
  now=$(((three - one) / 2))
  echo "$net $now" >>"$work/now"
  change=$(awk -v a="$now" -v b="$recorded" 'BEGIN { printf "%+.1f %%", 100 * (a / b - 1) }')
  echo "$net: $now instructions a step, $change on the $recorded recorded"
  ((now * 100 <= recorded * 105)) || failed=1
done
if [[ ${1:-} == --record ]]; then
  cp "$work/now" instructions.txt
elif ((failed)); then
  fail "more than 5 % grown: mend it, or record it with 'bench/instructions.sh --record' and say why"
fi
