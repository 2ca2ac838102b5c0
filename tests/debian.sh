#!/usr/bin/env bash
# debian.sh RELEASE [COMMAND]: runs the README's two commands in a fresh root folder of a Debian release
# (bookworm, trixie, sid) that has only make, git and a clone of this repository's last commit. Needs
# root and the network. The root folder stays in build/RELEASE. COMMAND replaces the two commands.
set -euo pipefail
release=${1:?usage: debian.sh RELEASE [COMMAND]}
command='make compare ARGS="lenet5 --set seeds=0" && make test'
(($# == 1)) || command=$2
cd "$(dirname "$0")/.."
((EUID == 0)) || { echo "debian.sh: run this as root; debootstrap and chroot need it" >&2; exit 1; }

# The script runs in its own mount namespace, so its mounts are private and end with it.
[[ ${FANIN_OWN_MOUNTS:-} ]] || FANIN_OWN_MOUNTS=1 exec unshare --mount "tests/debian.sh" "$@"

root=$PWD/build/$release
rm -rf --one-file-system "$root"
mkdir -p build
echo "debian.sh: creating a root folder of $release"
debootstrap --variant=minbase "$release" "$root" >"$root.log" 2>&1 || { tail -n 5 "$root.log"; exit 1; }
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
# The network may use its own certificates, so the root folder gets those that this machine trusts.
[[ ! -f /etc/ssl/certs/ca-certificates.crt ]] ||
  cp /etc/ssl/certs/ca-certificates.crt "$root/root/certificates.crt"
# Sid's signature expires after some days, and a mirror may lag behind. Releases do not expire.
[[ $release != sid ]] ||
  echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90late-mirror"
git clone --quiet --no-hardlinks . "$root/fanin"

start=$SECONDS
env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}" \
  NODE_EXTRA_CA_CERTS=/root/certificates.crt chroot "$root" bash -ec "
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends make git >/dev/null
  cd /fanin
  $command"
echo "debian.sh: $release passed in $((SECONDS - start)) s"
