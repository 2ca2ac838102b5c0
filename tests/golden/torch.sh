#!/usr/bin/env bash
# Prints the path of a Python that has the reference, PyTorch 2.13.0 for the CPU. If it does not exist,
# this makes a virtual environment outside of the folder: $FANIN_TORCH, or ~/.cache/fanin/torch-2.13.0.
set -euo pipefail
version=2.13.0
folder=${FANIN_TORCH:-${XDG_CACHE_HOME:-$HOME/.cache}/fanin/torch-$version}
python=$folder/bin/python

die() {
  echo "torch.sh: $*" >&2
  exit 1
}

has_torch() {
  [[ $("$python" -c 'import numpy, torch; print(torch.__version__.split("+")[0])' 2>/dev/null) == "$version" ]]
}

# A build for CUDA needs packages of several gigabytes; a build for the CPU needs none of them.
needs_cuda() { # the report of pip's dry run
  "$python" -c '
import json, sys
needs = json.load(sys.stdin)["install"][0]["metadata"].get("requires_dist", [])
sys.exit(not any(need.startswith(("nvidia", "cuda", "triton")) for need in needs))'
}

if ! has_torch; then
  echo "torch.sh: installing PyTorch $version into $folder" >&2
  python3 -m venv "$folder" >&2 || die "cannot make a virtual environment in $folder: install python3-venv"
  report=$("$python" -m pip install --quiet --dry-run --no-deps --ignore-installed --report - "torch==$version") ||
    die "pip does not find PyTorch $version"
  if needs_cuda <<<"$report"; then
    die "pip would install PyTorch for CUDA, which takes gigabytes. Name an index of CPU builds in PIP_INDEX_URL, or a" \
      "folder with such a wheel in PIP_FIND_LINKS"
  fi
  "$python" -m pip install --quiet "torch==$version" numpy >&2 || die "pip cannot install PyTorch $version and numpy"
  has_torch || die "PyTorch $version does not work in $folder: remove this folder and try again"
fi
echo "$python"
