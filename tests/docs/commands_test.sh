#!/usr/bin/env bash
# Runs every fanin command in the README and the docs, shortened, and checks that every `make` target there exists.
# usage: commands_test.sh FANIN
set -u
root=$(realpath "$(dirname "$0")/../..")
fanin=$(realpath "$1")
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/bin" && ln -s "$fanin" "$here/bin/fanin"
export PATH="$here/bin:$PATH"
pages=("$root/README.md" "$root/CONTRIBUTING.md" "$root"/docs/*.md "$root/results/README.md" "$root/experiments/slurm/README.md")

code() { # FILE...: prints the indented and fenced code of Markdown files, one command per line
  awk 'FNR == 1 { fenced = 0 } /^```/ { fenced = !fenced; next } fenced || sub(/^    /, "")' "$@" |
    sed -E ':a; /\\$/ { N; s/\\\n */ /; ba }; s/ +# .*//; s/^ +//'
}

block() { # FIRST_LINE FILE: prints the indented block that begins with this line
  awk -v first="    $1" '$0 == first { on = 1 } on && !/^    / { exit } on' "$2" | sed 's/^    //'
}

# Reduces a command to one seed and two steps. The test checks whether commands work, not their results.
shorten() {
  sed -E '/fanin (compare|train)/ { s/ --max-steps [0-9]+//; s/ --seeds [-0-9,]+( [0-9]+)*//; s/ --set seeds=[-0-9,]+//
    s/$/ --max-steps 2/ }; /fanin compare/ s/$/ --seeds 0/
    s/ --tune lr / --tune lr=0.01,0.1 --inits default /'
}

# A command is wrong if its exit code is not 0. A command that is still running after 8 seconds passes.
fails=0
run() { # COMMAND
  timeout --signal=TERM --kill-after=20 8 bash -c "$1" >"$here/out" 2>&1 </dev/null
  local code=$?
  ((code == 0 || code == 124)) && return
  echo "exit code $code: $1" && tail -n 3 "$here/out" && fails=$((fails + 1))
}

cd "$here" || exit
block 'name = "mlp-depth"' "$root/README.md" >mlp-depth.toml
block 'nn.Sequential(' "$root/docs/tutorial.md" >net.txt
block 'name = "mine"' "$root/docs/tutorial.md" >mine.toml
[[ -s mlp-depth.toml && -s net.txt && -s mine.toml ]] || { echo "the README or the tutorial lacks an example file"; exit 1; }
run "$(shorten <<<'fanin compare')"

mapfile -t commands < <(code "${pages[@]}" | grep -E '^([A-Z_]+=[^ ]+ )*(build/release/)?fanin ' |
  grep -vE '[ =](DIR|FILE|COMMAND|SPEC|NAME|/shared)\b' | sed 's,^build/release/,,' | shorten)
((${#commands[@]} > 20)) || { echo "only ${#commands[@]} commands found in the docs"; exit 1; }
for command in "${commands[@]}"; do run "$command"; done

while read -r target; do
  grep -q "^$target:" "$root/Makefile" || { echo "the docs show 'make $target', but the Makefile has no such target"; fails=$((fails + 1)); }
done < <(grep -hoE '(^ {4}|`)make [a-z][-a-z0-9]+' "${pages[@]}" | sed -E 's/.*make //' | sort -u)
((fails == 0)) && echo "${#commands[@]} commands work"
exit $((fails > 0))
