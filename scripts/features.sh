#!/usr/bin/env bash
# Lints the binary as it is built without features and with each of them. One at a time and by itself: together with the
# rest of the workspace, whose tests want every adapter, what a feature forgets to bring along would be there anyway, and
# what only another feature uses would not be dead. The server's tests want all features; they are linted with those.
set -euo pipefail
cd "$(dirname "$0")/.."

features=$(sed -n '/^\[features\]$/,/^\[dependencies\]$/s/^\([a-z0-9]*\) = .*/\1/p' backend/crates/server/Cargo.toml)
[ -n "$features" ] || { echo "kith: no features found in backend/crates/server/Cargo.toml" >&2; exit 1; }
for feature in '' $features; do
  echo "kith with ${feature:-no features}"
  cargo clippy --quiet --manifest-path backend/Cargo.toml -p kith-server --bin kith --no-default-features \
    --features "$feature" --locked -- -D warnings
done
