# Everything a person types in this project. `make demo` and `make test` need Python 3.11 or newer, make and
# a network for the packages; nothing outside this folder is changed.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq

PORT ?=
DATA ?=
REALISTIC ?=
# Most tests wait for real processes, so more of them run at once than there are cores.
JOBS ?= 4
SEED ?=
ARGS ?=
DEMO_ARGS = $(if $(PORT),--port $(PORT)) $(if $(DATA),--data "$(DATA)") $(if $(REALISTIC),--realistic) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help demo install test chaos check bench lock locales clean

help:
	@echo 'make demo      try Easel in a browser, with no token and no key'
	@echo '               (PORT=9000, REALISTIC=1, DATA=folder, ARGS="--no-browser")'
	@echo 'make install   make .venv/bin/easel, which runs the bot in earnest'
	@echo 'make test      all tests (ARGS="-k settings" for some)'
	@echo 'make chaos     the storm of crashes and faults at length (JOBS=1000 SEED=7)'
	@echo 'make check     format, lint, types and import rules'
	@echo 'make bench     the figures that the documents show, measured anew'
	@echo 'make lock      renew the lock files after a change of pyproject.toml (UPGRADE=1: newest versions)'
	@echo 'make locales   bring the catalogues of sentences up to date'
	@echo 'make clean     remove what make and the tools made'

# The first run of the demo is short because it installs only what the bot itself needs.
demo: $(VENV)/.runtime
	@exec $(BIN)/easel demo $(DEMO_ARGS)

install: $(VENV)/.runtime
	@echo 'Ready: $(BIN)/easel --help'

test: $(VENV)/.ready
	$(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS)

# Without a SEED it takes one of its own and prints it.
chaos: JOBS = 1000
chaos: $(VENV)/.ready
	EASEL_CHAOS_JOBS=$(JOBS) EASEL_CHAOS_SEED=$(SEED) $(BIN)/pytest -s tests/e2e/chaos $(ARGS)

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready
	$(BIN)/python -m bench.cadence
	$(BIN)/python -m bench.admission
	$(BIN)/python -m bench.lateness

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate $(if $(UPGRADE),--upgrade)
lock: $(VENV)/.ready
	$(COMPILE) -o requirements.lock pyproject.toml
	$(COMPILE) -c requirements.lock --group dev -o requirements-dev.lock pyproject.toml
	$(COMPILE) -c requirements-dev.lock --group build -o requirements-build.lock

# The sentences of the code into the template, the template into each language, each language compiled.
BABEL = $(BIN)/pybabel -q
LOCALES = bot/presentation/locales
locales: $(VENV)/.runtime
	$(BABEL) extract -k N_ -k say:2 -k say_count:2,3 --no-location --sort-output --project Easel \
		--copyright-holder 'The Easel contributors' -o $(LOCALES)/easel.pot bot cogs
	$(BABEL) update -D easel -i $(LOCALES)/easel.pot -d $(LOCALES) --no-fuzzy-matching
	$(BABEL) compile -D easel -d $(LOCALES)

clean:
	rm -rf $(VENV) build dist test-results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@set -e; \
	for python in $(or $(PYTHON),python3 python3.11 python3.12 python3.13 python3.14); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$("$$python" --version)."; \
			exec "$$python" -m venv $(VENV); \
		fi; \
	done; \
	echo 'Easel needs Python 3.11 or newer; install it, or name it: make demo PYTHON=/path/to/python3' >&2; \
	exit 1

$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo 'Installing what the bot needs …'
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready: requirements-dev.lock $(VENV)/.runtime
	@echo 'Installing what the tests need …'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
