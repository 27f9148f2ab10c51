# Salus needs Python >= 3.11 and Node >= 20. Every command installs what it needs first, from locks,
# and is fast the second time.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
NETWORK ?= tester
WORKERS ?= 2
# Neighbours stay together, so that what a module sets up is set up once.
SHARED_OUT := -n $(WORKERS) --dist worksteal

VENV := .venv
APE_VENV := .venv-ape
ASSURANCE_VENV := .venv-assurance
PROVE_VENV := .venv-prove
DOCS_VENV := .venv-docs
BIN := $(VENV)/bin
STAMPS := .stamps
# scripts/bin first: a forge whose exit code can be trusted.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/scripts/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export FOUNDRY_DISABLE_NIGHTLY_WARNING := 1
# Without compiled bytecode each process compiles 1,800 modules anew: a second, hundreds of times.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: $(STAMPS)/python $(STAMPS)/node ## install the Python and Node tools, locked
	@echo "ready: $(VENV) and node_modules are what the locks say" >&2

PYPROJECTS := pyproject.toml packages/salus-verify/pyproject.toml
$(STAMPS)/python: requirements/bootstrap.lock requirements/dev.lock $(PYPROJECTS)
	@scripts/check-host python $(PYTHON)
	@echo "python: installing requirements/dev.lock into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation \
		--editable packages/salus-verify --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/node: package.json package-lock.json .npmrc
	@scripts/check-host node
	@echo "node: installing package-lock.json into node_modules"
	@npm ci --silent --no-audit --no-fund
	@mkdir -p $(STAMPS) && touch $@

.PHONY: lock
lock: $(STAMPS)/python ## rewrite all locks from pyproject.toml, requirements/*.in and package.json
	@scripts/lock

.PHONY: demo
DEMO := $(BIN)/salus demo --network $(NETWORK) $(if $(BUNDLE),--bundle "$(BUNDLE)")
ifneq ($(filter anvil hardhat,$(NETWORK)),)
demo: setup ## the main job; BUNDLE=FILE, NETWORK=tester|anvil|hardhat|URL
	@$(BIN)/python scripts/with_node.py $(NETWORK) $(DEMO)
else
demo: $(STAMPS)/python
	@$(DEMO)
endif

.PHONY: test
test: setup test-contracts test-python ## contracts and Python, in minutes; the long sequences: test-slow

.PHONY: test-contracts
FORGE_LOG := cache/forge-test.log
forge-test = mkdir -p cache && forge test $(1) >$(FORGE_LOG) 2>&1 || { cat $(FORGE_LOG); exit 1; }; \
	grep -E '^(Ran [0-9]+ test suite|No tests)' $(FORGE_LOG)
test-contracts: setup
	@echo "contracts: forge test"
	@$(call forge-test,--no-match-contract Gas)
	@echo "contracts: gas of the release build against tests/snapshots"
	@FOUNDRY_PROFILE=gas FORGE_SNAPSHOT_CHECK=true; export FOUNDRY_PROFILE FORGE_SNAPSHOT_CHECK; \
		$(call forge-test,--match-contract Gas)

.PHONY: test-python
test-python: setup
	@$(BIN)/python -m pytest $(SHARED_OUT) -m "not slow"

.PHONY: test-slow
test-slow: setup ## long sequences: thefts and their remedies, liars under every act, whole stories
	@$(BIN)/python -m pytest $(SHARED_OUT) -m slow $$(grep -rl --include='*.py' 'mark\.slow' src packages tests)

.PHONY: gas
gas: compile ## compile, and measure gas anew into tests/snapshots
	@FOUNDRY_PROFILE=gas forge test --quiet --match-contract Gas
	@git diff --stat -- tests/snapshots

.PHONY: compile
compile: setup ## compile the contracts into src/salus/contracts/artifacts
	@$(BIN)/python scripts/compile.py
	@$(BIN)/python scripts/trust_root.py

.PHONY: artifacts
artifacts: setup ## fail when the committed artifacts are not what the contracts give
	@$(BIN)/python scripts/compile.py --check
	@$(BIN)/python scripts/trust_root.py --check

.PHONY: lint
lint: setup ## ruff, mypy, the law of the rooms, declared imports, forge fmt, compiler warnings, solhint, behaviour trees
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry --no-ansi src
	@$(BIN)/deptry --no-ansi --config packages/salus-verify/pyproject.toml packages/salus-verify/src
	@forge fmt --check
	@forge build --deny warnings --quiet
	@solhint --noPoster --disc --max-warnings 0 'contracts/**/*.sol'
	@$(BIN)/python scripts/check_trees.py

.PHONY: format
format: setup ## rewrite Python and Solidity in the house format
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@forge fmt

.PHONY: check
check: lint artifacts test test-slow ## what a change must pass

.PHONY: coverage-python
coverage-python: setup ## coverage of the Python packages: at least 95 % of lines; quick from Python 3.12 on (PEP 669)
	@rm -f .coverage .coverage.*
	@core=$$($(BIN)/python -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")'); \
		COVERAGE_CORE=$$core $(BIN)/python -m pytest $(SHARED_OUT) -m "not slow" --cov --cov-report=term:skip-covered

$(STAMPS)/docs: requirements/bootstrap.lock requirements/docs.lock
	@scripts/check-host python $(PYTHON)
	@echo "docs: installing requirements/docs.lock into $(DOCS_VENV)"
	@test -x $(DOCS_VENV)/bin/python || $(PYTHON) -m venv $(DOCS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(DOCS_VENV)/bin/python --require-hashes requirements/docs.lock
	@mkdir -p $(STAMPS) && touch $@

.PHONY: docs
docs: setup $(STAMPS)/docs ## the manuals and the reference as a site, in build/site; warnings are errors
	@$(DOCS_VENV)/bin/mkdocs build --strict

.PHONY: release
release: setup ## build all packages into dist and say what a release lacks; TAG=1 sets the tag
	@$(BIN)/python scripts/release.py $(if $(TAG),--tag)

# Peers that nothing but the benchmarks needs.
PONDER := benchmarks/ponder
$(STAMPS)/ponder: $(PONDER)/package.json $(PONDER)/package-lock.json
	@echo "node: installing $(PONDER)/package-lock.json" >&2
	@npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $(PONDER) >&2
	@mkdir -p $(STAMPS) && touch $@

.PHONY: bench
bench: setup $(if $(TOY),,$(STAMPS)/ponder) ## measure, as one JSON document on stdout; TOY=1 only shows that it runs
	@$(BIN)/python scripts/bench.py $(if $(TOY),--toy)

.PHONY: bench-gas
bench-gas: setup ## our gas beside the peers', into docs/gas.md
	@$(BIN)/python -m benchmarks.gas

$(STAMPS)/ape: requirements/bootstrap.lock requirements/ape.lock
	@scripts/check-host python $(PYTHON)
	@echo "ape: installing requirements/ape.lock into $(APE_VENV)"
	@test -x $(APE_VENV)/bin/python || $(PYTHON) -m venv $(APE_VENV)
	@$(BIN)/uv pip sync --quiet --python $(APE_VENV)/bin/python --require-hashes requirements/ape.lock
	@mkdir -p $(STAMPS) && touch $@

.PHONY: ape
ape: setup $(STAMPS)/ape ## compile and test with ape, in a virtualenv of its own
	@scripts/ape compile
	@scripts/ape test --network ethereum:local:test
	@scripts/ape test --network ethereum:local:foundry
	@export SALUS_DEPLOYMENT=$$(mktemp -d)/deployment.json; \
		scripts/ape run deploy --network ethereum:local:test; rm "$$SALUS_DEPLOYMENT"; \
		scripts/ape run deploy --network ethereum:local:foundry; rm -r "$$(dirname "$$SALUS_DEPLOYMENT")"
	@echo "ape: the demo on the web3 of its environment, the lower end of our range"
	@PYTHONPATH=src:packages/salus-verify/src $(APE_VENV)/bin/python -c 'from salus.cli import main; main()' demo --json >/dev/null

$(STAMPS)/assurance: requirements/bootstrap.lock requirements/assurance.lock
	@scripts/check-host python $(PYTHON)
	@echo "assurance: installing requirements/assurance.lock into $(ASSURANCE_VENV)"
	@test -x $(ASSURANCE_VENV)/bin/python || $(PYTHON) -m venv $(ASSURANCE_VENV)
	@$(BIN)/uv pip sync --quiet --python $(ASSURANCE_VENV)/bin/python --require-hashes requirements/assurance.lock
	@mkdir -p $(STAMPS) && touch $@

.PHONY: slither
slither: setup $(STAMPS)/assurance ## static analysis with every detector: no finding without an answer
	@$(BIN)/python scripts/run_slither.py

.PHONY: coverage
coverage: setup ## coverage of the contracts: at least 99.5 % of lines, 95 % of branches
	@$(BIN)/python scripts/measure_coverage.py

ROUNDS ?= 1
.PHONY: fuzz
fuzz: setup ## a campaign of over a million random acts, resumable; ROUNDS=N for other seeds too
	@nice $(BIN)/python scripts/fuzz.py --rounds $(ROUNDS)
	@SALUS_FUZZ_EXAMPLES=60 nice $(BIN)/python -m pytest -n $(WORKERS) tests/stateful

$(STAMPS)/prove: requirements/bootstrap.lock requirements/prove.lock
	@scripts/check-host python $(PYTHON)
	@echo "prove: installing requirements/prove.lock into $(PROVE_VENV)"
	@test -x $(PROVE_VENV)/bin/python || $(PYTHON) -m venv $(PROVE_VENV)
	@$(BIN)/uv pip sync --quiet --python $(PROVE_VENV)/bin/python --require-hashes requirements/prove.lock
	@mkdir -p $(STAMPS) && touch $@

.PHONY: prove
prove: setup $(STAMPS)/prove ## symbolic proofs of the contracts with halmos
	@nice $(BIN)/python scripts/prove.py

MUTANTS ?= 300
.PHONY: mutate
mutate: setup ## mutation test of the contracts, resumable: at least 95 % killed; MUTANTS=N
	@PYTHONPATH=scripts nice $(BIN)/python -m mutation.mutate --count $(MUTANTS) --workers $(WORKERS)

.PHONY: snapshots
snapshots: compile ## rewrite storage layout, ABI, bytecode hashes and sizes in tests/snapshots
	@$(BIN)/python scripts/snapshots.py

.PHONY: assurance
assurance: setup $(STAMPS)/assurance ## run the quick checks, and write what came out into docs/assurance.md
	@$(BIN)/python scripts/record_assurance.py

.PHONY: clean
clean: ## remove everything that was installed or built
	@rm -rf $(VENV) $(APE_VENV) $(ASSURANCE_VENV) $(PROVE_VENV) $(DOCS_VENV) node_modules $(STAMPS) cache out dist build .build
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find src packages scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: campaigns
campaigns: setup ## what `make test` samples, at full size: more terms, kills, examples
	@SALUS_CAMPAIGN=1 nice $(BIN)/python -m pytest $(SHARED_OUT) -m campaign

.PHONY: torture
torture: setup ## kill a thousand processes in their acts on each back end, and write through a bad node; what was lost
	@SALUS_CAMPAIGN=1 nice $(BIN)/python -m pytest -n 0 -q tests/client/outbox/test_torture.py tests/client/outbox/test_bad_nodes.py

.PHONY: lies
lies: setup ## every verb behind a node that tells every lie; half an hour
	@SALUS_ALL_LIES=1 $(BIN)/python -m pytest -n $(WORKERS) tests/unit/cli/test_lies.py tests/unit/cli/test_groups_of_*.py

.PHONY: demo-all
demo-all: setup ## the demo with every file of ../shared/data/synthea-r4, with times
	@$(BIN)/python -m pytest -m demo_all tests/e2e/test_demo_flow.py
