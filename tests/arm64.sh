#!/usr/bin/env bash
# arm64.sh: cross-compiles for Linux on arm64, with Debian's packages in a separate root folder. Then
# runs the unit tests of framework and init, and the program, in qemu-user.
set -euo pipefail
((EUID == 0)) || { echo "arm64.sh: run this as root; unpacking packages needs it" >&2; exit 1; }
cd "$(dirname "$0")/.."
export FANIN_ARM64_ROOT=$PWD/build/arm64-root

# The libraries that dependencies.txt lists for a build. This machine has the tools already.
mapfile -t packages < <(awk '$1 == "build" && $2 ~ /^file:/ { print $3 }' dependencies.txt)
list=$(IFS=,; echo "libc6-dev,libstdc++-$(aarch64-linux-gnu-g++ -dumpversion | cut -d. -f1)-dev,${packages[*]}")
if [[ $(cat "$FANIN_ARM64_ROOT.list" 2>/dev/null) != "$list" ]]; then
  echo "arm64: unpacking Debian's packages for arm64"
  rm -rf "$FANIN_ARM64_ROOT"
  mkdir -p build
  mmdebstrap --quiet --architectures=arm64 --variant=extract --include="$list" \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$FANIN_ARM64_ROOT"
  echo "$list" >"$FANIN_ARM64_ROOT.list"
fi

cmake -G Ninja -S . -B build/arm64 -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/arm64.cmake" >/dev/null
cmake --build build/arm64 --parallel "${JOBS:-$(nproc)}" \
  --target test_framework test_framework_f64 test_init fanin

emulated() { # PROGRAM ARGUMENT...
  qemu-aarch64-static -L "$FANIN_ARM64_ROOT" \
    -E LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu/openblas-pthread -E OPENBLAS_NUM_THREADS=1 "$@"
}
version=$(emulated build/arm64/fanin --version)
echo "$version"
[[ $version == *"kernels: neon"* ]] || { echo "FAILED: the NEON kernels were not chosen"; exit 1; }
for program in init framework framework_f64; do
  echo "arm64: test_$program"
  emulated "build/arm64/tests/test_$program"
done
