#!/usr/bin/env bash
# Installs the missing packages of each GROUP in dependencies.txt. If none is missing, it prints nothing.
set -euo pipefail

die() {
  echo "setup: $*" >&2
  exit 1
}

# Runs a command and hides its output. If it fails, prints one line with its first error.
quietly() {
  local output
  output=$("$@" 2>&1) ||
    die "'$*' failed: $(grep -m1 -iE '^(E:|npm err)' <<<"$output" || tail -n1 <<<"$output")"
}

found() { # PROBE
  case $1 in
    command:*) command -v "${1#command:}" >/dev/null ;;
    file:*) compgen -G "${1#file:}" >/dev/null ;;
    *) die "dependencies.txt: the probe '$1' is neither command:NAME nor file:PATH" ;;
  esac
}

install_debian() { # PACKAGE...
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  command -v apt-get >/dev/null || die "apt-get is not available; install these packages, or your system's equivalents: $*"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "cannot install $*: run as root, or install sudo"
    apt=(sudo "${apt[@]}")
  fi
  echo "setup: installing Debian packages: $*"
  quietly "${apt[@]}" update
  quietly "${apt[@]}" install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

install_npm() { # MESSAGE_END NPM_OPTION...
  echo "setup: installing the npm packages in package-lock.json$1"
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

current() { # PACKAGE: succeeds if it is installed, from the present lock file
  [[ node_modules/.package-lock.json -nt package-lock.json && -d node_modules/$1 ]]
}
if [[ $wanted == *" browser "* ]]; then
  current playwright-core || install_npm ", including those for tests"
elif [[ $wanted == *" run "* ]]; then
  current vega || install_npm "" --omit=dev
fi
