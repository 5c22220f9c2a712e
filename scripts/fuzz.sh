#!/usr/bin/env bash
# Runs the fuzz targets long: `cargo test` gives each of them a second.
#
#   scripts/fuzz.sh [SECONDS]    each target for so many seconds, 60 by default
#
# A target that fails prints the BOLERO_RANDOM_SEED that repeats it. The properties, which draw whole values and not bytes,
# run for as many cases as fit into a similar time.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/require.sh cargo

seconds=${1:-60}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
  exit 2
fi

export BOLERO_RANDOM_TEST_TIME_MS=$((seconds * 1000))
export PROPTEST_CASES=$((seconds * 1000))
status=0

# run CRATE TARGET FILTER...
run() {
  local crate=$1 target=$2 filter
  shift 2
  for filter in "$@"; do
    printf '\n== %s %s\n' "$crate" "$filter"
    # shellcheck disable=SC2086 # the target may be several words
    cargo test --quiet --manifest-path backend/Cargo.toml --locked -p "$crate" $target -- "$filter" || status=$?
  done
}

for crate in kith-domain kith-wire kith-identity kith-rest kith-gateway; do run "$crate" --lib fuzz::; done
run kith-server '--bin kith' fuzz::
run kith-stomp '--test it' properties::
run kith-domain --lib snowflake:: json_text::
run kith-embedded --lib limits::
run kith-gateway --lib websocket::peer:: registry::
exit "$status"
