# Every target works in a fresh clone on Debian with git, make, python3.11 and its venv module.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
FAST := not slow and not ray and not browser and not postgresql and not torch and not suites and not slurm
WORKERS ?= 2
export PYTHONDONTWRITEBYTECODE :=  # hundreds of processes would each compile what they import

.PHONY: help env up demo test test-suites test-heavy check fuzz bench bench-peers bench-long faults nodes slurm mutants lock clean

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*  ## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

env: $(STAMP)  ## .venv from requirements.lock, without root

$(STAMP): requirements.lock pyproject.toml
	@echo "Installing Coevo into $(VENV) from requirements.lock (about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

up: env  ## environment, server, local Ray, this machine as a runner, the default matrix; prints the URL
	@exec $(BIN)/coevo up $(ARGS)

demo: env  ## the same grid with simulated machines, marked SIMULATED
	@exec $(BIN)/coevo up --demo $(ARGS)

test: env  ## everything, real browser and PostgreSQL included
	@bash tests/support/prepare.sh
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadgroup -m "not nodes and not suites and not slurm" $(ARGS)

test-suites: env  ## every built-in suite, through Coevo, on this machine; goes on where it was interrupted
	@$(BIN)/python -m tests.table $(ARGS)

test-heavy: env  ## planted faults and releases of other projects, in environments of their own
	@$(BIN)/pytest --numprocesses 0 -m suites $(ARGS)

check: env  ## lint, types, layers, fast tests; under two minutes
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@COEVO_EXAMPLES=quick $(BIN)/pytest --quiet --numprocesses $(WORKERS) --dist loadgroup -m "$(FAST)" $(ARGS)

nodes: env  ## real torch over two hosts that are killed and cut off; needs root
	@$(BIN)/pytest --numprocesses 0 -m nodes $(ARGS)

slurm: env  ## real Slurm daemons with two nodes on this machine; needs root and slurm-wlm
	@$(BIN)/pytest --numprocesses 0 -m slurm $(ARGS)

fuzz: env  ## look for new examples that break a property, a thousand for each
	@COEVO_EXAMPLES=search $(BIN)/pytest --quiet --numprocesses $(WORKERS) --dist loadgroup --timeout 1800 \
		-m "hypothesis and not postgresql" $(ARGS)

bench: env  ## the figures of docs/performance.md, with goals; under twenty minutes
	@$(BIN)/python -m tests.bench $(ARGS)

bench-peers: env  ## the same 400 jobs on Buildbot, in an environment of its own
	@$(BIN)/python -m tests.bench peers

bench-long: env  ## a hundred million cases, or COEVO_BENCH_CASES of them
	@$(BIN)/python -m tests.bench long $(ARGS)

faults: env  ## kill -9 of the server at fifty random moments
	@$(BIN)/python -m tests.bench faults

mutants: env  ## ten faults seeded into the source; the tests must catch each
	@$(BIN)/python -m tests.bench mutants

lock: env  ## compile requirements.lock anew from pyproject.toml
	@eval "$$($(BIN)/python tests/support/registry.py)" && $(BIN)/uv pip compile pyproject.toml --all-extras \
		--group dev --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --output-file requirements.lock

clean:  ## remove what can be made again; the data folder stays
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
