# Everything a person types. Each target makes the virtual environment it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

UV := uv==0.13.9
AUDIT := pip-audit==2.10.1

.DEFAULT_GOAL := help
.PHONY: help demo run check test coverage killing races day bench lint format image lock audit docs animation pictures clean

help: ## Say what can be typed
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/run ## Run the real bot against a sandbox Slack and Replicate, and print an address to open
	@exec $(BIN)/python -m tests.sandbox

run: $(VENV)/run ## Run the bot against real Slack and Replicate, with the settings in .env
	@exec $(BIN)/python -m bot

check: $(VENV)/run ## Say whether the settings in .env would work
	@$(BIN)/python -m bot check

test: lint ## Lint, type-check and run every test that can run here
	@$(BIN)/python -m pytest --numprocesses 4

coverage: lint ## The same, and say which lines and branches no test reaches; takes half as long again
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses logical
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

killing: $(VENV)/dev ## Kill the bot at every step of a request, and see that nothing is lost (about two minutes)
	@KILL_EVERYWHERE=1 $(BIN)/python -m pytest tests/scenarios/test_killed.py

races: $(VENV)/dev ## Race 200 keeps and 1,000 undos with another process, on each database (about seven minutes)
	@KEEP_RACES=200 UNDO_RACES=1000 $(BIN)/python -m pytest tests/scenarios/test_keep_race.py tests/scenarios/test_undo_race.py

day: $(VENV)/dev ## Live through a day of 10,000 requests on PostgreSQL with two bots that are replaced (an hour)
	@DAY_REQUESTS=10000 $(BIN)/python -m pytest tests/scenarios/test_busy_day.py

bench: $(VENV)/dev ## Measure speed, memory and idle cost beside other programs (OPTIONS=--quick: some minutes)
	@exec $(BIN)/python -m tests.bench $(OPTIONS)

lint: $(VENV)/dev ## Lint and type-check only
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy .

format: $(VENV)/dev ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

image: $(VENV)/dev ## Run the Dockerfile's steps without a container runtime, and the bot in what they make (root on Linux; a minute)
	@$(BIN)/python -m pytest -n 0 -rs tests/container/test_image.py

lock: $(VENV)/run ## Pin everything that requirements.txt needs, with hashes, in requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check $(UV)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-annotate requirements.txt --output-file requirements.lock

audit: ## Say which known vulnerabilities the locked packages have, or that it cannot be told
	@test -x $(VENV)/audit/bin/python || $(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install -qq --disable-pip-version-check $(AUDIT)
	@$(VENV)/audit/bin/python -m tests.vulnerabilities $(VENV)/audit/bin/pip-audit

docs: $(VENV)/docs ## Build the documentation as a site, in site/index.html
	@$(BIN)/mkdocs build --quiet --clean && echo "site/index.html is ready"

animation: $(VENV)/dev ## Film the README's animation again (needs Chromium; a minute)
	@$(BIN)/python -m tests.sandbox.page.pictures animation

pictures: $(VENV)/dev ## Take the README's pictures of the picker and of Home again (needs Chromium)
	@$(BIN)/python -m tests.sandbox.page.pictures pictures

clean: ## Remove everything that can be made again
	rm -rf $(VENV) site .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

$(VENV)/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the bot needs into $(VENV) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev: requirements.txt requirements-dev.txt $(VENV)/run
	@echo "Installing what the tests need into $(VENV) (about half a minute) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/docs: requirements-docs.txt $(VENV)/run
	@echo "Installing what the site needs into $(VENV) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-docs.txt
	@touch $@
