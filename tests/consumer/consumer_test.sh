#!/usr/bin/env bash
# consumer_test.sh BUILD: a project that adds fanin as a subdirectory must get the libraries and C++20,
# and nothing else. A project that finds fanin installed must build and run. The installed program
# must work too.
set -euo pipefail
. "$(dirname "$0")/../support/environment.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "$@"; }; }
here=$(cd "$(dirname "$0")" && pwd)

quietly cmake -S "$here" -B "$work/added" -G Ninja -DCMAKE_BUILD_TYPE=Release -DFANIN_FOLDER="$here/../.."
commands=$work/added/compile_commands.json
grep -q 'init/recipe.cpp' "$commands" || fail "init is not built"
grep 'consumer/main.cpp' "$commands" | grep -q -e '-std=\(c\|gnu\)++20' || fail "main.cpp is not compiled as C++20"
! grep -q -e '-Werror' "$commands" || fail "warnings are errors in the user's project"
! grep -qE 'experiments/|tests/.*_test|bench/' "$commands" || fail "the user's project builds more than the libraries"

quietly cmake --install "$1" --prefix "$work/prefix"
quietly cmake -S "$here" -B "$work/found" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix"
quietly cmake --build "$work/found"
quietly "$work/found/consumer"

cd /
fanin=$work/prefix/bin/fanin
quietly "$fanin" compare lenet5 --inits zero,default --seeds 0 --max-steps 2 --out "$work/results"
grep -q 'vegaLite' "$work/results/lenet5/report.html" || fail "the installed program's page has no charts"
[[ -s $work/results/lenet5/figures/convergence.svg ]] || fail "the installed program does not draw figures"
quietly "$fanin" list claims
