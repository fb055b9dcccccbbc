# The commands of every day. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt schemas bench-crash bench-replay bench-load bench-messages bench-webhooks bench-rounds bench-queue tamper worlds secrets sabotage erasure matrix

help: ## lists these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## finds or installs what is needed
	@scripts/setup.sh test

demo: ## a server with a dozen technicians at work on 127.0.0.1:8080
	@scripts/demo.sh

test: ## everything CI checks; ends with "N passed, N failed"
	@scripts/test.sh

check: ## the everyday check: format, lints, house rules, unit tests, web
	@scripts/test.sh check

matrix: ## who may do what: every route x five roles x own, colleague's, other's, no organization
	cargo test --workspace --locked --test it matrix:: -- --nocapture $(ARGS)

fmt: ## formats Rust and web sources
	cargo fmt --all
	cd web && npm run --silent fmt

schemas: ## writes docs/schema, docs/openapi.json and the web's types anew from the server's types
	UPDATE_SCHEMAS=1 cargo test --workspace --locked --lib schema
	UPDATE_SCHEMAS=1 cargo test --workspace --locked --lib openapi
	cd web && npm run --silent gen

erasure: ## planted people are erased and leave no trace in tables and files
	cargo test --workspace --locked --test it -- erasure:: --nocapture

bench-crash: ## 100 rounds of kill -9 under load, then the oracle
	@scripts/bench.sh crash $(ARGS)

bench-replay: ## 100 recorded Porto trips at 60x through real sockets
	@scripts/bench.sh replay $(ARGS)

bench-messages: ## from a job's event to WhatsApp's door, 200 messages a second
	@scripts/bench.sh messages $(ARGS)

bench-webhooks: ## 1,000 signed webhooks a second: answered soon, processed once
	@scripts/bench.sh webhooks $(ARGS)

bench-rounds: ## 200 rounds of killed workers and faulty providers, then the oracle of messages
	@scripts/bench.sh rounds $(ARGS)

bench-queue: ## ten tasks beside a hundred thousand, and killed workers
	@scripts/bench.sh queue $(ARGS)

tamper: ## 1,000 random tamperings of an audit chain: each must be found, the first bad row named
	@scripts/tamper.sh $(ARGS)

bench-load: ## acknowledged pings a second beside the raw insert floor
	@scripts/bench.sh load $(ARGS)

worlds: ## 1,000 runs of one organization beside two different others: nothing differs
	@scripts/bench.sh worlds $(ARGS)

secrets: ## a broad run at the loudest log: no secret of the run stands in it
	@scripts/bench.sh secrets $(ARGS)

sabotage: ## every check fails when what it guards is broken on purpose (ARGS=--cheap: without other builds)
	@scripts/sabotage.sh $(ARGS)
