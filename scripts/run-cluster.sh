#!/usr/bin/env bash
# Starts PostgreSQL, Redis, RabbitMQ, Kafka, Cassandra, OpenSearch and an S3 in temporary directories, and three nodes of
# Kith over them, until Ctrl-C. KITH and SERVICES are the binaries.
set -euo pipefail

fail() { printf 'kith: %s\n' "$*" >&2; exit 1; }

work=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 0' INT TERM

echo "starting the servers; Cassandra and OpenSearch take their time"
"$SERVICES" >"$work/services" &
pids+=($!)
for _ in $(seq 1500); do
  ! grep -q '^ready' "$work/services" || break
  kill -0 "${pids[0]}" 2>/dev/null || fail "the servers did not start"
  sleep 0.2
done
address() {
  local found
  found=$(awk -v name="$1" '$1 == name { print $2 }' "$work/services")
  [ -n "$found" ] || fail "$1 did not start"
  echo "$found"
}
s3=$(address moto)
curl --silent --show-error --fail --output /dev/null --request PUT "$s3/kith" || fail "S3 makes no bucket"

export KITH__SERVER__ORIGIN=${ORIGIN:-http://127.0.0.1:8080} KITH__CLUSTER__KEYS_DIR=$work/keys
KITH__CLUSTER__DATABASE_URL=$(address postgres)
KITH__CLUSTER__REDIS_URL=$(address redis)
KITH__CLUSTER__RABBITMQ_URL=$(address rabbitmq)
KITH__CLUSTER__KAFKA_BROKERS=$(address kafka)
KITH__CLUSTER__CASSANDRA_NODES=$(address cassandra)
KITH__CLUSTER__OPENSEARCH_URL=$(address opensearch)
export KITH__CLUSTER__DATABASE_URL KITH__CLUSTER__REDIS_URL KITH__CLUSTER__RABBITMQ_URL KITH__CLUSTER__KAFKA_BROKERS
export KITH__CLUSTER__CASSANDRA_NODES KITH__CLUSTER__OPENSEARCH_URL
# One of each: one copy of everything.
export KITH__CLUSTER__KAFKA_REPLICAS=1 KITH__CLUSTER__CASSANDRA_REPLICAS=1
export KITH__S3__ENDPOINT=$s3 KITH__S3__BUCKET=kith KITH__S3__PATH_STYLE=true
export KITH__S3__ACCESS_KEY_ID=kith KITH__S3__SECRET_ACCESS_KEY=for-trying-it
mkdir "$work/keys"

# One after another: the first one makes the tables and the keys.
for port in 8080 8081 8082; do
  "$KITH" serve --dev --listen "127.0.0.1:$port" --data-dir "$work/node-$port" >"$work/node-$port.out" &
  pids+=($!)
  for _ in $(seq 300); do
    grep -q '^listening' "$work/node-$port.out" && break
    kill -0 "${pids[-1]}" 2>/dev/null || fail "the node at port $port did not start"
    sleep 0.1
  done
  echo "a node listens on http://127.0.0.1:$port"
done
echo "open http://127.0.0.1:8080; the other nodes serve the same people"
wait -n
