#!/usr/bin/env bash
# Holds many people's sockets on several nodes over one PostgreSQL and one Redis, all on this machine, and lets some of
# them send. Prints the load's report, and what each process used while the load ran.
#
#   scripts/bench-cluster.sh
#
# Environment: NODES (8), PEOPLE (100000), SENDERS (15000), DIRECT and GROUP (messages/s of all senders: 1500 and 750, as
# 100,000 people's traffic has it), FRIENDS (4), GROUPS_COUNT (20000) of 10, CONNECT (sockets opened a second: 400), WARMUP
# (30) and DURATION (300) seconds, RESULTS (a directory for the JSON report), KITH and SERVICES (binaries that are built
# already).
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'kith: %s\n' "$*" >&2; exit 1; }

nodes=${NODES:-8} people=${PEOPLE:-100000}
if [ -z "${KITH:-}" ] || [ -z "${SERVICES:-}" ]; then
  for need in cargo postgresql redis; do scripts/require.sh $need; done
  cargo build --release --manifest-path backend/Cargo.toml --workspace --bins --features kith-server/cluster --locked
  target=${CARGO_TARGET_DIR:-$PWD/backend/target}/release
  KITH=$target/kith SERVICES=$target/services
fi

work=$(mktemp -d)
results=${RESULTS:-$work}
mkdir -p "$results" "$work/keys"
pids=()
stop() {
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# As on a machine of its own, but for the memory.
export KITH_POSTGRES_SETTINGS="shared_buffers=2GB max_wal_size=8GB checkpoint_timeout=15min"
"$SERVICES" postgres redis >"$work/services" &
services=$!
pids+=("$services")
for _ in $(seq 600); do
  ! grep -q '^ready' "$work/services" || break
  kill -0 "$services" 2>/dev/null || fail "PostgreSQL or Redis did not start"
  sleep 0.1
done
address() { awk -v name="$1" '$1 == name { print $2 }' "$work/services"; }

export KITH__SERVER__ORIGIN=http://127.0.0.1:8080 KITH__LOG__LEVEL=${KITH__LOG__LEVEL:-warn}
export KITH__CLUSTER__KEYS_DIR=$work/keys KITH__SERVER__DRAIN_SECONDS=0
KITH__CLUSTER__DATABASE_URL=$(address postgres)
KITH__CLUSTER__REDIS_URL=$(address redis)
export KITH__CLUSTER__DATABASE_URL KITH__CLUSTER__REDIS_URL
export KITH__GATEWAY__HANDSHAKES_PER_SECOND=1000000

mkdir "$work/seed"
"$KITH" bench seed --dev --data-dir "$work/seed" --users "$people" --friends "${FRIENDS:-4}" --groups "${GROUPS_COUNT:-20000}" \
  --group-size 10 --out "$work/users.jsonl" || fail "the store was not seeded"

servers=() targets=()
mkdir -p "$work"/node-{1..64}
for node in $(seq "$nodes"); do
  # One thread of sockets for each node: the cores are few, and shared by all.
  KITH__GATEWAY__SHARDS=1 "$KITH" serve --dev --no-limits --listen 127.0.0.1:0 --data-dir "$work/node-$node" \
    >"$work/node-$node.out" 2>"$work/node-$node.log" &
  pid=$!
  pids+=("$pid")
  for _ in $(seq 300); do
    # The node's file may not be there yet.
    url=$(sed -n 's|^listening on http://||p' "$work/node-$node.out" 2>/dev/null || true)
    [ -z "$url" ] || break
    kill -0 "$pid" 2>/dev/null || fail "node $node did not start: $(cat "$work/node-$node.log")"
    sleep 0.1
  done
  servers+=(--server-pid "$pid") targets+=(--url "ws://$url")
done

# Ticks of processor time and MiB of memory that is a process's own, of all processes whose command has that name; one
# that ends meanwhile, as PostgreSQL's vacuum does, counts nothing.
used() {
  local name=$1 pid ticks=0 memory=0
  for pid in $(pgrep -x "$name"); do
    ticks=$((ticks + $(awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat" 2>/dev/null || true) + 0))
    memory=$((memory + $(awk '/^RssAnon/ { sum += $2 } END { print sum + 0 }' "/proc/$pid/status" 2>/dev/null || true) + 0))
  done
  echo "$ticks $((memory / 1024))"
}

"$KITH" bench run --users-file "$work/users.jsonl" "${targets[@]}" "${servers[@]}" --connections "$people" \
  --senders "${SENDERS:-15000}" --direct-rate "${DIRECT:-1500}" --group-rate "${GROUP:-750}" \
  --connect-rate "${CONNECT:-400}" --warmup "${WARMUP:-30}" --duration "${DURATION:-300}" --drain 30 --tcp-congestion reno \
  --json "$results/cluster.json" 2> >(tee "$work/progress" >&2) &
run=$!
pids+=("$run")
until grep -q '^measured' "$work/progress" 2>/dev/null; do
  kill -0 "$run" 2>/dev/null || break
  sleep 0.5
done
read -r postgres_before _ < <(used postgres)
read -r redis_before _ < <(used redis-server)
begun=$(date +%s)
until grep -q '^drain' "$work/progress" 2>/dev/null; do
  kill -0 "$run" 2>/dev/null || break
  sleep 0.5
done
seconds=$(($(date +%s) - begun))
read -r postgres_after postgres_memory < <(used postgres)
read -r redis_after redis_memory < <(used redis-server)
status=0
wait "$run" || status=$?
echo "over $seconds s: PostgreSQL $(awk "BEGIN { printf \"%.2f\", ($postgres_after - $postgres_before) / 100 / ($seconds + 0.001) }") cores, $postgres_memory MiB and what its processes share;" \
  "Redis $(awk "BEGIN { printf \"%.2f\", ($redis_after - $redis_before) / 100 / ($seconds + 0.001) }") cores, $redis_memory MiB"
cat "$work"/node-*.log | sed 's/^/log: /' | head -20
exit "$status"
