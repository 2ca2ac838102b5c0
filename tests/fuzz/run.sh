#!/usr/bin/env bash
# tests/fuzz/run.sh SECONDS [READER...]: runs each reader (a parser) on its corpus, and then for SECONDS
# on inputs that libFuzzer derives from it. Inputs that reach new code stay in build/fuzz/corpus, and
# the next run starts from them. An input that shows a fault stays as build/fuzz/fault-READER-*.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:?usage: tests/fuzz/run.sh SECONDS [READER...]}
readers=("${@:2}")
((${#readers[@]} > 0)) || mapfile -t readers < <(basename -a tests/fuzz/corpus/*)

fuzz() { # fuzz READER SECONDS
  local reader=$1 seconds=$2 program log options runs covered
  program=build/fuzz/tests/fuzz/fuzz_$reader
  log=build/fuzz/$reader.log
  mkdir -p "build/fuzz/corpus/$reader"
  options=(-timeout=60 -rss_limit_mb=2048 -max_len=4096 -close_fd_mask=3
    "-artifact_prefix=build/fuzz/fault-$reader-")
  if ! { "$program" "${options[@]}" -runs=0 "tests/fuzz/corpus/$reader" &&
    "$program" "${options[@]}" -max_total_time="$seconds" -print_final_stats=1 \
      "build/fuzz/corpus/$reader" "tests/fuzz/corpus/$reader"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "fuzz: $reader: found a fault; see $log" >&2
    exit 1
  fi
  runs=$(awk '/number_of_executed_units/ { print $2 }' "$log")
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
  printf '%-12s  %9s inputs in %s s, %s edges, no fault\n' "$reader" "$runs" "$seconds" "${covered#cov: }"
}
export -f fuzz
printf '%s\n' "${readers[@]}" | xargs -P "$(nproc)" -I{} bash -c "set -euo pipefail; fuzz {} $seconds"
