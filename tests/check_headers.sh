#!/usr/bin/env bash
# Fails if a header declares a function that a .cpp file of another name defines, and lists each.
# Kernels are not checked, because each instruction set defines its own.
set -u
cd "$(dirname "$0")/.." || exit
type ctags-universal >/dev/null 2>&1 || exit 77

tags() { # KINDS PATTERN: prints "scope::name file" for what ctags finds in matching files
  git ls-files framework init experiments | grep -E "$2" | grep -v '/kernels/' |
    ctags-universal --languages=C++ --kinds-C++="$1" -L - -x --_xformat='%s::%N %F' | grep -v '::operator ' | sort -u
}

wrong=$(
  join <(tags p '\.hpp$') <(tags f '\.cpp$') | awk '
    { header = $2; sub(/\.hpp$/, ".cpp", header) }
    header == $3 { own[$1, $2] = 1 }
    { other[$1, $2] = $3 }
    END {
      for (key in other) if (!(key in own)) {
        split(key, part, SUBSEP)
        print part[2] ": declares " part[1] ", which " other[key] " defines"
      }
    }' | sort
)
[[ -z $wrong ]] || { echo "$wrong" >&2; exit 1; }
