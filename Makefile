# One command each, safe to repeat:   make demo   make test        (make help lists the rest)
VENV ?= .venv
DEMO ?= demo-report
JOBS ?= 2
BIN = $(VENV)/bin
export PYTHON

.PHONY: help demo test slow lint format smoke check clean set-up set-up-test set-up-dev
.NOTPARALLEL:
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 16

demo: set-up ## set up, audit the bundled sample, say where audit.html and audit.xlsx are
	$(BIN)/auditor demo --out $(DEMO)

test: set-up-test ## set up and run the tests (under 5 minutes on 2 cores)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m "not slow" $(ARGS)

slow: set-up-test ## the tests that take longer
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m slow $(ARGS)

lint: set-up-dev ## style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: set-up-dev ## rewrite the code in the project's style
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

smoke: set-up ## build the wheel, install it into an empty environment elsewhere and run it
	$(BIN)/python scripts/smoke_wheel.py

check: lint test slow smoke ## everything that must pass before a change is handed in

clean: ## remove the environment, caches and the demo's output
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

set-up:
	@sh scripts/set_up.sh $(VENV) run

set-up-test:
	@sh scripts/set_up.sh $(VENV) test

set-up-dev:
	@sh scripts/set_up.sh $(VENV) dev
