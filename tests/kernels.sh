#!/usr/bin/env bash
# kernels.sh BUILD_DIR: runs the unit tests with each pair of our kernels and OpenBLAS's that this CPU
# can run. Lists the pairs that it cannot run, and fails if a test fails.
# kernels.sh BUILD_DIR Haswell Zen: uses only these OpenBLAS kernels, with our kernels that fanin chooses.
set -uo pipefail
build=$(realpath "${1:?usage: kernels.sh BUILD_DIR [OPENBLAS_KERNELS...]}")/tests
support=$(dirname "$0")/support
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

able=$("$support/kernels.sh" able)
unknown() { # SETTING: succeeds if this OpenBLAS lacks these kernels and uses others instead
  local taken
  taken=$(env "$1" OPENBLAS_VERBOSE=2 "$build/../fanin" --version 2>&1 | sed -n 's/^Core: //p')
  [[ ${taken,,} != "$(tr '[:upper:]' '[:lower:]' <<<"${1#*=}")" ]]
}
passed=0 failed=0 skipped=0
try() { # SETTING...
  local setting program wrong=
  for setting in "$@"; do
    if ! grep -qxF -e "$setting" <<<"$able"; then
      echo "skipped $*: this CPU cannot run it"
      skipped=$((skipped + 1))
      return
    fi
    if [[ $setting == OPENBLAS* ]] && unknown "$setting"; then
      echo "skipped $*: this OpenBLAS has no such kernels"
      skipped=$((skipped + 1))
      return
    fi
  done
  rm -f "$logs"/*
  for program in framework framework_f64 init experiments parallel; do # verdicts compute nothing with kernels
    env "$@" "$build/test_$program" '~verdicts*' >"$logs/$program" 2>&1 || touch "$logs/$program.wrong" &
  done
  wait
  for program in "$logs"/*.wrong; do
    [[ -e $program ]] || continue
    wrong+=" $(basename "$program" .wrong)"
    tail -n 40 "${program%.wrong}"
  done
  if [[ $wrong ]]; then
    echo "FAILED  $*:$wrong"
    failed=$((failed + 1))
  else
    echo "passed  $*"
    passed=$((passed + 1))
  fi
}

if (($# > 1)); then
  for theirs in "${@:2}"; do
    "$support/kernels.sh" known "OPENBLAS_CORETYPE=$theirs" || exit
    try "OPENBLAS_CORETYPE=$theirs"
  done
else
  settings=$("$support/kernels.sh" all)
  for ours in $(grep FANIN_SIMD <<<"$settings"); do
    for theirs in $(grep OPENBLAS_CORETYPE <<<"$settings"); do
      try "$ours" "$theirs"
    done
  done
fi
echo "$passed passed, $failed failed, $skipped skipped"
((passed > 0 && failed == 0))
