# The tests of faults source this, with FANIN_BINARY as their argument. It sets $fanin and $work. A test
# sets $code, writes messages to $work/err, checks them with `expect`, and ends with `conclude`.
set -umo pipefail # without m, background processes would ignore SIGINT
. "$(dirname "${BASH_SOURCE[0]}")/../support/environment.sh"
fanin=$(realpath "${1:?usage: TEST FANIN_BINARY}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
mounts=()
leave() {
  for mount in "${mounts[@]}"; do umount -l "$mount"; done
  rm -rf "$work"
}
trap leave EXIT
failures=0

fail() {
  echo "FAILED: $*"
  sed 's/^/  stderr: /' "$work/err"
  failures=$((failures + 1))
}

expect() { # expect CODE PATTERN: checks $code and $work/err of the last command
  [[ $code == "$1" ]] || fail "exit code $code instead of $1"
  grep -q -e "$2" "$work/err" || fail "no '$2'"
}

until_() { # until_ COMMAND...: waits until the command succeeds, for at most 20 seconds
  for _ in $(seq 200); do
    "$@" && return 0
    sleep 0.1
  done
  return 1
}

conclude() {
  if ((failures)); then
    echo "$failures failures"
    exit 1
  fi
  echo "all well"
}
