#!/usr/bin/env bash
# Fails if docs, sources or the program's output contain a phrase that readers stumbled over.
# usage: words_test.sh FANIN
set -u
cd "$(dirname "$0")/../.." || exit
fanin=$1

# Each line is a pattern, then what to write instead.
phrases=$(cat <<'END'
\b(is|are) none\b => there is no ...
\bof which\b => a second sentence
[Ww]hat there is\b => name the thing
\b(is|be) at it\b => say what it works on
[Ff]or want of => because there is no ...
\bparts them\b => makes them diverge
\bbec[ao]mes? of\b => how ... ended
\bas where\b => for example if
\bmade? small\b => minimise
whatever starts => any
so many of\b => the last N ...
(does|do) only what\b => skip ...
END
)

shown() { # prints what the program shows its users
  "$fanin" --help
  for command in compare reproduce report status merge train inspect sample export list data; do
    "$fanin" "$command" --help
  done
  "$fanin" list
}

fails=0
while read -r line; do
  pattern=${line% => *} better=${line#* => }
  hits=$(git ls-files '*.md' framework init experiments bench tests Makefile CMakeLists.txt setup.sh |
    grep -vE 'tests/docs/words_test.sh|tests/fuzz/corpus|\.(safetensors|npy|csv|svg)$' | xargs grep -nE -- "$pattern"
    shown | grep -nE -- "$pattern" | sed 's/^/help: /')
  [[ -z $hits ]] || { echo "Instead of '$pattern' write: $better"; echo "$hits"; fails=1; }
done <<<"$phrases"
exit "$fails"
