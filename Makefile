# Everything a person types. Each target makes the virtual environment it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo run check test lint format screenshot clean

help: ## Say what can be typed
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/dev ## Run the real bot against a sandbox Slack and Replicate, and print an address to open
	@exec $(BIN)/python -m tests.sandbox

run: $(VENV)/run ## Run the bot against real Slack and Replicate, with the settings in .env
	@exec $(BIN)/python -m bot

check: $(VENV)/run ## Say whether the settings in .env would work
	@$(BIN)/python -m bot check

test: $(VENV)/dev ## Lint, type-check and run every test that can run here
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses auto
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

lint: $(VENV)/dev ## Lint and type-check only
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy .

format: $(VENV)/dev ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

screenshot: $(VENV)/dev ## Make the README's screenshot anew (needs Chromium)
	@$(BIN)/python -m tests.sandbox.screenshot

clean: ## Remove everything that can be made again
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

$(VENV)/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt $(VENV)/run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
