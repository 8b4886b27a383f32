# Everything a person types. Each target makes the virtual environment it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

AGAIN := "What failed beside other tests is tried once more, alone; what fails twice has failed:"

.DEFAULT_GOAL := help
.PHONY: help demo run check test coverage bench lint format screenshot clean

help: ## Say what can be typed
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/dev ## Run the real bot against a sandbox Slack and Replicate, and print an address to open
	@exec $(BIN)/python -m tests.sandbox

run: $(VENV)/run ## Run the bot against real Slack and Replicate, with the settings in .env
	@exec $(BIN)/python -m bot

check: $(VENV)/run ## Say whether the settings in .env would work
	@$(BIN)/python -m bot check

test: lint ## Lint, type-check and run every test that can run here
	@$(BIN)/python -m pytest --numprocesses 6 || { \
	  echo $(AGAIN); $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; }

coverage: lint ## The same, and say which lines and branches no test reaches; takes half as long again
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses 5 || { \
	  echo $(AGAIN); $(BIN)/coverage run -m pytest --last-failed --last-failed-no-failures none; }
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

bench: $(VENV)/dev ## Measure speed, memory and idle cost beside other programs (OPTIONS=--quick: a minute)
	@exec $(BIN)/python -m tests.bench $(OPTIONS)

lint: $(VENV)/dev ## Lint and type-check only
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy .

format: $(VENV)/dev ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

screenshot: $(VENV)/dev ## Make the README's screenshot anew (needs Chromium)
	@$(BIN)/python -m tests.sandbox.page.screenshot

clean: ## Remove everything that can be made again
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

$(VENV)/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the bot needs into $(VENV) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt $(VENV)/run
	@echo "Installing what the demo and the tests need into $(VENV) (about half a minute) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@
