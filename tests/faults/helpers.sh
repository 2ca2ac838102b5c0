# For the tests of faults, which source this with FANIN_BINARY as their argument: $fanin, $work, and
# what to expect of the command that ran last, by $code and $work/err. The last line is `conclude`.
set -umo pipefail # m: or what runs in the background would ignore SIGINT
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

expect() { # expect CODE PATTERN: of the command that ran last, by $code and $work/err
  [[ $code == "$1" ]] || fail "exit code $code instead of $1"
  grep -q -e "$2" "$work/err" || fail "no '$2'"
}

until_() { # waits for a command to succeed, 20 seconds at most
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
