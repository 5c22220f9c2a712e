#!/usr/bin/env bash
# Writes the generated files: api/ from the code, the TypeScript types from api/. With --check it only says whether
# the committed ones are fresh.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mode=${1:-write}

cargo run --quiet --manifest-path backend/Cargo.toml --bin kith --locked -- openapi > "$out/openapi.json"
if [ "$mode" = write ]; then
  # The test that checks codes.json and events.schema.json writes them when it is told to.
  UPDATE_API=1 cargo test --quiet --manifest-path backend/Cargo.toml -p kith-wire --lib --locked fresh >/dev/null
fi
(cd frontend && npx --no-install openapi-typescript "$out/openapi.json" --output "$out/schema.d.ts" >/dev/null)
(cd frontend && npx --no-install prettier --stdin-filepath src/api/schema.d.ts < "$out/schema.d.ts" > "$out/formatted.d.ts")

stale=0
place() {
  if [ "$mode" = --check ]; then
    cmp -s "$1" "$2" || { echo "kith: $2 is stale; run 'make gen' and commit it" >&2; stale=1; }
  else
    mkdir -p "$(dirname "$2")" && cp "$1" "$2"
  fi
}
place "$out/openapi.json" api/openapi.json
place "$out/formatted.d.ts" frontend/src/api/schema.d.ts
exit $stale
