#!/usr/bin/env bash
# with_simd.sh SET COMMAND...: runs it with the kernels of that set (avx512, avx2, portable);
# exit code 77, "skipped", where the CPU lacks the set.
set -euo pipefail

case ${1:?usage: with_simd.sh SET COMMAND...} in
  avx512) needs='avx512f avx512bw avx512cd avx512dq avx512vl' ;;
  avx2) needs='avx2 fma' ;;
  *) needs='' ;;
esac
flags=" $(grep -m1 '^flags' /proc/cpuinfo) "
for flag in $needs; do
  [[ $flags == *" $flag "* ]] || { echo "skipped: this CPU has no $flag"; exit 77; }
done
FANIN_SIMD=$1 exec "${@:2}"
