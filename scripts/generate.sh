#!/usr/bin/env bash
# Writes the generated files: api/ from the binary, the TypeScript types from api/. With --check it only says
# whether the committed ones are fresh.
set -euo pipefail
cd "$(dirname "$0")/.."


out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cargo run --quiet --manifest-path backend/Cargo.toml --bin kith --locked -- openapi > "$out/openapi.json"
cargo run --quiet --manifest-path backend/Cargo.toml -p kith-wire --example schemas --locked -- codes > "$out/codes.json"
cargo run --quiet --manifest-path backend/Cargo.toml -p kith-wire --example schemas --locked -- events > "$out/events.schema.json"
(cd frontend && npx --no-install openapi-typescript "$out/openapi.json" --output "$out/schema.d.ts" >/dev/null)
(cd frontend && npx --no-install prettier --write "$out/schema.d.ts" --config package.json >/dev/null 2>&1) || true

stale=0
place() {
  if [ "${1:-}" = --check ]; then
    cmp -s "$2" "$3" || { echo "kith: $3 is stale; run 'make gen' and commit it" >&2; stale=1; }
  else
    mkdir -p "$(dirname "$3")" && cp "$2" "$3"
  fi
}
for name in openapi.json codes.json events.schema.json; do place "${1:-}" "$out/$name" "api/$name"; done
place "${1:-}" "$out/schema.d.ts" frontend/src/api/schema.d.ts
exit $stale
