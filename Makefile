# `make demo` and `make test` need only Python 3.11 or later and make.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults soak check format types bench conformance clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

# Installed anew when the requirements change; the page is built when its sources do.
.venv/ready: pyproject.toml hatch_build.py $(shell find web -not -path '*/node_modules*' -not -path '*/dist*' -type f 2>/dev/null)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install -q --disable-pip-version-check -e . --group dev
	@touch $@

setup: .venv/ready  ## Install everything into .venv

demo: .venv/ready  ## A moving board on http://127.0.0.1:8000: no key, no network
	$(BIN)/flowboard demo $(ARGS)

test: .venv/ready  ## Every test, e.g. `make test ARGS="-k late"`
	$(BIN)/python -m pytest $(ARGS)

test-faults: .venv/ready  ## The whole fault matrix: half an hour, some of it as root
	$(BIN)/python -m pytest tests/faults -m "" -rs $(ARGS)

soak: .venv/ready  ## Random faults under load: make soak MINUTES=10 SEED=1
	$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

check: .venv/ready  ## What must be green before a commit: format, lint, types, floors, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q -n 2 -m "not slow"

format: .venv/ready  ## Rewrite the files the way `check` wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: .venv/ready  ## Write the API's types for the page: web/src/lib/api.ts
	$(BIN)/python -m tools.api_types

bench: .venv/ready  ## Figures beside their yardsticks, on this machine
	@for bench in decode aggregator pipeline writer storage memory restart freshness fanout http search history quotes metadata; do \
		$(BIN)/python -m bench.$$bench || exit 1; done

conformance: .venv/ready  ## Read a folder of recordings: make conformance DIR=...
	$(BIN)/python -m bench.conformance $(DIR)

clean:  ## Forget caches and build output; data/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis dist flowboard/_static web/node_modules web/dist
