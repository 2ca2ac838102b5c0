#!/usr/bin/env bash
# record.sh FILE: runs side_by_side and keeps its table there, with what it takes to run it again.
set -euo pipefail
file=$(realpath "${1:?usage: record.sh FILE}")
cd "$(dirname "$0")/.."
{
  echo "# Beside PyTorch"
  echo
  echo "Written by \`make side-by-side\` on commit $(git describe --always --dirty), $(date +%F); bench/NOTES.md says more."
  echo
  /usr/bin/python3 -W ignore bench/side_by_side.py
} | tee "$file.part"
mv "$file.part" "$file"
