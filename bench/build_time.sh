#!/usr/bin/env bash
# build_time.sh COMMIT [ROUNDS]: the CPU seconds to build from nothing, of this checkout's last commit
# and of another, in turns (2 rounds): the program alone, and all that `make test` builds.
set -euo pipefail
other=${1:?usage: build_time.sh COMMIT [ROUNDS]}
rounds=${2:-2}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%U %S'

for commit in "$other" HEAD; do
  git clone --quiet --shared . "$work/$commit"
  git -C "$work/$commit" checkout --quiet "$(git rev-parse "$commit")"
done

build() { # COMMIT TARGET
  cd "$work/$1"
  rm -rf build
  cmake --preset release >/dev/null
  cmake --build --preset release --target "$2" >/dev/null
}

echo "| round | target | commit | CPU s |"
echo "|---|---|---|---|"
for ((round = 1; round <= rounds; ++round)); do
  for target in fanin all; do
    for commit in "$other" HEAD; do
      seconds=$({ time (build "$commit" "$target"); } 2>&1 | awk '{ printf "%.0f", $1 + $2 }')
      echo "| $round | $target | $(git rev-parse --short "$commit") | $seconds |"
    done
  done
done
