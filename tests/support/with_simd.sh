#!/usr/bin/env bash
# with_simd.sh SET COMMAND...: runs COMMAND with the kernels of this instruction set (avx512, avx2,
# portable). If the CPU lacks the set, the exit code is 77, which means "skipped".
set -euo pipefail

kernels=$(dirname "$0")/kernels.sh
"$kernels" known "FANIN_SIMD=${1:?usage: with_simd.sh SET COMMAND...}"
"$kernels" runs "FANIN_SIMD=$1" ||
  { echo "skipped: this CPU has no $1"; exit 77; }
FANIN_SIMD=$1 exec "${@:2}"
