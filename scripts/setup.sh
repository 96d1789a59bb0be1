#!/usr/bin/env bash
# Brings a Debian machine to where the project builds, runs and tests. Installs only what is missing.
# Usage: scripts/setup.sh run | test
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

# Fonts and scripts that the sites serve, by lock file.
if [ ! -e web/node_modules/.lock ] || ! cmp -s web/package-lock.json web/node_modules/.lock; then
  (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp web/package-lock.json web/node_modules/.lock
fi
