#!/usr/bin/env bash
# Tests bench/instructions.sh, with a fake valgrind that reports the counts that we choose.
set -uo pipefail
script=$(realpath "$(dirname "$0")/../../bench/instructions.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bench" "$work/bin"
cp "$script" "$work/bench"
# The fake reports 1000 + STEPS * EACH. It fails if STEPS is in $FAIL_AT, and writes no sum if STEPS is
# in $SILENT_AT.
cat >"$work/bin/valgrind" <<'END'
#!/usr/bin/env bash
read -r steps
[[ ${FAIL_AT:-} != *$steps* ]] || { echo "no such tool"; exit 1; }
for argument; do [[ $argument == --callgrind-out-file=* ]] && out=${argument#*=}; done
[[ ${SILENT_AT:-} == *$steps* ]] || echo "summary: $((1000 + steps * ${EACH:-100}))" >"$out"
[[ -e $out ]] || : >"$out"
END
chmod +x "$work/bin/valgrind"

failures=0
guard() { # CODE PATTERN [ARGUMENT]: the script must exit with CODE and print text that matches
  local said code
  said=$(PATH=$work/bin:$PATH bash "$work/bench/instructions.sh" "${@:3}" 2>&1)
  code=$?
  [[ $code == "$1" && $said =~ $2 ]] && return
  echo "FAILED: exit code $code, wanted $1 and '$2': $said"
  failures=$((failures + 1))
}
records() { printf "$1" >"$work/bench/instructions.txt"; }

records 'lenet5 100\nmlp:depth=3 100\n'
guard 0 'lenet5: 100 .*mlp:depth=3: 100 '
EACH=105 guard 0 '\+5.0 %'
EACH=106 guard 1 'over 5 % more'
EACH=50 guard 0 '-50.0 %'
FAIL_AT='1 3' guard 1 'no such tool.*valgrind does not run lenet5'
FAIL_AT=3 guard 1 'valgrind does not run lenet5'
FAIL_AT=1 guard 1 'valgrind does not run lenet5'
SILENT_AT=3 guard 1 "counted '' for three"
EACH=0 guard 1 "counted '1000' for three steps and '1000' for one"
records ''
guard 1 'names no net'
records 'lenet5 100\nmlp:depth=3 90'
guard 1 'mlp:depth=3: 100 .*over 5 % more'
records 'lenet5 100\n\n'
guard 1 'expected NET COUNT'
records 'lenet5 0\n'
guard 1 'expected NET COUNT'
rm "$work/bench/instructions.txt"
guard 1 'instructions.txt'
records 'lenet5 1\nmlp:depth=3 100'
EACH=200 guard 0 'lenet5: 200 ' --record
[[ $(<"$work/bench/instructions.txt") == $'lenet5 200\nmlp:depth=3 200' ]] ||
  { echo "FAILED: --record wrote $(<"$work/bench/instructions.txt")"; failures=$((failures + 1)); }
exit $((failures > 0))
