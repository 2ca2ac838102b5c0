# For tests that use the command line as a person would. Source this with the program's path as the
# argument. It sets $fanin, $work (a folder that is removed after the test) and $failures, and changes
# to the repository's root.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
fanin=$(realpath "${1:?usage: $0 FANIN_BINARY}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAILED: $*"
  sed 's/^/  stderr: /' "$work/err"
  failures=$((failures + 1))
}

# refused CODE PATTERN ARGUMENT...: fanin must end with this code and print one line that matches.
refused() {
  local code=$1 pattern=$2
  shift 2
  "$fanin" "$@" >"$work/out" 2>"$work/err" </dev/null
  local got=$?
  [[ $got == "$code" ]] || fail "exit code $got instead of $code: fanin $*"
  [[ $(wc -l <"$work/err") == 1 ]] || fail "not one line: fanin $*"
  grep -q -e "^fanin: .*$pattern" "$work/err" || fail "no '$pattern': fanin $*"
  [[ ! -s $work/out ]] || fail "text on stdout: fanin $*"
}

# done_well ARGUMENT...: fanin must end with code 0. The output is in $work/out and $work/err.
done_well() {
  "$fanin" "$@" >"$work/out" 2>"$work/err" </dev/null || fail "exit code $?: fanin $*"
}

logs() { # DIR: prints the logs of a results folder, without times, which may differ
  (cd "$1" && find . -name '*.jsonl' | sort | while read -r log; do
    echo "$log"
    sed -E 's/"train_seconds":[^,]*/"train_seconds":0/' "$log"
  done)
}

# until_ COMMAND...: waits until the command succeeds, for at most 10 seconds.
until_() {
  for _ in $(seq 100); do
    "$@" && return 0
    sleep 0.1
  done
  return 1
}
