# Salus needs Python >= 3.11 and Node >= 20. Every command installs what it needs first, from locks,
# and is fast the second time.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
NETWORK ?= tester
WORKERS ?= 2

VENV := .venv
APE_VENV := .venv-ape
BIN := $(VENV)/bin
STAMPS := .stamps
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export FOUNDRY_DISABLE_NIGHTLY_WARNING := 1

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: $(STAMPS)/python $(STAMPS)/node ## install the Python and Node tools, locked
	@echo "ready: $(VENV) and node_modules are what the locks say"

$(STAMPS)/python: requirements/bootstrap.lock requirements/dev.lock pyproject.toml
	@scripts/check-host python $(PYTHON)
	@echo "python: installing requirements/dev.lock into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/node: package.json package-lock.json .npmrc
	@scripts/check-host node
	@echo "node: installing package-lock.json into node_modules"
	@npm ci --silent --no-audit --no-fund
	@mkdir -p $(STAMPS) && touch $@

.PHONY: lock
lock: $(STAMPS)/python ## rewrite all locks from pyproject.toml, requirements/*.in and package.json
	@scripts/lock
