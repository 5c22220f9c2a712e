# Two commands for everybody: `make run` and `make test`. The rest is for who changes Kith.

SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO_TARGET_DIR ?= $(CURDIR)/backend/target
export CARGO_TARGET_DIR
KITH := $(CARGO_TARGET_DIR)/debug/kith
FRONTEND_SOURCES := $(shell find frontend/src frontend/public frontend/scripts frontend/index.html frontend/vite.config.ts frontend/tsconfig*.json -type f 2>/dev/null)

.PHONY: help run build web test test-backend test-frontend test-clients servers services test-cluster run-cluster check gen e2e bench fuzz clean

help: ## Show what there is
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s $$'\t'

run: build ## Build and start Kith on this machine, storage included
	@exec $(KITH) serve --dev $(ARGS)

build: web ## Build the web app and the binary
	@scripts/require.sh cargo
	cargo build --manifest-path backend/Cargo.toml --bin kith --locked

web: frontend/dist/.built

frontend/node_modules/.installed: frontend/package-lock.json frontend/package.json
	@scripts/require.sh node
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

frontend/dist/.built: frontend/node_modules/.installed $(FRONTEND_SOURCES)
	cd frontend && npm run build
	@touch $@

test: check test-frontend test-backend test-clients e2e ## Set up and pass every test

# What is drawn at random is drawn alike each time, so that a red run speaks of the change; scripts/fuzz.sh draws anew.
test-backend: export BOLERO_RANDOM_SEED = 1
test-backend: export PROPTEST_RNG_SEED = 1
test-backend: web servers ## Rust tests, the whole server included
	cargo test --manifest-path backend/Cargo.toml --workspace --features kith-server/cluster --locked
	cargo test --manifest-path backend/Cargo.toml -p kith-gateway --features loom --lib --locked -- loom
	cargo test --manifest-path backend/Cargo.toml -p kith-sql --features loom --lib --locked -- loom

servers:
	@scripts/require.sh postgresql && scripts/require.sh redis && scripts/require.sh rabbitmq
	@scripts/require.sh java && scripts/require.sh python && scripts/require.sh openssl

services: servers ## Start the servers that a cluster uses, until Ctrl-C (NAMES="redis postgres" for some)
	cargo run --manifest-path backend/Cargo.toml -p kith-harness --bin services --locked -- $(NAMES)

test-cluster: servers ## Several nodes over real servers, which are killed and come back
	cargo test --manifest-path backend/Cargo.toml --workspace --features kith-server/cluster --test it --locked -- cluster::

run-cluster: web servers ## Start three nodes and all servers they can share, until Ctrl-C
	cargo build --manifest-path backend/Cargo.toml --workspace --bins --features kith-server/cluster --locked
	@KITH=$(KITH) SERVICES=$(CARGO_TARGET_DIR)/debug/services scripts/run-cluster.sh

test-frontend: frontend/node_modules/.installed ## TypeScript tests
	cd frontend && npm run typecheck && npm test

test-clients: build ## Foreign clients against the real server: stompjs, stomp.py, Spring, an OpenID provider, schemathesis
	@scripts/require.sh python && scripts/require.sh java
	KITH=$(KITH) tests/clients/run.sh

e2e: build ## People in real browsers
	@scripts/require.sh chromium
	cd frontend && KITH=$(KITH) npm run e2e

check: frontend/node_modules/.installed web ## Formatting, lints, and whether generated files are fresh
	@scripts/require.sh cargo && scripts/require.sh openssl
	cargo fmt --manifest-path backend/Cargo.toml --all --check
	cargo clippy --manifest-path backend/Cargo.toml --workspace --all-targets --locked -- -D warnings
	cargo clippy --manifest-path backend/Cargo.toml --workspace --all-targets --features kith-server/cluster --locked -- -D warnings
	@scripts/features.sh
	cd frontend && npm run lint && npm run format:check
	@scripts/generate.sh --check

gen: build frontend/node_modules/.installed ## Write the generated files anew: OpenAPI, events, codes, TypeScript types
	@scripts/generate.sh

bench: web ## What messages and sockets cost, beside what the machine allows (docs/performance.md)
	cargo bench --manifest-path backend/Cargo.toml -p kith-gateway --bench codec --bench fan_out --locked -- --warm-up-time 1 --measurement-time 2
	cargo bench --manifest-path backend/Cargo.toml -p kith-sql --bench unread --locked -- --warm-up-time 1 --measurement-time 2
	cargo bench --manifest-path backend/Cargo.toml -p kith-sql --bench committer --locked
	cargo bench --manifest-path backend/Cargo.toml -p kith-services --bench search --locked
	scripts/bench.sh quick

fuzz: ## Fuzz what reads the bytes of strangers, SECONDS=60 for each target
	scripts/fuzz.sh $(SECONDS)

clean: ## Remove what was built
	rm -rf frontend/dist frontend/node_modules $(CARGO_TARGET_DIR)
