#!/usr/bin/env bash
# parity.sh BUILD_DIR: runs the tests that compare with PyTorch, with each instruction set, and writes
# their counts into the table of the README.md in this folder.
set -euo pipefail
build=$(realpath "${1:?usage: parity.sh BUILD_DIR}")/tests
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FANIN_PARITY=$work/cases

sets=()
failed=0  # a failing program still counts its failing cases, and they belong in the table too
run() { ../support/with_simd.sh "$set" "$build/$1" "${@:2}" &>"$work/out" || { cat "$work/out"; failed=1; }; }
for set in avx512 avx2 portable; do
  code=0
  ../support/with_simd.sh "$set" true >/dev/null || code=$?
  ((code == 77)) && continue
  run test_init 'init:*'
  run test_framework_f64 'generator:*'
  run test_framework 'loader:*,parity:*'
  run test_experiments 'models:*,schedules:*,training:*'
  sets+=("$set")
done

awk -F '\t' -v sets="${sets[*]}" '
  {
    row = $1 "\t" $2; item = row "\t" $3
    if (!(row in cases)) rows[++count] = row
    if (!(item in identical)) { identical[item] = 1; failing[item] = 0; ++cases[row]; row_of[item] = row }
    if (!$4) identical[item] = 0
    if ($5) failing[item] = 1
    if ($6 + 0 > gap[row] + 0) gap[row] = $6
    if ($7 + 0 > allowed[row] + 0) allowed[row] = $7
  }
  END {
    for (item in identical) { same[row_of[item]] += identical[item]; bad[row_of[item]] += failing[item] }
    gsub(" ", ", ", sets)
    print "Tested with the kernels " sets ". A case counts as bit-identical only if it is so with all of them,"
    print "and as failing if it fails with any of them.\n"
    print "| | cases | bit-identical | within | tolerance | largest gap | failing |"
    print "|---|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= count; ++i) {
      split(rows[i], name, "\t")
      if (name[1] != section) print "| **" (section = name[1]) "** |"
      r = rows[i]
      exact = allowed[r] + 0 == 0
      printf "| %s | %d | %d | %d | %s | %s | %d |\n", name[2], cases[r], same[r],
        cases[r] - same[r] - bad[r], exact ? "none" : allowed[r], gap[r] + 0 == 0 ? "0" : sprintf("%.1g", gap[r]), bad[r]
    }
  }' "$FANIN_PARITY" >"$work/table"

awk -v table="$work/table" '
  /^<!-- end of parity -->/ { inside = 0 }
  !inside
  /^<!-- parity: / { inside = 1; while ((getline line < table) > 0) print line }
' README.md >"$work/readme"
cat "$work/table"
cp "$work/readme" README.md
exit "$failed"
