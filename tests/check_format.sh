#!/usr/bin/env bash
# Fails when a C++ file differs from what .clang-format makes of it.
set -euo pipefail
cd "$(dirname "$0")/.."

find . \( -name build -o -name node_modules -o -name '.?*' \) -prune -o -name '*.[ch]pp' -print0 |
  xargs -0r clang-format --dry-run --Werror
