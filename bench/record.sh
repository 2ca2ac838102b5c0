#!/usr/bin/env bash
# record.sh FOLDER: runs all that is measured beside PyTorch and keeps it there, with what it takes to
# run it again.
set -euo pipefail
folder=$(realpath "${1:?usage: record.sh FOLDER}")
cd "$(dirname "$0")/.."
{
  echo "# Beside PyTorch"
  echo
  echo "Written by \`make side-by-side\` on commit $(git describe --always --dirty), $(date +%F); bench/NOTES.md says more, and"
  echo "[benchmarks.md](benchmarks.md) holds what \`make bench\` measures of single kernels, layers and inits."
  echo
  echo "## Steps and fills"
  echo
  /usr/bin/python3 -W ignore bench/side_by_side.py
  echo
  echo "The docstring of bench/side_by_side.py says what floor and least are."
  echo
  echo "## Whole programs"
  echo
  /usr/bin/python3 -W ignore bench/whole_runs.py
  echo
  echo "As bench/whole_runs.py says."
  echo
  echo "## Nothing asked of the system"
  echo
  bench/steady_state.sh
  echo
  echo "Between step 100 and step 600, by bench/steady_state.sh with GNU time and strace -c."
  echo
  echo "## Over depth, width and batch"
  echo
  echo "![Milliseconds a step over depth, width and batch, fanin's and PyTorch's](cost_curves.svg)"
  echo
  echo "By bench/cost_curves.py; the numbers are in [cost_curves.csv](cost_curves.csv)."
} | tee "$folder/README.md.part"
/usr/bin/python3 -W ignore bench/cost_curves.py "$folder"
mv "$folder/README.md.part" "$folder/README.md"
