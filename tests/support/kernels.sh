#!/usr/bin/env bash
# Tells which kernels this CPU can run. Each kernel is given as a setting of the environment.
#   kernels.sh all        lists all kernels for this CPU architecture
#   kernels.sh able       lists the kernels that this CPU can run
#   kernels.sh lacking    lists the kernels that this CPU cannot run
#   kernels.sh runs FANIN_SIMD=avx2    exit code 0 if this CPU can run them
#   kernels.sh known FANIN_SIMD=avx2   exit code 0 if such kernels exist
set -euo pipefail

needs() { # SETTING: prints the flags of /proc/cpuinfo that these kernels need
  local avx512='avx512f avx512bw avx512cd avx512dq avx512vl'
  case $1 in
    FANIN_SIMD=avx512 | OPENBLAS_CORETYPE=SkylakeX) echo "$avx512" ;;
    OPENBLAS_CORETYPE=Cooperlake) echo "$avx512 avx512_bf16" ;;
    FANIN_SIMD=avx2 | OPENBLAS_CORETYPE=Haswell | OPENBLAS_CORETYPE=Zen) echo 'avx2 fma' ;;
    OPENBLAS_CORETYPE=Nehalem) echo sse4_2 ;;
    OPENBLAS_CORETYPE=Excavator) echo fma4 ;;
    FANIN_SIMD=neon | OPENBLAS_CORETYPE=ARMV8) echo asimd ;;
    OPENBLAS_CORETYPE=NEOVERSEN1) echo 'asimd atomics' ;;
    OPENBLAS_CORETYPE=NEOVERSEV1) echo 'asimd atomics sve' ;;
    FANIN_SIMD=portable) echo fpu ;;
    *)
      echo "kernels.sh: unknown setting $1" >&2
      return 2
      ;;
  esac
}

flags=" $(grep -m1 -E '^(flags|Features)' /proc/cpuinfo) "
runs() { # SETTING
  local flag list
  list=$(needs "$1") || exit 2
  for flag in $list; do
    [[ $flags == *" $flag "* ]] || return 1
  done
}

if [[ $(uname -m) == aarch64 ]]; then
  settings=(FANIN_SIMD=neon OPENBLAS_CORETYPE={ARMV8,NEOVERSEN1,NEOVERSEV1})
else
  settings=(FANIN_SIMD={avx512,avx2,portable}
    OPENBLAS_CORETYPE={Haswell,Zen,SkylakeX,Cooperlake,Nehalem,Excavator})
fi
case ${1:-} in
  all) printf '%s\n' "${settings[@]}" ;;
  able) for one in "${settings[@]}"; do runs "$one" && echo "$one" || true; done ;;
  lacking) for one in "${settings[@]}"; do runs "$one" || echo "$one"; done ;;
  runs) runs "${2:?usage: kernels.sh runs SETTING}" ;;
  known) needs "${2:?usage: kernels.sh known SETTING}" >/dev/null ;;
  *) echo "usage: kernels.sh all|able|lacking|runs SETTING|known SETTING" >&2 && exit 2 ;;
esac
