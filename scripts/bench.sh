#!/usr/bin/env bash
# Loads Kith as people would, and then the limit server, which does nothing but carry: both figures and their ratio.
#
#   scripts/bench.sh SCENARIO...      one or several of those below
#   scripts/bench.sh quick            direct, groups and idle, small, in under three minutes
#   scripts/bench.sh knee SCENARIO    the highest rate that holds (p99 below 200 ms, nothing lost), of either server
#
#   direct     1,000 people, one-to-one messages
#   groups     1,000 people in groups of 100
#   mixed      5,000 people: 2,000 one-to-one messages/s, 100/s into groups of 100
#   hundredk   15,000 people in groups of 10, who send as much as 100,000 would: 10,000 + 5,000 messages/s
#   idle       10,000 sockets that are silent
#   idle19k    19,000 of them
#   storm      10,000 sockets come back at once after kill -9
#   slow       1 % of 10,000 people hardly read, and all are in one group
#   soak       an hour of mixed at half load
#
# Environment: RATE (messages/s, of direct and groups), DURATION, WARMUP (seconds), REPEATS (the reports of all stay in
# RESULTS), LIMIT=0 (leave the limit server out), RESULTS (a directory for the JSON reports), TCP_CONGESTION (`reno`), KITH
# (a binary that is built already), PROFILE (a file into which `perf` writes what Kith does during 5 seconds of the measured
# part, with stacks).
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'kith: %s\n' "$*" >&2; exit 1; }

[ $# -gt 0 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2; }

if [ -z "${KITH:-}" ]; then
  scripts/require.sh cargo
  cargo build --release --manifest-path backend/Cargo.toml --bin kith --locked
  KITH=${CARGO_TARGET_DIR:-$PWD/backend/target}/release/kith
fi

work=$(mktemp -d)
results=${RESULTS:-$work}
mkdir -p "$results"
server=''
stop_server() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  server=''
}
trap 'stop_server; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Tokens name the origin, and the port is known only once the server runs: so the origin is a setting.
export KITH__SERVER__ORIGIN=http://127.0.0.1:8080 KITH__LOG__LEVEL=${KITH__LOG__LEVEL:-warn}
# The ramp of the load is what limits handshakes here.
export KITH__GATEWAY__HANDSHAKES_PER_SECOND=1000000
export KITH__SERVER__DRAIN_SECONDS=0
# All ends of the loopback alike: what is made for long ways (BBR) only costs time here.
congestion=${TCP_CONGESTION:-reno}
export KITH__SERVER__TCP_CONGESTION=$congestion

# Both ends share the processors evenly and go before everything else, where that is allowed. A load that went before the
# server would wake for every frame and cost twice as much.
if renice -n -10 -p $$ >/dev/null 2>&1; then :; fi
run_load() { "$KITH" bench run "$@"; }

# Background work of a desktop session shares its processor time; a load test is better off alone.
if [ -w /proc/self/autogroup ]; then echo -10 2>/dev/null >/proc/self/autogroup || true; fi

# await_address FILE: the address that a server printed.
await_address() {
  local tries
  for tries in $(seq 300); do
    address=$(sed -n 's|^listening on http://||p' "$1")
    [ -z "$address" ] || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  fail "the server did not start: $(cat "$work/log")"
}

# start_kith [ADDRESS]
start_kith() {
  "$KITH" serve --dev --no-limits --listen "${1:-127.0.0.1:0}" --data-dir "$work/data" >"$work/out" 2>"$work/log" &
  server=$!
  await_address "$work/out"
}

start_limit() {
  "$KITH" bench limit --listen 127.0.0.1:0 --users-file "$work/users.jsonl" --tcp-congestion "$congestion" >"$work/out" 2>"$work/log" &
  server=$!
  await_address "$work/out"
}

# seed USERS FRIENDS GROUPS SIZE
seed() {
  rm -rf "$work/data"
  "$KITH" bench seed --dev --data-dir "$work/data" --users "$1" --friends "$2" --groups "$3" --group-size "$4" \
    --out "$work/users.jsonl" || fail "the store was not seeded"
}

# load NAME OPTION...: prints the report; the status is the run's.
load() {
  local name=$1 status=0 profiler
  shift
  local run=(run_load --users-file "$work/users.jsonl" --url "ws://$address" --server-pid "$server"
    --json "$results/$name.json" --tcp-congestion "$congestion" "$@")
  if [ -z "${PROFILE:-}" ] || [[ $name = *-limit ]]; then
    "${run[@]}"
    return
  fi
  : >"$work/progress"
  profile &
  profiler=$!
  "${run[@]}" 2> >(tee "$work/progress" >&2) || status=$?
  wait "$profiler" || true
  return "$status"
}

# Records the server once the load is measured.
profile() {
  until grep -q '^measured' "$work/progress"; do
    kill -0 "$server" 2>/dev/null || return 0
    sleep 0.2
  done
  perf record -q -F 199 --call-graph dwarf,8192 -p "$server" -o "$PROFILE" -- sleep 5
}

# measure NAME OPTION...: Kith, the limit server, the ratio.
measure() {
  local name=$1 status=0 repeat
  shift
  for repeat in $(seq "${REPEATS:-1}"); do
    [ "${REPEATS:-1}" = 1 ] || name=${name%.*}.$repeat
    printf '\n== %s: kith\n' "$name"
    start_kith
    load "$name" "$@" || status=$?
    stop_server
    [ "${LIMIT:-1}" = 1 ] || continue
    printf '\n== %s: the limit server\n' "$name"
    start_limit
    load "$name-limit" "$@" || true
    stop_server
    printf '\n== %s\n' "$name"
    "$KITH" bench compare "$results/$name.json" "$results/$name-limit.json"
  done
  return "$status"
}

# times WARMUP DURATION: the options, if the environment says nothing else.
times() { echo --warmup "${WARMUP:-$1}" --duration "${DURATION:-$2}"; }

# population SCENARIO: seeds, and sets `load_options` and the two default rates.
population() {
  direct=0 group=0
  case $1 in
    direct) seed 1000 10 0 10; load_options=(--connections 1000); direct=${RATE:-10000} ;;
    groups) seed 1000 2 100 100; load_options=(--connections 1000); group=${RATE:-1000} ;;
    mixed) seed 5000 10 500 100; load_options=(--connections 5000); direct=2000 group=100 ;;
    hundredk) seed 15000 10 15000 10; load_options=(--connections 15000); direct=10000 group=5000 ;;
    idle) seed 10000 0 0 1; load_options=(--connections 10000) ;;
    idle19k) seed 19000 0 0 1; load_options=(--connections 19000) ;;
    storm) seed 10000 4 1000 10; load_options=(--connections 10000 --reconnect --connect-rate 100000); direct=200 group=20 ;;
    slow) seed 10000 4 1 10000; load_options=(--connections 10000 --message-bytes 8000); direct=500 group=3 ;;
    soak) seed 5000 10 500 100; load_options=(--connections 5000); direct=1000 group=50 ;;
    *) fail "there is no scenario $1" ;;
  esac
}

scenario() {
  local name=$1
  population "$name"
  local rates=(--direct-rate "$direct" --group-rate "$group")
  # shellcheck disable=SC2046 # words are wanted
  case $name in
    idle | idle19k) LIMIT=0 measure "$name" "${load_options[@]}" "${rates[@]}" $(times 30 60) --drain 1 ;;
    storm) storm "${load_options[@]}" "${rates[@]}" ;;
    slow)
      # Long texts and some time: a queue of 1 MiB fills at 24 KB/s.
      LIMIT=0 measure slow-none "${load_options[@]}" "${rates[@]}" $(times 10 80)
      LIMIT=0 measure slow "${load_options[@]}" "${rates[@]}" $(times 10 80) --slow-readers 1
      printf '\n== with slow readers, and without\n'
      "$KITH" bench compare "$results/slow.json" "$results/slow-none.json"
      ;;
    soak) LIMIT=0 measure soak "${load_options[@]}" "${rates[@]}" $(times 30 3600) ;;
    *) measure "$name" "${load_options[@]}" "${rates[@]}" $(times 10 30) ;;
  esac
}

# The server is killed in the middle of the run and started again on its port.
storm() {
  printf '\n== storm: kith\n'
  start_kith
  run_load --users-file "$work/users.jsonl" --url "ws://$address" "$@" --tcp-congestion "$congestion" --warmup 10 --duration 30 --drain 60 \
    --json "$results/storm.json" 2> >(tee "$work/progress" >&2) &
  local run=$!
  until grep -q '^measured' "$work/progress" 2>/dev/null; do
    kill -0 "$run" 2>/dev/null || break
    sleep 0.2
  done
  kill -9 "$server"
  wait "$server" 2>/dev/null || true
  start_kith "$address"
  local status=0 most
  wait "$run" || status=$?
  most=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$server/status")
  echo "server       at most $most MiB resident after it was started again"
  stop_server
  return "$status"
}

# holds SCENARIO SERVER RATE: whether a rate is carried.
holds() {
  local rates=(--direct-rate "$3") status=0
  [ "$1" = direct ] || rates=(--group-rate "$3")
  load "knee-$1-$2" "${load_options[@]}" "${rates[@]}" --warmup "${WARMUP:-4}" --duration "${DURATION:-10}" --drain 10 \
    --max-p99 200 >"$work/report" 2>"$work/progress" || status=$?
  case $status in
    0) echo "$2: $3 messages/s hold" ;;
    1) echo "$2: $3 messages/s do not: entries are missing" ;;
    3) echo "$2: $3 messages/s do not: the load itself is late, the machine has no more" ;;
    4) echo "$2: $3 messages/s do not: p99 is 200 ms or more, or some were refused" ;;
    *)
      cat "$work/progress" >&2
      fail "the run failed"
      ;;
  esac
  [ "$status" = 0 ] || return 1
  cp "$work/report" "$work/best-$2"
  cp "$results/knee-$1-$2.json" "$results/knee-$1-$2-best.json"
}

# knee_of SCENARIO SERVER FIRST: raises the rate by halves until it does not hold, then halves the way between.
knee_of() {
  local rate=$3 low=0 high=0 step
  while holds "$1" "$2" "$rate"; do
    low=$rate
    rate=$((rate * 3 / 2))
  done
  high=$rate
  for step in 1 2 3; do
    rate=$(((low + high) / 2))
    if holds "$1" "$2" "$rate"; then low=$rate; else high=$rate; fi
  done
  [ -f "$work/best-$2" ] || fail "no rate held, down to $rate messages/s"
  printf '\n== %s: the highest rate that %s held is %s messages/s\n' "$1" "$2" "$low"
  cat "$work/best-$2"
}

knee() {
  local first
  case $1 in
    direct) first=${RATE:-5000} ;;
    groups) first=${RATE:-500} ;;
    *) fail "a knee is looked for in direct or groups" ;;
  esac
  population "$1"
  start_kith
  knee_of "$1" kith "$first"
  stop_server
  [ "${LIMIT:-1}" = 1 ] || return 0
  start_limit
  knee_of "$1" limit "$((first * 2))"
  stop_server
  printf '\n== %s at either knee\n' "$1"
  "$KITH" bench compare "$results/knee-$1-kith-best.json" "$results/knee-$1-limit-best.json"
}

quick() {
  local status=0
  RATE=${RATE:-4000} WARMUP=3 DURATION=10 scenario direct || status=$?
  RATE=400 WARMUP=3 DURATION=10 scenario groups || status=$?
  seed 2000 0 0 1
  LIMIT=0 measure idle-2000 --connections 2000 --warmup 5 --duration 15 --drain 1 || status=$?
  return "$status"
}

status=0
if [ "$1" = knee ]; then
  knee "${2:?which scenario}"
else
  for name in "$@"; do
    if [ "$name" = quick ]; then quick || status=$?; else scenario "$name" || status=$?; fi
  done
fi
exit "$status"
