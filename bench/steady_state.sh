#!/usr/bin/env bash
# Page faults and system calls of a training step once it runs: the difference between a worker that
# does 600 steps and one that does 100. Prints Markdown; fails where a step faults or asks for memory.
set -euo pipefail
cd "$(dirname "$0")"
worker=../build/bench/fanin_steps
export OPENBLAS_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# FAULTS MEMORY_CALLS ALL_CALLS of a worker that does so many steps of a net.
count() { # NET STEPS
  echo "$2" | /usr/bin/time -f %R -o "$work/faults" "$worker" "$1" 64 >/dev/null
  echo "$2" | strace -f -c -o "$work/calls" "$worker" "$1" 64 >/dev/null
  awk -v faults="$(<"$work/faults")" '
    $NF ~ /^(mmap|munmap|brk|mremap|madvise)$/ { memory += $4 } $NF == "total" { all = $3 }
    END { print faults, memory, all }' "$work/calls"
}

echo "| net | page faults a step | mmap, munmap, brk, madvise a step | system calls a step |"
echo "| --- | --: | --: | --: |"
failed=0
for net in lenet5 mlp:depth=3,width=256 mlp:depth=30,width=128 mlp:depth=50,width=64,act=tanh \
  mlp:depth=20,width=100,bn=1 conv lstm:hidden=128 tokens; do
  read -r few few_memory few_all < <(count "$net" 100)
  read -r many many_memory many_all < <(count "$net" 600)
  awk -v net="$net" -v faults=$((many - few)) -v memory=$((many_memory - few_memory)) -v all=$((many_all - few_all)) \
    'BEGIN { printf "| %s | %.3f | %.3f | %.3f |\n", net, faults / 500, memory / 500, all / 500 }'
  ((many - few <= 50 && many_memory - few_memory <= 5)) || failed=1 # once in a while the system has its own
done
exit $failed
