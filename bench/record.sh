#!/usr/bin/env bash
# record.sh FOLDER [PART...]: compares fanin with PyTorch and writes FOLDER/README.md, one section for
# each part. Given parts, it measures only those and keeps the other sections.
set -euo pipefail
cd "$(dirname "$0")/.."
parts=" steps inits runs diagnostics curves steady "
folder=$(realpath "${1:?usage: record.sh FOLDER [PART...], parts are:$parts}")
page=$folder/README.md
shift
wanted=" ${*:-$parts} "
for name in $wanted; do
  [[ $parts == *" $name "* ]] || { echo "record.sh: no part '$name'" >&2; exit 2; }
done

section() { # NAME TITLE SCRIPT ARGUMENT...
  if [[ $wanted == *" $1 "* ]]; then
    printf '## %s\n\n' "$2"
    "${PYTHON:-python3}" -W ignore "bench/$3" "${@:4}"
    echo
  elif [[ -f $page ]]; then
    awk -v title="## $2" '/^## / { on = $0 == title } on' "$page"
  fi
}

{
  echo "# Beside PyTorch

\`make side-by-side\` wrote this page. It ran fanin and PyTorch in turns. A ratio is fanin's time divided by PyTorch's, so
below 1 fanin is faster. [bench/NOTES.md](../../bench/NOTES.md) says where the time goes. [benchmarks.md](benchmarks.md), from
\`make bench\`, lists the times of single kernels, layers and init functions.
"
  section steps "Training steps, and the goals" side_by_side.py
  section inits "The functions of torch.nn.init" side_by_side.py --inits
  section runs "Whole programs" whole_runs.py
  section diagnostics "Looks into the layers" whole_runs.py --looks --rounds 5
  section curves "Over depth, width and batch" side_by_side.py --rounds 7 --curves "${folder#"$PWD/"}"
  section steady "Nothing asked of the system" steady_state.py
} | tee "$page.part"
mv "$page.part" "$page"
