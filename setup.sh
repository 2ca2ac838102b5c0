#!/usr/bin/env bash
# Installs what GROUP... of dependencies.txt still lack; silent and instant when nothing is missing.
set -euo pipefail

die() {
  echo "setup: $*" >&2
  exit 1
}

# Runs a command without its chatter; when it fails, says so in one line, with its own first error.
quietly() {
  local output
  output=$("$@" 2>&1) ||
    die "'$*' failed: $(grep -m1 -iE '^(E:|npm err)' <<<"$output" || tail -n1 <<<"$output")"
}

found() { # PROBE
  case $1 in
    command:*) command -v "${1#command:}" >/dev/null ;;
    file:*) compgen -G "${1#file:}" >/dev/null ;;
    *) die "dependencies.txt: '$1' is neither command:NAME nor file:PATH" ;;
  esac
}

install_debian() { # PACKAGE...
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  command -v apt-get >/dev/null || die "no apt-get here; install yourself what these provide: $*"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "run as root, or install sudo; missing: $*"
    apt=(sudo "${apt[@]}")
  fi
  echo "setup: installing Debian packages: $*"
  quietly "${apt[@]}" update
  quietly "${apt[@]}" install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

install_npm() { # what of the lock file, further options of npm
  echo "setup: installing npm packages of package-lock.json$1"
  quietly npm ci --no-audit --no-fund "${@:2}"
}

cd -- "$(dirname -- "$0")"
(($# > 0)) || die "usage: ./setup.sh GROUP... (build, run, test, fuzz, browser, slurm, torch, bench, roots)"
wanted=" $* "
for group in "$@"; do
  grep -q "^$group " dependencies.txt || die "dependencies.txt has no group '$group'"
done

missing=()
while read -r group probe package; do
  if [[ $group != "#"* && $wanted == *" $group "* ]]; then
    found "$probe" || missing+=("$package")
  fi
done <dependencies.txt
((${#missing[@]} == 0)) || install_debian "${missing[@]}"

current() { # PACKAGE: whether it is installed, and by the lock file as it is
  [[ node_modules/.package-lock.json -nt package-lock.json && -d node_modules/$1 ]]
}
if [[ $wanted == *" browser "* ]]; then
  current playwright-core || install_npm ", those of the tests too"
elif [[ $wanted == *" run "* ]]; then
  current vega || install_npm "" --omit=dev
fi
