#!/usr/bin/env bash
# with_simd.sh SET COMMAND...: runs it with the kernels of that set (avx512, avx2, portable);
# exit code 77, "skipped", if the CPU lacks the set.
set -euo pipefail

kernels=$(dirname "$0")/kernels.sh
"$kernels" known "FANIN_SIMD=${1:?usage: with_simd.sh SET COMMAND...}"
"$kernels" runs "FANIN_SIMD=$1" ||
  { echo "skipped: this CPU has no $1"; exit 77; }
FANIN_SIMD=$1 exec "${@:2}"
