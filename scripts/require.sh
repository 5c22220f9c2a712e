#!/usr/bin/env bash
# Makes sure that a tool is there: installs it where that is this machine's ordinary way, else says what to install.
set -euo pipefail

fail() { printf 'kith: %s\n' "$*" >&2; exit 1; }

# version_at_least HAVE WANT
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

debian_install() {
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "kith: installing $*" >&2
    { apt-get -o DPkg::Lock::Timeout=900 update -qq && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=900 install -y -qq --no-install-recommends "$@"; } >/dev/null \
      || fail "could not install $*; install these packages and try again"
  else
    fail "please install: $*   (on Debian: sudo apt-get install $*)"
  fi
}

# Installs a server whose package would start it: Kith's tests start their own. A policy of the machine's owner stays
# as it is.
debian_install_server() {
  local policy=/usr/sbin/policy-rc.d
  if [ "$(id -u)" = 0 ] && [ ! -e "$policy" ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  debian_install "$@"
}

case "${1:?which tool}" in
  cargo)
    command -v cargo >/dev/null || fail "Rust 1.95 or later is needed: https://rustup.rs"
    have=$(cargo --version | cut -d' ' -f2)
    version_at_least "$have" 1.95 || fail "Rust 1.95 or later is needed, this is $have: run 'rustup update'"
    command -v cc >/dev/null || debian_install gcc libc6-dev
    ;;
  node)
    command -v node >/dev/null || fail "Node.js 20 or later is needed: https://nodejs.org"
    have=$(node --version | tr -d v)
    version_at_least "$have" 20 || fail "Node.js 20 or later is needed, this is $have"
    command -v npm >/dev/null || fail "npm is needed; it comes with Node.js"
    ;;
  chromium)
    command -v chromium >/dev/null || debian_install chromium
    fc-list 2>/dev/null | grep -q 'Noto Sans CJK' || debian_install fontconfig fonts-noto-cjk fonts-noto-color-emoji
    ;;
  python)
    command -v python3 >/dev/null || debian_install python3
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "Python 3.10 or later is needed for the tests"
    python3 -c 'import venv, ensurepip' 2>/dev/null || debian_install python3-venv
    ;;
  postgresql)
    [ -n "$(ls -d /usr/lib/postgresql/1[5-9]/bin/postgres 2>/dev/null)" ] || command -v postgres >/dev/null \
      || debian_install_server postgresql
    ;;
  redis)
    command -v redis-server >/dev/null || debian_install_server redis-server
    ;;
  rabbitmq)
    { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && command -v epmd >/dev/null; } || debian_install_server rabbitmq-server
    ;;
  openssl)
    # Kafka's client is compiled along from C and C++, with OpenSSL for its encryption; the tests make certificates.
    command -v c++ >/dev/null || debian_install g++
    { command -v pkg-config >/dev/null && pkg-config --exists openssl; } || debian_install libssl-dev pkg-config
    command -v openssl >/dev/null || debian_install openssl
    ;;
  java)
    command -v javac >/dev/null || debian_install openjdk-17-jdk-headless
    have=$(javac -version 2>&1 | cut -d' ' -f2)
    version_at_least "$have" 17 || fail "Java 17 or later is needed, this is $have"
    command -v mvn >/dev/null || debian_install maven
    ;;
  *) fail "unknown tool $1" ;;
esac
