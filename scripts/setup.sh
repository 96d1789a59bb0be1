#!/usr/bin/env bash
# Brings a Debian machine to where the project builds, runs and tests. Installs only what is missing.
# Usage: scripts/setup.sh run | test
#
# Packages of Debian 12: postgresql, gcc, libc6-dev, nodejs (18 is enough, also for the OpenID clients), npm; for the tests
# also chromium, chromium-driver, python3, python3-venv, softhsm2 (keys in hardware).
set -euo pipefail
cd "$(dirname "$0")/.."

need=()
have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
have_postgres || need+=(postgresql)
command -v cc >/dev/null || need+=(gcc libc6-dev)
command -v npm >/dev/null || need+=(nodejs npm)
if [ "${1:-run}" = test ]; then
  command -v chromium >/dev/null || need+=(chromium)
  command -v chromedriver >/dev/null || need+=(chromium-driver)
  command -v softhsm2-util >/dev/null || need+=(softhsm2)
  # Debian's Python comes without what a venv needs.
  python3 -c 'import ensurepip, venv' 2>/dev/null || need+=(python3 python3-venv)
fi

if [ ${#need[@]} -gt 0 ]; then
  echo "Installing: ${need[*]}"
  sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo=(sudo)
    { command -v sudo && sudo -v; } >/dev/null ||
      { echo "Please install these packages as root: apt-get install ${need[*]}" >&2; exit 1; }
  fi
  "${sudo[@]}" apt-get update -qq
  # Debian starts a cluster of its own with the package; ours is private, so that one is not wanted.
  if [[ " ${need[*]} " == *" postgresql "* ]]; then
    "${sudo[@]}" mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
      echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

command -v cargo >/dev/null || { echo "Rust is missing: see https://rustup.rs (1.95 or newer)" >&2; exit 1; }

# What npm packages a folder's lock file names.
node_modules() {
  if [ ! -e "$1/node_modules/.lock" ] || ! cmp -s "$1/package-lock.json" "$1/node_modules/.lock"; then
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$1/package-lock.json" "$1/node_modules/.lock"
  fi
}

# Fonts and scripts that the sites serve.
node_modules web

# Other people's OpenID clients, which the tests drive.
if [ "${1:-run}" = test ]; then
  node_modules e2e/clients
  venv=var/clients-venv
  if ! cmp -s e2e/clients/requirements.txt "$venv/.lock"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r e2e/clients/requirements.txt
    cp e2e/clients/requirements.txt "$venv/.lock"
  fi
fi
