#!/bin/sh
# Sees that Node, the packages and a browser are there, and installs what it can.
set -eu
cd "$(dirname "$0")"

fail() {
  echo "The page's tests cannot run: $1" >&2
  exit 1
}

command -v node >/dev/null && command -v npm >/dev/null || fail "Node 20 or newer and npm have to be installed"
[ "$(node -p 'Number(process.versions.node.split(".")[0])')" -ge 20 ] || fail "Node $(node --version) is too old: it takes 20"

# npm leaves this file when it is done.
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund || fail "npm could not install the packages"

node lib/chromium.js && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk; } >/dev/null ||
    fail "apt-get could not install Chromium"
fi
node lib/chromium.js || fail "there is no Chromium: install it, or say in CHROMIUM where it lies"
