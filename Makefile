# Every target sets itself up: a Python of 3.11 or later, make and a package index are all it needs.
# Another interpreter: make test PYTHON=/path/to/python3. Start afresh: make clean.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-ready
DEV_STAMP := $(VENV)/.dev-ready
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install
CANDIDATES := $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python

# Branch coverage below these fails `make test`.
SCHEDULES_COVERAGE := 100
REMINDERS_COVERAGE := 95

WORKERS ?= 2
# Extra words for pytest, as in: make test TESTS="tests/schedules -k window"
TESTS ?=
# Extra words for the planted bugs, as in: make mutants MUTANTS="--only fence-dropped"
MUTANTS ?=
# Extra words for the measurements, as in: make bench BENCH="--part dispatch"
BENCH ?=

.PHONY: help demo test installed soak mutants check bench format lock clean

help:
	@echo "make demo    the weeks of five patients in some seconds, on screen"
	@echo "make test    all tests, with real parts, and the coverage floors"
	@echo "make installed  the program built and installed anew, as its container does it (needs a package index)"
	@echo "make soak    what is tried with some hundred cases, with thousands (some minutes)"
	@echo "make mutants plant bugs in a copy of the code, and name the test that catches each (some minutes)"
	@echo "make check   lint, format, types, and the arrows between modules"
	@echo "make bench   how fast it is, beside APScheduler and a bare loop (about twenty minutes; QUICK=1 for a look)"
	@echo "make format  put the source in the house's form"
	@echo "make lock    solve the pinned requirements anew (needs uv)"
	@echo "make clean   forget the virtual environment and the caches"

demo: $(RUN_STAMP)
	$(BIN)/reminders demo

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report= $(TESTS)
ifeq ($(strip $(TESTS)),)
	$(BIN)/python -m coverage report --include='schedules/*' --fail-under=$(SCHEDULES_COVERAGE)
	$(BIN)/python -m coverage report --include='reminders/*' --fail-under=$(REMINDERS_COVERAGE)
endif

installed: $(DEV_STAMP)
	$(BIN)/python -m pytest -m installs tests/end_to_end

soak: $(DEV_STAMP)
	SOAK=1 $(BIN)/python -m pytest -m "soak or hypothesis" --timeout=7200 -n $(WORKERS) $(TESTS)

mutants: $(DEV_STAMP)
	$(BIN)/python -m mutants $(MUTANTS)

check: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

bench: $(DEV_STAMP)
	$(BIN)/python -m bench $(if $(QUICK),--quick) $(BENCH)

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Extras stay written: older pips look at `coverage[toml]` and `coverage` as two, and want a hash for both.
LOCK := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-strip-extras
lock:
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) pyproject.toml --extra dev --constraints requirements/run.txt --output-file requirements/dev.txt
	$(LOCK) requirements/build.in --constraints requirements/dev.txt --output-file requirements/build.txt

clean:
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

# The project is installed without its dependencies: those come from the lock alone, hash by hash.
INSTALL_PROJECT := $(PIP) --no-deps --no-build-isolation --editable .

$(RUN_STAMP): $(BIN)/python requirements/build.txt requirements/run.txt pyproject.toml reminders/__init__.py
	@echo "Installing what the reminders need (a minute or so, once)"
	$(PIP) --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(INSTALL_PROJECT)
	@touch $@

$(DEV_STAMP): $(BIN)/python requirements/build.txt requirements/dev.txt pyproject.toml reminders/__init__.py
	@echo "Installing what the tests need (a minute or two, once)"
	$(PIP) --require-hashes -r requirements/build.txt -r requirements/dev.txt
	$(INSTALL_PROJECT)
	@touch $@

# A name on PATH may be too old, or a stub that starts nothing: each candidate is asked.
$(BIN)/python:
	@for candidate in $(CANDIDATES); do \
	  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$($$candidate --version)"; \
	    exec "$$candidate" -m venv --clear $(VENV); \
	  fi; \
	done; \
	echo "No Python of 3.11 or later with its venv module was found; name one: make PYTHON=/path/to/python3" >&2; \
	exit 1
