# SPDX-License-Identifier: Apache-2.0
# Plain `make` lists what can be made. Every target brings what it needs.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help quickstart setup test unit integration acceptance lint format check docs bench pins services clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quickstart: setup ## watch rows of a database become Parquet files, with the REST API on port 8083
	$(BIN)/barnabas quickstart $(ARGS)

setup: .venv/ready ## make .venv: the barnabas command, all extras, the tools, at pinned versions

# The pins name every package, so nothing is left to the resolver; `pip check` proves that it fits.
.venv/ready: requirements/pins.txt pyproject.toml
	PYTHON=$(PYTHON) tools/system_packages.sh environment
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-deps --requirement requirements/pins.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/pip check
	@touch $@

services: .venv/ready ## install Java, Maven, PostgreSQL, MariaDB when missing; fetch Kafka, HDFS, S3Proxy and a registry
	tools/system_packages.sh services
	$(BIN)/python -m tests.services.kafka
	$(BIN)/python -m tests.services.hdfs
	$(BIN)/python -m tests.services.s3

test: services ## run every test; real Kafka brokers included (ARGS="-k word" chooses)
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(ARGS)

FAST := $(wildcard tests/unit tests/contract tests/compat tests/architecture)

unit: .venv/ready ## run the tests that need no service, within a minute
	$(BIN)/pytest $(FAST) $(ARGS)

integration: services ## run the tests against a real Kafka
	$(BIN)/pytest tests/integration $(ARGS)

acceptance: services ## run the tests of the installed program: processes, signals, kill -9
	$(BIN)/pytest tests/acceptance $(ARGS)

lint: .venv/ready ## check format, code, types and who imports whom
	@$(BIN)/ruff format --check --quiet . || { echo 'not in shape: make format'; exit 1; }
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready ## put the code into shape and mend what can be mended without thinking
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .

check: lint unit ## before a push: lint and the tests that need no service

docs: .venv/ready ## check the pages: links, the six-file tour, the lists
	$(BIN)/pytest tests/architecture $(ARGS)

bench: services ## measure; ARGS names the programs of benchmarks/ to run (all without)
	$(BIN)/python -m benchmarks $(ARGS)

pins: ## take the newest versions of all dependencies into requirements/pins.txt
	PYTHON=$(PYTHON) tools/system_packages.sh environment
	PYTHON=$(PYTHON) tools/renew_pins.sh

clean: ## remove what the other targets made (the download cache stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
