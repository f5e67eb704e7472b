# Doorstep: `make run` and `make test` hold on a fresh machine with python3, pip, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
Q ?= 身份证丢了怎么补
# Two threads that spin make one question slower than one that works.
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help run chat ask test lint bench browser screenshots clean

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Doorstep needs Python 3.11 or newer; try: make run PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-dev.txt
	@touch $@

run: $(VENV)/.run  ## Install, prepare the index, and serve http://127.0.0.1:8000
	@$(BIN)/doorstep serve

chat: $(VENV)/.run  ## Talk in the terminal
	@$(BIN)/doorstep chat

ask: $(VENV)/.run  ## Answer one question: make ask Q="身份证丢了怎么补"
	@$(BIN)/doorstep ask "$(Q)"

lint: $(VENV)/.dev  ## Check code style, types, import directions and the guides
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/doorstep lint --data var/test

# Debian's browser where we may install it, else Playwright's own. Without either the tests that
# need one say so and are skipped; where CI is set they fail instead.
browser: $(VENV)/.dev  ## Get a browser for the tests
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq chromium fonts-wqy-microhei >/dev/null; \
	else $(BIN)/playwright install chromium; fi \
	|| echo "no browser could be installed: the browser tests will be skipped" >&2

screenshots: browser  ## Take the pictures in docs/screenshots anew
	$(BIN)/python -m docs.screenshots

test: lint browser  ## Run every check and test
	$(BIN)/doorstep index --data var/test
	DOORSTEP_SEMANTIC=off $(BIN)/doorstep index --data var/test
	$(BIN)/pytest -n 2

bench: $(VENV)/.dev  ## Measure speed and hits, side by side with other ways
	$(BIN)/python -m tests.bench.performance
	$(BIN)/python -m tests.bench.channels
	$(BIN)/python -m tests.bench.cases
	$(BIN)/python -m tests.bench.console

clean:  ## Remove what was installed and prepared
	rm -rf $(VENV) var
