#!/usr/bin/env bash
# Fails if a C++ file differs from what .clang-format makes of it. Versions of clang-format disagree,
# and Debian 12's 14 decides; with another one the check is skipped, by exit code 77.
set -euo pipefail
cd "$(dirname "$0")/.."

clang-format --version | grep -q 'version 14\.' ||
  { echo "skipped: $(clang-format --version) is not version 14"; exit 77; }
find . \( -name build -o -name node_modules -o -name '.?*' \) -prune -o -name '*.[ch]pp' -print0 |
  xargs -0r clang-format --dry-run --Werror
