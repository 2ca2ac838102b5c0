#!/usr/bin/env bash
# Configures a project that adds fanin: it must get the libraries, C++20 and nothing else.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -S "$(dirname "$0")" -B "$work" -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
commands=$work/compile_commands.json
fail() { echo "FAILED: $*"; exit 1; }
grep -q 'init/schemes.cpp' "$commands" || fail "init is not built"
grep 'main.cpp' "$commands" | grep -q -e '-std=\(c\|gnu\)++20' || fail "main.cpp is not compiled as C++20"
! grep -q -e '-Werror' "$commands" || fail "warnings are errors in another's project"
! grep -qE 'experiments/|tests/.*_test|bench/' "$commands" || fail "more than the libraries is built"
