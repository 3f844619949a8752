# One word per task; CI uses the same words.
PYTHON ?= python3.11
# Most tests wait for programs and sockets: more of them at once than there are cores are faster.
WORKERS ?= 4
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUNS := $(VENV)/.runs

.PHONY: setup format lint types layers test dist docs lock demo check clean

setup: $(STAMP)  ## make the virtual environment with everything in it

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo installing hathora-deploy and what its tests need into $(VENV), once: a few minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(RUNS) $(STAMP)

$(RUNS): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo installing hathora-deploy into $(VENV), once: a minute or so
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $(RUNS)

format: setup  ## put every file into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup  ## say what ruff finds, and change nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup  ## mypy --strict
	$(BIN)/mypy

layers: setup  ## the arrows of ARCHITECTURE.md
	$(BIN)/lint-imports

test: setup  ## every test that this machine can run; the others say what they miss
	$(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

dist: setup  ## the wheel and the sdist of a release, checked as the package index checks them
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/python -m twine check --strict dist/*

docs: setup  ## write docs/api.md, and what docs/cli.md and github-action/README.md quote, anew
	$(BIN)/python -m tests.api.test_reference
	$(BIN)/python -m tests.cli.test_docs
	$(BIN)/python -m tests.cli.github.test_readme

LOCKED := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

lock: setup  ## write anew what the GitHub Action installs: the newest that fit, each with its digest
	$(LOCKED) --upgrade pyproject.toml --output-file github-action/requirements.txt
	echo uv | $(LOCKED) --upgrade - --output-file github-action/installer.txt

demo: $(RUNS)  ## deploy the example game on the local cloud, play a round, stop
	$(BIN)/python examples/demo.py

check: lint types layers test  ## all of it

clean:  ## remove what make has made
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
