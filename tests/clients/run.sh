#!/usr/bin/env bash
# Foreign clients against a real Kith: sets up what they need, then runs them all. Arguments go to pytest.
#   KITH       the binary, required
#   KITH_VENV  where the Python environment lies, by default .venv beside this file
set -euo pipefail

KITH=$(realpath -e "${KITH:?where the binary is}")
export KITH
here=$(cd "$(dirname "$0")" && pwd)
venv=$(realpath -m "${KITH_VENV:-$here/.venv}")
cd "$here"

# A copy of what was installed from lies beside it, so that the next run knows that there is nothing to do.
if ! "$venv/bin/python" -c '' 2>/dev/null || ! cmp -s requirements.txt "$venv/.installed"; then
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
  cp requirements.txt "$venv/.installed"
fi
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --silent
  cp package-lock.json node_modules/.installed
fi

# Beside the Python environment, as it is no part of the source either.
export KITH_SPRING_JARS=$venv/spring
if ! cmp -s spring/pom.xml "$KITH_SPRING_JARS/pom.xml"; then
  rm -rf "$KITH_SPRING_JARS"
  mvn --batch-mode --quiet --file spring/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$KITH_SPRING_JARS"
  cp spring/pom.xml "$KITH_SPRING_JARS/pom.xml"
fi

exec "$venv/bin/python" -m pytest "$@"
