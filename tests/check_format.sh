#!/usr/bin/env bash
# Fails if clang-format would change a C++ file. Versions of clang-format disagree, so only version 14,
# Debian 12's, checks. With another version the check is skipped, with exit code 77.
set -euo pipefail
cd "$(dirname "$0")/.."

clang-format --version | grep -q 'version 14\.' ||
  { echo "skipped: $(clang-format --version) is not version 14"; exit 77; }
find . \( -name build -o -name node_modules -o -name '.?*' \) -prune -o -name '*.[ch]pp' -print0 |
  xargs -0r clang-format --dry-run --Werror
