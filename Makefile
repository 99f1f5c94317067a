# Every chore is one command, the same on a laptop and in CI. A fresh machine needs Python 3.11 and this file.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-all web web-types check-web demo dev test faults fuzz simulate check bench schemas lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/uv: ## (the installer, into the virtual environment)
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"

# A stamp per group of packages, newer than its lock: setup is done once, not at every start.
$(VENV)/.installed-%: requirements/%.txt pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $<
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

setup: $(VENV)/.installed-demo ## Install what the product and the demo need

setup-all: $(VENV)/.installed-all ## Install what tests and checks need as well

# Without Node the system runs all the same, and its page says what is missing. CI promised a page, so there it must be.
PAGE := services/console/static/index.html
NODE := $(shell node -p 'const [a, b] = process.versions.node.split(".").map(Number); a > 20 || (a === 20 && b >= 19)' 2>/dev/null)
ifeq ($(NODE),true)
# Both are made again by what is newer than they are.
web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(PAGE): web/node_modules/.package-lock.json $(shell find web -path web/node_modules -prune -o -type f -print)
	cd web && npm run build

check-web: web/node_modules/.package-lock.json ## The page's own checks: types, style, its tests, its size
	cd web && npm run check
else
$(PAGE) check-web:
	@echo "The console's page is left out: install Node.js 20.19 or newer, which brings npm, and run: make web"
	@test "$(CI)" != true
endif

web: $(PAGE) ## Build the console's page, if Node.js is there

web-types: setup-all ## Write the page's types from the services' OpenAPI documents
	$(BIN)/python -m services.documents build/openapi
	cd web && node scripts/types.mjs ../build/openapi

demo: setup $(PAGE) ## Replay a real chain's year, compare every figure, play a campaign; ARGS='--exit --report FILE'
	$(BIN)/regulars demo $(ARGS)

dev: setup $(PAGE) ## Start the embedded system on this machine
	$(BIN)/regulars dev $(ARGS)

# A worker for each core; fewer than two would wait for each other's sleeps, and more than four for memory.
CORES := $(shell getconf _NPROCESSORS_ONLN)
WORKERS ?= $(shell n=$(CORES); [ $$n -lt 2 ] && n=2; [ $$n -gt 4 ] && n=4; echo $$n)
test: setup-all $(PAGE) ## Run the whole test suite, WORKERS=2 to 4 side by side as there are cores; ARGS='-k receipts'
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

faults: setup-all ## Prove every promise against every fault, write docs/proof.md; ARGS='-k kill'
	REGULARS_FAULTS=whole $(BIN)/pytest -n $(WORKERS) --dist load tests/faults $(ARGS)

fuzz: setup-all ## Fuzz everything that decodes a stranger's bytes; ARGS='--runs 5000000 --jobs 2'
	$(BIN)/python -m tests.fuzz.run $(ARGS)

SEEDS ?= 1000
STEPS ?= 500
simulate: setup-all ## Play SEEDS=100000 seeded worlds in bad weather; SEED=7 shows one turn by turn; MUTATIONS=whole plants bugs
	$(BIN)/python -m tests.simulation --steps $(STEPS) $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(if $(MUTATIONS),--mutations $(MUTATIONS) --write)

check: setup-all check-web ## Lint, types, architecture, schema drift, the page's own checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m shared.contracts.generate --check

# The peers want other versions of what we use, so they live in an environment of their own.
$(VENV)-bench/.installed: requirements/bench.txt | $(BIN)/uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-bench
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(VENV)-bench/bin/python --require-hashes -r $<
	@touch $@

bench: setup-all $(VENV)-bench/.installed ## Measure against peers and limits, write docs/performance.md; ARGS='--only catchup'
	$(BIN)/python -m bench $(ARGS)

schemas: setup-all ## Write the JSON Schemas and golden examples of the integration events
	$(BIN)/python -m shared.contracts.generate

# The locks hold versions and hashes and no address, so that any package index can serve them.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock: $(BIN)/uv ## Lock the newest versions of every dependency
	$(BIN)/$(COMPILE) --upgrade --extra embedded --extra apprise --group pyproject.toml:demo --group pyproject.toml:test --group pyproject.toml:check pyproject.toml -o requirements/all.txt
	$(BIN)/$(COMPILE) --constraint requirements/all.txt --extra embedded --group pyproject.toml:demo pyproject.toml -o requirements/demo.txt
	$(BIN)/$(COMPILE) --constraint requirements/all.txt --extra apprise pyproject.toml -o requirements/product.txt
	$(BIN)/$(COMPILE) --constraint requirements/all.txt --group pyproject.toml:build -o requirements/build.txt
	$(BIN)/$(COMPILE) --upgrade --group pyproject.toml:bench -o requirements/bench.txt

clean: ## Remove the virtual environment, the caches and the embedded system's data
	rm -rf $(VENV) $(VENV)-bench .regulars .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache deploy/kafka-local/target services/console/static web/node_modules
