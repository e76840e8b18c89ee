# Everything a developer does. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Another index, a proxy or a cache is pip's business: PIP_* variables and pip.conf work as always.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check format bench lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from requirements.lock; repeated only when that or pyproject.toml changes

run: $(STAMP) ## serve the pages on http://127.0.0.1:8501
	@$(BIN)/supportbot serve

demo: $(STAMP) ## play a labelled day through the real engine and print what routing saved
	@$(BIN)/supportbot demo --tickets 200

# Files go to two processes, four at most: browsers and database servers are started by each.
test: check ## check, then every test
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

check: $(STAMP) ## formatting, lint, types and layers
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## put the sources into shape
	@$(BIN)/ruff check -q --fix-only .
	@$(BIN)/ruff format -q .

bench: $(STAMP) ## print every figure of the README, measured here
	@$(BIN)/python -m benchmarks

lock: ## write requirements.lock anew from pyproject.toml (needs uv); LOCK=--upgrade takes newer versions
	uv pip compile -q $(LOCK) --universal --generate-hashes --no-emit-index-url --no-header --group dev \
		pyproject.toml -o requirements.lock

clean: ## remove .venv and caches; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

# The build back-end is in the lock, so installing the project itself needs no look-up beyond it. Tokenizers only make
# token counts exact; without a network the desk estimates, so ten seconds are enough.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "supportbot needs Python 3.11 or newer, and $(PYTHON) is not. Name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) comes without venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV); this takes a minute or two."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@timeout 10 $(BIN)/supportbot doctor --fetch-tokenizers >/dev/null 2>&1 || true
	@touch $(STAMP)
