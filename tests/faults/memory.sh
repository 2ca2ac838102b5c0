#!/usr/bin/env bash
# memory.sh FANIN_BINARY [STEPS]: the resident memory of a run must not grow from step 1,000 to its end,
# although the run has evaluations, diagnostics, checkpoints and ends of epochs.
set -uo pipefail
. "$(dirname "$0")/../support/environment.sh"
fanin=$(realpath "${1:?usage: memory.sh FANIN_BINARY [STEPS]}")
steps=${2:-100000}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status" 2>/dev/null; }

for model in mlp:depth=3,width=32,bn=1 lenet5 lstm:hidden=16; do
  log=$work/run.jsonl
  "$fanin" train "$model" --init default --optimizer adam --batch 16 --max-steps "$steps" --log "$log" \
    --log-every 1000 --checkpoint-every 5000 --diagnostics-every 2000 2>/dev/null &
  run=$!
  until grep -q '"step":1000,' "$log.part" 2>/dev/null; do
    kill -0 $run 2>/dev/null || break
    sleep 0.05
  done
  first=$(resident $run) last=$first most=$first
  while now=$(resident $run) && [[ -n $now ]]; do
    last=$now
    ((now > most)) && most=$now
    sleep 0.2
  done
  wait $run || failures=$((failures + 1))
  echo "$model: $first kB after step 1,000, $most at most, $last at the end of $steps steps"
  ((most - first <= 4096)) || failures=$((failures + 1)) # an evaluation needs some memory
  rm -rf "$work"/*
done
((failures == 0)) || { echo "$failures failures"; exit 1; }
