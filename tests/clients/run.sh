#!/usr/bin/env bash
# Foreign clients against a real Kith: sets up what they need, then runs them all. Arguments go to pytest.
#   KITH       the binary, required
#   KITH_VENV  where the Python environment lies, by default .venv beside this file
set -euo pipefail

KITH=$(realpath -e "${KITH:?where the binary is}")
cd "$(dirname "$0")"
venv=${KITH_VENV:-$PWD/.venv}
export KITH

# same FILE STAMP: what is installed came from exactly this file.
same() { cmp -s "$1" "$2"; }

if ! same requirements.txt "$venv/.installed"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt
  cp requirements.txt "$venv/.installed"
fi
if ! same package-lock.json node_modules/.installed; then
  npm ci --silent
  cp package-lock.json node_modules/.installed
fi

exec "$venv/bin/python" -m pytest "$@"
