#!/usr/bin/env bash
# record.sh FOLDER [PART...]: measures beside PyTorch and keeps it in FOLDER/README.md, a section a part;
# without PART all of them, else those named, and the other sections stay as they are.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath "${1:?usage: record.sh FOLDER [steps|inits|runs|diagnostics|curves|steady ...]}")
page=$folder/README.md
shift
wanted=" ${*:-steps inits runs diagnostics curves steady} "

section() { # NAME TITLE SCRIPT ARGUMENT...
  local name=$1 title="## $2"
  shift 2
  if [[ $wanted != *" $name "* ]]; then
    [[ ! -f $page ]] || awk -v title="$title" '/^## / { on = $0 == title } on' "$page"
    return
  fi
  printf '%s\n\n' "$title"
  /usr/bin/python3 -W ignore "bench/$1" "${@:2}"
  echo
}

for name in $wanted; do
  [[ " steps inits runs diagnostics curves steady " == *" $name "* ]] && continue
  echo "record.sh: no part '$name'" >&2
  exit 2
done
{
  echo "# Beside PyTorch"
  echo
  echo "Written by \`make side-by-side\`, fanin and PyTorch in turns; a ratio below 1 says that fanin takes less."
  echo "[bench/NOTES.md](../../bench/NOTES.md) says where the time goes, and [benchmarks.md](benchmarks.md), by \`make bench\`, what"
  echo "single kernels, layers and inits take."
  echo
  section steps "Training steps, and the goals" side_by_side.py
  section inits "The functions of torch.nn.init" side_by_side.py --inits
  section runs "Whole programs" whole_runs.py
  section diagnostics "Looks into the layers" whole_runs.py --looks --rounds 5
  section curves "Over depth, width and batch" cost_curves.py "${folder#"$PWD/"}"
  section steady "Nothing asked of the system" steady_state.py
} | tee "$page.part"
mv "$page.part" "$page"
