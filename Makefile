# Every chore is one command, the same on a laptop and in CI. A fresh machine needs Python 3.11 and this file.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-all demo dev test check schemas lock clean

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

demo: setup ## Replay a real chain's year and compare every figure; ARGS='--exit --report FILE'
	$(BIN)/regulars demo $(ARGS)

dev: setup ## Start the embedded system on this machine
	$(BIN)/regulars dev $(ARGS)

test: setup-all ## Run the whole test suite; ARGS='-k receipts'
	$(BIN)/pytest $(ARGS)

check: setup-all ## Lint, types, architecture, schema drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m shared.contracts.generate --check

schemas: setup-all ## Write the JSON Schemas and golden examples of the integration events
	$(BIN)/python -m shared.contracts.generate

# The locks hold versions and hashes and no address, so that any package index can serve them.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock: $(BIN)/uv ## Lock the newest versions of every dependency
	$(BIN)/$(COMPILE) --upgrade --extra embedded --group pyproject.toml:demo --group pyproject.toml:test --group pyproject.toml:check pyproject.toml -o requirements/all.txt
	$(BIN)/$(COMPILE) --constraint requirements/all.txt --extra embedded --group pyproject.toml:demo pyproject.toml -o requirements/demo.txt
	$(BIN)/$(COMPILE) --constraint requirements/all.txt pyproject.toml -o requirements/product.txt
	$(BIN)/$(COMPILE) --constraint requirements/all.txt --group pyproject.toml:build -o requirements/build.txt

clean: ## Remove the virtual environment, the caches and the embedded system's data
	rm -rf $(VENV) .regulars .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache deploy/kafka-local/target
